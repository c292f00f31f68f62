/** Answers in UCP's shape: the buyer has to review at the wallet, or what is wrong with the message. */
import type { Answered, OutboundMessage } from '../adapter.ts'
import type { ForeignMessage } from '../message.ts'
import { errorBody } from './from-amp.ts'
import { isUcpVersion, type UcpVersion, ucpNewest } from './versions.ts'
import { parse } from './wire.ts'

/** Refusals of the signature, the profile and the idempotency key have statuses and codes of their own. */
const transport: Readonly<Record<string, readonly [status: number, code: string]>> = {
  'foreign-signature-missing': [401, 'signature_missing'],
  'foreign-signature-invalid': [401, 'signature_invalid'],
  'foreign-agent-unknown': [401, 'key_not_found'],
  'foreign-key-mismatch': [400, 'algorithm_unsupported'],
  'foreign-algorithm-not-allowed': [400, 'algorithm_unsupported'],
  'foreign-object-mismatch': [400, 'digest_mismatch'],
  'foreign-wire-form-unsupported': [422, 'version_unsupported'],
  'foreign-nonce-replayed': [409, 'idempotency_key_reused'],
  'directory-unavailable': [503, 'profile_unreachable'],
}

const versionOf = (message: ForeignMessage): UcpVersion => {
  const wire = parse(message)
  return wire.ok && isUcpVersion(wire.value.version) ? wire.value.version : ucpNewest
}

/** The answer to a message. What only identifies its sender has none: the business itself answers. */
export const answer = (message: ForeignMessage, answered: Answered): OutboundMessage | undefined => {
  if (answered.kind === 'identified') return undefined
  if (answered.kind === 'opened') {
    const body = {
      ucp: { version: versionOf(message), status: 'error' },
      messages: [
        {
          type: 'error',
          code: 'buyer_authorization_required',
          content: 'The buyer has to authorise the payment at the wallet',
          severity: 'requires_buyer_review',
        },
      ],
      continue_url: answered.session.authorizeUrl,
    }
    return { name: 'review', status: 200, body }
  }
  const { problem, status, title } = answered
  const own = transport[problem.code]
  if (own) return { name: 'error', status: own[0], body: { code: own[1], content: problem.detail ?? title } }
  const refusal = { ...problem, title, retry: 'never' as const }
  return { name: 'error', status, body: errorBody(refusal, versionOf(message)) }
}
