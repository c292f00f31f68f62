/** The fate of every field of an Agent Pay request. */
import { carried, derived, type FieldRule, lost, refused } from '../accounting.ts'
import type { MessageKind } from '../adapter.ts'
import { signedFieldsOf } from '../http-signature.ts'
import { type IntentKind, intentFieldsOf, rulesOf as intentRulesOf } from '../verifiable-intent/fields.ts'
import type { AgentPayWire } from './wire.ts'

const always: readonly FieldRule[] = [
  carried('url/authority', 'identity/audience'),
  lost('method', 'the signature does not have to cover it'),
  lost('url/**', 'the signature does not have to cover it'),
  carried('signature/keyid', 'identity/keyid'),
  derived('signature/alg', 'identity/algorithm', 'has to be that of the key; written as JOSE does'),
  carried('signature/created', 'identity/created'),
  carried('signature/expires', 'identity/expires'),
  derived('signature/nonce', 'nothing of AMP', 'is recorded against replay; AMP makes its own nonces'),
  derived('signature/*', 'evidence/http-signature', 'is verified with the key of the directory'),
  lost('signature-parameter/*', 'a parameter that means nothing here'),
  lost('signature-other/*', 'a signature with another tag is for somebody else'),
  derived('header/content-digest', 'evidence/http-signature', 'has to be that of the body'),
  derived('header/signature-agent', 'evidence/http-signature', 'the key is known by its id'),
  lost('header/**', 'AMP has no place for it'),
  derived('body/srcDigitalCardId', 'evidence/agentic-token', 'a reference to a token is said to be there'),
  lost('body/srcCorrelationId', 'an id of another rail'),
  derived(
    'body/dynamicDataType',
    'evidence/agentic-token',
    'a kind of dynamic data is named; the data itself is refused',
  ),
  derived('body/eci', 'evidence/authentication', 'is said to be there: liability does not cross rails'),
  derived('body/assuranceData/**', 'evidence/authentication', 'is said to be there: liability does not cross rails'),
  derived('body/assertionJWT', 'evidence/authentication', 'is said to be there: liability does not cross rails'),
  refused('body/dynamicData/**', 'a dynamic code or cryptogram is card data'),
  refused('body/token/paymentToken', 'a network token is card data'),
  refused('body/encryptedPayload', 'an encrypted card stays on its own rail'),
]

const rest = lost('body/**', 'the schema of Agent Pay is not public')

/** The layers of a bundle are accounted as Verifiable Intent has them, but for what the request itself says. */
const bundleRules = (kind: IntentKind): readonly FieldRule[] =>
  intentRulesOf(kind).map((rule) =>
    rule.fate === 'carried' && /^identity\//.test(rule.to)
      ? derived(rule.field, 'evidence/intent', 'the sender is proven by the request')
      : rule,
  )

const layersOnly = (rules: readonly FieldRule[]): readonly FieldRule[] =>
  rules.filter(({ field }) => /^l[123]/.test(field))

export type AgentPayKind = 'token' | IntentKind

const intents: readonly IntentKind[] = ['final', 'open', 'executed', 'checkout-only']
const rules = Object.fromEntries([
  ['token', [...always, rest]],
  ...intents.map((kind) => [kind, [...always, ...layersOnly(bundleRules(kind)), rest]]),
]) as Readonly<Record<AgentPayKind, readonly FieldRule[]>>

/** The rules of a request without a bundle, or with one of a kind. */
export const rulesOf = (kind: AgentPayKind): readonly FieldRule[] => rules[kind]

export const agentPayMessages: readonly MessageKind[] = [
  { name: 'request with an agentic token', direction: 'in', yields: 'identity', rules: rulesOf('token') },
  {
    name: 'request with final mandates',
    direction: 'in',
    yields: 'identity, draft IMMEDIATE',
    rules: rulesOf('final'),
  },
  { name: 'request with open mandates', direction: 'in', yields: 'identity, draft AUTONOMOUS', rules: rulesOf('open') },
]

/** Every field once: signature headers as their parts, layers as Verifiable Intent has them. */
export const agentPayFieldsOf = (wire: AgentPayWire): readonly string[] => {
  const { message, bundle } = wire
  const own = signedFieldsOf(message, wire)
  if (!bundle) return own
  const layers = intentFieldsOf(bundle).filter((field) => /^l[123][ab]?\//.test(field))
  const texts = new Set(
    ['l1', 'l2', 'l3a', 'l3b'].filter((name) => name in bundle.layers).map((name) => `${bundle.at}/${name}`),
  )
  return [...own.filter((field) => !texts.has(field)), ...layers]
}
