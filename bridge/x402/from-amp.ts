/** AMP in the words of x402: a checkout as a 402, a payment as its settlement result, a problem as a refusal. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Message } from '../../schemas/index.ts'
import { account, type FieldRule } from '../accounting.ts'
import type { AmpDocument, Outbound, OutboundMessage } from '../adapter.ts'
import { isObject, type Json, type JsonObject, leavesOf, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { atomicOfAmount } from './assets.ts'
import { reasonOf } from './facilitator.ts'
import { outNames, outRules } from './fields.ts'
import { schemes } from './terms.ts'
import { a2aExtensions } from './wire.ts'

type Made = { readonly message: OutboundMessage; readonly rules: readonly FieldRule[] }

const missing = (name: string) =>
  refuse('foreign-fields-missing', { detail: `the other side demands ${name}`, field: `given/${name}` })
const malformed = (name: string, detail: string) => refuse('message-malformed', { detail, field: `given/${name}` })

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64')

const decimalsOf = (given: JsonObject): Outcome<number> => {
  const decimals = member(given, 'decimals')
  if (decimals === undefined) return missing('decimals')
  if (typeof decimals !== 'number' || !Number.isInteger(decimals) || decimals < 0 || decimals > 18)
    return malformed('decimals', 'decimals are 0 to 18')
  return accept(decimals)
}

const due = (checkout: Message<'common/checkout'>, given: JsonObject): Outcome<Made> => {
  const [network, asset, payTo, resource] = ['network', 'asset', 'payTo', 'resource'].map((name) => textOf(given, name))
  if (!network) return missing('network')
  if (!asset) return missing('asset')
  if (!payTo) return missing('payTo')
  if (!resource) return missing('resource')
  const version = member(given, 'version') ?? 2
  if (version !== 1 && version !== 2) return malformed('version', 'x402 has versions 1 and 2')
  const scheme = member(given, 'scheme') ?? 'exact'
  if (!schemes.some((each) => each === scheme) || (version === 1 && scheme !== 'exact'))
    return malformed('scheme', 'x402 has no such scheme in this version')
  const seconds = member(given, 'maxTimeoutSeconds') ?? 60
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1)
    return malformed('maxTimeoutSeconds', 'seconds are a whole number from 1')
  const decimals = decimalsOf(given)
  if (!decimals.ok) return decimals
  const amount = atomicOfAmount(checkout.total_amount, decimals.value, 'value/total_amount')
  if (!amount.ok) return amount
  const { total_amount: _, ...amp } = checkout
  const more = member(given, 'extra')
  const extra = { ...(isObject(more) ? more : {}), amp }
  const description = checkout.goods[0]?.goods_name ?? ''
  const common = { scheme, network, asset, payTo, maxTimeoutSeconds: seconds, extra }
  const required =
    version === 2
      ? { x402Version: 2, resource: { url: resource, description }, accepts: [{ ...common, amount: amount.value }] }
      : {
          x402Version: 1,
          accepts: [{ ...common, maxAmountRequired: amount.value, resource, description, mimeType: '' }],
        }
  if (member(given, 'carrier') === 'a2a') return a2a(required, given)
  const headers = version === 2 ? { headers: { 'PAYMENT-REQUIRED': base64(required) } } : {}
  return accept({
    message: { name: outNames.checkout, status: 402, ...headers, body: required },
    rules: outRules.checkout,
  })
}

/** Metadata of a message of a task that is now `input-required`. */
const a2a = (required: object, given: JsonObject): Outcome<Made> => {
  const version = member(given, 'extension') ?? '0.2'
  if (version !== '0.1' && version !== '0.2')
    return malformed('extension', 'the A2A extension has versions 0.1 and 0.2')
  return accept({
    message: {
      name: outNames.checkout,
      status: 200,
      headers: { 'X-A2A-Extensions': a2aExtensions[version] },
      body: { 'x402.payment.status': 'payment-required', 'x402.payment.required': required },
    },
    rules: outRules['checkout-a2a'],
  })
}

const settled = (payment: Message<'payment/payment'>, given: JsonObject): Outcome<Made> => {
  const [network, payer] = ['network', 'payer'].map((name) => textOf(given, name))
  if (!network) return missing('network')
  const decimals = decimalsOf(given)
  if (!decimals.ok) return decimals
  const amount = atomicOfAmount(payment.paymentAmount, decimals.value, 'value/paymentAmount')
  if (!amount.ok) return amount
  const { paymentStatus, paymentId, failure } = payment
  const reason = paymentStatus === 'PROCESSING' ? 'settlement_pending' : reasonOf(failure?.code ?? 'payment-failed')
  const body = {
    success: paymentStatus === 'SUCCESS',
    transaction: paymentId,
    network,
    ...(payer ? { payer } : {}),
    ...(paymentStatus === 'SUCCESS' ? { amount: amount.value } : { errorReason: reason }),
    ...(failure ? { errorMessage: failure.title } : {}),
  }
  const status = paymentStatus === 'SUCCESS' ? 200 : 402
  const headers = { 'PAYMENT-RESPONSE': base64(body) }
  return accept({ message: { name: outNames.payment, status, headers, body }, rules: outRules.payment })
}

const refused = ({ code }: Message<'common/problem'>): Outcome<Made> =>
  accept({
    message: { name: outNames.problem, status: 402, body: { x402Version: 2, error: reasonOf(code), accepts: [] } },
    rules: outRules.problem,
  })

const made = (document: AmpDocument): Outcome<Made> => {
  if (document.kind === 'checkout') return due(document.value, document.given)
  if (document.kind === 'payment') return settled(document.value, document.given)
  if (document.kind === 'problem') return refused(document.value)
  return refuse('protocol-unknown', { detail: `x402 has no words for a ${document.kind}` })
}

/** Carries a checkout, a payment or a problem over; the caller says on which network, in which asset, for whom. */
export const fromAmp = (document: AmpDocument): Outcome<Outbound> => {
  const outcome = made(document)
  if (!outcome.ok) return outcome
  const fields = [
    ...leavesOf(document.value as unknown as Json, 'value'),
    ...(Object.keys(document.given).length === 0 ? [] : leavesOf(document.given, 'given')),
  ]
  return accept({ message: outcome.value.message, ...account(fields, outcome.value.rules) })
}
