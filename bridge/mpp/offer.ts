/** What an `amp` method asks for and is answered with: charge and session, the same on every transport and either side. */
import { readUnits } from '../../reference/core/clearing/index.ts'
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { formatTime } from '../../reference/core/time.ts'
import { isObject, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { type Order, type Proof, type Purse, readProof, type Standing, type Till } from '../settlement/index.ts'
import type { Challenge, Receipt } from './codec.ts'

/** Keeps proofs of this scheme apart from those of other protocols. */
const domain = 'AMP-MPP/1'

export const methodName = 'amp'
export const intents = ['charge', 'session'] as const
export type Intent = (typeof intents)[number]

/** A proof is taken for as long; challenges live five minutes. */
export const secondsMax = 300

/** The terms of a request: a price, or the price of a unit. Amounts are atomic units of `10^-scale`. */
export type Terms = {
  readonly amount: bigint
  readonly currency: string
  readonly payee: string
  readonly scale: number
  readonly network: string
  readonly request?: string
  readonly isKeyed: boolean
}

const malformed = (field: string) => refuse('message-malformed', { field: `request/${field}` })

/** Reads the request of a challenge of this method. Currencies are lower case on this wire. */
export const readTerms = (request: JsonObject): Outcome<Terms> => {
  const [currency, payee] = ['currency', 'recipient'].map((name) => textOf(request, name))
  if (!currency || !/^[a-z]{3}$/.test(currency)) return malformed('currency')
  if (!payee) return malformed('recipient')
  const amount = readUnits(textOf(request, 'amount') ?? '')
  if (!amount.ok) return amount
  const details = member(request, 'methodDetails')
  if (!isObject(details)) return malformed('methodDetails')
  const [network, digest] = ['network', 'request'].map((name) => textOf(details, name))
  const scale = member(details, 'scale')
  if (!network) return malformed('methodDetails/network')
  if (typeof scale !== 'number' || !Number.isInteger(scale)) return malformed('methodDetails/scale')
  return accept({
    amount: amount.value,
    currency: currency.toUpperCase(),
    payee,
    scale,
    network,
    ...(digest === undefined ? {} : { request: digest }),
    isKeyed: member(details, 'keyed') === true,
  })
}

/** What a payload is for. `most` of a session is what it signs for now, at least one unit. */
export type Action = 'open' | 'voucher' | 'close'
type Said = { readonly action?: Action; readonly most?: string }

/** What is signed: everything of the challenge that stays the same when it is issued again, and what the payload says. */
const agreedOf = ({ realm, intent, request, digest, opaque }: Challenge, said: Said): JsonObject => ({
  realm,
  intent,
  request,
  ...(digest === undefined ? {} : { digest }),
  ...(opaque === undefined ? {} : { opaque }),
  ...said,
})

const sayingOf = (intent: string, payload: JsonObject, price: bigint): Outcome<{ said: Said; most: bigint }> => {
  if (intent !== 'session') return accept({ said: {}, most: price })
  const action = (['open', 'voucher', 'close'] as const).find((each) => each === member(payload, 'action'))
  const most = textOf(payload, 'most')
  if (action === undefined) return refuse('voucher-malformed', { field: 'action' })
  if (action === 'close') return accept({ said: { action }, most: 0n })
  const units = readUnits(most ?? '')
  if (!units.ok) return units
  if (most === undefined || units.value < price) return refuse('delivered-exceeds-authorised', { field: 'most' })
  return accept({ said: { action, most }, most: units.value })
}

/** An order as a till takes it, with what its payload is for. */
export type Ordered = { readonly order: Order; readonly terms: Terms; readonly action: Action | 'charge' }

/** Reads a payload against the challenge it answers. */
export const readOrder = (challenge: Challenge, payload: unknown, network: string): Outcome<Ordered> => {
  const terms = readTerms(challenge.request)
  if (!terms.ok) return terms
  if (terms.value.network !== network) return refuse('order-mismatch', { detail: 'it is for another network' })
  if (!isObject(payload)) return refuse('voucher-malformed', { field: 'payload' })
  const proof = readProof(payload)
  if (!proof.ok) return proof
  const saying = sayingOf(challenge.intent, payload, terms.value.amount)
  if (!saying.ok) return saying
  const { payee, currency, scale, request, isKeyed } = terms.value
  const { said, most } = saying.value
  return accept({
    terms: terms.value,
    action: said.action ?? 'charge',
    order: {
      domain,
      agreed: agreedOf(challenge, said),
      payee,
      currency,
      scale,
      amount: most,
      ...(isKeyed && request !== undefined ? { key: request } : {}),
      windowMax: secondsMax,
      proof: proof.value,
    },
  })
}

/** Signs the payload for a challenge. A session signs for `units` at once, and for nothing when it closes. */
export const signPayload = async (
  purse: Purse,
  challenge: Challenge,
  {
    action = 'voucher',
    units = 1n,
    attempt = '',
  }: { readonly action?: Action; readonly units?: bigint; readonly attempt?: string } = {},
): Promise<Proof & Said> => {
  const terms = readTerms(challenge.request)
  if (!terms.ok)
    throw new TypeError(`the challenge is none of the amp method: ${terms.refusal.field ?? terms.refusal.code}`)
  const { amount, payee, currency, scale } = terms.value
  const most = action === 'close' ? 0n : amount * units
  const said: Said =
    challenge.intent !== 'session' ? {} : action === 'close' ? { action } : { action, most: most.toString() }
  const due = { payee, currency, scale, amount: challenge.intent === 'session' ? most : amount, seconds: secondsMax }
  return { ...(await purse.prove(domain, agreedOf(challenge, said), due, attempt)), ...said }
}

/** The receipt of a payment that was settled. */
export const receiptOf = (
  { payment, channel }: Standing,
  challenge: Challenge,
  now: number,
  price: bigint,
): Receipt => ({
  status: 'success',
  method: methodName,
  timestamp: formatTime(now),
  reference: payment.paymentId,
  intent: challenge.intent,
  challengeId: challenge.id,
  channelId: payment.channelId,
  charged: payment.charge.toString(),
  ...(challenge.intent === 'session'
    ? {
        acceptedCumulative: channel.authorised.toString(),
        spent: payment.reached.toString(),
        units: Number(payment.charge / price),
      }
    : {}),
})

/** What a server needs to take payments by this method. */
export type Taking = { readonly till: Till; readonly network: string; readonly now: () => number }

/** What became of a credential: paid (a receipt, and more to be taken later), or a channel that was closed. */
export type Taken =
  | { readonly kind: 'paid'; readonly receipt: Receipt }
  | { readonly kind: 'closed'; readonly receipt: Receipt }

/** Settles the payload of a challenge that was proven to be ours: one price, `units` of a session, or the end of a channel. */
export const take = async (
  { till, network, now }: Taking,
  challenge: Challenge,
  payload: unknown,
  units = 1n,
): Promise<Outcome<Taken>> => {
  const read = readOrder(challenge, payload, network)
  if (!read.ok) return read
  const { order, terms, action } = read.value
  if (action === 'close') {
    const closed = await till.close(order)
    if (!closed.ok) return closed
    const { channelId, delivered } = closed.value
    const receipt: Receipt = {
      status: 'success',
      method: methodName,
      timestamp: formatTime(now()),
      reference: channelId,
      intent: challenge.intent,
      challengeId: challenge.id,
      channelId,
      spent: delivered.toString(),
    }
    return accept({ kind: 'closed', receipt })
  }
  const standing = await till.settle(order, terms.amount * units)
  if (!standing.ok) return standing
  return accept({ kind: 'paid', receipt: receiptOf(standing.value, challenge, now(), terms.amount) })
}
