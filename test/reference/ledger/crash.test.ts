/** What was acknowledged survives a process that is killed in the middle of its work. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { sql } from 'kysely'
import { afterAll, describe, expect, it } from 'vitest'
import { openDatabase, proveBooks } from '../../../reference/ledger/index.ts'
import { packageRoot } from '../../../schemas/index.ts'
import { startPostgres } from './postgres.ts'

const postgres = await startPostgres({ synced: true })
const folder = mkdtempSync(join(tmpdir(), 'amp-crash-'))
afterAll(async () => {
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const engines = [
  ['SQLite', `sqlite:${join(folder, 'crash.db')}`],
  ...(postgres ? [['PostgreSQL', postgres.url]] : []),
] as [string, string][]

/** Moves one unit after another, four at a time, and says which transfers were committed. */
const worker = (url: string, run: number): string => `
  import { inTransaction, openAccount, openDatabase, transfer } from './reference/ledger/index.ts'
  const database = await openDatabase(${JSON.stringify(url)})
  for (const [accountId, kind] of [['user', 'user'], ['funding', 'funding']])
    await openAccount(database, { accountId, kind, owner: 'o', currency: 'USD' })
  const work = async (lane) => {
    for (let at = 0; ; at++) {
      const transferId = '${run}-' + lane + '-' + at
      const outcome = await inTransaction(database, (transaction) =>
        transfer(transaction, { transferId, from: 'funding', to: 'user', amount: { currency: 'USD', value: 1n }, at: 1 }))
      if (outcome.ok) process.stdout.write(transferId + '\\n')
    }
  }
  await Promise.all([0, 1, 2, 3].map(work))`

const runUntilKilled = async (url: string, run: number): Promise<string[]> => {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', worker(url, run)], {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line)
    if (acknowledged.length === 25 + run * 10) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return acknowledged
}

describe.each(engines)('on %s', (_name, url) => {
  it('no acknowledged transfer is lost and none is half, however often the process is killed', async () => {
    const acknowledged: string[] = []
    for (let run = 0; run < 3; run++) {
      acknowledged.push(...(await runUntilKilled(url, run)))
      const database = await openDatabase(url)
      const rows = await database.selectFrom('transfers').select('transfer_id').execute()
      const kept = new Set(rows.map(({ transfer_id }) => transfer_id))
      expect(acknowledged.filter((id) => !kept.has(id))).toEqual([])
      expect(await proveBooks(database)).toEqual({ balanced: true, accounts: 2 })
      const { rows: sums } = await sql<{ balance: bigint; moved: bigint }>`
        select balance, (select count(*) from transfers) as moved from accounts where account_id = 'user'`.execute(
        database,
      )
      expect(sums[0]?.balance).toBe(sums[0]?.moved)
      await database.destroy()
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(105)
  })
})
