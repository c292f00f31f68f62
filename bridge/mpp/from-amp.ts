/** AMP in the words of the Payment scheme: a checkout as a challenge, a payment as a receipt, a problem as a problem. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Message } from '../../schemas/index.ts'
import { account, type FieldRule } from '../accounting.ts'
import type { AmpDocument, Outbound, OutboundMessage } from '../adapter.ts'
import { isObject, type Json, type JsonObject, leavesOf, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { atomicOfAmount } from '../x402/assets.ts'
import { type Challenge, challengeOf, type Receipt, writeChallenge, writeReceipt } from './codec.ts'
import { outNames, outRules } from './fields.ts'
import { documentOf, type MppDocument, nameOf, problems } from './problems.ts'

type Made = { readonly message: OutboundMessage; readonly rules: readonly FieldRule[] }

const missing = (name: string) =>
  refuse('foreign-fields-missing', { detail: `the other side demands ${name}`, field: `given/${name}` })
const malformed = (name: string, detail: string) => refuse('message-malformed', { detail, field: `given/${name}` })

const problemMessage = (document: MppDocument, rules: readonly FieldRule[]): Made => ({
  message: { name: outNames.problem, status: document.status, body: document },
  rules,
})

/** A challenge of a checkout. Its identifier is the server's: whoever holds the secret of the realm computes it. */
const challenge = (checkout: Message<'common/checkout'>, given: JsonObject): Outcome<Made> => {
  const [id, realm, method, recipient, expires, token] = ['id', 'realm', 'method', 'recipient', 'expires', 'token'].map(
    (name) => textOf(given, name),
  )
  if (!id) return missing('id')
  if (!realm) return missing('realm')
  if (!method) return missing('method')
  const decimals = member(given, 'decimals')
  if (decimals === undefined) return missing('decimals')
  if (typeof decimals !== 'number' || !Number.isInteger(decimals) || decimals < 0 || decimals > 18)
    return malformed('decimals', 'decimals are 0 to 18')
  const amount = atomicOfAmount(checkout.total_amount, decimals, 'value/total_amount')
  if (!amount.ok) return amount
  const details = member(given, 'methodDetails')
  const { merchant, goods } = checkout
  const made: Challenge | undefined = challengeOf({
    id,
    realm,
    method,
    intent: 'charge',
    request: {
      amount: amount.value,
      currency: token ?? checkout.total_amount.currency.toLowerCase(),
      ...(recipient ? { recipient } : {}),
      externalId: checkout.reference_checkout_id,
      methodDetails: { ...(isObject(details) ? details : {}), amp: { merchant, goods } as unknown as Json },
    },
    ...(expires ? { expires } : {}),
  })
  if (!made) return malformed('method', 'a method has letters from a to z')
  const body = { ...problems.required, challengeId: id, challenges: [made] }
  const headers = { 'WWW-Authenticate': writeChallenge(made), 'Cache-Control': 'no-store' }
  return accept({ message: { name: outNames.checkout, status: 402, headers, body }, rules: outRules.checkout })
}

const receipt = (payment: Message<'payment/payment'>, given: JsonObject): Outcome<Made> => {
  const { paymentStatus, paymentId, paymentTime, failure } = payment
  if (paymentStatus !== 'SUCCESS' || !paymentTime) {
    const detail =
      failure?.title ?? (paymentStatus === 'PROCESSING' ? 'how it ends is not known yet' : 'it was not paid')
    const details = { details: { code: failure?.code ?? 'payment-failed' } }
    const document = { ...documentOf('failed', textOf(given, 'id') ?? ''), detail, ...details }
    return accept(problemMessage(document, outRules.unpaid))
  }
  const method = textOf(given, 'method')
  if (!method) return missing('method')
  const body: Receipt = { status: 'success', method, timestamp: paymentTime, reference: paymentId }
  const headers = { 'Payment-Receipt': writeReceipt(body), 'Cache-Control': 'private' }
  return accept({ message: { name: outNames.payment, status: 200, headers, body }, rules: outRules.payment })
}

const refused = ({ code, detail }: Message<'common/problem'>, given: JsonObject): Made => {
  const said = { code: code as Parameters<typeof nameOf>[0]['code'], ...(detail === undefined ? {} : { detail }) }
  return problemMessage(documentOf(nameOf(said, 'charge'), textOf(given, 'id') ?? '', said), outRules.problem)
}

const made = (document: AmpDocument): Outcome<Made> => {
  if (document.kind === 'checkout') return challenge(document.value, document.given)
  if (document.kind === 'payment') return receipt(document.value, document.given)
  if (document.kind === 'problem') return accept(refused(document.value, document.given))
  return refuse('protocol-unknown', { detail: `the Payment scheme has no words for a ${document.kind}` })
}

/** Carries a checkout, a payment or a problem over; the caller says in whose realm, by which method, for whom. */
export const fromAmp = (document: AmpDocument): Outcome<Outbound> => {
  const outcome = made(document)
  if (!outcome.ok) return outcome
  const fields = [
    ...leavesOf(document.value as unknown as Json, 'value'),
    ...(Object.keys(document.given).length === 0 ? [] : leavesOf(document.given, 'given')),
  ]
  return accept({ message: outcome.value.message, ...account(fields, outcome.value.rules) })
}
