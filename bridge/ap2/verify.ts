/** AP2, verified: chains down to who is trusted and up against each other, receipts, and what 0.1 says graded. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { asVerified, type BridgeContext, type Evidence, type Verified } from '../adapter.ts'
import { takeOnce } from '../http-signature.ts'
import { cardEvidence, chainEvidence, receiptEvidence } from './evidence.ts'
import { type Chains, checkChains, orderOf } from './pair.ts'
import { type Plain, provePlain } from './plain.ts'
import { proveReceipt, type Receipt } from './receipts.ts'
import { type Ap2Settings, ap2Settings } from './settings.ts'
import { type ProvenChain, proveChain } from './verify-chain.ts'
import type { Ap2Wire } from './wire.ts'

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
  const order = await orderOf(proven.value.checkout, context)
  if (!order.ok) return order
  const chains: Chains = { ...proven.value, ...(order.value ? { order: order.value } : {}) }
  const checked = checkChains(chains, context.now)
  if (!checked.ok) return checked
  const { audiences } = settings
  for (const family of families) {
    const audience = chains[family]?.audience
    if (audiences && audience !== undefined && !audiences.includes(audience))
      return refuse('foreign-audience-mismatch', { detail: 'it is for somebody else', field: `${family}/aud` })
  }
  const fresh = await takeChains(chains, context)
  return fresh.ok ? accept({ chains, evidence: chainEvidence(chains, audiences !== undefined, wire) }) : fresh
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
  return accept({ receipts: [first, ...rest], evidence: receipts.map(receiptEvidence) })
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

const hasAny = (object: object): boolean => Object.keys(object).length > 0

/** Proves a message. What comes signed is proved by keys somebody trusts; the rest is told as what it is. */
export const verify = async (wire: Ap2Wire, context: BridgeContext): Promise<Outcome<Verified<Ap2Trusted>>> => {
  const settings = ap2Settings(context.settings)
  const proven: Outcome<Proven> = hasAny(wire.receipts)
    ? await verifyReceipts(wire, context, settings)
    : hasAny(wire.chains)
      ? await verifyChains(wire, context, settings)
      : hasAny(wire.plain)
        ? await verifyPlain(wire, context)
        : accept({ evidence: [cardEvidence(wire)] })
  if (!proven.ok) return proven
  return accept(asVerified({ wire, directory: context.directory.name, now: context.now, ...proven.value }))
}
