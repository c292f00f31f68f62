/** The fate of every field of AP2 0.1 on its way into AMP. */
import { carried, derived, type FieldRule, lost } from '../accounting.ts'

const draft = 'draft/checkout'
const bounds = 'draft/intent/constraints'

/** One member under every spelling it was published with. */
const spelled = (make: (name: string) => FieldRule, ...names: readonly string[]): readonly FieldRule[] =>
  names.map(make)

const cart = 'cart/contents/payment_request'
const contents = 'payment-contents/payment_mandate_contents'

/** Of an intent, with a draft of its own or beside a cart. */
export const plainIntent = (isDraft: boolean): readonly FieldRule[] => [
  ...spelled(
    (name) => carried(`intent/${name}`, 'draft/intent/raw'),
    'natural_language_description',
    'naturalLanguageDescription',
  ),
  ...spelled(
    (name) => derived(`intent/${name}`, 'evidence/intent', 'has to be in the future'),
    'intent_expiry',
    'intentExpiry',
  ),
  ...(isDraft
    ? [
        derived('intent/merchants/**', `${bounds}/merchant_name_list`, 'names of merchants; none allows all'),
        derived('intent/skus/**', 'draft/intent/desc', 'said to the user: AMP bounds hold no items'),
      ]
    : []),
  ...spelled(
    (name) =>
      derived(`intent/${name}`, 'draft/mode', 'where the user confirms each cart, an intent alone asks for nothing'),
    'user_cart_confirmation_required',
    'user_signature_required',
  ),
  lost('intent/**', 'AMP has no place for it'),
]

/** Of a cart. */
export const purchase: readonly FieldRule[] = [
  carried(`${cart}/details/id`, `${draft}/reference_checkout_id`),
  carried(`${cart}/details/total/amount/currency`, `${draft}/total_amount/currency`),
  derived(`${cart}/details/total/amount/value`, `${draft}/total_amount`, 'major units, exactly in minor ones'),
  ...spelled(
    (name) => derived(`${cart}/details/${name}/*/label`, `${draft}/goods`, 'one line each, or one for all'),
    'display_items',
    'displayItems',
  ),
  ...spelled(
    (name) => derived(`${cart}/details/${name}/*/amount/**`, `${draft}/goods`, 'major units, exactly in minor ones'),
    'display_items',
    'displayItems',
  ),
  carried('cart/contents/merchant_name', `${draft}/merchant/merchant_name`),
  ...spelled(
    (name) => derived(`cart/contents/${name}`, 'evidence/cart', 'has to be in the future'),
    'cart_expiry',
    'cartExpiry',
  ),
  ...spelled(
    (name) => derived(`cart/${name}`, 'evidence/merchant-authorization', 'is verified where the key is known'),
    'merchant_authorization',
    'merchant_signature',
  ),
  lost('cart/**', 'an AMP checkout has no place for it'),
]

const first = 'payment-contents/payment_details'

/** Of a payment, alone or beside its cart. */
export const contentsRules = (isAlone: boolean): readonly FieldRule[] => [
  ...[
    [`${contents}/payment_details_id`, 'reference_checkout_id'],
    [`${first}/payment_request_id`, 'reference_checkout_id'],
    [`${contents}/payment_details_total/amount/currency`, 'total_amount/currency'],
    [`${first}/amount/currency`, 'total_amount/currency'],
    [`${contents}/merchant_agent`, 'merchant/merchant_name'],
    [`${first}/merchant_agent_card/name`, 'merchant/merchant_name'],
  ].map(([from = '', to = '']) =>
    isAlone
      ? carried(from, `${draft}/${to}`)
      : derived(from, `${draft}/${to}`, 'has to be that of the cart, where it has one'),
  ),
  ...[`${contents}/payment_details_total/amount/value`, `${first}/amount/value`].map((from) =>
    derived(from, `${draft}/total_amount`, 'major units, exactly in minor ones'),
  ),
  derived('payment-contents/user_authorization', 'evidence/user-authorization', 'is graded; the user decides anew'),
  lost('payment-contents/**', 'an AMP checkout has no place for it'),
]
