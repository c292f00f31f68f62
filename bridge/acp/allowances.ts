/** Tokens on allowances: one payment of one session, never wider than the mandate they stand on (EXT-HANDLER-8 to 10). */
import { accept, type Outcome, type Refusal, refuse } from '../../reference/core/outcome.ts'
import { formatTime, parseTime } from '../../reference/core/time.ts'
import type { Message } from '../../schemas/index.ts'
import type { NonceStore } from '../nonces.ts'
import { mostOf } from './from-amp.ts'
import type { AcpAllowance } from './wire.ts'

type Amount = Message<'common/amount'>
type Mandate = Message<'trust/mandate'>

/** A token with what it may be used for, and the mandate that pays. */
export type Allowed = AcpAllowance & {
  /** `vt_` and letters and digits alone, as ACP's pattern has it. */
  readonly id: string
  readonly mandateId: string
  /** RFC 3339. */
  readonly created: string
}

/** Where tokens are kept. Whether one was taken stands in a nonce store, so that several processes agree. */
export type AllowanceStore = {
  readonly put: (allowed: Allowed) => Promise<void>
  readonly get: (id: string) => Promise<Allowed | undefined>
}

/** A store of one process. */
export const memoryAllowances = (): AllowanceStore => {
  const kept = new Map<string, Allowed>()
  return {
    put: async (allowed) => void kept.set(allowed.id, allowed),
    get: async (id) => kept.get(id),
  }
}

/** What a merchant wants to take a token for. */
export type Charge = { readonly merchantId: string; readonly sessionId: string; readonly amount: Amount }

/** What allowances stand on. `mandateOf` tells how a mandate stands now, nothing where there is none. */
export type AllowanceParts = {
  readonly store: AllowanceStore
  readonly nonces: NonceStore
  readonly mandateOf: (mandateId: string) => Promise<Mandate | undefined>
  /** Epoch seconds. */
  readonly now: () => number
  /** At least 16 letters and digits that nobody can guess. */
  readonly newToken: () => string
  /** The merchant behind an account of the payment service, as its acquirer attests it; itself where not told. */
  readonly merchantOf?: (merchantId: string) => string
}

const states = {
  inactive: 'mandate-inactive',
  expired: 'mandate-expired',
  finished: 'mandate-finished',
  revoked: 'mandate-revoked',
} as const

const fail = (refusal: Refusal) => ({ ok: false, refusal }) as const

/** Whether a mandate is activated now; the refusal that says how it stands otherwise (EXT-HANDLER-10). */
const standing = async (id: string, { mandateOf }: AllowanceParts): Promise<Outcome<Mandate>> => {
  const mandate = await mandateOf(id)
  if (!mandate)
    return refuse('mandate-unknown', { detail: 'there is no such mandate', field: 'payment_method/mandate_id' })
  const { mandateStatus } = mandate
  return mandateStatus === 'activated' ? accept(mandate) : refuse(states[mandateStatus], { mandateStatus })
}

/** Why an allowance is wider than its mandate, or nothing (EXT-HANDLER-9). */
const widerThan = (mandate: Mandate, allowance: AcpAllowance, merchant: string): Refusal | undefined => {
  const { checkout, constraints } = mandate
  const most = mostOf(mandate)
  if (allowance.maxAmount.currency !== most.currency)
    return { code: 'currency-mismatch', detail: 'the mandate is in another currency', field: 'allowance/currency' }
  if (BigInt(allowance.maxAmount.value) > BigInt(most.value))
    return { code: 'budget-exceeded', detail: 'the mandate holds less', field: 'allowance/max_amount' }
  if (allowance.expiresAt > (parseTime(mandate.validUntil) ?? 0))
    return { code: 'mandate-expired', detail: 'the mandate ends before', field: 'allowance/expires_at' }
  if (checkout && checkout.reference_checkout_id !== allowance.sessionId)
    return {
      code: 'checkout-mismatch',
      detail: 'the mandate is about another session',
      field: 'allowance/checkout_session_id',
    }
  const [allowed, blocked] = [constraints?.merchant_allow_list, constraints?.merchant_block_list]
  const isOther = checkout !== undefined && checkout.merchant.reference_merchant_id !== merchant
  return isOther || allowed?.includes(merchant) === false || blocked?.includes(merchant)
    ? { code: 'merchant-out-of-scope', detail: 'the mandate is not for this merchant', field: 'allowance/merchant_id' }
    : undefined
}

/** Issues a token on an allowance of an activated mandate. Nothing is held: the network holds when the token is taken. */
export const issueAllowance = async (
  allowance: AcpAllowance,
  mandateId: string,
  parts: AllowanceParts,
): Promise<Outcome<Allowed>> => {
  const now = parts.now()
  if (allowance.expiresAt <= now)
    return refuse('payment-token-expired', { detail: 'the allowance is over', field: 'allowance/expires_at' })
  const mandate = await standing(mandateId, parts)
  if (!mandate.ok) return mandate
  const merchant = parts.merchantOf?.(allowance.merchantId) ?? allowance.merchantId
  const wider = widerThan(mandate.value, allowance, merchant)
  if (wider) return fail(wider)
  const allowed: Allowed = { ...allowance, id: `vt_${parts.newToken()}`, mandateId, created: formatTime(now) }
  await parts.store.put(allowed)
  return accept(allowed)
}

/** Why a charge is none the token was issued for, or nothing. */
const misused = (allowed: Allowed, { merchantId, sessionId, amount }: Charge, now: number): Refusal | undefined => {
  if (allowed.expiresAt <= now) return { code: 'payment-token-expired' }
  if (allowed.merchantId !== merchantId)
    return { code: 'merchant-out-of-scope', detail: 'the token is for another merchant' }
  if (allowed.sessionId !== sessionId) return { code: 'checkout-mismatch', detail: 'the token is for another session' }
  if (allowed.maxAmount.currency !== amount.currency)
    return { code: 'currency-mismatch', detail: 'the token is in another currency' }
  return BigInt(amount.value) > BigInt(allowed.maxAmount.value)
    ? { code: 'amount-out-of-range', detail: 'the allowance is smaller' }
    : undefined
}

/**
 * Takes a token, once (EXT-HANDLER-8). A charge it was not issued for leaves it as it was. What is taken is the right to
 * ask the network for a payment token of this mandate, once; whether it pays is the network's to say.
 */
export const takeAllowance = async (id: string, charge: Charge, parts: AllowanceParts): Promise<Outcome<Allowed>> => {
  const allowed = await parts.store.get(id)
  if (!allowed) return refuse('payment-token-unknown', { detail: 'there is no such token' })
  const now = parts.now()
  const wrong = misused(allowed, charge, now)
  if (wrong) return fail(wrong)
  const mandate = await standing(allowed.mandateId, parts)
  if (!mandate.ok) return mandate
  const verdict = await parts.nonces.record(JSON.stringify(['acp', 'allowance', id]), allowed.expiresAt, now)
  if (verdict === 'full') return refuse('peer-unavailable', { detail: 'the nonce store has no room' })
  return verdict === 'fresh' ? accept(allowed) : refuse('payment-token-used', { detail: 'the token was taken before' })
}
