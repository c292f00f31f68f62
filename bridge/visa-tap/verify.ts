/** Visa TAP, verified: one typed refusal per step, in the order a bridge has to take the steps. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { asVerified, type BridgeContext, type Evidence, type Verified } from '../adapter.ts'
import { checkHttpSignature, checkTimes, coversBody, lookUp, takeOnce } from '../http-signature.ts'
import type { AgentKey } from '../keys.ts'
import { authorityOf } from '../message.ts'
import { algorithmOf, fits, type SignatureAlgorithm } from '../signatures.ts'
import { verifyIdToken, verifyObject } from './objects.ts'
import { type TapWire, tapProfile } from './wire.ts'

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

const findKey = async (
  wire: TapWire,
  algorithm: SignatureAlgorithm,
  context: BridgeContext,
): Promise<Outcome<AgentKey>> => {
  const found = await lookUp(() => context.directory.find(wire.parameters.keyid))
  if (!found.ok) return found
  const key = found.value
  if (!key)
    return refuse('foreign-agent-unknown', { detail: 'the key is in no trusted directory', field: 'signature/keyid' })
  if (fits(key, algorithm)) return accept(key)
  return refuse('foreign-key-mismatch', { detail: 'the key is not of the algorithm named', field: 'signature/alg' })
}

/**
 * Proves who sent a TAP request: algorithm, times, key, signature, digest where covered, nonce (recorded only now),
 * then the objects. Object signatures that fail are evidence, not a refusal; an object of another nonce or another
 * agent is `foreign-object-mismatch`.
 */
export const verify = async (wire: TapWire, context: BridgeContext): Promise<Outcome<Verified<TapTrusted>>> => {
  const algorithm = checkAlgorithm(wire, context)
  if (!algorithm.ok) return algorithm
  const untimely = checkTimes(wire.parameters, tapProfile.windowMax, context.now)
  if (untimely) return { ok: false, refusal: untimely }
  const key = await findKey(wire, algorithm.value, context)
  if (!key.ok) return key
  const invalid = await checkHttpSignature(wire.message, wire, key.value, algorithm.value, context.now)
  if (invalid) return { ok: false, refusal: invalid }
  const { keyid, nonce, expires } = wire.parameters
  const fresh = await takeOnce(['visa-tap', context.directory.name, keyid, nonce], expires, context, 'signature/nonce')
  if (!fresh.ok) return fresh
  return verifyBody(wire, key.value, context, coversBody(wire))
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
