/** AP2, verified: chains down to who is trusted and up against each other, receipts, and what 0.1 says graded. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { asVerified, type BridgeContext, type Evidence, type Verified } from '../adapter.ts'
import { takeOnce } from '../http-signature.ts'
import { type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { type Family, hopDigests } from './chain.ts'
import { amountOf, checkConstraints, isSameMerchant, objectOf } from './constraints.ts'
import { type Order, proveOrder } from './order.ts'
import { type Plain, provePlain } from './plain.ts'
import { proveReceipt, type Receipt } from './receipts.ts'
import { type Ap2Settings, ap2Settings } from './settings.ts'
import { type ProvenChain, proveChain } from './verify-chain.ts'
import type { Ap2Wire } from './wire.ts'

/** Chains that hold, and hold together. */
export type Chains = {
  readonly checkout?: ProvenChain
  readonly payment?: ProvenChain
  /** What the merchant offered, where a closed checkout came. */
  readonly order?: Order
}

/** A message once everything that can be checked holds. */
export type Ap2Trusted = {
  readonly wire: Ap2Wire
  readonly directory: string
  readonly now: number
  readonly evidence: readonly Evidence[]
  readonly chains?: Chains
  readonly receipts?: readonly [Receipt, ...Receipt[]]
  readonly plain?: Plain
}

const families = ['checkout', 'payment'] as const

const mismatch = (detail: string, field: string) => refuse('foreign-object-mismatch', { detail, field })

const fieldOf = (family: Family, { chain }: ProvenChain, name: string): string =>
  `${family}/${chain.hops.length - 1}/claims/delegate_payload/0/${name}`

/** The checkout a closed mandate holds, named by its hash. */
const orderOf = async (
  checkout: ProvenChain | undefined,
  context: BridgeContext,
): Promise<Outcome<Order | undefined>> => {
  if (!checkout?.closed) return accept(undefined)
  const text = textOf(checkout.closed, 'checkout_jwt')
  if (text === undefined)
    return refuse('foreign-fields-missing', {
      detail: 'the checkout is withheld',
      field: fieldOf('checkout', checkout, 'checkout_jwt'),
    })
  const order = await proveOrder(text, context, context.now)
  if (!order.ok) return order
  return textOf(checkout.closed, 'checkout_hash') === order.value.hash
    ? order
    : mismatch('the hash is not that of the checkout', fieldOf('checkout', checkout, 'checkout_hash'))
}

/** Whether a payment says what it has to. */
const checkPayment = (payment: ProvenChain): Outcome<true> => {
  const { closed } = payment
  if (!closed) return accept(true)
  if (!amountOf(closed) || textOf(objectOf(closed, 'payee'), 'name') === undefined)
    return refuse('foreign-fields-missing', {
      detail: 'the payment names no amount or payee',
      field: fieldOf('payment', payment, 'payment_amount'),
    })
  return textOf(closed, 'transaction_id') === undefined
    ? refuse('foreign-fields-missing', {
        detail: 'the payment is for no checkout',
        field: fieldOf('payment', payment, 'transaction_id'),
      })
    : accept(true)
}

/** Whether the payment is for this checkout: same state, same agent, same hash, same sum, same seller. */
const checkPair = (checkout: ProvenChain, payment: ProvenChain, order: Order | undefined): Outcome<true> => {
  if ((checkout.closed === undefined) !== (payment.closed === undefined))
    return mismatch('one mandate is closed and the other is open', 'payment')
  if (checkout.agentKey && payment.agentKey && checkout.agentKey.thumbprint !== payment.agentKey.thumbprint)
    return refuse('foreign-key-mismatch', { detail: 'the open mandates name two agents', field: 'payment' })
  if (!order || !payment.closed) return accept(true)
  const paid = amountOf(payment.closed)
  if (textOf(payment.closed, 'transaction_id') !== order.hash)
    return mismatch('the payment is for another checkout', fieldOf('payment', payment, 'transaction_id'))
  if (paid?.amount !== order.total || paid.currency !== order.currency)
    return mismatch('the payment is of another amount', fieldOf('payment', payment, 'payment_amount'))
  return isSameMerchant(objectOf(payment.closed, 'payee'), order.merchant)
    ? accept(true)
    : mismatch('the payment goes to somebody else', fieldOf('payment', payment, 'payee'))
}

/** Digests of the open checkouts of a chain: of what was disclosed, and of the token alone. */
const referencesOf = ({ chain }: ProvenChain) =>
  chain.hops
    .filter(({ mandates }) => mandates.some(({ family, state }) => family === 'checkout' && state === 'open'))
    .map(hopDigests)

/** Holds what is closed to the open mandates above it, and an open payment to the open checkout it refers to. */
const checkBounds = ({ checkout, payment, order }: Chains, now: number): Outcome<true> => {
  if (checkout?.closed && order) {
    const kept = checkConstraints(
      checkout.constraints,
      { now, merchant: order.merchant, lines: order.lines },
      'checkout',
    )
    if (!kept.ok) return kept
  }
  if (!payment) return accept(true)
  const digests = checkout ? referencesOf(checkout) : []
  const references =
    digests.length > 0 ? { references: digests.flatMap(({ presented, token }) => [presented, token]) } : {}
  const bounds = payment.closed
    ? payment.constraints
    : payment.constraints.filter(({ type }) => type === 'payment.reference')
  return checkConstraints(
    bounds,
    { now, ...(payment.closed ? { payment: payment.closed } : {}), ...references },
    'payment',
  )
}

/** Constraints that count over many payments, which only who sees them all can. */
const counted = ['payment.agent_recurrence', 'payment.budget']

const referenceEvidence = ({ checkout, payment }: Chains): readonly Evidence[] => {
  const digest = payment?.constraints.flatMap(({ type, claims }) =>
    type === 'payment.reference' ? (textOf(claims, 'conditional_transaction_id') ?? []) : [],
  )[0]
  if (digest === undefined) return [{ kind: 'reference', status: 'absent' }]
  const found = checkout ? referencesOf(checkout) : []
  if (found.length === 0) return [{ kind: 'reference', status: 'unverified', why: 'the checkout did not come along' }]
  const isPresented = found.some(({ presented }) => presented === digest)
  const why = `digest of the open checkout ${isPresented ? 'as presented' : 'without its disclosures'}`
  return [{ kind: 'reference', status: 'verified', why }]
}

/** Who vouches that a user allowed it: the rest of a chain says no more than its root is trusted for. */
const rootEvidence = (chains: Chains): readonly Evidence[] =>
  [...new Set(families.flatMap((family) => chains[family]?.issuer ?? []))].map((issuer) => ({
    kind: 'root',
    status: 'verified',
    why: issuer.slice(0, 128),
  }))

const evidenceOf = (chains: Chains, isAudienceKnown: boolean, wire: Ap2Wire): readonly Evidence[] => {
  const all = families.flatMap((family) => chains[family]?.constraints ?? [])
  const isExecuted = families.some((family) => chains[family]?.closed && (chains[family]?.open.length ?? 0) > 0)
  const hasAudience = families.some((family) => chains[family]?.audience !== undefined)
  return [
    ...families.map((family): Evidence => {
      const chain = chains[family]
      if (!chain) return { kind: family, status: 'absent' }
      const state = chain.closed ? 'closed' : 'open'
      return { kind: family, status: 'verified', why: `${state}, ${chain.chain.hops.length} hops` }
    }),
    ...rootEvidence(chains),
    { kind: 'human', status: families.some((family) => chains[family]?.open.length) ? 'absent' : 'verified' },
    { kind: 'order', status: chains.order?.signature ?? 'absent' },
    isExecuted
      ? { kind: 'constraints', status: 'verified', why: `${all.length} kept` }
      : { kind: 'constraints', status: 'absent' },
    ...(all.some(({ type }) => counted.includes(type))
      ? ([{ kind: 'counts', status: 'unverified', why: 'budget and recurrence count over many payments' }] as const)
      : []),
    ...referenceEvidence(chains),
    { kind: 'audience', status: !hasAudience ? 'absent' : isAudienceKnown ? 'verified' : 'unverified' },
    { kind: 'envelope', status: wire.envelope === 'none' ? 'absent' : 'unsigned', why: `A2A ${wire.envelope}` },
  ]
}

const takeChains = async (chains: Chains, context: BridgeContext): Promise<Outcome<'fresh'>> => {
  let taken: Outcome<'fresh'> = accept('fresh')
  for (const family of families) {
    const proven = chains[family]
    if (!proven) continue
    const { key, once, audience = '', expires } = proven
    const parts = ['ap2', context.directory.name, family, key.thumbprint, once, audience]
    taken = await takeOnce(parts, expires, context, `${family}/${proven.chain.hops.length - 1}/claims/nonce`)
    if (!taken.ok) return taken
  }
  return taken
}

type Proven = Pick<Ap2Trusted, 'chains' | 'receipts' | 'plain' | 'evidence'>

const proveEach = async (
  wire: Ap2Wire,
  context: BridgeContext,
  settings: Ap2Settings,
  now: number,
): Promise<Outcome<Pick<Chains, 'checkout' | 'payment'>>> => {
  const proven: { checkout?: ProvenChain; payment?: ProvenChain } = {}
  for (const family of families) {
    const chain = wire.chains[family]
    const made = chain ? await proveChain(chain, family, context, settings, now) : undefined
    if (made && !made.ok) return made
    if (made) proven[family] = made.value
  }
  return accept(proven)
}

const verifyChains = async (wire: Ap2Wire, context: BridgeContext, settings: Ap2Settings): Promise<Outcome<Proven>> => {
  const proven = await proveEach(wire, context, settings, context.now)
  if (!proven.ok) return proven
  const { checkout, payment } = proven.value
  const order = await orderOf(checkout, context)
  if (!order.ok) return order
  const chains: Chains = { ...proven.value, ...(order.value ? { order: order.value } : {}) }
  for (const checked of [
    payment ? checkPayment(payment) : accept(true),
    checkout && payment ? checkPair(checkout, payment, order.value) : accept(true),
    checkBounds(chains, context.now),
  ])
    if (!checked.ok) return checked
  const { audiences } = settings
  for (const family of families) {
    const audience = chains[family]?.audience
    if (audiences && audience !== undefined && !audiences.includes(audience))
      return refuse('foreign-audience-mismatch', { detail: 'it is for somebody else', field: `${family}/aud` })
  }
  const fresh = await takeChains(chains, context)
  return fresh.ok ? accept({ chains, evidence: evidenceOf(chains, audiences !== undefined, wire) }) : fresh
}

const verifyReceipts = async (
  wire: Ap2Wire,
  context: BridgeContext,
  settings: Ap2Settings,
): Promise<Outcome<Proven>> => {
  const receipts: Receipt[] = []
  for (const family of families) {
    const jws = wire.receipts[family]
    if (!jws) continue
    const chain = wire.chains[family]
    const receipt = await proveReceipt(jws, family, chain, context)
    if (!receipt.ok) return receipt
    // A mandate that was answered may have ended since: it is held to the moment of the receipt.
    const proven = chain ? await proveChain(chain, family, context, settings, receipt.value.issued) : accept(undefined)
    if (!proven.ok) return proven
    receipts.push(receipt.value)
  }
  const [first, ...rest] = receipts
  if (!first) return refuse('foreign-fields-missing', { detail: 'there is no receipt', field: 'body' })
  for (const { jws, family, key } of receipts) {
    const parts = ['ap2', context.directory.name, `${family}-receipt`, key.thumbprint, jws.signingInput]
    const fresh = await takeOnce(parts, context.now + settings.openLifetimeMax, context, `${family}-receipt`)
    if (!fresh.ok) return fresh
  }
  const evidence = receipts.map(({ family, status, error, reference }): Evidence => {
    const named = reference === 'presented' ? 'as presented' : 'without its disclosures'
    const why = `${status}${error === undefined ? '' : ` ${error.slice(0, 64)}`}`
    return {
      kind: `${family}-receipt`,
      status: 'verified',
      why: `${why}; ${reference ? `names the closed mandate ${named}` : 'the closed mandate did not come along'}`,
    }
  })
  return accept({ receipts: [first, ...rest], evidence })
}

const verifyPlain = async (wire: Ap2Wire, context: BridgeContext): Promise<Outcome<Proven>> => {
  const plain = await provePlain(wire, context)
  if (!plain.ok) return plain
  const { once } = plain.value
  const fresh = once
    ? await takeOnce(once.parts, once.expires, context, 'cart/merchant_authorization')
    : accept('fresh')
  return fresh.ok ? accept({ plain: plain.value, evidence: plain.value.evidence }) : fresh
}

const hasAny = (object: JsonObject | object): boolean => Object.keys(object).length > 0

/** Proves a message. What comes signed is proved by keys somebody trusts; the rest is told as what it is. */
export const verify = async (wire: Ap2Wire, context: BridgeContext): Promise<Outcome<Verified<Ap2Trusted>>> => {
  const settings = ap2Settings(context.settings)
  const proven: Outcome<Proven> = hasAny(wire.receipts)
    ? await verifyReceipts(wire, context, settings)
    : hasAny(wire.chains)
      ? await verifyChains(wire, context, settings)
      : hasAny(wire.plain)
        ? await verifyPlain(wire, context)
        : accept({ evidence: [{ kind: 'agent-card', status: 'unsigned', why: cardWords(wire) }] })
  if (!proven.ok) return proven
  return accept(asVerified({ wire, directory: context.directory.name, now: context.now, ...proven.value }))
}

const cardWords = ({ card, message }: Ap2Wire): string => {
  const said = card?.roles.length ? `says it is ${card.roles.join(' and ')}` : 'says nothing of its roles'
  const isSigned = message.json !== undefined && member(message.json as JsonObject, 'signatures') !== undefined
  return isSigned ? `${said}; signatures of the card are not tried` : said
}
