/** The fate of every field of KYAPay tokens. */
import { carried, derived, type FieldRule, lost, refused } from '../accounting.ts'
import type { MessageKind } from '../adapter.ts'
import { leavesOf } from '../json.ts'
import { fieldsOf } from '../message.ts'
import { claimName, type KyaWire, type Token } from './wire.ts'

export type KyaKind = 'identity' | 'payment'

const both = (type: 'kya' | 'pay' | 'kya-pay'): readonly FieldRule[] => {
  const at = (name: string) => `${type}/${name}`
  return [
    derived(at('header/alg'), `evidence/${type}`, 'has to be ES256, whatever the token says'),
    derived(at('header/typ'), `evidence/${type}`, 'tells what kind of token it is, older spellings too'),
    derived(at('header/kid'), `evidence/${type}`, 'names the key among those of the issuer'),
    lost(at('header/**'), 'a header parameter KYAPay does not have'),
    derived(at('signature'), `evidence/${type}`, 'is verified with the key of the issuer'),
    derived(at('claims/iss'), 'identity/agent/id', 'the issuer the operator trusts, before the subject'),
    derived(at('claims/sub'), 'identity/agent/id', 'the account at the issuer'),
    derived(at('claims/aud'), 'evidence/audience', 'has to be a seller the operator speaks for, where it names any'),
    derived(at('claims/tdm'), 'evidence/audience', 'may stand for the audience'),
    derived(at('claims/tsi'), 'evidence/audience', 'may stand for the audience'),
    derived(at('claims/env'), 'evidence/audience', 'has to be an environment the operator takes, where it names any'),
    derived(at('claims/iat'), 'identity/created', 'the earliest token counts'),
    derived(at('claims/exp'), 'identity/expires', 'the first that ends counts'),
    derived(at('claims/jti'), 'nothing of AMP', 'is recorded against replay'),
    derived(at('claims/cnf/**'), 'evidence/sender-key', 'the request has to be signed with it'),
    lost(at('claims/hid/**'), 'who the human is stays with the issuer; AMP has its own identity provider'),
    derived(at('claims/aid/name'), 'identity/agent/name', 'the name of the agent'),
    lost(at('claims/aid/**'), 'addresses the agent claims to come from'),
    lost(at('claims/apd/**'), 'the platform of the agent; the issuer vouches for it, AMP asks at enrolment'),
    lost(at('claims/itg'), 'a tag of the initiator'),
    lost(at('claims/ori'), 'where the request began'),
    lost(at('claims/scope'), 'a scope is not a mandate'),
    lost(at('claims/amr/**'), 'how the human was authenticated to somebody else'),
    lost(at('claims/ivm/**'), 'how the human was identified to somebody else'),
    lost(at('claims/aml/**'), 'a screening by somebody else'),
    refused(at('claims/sti/payment_token'), 'a network token is card data'),
    refused(at('claims/sti/token_security_code'), 'a dynamic code is card data'),
  ]
}

const money = (type: 'pay' | 'kya-pay'): readonly FieldRule[] => {
  const at = (name: string) => `${type}/claims/${name}`
  return [
    derived(at('amt'), 'draft/intent/constraints/budget_amount', 'minor units of its currency'),
    carried(at('cur'), 'draft/intent/constraints/budget_amount/currency'),
    lost(at('val'), 'units of a settlement network nobody names'),
    derived(at('tpr'), 'draft/intent/constraints/payment_amount_max', 'the price of one use, where tps is pay_per_use'),
    derived(
      at('tps'),
      'draft/intent/constraints/payment_amount_max',
      'pay_per_use bounds a payment; a subscription is refused',
    ),
    derived(at('mnr'), 'draft/intent/constraints/payment_frequency', 'at most so many payments, for the day it lives'),
    lost(at('stp'), 'another rail settles'),
    lost(at('sti/**'), 'a credential of another rail'),
  ]
}

const message: readonly FieldRule[] = [
  lost('method', 'tokens are bound to a seller, not to a request'),
  derived('url/authority', 'evidence/sender-key', 'is covered where the sender has to sign'),
  lost('url/path', 'tokens are bound to a seller, not to a request'),
  lost('url/query', 'tokens are bound to a seller, not to a request'),
  derived('header/signature', 'evidence/sender-key', 'is verified where a token names a key'),
  derived('header/signature-input', 'evidence/sender-key', 'is verified where a token names a key'),
  lost('header/**', 'AMP has no place for it'),
  lost('body/**', 'no token covers it'),
  lost('body', 'no token covers it'),
]

const kinds: Readonly<Record<KyaKind, Omit<MessageKind, 'direction'>>> = {
  identity: { name: 'request with a kya token', yields: 'identity', rules: [...message, ...both('kya')] },
  payment: {
    name: 'request with a pay or kya-pay token, perhaps beside a kya token',
    yields: 'identity, draft AUTONOMOUS',
    rules: [...message, ...both('kya'), ...money('pay'), ...both('pay'), ...money('kya-pay'), ...both('kya-pay')],
  },
}

export const kyaMessages: readonly MessageKind[] = Object.values(kinds).map((kind) => ({ ...kind, direction: 'in' }))
export const rulesOf = (kind: KyaKind): readonly FieldRule[] => kinds[kind].rules

const renamedField = (field: string): string => field.split('/').map(claimName).join('/')

const tokenFields = ({ type, jws }: Token): readonly string[] => [
  ...leavesOf(jws.header, `${type}/header`),
  ...leavesOf(jws.claims, `${type}/claims`).map(renamedField),
  `${type}/signature`,
]

/** Every field once, claims by their newer names: the header of tokens as their parts, the rest as in any message. */
export const kyaFieldsOf = ({ message: request, tokens }: KyaWire): readonly string[] => [
  ...fieldsOf(request).filter((field) => field !== 'header/kyapay-token'),
  ...tokens.flatMap(tokenFields),
]
