/** The fate of every field of ACP, in and out. */
import { carried, derived, type FieldRule, lost, refused } from '../accounting.ts'
import type { MessageKind } from '../adapter.ts'

const person = 'personal data of the buyer; AMP does not need it'
const noPlace = 'AMP has no place for it'

/** What holds for every message a platform is known to send. */
const proven: readonly FieldRule[] = [
  derived('method', 'identity/interaction', 'tells the operation, with the path'),
  carried('url/authority', 'identity/audience'),
  derived('url/path', 'identity/interaction', 'tells the operation'),
  lost('url/query', noPlace),
  derived('header/authorization', 'identity/agent', 'the token the operator knows the platform by'),
  derived('header/merchant-signature', 'evidence/proof', 'is computed again with the secret of the merchant'),
  derived('header/signature', 'evidence/signature', 'is verified where the operator knows a key of the platform'),
  derived('header/timestamp', 'identity/created', 'RFC 3339 as epoch seconds'),
  derived('header/idempotency-key', 'nothing of AMP', 'is recorded against replay'),
  derived('header/api-version', 'draft/source/version', 'tells the version'),
  lost('header/**', noPlace),
]

const sessionRules = (at: number): readonly FieldRule[] => {
  const handlers = 'body/capabilities/payment/handlers'
  return [
    ...proven,
    ...(at < 0
      ? []
      : [
          carried(`${handlers}/${at}/config/merchant/**`, 'draft/checkout/merchant/**'),
          derived(`${handlers}/${at}/**`, 'evidence/merchant', 'says that AMP wallets are taken'),
        ]),
    derived(`${handlers}/*/config/merchant_id`, 'evidence/merchant', 'finds the merchant the operator lists'),
    lost('body/capabilities/**', 'a handler of another rail, or an intervention AMP does not need'),
    derived('body/payment_provider/merchant_id', 'evidence/merchant', 'finds the merchant the operator lists'),
    lost('body/payment_provider/**', 'another rail'),
    derived('body/protocol/version', 'draft/source/version', 'tells the version where no header does'),
    derived(
      'body/id',
      'draft/checkout/reference_checkout_id',
      'itself where AMP has the alphabet for it, else its digest',
    ),
    derived('body/status', 'draft', 'has to be ready_for_payment'),
    derived('body/currency', 'draft/checkout/total_amount', 'the currency of every amount, in capitals'),
    derived('body/totals/*/type', 'draft/checkout/total_amount', 'tells which total it is'),
    derived('body/totals/*/amount', 'draft/checkout', 'the total, and further totals as goods where all add up'),
    derived('body/totals/*/display_text', 'draft/checkout/goods', 'names a further total'),
    lost('body/totals/**', 'the total itself says enough'),
    derived('body/line_items/*/name', 'draft/checkout/goods', 'the name, cut to 256 characters'),
    derived('body/line_items/*/item/name', 'draft/checkout/goods', 'the name where the line has none'),
    derived('body/line_items/*/item/id', 'draft/checkout/goods', 'stands for the name where there is none'),
    derived('body/line_items/*/unit_amount', 'draft/checkout/goods', 'minor units, where lines and totals add up'),
    derived('body/line_items/*/item/unit_amount', 'draft/checkout/goods', 'minor units, where the line has none'),
    derived('body/line_items/*/base_amount', 'draft/checkout/goods', 'divided by the quantity where it divides'),
    derived('body/line_items/*/totals/*/amount', 'draft/checkout/goods', 'the price where the line has none'),
    derived('body/line_items/*/quantity', 'draft/checkout/goods', 'pieces, where lines and totals add up'),
    derived('body/line_items/*/item/quantity', 'draft/checkout/goods', 'pieces, where the line has none'),
    lost('body/line_items/**', 'the line itself says enough'),
    derived('body/links/*/url', 'evidence/merchant', 'finds the merchant the operator lists'),
    lost('body/links/**', 'words around a link'),
    lost('body/buyer/**', person),
    lost('body/fulfillment_details/**', person),
    lost('body/fulfillment_address/**', person),
    lost('body/messages/**', 'for the platform to show'),
    lost('body/**', noPlace),
  ]
}

const made = new Map<number, readonly FieldRule[]>()

/** Rules of a session whose AMP handler stands at this index; -1 where it has none. The same list each time. */
export const sessionRulesOf = (at: number): readonly FieldRule[] => {
  const known = made.get(at) ?? sessionRules(at)
  if (made.size < 64) made.set(at, known)
  return known
}

const bounds = 'draft/intent/constraints'
const delegation: readonly FieldRule[] = [
  ...proven,
  derived('body/payment_method/type', 'evidence/instrument', 'has to be an AMP wallet'),
  derived('body/allowance/reason', `${bounds}/payment_frequency`, 'one_time is one payment'),
  derived('body/allowance/max_amount', `${bounds}/budget_amount`, 'minor units'),
  derived('body/allowance/currency', `${bounds}/budget_amount`, 'in capitals'),
  derived(
    'body/allowance/merchant_id',
    `${bounds}/merchant_allow_list`,
    'the merchant the operator lists, else itself',
  ),
  derived('body/allowance/expires_at', 'draft/intent/expiry_time', 'in UTC'),
  derived(
    'body/allowance/checkout_session_id',
    'draft/intent/desc',
    'the user sees it; the token on the allowance is taken for this session alone',
  ),
  refused('body/payment_method/number', 'card data'),
  refused('body/payment_method/cryptogram', 'card data'),
  refused('body/payment_method/cvc', 'card data'),
  lost('body/risk_signals/**', 'a signal about cards, by somebody else'),
  lost('body/billing_address/**', person),
  lost('body/**', noPlace),
]

const completion: readonly FieldRule[] = [
  ...proven,
  derived('body/payment_data/handler_id', 'evidence/instrument', 'has to be that of the instrument'),
  derived('body/payment_data/instrument/type', 'evidence/instrument', 'tells whether an AMP wallet pays'),
  derived('body/payment_data/instrument/credential/type', 'evidence/instrument', 'tells whether it carries a token'),
  derived('body/payment_data/instrument/credential/**', 'evidence/instrument', 'goes to the acquirer, who judges it'),
  lost('body/payment_data/**', 'between platform and merchant'),
  refused('body/authentication_result/outcome_details/three_ds_cryptogram', 'card data'),
  lost('body/**', noPlace),
]

const object: readonly FieldRule[] = [
  ...proven,
  derived('body/status', 'evidence/object', 'tells where it stands'),
  derived('body/type', 'evidence/object', 'tells what happened'),
  derived('body/data/status', 'evidence/object', 'tells where it stands'),
  derived('body/protocol/**', 'evidence/object', 'the versions'),
  lost('body/**', 'it proposes nothing to AMP'),
]

const nobody = 'nobody vouches for the message: it proposes nothing'
const unproven: readonly FieldRule[] = [
  derived('method', 'identity/interaction', 'tells the operation, with the path'),
  derived('url/path', 'identity/interaction', 'tells the operation'),
  derived('body/status', 'evidence/object', 'tells where it stands'),
  lost('url/**', nobody),
  lost('header/**', nobody),
  lost('body/**', nobody),
  lost('body', nobody),
]

/** How a message is accounted for. */
export type AcpRuleKind = 'session' | 'delegate' | 'complete' | 'request' | 'object' | 'unproven'

const inbound: Readonly<Record<AcpRuleKind, Omit<MessageKind, 'direction'>>> = {
  session: {
    name: 'session of a merchant, ready, handed over by a platform',
    yields: 'identity, draft IMMEDIATE',
    rules: sessionRulesOf(0),
  },
  delegate: { name: 'delegated payment by an AMP wallet', yields: 'identity, draft AUTONOMOUS', rules: delegation },
  complete: { name: 'completion', yields: 'identity', rules: completion },
  request: {
    name: 'other request about a session or a cart',
    yields: 'identity',
    rules: [...proven, lost('body/**', 'the merchant answers with what counts'), lost('body', noPlace)],
  },
  object: {
    name: 'order event, discovery, error, token, or a session that is not ready',
    yields: 'identity',
    rules: object,
  },
  unproven: { name: 'any of these without a known token', yields: 'identity', rules: unproven },
}

/** The rules of a message that is no ready session. */
export const rulesOf = (kind: AcpRuleKind): readonly FieldRule[] => inbound[kind].rules

/** Names of what leaves. */
export const outNames = {
  checkout: 'session of a merchant',
  complete: 'completion by an activated mandate',
  delegate: 'delegated payment on an activated mandate',
  payment: 'session after a payment',
  order: 'order event',
  problem: 'error of a problem',
} as const

/** What kind of message leaves. */
export type AcpOut = keyof typeof outNames

const body = 'message/body'
const told = lost('given/**', 'tells the bridge how to write; the message has no place for it')
const mandate: readonly FieldRule[] = [
  derived('value/mandateStatus', 'message', 'only an activated mandate leaves'),
  derived('value/checkout/reference_checkout_id', 'message', 'has to be the session that is paid'),
  lost('value/checkout/**', 'the merchant has the session'),
]

const outRules: Readonly<Record<AcpOut, readonly FieldRule[]>> = {
  checkout: [
    carried('given/version', `${body}/protocol/version`),
    carried('given/handlerId', `${body}/capabilities/payment/handlers/0/id`),
    carried('given/network', `${body}/capabilities/payment/handlers/0/config/network`),
    carried('given/links/**', `${body}/links/**`),
    carried('given/status', `${body}/status`),
    told,
    carried('value/reference_checkout_id', `${body}/id`),
    derived('value/total_amount/currency', `${body}/currency`, 'in small letters'),
    derived('value/total_amount/value', `${body}/totals`, 'minor units, as the subtotal and the total'),
    carried('value/merchant/**', `${body}/capabilities/payment/handlers/0/config/merchant/**`),
    derived('value/goods/*/goods_name', `${body}/line_items`, 'the name'),
    derived(
      'value/goods/*/goods_unit_amount/**',
      `${body}/line_items`,
      'the unit amount, in the currency of the session',
    ),
    derived('value/goods/*/goods_quantity', `${body}/line_items`, 'a whole number'),
  ],
  complete: [
    carried('given/version', 'message/headers/api-version'),
    carried('given/idempotencyKey', 'message/headers/idempotency-key'),
    carried('given/handlerId', `${body}/payment_data/handler_id`),
    carried('given/token', `${body}/payment_data/instrument/credential/token`),
    carried('given/assurance/**', `${body}/payment_data/instrument/credential/assurance/**`),
    derived('given/checkoutId', 'message/path', 'the session that is completed'),
    told,
    carried('value/mandateId', `${body}/payment_data/instrument/id`),
    ...mandate,
    lost('value/constraints/**', 'the guard of AMP holds the bounds; the merchant never learns them'),
    lost('value/budget/**', 'the merchant never learns the budget'),
    lost('value/**', 'an id or an end AMP keeps to itself'),
  ],
  delegate: [
    carried('given/version', 'message/headers/api-version'),
    carried('given/idempotencyKey', 'message/headers/idempotency-key'),
    carried('given/checkoutId', `${body}/allowance/checkout_session_id`),
    carried('given/merchantId', `${body}/allowance/merchant_id`),
    derived('given/expiresAt', `${body}/allowance/expires_at`, 'where it comes before the end of the mandate'),
    derived('given/delegates', 'message/path', 'asks for a token instead of completing'),
    told,
    carried('value/mandateId', `${body}/payment_method/mandate_id`),
    derived('value/validUntil', `${body}/allowance/expires_at`, 'the end of the mandate, at the latest'),
    derived(
      'value/budget/remaining/**',
      `${body}/allowance/max_amount`,
      'the smallest of what remains and of one payment',
    ),
    derived('value/checkout/total_amount/**', `${body}/allowance/max_amount`, 'where it is the smallest'),
    derived('value/constraints/payment_amount_max/**', `${body}/allowance/max_amount`, 'where it is the smallest'),
    ...mandate,
    lost('value/constraints/**', 'the guard of AMP holds the bounds besides'),
    lost('value/budget/**', 'what remains bounds the allowance'),
    lost('value/**', 'an id or an end AMP keeps to itself'),
  ],
  payment: [
    derived('given/session/status', `${body}/status`, 'replaced by how the payment ended'),
    derived('given/session/messages/**', `${body}/messages`, 'replaced by how the payment ended'),
    derived('given/session/messages', `${body}/messages`, 'replaced by how the payment ended'),
    derived('given/session/order/**', `${body}/order`, 'replaced by how the payment ended'),
    carried('given/session/**', `${body}/**`),
    carried('given/orderId', `${body}/order/id`),
    carried('given/permalinkUrl', `${body}/order/permalink_url`),
    told,
    derived(
      'value/paymentStatus',
      `${body}/status`,
      'SUCCESS is completed, PROCESSING complete_in_progress, FAIL leaves it ready with payment_declined',
    ),
    derived('value/failure/**', `${body}/messages`, 'the error payment_declined'),
    derived('value/paymentAmount/**', `${body}/totals`, 'has to be the total'),
    lost('value/**', 'an id or time of AMP the session has no place for'),
  ],
  order: [
    carried('given/orderId', `${body}/data/id`),
    carried('given/permalinkUrl', `${body}/data/permalink_url`),
    carried('given/event', `${body}/type`),
    carried('given/orderStatus', `${body}/data/status`),
    told,
    carried('value/referenceOrderId', `${body}/data/checkout_session_id`),
    derived('value/orderAmount/**', `${body}/data/totals`, 'minor units of the currency of the session'),
    lost('value/orderDescription', 'the platform has the lines of the session'),
    lost('value/merchant/**', 'the sender of the event is the merchant'),
  ],
  problem: [
    carried('value/title', `${body}/message`),
    derived('value/code', `${body}/code`, 'with underscores'),
    derived('value/status', 'message/status', 'the status; a server error is processing_error or service_unavailable'),
    derived('value/field', `${body}/param`, 'as JSONPath'),
    lost('value/**', 'the error of the other side has no place for it'),
    told,
  ],
}

/** The rules of what leaves. */
export const outRulesOf = (kind: AcpOut): readonly FieldRule[] => outRules[kind]

const yields: Readonly<Record<AcpOut, string>> = {
  checkout: 'session',
  complete: 'completion',
  delegate: 'allowance',
  payment: 'session',
  order: 'event',
  problem: 'error',
}

export const acpMessages: readonly MessageKind[] = [
  ...Object.values(inbound).map((kind) => ({ ...kind, direction: 'in' as const })),
  ...(Object.keys(outNames) as AcpOut[]).map((kind) => ({
    name: outNames[kind],
    direction: 'out' as const,
    yields: yields[kind],
    rules: outRules[kind],
  })),
]
