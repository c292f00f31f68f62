/** The Payment scheme in a message: challenges an agent brings, or a credential it sends, in headers, in MCP, or as they are. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Detection } from '../adapter.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { type ForeignMessage, headerOf } from '../message.ts'
import {
  type Challenge,
  type Credential,
  challengeOf,
  credentialOf,
  credentialsIn,
  decode,
  holdsOthers,
  readChallenges,
} from './codec.ts'
import { methodName } from './offer.ts'

type Found = {
  readonly message: ForeignMessage
  /** The field of the message that holds it, and the JSON it stands for. */
  readonly place: string
  readonly json: Json
  /** Something else stands in the same header. */
  readonly isShared: boolean
}

export type Due = Found & { readonly kind: 'required'; readonly challenges: readonly Challenge[] }
export type Paid = Found & { readonly kind: 'credential'; readonly credential: Credential }
export type MppWire = Due | Paid

const step = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')
const at = (json: Json | undefined, path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>((value, name) => (isObject(value) ? member(value, name) : undefined), json)

const credentialKey = 'org.paymentauth/credential'

/** Where MCP has it; bare objects are what a developer pastes. */
const credentialPaths: readonly (readonly string[])[] = [
  ['params', '_meta', credentialKey],
  ['_meta', credentialKey],
  [],
]
const challengePaths: readonly (readonly string[])[] = [['error', 'data', 'challenges'], ['challenges']]

const looksLikeCredential = (value: Json | undefined): value is JsonObject =>
  isObject(value) && isObject(member(value, 'challenge')) && Object.hasOwn(value, 'payload')
const looksLikeChallenges = (value: Json | undefined): value is readonly Json[] =>
  Array.isArray(value) && value.length > 0 && value.every((each) => isObject(each) && Object.hasOwn(each, 'intent'))

type Spot = { readonly kind: MppWire['kind']; readonly place: string; readonly header?: string; readonly json?: Json }

export const spotOf = (message: ForeignMessage): Spot | undefined => {
  for (const name of ['authorization', 'payment-authorization']) {
    const header = headerOf(message, name)
    if (header !== undefined && /(^|,)\s*Payment\s/i.test(header))
      return { kind: 'credential', place: `header/${name}`, header }
  }
  const header = headerOf(message, 'www-authenticate')
  if (header !== undefined && /(^|,)\s*Payment\s/i.test(header))
    return { kind: 'required', place: 'header/www-authenticate', header }
  const place = (path: readonly string[]): string => ['body', ...path.map(step)].join('/')
  for (const path of credentialPaths) {
    const json = at(message.json, path)
    if (looksLikeCredential(json)) return { kind: 'credential', place: place(path), json }
  }
  for (const path of challengePaths) {
    const json = at(message.json, path)
    if (looksLikeChallenges(json)) return { kind: 'required', place: place(path), json }
  }
  return undefined
}

/** Whether what stands there pays by the `amp` method: that is for the server that asked, and goes on to it. */
const isForServer = ({ kind, header, json }: Spot): boolean => {
  if (kind !== 'credential') return false
  const credential = credentialOf(header === undefined ? json : decode(credentialsIn(header)[0] ?? ''))
  return credential?.challenge.method === methodName
}

/** Finds the scheme by its name in a header, or by the shapes of its MCP transport. */
export const detect = (message: ForeignMessage): Detection => {
  const spot = spotOf(message)
  if (!spot) return { mine: false, reasons: ['no header and no MCP message holds the Payment scheme'] }
  if (isForServer(spot))
    return { mine: false, reasons: [`${spot.place} pays by the amp method, which the server that asked settles`] }
  const what = spot.kind === 'required' ? 'challenge' : 'credential'
  return { mine: true, reasons: [`${spot.place} holds a ${what} of the Payment scheme`] }
}

const malformed = (detail: string, field: string) => refuse('message-malformed', { detail, field })

const parseCredential = (message: ForeignMessage, { place, header, json }: Spot): Outcome<MppWire> => {
  const texts = header === undefined ? [] : credentialsIn(header)
  if (texts.length > 1) return malformed('a request carries one credential', place)
  const sent = header === undefined ? json : decode(texts[0] ?? '')
  const credential = credentialOf(sent)
  if (!credential || !isObject(sent)) return malformed('it is no credential of the Payment scheme', place)
  const isShared = header !== undefined && /^\s*Payment\s+\S+\s*$/i.test(header) === false
  // What is signed for is what the request says, so its members are accounted for, not their encoding.
  const challenge = { ...(member(sent, 'challenge') as JsonObject), request: credential.challenge.request }
  return accept({ kind: 'credential', message, place, credential, json: { ...sent, challenge }, isShared })
}

const parseChallenges = (message: ForeignMessage, { place, header, json }: Spot): Outcome<MppWire> => {
  const challenges =
    header === undefined
      ? (json as readonly Json[]).map((each) => {
          const request = isObject(each) ? member(each, 'request') : undefined
          const read = typeof request === 'string' ? decode(request) : request
          return isObject(each) && read !== undefined ? challengeOf({ ...each, request: read }) : undefined
        })
      : (readChallenges(header) ?? [undefined])
  if (challenges.length === 0 || !challenges.every((each): each is Challenge => each !== undefined))
    return malformed('it is no challenge of the Payment scheme', place)
  const isShared = header !== undefined && holdsOthers(header)
  const members =
    header === undefined
      ? (json as readonly JsonObject[]).map((each, index) => ({ ...each, request: challenges[index]?.request ?? {} }))
      : challenges
  return accept({ kind: 'required', message, place, challenges, json: members as unknown as Json, isShared })
}

/** Reads the challenges or the credential of a message. */
export const parse = (message: ForeignMessage): Outcome<MppWire> => {
  const spot = spotOf(message)
  if (!spot) return malformed('it holds nothing of the Payment scheme', 'body')
  return spot.kind === 'credential' ? parseCredential(message, spot) : parseChallenges(message, spot)
}
