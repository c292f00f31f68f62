/** Web Bot Auth, verified: the key has to be the one a trusted directory has for this URL. */
import { parseDictionary } from 'structured-headers'
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { asVerified, type BridgeContext, type Verified } from '../adapter.ts'
import { checkHttpSignature, checkTimes, lookUp, takeOnce } from '../http-signature.ts'
import type { AgentRecord, TrustedKey } from '../keys.ts'
import { headerOf } from '../message.ts'
import { algorithmOf, fits, type SignatureAlgorithm } from '../signatures.ts'
import { type BotWire, botProfile } from './wire.ts'

/** A request whose sender is proven. */
export type BotTrusted = {
  readonly wire: BotWire
  readonly key: TrustedKey
  readonly agent: AgentRecord
  readonly algorithm: SignatureAlgorithm
  readonly directory: string
  /** Whether a directory says that the URL is this agent's. */
  readonly agentUrl: AgentUrl
}

export type AgentUrl = 'verified' | 'unverified' | 'absent'

/** The algorithm of a key where the signature names none; it is optional in the draft. */
const ownAlgorithm = { Ed25519: 'Ed25519', 'P-256': 'ES256', RSA: 'PS512' } as const

/** What the directory says of the URL an agent goes by: it is the agent's, another's, or nothing is said. */
const sayOf = ({ id, domain }: AgentRecord, url: string): AgentUrl | 'other' => {
  const known = [id, domain].filter((name) => name !== undefined && /^https?:/.test(name) && URL.canParse(name))
  if (known.length === 0) return 'unverified'
  return known.some((name) => new URL(name ?? '').origin === new URL(url).origin) ? 'verified' : 'other'
}

type Found = { readonly key: TrustedKey; readonly agent: AgentRecord; readonly agentUrl: AgentUrl }

const find = async ({ parameters, agentUrl }: BotWire, { directory }: BridgeContext): Promise<Found | undefined> => {
  const { keyid } = parameters
  if (agentUrl !== undefined) {
    const key = await directory.findIssuer(agentUrl, keyid)
    if (key) return { key, agent: { id: `wba:${agentUrl}`, domain: new URL(agentUrl).origin }, agentUrl: 'verified' }
  }
  const key = await directory.find(keyid)
  if (!key) return undefined
  if (agentUrl === undefined) return { key, agent: key.agent, agentUrl: 'absent' }
  // The look-up is on the pair: a known key under a URL that is not its own proves nothing.
  const say = sayOf(key.agent, agentUrl)
  return say === 'other' ? undefined : { key, agent: key.agent, agentUrl: say }
}

/** Bytes of the signature: they stand for the nonce where the agent sent none. */
const signatureText = ({ message, label }: BotWire): string => {
  const [value] = parseDictionary(headerOf(message, 'signature') ?? '').get(label) ?? []
  return value instanceof ArrayBuffer ? Buffer.from(value).toString('base64') : ''
}

/** Proves who sent a request: algorithm, times, key of the URL, signature, then once only. */
export const verify = async (wire: BotWire, context: BridgeContext): Promise<Outcome<Verified<BotTrusted>>> => {
  const { alg, expires, nonce, keyid } = wire.parameters
  const claimed = alg === undefined ? undefined : algorithmOf(alg)
  if (alg !== undefined && (!claimed || (claimed === 'PS256' && !context.settings.allowPs256) || claimed === 'RS256'))
    return refuse('foreign-algorithm-not-allowed', { detail: 'the algorithm is not taken', field: 'signature/alg' })
  // The draft recommends a day at most; a longer window is taken for a day, so that nothing is believed for years.
  const { created } = wire.parameters
  const until = Math.min(expires, created + botProfile.windowMax)
  const untimely = checkTimes({ created, expires: until }, botProfile.windowMax, context.now)
  if (untimely) return { ok: false, refusal: untimely }
  const found = await lookUp(() => find(wire, context))
  if (!found.ok) return found
  if (!found.value)
    return refuse('foreign-agent-unknown', {
      detail: 'no trusted directory has this key for this agent',
      field: 'signature/keyid',
    })
  const { key, agent, agentUrl } = found.value
  const algorithm = claimed ?? ownAlgorithm[key.type]
  if (!fits(key, algorithm))
    return refuse('foreign-key-mismatch', { detail: 'the key is not of the algorithm named', field: 'signature/alg' })
  const invalid = await checkHttpSignature(wire.message, wire, key, algorithm, context.now)
  if (invalid) return { ok: false, refusal: invalid }
  const parts = ['web-bot-auth', context.directory.name, keyid, nonce ?? `signature ${signatureText(wire)}`]
  const fresh = await takeOnce(parts, until, context, nonce === undefined ? 'header/signature' : 'signature/nonce')
  if (!fresh.ok) return fresh
  return accept(asVerified({ wire, key, agent, agentUrl, algorithm, directory: context.directory.name }))
}
