/** The fate of every field of UCP, in and out. */
import { carried, derived, type FieldRule, lost, refused } from '../accounting.ts'
import type { MessageKind } from '../adapter.ts'
import { signedFieldsOf } from '../http-signature.ts'
import { type JsonObject, leavesOf } from '../json.ts'
import { fieldsOf } from '../message.ts'
import { ampPayment } from '../payment-handler.ts'
import type { UcpWire } from './wire.ts'

const person = 'personal data of the buyer; AMP does not need it'
const noPlace = 'AMP has no place for it'

/** What holds for every message that is signed. */
const signed: readonly FieldRule[] = [
  derived('method', 'identity/interaction', 'tells the operation, with the path'),
  carried('url/authority', 'identity/audience'),
  derived('url/path', 'identity/interaction', 'tells the operation, and the session'),
  derived('url/query', 'evidence/proof', 'is covered by the signature'),
  derived('header/ucp-agent', 'identity/agent', 'the profile of the sender, whose keys the directory has'),
  derived('header/idempotency-key', 'nothing of AMP', 'is recorded against replay'),
  derived('header/content-digest', 'evidence/proof', 'has to be that of the body'),
  derived('header/content-type', 'evidence/proof', 'is covered by the signature'),
  derived('header/request-signature', 'evidence/proof', 'a detached JWS, verified over the body'),
  derived('header/signature-agent', 'nothing of AMP', 'repeats the profile for Web Bot Auth'),
  lost('header/**', noPlace),
  carried('signature/keyid', 'identity/keyid'),
  carried('signature/created', 'identity/created'),
  carried('signature/expires', 'identity/expires'),
  derived('signature/alg', 'identity/algorithm', 'has to be that of the key'),
  derived('signature/*', 'evidence/proof', 'is verified with the key of the profile'),
  lost('signature-parameter/*', 'a parameter that means nothing here'),
  lost('signature-other/*', 'a signature for somebody else'),
]

/** A checkout that becomes a draft; `at` is where it stands in the message. */
const checkoutRules = (at: string): readonly FieldRule[] => [
  carried(`${at}/ucp/version`, 'draft/source/version'),
  carried(`${at}/ucp/payment_handlers/${ampPayment.name}/0/config/merchant/**`, 'draft/checkout/merchant/**'),
  derived(`${at}/ucp/payment_handlers/${ampPayment.name}/**`, 'evidence/merchant', 'says that AMP wallets are taken'),
  lost(`${at}/ucp/payment_handlers/**`, 'a handler of another rail'),
  derived(`${at}/ucp/capabilities/**`, 'evidence/checkout', 'tells whether the business had to sign'),
  derived(`${at}/ucp/services/**`, 'evidence/checkout', 'tells whose checkout it is'),
  lost(`${at}/ucp/**`, noPlace),
  derived(
    `${at}/id`,
    'draft/checkout/reference_checkout_id',
    'itself where AMP has the alphabet for it, else its digest',
  ),
  derived(`${at}/status`, 'draft', 'has to be ready_for_complete'),
  derived(`${at}/currency`, 'draft/checkout/total_amount', 'the currency of every amount'),
  derived(`${at}/totals/*/type`, 'draft/checkout/total_amount', 'tells which total it is'),
  derived(`${at}/totals/*/amount`, 'draft/checkout', 'the total, and further totals as goods where all add up'),
  derived(`${at}/totals/*/display_text`, 'draft/checkout/goods', 'names a further total'),
  derived(`${at}/line_items/*/item/title`, 'draft/checkout/goods', 'the name, cut to 256 characters'),
  derived(`${at}/line_items/*/item/price`, 'draft/checkout/goods', 'minor units, where lines and totals add up'),
  derived(`${at}/line_items/*/quantity`, 'draft/checkout/goods', 'pieces, where lines and totals add up'),
  derived(`${at}/line_items/*/item/quantity_unit/**`, 'draft/checkout/goods', 'sold in steps: one line for the order'),
  lost(`${at}/line_items/**`, 'the line itself says enough'),
  derived(`${at}/links/*/url`, 'evidence/checkout', 'tells whose checkout it is'),
  lost(`${at}/links/**`, 'words around a link'),
  derived(`${at}/continue_url`, 'evidence/checkout', 'tells whose checkout it is'),
  derived(`${at}/expires_at`, 'evidence/checkout', 'has to lie ahead; AMP gives its own end'),
  derived(`${at}/merchant/**`, 'draft/checkout/merchant', 'names the merchant where no AMP handler does'),
  carried(`${at}/context/intent`, 'draft/intent/raw'),
  lost(`${at}/context/**`, person),
  lost(`${at}/buyer/**`, person),
  lost(`${at}/fulfillment/**`, person),
  lost(`${at}/signals/**`, 'a signal AMP has no scale for'),
  lost(`${at}/attribution/**`, 'who brought the buyer is between platform and business'),
  lost(`${at}/payment/**`, 'the account that pays is chosen at the wallet'),
  lost(`${at}/messages/**`, 'for the platform to show'),
  derived(`${at}/ap2/merchant_authorization`, 'evidence/checkout', 'is verified with the key of the business'),
  lost(`${at}/**`, noPlace),
]

const enveloped = lost('body/**', 'the envelope of another transport')
const made = new Map<string, readonly FieldRule[]>()

/** Rules of a ready checkout that stands at this path of the message. The same list each time. */
export const checkoutRulesOf = (at: string): readonly FieldRule[] => {
  const known = made.get(at) ?? [...signed, ...checkoutRules(at), enveloped]
  if (made.size < 64) made.set(at, known)
  return known
}

const completion: readonly FieldRule[] = [
  derived('body/params/arguments/checkout/**', 'evidence/instrument', 'is read like the body of a completion'),
  derived('body/payment/instruments/*/type', 'evidence/instrument', 'tells whether an AMP wallet pays'),
  derived('body/payment/instruments/*/credential/type', 'evidence/instrument', 'tells whether it carries a token'),
  derived('body/payment/instruments/*/credential/token', 'evidence/instrument', 'goes to the acquirer, who judges it'),
  derived('body/payment/instruments/*/credential/assurance/**', 'evidence/instrument', 'goes to the acquirer'),
  lost('body/payment/**', 'between platform and business'),
  derived('body/payment_data/type', 'evidence/instrument', 'tells whether an AMP wallet pays'),
  lost('body/payment_data/**', 'between platform and business'),
  derived('body/ap2/checkout_mandate', 'evidence/checkout-mandate', 'is opened for the checkout it embeds'),
  refused('body/payment/instruments/*/credential/number', 'card data'),
  refused('body/payment/instruments/*/credential/cryptogram', 'card data'),
  lost('body/**', noPlace),
]

const event: readonly FieldRule[] = [
  derived('body/ucp/**', 'evidence/object', 'the version, and what the sender speaks'),
  derived('body/status', 'evidence/object', 'tells where it stands'),
  derived('body/checkout_id', 'evidence/object', 'names the session on its own rail'),
  derived('body/ap2/merchant_authorization', 'evidence/checkout', 'is verified with the key of the business'),
  derived('body/continue_url', 'evidence/checkout', 'tells whose checkout it is'),
  derived('body/links/*/url', 'evidence/checkout', 'tells whose checkout it is'),
  derived('body/expires_at', 'evidence/checkout', 'has to lie ahead'),
  derived('body/keys/**', 'nothing of AMP', 'keys come from directories the operator trusts'),
  derived('body/signing_keys/**', 'nothing of AMP', 'keys come from directories the operator trusts'),
  lost('body/**', 'it proposes nothing to AMP'),
]

const unsigned: readonly FieldRule[] = [
  derived('method', 'identity/interaction', 'tells the operation, with the path'),
  derived('url/path', 'identity/interaction', 'tells the operation'),
  derived('header/ucp-agent', 'identity/agent', 'a name nobody vouches for'),
  ...event.filter(({ fate }) => fate === 'derived'),
  derived('body/ap2/checkout_mandate', 'evidence/checkout-mandate', 'is opened for the checkout it embeds'),
  lost('mandate/**', 'nobody signed the message: it proposes nothing'),
  lost('url/**', 'nobody signed the message'),
  lost('header/**', 'nobody signed the message'),
  lost('body/**', 'nobody signed the message: it proposes nothing'),
  lost('body', 'nobody signed the message: it proposes nothing'),
]

/** How a message is accounted for. */
export type UcpRuleKind = 'request' | 'complete' | 'mandate' | 'checkout' | 'object' | 'unsigned'

const inbound: Readonly<Record<UcpRuleKind, Omit<MessageKind, 'direction'>>> = {
  checkout: {
    name: 'checkout of a business, ready, handed over by a signed request',
    yields: 'identity, draft IMMEDIATE',
    rules: checkoutRulesOf('body'),
  },
  mandate: {
    name: 'completion with a checkout mandate of AP2',
    yields: 'identity, draft IMMEDIATE',
    rules: [...signed, ...completion, ...checkoutRules('mandate/checkout')],
  },
  complete: { name: 'completion', yields: 'identity', rules: [...signed, ...completion] },
  request: {
    name: 'other request about a session, a cart, a catalogue or an order',
    yields: 'identity',
    rules: [...signed, lost('body/**', 'the business answers with what counts'), lost('body', noPlace)],
  },
  object: {
    name: 'order event, profile, error, or a checkout that is not ready',
    yields: 'identity',
    rules: [...signed, ...event],
  },
  unsigned: { name: 'any of these without a signature', yields: 'identity', rules: unsigned },
}

/** The rules of a message. */
export const rulesOf = (kind: UcpRuleKind): readonly FieldRule[] => inbound[kind].rules

/** Every field of a message once; an embedded checkout has its own, below `mandate/checkout`. */
export const ucpFieldsOf = ({ message, signature }: UcpWire, embedded: JsonObject | undefined): readonly string[] => [
  ...(signature?.way === 'http' ? signedFieldsOf(message, signature.signature) : fieldsOf(message)),
  ...(embedded ? leavesOf(embedded, 'mandate/checkout') : []),
]

/** Names of what leaves. */
export const outNames = {
  checkout: 'checkout of a merchant',
  mandate: 'completion by an activated mandate',
  payment: 'checkout after a payment',
  order: 'order event',
  problem: 'error of a problem',
} as const

const body = 'message/body'
const told = lost('given/**', 'tells the bridge how to write; the message has no place for it')
const frame: readonly FieldRule[] = [
  carried('given/version', `${body}/ucp/version`),
  carried('given/handlerId', `${body}/ucp/payment_handlers/${ampPayment.name}/0/id`),
  carried('given/network', `${body}/ucp/payment_handlers/${ampPayment.name}/0/config/network`),
  carried('given/links/**', `${body}/links/**`),
  carried('given/status', `${body}/status`),
  carried('given/expiresAt', `${body}/expires_at`),
  carried('given/continueUrl', `${body}/continue_url`),
]

const outRules: Readonly<Record<keyof typeof outNames, readonly FieldRule[]>> = {
  checkout: [
    ...frame,
    told,
    carried('value/reference_checkout_id', `${body}/id`),
    carried('value/total_amount/currency', `${body}/currency`),
    derived('value/total_amount/value', `${body}/totals`, 'minor units, as the subtotal and the total'),
    carried('value/merchant/**', `${body}/ucp/payment_handlers/${ampPayment.name}/0/config/merchant/**`),
    derived('value/goods/*/goods_name', `${body}/line_items`, 'the title'),
    derived('value/goods/*/goods_unit_amount/**', `${body}/line_items`, 'the price, in the currency of the checkout'),
    derived('value/goods/*/goods_quantity', `${body}/line_items`, 'a whole number'),
  ],
  mandate: [
    carried('value/mandateId', `${body}/payment/instruments/0/id`),
    carried('given/handlerId', `${body}/payment/instruments/0/handler_id`),
    carried('given/token', `${body}/payment/instruments/0/credential/token`),
    carried('given/assurance/**', `${body}/payment/instruments/0/credential/assurance/**`),
    carried('given/idempotencyKey', 'message/headers/idempotency-key'),
    derived('given/profile', 'message/headers', 'UCP-Agent'),
    derived('given/checkoutId', 'message/path', 'the session that is completed'),
    told,
    derived('value/mandateStatus', 'message', 'only an activated mandate leaves'),
    derived('value/checkout/reference_checkout_id', 'message/path', 'has to be the session that is completed'),
    lost('value/checkout/**', 'the business has the checkout'),
    lost('value/constraints/**', 'the guard of AMP holds the bounds; the business never learns them'),
    lost('value/budget/**', 'the business never learns the budget'),
    lost('value/**', 'an id or an end AMP keeps to itself'),
  ],
  payment: [
    derived('given/checkout/status', `${body}/status`, 'replaced by how the payment ended'),
    derived('given/checkout/messages/**', `${body}/messages`, 'replaced by how the payment ended'),
    derived('given/checkout/payment/**', `${body}/payment`, 'without credentials'),
    derived('given/checkout/order/**', `${body}/order`, 'replaced by how the payment ended'),
    derived('given/checkout/ap2/**', 'nothing', 'the business signs anew'),
    carried('given/checkout/**', `${body}/**`),
    carried('given/permalinkUrl', `${body}/order/permalink_url`),
    carried('given/orderId', `${body}/order/id`),
    told,
    derived(
      'value/paymentStatus',
      `${body}/status`,
      'SUCCESS is completed, PROCESSING complete_in_progress, FAIL leaves it ready with an error',
    ),
    derived('value/failure/**', `${body}/messages`, 'the error payment_failed'),
    derived('value/paymentAmount/**', `${body}/totals`, 'has to be the total'),
    lost('value/**', 'an id or time of AMP the checkout has no place for'),
  ],
  order: [
    carried('given/version', `${body}/ucp/version`),
    carried('given/permalinkUrl', `${body}/permalink_url`),
    carried('given/orderId', `${body}/id`),
    told,
    carried('value/referenceOrderId', `${body}/checkout_id`),
    carried('value/orderDescription', `${body}/line_items/0/item/title`),
    carried('value/orderAmount/currency', `${body}/currency`),
    derived('value/orderAmount/value', `${body}/totals`, 'minor units'),
    lost('value/merchant/**', 'the sender of the event is the merchant'),
  ],
  problem: [
    carried('given/version', `${body}/ucp/version`),
    carried('given/continueUrl', `${body}/continue_url`),
    told,
    carried('value/title', `${body}/messages/0/content`),
    derived('value/code', `${body}/messages/0/code`, 'with underscores; payment refusals are payment_failed'),
    derived('value/retry', `${body}/messages/0/severity`, 'never is unrecoverable, else recoverable'),
    derived('value/field', `${body}/messages/0/path`, 'as JSONPath'),
    derived('value/status', 'message/status', 'an outcome of business is answered with 200'),
    lost('value/**', 'the error of the other side has no place for it'),
  ],
}

/** The rules of what leaves. */
export const outRulesOf = (kind: keyof typeof outNames): readonly FieldRule[] => outRules[kind]

export const ucpMessages: readonly MessageKind[] = [
  ...Object.values(inbound).map((kind) => ({ ...kind, direction: 'in' as const })),
  ...(Object.keys(outNames) as (keyof typeof outNames)[]).map((kind) => ({
    name: outNames[kind],
    direction: 'out' as const,
    yields: { checkout: 'checkout', mandate: 'completion', payment: 'checkout', order: 'event', problem: 'error' }[
      kind
    ],
    rules: outRules[kind],
  })),
]
