/** Visa TAP, verified: one typed refusal per step, in the order a bridge has to take the steps. */
import { createHash } from 'node:crypto'
import { isSignatureError, type RequestDescriptor, SignatureErrorCode, verifySignature } from 'http-message-sig'
import { parseDictionary } from 'structured-headers'
import { accept, type Outcome, type Refusal, refuse } from '../../reference/core/outcome.ts'
import { asVerified, type BridgeContext, type Evidence, type Verified } from '../adapter.ts'
import type { AgentKey } from '../keys.ts'
import { authorityOf, headerOf } from '../message.ts'
import { algorithmOf, fits, isSignedBy, type SignatureAlgorithm } from '../signatures.ts'
import { verifyIdToken, verifyObject } from './objects.ts'
import type { TapWire } from './wire.ts'

/** A TAP request whose sender is proven. The body objects are as good as `evidence` says. */
export type TapTrusted = {
  readonly wire: TapWire
  readonly key: AgentKey
  readonly directory: string
  readonly audience: string
  readonly evidence: readonly Evidence[]
  /** Whether the agent's key signed the IOU: only then it proposes an amount. */
  readonly iouVerified: boolean
  /** Whether the signature covers the body, by a content digest; TAP itself does not ask for it. */
  readonly bodySigned: boolean
}

/** Bounds of the profile, in seconds. */
const windowMax = 480
const skew = 60

const checkAlgorithm = (wire: TapWire, context: BridgeContext): Outcome<SignatureAlgorithm> => {
  const { alg } = wire.parameters
  const algorithm = alg === 'EdDSA' ? undefined : algorithmOf(alg)
  if (algorithm === 'Ed25519' || (algorithm === 'PS256' && context.settings.allowPs256 === true))
    return accept(algorithm)
  return refuse('foreign-algorithm-not-allowed', {
    detail: algorithm ? 'RSA-PSS with SHA-256 has to be allowed by the operator' : 'only ed25519 is taken',
    field: 'signature/alg',
  })
}

const checkTimes = ({ created, expires }: TapWire['parameters'], now: number): Refusal | undefined => {
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

const unavailable = (detail: string) => refuse('directory-unavailable', { detail })

const findKey = async (
  wire: TapWire,
  algorithm: SignatureAlgorithm,
  context: BridgeContext,
): Promise<Outcome<AgentKey>> => {
  let key: AgentKey | undefined
  try {
    key = await context.directory.find(wire.parameters.keyid)
  } catch {
    return unavailable('the key directory cannot be read')
  }
  if (!key)
    return refuse('foreign-agent-unknown', { detail: 'the key is in no trusted directory', field: 'signature/keyid' })
  if (fits(key, algorithm)) return accept(key)
  return refuse('foreign-key-mismatch', { detail: 'the key is not of the algorithm named', field: 'signature/alg' })
}

/** The message as the verifier sees it: signature headers and what is covered, nothing else can disturb it. */
const descriptorOf = ({ message, components }: TapWire): RequestDescriptor => {
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

/** Verifies the HTTP signature over the base of RFC 9421, and over nothing else. */
const checkSignature = async (
  wire: TapWire,
  key: AgentKey,
  algorithm: SignatureAlgorithm,
  now: number,
): Promise<Refusal | undefined> => {
  const claimed = wire.parameters.alg
  let isSampleForm = false
  const holds = (base: Uint8Array, signature: Uint8Array): boolean => {
    if (isSignedBy(key, algorithm, base, signature)) return true
    const sample = sampleBase(base, wire.message.url)
    isSampleForm = sample !== undefined && isSignedBy(key, algorithm, sample, signature)
    return false
  }
  const requiredParameters = ['created', 'expires', 'keyid', 'alg', 'nonce', 'tag']
  const requiredComponents = ['@authority', '@path']
  try {
    await verifySignature(descriptorOf(wire), {
      label: wire.label,
      policy: { algorithms: [claimed], requiredComponents, requiredParameters, clockSkew: skew, now },
      resolveVerifier: () => ({ algorithm: claimed, verify: holds }),
    })
    return undefined
  } catch (error) {
    if (!isSignatureError(error)) throw error
    if (isSampleForm) return wireFormRefusal
    if (error.code === SignatureErrorCode.VerificationFailed)
      return { code: 'foreign-signature-invalid', detail: 'the signature does not hold', field: 'header/signature' }
    return {
      code: 'message-malformed',
      detail: 'the signature headers cannot be read',
      field: 'header/signature-input',
    }
  }
}

/** Checks a content digest (RFC 9530) the signature covers: a digest that is covered and not checked would bind nothing. */
const checkDigest = ({ message }: TapWire): Refusal | undefined => {
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

const recordNonce = async (wire: TapWire, { directory, nonces, now }: BridgeContext): Promise<Outcome<'fresh'>> => {
  const { keyid, nonce, expires } = wire.parameters
  try {
    const verdict = await nonces.record(JSON.stringify(['visa-tap', directory.name, keyid, nonce]), expires, now)
    if (verdict === 'fresh') return accept(verdict)
    if (verdict === 'full') return unavailable('the nonce store has no room')
  } catch {
    return unavailable('the nonce store cannot be reached')
  }
  return refuse('foreign-nonce-replayed', { detail: 'the nonce was used before', field: 'signature/nonce' })
}

/**
 * Proves who sent a TAP request: algorithm, times, key, signature, digest where covered, nonce (recorded only now),
 * then the objects. Object signatures that fail are evidence, not a refusal; an object of another nonce or another
 * agent is `foreign-object-mismatch`.
 */
export const verify = async (wire: TapWire, context: BridgeContext): Promise<Outcome<Verified<TapTrusted>>> => {
  const algorithm = checkAlgorithm(wire, context)
  if (!algorithm.ok) return algorithm
  const untimely = checkTimes(wire.parameters, context.now)
  if (untimely) return { ok: false, refusal: untimely }
  const key = await findKey(wire, algorithm.value, context)
  if (!key.ok) return key
  const invalid = await checkSignature(wire, key.value, algorithm.value, context.now)
  if (invalid) return { ok: false, refusal: invalid }
  const bodySigned = wire.components.includes('content-digest')
  const altered = bodySigned ? checkDigest(wire) : undefined
  if (altered) return { ok: false, refusal: altered }
  const fresh = await recordNonce(wire, context)
  if (!fresh.ok) return fresh
  return verifyBody(wire, key.value, context, bodySigned)
}

const verifyBody = async (
  wire: TapWire,
  key: AgentKey,
  context: BridgeContext,
  bodySigned: boolean,
): Promise<Outcome<Verified<TapTrusted>>> => {
  const evidence: Evidence[] = [{ kind: 'http-signature', status: 'verified' }]
  const objects = [
    ['consumer', wire.consumer],
    ['payment', wire.container],
    ['iou', wire.iou],
  ] as const
  for (const [kind, object] of objects) {
    const checked = await verifyObject(kind, object, wire.parameters.nonce, key, context.directory)
    if (!checked.ok) return checked
    evidence.push(checked.value)
  }
  evidence.push(await verifyIdToken(wire.consumer?.idToken, context))
  return accept(
    asVerified({
      wire,
      key,
      directory: context.directory.name,
      audience: authorityOf(wire.message),
      evidence,
      iouVerified: evidence.some(({ kind, status }) => kind === 'iou' && status === 'verified'),
      bodySigned,
    }),
  )
}
