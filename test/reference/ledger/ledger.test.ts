/** The ledger keeps the same promises on SQLite, in memory and in a file, and on PostgreSQL. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { amountOf, type Outcome } from '../../../reference/core/index.ts'
import {
  abandonCall,
  claimCall,
  deliver,
  enqueue,
  findPeer,
  forgetCalls,
  forgetHookPeers,
  forgetNonces,
  inTransaction,
  keepAnswer,
  type LedgerDatabase,
  type LedgerTables,
  openAccount,
  openDatabase,
  pageOf,
  peersById,
  proveBooks,
  recordNonce,
  savePeer,
  transfer,
} from '../../../reference/ledger/index.ts'
import { packageRoot } from '../../../schemas/index.ts'
import { startPostgres } from './postgres.ts'

const postgres = await startPostgres()
const folder = mkdtempSync(join(tmpdir(), 'amp-ledger-'))
afterAll(async () => {
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const engines = [
  ['SQLite in memory', 'sqlite::memory:'],
  ['SQLite in a file', `sqlite:${join(folder, 'ledger.db')}`],
  ...(postgres ? [['PostgreSQL', postgres.url]] : []),
] as [string, string][]

const now = 1_800_000_000
let serial = 0
const fresh = (prefix: string): string => `${prefix}-${++serial}`

const open = async (database: LedgerDatabase, kind: 'user' | 'clearing' | 'funding', currency = 'USD') => {
  const accountId = fresh(kind)
  await openAccount(database, { accountId, kind, owner: 'owner', currency })
  return accountId
}

const move = (
  database: LedgerDatabase,
  from: string,
  to: string,
  value: bigint,
  transferId = fresh('transfer'),
  currency = 'USD',
): Promise<Outcome<true>> =>
  inTransaction(database, (transaction) =>
    transfer(transaction, { transferId, from, to, amount: amountOf(currency, value), at: now }),
  )

const balanceOf = async (database: LedgerDatabase, accountId: string): Promise<bigint> =>
  (
    await database
      .selectFrom('accounts')
      .select('balance')
      .where('account_id', '=', accountId)
      .executeTakeFirstOrThrow()
  ).balance

const codeOf = (outcome: Outcome<unknown>): string => (outcome.ok ? 'ok' : outcome.refusal.code)

describe.each(engines)('on %s', (_name, url) => {
  let database: LedgerDatabase
  beforeAll(async () => {
    database = await openDatabase(url)
  })
  afterAll(async () => {
    expect(await proveBooks(database)).toMatchObject({ balanced: true })
    await database.destroy()
  })

  const funded = async (value: bigint): Promise<string> => {
    const user = await open(database, 'user')
    if (value > 0n) await move(database, await open(database, 'funding'), user, value)
    return user
  }

  it('keeps amounts beyond 2^53 exact', async () => {
    const value = 900_000_000_000_000_001n
    const [from, to] = [await open(database, 'funding'), await open(database, 'user')]
    expect(codeOf(await move(database, from, to, value))).toBe('ok')
    expect(await balanceOf(database, to)).toBe(value)
    expect(await balanceOf(database, from)).toBe(-value)
    expect(codeOf(await move(database, to, from, value))).toBe('ok')
  })

  it('lets exactly one of 50 concurrent transfers take the last unit', async () => {
    const user = await funded(1n)
    const clearing = await open(database, 'clearing')
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => move(database, user, clearing, 1n)))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    expect(new Set(outcomes.map(codeOf))).toEqual(new Set(['ok', 'balance-insufficient']))
    expect(await balanceOf(database, user)).toBe(0n)
    expect(await balanceOf(database, clearing)).toBe(1n)
  })

  it('moves the same transfer once, however often and however concurrently it comes', async () => {
    const user = await funded(100n)
    const clearing = await open(database, 'clearing')
    const id = fresh('transfer')
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => move(database, user, clearing, 7n, id)))
    expect(outcomes.map(codeOf)).toEqual(outcomes.map(() => 'ok'))
    expect(await balanceOf(database, user)).toBe(93n)
    expect(codeOf(await move(database, user, clearing, 8n, id))).toBe('payment-request-reused')
    expect(await balanceOf(database, user)).toBe(93n)
  })

  it('does not let opposite transfers wait for each other', async () => {
    const [a, b] = [await funded(50n), await funded(50n)]
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, at) => (at % 2 ? move(database, a, b, 1n) : move(database, b, a, 1n))),
    )
    expect(new Set(outcomes.map(codeOf))).toEqual(new Set(['ok']))
    expect([await balanceOf(database, a), await balanceOf(database, b)]).toEqual([50n, 50n])
  })

  it('leaves nothing of a refused transfer, and may be tried again once there is money', async () => {
    const user = await funded(3n)
    const clearing = await open(database, 'clearing')
    const id = fresh('transfer')
    expect(codeOf(await move(database, user, clearing, 4n, id))).toBe('balance-insufficient')
    const left = await database.selectFrom('transfers').selectAll().where('transfer_id', '=', id).execute()
    expect(left).toEqual([])
    await move(database, await open(database, 'funding'), user, 1n)
    expect(codeOf(await move(database, user, clearing, 4n, id))).toBe('ok')
  })

  it('moves no money between currencies', async () => {
    const user = await funded(10n)
    const yen = await open(database, 'clearing', 'JPY')
    expect((await move(database, user, yen, 5n)).ok).toBe(false)
    expect(await balanceOf(database, user)).toBe(10n)
  })

  it('refuses at the level of the database what no code should write', async () => {
    const user = await funded(1n)
    const [other] = [await open(database, 'clearing')]
    const overdraw = database.updateTable('accounts').set({ balance: -1n }).where('account_id', '=', user)
    await expect(overdraw.execute()).rejects.toThrow()
    await expect(move(database, user, other, 0n)).rejects.toThrow()
    await expect(move(database, user, other, -1n)).rejects.toThrow()
    await expect(move(database, user, user, 1n)).rejects.toThrow()
    await expect(move(database, user, 'nowhere', 1n)).rejects.toThrow()
    expect(await balanceOf(database, user)).toBe(1n)
  })

  it('keeps every sum whatever is moved, and no user below zero', async () => {
    const accounts = [await funded(20n), await funded(0n), await open(database, 'clearing')]
    const steps = fc.array(fc.tuple(fc.nat(2), fc.nat(2), fc.bigInt(1n, 15n)), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(steps, async (moves) => {
        for (const [from, to, value] of moves)
          if (from !== to) await move(database, String(accounts[from]), String(accounts[to]), value)
        expect(await proveBooks(database)).toMatchObject({ balanced: true })
        for (const user of accounts.slice(0, 2)) expect(await balanceOf(database, user)).toBeGreaterThanOrEqual(0n)
      }),
      { numRuns: 15 },
    )
  })

  it('sees books that are wrong', async () => {
    const account = await open(database, 'clearing')
    await database.updateTable('accounts').set({ balance: 1n }).where('account_id', '=', account).execute()
    expect(await proveBooks(database)).toMatchObject({ balanced: false })
    await database.updateTable('accounts').set({ balance: 0n }).where('account_id', '=', account).execute()
  })

  it('gives a call to one of many claimants, and its answer to all who come later', async () => {
    const call = { caller: 'c', operation: 'o', key: fresh('key'), digest: 'd' }
    const claims = await Promise.all(Array.from({ length: 20 }, () => claimCall(database, call, now)))
    expect(claims.map(({ state }) => state).sort()).toEqual(['claimed', ...Array.from({ length: 19 }, () => 'running')])
    await keepAnswer(database, call, 201, '{"a":1}')
    await keepAnswer(database, call, 500, 'late')
    expect(await claimCall(database, call, now)).toEqual({ state: 'done', status: 201, body: '{"a":1}' })
    expect(await claimCall(database, { ...call, digest: 'e' }, now)).toEqual({ state: 'other-body' })
    expect(await claimCall(database, { ...call, caller: 'other' }, now)).toEqual({ state: 'claimed' })
    expect(await claimCall(database, { ...call, operation: 'other' }, now)).toEqual({ state: 'claimed' })
  })

  it('takes a call over once its lease ended, and keeps answers a day', async () => {
    const call = { caller: 'c', operation: 'o', key: fresh('key'), digest: 'd' }
    await claimCall(database, call, now)
    expect(await claimCall(database, call, now + 30)).toEqual({ state: 'running' })
    const later = await Promise.all(Array.from({ length: 10 }, () => claimCall(database, call, now + 31)))
    expect(later.filter(({ state }) => state === 'claimed')).toHaveLength(1)
    await keepAnswer(database, call, 200, '{}')
    await forgetCalls(database, now + 86_400)
    expect(await claimCall(database, call, now)).toMatchObject({ state: 'done' })
    await forgetCalls(database, now + 86_401)
    expect(await claimCall(database, call, now)).toEqual({ state: 'claimed' })
    await abandonCall(database, call)
    expect(await claimCall(database, call, now)).toEqual({ state: 'claimed' })
  })

  it('records a nonce once for each key until it is forgotten', async () => {
    const nonce = fresh('nonce')
    const taken = await Promise.all(Array.from({ length: 20 }, () => recordNonce(database, 'k', nonce, now)))
    expect(taken.filter(Boolean)).toHaveLength(1)
    expect(await recordNonce(database, 'other', nonce, now)).toBe(true)
    await forgetNonces(database, now)
    expect(await recordNonce(database, 'k', nonce, now)).toBe(false)
    await forgetNonces(database, now + 1)
    expect(await recordNonce(database, 'k', nonce, now)).toBe(true)
  })

  it('knows peers by identifier and role, prefers those of hooks, and forgets them', async () => {
    const peer = {
      role: 'wallet' as const,
      id: 'https://w.example',
      name: 'W',
      endpoint: 'http://w',
      jwks: { keys: [] },
    }
    await savePeer(database, { ...peer, id: 'https://a.example' }, true)
    await savePeer(database, peer, false)
    await savePeer(database, { ...peer, endpoint: 'http://moved' }, false)
    await savePeer(database, { ...peer, role: 'network' }, false)
    expect(await findPeer(database, 'wallet')).toMatchObject({ id: 'https://a.example' })
    expect((await peersById(database, peer.id)).map(({ role }) => role).sort()).toEqual(['network', 'wallet'])
    expect(await findPeer(database, 'wallet', 'https://a.example')).toBeDefined()
    await forgetHookPeers(database)
    expect(await findPeer(database, 'wallet', 'https://a.example')).toBeUndefined()
    expect(await findPeer(database, 'wallet')).toMatchObject({ id: peer.id, endpoint: 'http://moved' })
    expect(await findPeer(database, 'acquirer')).toBeUndefined()
  })

  it('sends a notification until it is taken, from one sender of many, and for a day at most', async () => {
    const sender = fresh('sender')
    const notice = { sender, operation: 'o', peerId: 'p', body: { a: 1 }, now }
    const [first, lost] = [fresh('notice'), fresh('notice')]
    await enqueue(database, { ...notice, id: first })
    const sent: string[] = []
    const send =
      (taken: boolean) =>
      async ({ id }: { id: string }): Promise<boolean> => {
        sent.push(id)
        return taken
      }
    await Promise.all([deliver(database, sender, now, send(false)), deliver(database, sender, now, send(false))])
    expect(sent).toEqual([first])
    await deliver(database, sender, now, send(true))
    expect(sent).toEqual([first])
    await deliver(database, sender, now + 400, send(true))
    await deliver(database, sender, now + 800, send(true))
    expect(sent).toEqual([first, first])
    await enqueue(database, { ...notice, id: lost })
    await deliver(database, sender, now + 86_400, send(true))
    expect(sent).not.toContain(lost)
  })

  it('sends to every peer though one is gone and has many waiting, and tries that one once a run', async () => {
    const sender = fresh('sender')
    const notice = { sender, operation: 'o', body: {}, now }
    for (let at = 0; at < 60; at++) await enqueue(database, { ...notice, id: `${sender}-${at}`, peerId: 'gone' })
    await enqueue(database, { ...notice, id: fresh('notice'), peerId: 'here', now: now + 1 })
    let answered = (): void => {}
    const hung = new Promise<boolean>((resolve) => (answered = () => resolve(false)))
    const asked: string[] = []
    const reached = new Promise<void>((resolve) => {
      const send = async ({ peerId }: { peerId: string }): Promise<boolean> => {
        asked.push(peerId)
        if (peerId === 'gone') return hung
        resolve()
        return true
      }
      void deliver(database, sender, now + 1, send)
        .then((found) => asked.push(`${found}`))
        .then(() => resolve())
    })
    await reached
    expect(asked).toContain('here')
    expect(asked).not.toContain('51')
    answered()
    await expect.poll(() => [...asked].sort()).toEqual(['51', 'gone', 'here'])
  })

  it('forgets a notification together with the change it tells of', async () => {
    const sender = fresh('sender')
    await inTransaction(database, async (transaction) => {
      await enqueue<LedgerTables>(transaction, {
        id: fresh('notice'),
        sender,
        operation: 'o',
        peerId: 'p',
        body: {},
        now,
      })
      return { ok: false, refusal: { code: 'budget-exceeded' } }
    })
    expect(await deliver(database, sender, now, async () => true)).toBe(0)
  })

  it('pages through a list once each, and takes no token of others', async () => {
    const sender = fresh('sender')
    for (let at = 0; at < 7; at++)
      await enqueue(database, {
        id: `${sender}-${at}`,
        sender,
        operation: 'o',
        peerId: 'p',
        body: {},
        now: now + Math.floor(at / 3),
      })
    const query = database.selectFrom('outbox').selectAll().where('sender', '=', sender)
    const page = async (request: object, caller = 'me') =>
      pageOf(query, { time: 'created_at', id: 'id' }, request, caller, { deviation: {} })
    const seen: string[] = []
    let pageToken: string | undefined
    const tokens: string[] = []
    do {
      const got = await page({ pageSize: 3, ...(pageToken === undefined ? {} : { pageToken }) })
      if (!got.ok) throw new Error(got.refusal.code)
      expect(got.value.rows.length).toBeLessThanOrEqual(3)
      seen.push(...got.value.rows.map(({ id }) => id))
      pageToken = got.value.next.nextPageToken
      if (pageToken !== undefined) tokens.push(pageToken)
    } while (pageToken !== undefined)
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((at) => `${sender}-${at}`))
    expect(tokens).toHaveLength(2)
    const token = String(tokens[0])
    expect(codeOf(await page({ pageToken: token }, 'another'))).toBe('page-token-invalid')
    expect(codeOf(await page({ pageToken: token, filter: 'x' }))).toBe('page-token-invalid')
    for (let at = 0; at < token.length; at++) {
      const tampered = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
      expect(codeOf(await page({ pageToken: tampered }))).toBe('page-token-invalid')
    }
    expect(codeOf(await page({ pageSize: 7 }))).toBe('ok')
  })
})

describe('opening', () => {
  const marker = (table: string) => ({
    up: async (database: { schema: LedgerDatabase['schema'] }) =>
      database.schema.createTable(table).addColumn('a', 'text').execute(),
  })

  it.each(engines.slice(1))('shares one database between servers of different roles on %s', async (name) => {
    const url = name === 'PostgreSQL' ? await postgres?.fresh('shared') : `sqlite:${join(folder, 'shared.db')}`
    const first = await openDatabase(String(url), { '0010-b': marker('b') as never })
    const second = await openDatabase(String(url), { '0010-a': marker('a') as never })
    const again = await openDatabase(String(url), { '0010-b': marker('b') as never })
    expect(await recordNonce(first, 'k', 'n', now)).toBe(true)
    expect(await recordNonce(second, 'k', 'n', now)).toBe(false)
    for (const database of [first, second, again]) await database.destroy()
  })

  it.each(engines.slice(1))('lets processes meet that open a new database at once on %s', async (name) => {
    const url = name === 'PostgreSQL' ? await postgres?.fresh('meeting') : `sqlite:${join(folder, 'meeting.db')}`
    const run = promisify(execFile)
    const script = (role: string): string => `
      import { openDatabase, recordNonce } from './reference/ledger/index.ts'
      const up = (database) => database.schema.createTable('${role}').addColumn('a', 'text').execute()
      const database = await openDatabase(${JSON.stringify(url)}, { '0010-${role}': { up } })
      console.log(await recordNonce(database, 'k', 'n', 1))
      await database.destroy()`
    const ran = await Promise.all(
      ['a', 'b', 'a', 'c'].map((role) =>
        run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script(role)], { cwd: packageRoot }),
      ),
    )
    expect(ran.map(({ stdout }) => stdout.trim()).sort()).toEqual(['false', 'false', 'false', 'true'])
  })

  it('keeps what was written when a file is opened again', async () => {
    const url = `sqlite:${join(folder, 'again.db')}`
    const first = await openDatabase(url)
    await openAccount(first, { accountId: 'a', kind: 'user', owner: 'o', currency: 'USD' })
    await first.destroy()
    const second = await openDatabase(url)
    expect(await balanceOf(second, 'a')).toBe(0n)
    await second.destroy()
  })

  it('names an engine it does not know and a migration that fails', async () => {
    await expect(openDatabase('mysql://x')).rejects.toThrow('starts with')
    const broken = { up: () => Promise.reject(new Error('broken')) }
    await expect(openDatabase('sqlite::memory:', { '0010-x': broken })).rejects.toThrow('broken')
  })
})
