/** HTTP message signatures (RFC 9421) as the protocols profile them: found by tag, read strictly, verified over one base. */
import { createHash } from 'node:crypto'
import { isSignatureError, type RequestDescriptor, SignatureErrorCode, verifySignature } from 'http-message-sig'
import { type InnerList, isInnerList, parseDictionary } from 'structured-headers'
import { accept, type Outcome, type Refusal, refuse } from '../reference/core/outcome.ts'
import type { BridgeContext } from './adapter.ts'
import type { TrustedKey } from './keys.ts'
import { type ForeignMessage, fieldsOf, headerOf } from './message.ts'
import { isSignedBy, type SignatureAlgorithm } from './signatures.ts'

/** Parameters of a signature. Times are epoch seconds. */
export type SignatureParameters = {
  readonly created: number
  readonly expires: number
  readonly keyid: string
  readonly tag: string
  readonly alg?: string
  readonly nonce?: string
}

/** What a protocol asks of its signatures. */
export type SignatureProfile = {
  /** The protocol in words, for refusals. */
  readonly name: string
  readonly tags: readonly string[]
  /** Components that have to be covered; of a list with several, one. */
  readonly covers: readonly (readonly string[])[]
  /** Parameters that have to be there, besides created, expires, keyid and tag. */
  readonly needs: readonly ('alg' | 'nonce')[]
  /** Seconds from created to expires, at most. */
  readonly windowMax: number
}

/** A signature as read: typed, untrusted. */
export type HttpSignature = {
  /** Label of the signature, found by its tag. */
  readonly label: string
  /** Covered components with their parameters, `name;key=value`. */
  readonly components: readonly string[]
  readonly parameters: SignatureParameters
  /** Further parameters of the signature, and labels of further signatures. */
  readonly otherParameters: readonly string[]
  readonly otherLabels: readonly string[]
}

/** A signature whose protocol has its own rules for times, tag and key: what verification itself needs. */
export type VerifiableSignature = Omit<HttpSignature, 'parameters'> & {
  readonly parameters: Partial<SignatureParameters>
}

const skew = 60
const textMax = 256
const malformed = (detail: string, field: string) => refuse('message-malformed', { detail, field })
const missing = (detail: string, field: string) => refuse('foreign-fields-missing', { detail, field })

/** A member of a dictionary header as it stands; `bare` is its text without what is quoted. */
type Member = { readonly label: string; readonly text: string; readonly bare: string }

/** Members of a dictionary header, in one walk: a parser would keep only the last of two with one label. */
const membersOf = (header: string): readonly Member[] => {
  // Nothing escaped and every quote closed: the same, told faster.
  if (!header.includes('\\') && header.split('"').length % 2 === 1)
    return (header.match(/(?:[^",]+|"[^"]*")+/g) ?? []).flatMap((text) =>
      text.trim() === ''
        ? []
        : [{ label: /^\s*([^=\s;]*)/.exec(text)?.[1] ?? '', text: text.trim(), bare: text.replace(/"[^"]*"/g, '"') }],
    )
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

const inputHeader = 'header/signature-input'

/** Read once for the message looked at last: every adapter asks for it, and the header of a stranger may be long. */
let latest: { readonly header: string; readonly members: readonly Member[] } | undefined
const inputsOf = (message: ForeignMessage): readonly Member[] => {
  const header = headerOf(message, 'signature-input') ?? ''
  if (latest?.header !== header) latest = { header, members: membersOf(header) }
  return latest.members
}

/** One of these tags in a member whatever its form: also where it cannot be parsed. */
const tagIn = (text: string, tags: readonly string[]): string | undefined => {
  const found = /;\s*tag\s*=\s*"?([A-Za-z0-9._-]+)(?=["\s;,]|$)/g
  return [...text.matchAll(found)].map(([, tag]) => tag).find((tag) => tag !== undefined && tags.includes(tag))
}

/** The tags of a list that signatures of the message carry. */
export const tagsOf = (message: ForeignMessage, tags: readonly string[]): readonly string[] =>
  inputsOf(message).flatMap(({ text }) => tagIn(text, tags) ?? [])

/** The form of Visa's sample repository: a parameter `keyId`, or spaces between parameters. Its base is not RFC 9421's. */
const sampleForm = /;\s+[a-z]|;\s*keyId\s*=/

const nameOf = ([name, parameters]: InnerList[0][number]): string =>
  `${String(name)}${[...parameters].map(([key, value]) => (value === true ? `;${key}` : `;${key}=${String(value)}`)).join('')}`

const readParameters = (
  label: string,
  [items, map]: InnerList,
  labels: readonly string[],
  profile: SignatureProfile,
): Outcome<HttpSignature> => {
  const values: Record<string, unknown> = Object.fromEntries(map)
  const names = ['created', 'expires', 'keyid', 'alg', 'nonce', 'tag'] as const
  for (const name of names) {
    const value = values[name]
    const field = `signature/${name}`
    const isOptional = (name === 'alg' || name === 'nonce') && !profile.needs.includes(name)
    if (isOptional && value === undefined) continue
    if (value === undefined || value === '') return missing(`the signature has no ${name}`, field)
    const isTime = name === 'created' || name === 'expires'
    if (
      isTime ? !Number.isSafeInteger(value) || Number(value) < 0 : typeof value !== 'string' || value.length > textMax
    )
      return malformed(`the parameter ${name} is not of its type`, field)
  }
  if (!profile.tags.includes(String(values.tag))) return malformed('the signature has two tags', 'signature/tag')
  const components = items.map(nameOf)
  for (const alternatives of profile.covers)
    if (!alternatives.some((name) => components.includes(name)))
      return missing(`the signature does not cover ${alternatives.join(' or ')}`, 'signature/components')
  const { created, expires, keyid, tag, alg, nonce } = values as SignatureParameters
  return accept({
    label,
    components,
    parameters: {
      created,
      expires,
      keyid,
      ...(alg === undefined ? {} : { alg }),
      ...(nonce === undefined ? {} : { nonce }),
      tag,
    },
    otherParameters: [...map.keys()].filter((name) => !names.some((known) => known === name)),
    otherLabels: labels.filter((other) => other !== label),
  })
}

/** Reads the one signature with a tag of the profile. Refuses none, two, the sample's form, and missing parts. */
export const readHttpSignature = (message: ForeignMessage, profile: SignatureProfile): Outcome<HttpSignature> => {
  const members = inputsOf(message)
  const mine = members.filter(({ text }) => tagIn(text, profile.tags) !== undefined)
  const [own] = mine
  if (!own || headerOf(message, 'signature') === undefined)
    return refuse('foreign-signature-missing', { detail: `no signature with a tag of ${profile.name} comes with it` })
  if (mine.length > 1) return malformed(`two signatures have a tag of ${profile.name}`, inputHeader)
  if (sampleForm.test(own.bare))
    return refuse('foreign-wire-form-unsupported', {
      detail: 'the signature input is in the form of the sample repository (keyId or spaces), which is not RFC 9421',
      field: inputHeader,
    })
  const labels = members.map(({ label }) => label)
  try {
    const input = parseDictionary(own.text).get(own.label)
    if (input && isInnerList(input)) return readParameters(own.label, input, labels, profile)
  } catch {
    // Told below: the parser's own words would repeat the header.
  }
  return malformed('the signature input is not a structured field', inputHeader)
}

/** Judges the times of a signature by a profile, with 60 s for clocks that are ahead. */
export const checkTimes = (
  { created, expires }: Pick<SignatureParameters, 'created' | 'expires'>,
  windowMax: number,
  now: number,
): Refusal | undefined => {
  if (expires <= created || expires - created > windowMax)
    return {
      code: 'foreign-window-invalid',
      detail: `the window has to be 1 to ${windowMax} seconds`,
      field: 'signature/expires',
    }
  if (created > now + skew)
    return { code: 'foreign-not-yet-valid', detail: 'the signature was made in the future', field: 'signature/created' }
  if (expires <= now) return { code: 'foreign-expired', detail: 'the signature expired', field: 'signature/expires' }
  return undefined
}

/** The message as the verifier sees it: signature headers and what is covered, nothing else can disturb it. */
const descriptorOf = (message: ForeignMessage, { components }: VerifiableSignature): RequestDescriptor => {
  const covered = new Set(['signature', 'signature-input', ...components.map((name) => name.split(';')[0] ?? name)])
  const fields = message.fields.filter(({ name }) => covered.has(name.toLowerCase()))
  return { kind: 'request', method: message.method, targetUri: message.url, fields }
}

/** The base as the sample repository builds it, with the query inside `@path`; nothing where there is no query. */
const sampleBase = (base: Uint8Array, url: string): Uint8Array | undefined => {
  const query = url.indexOf('?')
  if (query < 0) return undefined
  const text = Buffer.from(base).toString('latin1')
  return Buffer.from(
    text.replace(/^"@path": .*$/m, (line) => line + url.slice(query)),
    'latin1',
  )
}

const wireFormRefusal: Refusal = {
  code: 'foreign-wire-form-unsupported',
  detail: 'the signature covers a path with the query in it, as the sample repository does; RFC 9421 has them apart',
  field: 'header/signature',
}

const checkBase = async (
  message: ForeignMessage,
  signature: VerifiableSignature,
  key: TrustedKey,
  algorithm: SignatureAlgorithm,
  now: number,
): Promise<Refusal | undefined> => {
  const claimed = signature.parameters.alg ?? algorithm
  let isSampleForm = false
  const holds = (base: Uint8Array, bytes: Uint8Array): boolean => {
    if (isSignedBy(key, algorithm, base, bytes)) return true
    const sample = sampleBase(base, message.url)
    isSampleForm = sample !== undefined && isSignedBy(key, algorithm, sample, bytes)
    return false
  }
  const requiredParameters = Object.keys(signature.parameters)
  try {
    await verifySignature(descriptorOf(message, signature), {
      label: signature.label,
      policy: { algorithms: [claimed], requiredComponents: [], requiredParameters, clockSkew: skew, now },
      resolveVerifier: () => ({ algorithm: claimed, verify: holds }),
    })
    return undefined
  } catch (error) {
    if (!isSignatureError(error)) throw error
    if (isSampleForm) return wireFormRefusal
    if (error.code === SignatureErrorCode.VerificationFailed)
      return { code: 'foreign-signature-invalid', detail: 'the signature does not hold', field: 'header/signature' }
    return { code: 'message-malformed', detail: 'the signature headers cannot be read', field: inputHeader }
  }
}

/** Checks a content digest (RFC 9530) the signature covers: a digest that is covered and not checked would bind nothing. */
const checkDigest = (message: ForeignMessage): Refusal | undefined => {
  const mismatch: Refusal = {
    code: 'foreign-object-mismatch',
    detail: 'the signed content digest is not that of the body',
    field: 'header/content-digest',
  }
  try {
    const digests = parseDictionary(headerOf(message, 'content-digest') ?? '')
    const known = (['sha-256', 'sha-512'] as const).filter((name) => digests.has(name))
    const holds = known.every((name) => {
      const digest = createHash(name.replace('-', '')).update(message.body).digest()
      const [value] = digests.get(name) ?? []
      return value instanceof ArrayBuffer && digest.equals(Buffer.from(value))
    })
    return known.length > 0 && holds ? undefined : mismatch
  } catch {
    return mismatch
  }
}

/** Whether a signature binds the body, by a content digest. */
export const coversBody = ({ components }: Pick<HttpSignature, 'components'>): boolean =>
  components.includes('content-digest')

/** Verifies a signature over the base of RFC 9421 and, where it covers a content digest, that digest. */
export const checkHttpSignature = async (
  message: ForeignMessage,
  signature: VerifiableSignature,
  key: TrustedKey,
  algorithm: SignatureAlgorithm,
  now: number,
): Promise<Refusal | undefined> =>
  (await checkBase(message, signature, key, algorithm, now)) ??
  (coversBody(signature) ? checkDigest(message) : undefined)

const unavailable = (detail: string) => refuse('directory-unavailable', { detail })

/**
 * Records that a signed message was taken, to be called only after its signature holds. `parts` name the protocol, the
 * directory or issuer, the key and the nonce. Fails closed with `directory-unavailable`.
 */
export const takeOnce = async (
  parts: readonly string[],
  expires: number,
  { nonces, now }: Pick<BridgeContext, 'nonces' | 'now'>,
  field: string,
): Promise<Outcome<'fresh'>> => {
  try {
    const verdict = await nonces.record(JSON.stringify(parts), expires, now)
    if (verdict === 'fresh') return accept(verdict)
    if (verdict === 'full') return unavailable('the nonce store has no room')
  } catch {
    return unavailable('the nonce store cannot be reached')
  }
  return refuse('foreign-nonce-replayed', { detail: 'the nonce was used before', field })
}

/** Asks a directory; one that cannot be read refuses the message (fail closed). */
export const lookUp = async <Key>(find: () => Promise<Key | undefined>): Promise<Outcome<Key | undefined>> => {
  try {
    return accept(await find())
  } catch {
    return unavailable('the key directory cannot be read')
  }
}

/** Every field of a signed message once: the signature headers as their parts, the rest as in any message. */
export const signedFieldsOf = (
  message: ForeignMessage,
  { parameters, otherParameters, otherLabels }: VerifiableSignature,
): readonly string[] => [
  ...fieldsOf(message).filter((field) => field !== 'header/signature' && field !== 'header/signature-input'),
  ...['label', 'components', 'value', ...Object.keys(parameters)].map((name) => `signature/${name}`),
  ...otherParameters.map((name) => `signature-parameter/${name}`),
  ...otherLabels.map((label) => `signature-other/${label}`),
]
