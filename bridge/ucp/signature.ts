/** HTTP signatures as UCP profiles them: RFC 9421 without tag or times, the Web Bot Auth shape, and a JWS before them. */
import { createHash } from 'node:crypto'
import { createSignature, type ResponseDescriptor, verifySignature } from 'http-message-sig'
import { isInnerList, parseDictionary } from 'structured-headers'
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { VerifiableSignature } from '../http-signature.ts'
import type { TrustedKey } from '../keys.ts'
import { type ForeignMessage, headerOf } from '../message.ts'
import { isSignedBy } from '../signatures.ts'
import type { TapRequest } from '../visa-tap/sign.ts'
import { type Detached, detachedAlgorithm, readDetached, signBytes, type UcpSigner } from './merchant-authorization.ts'

/** How a message is signed, as read and untrusted. */
export type UcpSignature =
  | { readonly way: 'http'; readonly signature: VerifiableSignature }
  | { readonly way: 'detached'; readonly jws: Detached; readonly kid: string }

const input = 'header/signature-input'
const malformed = (detail: string, field: string) => refuse('message-malformed', { detail, field })
const missing = (detail: string, field: string) => refuse('foreign-fields-missing', { detail, field })

/** Web Bot Auth's tag: a dual-audience signature carries it, others carry none. */
const dualTag = 'web-bot-auth'

/** What a signature of this message has to cover (UCP 2026-04-08, signatures): all that is there and means something. */
const coverOf = (message: ForeignMessage): readonly string[] => [
  '@method',
  '@authority',
  '@path',
  ...(message.url.includes('?') ? ['@query'] : []),
  ...['ucp-agent', 'idempotency-key'].filter((name) => headerOf(message, name) !== undefined),
  ...(message.body === '' ? [] : ['content-digest', 'content-type']),
]

type Parameters = VerifiableSignature['parameters']

const readParameters = (map: ReadonlyMap<string, unknown>): Outcome<Parameters> => {
  const parameters: Record<string, unknown> = {}
  for (const name of ['created', 'expires', 'keyid', 'alg', 'nonce', 'tag']) {
    const value = map.get(name)
    if (value === undefined) continue
    const isTime = name === 'created' || name === 'expires'
    const fits = isTime
      ? Number.isSafeInteger(value) && Number(value) >= 0
      : typeof value === 'string' && value !== '' && value.length <= 256
    if (!fits) return malformed(`the parameter ${name} is not of its type`, `signature/${name}`)
    parameters[name] = value
  }
  return accept(parameters as Parameters)
}

const readHttp = (message: ForeignMessage): Outcome<UcpSignature> => {
  const header = headerOf(message, 'signature-input') ?? ''
  try {
    const members = [...parseDictionary(header)]
    const own = members.flatMap(([label, value]) => {
      if (!isInnerList(value)) return []
      const tag = value[1].get('tag')
      return tag === undefined || tag === dualTag ? [{ label, items: value[0], map: value[1] }] : []
    })
    const [first] = own
    if (!first) return refuse('foreign-signature-missing', { detail: 'no signature is for UCP', field: input })
    if (own.length > 1) return malformed('two signatures are for UCP', input)
    const parameters = readParameters(first.map)
    if (!parameters.ok) return parameters
    if (parameters.value.keyid === undefined) return missing('the signature has no keyid', 'signature/keyid')
    const components = first.items.map(
      ([name, map]) => `${String(name)}${[...map].map(([key, value]) => `;${key}=${String(value)}`).join('')}`,
    )
    const absent = coverOf(message).find((name) => !components.includes(name))
    if (absent !== undefined) return missing(`the signature does not cover ${absent}`, 'signature/components')
    const known = Object.keys(parameters.value)
    return accept({
      way: 'http',
      signature: {
        label: first.label,
        components,
        parameters: parameters.value,
        otherParameters: [...first.map.keys()].filter((name) => !known.includes(name)),
        otherLabels: members.map(([label]) => label).filter((label) => label !== first.label),
      },
    })
  } catch {
    return malformed('the signature input is not a structured field', input)
  }
}

/** Reads how a message is signed; nothing where it is not. A message is signed one way. */
export const readUcpSignature = (message: ForeignMessage): Outcome<UcpSignature | undefined> => {
  const old = headerOf(message, 'request-signature')
  const isHttp = headerOf(message, 'signature-input') !== undefined
  if (old === undefined) return isHttp ? readHttp(message) : accept(undefined)
  const field = 'header/request-signature'
  if (isHttp) return malformed('a message is signed one way, not two', field)
  const jws = readDetached(old)
  if (!jws) return malformed('Request-Signature is no detached JWS', field)
  const { kid } = jws.header
  if (typeof kid !== 'string' || kid === '') return missing('Request-Signature names no key', field)
  if (!detachedAlgorithm(jws))
    return refuse('foreign-algorithm-not-allowed', { detail: 'the algorithm is not taken', field })
  return accept({ way: 'detached', jws, kid })
}

/** What a signer decides per request. */
export type UcpSigning = {
  /** Epoch seconds; left out, the signature has no times, as UCP allows. */
  readonly created?: number
  /** Adds the Web Bot Auth shape (2026-08-25): this profile is the key source, the kid has to be the thumbprint. */
  readonly profile?: string
  readonly label?: string
}

const isEd25519 = ({ key }: UcpSigner): boolean => key.asymmetricKeyType === 'ed25519'
const algorithmName = (signer: UcpSigner): string => (isEd25519(signer) ? 'ed25519' : 'ecdsa-p256-sha256')
const digestOf = (body: string): string => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`

const headersOf = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers).map(([name, value]) => ({ name, value }))

/** Signs a request as UCP wants it. Header names are lower case; a body gets its digest. */
export const signUcpRequest = async (
  request: TapRequest,
  signer: UcpSigner,
  { created, profile, label = 'sig1' }: UcpSigning = {},
): Promise<TapRequest> => {
  const headers: Record<string, string> = { ...request.headers }
  if (request.body) headers['content-digest'] = digestOf(request.body)
  if (profile !== undefined) headers['signature-agent'] = `${label}="${profile}";type=jwks_uri`
  const fields = headersOf(headers)
  const cover = coverOf({ method: request.method, url: request.url, fields, body: request.body ?? '' })
  const { signature, signatureInput } = await createSignature(
    { kind: 'request', method: request.method, targetUri: request.url, fields },
    {
      label,
      components: [
        ...cover,
        ...(profile === undefined ? [] : [{ name: 'signature-agent', parameters: { key: label } }]),
      ],
      parameters: {
        ...(created === undefined ? {} : { created }),
        ...(profile === undefined ? {} : { expires: (created ?? 0) + 3_600 }),
        keyid: signer.kid,
        ...(profile === undefined ? {} : { tag: dualTag }),
      },
      signer: { algorithm: algorithmName(signer), sign: (data) => signBytes(signer, data) },
    },
  )
  return { ...request, headers: { ...headers, 'signature-input': signatureInput, signature } }
}

/** An answer of a business. */
export type UcpAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

const answerCover = ({ body }: UcpAnswer): readonly string[] => [
  '@status',
  ...(body ? ['content-digest', 'content-type'] : []),
]

/** Signs an answer: its status, and its body by a digest. */
export const signUcpAnswer = async (
  answer: UcpAnswer,
  signer: UcpSigner,
  { created }: Pick<UcpSigning, 'created'> = {},
): Promise<UcpAnswer> => {
  const headers = answer.body ? { ...answer.headers, 'content-digest': digestOf(answer.body) } : answer.headers
  const descriptor: ResponseDescriptor = { kind: 'response', status: answer.status, fields: headersOf(headers) }
  const { signature, signatureInput } = await createSignature(descriptor, {
    label: 'sig1',
    components: answerCover(answer),
    parameters: { ...(created === undefined ? {} : { created }), keyid: signer.kid },
    signer: { algorithm: algorithmName(signer), sign: (data) => signBytes(signer, data) },
  })
  return { ...answer, headers: { ...headers, 'signature-input': signatureInput, signature } }
}

/** Whether an answer was signed with one of these keys, over its status and its body as received. */
export const isUcpAnswerSigned = async (
  answer: UcpAnswer,
  keys: ReadonlyMap<string, TrustedKey>,
  now: number,
): Promise<boolean> => {
  if (answer.body && answer.headers['content-digest'] !== digestOf(answer.body)) return false
  const descriptor: ResponseDescriptor = { kind: 'response', status: answer.status, fields: headersOf(answer.headers) }
  try {
    await verifySignature(descriptor, {
      policy: {
        algorithms: ['ed25519', 'ecdsa-p256-sha256'],
        requiredComponents: answerCover(answer),
        requiredParameters: ['keyid'],
        clockSkew: 60,
        now,
      },
      resolveVerifier: ({ parameters }) => {
        const key = keys.get(parameters.keyid ?? '')
        const own = key?.type === 'Ed25519' ? 'Ed25519' : 'ES256'
        return {
          algorithm: own === 'Ed25519' ? 'ed25519' : 'ecdsa-p256-sha256',
          verify: (data, bytes) => key !== undefined && isSignedBy(key, own, data, bytes),
        }
      },
    })
    return true
  } catch {
    return false
  }
}
