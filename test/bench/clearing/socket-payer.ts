/** The payer's process of the socket measurement: sends prepared messages over a WebSocket until all is answered as durable. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openWire } from '../../../reference/clearing-client/wire.ts'
import { recordBytes, recordProtocol, recordsMax } from '../../../reference/core/clearing/index.ts'

const [folder = '', endpoint = '', streamToken = '', form = ''] = process.argv.slice(2)
const wanted: Record<string, string> = JSON.parse(readFileSync(join(folder, 'wanted.json'), 'utf8'))
const missing = new Set(Object.keys(wanted))
const lineCharacters = 32_000

/** Whole lines, as many to a message as the client sends. */
const messagesOfLines = (text: string): readonly string[] => {
  const messages: string[] = []
  for (let from = 0; from < text.length; ) {
    const end = text.length - from <= lineCharacters ? text.length : text.lastIndexOf('\n', from + lineCharacters) + 1
    messages.push(text.slice(from, end))
    from = end
  }
  return messages
}

const messagesOfRecords = (bytes: Buffer): readonly Buffer[] => {
  const size = recordsMax * recordBytes
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size))
}

const ticks = readFileSync(join(folder, 'ticks'))
const messages = form === 'records' ? messagesOfRecords(ticks) : messagesOfLines(ticks.toString('latin1'))

let finish = (): void => {}
const finished = new Promise<void>((resolve) => {
  finish = resolve
})
const wire = await openWire(
  'websocket',
  endpoint,
  { streamToken, protocols: form === 'records' ? [recordProtocol] : [] },
  {
    line: (line) => {
      const { channelId, authorised, problem } = JSON.parse(line)
      if (problem) throw new Error(line)
      if (authorised === wanted[channelId]) missing.delete(channelId)
      if (missing.size === 0) finish()
      return true
    },
    lost: (reason) => {
      if (missing.size > 0) throw new Error(reason)
    },
  },
)
process.stdout.write('ready\n')
await once(process.stdin, 'data')
for (const message of messages) {
  wire.send(message)
  await wire.room()
}
await finished
process.stdout.write('done\n')
wire.end()
process.stdin.destroy()
