/** Proves the story of a stolen agent key over HTTP: one report stops it, evidence decides, the pool pays once, the rating falls, strangers recompute it. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { whyNoBundle } from '../../conformance/evidence.ts'
import { verifyBundle } from '../../reference/core/index.ts'
import { createBuyerAgent, type HeldMandate, makeKey } from '../../reference/index.ts'
import { proveBooks } from '../../reference/ledger/index.ts'
import { type Message, packageFile } from '../../schemas/index.ts'
import { folderOfFile } from '../folder.ts'
import { gatePolicy } from '../reference/core/trust/events.ts'
import { type Cast, createCast, type User } from './cast.ts'
import { engines } from './engines.ts'

const run = promisify(execFile)
const pool = 'guarantee-pool-USD'

/** Balance of each account by its identifier. */
const booksOf = async ({ reference }: Cast): Promise<ReadonlyMap<string, bigint>> =>
  new Map(
    (await reference.database.selectFrom('accounts').select(['account_id', 'balance']).execute()).map(
      ({ account_id, balance }) => [account_id, balance],
    ),
  )

const payoutsOf = ({ reference }: Cast) =>
  reference.database.selectFrom('transfers').selectAll().where('from_account', '=', pool).execute()

/** An agent with a mandate, and a thief who holds the same key. */
const stage = async (cast: Cast) => {
  const user = await cast.seedUser('100000')
  const key = await makeKey('agent')
  const agent = await cast.registerAgent(key)
  const bindingId = await cast.bind(agent, user)
  const held = await cast.delegate(agent, bindingId, '12000')
  const thief = createBuyerAgent({
    ...{ key, agentId: agent.agentId(), networkId: 'https://network.amp.example', world: cast.reference.world },
    credentialProviderEndpoint: `${cast.reference.url}/credential-provider`,
  })
  return { user, agent, thief, bindingId, held }
}

const buyWith = async (cast: Cast, agent: ReturnType<typeof createBuyerAgent>, held: HeldMandate) => {
  const checkout = await cast.checkout('water-bottle')
  const token = cast.granted(await agent.applyForToken(held, checkout))
  const { body } = await cast.buy(checkout.reference_checkout_id, token)
  expect(body).toMatchObject({ orderStatus: 'paid' })
}

const billsOf = async (cast: Cast, user: User) =>
  (await cast.get('wallet.inquiryBillList', {}, user.userToken)).bills.map(({ paymentId }) => paymentId)

/** The payment the thief made, the newest bill of the user. */
const steal = async (cast: Cast, { user, thief, held }: Awaited<ReturnType<typeof stage>>): Promise<string> => {
  const before = await billsOf(cast, user)
  await buyWith(cast, thief, held)
  return (await billsOf(cast, user)).find((paymentId) => !before.includes(paymentId)) ?? ''
}

/** What a third party sees that has two files and no network. */
const verifyAlone = async (bundle: unknown, discovery: unknown) => {
  const folder = mkdtempSync(join(tmpdir(), 'amp-takeover-'))
  try {
    const [file, keys] = [join(folder, 'bundle.json'), join(folder, 'network.json')]
    writeFileSync(file, JSON.stringify(bundle))
    writeFileSync(keys, JSON.stringify(discovery))
    const amp = ['--import', 'tsx', packageFile('amp.ts'), 'evidence', 'verify', file, '--jwks', keys, '--json']
    return await run(process.execPath, amp, { cwd: packageFile() }).then(
      ({ stdout }) => JSON.parse(stdout),
      ({ stdout }: { stdout: string }) => JSON.parse(stdout),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe.each(engines)('a stolen agent key, on %s', (_name, engine) => {
  let cast: Cast

  beforeAll(async () => {
    if (!(await engine.start())) throw new Error('this machine has no binaries for the engine')
    cast = await createCast({ ...(await engine.options()), gate: { policy: gatePolicy, risk: async () => 100 } })
  })
  afterAll(async () => {
    await cast?.reference.stop()
    await engine.stop()
  })

  it('pays, is reported, is revoked within one request, and the partner is paid once', async () => {
    const scene = await stage(cast)
    const { user, agent, thief, bindingId, held } = scene
    await buyWith(cast, agent, held)
    const stolen = await steal(cast, scene)
    const before = await booksOf(cast)
    const poor = BigInt((await cast.balanceOf(user)) ?? 0)

    const told = await cast.get('wallet.reportTakeover', { bindingId, paymentIds: [stolen] }, user.userToken)
    expect(told.report).toMatchObject({ paymentIds: [stolen], mandatesRevoked: 1 })
    expect(told.claims).toMatchObject([
      {
        claimStatus: 'paid',
        payout: { currency: 'USD', value: '1800' },
        decision: { outcome: 'approved', reasons: [] },
      },
    ])
    for (const holder of [agent, thief])
      expect(await holder.applyForToken(held, await cast.checkout('sticker'))).toMatchObject({
        refusal: { code: 'agent-revoked' },
      })

    const after = await booksOf(cast)
    const moved = [...after].flatMap(([account, balance]) => {
      const difference = balance - (before.get(account) ?? 0n)
      return difference === 0n ? [] : [[account.replace(/-[A-Za-z0-9_-]{16}-USD$/, '-*-USD'), difference]]
    })
    expect(Object.fromEntries(moved)).toMatchObject({
      [pool]: -1800n,
      'guarantee-partner-*-USD': 1800n,
      'guarantee-USD': -1800n,
    })
    expect(BigInt((await cast.balanceOf(user)) ?? 0)).toBe(poor + 1800n)
    expect((await proveBooks(cast.reference.database)).balanced).toBe(true)

    await cast.get('wallet.reportTakeover', { bindingId, paymentIds: [stolen] }, user.userToken)
    expect(await booksOf(cast)).toEqual(after)
  })

  it('leaves a bundle from which a third party recomputes every decision, and in which nothing can be changed', async () => {
    const scene = await stage(cast)
    const stolen = await steal(cast, scene)
    await cast.get('wallet.reportTakeover', { bindingId: scene.bindingId, paymentIds: [stolen] }, scene.user.userToken)
    const bundle = await cast.get('wallet.inquiryEvidenceBundle', { paymentId: stolen }, scene.user.userToken)
    const discovery = (await (
      await fetch(`${cast.reference.url}/.well-known/amp`)
    ).json()) as Message<'common/discovery'>

    const seen = await verifyAlone(bundle, discovery)
    expect(seen).toMatchObject({ verifies: true, subject: stolen, deleted: 0 })
    expect(seen.recomputed).toEqual(['rating-statement', 'gate-decision', 'claim-decision', 'rating-statement'])
    const keys = discovery.roles.find(({ role }) => role === 'network')?.jwks ?? { keys: [] }
    expect(await whyNoBundle(bundle, keys)).toBeUndefined()

    const scores = bundle.records
      .filter(({ entry }) => entry.kind === 'rating-statement')
      .map(
        ({ content = '' }) => JSON.parse(Buffer.from(content.split('.')[1] ?? '', 'base64url').toString('utf8')).score,
      )
    expect(scores[1]).toBeLessThan(scores[0])

    const richer = structuredClone(bundle) as Message<'extensions/evidence/bundle'>
    for (const record of richer.records)
      if (record.entry.kind === 'claim-decision') record.content = record.content?.replace('"1800"', '"9800"') ?? ''
    for (const changed of [richer, { ...bundle, ratingEvents: bundle.ratingEvents?.slice(1) }]) {
      expect(await verifyBundle(changed, keys)).toMatchObject({ refusal: { code: 'evidence-invalid' } })
      expect(await whyNoBundle(changed as typeof bundle, keys)).toBeDefined()
    }
  })

  it('is paid once though the report comes twenty times at once', async () => {
    const scene = await stage(cast)
    const stolen = await steal(cast, scene)
    const count = (await payoutsOf(cast)).length
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        cast.ask('wallet.reportTakeover', { bindingId: scene.bindingId, paymentIds: [stolen] }, scene.user.userToken),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
    expect((await payoutsOf(cast)).length).toBe(count + 1)
    expect((await proveBooks(cast.reference.database)).balanced).toBe(true)
  })

  it('pays nothing for what was not reported in time', async () => {
    const scene = await stage(cast)
    const honest = await steal(cast, scene)
    cast.reference.setClockOffset(61 * 86_400)
    const { claims } = await cast
      .get('wallet.login', { loginId: scene.user.loginId, pin: '246810' })
      .then(({ userToken }) =>
        cast.get('wallet.reportTakeover', { bindingId: scene.bindingId, paymentIds: [honest] }, userToken),
      )
      .finally(() => cast.reference.setClockOffset(0))
    expect(claims).toMatchObject([{ claimStatus: 'rejected', decision: { reasons: ['reported-late'] } }])
  })
})

describe('a server that stops between report and payout', () => {
  const folder = folderOfFile('takeover')
  const database = `sqlite:${join(folder, 'amp.db')}`
  const masterKey = new Uint8Array(32).fill(3)
  let cast: Cast | undefined
  afterEach(async () => {
    await cast?.reference.stop()
  })

  it('claims, pays and gives back once it runs again, and only once', async () => {
    cast = await createCast({
      database,
      masterKey,
      deviation: { asks: (name, body) => (name === 'network.submitClaim' ? undefined : body) },
    })
    const scene = await stage(cast)
    const stolen = await steal(cast, scene)
    const report = { bindingId: scene.bindingId, paymentIds: [stolen] }
    expect((await cast.get('wallet.reportTakeover', report, scene.user.userToken)).claims).toEqual([])
    const poor = BigInt((await cast.balanceOf(scene.user)) ?? 0)
    await cast.reference.stop()

    cast = await createCast({ database, masterKey })
    for (const _ of [1, 2, 3]) await cast.reference.sweep()
    expect(BigInt((await cast.balanceOf(scene.user)) ?? 0)).toBe(poor + 1800n)
    expect(await payoutsOf(cast)).toHaveLength(1)
    expect((await proveBooks(cast.reference.database)).balanced).toBe(true)
  })
})
