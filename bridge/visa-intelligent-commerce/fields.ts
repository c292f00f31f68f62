/** The fate of every field of Visa Intelligent Commerce, in and out. */
import { carried, derived, type FieldRule, lost, refused } from '../accounting.ts'
import type { MessageKind } from '../adapter.ts'
import { signedFieldsOf } from '../http-signature.ts'
import { fieldsOf } from '../message.ts'
import type { Operation } from './dialects.ts'
import type { VicWire } from './wire.ts'

const person = 'personal data of the consumer; AMP does not need it'

const always: readonly FieldRule[] = [
  derived('method', 'identity/interaction', 'tells the operation, with the path'),
  carried('url/authority', 'identity/audience'),
  derived('url/path', 'identity/interaction', 'tells the operation, and the instruction'),
  derived('url/query', 'evidence/proof', 'names the API key; the code is over it'),
  derived('header/x-pay-token', 'evidence/proof', 'is computed again with the secret of the API key'),
  derived('header/content-digest', 'evidence/proof', 'has to be that of the body'),
  carried('signature/keyid', 'identity/keyid'),
  derived('signature/alg', 'identity/algorithm', 'has to be that of the key; written as JOSE does'),
  carried('signature/created', 'identity/created'),
  carried('signature/expires', 'identity/expires'),
  derived('signature/tag', 'evidence/proof', 'finds the signature'),
  derived('signature/nonce', 'nothing of AMP', 'is recorded against replay; AMP makes its own nonces'),
  derived('signature/*', 'evidence/proof', 'is verified with the key of the directory'),
  lost('signature-parameter/*', 'a parameter that means nothing here'),
  lost('signature-other/*', 'a signature with another tag is for somebody else'),
  lost('header/**', 'AMP has no place for it'),
  lost('body/clientReferenceId', 'an id of the client for its own use'),
  lost('body/clientCorrelationId', 'an id of the client for its own use'),
  derived('body/instructionId', 'evidence/reference', 'names the instruction on its own rail'),
  lost('body/tokenId', 'a card token; the account that pays is chosen at the wallet'),
  lost('body/paymentInformation/**', 'a card token; the account that pays is chosen at the wallet'),
  refused('body/encData', 'encrypted for somebody else'),
  lost('body/appInstance/**', 'the device as the platform says'),
  lost('body/deviceInformation/**', 'the device as the platform says'),
  lost('body/consumerId', person),
  lost('body/consumer/**', person),
  lost('body/consumerIdentity/**', person),
  lost('body/buyerInformation/**', person),
  lost('body/billTo/**', person),
  lost('body/enrollmentReferenceData/**', 'a card token; the account that pays is chosen at the wallet'),
  lost('body/consentData/**', 'a consent to something else'),
  derived('body/assuranceData/**', 'evidence/assurance', 'is said to be there; AMP identifies its user itself'),
]

const mandate = 'body/mandates/0'
const instruction: readonly FieldRule[] = [
  derived('body/consumerPrompt', 'draft/intent/raw', 'the words of the user, as the platform repeats them'),
  derived('body/isRecurring', 'nothing of AMP', 'has to be false: AMP bounds have no recurrence'),
  derived(`${mandate}/mandateId`, 'evidence/reference', 'names the mandate on its own rail; AMP makes its own'),
  carried(`${mandate}/preferredMerchantName`, 'draft/intent/constraints/merchant_name_list/0'),
  lost(`${mandate}/merchantCategory`, 'words for the category; its code counts'),
  carried(`${mandate}/merchantCategoryCode`, 'draft/intent/constraints/merchant_mcc_list/0'),
  derived(
    `${mandate}/declineThreshold/amount`,
    'draft/intent/constraints/budget_amount',
    'minor units; a bound of one payment is taken for a bound of all, the smaller reading',
  ),
  carried(`${mandate}/declineThreshold/currencyCode`, 'draft/intent/constraints/budget_amount/currency'),
  derived(`${mandate}/effectiveUntilTime`, 'draft/intent/expiry_time', 'epoch seconds as RFC 3339'),
  derived(`${mandate}/quantity`, 'draft/intent/desc', 'after the description, for the user to see'),
  derived(`${mandate}/description`, 'draft/intent/desc', 'what the user is asked to confirm'),
  refused(`${mandate}/recurringFrequency`, 'AMP bounds have no recurrence'),
  refused(`${mandate}/recurringPaymentInformation/**`, 'AMP bounds have no recurrence'),
]

const transaction = 'body/transactionData/0'
const checkout = 'draft/checkout'
const credentials: readonly FieldRule[] = [
  carried(`${transaction}/transactionReferenceId`, `${checkout}/reference_checkout_id`),
  carried(`${transaction}/clientReferenceInformation/code`, `${checkout}/reference_checkout_id`),
  derived(`${transaction}/transactionType`, 'draft/mode', 'has to be PURCHASE'),
  derived(`${transaction}/type`, 'draft/mode', 'has to be PURCHASE'),
  derived(`${transaction}/mandateReferenceData/**`, 'evidence/reference', 'names the mandate on its own rail'),
  derived(`${transaction}/transactionAmount/transactionAmount`, `${checkout}/total_amount`, 'minor units'),
  carried(`${transaction}/transactionAmount/transactionCurrencyCode`, `${checkout}/total_amount/currency`),
  derived(`${transaction}/orderInformation/amountDetail/totalAmount`, `${checkout}/total_amount`, 'minor units'),
  carried(`${transaction}/orderInformation/amountDetail/currency`, `${checkout}/total_amount/currency`),
  carried(`${transaction}/merchantName`, `${checkout}/merchant/merchant_name`),
  carried(`${transaction}/merchantInformation/merchantName`, `${checkout}/merchant/merchant_name`),
  carried(`${transaction}/merchantUrl`, `${checkout}/merchant/merchant_website_url`),
  carried(`${transaction}/merchantInformation/merchantDescriptor/url`, `${checkout}/merchant/merchant_website_url`),
  carried(`${transaction}/merchantCountryCode`, `${checkout}/merchant/merchant_region`),
  carried(`${transaction}/merchantInformation/merchantDescriptor/country`, `${checkout}/merchant/merchant_region`),
  carried(`${transaction}/merchantId`, `${checkout}/merchant/reference_merchant_id`),
  carried(`${transaction}/merchantInformation/merchantId`, `${checkout}/merchant/reference_merchant_id`),
  carried(`${transaction}/merchantCategoryCode`, `${checkout}/merchant/merchant_mcc`),
  carried(`${transaction}/merchantInformation/categoryCode`, `${checkout}/merchant/merchant_mcc`),
  lost(`${transaction}/merchantOrderId`, 'one id of the order is enough'),
  lost(`${transaction}/shippingAddress/**`, person),
  lost(`${transaction}/orderInformation/shipTo/**`, person),
  lost(
    `${transaction}/orderInformation/lineItems/**`,
    'the total is what is asked for; AMP takes lines from the merchant',
  ),
  lost(`${transaction}/lineItems/**`, 'the total is what is asked for; AMP takes lines from the merchant'),
  lost(`${transaction}/paymentOptions/**`, 'asks for a credential of another rail'),
]

const confirmation = 'body/confirmationData/0'
const confirm: readonly FieldRule[] = [
  derived(`${confirmation}/transactionReferenceId`, 'evidence/reference', 'names the payment on its own rail'),
  derived(`${confirmation}/clientReferenceInformation/code`, 'evidence/reference', 'names the payment on its own rail'),
  derived(`${confirmation}/*/transactionType`, 'evidence/event', 'what happened'),
  derived(`${confirmation}/*/transactionStatus`, 'evidence/event', 'how it ended; PENDING and ERROR are unknown'),
  lost(`${confirmation}/**`, 'a result of another rail; AMP settles and reports its own payments'),
]

type Inbound = { readonly name: string; readonly yields: string; readonly rules: readonly FieldRule[] }
const bounds = 'identity, draft AUTONOMOUS'
const inbound: Readonly<Record<Operation, Inbound>> = {
  enroll: { name: 'enrol a card', yields: 'identity', rules: always },
  create: { name: 'create an instruction', yields: bounds, rules: [...always, ...instruction] },
  update: { name: 'update an instruction', yields: bounds, rules: [...always, ...instruction] },
  cancel: { name: 'cancel an instruction', yields: 'identity', rules: always },
  credentials: {
    name: 'retrieve credentials',
    yields: 'identity, draft IMMEDIATE',
    rules: [...always, ...credentials],
  },
  confirm: { name: 'confirm events', yields: 'identity', rules: [...always, ...confirm] },
}

/** The rules of an operation. */
export const rulesOf = (operation: Operation): readonly FieldRule[] => inbound[operation].rules

/** Every field of a request once. */
export const vicFieldsOf = ({ message, proof }: VicWire): readonly string[] =>
  proof.way === 'signature' ? signedFieldsOf(message, proof.signature) : fieldsOf(message)

const given: readonly FieldRule[] = [
  derived('given/dialect', 'message/path', 'vic or icc: which spelling is written'),
  derived('given/instructionId', 'message/path', 'names the instruction'),
  derived('given/**', 'message/body', 'what the API demands and AMP does not know'),
]

const first = 'message/body/mandates/0'

/** Names of the outbound messages. */
export const outNames = {
  mandate: 'instruction of a mandate',
  cancel: 'cancellation of a revoked mandate',
  payment: 'confirmation event of a payment',
  problem: 'error of a problem',
} as const

/** Rules of the outbound messages. */
export const outRules: Readonly<Record<keyof typeof outNames, readonly FieldRule[]>> = {
  mandate: [
    ...given,
    carried('value/mandateId', `${first}/mandateId`),
    carried('value/description', `${first}/description`),
    derived('value/mandateStatus', 'message/path', 'only an activated mandate leaves'),
    derived('value/validUntil', `${first}/effectiveUntilTime`, 'RFC 3339 as epoch seconds'),
    derived(
      'value/budget/remaining/**',
      `${first}/declineThreshold`,
      'the smallest of what remains and of one payment',
    ),
    lost('value/budget/**', 'the other side has one threshold; what remains bounds it'),
    carried('value/constraints/merchant_name_list/0', `${first}/preferredMerchantName`),
    carried('value/constraints/merchant_mcc_list/0', `${first}/merchantCategoryCode`),
    derived('value/constraints/payment_amount_max/**', `${first}/declineThreshold`, 'where it is the smallest'),
    derived(
      'value/constraints/budget_amount/**',
      `${first}/declineThreshold`,
      'what remains of it bounds the threshold',
    ),
    derived('value/constraints/retries_max', 'nothing of VIC', 'AMP counts failures itself'),
    refused('value/constraints/**', 'a bound the other side cannot hold is not dropped'),
    carried('value/checkout/merchant/merchant_name', `${first}/preferredMerchantName`),
    carried('value/checkout/merchant/merchant_mcc', `${first}/merchantCategoryCode`),
    derived('value/checkout/total_amount/**', `${first}/declineThreshold`, 'the total bounds the payment'),
    lost('value/checkout/**', 'the other side learns the order with the payment'),
    lost('value/events/**', 'the life of the mandate stays with the network'),
    lost('value/**', 'an id of AMP the other side has no place for'),
  ],
  cancel: [
    ...given,
    derived('value/mandateStatus', 'message/path', 'a revoked mandate cancels its instruction'),
    lost('value/**', 'the instruction is cancelled by its own id'),
  ],
  payment: [
    ...given,
    derived(
      'value/paymentStatus',
      'message/body/confirmationData/0',
      'SUCCESS is APPROVED, FAIL is DECLINED, PROCESSING is PENDING',
    ),
    derived('value/paymentAmount/**', 'message/body/confirmationData/0', 'a decimal in major units'),
    derived('value/paymentTime', 'message/body/confirmationData/0', 'RFC 3339 as epoch seconds'),
    carried('value/paymentId', 'message/body/confirmationData/0/orderData/orderId'),
    derived('value/failure/**', 'message/body/confirmationData/0', 'the response code 05: do not honour'),
    lost('value/**', 'an id of AMP the other side has no place for'),
  ],
  problem: [
    carried('value/status', 'message/status'),
    derived('value/code', 'message/body/error/reason', 'in capitals with underscores'),
    carried('value/title', 'message/body/error/message'),
    carried('value/detail', 'message/body/error/detail/message'),
    carried('value/field', 'message/body/error/detail/source'),
    lost('value/**', 'the error of the other side has no place for it'),
    lost('given/**', 'an error needs nothing more'),
  ],
}

export const vicMessages: readonly MessageKind[] = [
  ...Object.values(inbound).map((kind) => ({ ...kind, direction: 'in' as const })),
  ...(Object.keys(outNames) as (keyof typeof outNames)[]).map((kind) => ({
    name: outNames[kind],
    direction: 'out' as const,
    yields:
      kind === 'mandate'
        ? 'instruction'
        : kind === 'cancel'
          ? 'cancellation'
          : kind === 'payment'
            ? 'confirmation'
            : 'error',
    rules: outRules[kind],
  })),
]
