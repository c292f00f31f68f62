/** The fate of every field of a Verifiable Intent bundle. */
import { carried, derived, type FieldRule, lost } from '../accounting.ts'
import type { MessageKind } from '../adapter.ts'
import { leavesOf } from '../json.ts'
import type { SdJwt } from '../jws.ts'
import { fieldsOf } from '../message.ts'
import { type IntentWire, layerNames } from './wire.ts'

export type IntentKind = 'final' | 'open' | 'executed' | 'checkout-only'

const layer = (name: string, signer: string): readonly FieldRule[] => [
  derived(`${name}/header/**`, `evidence/${name}`, `type, algorithm and key; the key has to be that of ${signer}`),
  derived(`${name}/signature`, `evidence/${name}`, `is verified with the key of ${signer}`),
  derived(`${name}/digests`, `evidence/${name}`, 'are computed again over what was disclosed'),
  derived(`${name}/claims/sd_hash`, `evidence/${name}`, 'has to be that of the layer before'),
  derived(`${name}/claims/nonce`, 'nothing of AMP', 'is recorded against replay; AMP makes its own nonces'),
]

const always: readonly FieldRule[] = [
  ...layer('l1', 'an issuer the operator trusts'),
  derived('l1/claims/iss', 'identity/directory', 'the issuer has to be known before anything else'),
  derived('l1/claims/iat', 'evidence/l1', 'has to be in the past'),
  derived('l1/claims/exp', 'evidence/l1', 'has to be in the future'),
  derived('l1/claims/cnf/**', 'evidence/l2', 'the key of the user, which signs the second layer'),
  lost('l1/claims/**', 'who the card holder is and which card it is stay on their rail'),
  ...layer('l2', 'the user'),
  carried('l2/claims/aud', 'identity/agent/id'),
  carried('l2/claims/iat', 'identity/created'),
  carried('l2/claims/exp', 'identity/expires'),
  lost('l2/claims/iss', 'the wallet of another rail'),
  derived('l2/claims/delegate_payload/*/vct', 'draft/mode', 'final mandates are one checkout, open ones are bounds'),
  derived('l2/claims/delegate_payload/*/cnf/**', 'evidence/l3a', 'the key of the agent, which signs the third layers'),
  derived('l2/claims/delegate_payload/*/prompt_summary', 'draft/intent/raw', 'the words of the user'),
  lost('l2/claims/delegate_payload/*/payment_instrument/**', 'a card; the account that pays is chosen at the wallet'),
  lost('l3a/claims/delegate_payload/*/payment_instrument/**', 'a card; the account that pays is chosen at the wallet'),
  lost('l2/claims/delegate_payload/*/risk_data/**', 'the device as the agent says'),
  ...layer('l3a', 'the agent'),
  ...layer('l3b', 'the agent'),
  derived('l3a/claims/aud', 'evidence/audience', 'has to be known where the operator names whom it speaks for'),
  derived('l3b/claims/aud', 'evidence/audience', 'has to be known where the operator names whom it speaks for'),
  derived('l3a/claims/iat', 'evidence/l3a', 'has to be in the past'),
  derived('l3a/claims/exp', 'evidence/l3a', 'has to be in the future'),
  derived('l3b/claims/iat', 'evidence/l3b', 'has to be in the past'),
  derived('l3b/claims/exp', 'evidence/l3b', 'has to be in the future'),
  lost('method', 'the layers are bound to each other, not to a request'),
  lost('url/**', 'the layers are bound to each other, not to a request'),
  lost('header/**', 'AMP has no place for it'),
]

const checkout = 'draft/checkout'
const payment = (at: string): readonly FieldRule[] => [
  derived(`${at}/payment_amount/amount`, `${checkout}/total_amount`, 'minor units, as a text'),
  carried(`${at}/payment_amount/currency`, `${checkout}/total_amount/currency`),
  carried(`${at}/payee/name`, `${checkout}/merchant/merchant_name`),
  carried(`${at}/payee/website`, `${checkout}/merchant/merchant_website_url`),
  carried(`${at}/payee/id`, `${checkout}/merchant/reference_merchant_id`),
  carried(`${at}/transaction_id`, `${checkout}/reference_checkout_id`),
]

const jwt = (at: string): readonly FieldRule[] => [
  derived(
    `${at}/checkout_jwt`,
    `${checkout}/reference_checkout_id`,
    'its hash names the checkout; AMP takes lines from the merchant',
  ),
  derived(`${at}/checkout_hash`, 'evidence/checkout', 'has to be that of the checkout'),
  lost(`${at}/line_items/**`, 'AMP takes lines from the merchant'),
]

const constraints = 'l2/claims/delegate_payload/*/constraints'
const rest: readonly FieldRule[] = [
  lost('l2/claims/**', 'a claim the adapter does not know'),
  lost('l3a/claims/**', 'a claim the adapter does not know'),
  lost('l3b/claims/**', 'a claim the adapter does not know'),
  lost('body/**', 'no layer covers it'),
]
const held = derived(`${constraints}/**`, 'evidence/constraints', 'the payment the agent asks for keeps to it')
const l2 = 'l2/claims/delegate_payload/*'
const l3a = 'l3a/claims/delegate_payload/*'
const l3b = 'l3b/claims/delegate_payload/*'

const kinds: Readonly<Record<IntentKind, Omit<MessageKind, 'direction'>>> = {
  final: {
    name: 'final mandates, user present (l1, l2)',
    yields: 'identity, draft IMMEDIATE',
    rules: [...always, ...payment(l2), ...jwt(l2), ...rest],
  },
  open: {
    name: 'open mandates (l1, l2)',
    yields: 'identity, draft AUTONOMOUS',
    rules: [
      ...always,
      derived(
        `${constraints}/**`,
        'draft/intent/constraints',
        'the AMP bound that is at least as narrow; line items and recurrence are refused',
      ),
      ...rest,
    ],
  },
  executed: {
    name: 'open mandates with the payment of the agent (l1, l2, l3a, perhaps l3b)',
    yields: 'identity, draft IMMEDIATE',
    rules: [
      ...always,
      held,
      derived(`${l3a}/vct`, 'draft/mode', 'a final payment is one checkout'),
      ...payment(l3a),
      derived(`${l3b}/vct`, 'evidence/l3b', 'has to be a final checkout'),
      ...jwt(l3b),
      ...rest,
    ],
  },
  'checkout-only': {
    name: 'open mandates with the checkout of the agent (l1, l2, l3b)',
    yields: 'identity',
    rules: [
      ...always,
      lost(`${constraints}/**`, 'nothing is asked for yet'),
      derived(`${l3b}/checkout_hash`, 'evidence/l3b', 'has to be that of the checkout'),
      ...rest,
    ],
  },
}

export const intentMessages: readonly MessageKind[] = Object.values(kinds).map((kind) => ({ ...kind, direction: 'in' }))
export const rulesOf = (kind: IntentKind): readonly FieldRule[] => kinds[kind].rules

const digests = new Set(['_sd', '_sd_alg'])

const layerFields = (name: string, sdJwt: SdJwt): readonly string[] => [
  ...leavesOf(sdJwt.jws.header, `${name}/header`),
  ...leavesOf(sdJwt.resolved, `${name}/claims`),
  ...(Object.keys(sdJwt.jws.claims).some((claim) => digests.has(claim)) ? [`${name}/digests`] : []),
  `${name}/signature`,
]

/** Every field once: what the layers disclose, their digests as one, and the rest as in any message. */
export const intentFieldsOf = ({ message, at, layers }: IntentWire): readonly string[] => {
  const texts = new Set(layerNames.map((name) => `${at}/${name}`))
  return [
    ...fieldsOf(message).filter((field) => !texts.has(field)),
    ...layerNames.flatMap((name) => {
      const sdJwt = layers[name]
      return sdJwt ? layerFields(name, sdJwt) : []
    }),
  ]
}
