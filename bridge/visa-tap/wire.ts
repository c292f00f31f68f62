/** Visa Trusted Agent Protocol on the wire: which signature is its own, what the body objects hold, nothing believed. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Detection } from '../adapter.ts'
import { type HttpSignature, readHttpSignature, type SignatureProfile, tagsOf } from '../http-signature.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import type { ForeignMessage } from '../message.ts'
import { type Proposal, readProposal } from './proposal.ts'

/** The tag of a signature says what the agent is doing. */
export const interactions = { 'agent-browser-auth': 'browse', 'agent-payer-auth': 'payment' } as const
export type TapTag = keyof typeof interactions

/** Parameters a TAP signature has to have. Times are epoch seconds. */
export type TapParameters = Required<HttpSignature['parameters']> & { readonly tag: TapTag }

/** A signed object of the body: every member but `signature` is signed. The last three may be missing: then unsigned. */
export type TapObject = {
  readonly members: JsonObject
  readonly nonce?: string
  readonly kid?: string
  readonly alg?: string
  readonly signature?: string
}

/** A TAP request, typed and untrusted. */
export type TapWire = HttpSignature & {
  readonly message: ForeignMessage
  readonly parameters: TapParameters
  readonly consumer?: TapObject & { readonly idToken?: string }
  readonly container?: TapObject
  readonly iou?: TapObject
  readonly proposal?: Proposal
}

const malformed = (detail: string, field: string) => refuse('message-malformed', { detail, field })
const missing = (detail: string, field: string) => refuse('foreign-fields-missing', { detail, field })

/** The profile of TAP: eight minutes, and no part may be left out. */
export const tapProfile: SignatureProfile = {
  name: 'TAP',
  tags: Object.keys(interactions),
  covers: [['@authority'], ['@path']],
  needs: ['alg', 'nonce'],
  windowMax: 480,
}

const bodyOf = (message: ForeignMessage): JsonObject => (isObject(message.json) ? message.json : {})

/** Finds TAP by the tag of a signature, or by its objects in the body; never by label or position. */
export const detect = (message: ForeignMessage): Detection => {
  const tags = tagsOf(message, tapProfile.tags)
  const objects = ['agenticConsumer', 'agenticPaymentContainer'].filter((name) => Object.hasOwn(bodyOf(message), name))
  const reasons = [
    ...tags.map((tag) => `a signature is tagged ${tag}`),
    ...objects.map((name) => `the body has ${name}`),
  ]
  if (reasons.length > 0) return { mine: true, reasons }
  return { mine: false, reasons: ['no signature is tagged agent-browser-auth or agent-payer-auth'] }
}

/** Reads one signed object of the body; nothing where it is absent. */
const readObject = (value: Json | undefined, field: string, nonceNeeded: boolean): Outcome<TapObject | undefined> => {
  if (value === undefined) return accept(undefined)
  if (!isObject(value)) return malformed('the object is not one', field)
  const texts: Record<string, string> = {}
  for (const name of ['nonce', 'kid', 'alg', 'signature']) {
    const text = member(value, name)
    if (text === undefined) continue
    if (typeof text !== 'string' || text.length > 2_048) return malformed(`${name} is not a string`, `${field}/${name}`)
    texts[name] = text
  }
  if (nonceNeeded && texts.nonce === undefined) return missing('the object has no nonce', `${field}/nonce`)
  return accept({ members: value, ...texts })
}

/** Parts of a payment container that are card data under another name. */
const cardParts = ['payload', 'credentialHash']

const readObjects = (body: JsonObject): Outcome<Pick<TapWire, 'consumer' | 'container' | 'iou'>> => {
  const consumer = readObject(member(body, 'agenticConsumer'), 'body/agenticConsumer', true)
  if (!consumer.ok) return consumer
  const container = readObject(member(body, 'agenticPaymentContainer'), 'body/agenticPaymentContainer', true)
  if (!container.ok) return container
  const parts = container.value?.members ?? {}
  if (cardParts.some((name) => Object.hasOwn(parts, name)))
    return refuse('card-data-present', { detail: 'the payment container carries a card credential', field: 'body' })
  const iou = readObject(member(parts, 'browsingIOU'), 'body/agenticPaymentContainer/browsingIOU', false)
  if (!iou.ok) return iou
  const idToken = member(consumer.value?.members ?? {}, 'idToken')
  if (idToken !== undefined && typeof idToken !== 'string')
    return malformed('the ID token is not a string', 'body/agenticConsumer/idToken')
  return accept({
    ...(consumer.value ? { consumer: { ...consumer.value, ...(idToken === undefined ? {} : { idToken }) } } : {}),
    ...(container.value ? { container: container.value } : {}),
    ...(iou.value ? { iou: iou.value } : {}),
  })
}

/**
 * Reads a TAP request. Refuses a request without a TAP signature, in the wire form of the sample repository, without a
 * required part, or with a card credential; the proposal beside the objects is read only where the tag asks to pay.
 */
export const parse = (message: ForeignMessage): Outcome<TapWire> => {
  const body = bodyOf(message)
  const signature = readHttpSignature(message, tapProfile)
  if (!signature.ok) return signature
  const parameters = signature.value.parameters as TapParameters
  const objects = readObjects(body)
  if (!objects.ok) return objects
  const wire = { message, ...signature.value, parameters, ...objects.value }
  if (interactions[parameters.tag] === 'browse') return accept(wire)
  const proposal = readProposal(body)
  if (!proposal.ok) return proposal
  return accept({ ...wire, ...(proposal.value ? { proposal: proposal.value } : {}) })
}
