/** Visa Trusted Agent Protocol on the wire: which signature is its own, what the body objects hold, nothing believed. */
import { type InnerList, isInnerList, parseDictionary } from 'structured-headers'
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Detection } from '../adapter.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { type ForeignMessage, headerOf } from '../message.ts'
import { type Proposal, readProposal } from './proposal.ts'

/** The tag of a signature says what the agent is doing. */
export const interactions = { 'agent-browser-auth': 'browse', 'agent-payer-auth': 'payment' } as const
export type TapTag = keyof typeof interactions

/** Parameters a TAP signature has to have. Times are epoch seconds. */
export type TapParameters = {
  readonly created: number
  readonly expires: number
  readonly keyid: string
  readonly alg: string
  readonly nonce: string
  readonly tag: TapTag
}

/** A signed object of the body: every member but `signature` is signed. The last three may be missing: then unsigned. */
export type TapObject = {
  readonly members: JsonObject
  readonly nonce?: string
  readonly kid?: string
  readonly alg?: string
  readonly signature?: string
}

/** A TAP request, typed and untrusted. */
export type TapWire = {
  readonly message: ForeignMessage
  /** Label of the TAP signature, found by its tag. */
  readonly label: string
  /** Covered components with their parameters, as in the signature base. */
  readonly components: readonly string[]
  readonly parameters: TapParameters
  /** Further parameters of the signature, and labels of further signatures. */
  readonly otherParameters: readonly string[]
  readonly otherLabels: readonly string[]
  readonly consumer?: TapObject & { readonly idToken?: string }
  readonly container?: TapObject
  readonly iou?: TapObject
  readonly proposal?: Proposal
}

const malformed = (detail: string, field: string) => refuse('message-malformed', { detail, field })
const missing = (detail: string, field: string) => refuse('foreign-fields-missing', { detail, field })

/** A member of a dictionary header as it stands; `bare` is its text without what is quoted. */
type Member = { readonly label: string; readonly text: string; readonly bare: string }

/** Members of a dictionary header, in one walk: a parser would keep only the last of two with one label. */
const membersOf = (header: string): readonly Member[] => {
  const members: Member[] = []
  let [text, bare, isQuoted] = ['', '', false]
  const end = (): void => {
    if (text.trim() !== '') members.push({ label: /^\s*([^=\s;]*)/.exec(text)?.[1] ?? '', text: text.trim(), bare })
    text = ''
    bare = ''
  }
  for (let at = 0; at < header.length; at += 1) {
    const character = header[at] ?? ''
    if (character === ',' && !isQuoted) {
      end()
      continue
    }
    text += character
    if (character === '"') isQuoted = !isQuoted
    else if (!isQuoted) bare += character
    else if (character === '\\') {
      at += 1
      text += header[at] ?? ''
    }
  }
  end()
  return members
}

/** A tag of TAP in a member whatever its form: also where it cannot be parsed. */
const tagged = /;\s*tag\s*=\s*"?(agent-browser-auth|agent-payer-auth)\b/

const bodyOf = (message: ForeignMessage): JsonObject => (isObject(message.json) ? message.json : {})

/** Finds TAP by the tag of a signature, or by its objects in the body; never by label or position. */
export const detect = (message: ForeignMessage): Detection => {
  const inputs = membersOf(headerOf(message, 'signature-input') ?? '')
  const tags = inputs.flatMap(({ text }) => tagged.exec(text)?.[1] ?? [])
  const objects = ['agenticConsumer', 'agenticPaymentContainer'].filter((name) => Object.hasOwn(bodyOf(message), name))
  const reasons = [
    ...tags.map((tag) => `a signature is tagged ${tag}`),
    ...objects.map((name) => `the body has ${name}`),
  ]
  if (reasons.length > 0) return { mine: true, reasons }
  return { mine: false, reasons: ['no signature is tagged agent-browser-auth or agent-payer-auth'] }
}

type SignatureInput = Pick<TapWire, 'label' | 'components' | 'parameters' | 'otherParameters' | 'otherLabels'>

/** The form of the sample repository: a parameter `keyId`, or spaces between parameters. Its base is not RFC 9421's. */
const sampleForm = /;\s+[a-z]|;\s*keyId\s*=/

const readSignatureInput = (message: ForeignMessage): Outcome<SignatureInput> => {
  const inputs = membersOf(headerOf(message, 'signature-input') ?? '')
  const mine = inputs.filter(({ text }) => tagged.test(text))
  const [own] = mine
  if (!own || headerOf(message, 'signature') === undefined)
    return refuse('foreign-signature-missing', { detail: 'no signature with a TAP tag comes with the request' })
  if (mine.length > 1) return malformed('two signatures have a TAP tag', 'header/signature-input')
  if (sampleForm.test(own.bare))
    return refuse('foreign-wire-form-unsupported', {
      detail: 'the signature input is in the form of the sample repository (keyId or spaces), which is not RFC 9421',
      field: 'header/signature-input',
    })
  const labels = inputs.map(({ label }) => label)
  try {
    const input = parseDictionary(own.text).get(own.label)
    if (input && isInnerList(input)) return readParameters(own.label, input, labels)
  } catch {
    // Told below: the parser's own words would repeat the header.
  }
  return malformed('the signature input is not a structured field', 'header/signature-input')
}

const names = ['created', 'expires', 'keyid', 'alg', 'nonce', 'tag'] as const
const textMax = 256

const readParameters = (label: string, [items, map]: InnerList, labels: readonly string[]): Outcome<SignatureInput> => {
  const values: Record<string, unknown> = Object.fromEntries(map)
  for (const name of names) {
    const value = values[name]
    const field = `signature/${name}`
    if (value === undefined || value === '') return missing(`the signature has no ${name}`, field)
    const isTime = name === 'created' || name === 'expires'
    if (
      isTime ? !Number.isSafeInteger(value) || Number(value) < 0 : typeof value !== 'string' || value.length > textMax
    )
      return malformed(`the parameter ${name} is not of its type`, field)
  }
  if (!Object.hasOwn(interactions, String(values.tag))) return malformed('the signature has two tags', 'signature/tag')
  const components = items.map(
    ([name, parameters]) => `${String(name)}${[...parameters.keys()].map((key) => `;${key}`).join('')}`,
  )
  for (const needed of ['@authority', '@path'])
    if (!components.includes(needed)) return missing(`the signature does not cover ${needed}`, 'signature/components')
  const { created, expires, keyid, alg, nonce, tag } = values as TapParameters
  return accept({
    label,
    components,
    parameters: { created, expires, keyid, alg, nonce, tag },
    otherParameters: [...map.keys()].filter((name) => !names.some((known) => known === name)),
    otherLabels: labels.filter((other) => other !== label),
  })
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
  const input = readSignatureInput(message)
  if (!input.ok) return input
  const objects = readObjects(body)
  if (!objects.ok) return objects
  const wire = { message, ...input.value, ...objects.value }
  if (interactions[input.value.parameters.tag] === 'browse') return accept(wire)
  const proposal = readProposal(body)
  if (!proposal.ok) return proposal
  return accept({ ...wire, ...(proposal.value ? { proposal: proposal.value } : {}) })
}
