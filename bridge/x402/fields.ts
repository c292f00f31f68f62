/** The fate of every field of x402, in and out. */
import { aroundRules, carried, derived, type FieldRule, lost, rulesByIndex } from '../accounting.ts'
import type { MessageKind } from '../adapter.ts'
import { leavesOf } from '../json.ts'
import { fieldsOf } from '../message.ts'
import type { X402Wire } from './wire.ts'

const around = aroundRules('what is due', 'x402')

const resource = (prefix: string): readonly FieldRule[] => [
  derived(`${prefix}/url`, 'draft/checkout/merchant', 'its host names the merchant, where the operator lists none'),
  derived(`${prefix}/description`, 'draft/checkout/goods', 'is the name of what is bought'),
  lost(`${prefix}/**`, 'how the resource is shown'),
]

/** Requirements that are taken, at a path. */
const taken = (path: string): readonly FieldRule[] => [
  derived(`${path}/scheme`, 'draft/mode', 'a price is a checkout, a most is bounds'),
  derived(`${path}/network`, 'draft/checkout/total_amount', 'names the asset, with `asset`'),
  derived(`${path}/asset`, 'draft/checkout/total_amount', 'is a currency with decimals, as the operator says'),
  derived(`${path}/amount`, 'draft/checkout/total_amount', 'atomic units in minor units, exactly or refused'),
  derived(
    `${path}/maxAmountRequired`,
    'draft/checkout/total_amount',
    'atomic units in minor units, exactly or refused',
  ),
  derived(`${path}/payTo`, 'draft/checkout/merchant', 'is the merchant the operator lists, or its identifier'),
  derived(`${path}/maxTimeoutSeconds`, 'draft/intent/expiry_time', 'ends bounds; a checkout has an end of its own'),
  derived(`${path}/extra/scale`, 'draft/checkout/total_amount', 'decimals of the asset on an `amp` network'),
  derived(`${path}/extra/amp/**`, 'draft/checkout', 'is the checkout as AMP wrote it, where it is one'),
  lost(`${path}/extra/**`, 'how the other rail signs and settles'),
  ...['url', 'description'].map((name) =>
    derived(`${path}/${name === 'url' ? 'resource' : name}`, 'draft/checkout/goods', 'names what is bought and where'),
  ),
  lost(`${path}/**`, 'AMP has no place for it'),
]

const requiredRules = (index: number): readonly FieldRule[] => [
  derived('required/x402Version', 'draft/source/version', 'tells the version'),
  ...resource('required/resource'),
  ...taken(`required/accepts/${index}`),
  lost('required/accepts/**', 'another way to pay; one was taken'),
  lost('required/error', 'words to a client of the other protocol'),
  lost('required/extensions/**', 'an extension of the other protocol'),
  ...around,
]

const authorisation = 'evidence/payment-authorisation'
const paymentRules: readonly FieldRule[] = [
  derived('payment/x402Version', 'draft/source/version', 'tells the version'),
  ...resource('payment/resource'),
  ...taken('payment/accepted'),
  ...taken('payment/paymentRequirements'),
  derived('payment/scheme', authorisation, 'tells how it was signed'),
  derived('payment/network', authorisation, 'tells how it was signed'),
  derived('payment/payload/authorization/from', 'identity/agent/id', 'is the account that signed, as a did:pkh'),
  derived('payment/payload/authorization/nonce', 'nothing of AMP', 'is recorded against replay'),
  derived('payment/payload/authorization/**', authorisation, 'is what the payer signed'),
  derived('payment/payload/deposit/amount', 'draft/intent/constraints/budget_amount', 'a deposit bounds a channel'),
  derived('payment/payload/**', authorisation, 'is verified where no chain is needed for it'),
  lost('payment/extensions/**', 'an extension of the other protocol'),
  derived('payment/paymentPayload/**', authorisation, 'is the payment itself, as a facilitator gets it'),
  ...around,
]

const required = rulesByIndex(requiredRules)

/** The rules for a message whose way to pay of this index is taken. */
export const rulesOf = ({ kind }: X402Wire, index: number): readonly FieldRule[] =>
  kind === 'payment' ? paymentRules : required(index)

/** Every field once: x402 by its own members, whatever it came in as the rest of the message. */
export const x402FieldsOf = ({ message, place, object, kind }: X402Wire): readonly string[] => [
  ...fieldsOf(message).filter((field) => field !== place && !field.startsWith(`${place}/`)),
  ...leavesOf(object, kind),
]

const given: readonly FieldRule[] = [
  carried('given/network', 'message/body/accepts/0/network'),
  carried('given/asset', 'message/body/accepts/0/asset'),
  carried('given/payTo', 'message/body/accepts/0/payTo'),
  derived('given/decimals', 'message/body/accepts/0/amount', 'how many decimals an atomic unit has'),
  derived('given/version', 'message/body/x402Version', '2 unless said otherwise'),
  derived('given/scheme', 'message/body/accepts/0/scheme', 'exact unless said otherwise'),
  derived('given/resource', 'message/body/resource', 'the URL that is paid for; in each requirement in version 1'),
  derived('given/maxTimeoutSeconds', 'message/body/accepts/0/maxTimeoutSeconds', '60 unless said otherwise'),
  derived('given/extra/**', 'message/body/accepts/0/extra', 'what the other rail needs to sign and settle'),
  derived('given/carrier', 'message/body', '`a2a` wraps it for a message of the A2A extension'),
  derived('given/extension', 'message/headers', 'which of the URIs of the A2A extension is named'),
  lost('given/**', 'x402 has no place for it'),
]

/** Names of what leaves. */
export const outNames = { checkout: 'payment required', payment: 'settlement result', problem: 'refusal' } as const

/** The same rules where A2A metadata is around what is due. */
const within = (rules: readonly FieldRule[]): readonly FieldRule[] =>
  rules.map((rule) =>
    rule.fate === 'carried'
      ? { ...rule, to: rule.to.replace('message/body/', 'message/body/x402.payment.required/') }
      : rule,
  )

const checkoutRules: readonly FieldRule[] = [
  derived('value/total_amount/**', 'message/body/accepts/0/amount', 'minor units in atomic units, exactly or refused'),
  carried('value/merchant/**', 'message/body/accepts/0/extra/amp/merchant/**'),
  carried('value/goods/**', 'message/body/accepts/0/extra/amp/goods/**'),
  carried('value/reference_checkout_id', 'message/body/accepts/0/extra/amp/reference_checkout_id'),
  ...given,
]

export const outRules = {
  checkout: checkoutRules,
  'checkout-a2a': within(checkoutRules),
  payment: [
    carried('value/paymentId', 'message/body/transaction'),
    derived(
      'value/paymentStatus',
      'message/body/success',
      'only SUCCESS is a success; PROCESSING is settlement_pending',
    ),
    derived('value/paymentAmount/**', 'message/body/amount', 'minor units in atomic units, exactly or refused'),
    derived('value/failure/code', 'message/body/errorReason', 'the code as x402 writes reasons'),
    derived('value/failure/title', 'message/body/errorMessage', 'words for people'),
    derived('given/network', 'message/body/network', 'where it was to be settled'),
    derived('given/payer', 'message/body/payer', 'who paid'),
    derived('given/decimals', 'message/body/amount', 'how many decimals an atomic unit has'),
    lost('value/**', 'x402 has no place for it'),
    ...given,
  ],
  problem: [
    derived('value/code', 'message/body/error', 'the code as x402 writes reasons'),
    lost('value/**', 'x402 has one reason and no more'),
    derived('given/network', 'message/body/accepts', 'nothing is offered with a refusal'),
    lost('given/**', 'x402 has no place for it'),
  ],
} as const satisfies Readonly<Record<string, readonly FieldRule[]>>

export const x402Messages: readonly MessageKind[] = [
  {
    name: 'payment required',
    direction: 'in',
    yields: 'draft IMMEDIATE, for upto AUTONOMOUS',
    rules: required(0),
  },
  { name: 'payment', direction: 'in', yields: 'identity, draft', rules: paymentRules },
  { name: outNames.checkout, direction: 'out', yields: '402', rules: outRules.checkout },
  { name: outNames.payment, direction: 'out', yields: 'PAYMENT-RESPONSE', rules: outRules.payment },
  { name: outNames.problem, direction: 'out', yields: '402', rules: outRules.problem },
]
