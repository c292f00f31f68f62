/** After waiting in vain for a locked file, a server keeps what it writes: no acknowledged write is lost. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Libsql from 'libsql'
import { afterAll, expect, it } from 'vitest'
import { openDatabase } from '../../../reference/ledger/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'amp-locked-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('a transaction after a refused one is durable', { timeout: 60_000 }, async () => {
  const path = join(folder, 'locked.sqlite')
  const database = await openDatabase(`sqlite:${path}`, {})
  const insert = (id: string) =>
    database.transaction().execute(async (transaction) => {
      await transaction
        .insertInto('nonces')
        .values({ keyid: 'k', nonce: id, expires_at: 1n } as never)
        .execute()
    })
  const other = new Libsql(path)
  other.exec('begin immediate')
  await expect(insert('while-locked')).rejects.toThrow(/locked|busy/i)
  other.exec('commit')
  for (let round = 0; round < 20; round++) await insert(`after-${round}`)
  const seen = other.prepare("select count(*) as count from nonces where nonce like 'after-%'").get() as {
    count: number
  }
  other.close()
  await database.destroy()
  expect(seen.count).toBe(20)
})
