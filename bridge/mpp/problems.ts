/** Problem types of the Payment scheme: the refusals of AMP in its words. */
import type { Refusal } from '../../reference/core/outcome.ts'

const base = 'https://paymentauth.org/problems/'

/** A problem of the scheme: where its type ends, its title, its status. */
export type MppProblem = { readonly type: string; readonly title: string; readonly status: number }

const problem = (name: string, title: string, status = 402): MppProblem => ({ type: `${base}${name}`, title, status })

export const problems = {
  required: problem('payment-required', 'Payment required'),
  insufficient: problem('payment-insufficient', 'The payment is too small'),
  expired: problem('payment-expired', 'The payment expired'),
  failed: problem('verification-failed', 'The payment could not be verified'),
  unsupported: problem('method-unsupported', 'The payment method is not taken here', 400),
  malformed: problem('malformed-credential', 'The credential cannot be read'),
  challenge: problem('invalid-challenge', 'The challenge is not one of this request'),
  signature: problem('session/invalid-signature', 'The signature does not hold'),
  deposit: problem('session/amount-exceeds-deposit', 'The channel does not hold as much'),
  balance: problem('session/insufficient-balance', 'The channel is not signed for as much'),
  unknown: problem('session/channel-not-found', 'The channel is not known', 410),
  closed: problem('session/channel-finalized', 'The channel is closed', 410),
} as const

/** Refusals by the problem they become. Sessions have problems of their own, which a charge has no words for. */
const names: Readonly<Record<string, readonly [charge: keyof typeof problems, session: keyof typeof problems]>> = {
  'foreign-expired': ['expired', 'expired'],
  'voucher-expired': ['expired', 'expired'],
  'voucher-malformed': ['malformed', 'malformed'],
  'voucher-signature-invalid': ['failed', 'signature'],
  'delivered-exceeds-authorised': ['insufficient', 'balance'],
  'channel-cap-exceeded': ['insufficient', 'deposit'],
  'budget-exceeded': ['insufficient', 'deposit'],
  'channel-unknown': ['failed', 'unknown'],
  'channel-closed': ['failed', 'closed'],
  'channel-closing': ['failed', 'closed'],
  'order-mismatch': ['challenge', 'challenge'],
}

/** Which problem a refusal is in this scheme. */
export const nameOf = ({ code }: Pick<Refusal, 'code'>, intent: string): keyof typeof problems =>
  names[code]?.[intent === 'session' ? 1 : 0] ?? 'failed'

/** A problem on the wire. */
export type MppDocument = MppProblem & {
  readonly challengeId: string
  readonly detail?: string
  readonly details?: { readonly code: string }
}

/** A problem document; `code` is AMP's own, in `details`, where a client of ours looks for it. */
export const documentOf = (
  name: keyof typeof problems,
  challengeId: string,
  refusal?: Pick<Refusal, 'code' | 'detail'>,
): MppDocument => ({
  ...problems[name],
  ...(refusal?.detail === undefined ? {} : { detail: refusal.detail }),
  ...(refusal === undefined ? {} : { details: { code: refusal.code } }),
  challengeId,
})
