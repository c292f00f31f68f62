/** The fate of every AMP field on its way into AP2. */
import { carried, derived, type FieldRule, lost, refused } from '../accounting.ts'
import type { MessageKind } from '../adapter.ts'

/** Names of what goes out: everything is unsigned, for whoever may sign it. */
export const outNames = {
  openCheckout: 'open mandate of a checkout, to be signed',
  openPayment: 'open mandate of a payment, to be signed',
  closed: 'closed mandates of a checkout and its payment, to be signed',
  order: 'checkout, to be signed by its merchant',
  checkoutReceipt: 'receipt of a checkout, to be signed',
  paymentReceipt: 'receipt of a payment, to be signed',
  problem: 'error of a problem',
} as const

export type OutKind = keyof typeof outNames

const first = 'message/body/delegate_payload/0'
const second = 'message/body/delegate_payload/1'

const given: readonly FieldRule[] = [
  carried('given/credentialIds/**', 'message/body/credential_ids/**'),
  lost('given/**', 'the message has no place for it'),
]

const living = (at: string): readonly FieldRule[] => [
  derived('value/mandateStatus', at, 'only an activated mandate leaves'),
  derived(
    'value/validUntil',
    `${at}/exp`,
    'epoch seconds; at most as long as the operator lets it live, since nobody there can take it back',
  ),
]

const history: readonly FieldRule[] = [
  lost('value/events/**', 'the life of the mandate stays with the network'),
  lost('value/**', 'an id of AMP the other side has no place for'),
]

const beyond = refused('value/constraints/**', 'a bound AP2 cannot hold is not dropped')

const sellers = (at: string): readonly FieldRule[] => [
  derived(
    'value/constraints/merchant_name_list/**',
    `${at}/constraints`,
    'sellers the caller gives, each of them named here',
  ),
  derived(
    'value/constraints/merchant_allow_list/**',
    `${at}/constraints`,
    'sellers the caller gives, each of them listed here',
  ),
  derived('given/merchants/**', `${at}/constraints`, 'each has to be one AMP allows'),
]

const key = derived('given/agentKey/**', `${first}/cnf/jwk`, 'its public members')

const rules: Readonly<Record<OutKind, readonly FieldRule[]>> = {
  openCheckout: [
    ...living(first),
    ...sellers(first),
    key,
    derived('given/lineItems/**', `${first}/constraints`, 'what the user asked for; AMP bounds hold no items'),
    derived('value/constraints/budget_amount/**', 'nothing of a checkout', 'bounds the payment, whose mandate says it'),
    derived('value/constraints/payment_amount_max/**', 'nothing of a checkout', 'bounds the payment'),
    derived('value/constraints/payment_amount_min/**', 'nothing of a checkout', 'bounds the payment'),
    derived('value/constraints/payment_frequency/**', 'nothing of a checkout', 'bounds the payment'),
    derived('value/constraints/retries_max', 'nothing of AP2', 'AMP counts failures itself'),
    beyond,
    lost('value/budget/**', 'bounds the payment, whose mandate says it'),
    ...history,
    ...given,
  ],
  openPayment: [
    carried('value/mandateId', `${first}/payment_instrument/id`),
    carried('value/description', `${first}/payment_instrument/description`),
    ...living(first),
    ...sellers(first),
    key,
    derived('given/openCheckout', `${first}/constraints`, 'is referred to by its digest'),
    derived('value/budget/remaining/**', `${first}/constraints`, 'the budget, in major units'),
    derived('value/constraints/budget_amount/**', `${first}/constraints`, 'what remains of it is the budget'),
    derived('value/constraints/payment_amount_max/**', `${first}/constraints`, 'the largest amount, in minor units'),
    derived('value/constraints/payment_amount_min/**', `${first}/constraints`, 'the smallest amount, in minor units'),
    derived('value/constraints/payment_frequency/**', `${first}/constraints`, 'a recurrence of that many payments'),
    derived('value/constraints/retries_max', 'nothing of AP2', 'AMP counts failures itself'),
    beyond,
    lost('value/budget/**', 'the other side has one budget; what remains bounds it'),
    ...history,
    ...given,
  ],
  closed: [
    carried('value/mandateId', `${second}/payment_instrument/id`),
    carried('value/description', `${second}/payment_instrument/description`),
    ...living(second),
    carried('given/checkoutJwt', `${first}/checkout_jwt`),
    derived('value/checkout/total_amount/value', `${second}/payment_amount/amount`, 'a number of minor units'),
    carried('value/checkout/total_amount/currency', `${second}/payment_amount/currency`),
    carried('value/checkout/merchant/reference_merchant_id', `${second}/payee/id`),
    carried('value/checkout/merchant/merchant_name', `${second}/payee/name`),
    carried('value/checkout/merchant/merchant_website_url', `${second}/payee/website`),
    derived('value/checkout/reference_checkout_id', `${first}/checkout_jwt`, 'has to be the id of the signed checkout'),
    lost('value/checkout/**', 'the signed checkout says it in its own words'),
    lost('value/budget/**', 'the total of the checkout is all there is'),
    ...history,
    ...given,
  ],
  order: [
    carried('value/reference_checkout_id', 'message/body/id'),
    carried('value/total_amount/currency', 'message/body/currency'),
    derived('value/total_amount/value', 'message/body/totals', 'a number of minor units'),
    carried('value/merchant/reference_merchant_id', 'message/body/merchant/id'),
    carried('value/merchant/merchant_name', 'message/body/merchant/name'),
    carried('value/merchant/merchant_website_url', 'message/body/merchant/website'),
    lost('value/merchant/**', 'AP2 has no category and no region of merchants'),
    derived('value/goods/*/goods_name', 'message/body/line_items', 'title of the item, and its id where none is given'),
    derived('value/goods/*/goods_unit_amount/**', 'message/body/line_items', 'a number of minor units'),
    derived('value/goods/*/goods_quantity', 'message/body/line_items', 'a number'),
    derived('given/itemIds/**', 'message/body/line_items', 'ids of the items, in the order of the goods'),
    lost('given/**', 'the message has no place for it'),
  ],
  checkoutReceipt: [
    carried('value/referenceOrderId', 'message/body/order_id'),
    carried('given/issuer', 'message/body/iss'),
    derived('given/closedMandate', 'message/body/reference', 'digest of the last hop with what it discloses'),
    lost('value/**', 'a receipt of a checkout names its order alone'),
    lost('given/**', 'the message has no place for it'),
  ],
  paymentReceipt: [
    carried('value/paymentId', 'message/body/payment_id'),
    derived('value/paymentStatus', 'message/body/status', 'SUCCESS is Success, FAIL is Error; nothing is said before'),
    derived(
      'value/paymentRequestId',
      'message/body/psp_confirmation_id',
      'of a success, where the caller gives no other',
    ),
    carried('value/failure/code', 'message/body/error'),
    carried('value/failure/title', 'message/body/error_description'),
    carried('given/issuer', 'message/body/iss'),
    derived('given/pspConfirmationId', 'message/body/psp_confirmation_id', 'of a success'),
    derived('given/closedMandate', 'message/body/reference', 'digest of the last hop with what it discloses'),
    lost('value/**', 'a receipt of AP2 says neither amount nor moment: both stand in the mandate'),
    lost('given/**', 'the message has no place for it'),
  ],
  problem: [
    carried('value/status', 'message/status'),
    derived('value/code', 'message/body/error', 'one of the four errors of AP2'),
    derived('value/title', 'message/body/error_description', 'the detail, else the title'),
    derived('value/detail', 'message/body/error_description', 'the detail, else the title'),
    lost('value/**', 'an error of AP2 has no place for it'),
    lost('given/**', 'an error needs nothing more'),
  ],
}

export const outRulesOf = (kind: OutKind): readonly FieldRule[] => rules[kind]

const yields: Readonly<Record<OutKind, string>> = {
  openCheckout: 'delegate transaction data',
  openPayment: 'delegate transaction data',
  closed: 'delegate transaction data',
  order: 'checkout',
  checkoutReceipt: 'receipt',
  paymentReceipt: 'receipt',
  problem: 'error',
}

export const ap2Outbound: readonly MessageKind[] = (Object.keys(outNames) as OutKind[]).map((kind) => ({
  name: outNames[kind],
  direction: 'out',
  yields: yields[kind],
  rules: rules[kind],
}))
