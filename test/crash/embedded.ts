/** Kills a clearing with books in a file again and again, and holds what is found to what was acknowledged. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { closeCycle, dischargeCycle, openCycle } from '../../reference/clearing/cycles.ts'
import { closeChannel } from '../../reference/clearing/endings.ts'
import { openBooks } from '../../reference/clearing/open-books.ts'
import { packageRoot } from '../../schemas/index.ts'
import { start } from '../reference/clearing/house.ts'
import { dice, Payers } from './payers.ts'

/** What a run saw. */
export type Report = {
  readonly kills: number
  readonly sent: number
  readonly acknowledged: number
  readonly cycles: number
  /** Codes of the refusals that were heard. */
  readonly refusals: readonly string[]
  /** Kills before the clearing had opened its books again, and under load. */
  readonly phases: { readonly opening: number; readonly load: number }
}

/** A process with everything loaded that waits to be told its books. */
const warm = (): { readonly child: ChildProcess; readonly ready: Promise<unknown> } => {
  const child = spawn(process.execPath, ['--import', 'tsx', join(packageRoot, 'test', 'crash', 'worker.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: packageRoot,
  })
  child.stdin?.on('error', () => {})
  const gone = once(child, 'exit').then(() => {
    throw new Error('the clearing ended before it was killed')
  })
  gone.catch(() => {})
  return { child, ready: Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), gone]) }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** One life of a clearing, from opening the books to the kill at a random moment. */
const live = async (
  { child, ready }: ReturnType<typeof warm>,
  url: string,
  books: string,
  payers: Payers,
  { opening, delayMs }: { readonly opening: boolean; readonly delayMs: number },
): Promise<void> => {
  await ready
  let broken: Error | undefined
  const ended = once(child, 'exit')
  const opened = payers.connect((line) => child.stdin?.write(line))
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const read = once(lines, 'close')
  lines.on('line', (line) => {
    try {
      payers.hear(line)
    } catch (error) {
      broken ??= error as Error
    }
    payers.pump()
  })
  child.stdin?.write(`open ${url} ${books}\n`)
  if (!opening) await Promise.race([opened, ended])
  await sleep(delayMs)
  child.kill('SIGKILL')
  await ended
  await read
  if (broken) throw broken
}

/** Closes every channel, settles every cycle, and proves that all the money is where it belongs. */
const wind = async (url: string, payers: Payers): Promise<void> => {
  const engine = await openBooks(url, () => start)
  await payers.prove(engine.database)
  for (const { opening } of payers.channels) {
    const channel = await engine.find(opening.grant.channelId)
    if (channel) await closeChannel(engine, channel, 'payee')
  }
  const cycle = await openCycle(engine.database)
  await closeCycle(engine, cycle)
  for (let each = 1n; each <= cycle; each++) await dischargeCycle(engine, each, async () => 'settled')
  await payers.prove(engine.database)
  const open = await engine.database
    .selectFrom('clearing_channels')
    .select('channel_id')
    .where('status', '<>', 'closed')
    .execute()
  if (open.length > 0) throw new Error('a channel would not close')
  await engine.database.destroy()
}

/** Books are used for so many kills before fresh ones are begun. */
const killsEach = 25

/** Kills `kills` times; throws at the first tick that was lost or made. */
export const crashEmbedded = async (
  kills: number,
  seed: number,
  say: (line: string) => void = () => {},
): Promise<Report> => {
  const random = dice(seed)
  const folder = mkdtempSync(join(tmpdir(), 'amp-crash-'))
  const total = { sent: 0, acknowledged: 0, cycles: 0, opening: 0, load: 0 }
  const refusals = new Set<string>()
  const pool = [warm(), warm()]
  try {
    let payers = new Payers('books-0', random)
    for (let kill = 0; kill < kills; kill++) {
      const books = `books-${Math.floor(kill / killsEach)}`
      const url = `sqlite:${join(folder, `${books}.sqlite`)}`
      if (kill % killsEach === 0) payers = new Payers(books, random)
      const next = pool.shift() ?? warm()
      if (kill + pool.length + 1 < kills) pool.push(warm())
      await live(next, url, books, payers, {
        opening: random() < 0.1,
        delayMs: random() * 300,
      })
      total[payers.ready ? 'load' : 'opening']++
      if (random() < 0.5) {
        const engine = await openBooks(url, () => start)
        await payers.prove(engine.database)
        await engine.database.destroy()
      }
      if ((kill + 1) % killsEach === 0 || kill + 1 === kills) {
        await wind(url, payers)
        total.sent += payers.count.sent
        total.acknowledged += payers.channels.reduce((sum, { told }) => sum + Number(told.authorised), 0)
        total.cycles += payers.count.cycles
        for (const code of payers.codes) refusals.add(code)
        say(`${kill + 1} kills, ${total.acknowledged} ticks acknowledged, none lost, none made`)
      }
    }
    const { sent, acknowledged, cycles, opening, load } = total
    return { kills, sent, acknowledged, cycles, refusals: [...refusals], phases: { opening, load } }
  } finally {
    for (const { child } of pool) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}
