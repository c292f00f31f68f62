/** The fate of every field of AP2 on its way into AMP. */
import { carried, derived, type FieldRule, lost, refused } from '../accounting.ts'
import type { MessageKind } from '../adapter.ts'
import { isObject, type Json, type JsonObject, leavesOf, member } from '../json.ts'
import { type Jws, type SdJwt, textOf } from '../jws.ts'
import { fieldsOf } from '../message.ts'
import { contentsRules, plainIntent, purchase } from './plain-fields.ts'
import type { Ap2Wire } from './wire.ts'

/** Kinds of messages that come in. */
export type Ap2Kind =
  | 'open'
  | 'open-checkout'
  | 'order'
  | 'payment'
  | 'receipts'
  | 'intent'
  | 'intent-confirmed'
  | 'cart'
  | 'payment-contents'
  | 'plain-receipt'
  | 'card'

const rest: readonly FieldRule[] = [
  lost('method', 'the mandates are bound to each other, not to a request'),
  lost('url/**', 'the mandates are bound to each other, not to a request'),
  lost('header/**', 'AMP has no place for it'),
  lost('body/**', 'the envelope: AMP has sessions of its own'),
]

const hop = (family: string): readonly FieldRule[] => [
  derived(
    `${family}/*/header/**`,
    `evidence/${family}`,
    'type, algorithm and key; the key has to be the one confirmed',
  ),
  derived(`${family}/*/signature`, `evidence/${family}`, 'is verified with the key the hop before confirms'),
  derived(`${family}/*/digests`, `evidence/${family}`, 'are computed again over what was disclosed'),
  derived(`${family}/*/claims/sd_hash`, `evidence/${family}`, 'has to be that of the hop before'),
  derived(`${family}/*/claims/issuer_jwt_hash`, `evidence/${family}`, 'has to be that of the hop before'),
  derived(`${family}/*/claims/nonce`, 'nothing of AMP', 'is recorded against replay; AMP makes its own nonces'),
  derived(`${family}/*/claims/aud`, 'evidence/audience', 'has to be known where the operator names whom it speaks for'),
  derived(`${family}/*/claims/iss`, 'identity/directory', 'the issuer has to be known before anything else'),
  derived(`${family}/*/claims/iat`, 'identity/created', 'has to be in the past'),
  derived(`${family}/*/claims/exp`, 'identity/expires', 'has to be in the future'),
  derived(`${family}/*/claims/cnf/**`, `evidence/${family}`, 'the key of the holder, which signs the next hop'),
]

const mandate = (family: string): string => `${family}/*/claims/delegate_payload/*`

const mandates = (family: string): readonly FieldRule[] => [
  derived(`${mandate(family)}/vct`, 'draft/mode', 'closed mandates are one checkout, open ones are bounds'),
  derived(`${mandate(family)}/cnf/**`, 'identity/agent', 'the key of the agent, which signs the next hop'),
  derived(`${mandate(family)}/iat`, 'identity/created', 'the first of them'),
  derived(`${mandate(family)}/exp`, 'identity/expires', 'the first of them, and the operator sets the longest time'),
  lost(`${mandate(family)}/risk_data/**`, 'the device as the agent says'),
]

const others: readonly FieldRule[] = ['checkout', 'payment'].flatMap((family) => [
  lost(`${mandate(family)}/**`, 'a claim the adapter does not know'),
  lost(`${family}/*/claims/**`, 'who the holder is stays on the rail of the credential'),
])

const chains = [...['checkout', 'payment'].flatMap(hop), ...['checkout', 'payment'].flatMap(mandates)]
const pay = mandate('payment')
const buy = mandate('checkout')
const draft = 'draft/checkout'
const instrument = lost(`${pay}/payment_instrument/**`, 'the account that pays is chosen at the wallet')
const unheld: readonly FieldRule[] = [
  lost(`${pay}/pisp/**`, 'AMP has no provider that initiates payments'),
  lost(`${pay}/execution_date`, 'AMP pays when the user authorised'),
]
const kept = ['checkout', 'payment'].map((family) =>
  derived(`${mandate(family)}/constraints/**`, 'evidence/constraints', 'the closed mandate keeps to it'),
)
const jwt: readonly FieldRule[] = [
  derived(`${buy}/checkout_jwt`, 'evidence/order', 'is read as the order, as the merchant signed it'),
  derived(`${buy}/checkout_hash`, 'evidence/order', 'has to be that of the checkout'),
]

const order: readonly FieldRule[] = [
  derived('order/header/**', 'evidence/order', 'algorithm and key of the merchant'),
  derived('order/signature', 'evidence/order', 'is verified where the key of the merchant is known'),
  carried('order/claims/id', `${draft}/reference_checkout_id`),
  carried('order/claims/currency', `${draft}/total_amount/currency`),
  carried('order/claims/merchant/id', `${draft}/merchant/reference_merchant_id`),
  carried('order/claims/merchant/name', `${draft}/merchant/merchant_name`),
  carried('order/claims/merchant/website', `${draft}/merchant/merchant_website_url`),
  derived('order/claims/totals/*/type', `${draft}/total_amount`, 'the one of type total'),
  derived('order/claims/totals/*/amount', `${draft}/total_amount`, 'minor units, as a text'),
  derived('order/claims/line_items/*/item/title', `${draft}/goods`, 'at most 256 characters'),
  derived('order/claims/line_items/*/item/price', `${draft}/goods`, 'minor units, as a text'),
  derived('order/claims/line_items/*/quantity', `${draft}/goods`, 'as a text'),
  derived('order/claims/line_items/*/item/id', 'evidence/constraints', 'has to be what the user asked for'),
  derived('order/claims/status', 'evidence/order', 'may not be over'),
  derived('order/claims/expires_at', 'evidence/order', 'has to be in the future'),
  derived('order/claims/exp', 'evidence/order', 'has to be in the future'),
  derived('order/claims/iss', 'evidence/order', 'whose key it is'),
  lost('order/claims/**', 'an AMP checkout has no place for it'),
]

const both: readonly FieldRule[] = [
  derived(`${pay}/payment_amount/**`, `${draft}/total_amount`, 'has to be the total of the checkout'),
  derived(`${pay}/payee/**`, `${draft}/merchant`, 'has to be the merchant of the checkout'),
  derived(`${pay}/transaction_id`, 'evidence/order', 'has to be the hash of the checkout'),
]

const alone: readonly FieldRule[] = [
  derived(`${pay}/payment_amount/amount`, `${draft}/total_amount`, 'minor units, as a text'),
  carried(`${pay}/payment_amount/currency`, `${draft}/total_amount/currency`),
  carried(`${pay}/payee/id`, `${draft}/merchant/reference_merchant_id`),
  carried(`${pay}/payee/name`, `${draft}/merchant/merchant_name`),
  carried(`${pay}/payee/website`, `${draft}/merchant/merchant_website_url`),
  carried(`${pay}/transaction_id`, `${draft}/reference_checkout_id`),
]

const bounds = 'draft/intent/constraints'
const open: readonly FieldRule[] = [
  ...['checkout', 'payment'].map((family) =>
    derived(
      `${mandate(family)}/constraints/**`,
      bounds,
      'the AMP bound that is at least as narrow; items are said in the words of the draft; what no bound holds is refused',
    ),
  ),
  derived(`${pay}/payment_amount/**`, bounds, 'the smallest and the largest amount'),
  derived(`${pay}/payee/**`, bounds, 'the only seller'),
  derived(`${pay}/payment_instrument/**`, bounds, 'has to be an AMP wallet'),
  refused(`${pay}/pisp/**`, 'a bound AMP cannot hold is not dropped'),
  refused(`${pay}/execution_date`, 'a bound AMP cannot hold is not dropped'),
]

const receipt = (family: string): readonly FieldRule[] => [
  derived(`${family}-receipt/header/**`, `evidence/${family}-receipt`, 'algorithm and key of who answers'),
  derived(`${family}-receipt/signature`, `evidence/${family}-receipt`, 'is verified with a key of the issuer'),
  derived(`${family}-receipt/claims/reference`, `evidence/${family}-receipt`, 'has to name the closed mandate'),
  derived(`${family}-receipt/claims/status`, `evidence/${family}-receipt`, 'how it ended'),
  derived(`${family}-receipt/claims/error`, `evidence/${family}-receipt`, 'why it did not'),
  derived(`${family}-receipt/claims/iss`, 'identity/agent/id', 'who answers; of two receipts the first'),
  derived(`${family}-receipt/claims/iat`, 'identity/created', 'has to be in the past'),
  lost(`${family}-receipt/claims/**`, 'a result of another rail; AMP settles and reports its own payments'),
]

const extension = 'body/capabilities/extensions/*'
const kinds: Readonly<Record<Ap2Kind, Omit<MessageKind, 'direction'>>> = {
  open: {
    name: '0.2, open mandate of a payment, perhaps with its checkout',
    yields: 'identity, draft AUTONOMOUS',
    rules: [...chains, ...open, ...others, ...rest],
  },
  'open-checkout': {
    name: '0.2, open mandate of a checkout alone',
    yields: 'identity',
    rules: [...chains, lost(`${buy}/constraints/**`, 'nothing is asked for yet'), ...others, ...rest],
  },
  order: {
    name: '0.2, closed mandate of a checkout, perhaps with its payment',
    yields: 'identity, draft IMMEDIATE',
    rules: [...chains, ...kept, ...jwt, ...order, ...both, instrument, ...unheld, ...others, ...rest],
  },
  payment: {
    name: '0.2, closed mandate of a payment alone',
    yields: 'identity, draft IMMEDIATE',
    rules: [...chains, ...kept, ...alone, instrument, ...unheld, ...others, ...rest],
  },
  receipts: {
    name: '0.2, receipts, perhaps with the mandates they answer',
    yields: 'identity',
    rules: [
      ...['checkout', 'payment'].flatMap(receipt),
      ...chains,
      ...['checkout', 'payment'].map((family) => lost(`${mandate(family)}/**`, 'was answered already')),
      ...others,
      ...rest,
    ],
  },
  intent: {
    name: '0.1, intent',
    yields: 'identity, draft AUTONOMOUS',
    rules: [...plainIntent(true), ...rest],
  },
  'intent-confirmed': {
    name: '0.1, intent whose carts the user confirms',
    yields: 'identity',
    rules: [lost('intent/**', 'nothing is asked for before there is a cart'), ...rest],
  },
  cart: {
    name: '0.1, cart, perhaps with its payment',
    yields: 'identity, draft IMMEDIATE',
    rules: [
      ...purchase,
      ...contentsRules(false),
      ...plainIntent(false),

      ...rest,
    ],
  },
  'payment-contents': {
    name: '0.1, payment alone',
    yields: 'identity, draft IMMEDIATE',
    rules: [...contentsRules(true), ...plainIntent(false), ...rest],
  },
  'plain-receipt': {
    name: '0.1, receipt, perhaps with what it answers',
    yields: 'identity',
    rules: [
      lost('receipt/**', 'a result of another rail; AMP settles and reports its own payments'),
      ...['intent', 'cart', 'payment-contents'].map((name) => lost(`${name}/**`, 'was answered already')),
      ...rest,
    ],
  },
  card: {
    name: 'card of an agent that names the extension',
    yields: 'identity',
    rules: [
      carried('body/name', 'identity/agent/name'),
      derived('body/url', 'identity/agent/domain', 'its host, as the agent says'),
      derived(`${extension}/uri`, 'evidence/agent-card', 'names the extension'),
      derived(`${extension}/params/roles/**`, 'evidence/agent-card', 'roles the agent says it has'),
      lost('body/**', 'an agent describes itself; nothing of it is proved'),
      ...rest,
    ],
  },
}

export const ap2Inbound: readonly MessageKind[] = Object.values(kinds).map((kind) => ({ ...kind, direction: 'in' }))
export const rulesOf = (kind: Ap2Kind): readonly FieldRule[] => kinds[kind].rules

const jwsFields = (name: string, { header, claims }: Jws): readonly string[] => [
  ...leavesOf(header, `${name}/header`),
  ...leavesOf(claims, `${name}/claims`),
  `${name}/signature`,
]

const digests = new Set(['_sd', '_sd_alg'])

/** Where mandates of the other family stand: a wallet's presentation may hold both, and each is told below its own. */
const foreignIn = (family: string, name: string, resolved: JsonObject): readonly string[] => {
  const list = member(resolved, 'delegate_payload')
  return (Array.isArray(list) ? list : []).flatMap((each: Json, index) => {
    const vct = isObject(each) ? textOf(each, 'vct') : undefined
    return vct?.startsWith(`mandate.${family}.`) ? [] : [`${name}/claims/delegate_payload/${index}/`]
  })
}

const hopFields = (family: string, index: number, { jws, resolved }: SdJwt): readonly string[] => {
  const name = `${family}/${index}`
  const foreign = foreignIn(family, name, resolved)
  return [
    ...leavesOf(jws.header, `${name}/header`),
    ...leavesOf(resolved, `${name}/claims`).filter((field) => !foreign.some((at) => field.startsWith(at))),
    ...(Object.keys(jws.claims).some((claim) => digests.has(claim)) ? [`${name}/digests`] : []),
    `${name}/signature`,
  ]
}

/** Every field once: what the chains disclose, what receipts and orders say, and the rest as in any message. */
export const ap2FieldsOf = (
  { message, items, chains: found, receipts }: Ap2Wire,
  ordered: Jws | undefined,
): readonly string[] => {
  const own = items.map(({ at }) => at)
  return [
    ...fieldsOf(message).filter((field) => !own.some((at) => field === at || field.startsWith(`${at}/`))),
    ...items.flatMap(({ name, value }) => (typeof value === 'string' ? [] : leavesOf(value, name))),
    ...(['checkout', 'payment'] as const).flatMap((family) => {
      const receiptOf = receipts[family]
      return [
        ...(found[family]?.hops ?? []).flatMap(({ sdJwt }, index) => hopFields(family, index, sdJwt)),
        ...(receiptOf ? jwsFields(`${family}-receipt`, receiptOf) : []),
      ]
    }),
    ...(ordered ? jwsFields('order', ordered) : []),
  ]
}
