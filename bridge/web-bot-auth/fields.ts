/** The fate of every field of a Web Bot Auth request. */
import { carried, derived, type FieldRule, lost } from '../accounting.ts'
import type { MessageKind } from '../adapter.ts'

const rules: readonly FieldRule[] = [
  lost('method', 'the signature does not have to cover it'),
  carried('url/authority', 'identity/audience'),
  lost('url/path', 'an identity is not tied to what is looked at'),
  lost('url/query', 'an identity is not tied to what is looked at'),
  carried('signature/keyid', 'identity/keyid'),
  derived('signature/alg', 'identity/algorithm', 'has to be that of the key; written as JOSE does'),
  carried('signature/created', 'identity/created'),
  carried('signature/expires', 'identity/expires'),
  derived('signature/tag', 'identity/interaction', 'web-bot-auth identifies, and never asks to pay'),
  derived('signature/nonce', 'nothing of AMP', 'is recorded against replay; AMP makes its own nonces'),
  derived('signature/label', 'evidence/http-signature', 'names the signature; it is found by its tag'),
  derived('signature/components', 'evidence/http-signature', 'have to include @authority or @target-uri'),
  derived('signature/value', 'evidence/http-signature', 'is verified with the key of the directory'),
  lost('signature-parameter/*', 'a parameter the draft does not have'),
  lost('signature-other/*', 'a signature with another tag is for somebody else'),
  derived('header/signature-agent', 'identity/agent', 'names the agent; key and URL have to be known as a pair'),
  derived('header/content-digest', 'evidence/http-signature', 'is checked where the signature covers it'),
  lost('header/**', 'an identity needs nothing of it'),
  lost('body/**', 'an identity never opens a payment path'),
  lost('body', 'an identity never opens a payment path'),
]

export const botMessages: readonly MessageKind[] = [
  { name: 'request, web-bot-auth', direction: 'in', yields: 'identity', rules },
]
export const botRules = rules
