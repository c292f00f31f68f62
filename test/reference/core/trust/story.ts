/** A stolen agent key, from the payment to the payout: layers, gate, rating and claim on record in a log, bundled. */
import { randomBytes } from 'node:crypto'
import {
  append,
  type Bundle,
  formatTime,
  headOf,
  issueIdentity,
  issueMandate,
  issueTokenRequest,
  type Kept,
  recordsOf,
  signHead,
  type World,
} from '../../../../reference/core/index.ts'
import { decideGate } from '../../../../reference/core/trust/gate.ts'
import { type Facts, type Guarantee, type Step, stepGuarantee } from '../../../../reference/core/trust/guarantee.ts'
import { type RatingEvent, ratingOf, standingAfter } from '../../../../reference/core/trust/rating.ts'
import { signStatement, statementClaims } from '../../../../reference/core/trust/statement.ts'
import { makeKey } from '../../../../reference/http/keys.ts'
import type { Message } from '../../../../schemas/index.ts'
import { day, gatePolicy, guaranteePolicy, payment, ratingPolicy, start } from './events.ts'

export const networkId = 'https://network.example'
export const partner = 'https://acquirer.example'

const usd = (value: bigint | string) => ({ currency: 'USD', value: String(value) })

/** Facts of a claim that nothing speaks against, of a payment of 20.00 made at `paidAt`. */
export const factsOf = (paymentId: string, paidAt: number, change: Partial<Facts> = {}): Facts => ({
  ...{ claimId: `claim-${paymentId}`, paymentId, claimant: partner },
  ...{ paymentAmount: usd('2000'), refunded: usd('0'), recovered: usd('0'), claimed: usd('2000') },
  ...{ paidAt: formatTime(paidAt), reportedAt: formatTime(paidAt), submittedAt: formatTime(paidAt) },
  ...{ cause: 'account-takeover', agentInitiated: true, keyRevoked: true, userConfirmed: false, linked: false },
  ...{ gate: 'observe', evidence: ['A'.repeat(43)] },
  ...change,
})

const checkout: Message<'common/checkout'> = {
  total_amount: usd('2000'),
  merchant: {
    reference_merchant_id: 'merchant-1',
    merchant_name: 'Corner Shop',
    merchant_mcc: '5411',
    merchant_website_url: 'https://shop.example',
  },
  goods: [{ goods_name: 'Gift card', goods_unit_amount: usd('2000'), goods_quantity: '1' }],
  reference_checkout_id: 'checkout-1',
}

const layersOf = async (world: World, network: Awaited<ReturnType<typeof makeKey>>) => {
  const [wallet, agent] = [await makeKey('wallet'), await makeKey('agent')]
  const signer = ({ publicJwk, privateKey }: typeof network) => ({ kid: publicJwk.kid, privateKey })
  const identity = await issueIdentity(
    {
      ...{ issuer: networkId, subject: 'binding-1', ispKey: wallet.publicJwk as Message<'common/public-jwk'> },
      ...{ ispType: 'MPP', ispName: 'TEST_WALLET' },
    },
    signer(network),
    world,
  )
  const mandate = await issueMandate(
    {
      mode: 'AUTONOMOUS',
      intent: { raw: 'Buy groceries', desc: 'Groceries' } as never,
      agentKey: agent.publicJwk as Message<'common/public-jwk'>,
    },
    {
      ...{ audience: networkId, identity, identityCheckedAt: world.now(), mandateId: 'mandate-1' },
      ...{ mandateStatus: 'inactive', expiresAt: world.now() + day },
      binding: {
        ...{ token_unique_reference: 'binding-1', token_status: 'activated' },
        ...{ user_login_id: 'm***@example.com', wallet_name: 'TEST_WALLET' },
      },
    },
    signer(wallet),
    world,
  )
  const tokenRequest = await issueTokenRequest({ audience: networkId, mandate, checkout }, signer(agent), world)
  return { identity, mandate, 'token-request': tokenRequest }
}

/** Plays the story and gives back what everybody is left with. */
export const takeover = async () => {
  const clock = { now: start + 100 * day }
  const world: World = {
    ...{ now: () => clock.now, id: (prefix) => `${prefix}-${randomBytes(6).toString('hex')}` },
    ...{ nonce: () => randomBytes(16).toString('base64url'), deviation: {} },
  }
  const key = await makeKey(networkId)
  const signer = { kid: key.publicJwk.kid, privateKey: key.privateKey }
  let log: readonly Kept[] = []
  const record = (kind: Kept['entry']['kind'], content: string, subject = 'payment-1'): void => {
    log = append(log, { kind, subject, content }, { at: clock.now, salt: world.nonce() })
  }
  const honest: RatingEvent[] = Array.from({ length: 99 }, (_, index) =>
    payment(index, start + index * day, { merchantId: `shop-${index % 12}` }),
  )
  const before = ratingOf(ratingPolicy, standingAfter(ratingPolicy, start, honest), clock.now)
  record('message', JSON.stringify({ other: true }), 'payment-0')
  for (const [kind, layer] of Object.entries(await layersOf(world, key))) record(kind as 'identity', layer)
  const lowest = Math.min(...before.dimensions.map(({ score }) => score))
  const decision = decideGate(gatePolicy, {
    ...{ tier: before.tier, lowest, mode: 'AUTONOMOUS', amount: usd('2000') },
    ...{ device: 'shows', runtime: 'attested', risk: 100 },
  })
  record('gate-decision', JSON.stringify(decision))
  record('message', JSON.stringify({ other: true }), 'payment-2')
  const paidAt = clock.now
  clock.now += day
  const events = [
    ...honest,
    payment(99, paidAt, { merchantId: 'merchant-1', amount: usd('2000') }),
    payment(100, clock.now, { kind: 'claim-approved' }),
  ]
  const standing = standingAfter(ratingPolicy, start, events)
  const occasion = { iss: networkId, sub: 'agent-1', iat: clock.now, registeredAt: start }
  record('rating-statement', await signStatement(statementClaims(ratingPolicy, standing, occasion), signer))
  const evidence = log.filter(({ entry }) => entry.subject === 'payment-1').map(({ entry }) => entry.commitment)
  const facts = factsOf('payment-1', paidAt, {
    evidence,
    reportedAt: formatTime(clock.now),
    gate: decision.disposition,
  })
  const steps: readonly Step[] = [
    { kind: 'fund', value: 10_000n },
    { kind: 'submit', facts },
    { kind: 'review', paymentId: 'payment-1' },
    { kind: 'decide', paymentId: 'payment-1' },
    { kind: 'pay', paymentId: 'payment-1' },
  ]
  let guarantee: Guarantee = { currency: 'USD', balance: 0n, claims: new Map() }
  for (const step of steps) {
    const next = stepGuarantee(guaranteePolicy, guarantee, step, clock.now)
    if (!next.ok) throw new Error(`${step.kind} was refused: ${next.refusal.code}`)
    guarantee = next.value
  }
  record('claim-decision', JSON.stringify(guarantee.claims.get('payment-1')?.decision))
  const bundle = async (kept: readonly Kept[] = log): Promise<Bundle> => ({
    ...{ version: '2026-11-20', subject: 'payment-1', jwks: { keys: [key.publicJwk] } as Bundle['jwks'] },
    treeHead: await signHead(headOf(kept, networkId, clock.now), signer),
    records: recordsOf(kept, 'payment-1'),
    ...{ ratingPolicy, ratingEvents: events, gatePolicy, guaranteePolicy },
  })
  const after = ratingOf(ratingPolicy, standing, clock.now)
  return { key, log, bundle, before, after, decision, guarantee, facts }
}
