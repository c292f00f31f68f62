/** Mastercard Agent Pay on the wire, as far as it is public: metadata of an agentic token beside a signed request. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Detection, Settings } from '../adapter.ts'
import { type HttpSignature, readHttpSignature, type SignatureProfile } from '../http-signature.ts'
import { isObject, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { Misconfigured } from '../keys.ts'
import type { ForeignMessage } from '../message.ts'
import * as intent from '../verifiable-intent/wire.ts'

/** A request, typed and untrusted. `bundle` is the Verifiable Intent beside the token, where there is one. */
export type AgentPayWire = HttpSignature & {
  readonly message: ForeignMessage
  readonly body: JsonObject
  readonly bundle?: intent.IntentWire
}

/** Members that public pages name; one of the first two makes a message theirs. */
const marks = ['srcDigitalCardId', 'srcCorrelationId'] as const

/** Tags of signatures are not public: the operator may name others than that of Web Bot Auth. */
export const profileOf = (settings: Settings): SignatureProfile => {
  const tags = member(settings.protocols?.['mastercard-agent-pay'] ?? {}, 'tags') ?? ['web-bot-auth']
  if (!Array.isArray(tags) || tags.length === 0 || !tags.every((tag): tag is string => typeof tag === 'string'))
    throw new Misconfigured('mastercard-agent-pay: tags is a list of signature tags')
  return {
    name: 'Agent Pay',
    tags,
    covers: [['@authority', '@target-uri'], ['content-digest']],
    needs: ['nonce'],
    windowMax: 480,
  }
}

/** Finds it by the members of an agentic token; never by the signature, which it shares with Web Bot Auth. */
export const detect = ({ json }: ForeignMessage): Detection => {
  const found = isObject(json) ? marks.filter((name) => Object.hasOwn(json, name)) : []
  if (found.length > 0) return { mine: true, reasons: found.map((name) => `the body has ${name}`) }
  return { mine: false, reasons: ['the body has no srcDigitalCardId or srcCorrelationId'] }
}

/** What a checkout may ask for; both kinds are delivered to the merchant's own rail, never through here. */
const dynamicTypes = [
  'DYNAMIC_CARD_SECURITY_CODE',
  'CARD_APPLICATION_CRYPTOGRAM_SHORT_FORM',
  'CARD_APPLICATION_CRYPTOGRAM_LONG_FORM',
]

/** Reads a request; the signature is read by the profile when it is verified, for the operator names its tags. */
export const parseWith = (message: ForeignMessage, profile: SignatureProfile): Outcome<AgentPayWire> => {
  const body = message.json
  if (!isObject(body)) return refuse('message-malformed', { detail: 'the body is not a JSON object', field: 'body' })
  const signature = readHttpSignature(message, profile)
  if (!signature.ok) return signature
  const kind = textOf(body, 'dynamicDataType')
  if (kind !== undefined && !dynamicTypes.includes(kind))
    return refuse('message-malformed', {
      detail: 'the kind of dynamic data is not public',
      field: 'body/dynamicDataType',
    })
  if (!isObject(member(body, 'verifiable_intent'))) return accept({ message, ...signature.value, body })
  const bundle = intent.parse(message)
  return bundle.ok ? accept({ message, ...signature.value, body, bundle: bundle.value }) : bundle
}
