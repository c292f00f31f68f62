/** The fate of every field of TACP messages. */
import { carried, derived, type FieldRule, lost } from '../accounting.ts'
import type { MessageKind } from '../adapter.ts'
import { leavesOf } from '../json.ts'
import { fieldsOf } from '../message.ts'
import type { TacWire } from './wire.ts'

const person = 'personal data of the consumer; AMP does not need it'
const message: readonly FieldRule[] = [
  lost('method', 'the message is bound to its recipient, not to a request'),
  lost('url/**', 'the message is bound to its recipient, not to a request'),
  lost('header/**', 'AMP has no place for it'),
]

export const sealedRules: readonly FieldRule[] = [
  ...message,
  derived('body/recipients/**', 'evidence/envelope', 'are counted; the bridge holds no key that could open one'),
  derived('body/version', 'evidence/envelope', 'tells the version'),
  derived('body', 'evidence/envelope', 'is an envelope in base64; the bridge holds no key that could open it'),
  lost('body/**', 'AMP has no place for it'),
]

export const openedRules: readonly FieldRule[] = [
  ...message,
  derived('tac/header/**', 'evidence/message', 'type, algorithm and key of the issuer'),
  derived('tac/signature', 'evidence/message', 'is verified with the key of the issuer'),
  carried('tac/claims/iss', 'identity/agent/id'),
  carried('tac/claims/aud', 'identity/audience'),
  carried('tac/claims/iat', 'identity/created'),
  carried('tac/claims/exp', 'identity/expires'),
  derived('tac/claims/jti', 'nothing of AMP', 'is recorded against replay'),
  derived('tac/claims/session/consent', 'evidence/consent', 'is said to be there: words are not a mandate'),
  derived('tac/claims/session/intent', 'evidence/consent', 'is said to be there: words are not a mandate'),
  lost('tac/claims/**', person),
  lost('body/**', 'AMP has no place for it'),
]

export const tacMessages: readonly MessageKind[] = [
  { name: 'sealed envelope', direction: 'in', yields: 'identity', rules: sealedRules },
  { name: 'opened message', direction: 'in', yields: 'identity', rules: openedRules },
]

/** Every field once: an opened message as its parts, the rest as in any message. */
export const tacFieldsOf = ({ message: request, content }: TacWire): readonly string[] =>
  content.kind === 'sealed'
    ? fieldsOf(request)
    : [
        ...fieldsOf(request).filter((field) => field !== 'body/tac'),
        ...leavesOf(content.jws.header, 'tac/header'),
        ...leavesOf(content.jws.claims, 'tac/claims'),
        'tac/signature',
      ]
