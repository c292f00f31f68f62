/** Mastercard Agent Pay, verified: the agent by its signature over the body, the user's intent by its own layers. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { asVerified, type BridgeContext, type Verified } from '../adapter.ts'
import { checkHttpSignature, checkTimes, lookUp, takeOnce } from '../http-signature.ts'
import type { AgentKey } from '../keys.ts'
import type { ForeignMessage } from '../message.ts'
import { algorithmOf, fits, type SignatureAlgorithm } from '../signatures.ts'
import * as intent from '../verifiable-intent/verify.ts'
import { type AgentPayWire, parseWith, profileOf } from './wire.ts'

/** A request whose sender is proven together with its body, and the intent of a user where one came. */
export type AgentPayTrusted = {
  readonly wire: AgentPayWire
  readonly key: AgentKey
  readonly algorithm: SignatureAlgorithm
  readonly directory: string
  readonly intent?: Verified<intent.IntentTrusted>
}

/** Proves the agent, and the bundle by its own rules; a bundle that does not hold refuses the whole request. */
export const verify = async (
  { message }: { readonly message: ForeignMessage },
  context: BridgeContext,
): Promise<Outcome<Verified<AgentPayTrusted>>> => {
  const profile = profileOf(context.settings)
  const read = parseWith(message, profile)
  if (!read.ok) return read
  const wire = read.value
  const { alg, keyid, nonce = '', expires } = wire.parameters
  const algorithm = algorithmOf(alg ?? 'ed25519')
  if (!algorithm || algorithm === 'RS256' || (algorithm === 'PS256' && !context.settings.allowPs256))
    return refuse('foreign-algorithm-not-allowed', { detail: 'the algorithm is not taken', field: 'signature/alg' })
  const untimely = checkTimes(wire.parameters, profile.windowMax, context.now)
  if (untimely) return { ok: false, refusal: untimely }
  const found = await lookUp(() => context.directory.find(keyid))
  if (!found.ok) return found
  const key = found.value
  if (!key)
    return refuse('foreign-agent-unknown', { detail: 'the key is in no trusted directory', field: 'signature/keyid' })
  if (!fits(key, algorithm))
    return refuse('foreign-key-mismatch', { detail: 'the key is not of the algorithm named', field: 'signature/alg' })
  const invalid = await checkHttpSignature(message, wire, key, algorithm, context.now)
  if (invalid) return { ok: false, refusal: invalid }
  const parts = ['mastercard-agent-pay', context.directory.name, keyid, nonce]
  const fresh = await takeOnce(parts, expires, context, 'signature/nonce')
  if (!fresh.ok) return fresh
  const base = { wire, key, algorithm, directory: context.directory.name }
  if (!wire.bundle) return accept(asVerified(base))
  const bundle = await intent.verify(wire.bundle, context)
  return bundle.ok ? accept(asVerified({ ...base, intent: bundle.value })) : bundle
}
