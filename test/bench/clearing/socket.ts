/** Ticks over a real socket: another process sends links made beforehand, as records or as lines, this one takes, posts and answers them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pino from 'pino'
import { type ClearingContext, clearingRoleMigration } from '../../../reference/clearing/context.ts'
import type { ClearingEngine } from '../../../reference/clearing/engine.ts'
import { openStreams, streamOperations } from '../../../reference/clearing/streams.ts'
import { linkAt, linkBytes, recordBytes, writeRecordHead } from '../../../reference/core/clearing/index.ts'
import { packageFile } from '../../../schemas/index.ts'
import { type Opened, start } from '../../reference/clearing/house.ts'
import { timed } from './measure.ts'
import { type LinkStream, nextLinks } from './streams.ts'

const payerFile = packageFile('test', 'bench', 'clearing', 'socket-payer.ts')

/** What links are sent as. */
export type Form = 'records' | 'lines'

/** Lines as a payer's client writes them, channel by channel in turns. */
const linesOf = (streams: readonly LinkStream[], each: number): Buffer => {
  const lines: string[] = []
  for (let at = 0; at < each; at++)
    for (const { live, links, first } of streams) {
      const link = Buffer.from(links.buffer, links.byteOffset + at * linkBytes, linkBytes).toString('base64url')
      lines.push(`${JSON.stringify({ channelId: live.id, link: { index: first + at, link } })}\n`)
    }
  return Buffer.from(lines.join(''), 'latin1')
}

/** The same as records: each channel is named once, then its links follow in turns. */
const recordsOf = (streams: readonly LinkStream[], each: number): Buffer => {
  const out = Buffer.alloc(streams.length * (each + 1) * recordBytes)
  let to = 0
  const record = (handle: number, index: number, bytes: Uint8Array): void => {
    writeRecordHead(out, to, handle, index)
    out.set(bytes, linkAt(to))
    to += recordBytes
  }
  for (const [handle, { live }] of streams.entries()) record(handle, 0, live.idBytes)
  for (let at = 0; at < each; at++)
    for (const [handle, { links, first }] of streams.entries())
      record(handle, first + at, links.subarray(at * linkBytes, (at + 1) * linkBytes))
  return out
}

/** The stream endpoint of a clearing on loopback over books that are open already, as the role serves it. */
export const serveStreams = async (engine: ClearingEngine) => {
  const database = engine.database as unknown as ClearingContext['database']
  await clearingRoleMigration.up(engine.database as never)
  const context = {
    engine,
    database,
    world: {
      now: () => start,
      id: (prefix: string) => `${prefix}-${randomUUID()}`,
      nonce: () => randomBytes(16).toString('base64url'),
      deviation: {},
    },
    log: pino({ level: 'silent' }),
  } as unknown as ClearingContext
  const { connection, stop } = openStreams(context)
  const server = createServer()
  server.on('upgrade', async (request, socket, head) => {
    if (!(await connection.upgrade(request, socket, head)).ok) socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const openStream = streamOperations(context)['clearing.openStream']
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: async (): Promise<string> => {
      const opened = await openStream?.({}, { caller: { id: 'payer' } } as never)
      if (!opened?.ok) throw new Error('no stream was opened')
      return opened.value.streamToken
    },
    stop: async () => {
      await stop()
      server.close()
    },
  }
}

/** Waits for one line of a payer's process; throws what the process said if it ended instead. */
const told = async (payer: ChildProcess, lines: AsyncIterator<string>, word: string): Promise<void> => {
  const { value, done } = await lines.next()
  if (done || value !== word) throw new Error(`the payer's process said ${value ?? `nothing, exit ${payer.exitCode}`}`)
}

/**
 * Ticks a second of links over 100 channels and one WebSocket: from the word that starts the payer's process to its word
 * that every link is answered as durable.
 */
export const socketRate = async (
  served: Awaited<ReturnType<typeof serveStreams>>,
  opened: readonly Opened[],
  each: number,
  form: Form,
): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), 'amp-socket-'))
  const streams = nextLinks(opened, each)
  writeFileSync(join(folder, 'ticks'), form === 'records' ? recordsOf(streams, each) : linesOf(streams, each))
  const wanted = opened.map(({ live }) => [live.id, (live.state.authorised + BigInt(each)).toString()])
  writeFileSync(join(folder, 'wanted.json'), JSON.stringify(Object.fromEntries(wanted)))
  const what = [folder, served.endpoint, await served.token(), form]
  const payer = spawn(process.execPath, ['--import', 'tsx', payerFile, ...what], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  try {
    const lines = createInterface({ input: payer.stdout })[Symbol.asyncIterator]()
    await told(payer, lines, 'ready')
    const took = await timed(async () => {
      payer.stdin.write('go\n')
      await told(payer, lines, 'done')
    })
    return (opened.length * each * 1_000) / took
  } finally {
    payer.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}
