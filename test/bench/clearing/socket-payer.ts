/** The payer's process of the socket measurement: sends prepared lines over a WebSocket until all is answered as durable. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openWire } from '../../../reference/clearing-client/wire.ts'

const [folder = '', endpoint = '', token = ''] = process.argv.slice(2)
const text = readFileSync(join(folder, 'lines.ndjson'), 'latin1')
const wanted: Record<string, string> = JSON.parse(readFileSync(join(folder, 'wanted.json'), 'utf8'))
const missing = new Set(Object.keys(wanted))
const blockCharacters = 32_000

const blocks: string[] = []
for (let from = 0; from < text.length; ) {
  const end = text.length - from <= blockCharacters ? text.length : text.lastIndexOf('\n', from + blockCharacters) + 1
  blocks.push(text.slice(from, end))
  from = end
}

let finish = (): void => {}
const finished = new Promise<void>((resolve) => {
  finish = resolve
})
const wire = await openWire('websocket', endpoint, token, {
  line: (line) => {
    const { channelId, authorised, problem } = JSON.parse(line)
    if (problem) throw new Error(line)
    if (authorised === wanted[channelId]) missing.delete(channelId)
    if (missing.size === 0) finish()
  },
  lost: (reason) => {
    if (missing.size > 0) throw new Error(reason)
  },
})
process.stdout.write('ready\n')
await once(process.stdin, 'data')
for (const block of blocks) {
  wire.write(block)
  await wire.room()
}
await finished
process.stdout.write('done\n')
wire.end()
process.stdin.destroy()
