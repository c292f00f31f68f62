/** Visa Intelligent Commerce, verified: by the secret of an API key the operator knows, or by a key in its directory. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { asVerified, type BridgeContext, type ForeignIdentity, type Settings, type Verified } from '../adapter.ts'
import { keyProof } from '../drafts.ts'
import { checkHttpSignature, checkTimes, type HttpSignature, lookUp, takeOnce } from '../http-signature.ts'
import { isObject, member } from '../json.ts'
import { Misconfigured } from '../keys.ts'
import { authorityOf } from '../message.ts'
import { algorithmOf, fits } from '../signatures.ts'
import { type Proof, platformProfile, type VicWire } from './wire.ts'

/** A request whose sender is proven, together with its body. */
export type VicTrusted = { readonly wire: VicWire; readonly identity: ForeignIdentity }

const protocol = 'visa-intelligent-commerce'
const windowMax = 480
const skew = 60

/** A platform that shares a secret with the operator. */
type Client = { readonly secret: string; readonly agent: ForeignIdentity['agent'] }

/** The client of an API key, from `settings.protocols['visa-intelligent-commerce'].clients`. Throws `Misconfigured`. */
const clientOf = (settings: Settings, apiKey: string): Client | undefined => {
  const clients = member(settings.protocols?.[protocol] ?? {}, 'clients') ?? {}
  if (!isObject(clients)) throw new Misconfigured(`${protocol}: clients is an object by API key`)
  const client = member(clients, apiKey)
  if (client === undefined) return undefined
  const [secret, agent] = isObject(client) ? [member(client, 'secret'), member(client, 'agent')] : []
  if (typeof secret !== 'string' || secret.length < 16 || typeof agent !== 'string' || agent === '')
    throw new Misconfigured(`${protocol}: a client has a secret of 16 characters or more and an agent`)
  return { secret, agent: { id: agent } }
}

const interactionOf = ({ route }: VicWire): ForeignIdentity['interaction'] =>
  route.operation === 'create' || route.operation === 'update' || route.operation === 'credentials'
    ? 'payment'
    : 'browse'

const byPayToken = async (
  wire: VicWire,
  { at, mac }: Extract<Proof, { way: 'pay-token' }>,
  context: BridgeContext,
): Promise<Outcome<Verified<VicTrusted>>> => {
  const field = 'header/x-pay-token'
  const url = new URL(wire.message.url)
  const client = clientOf(context.settings, url.searchParams.get('apikey') ?? '')
  if (at > context.now + skew) return refuse('foreign-not-yet-valid', { detail: 'it was made in the future', field })
  if (at + windowMax <= context.now) return refuse('foreign-expired', { detail: 'it expired', field })
  if (!client) return refuse('foreign-agent-unknown', { detail: 'the API key is not known here', field: 'url/query' })
  const path = url.pathname.replace(/^\/vacp\//, '')
  const text = `${at}${path}${url.search.slice(1)}${wire.message.body}`
  const expected = createHmac('sha256', client.secret).update(text).digest()
  if (!timingSafeEqual(expected, Buffer.from(mac, 'hex')))
    return refuse('foreign-signature-invalid', { detail: 'it is not the code of this request', field })
  const fresh = await takeOnce([protocol, 'pay-token', mac], at + windowMax, context, field)
  if (!fresh.ok) return fresh
  const identity: ForeignIdentity = {
    protocol,
    interaction: interactionOf(wire),
    agent: client.agent,
    proof: 'shared-secret',
    audience: authorityOf(wire.message),
    created: at,
    expires: at + windowMax,
  }
  return accept(asVerified({ wire, identity }))
}

const bySignature = async (
  wire: VicWire,
  signature: HttpSignature,
  context: BridgeContext,
): Promise<Outcome<Verified<VicTrusted>>> => {
  const { alg, keyid, nonce = '', created, expires } = signature.parameters
  const algorithm = alg === undefined ? undefined : algorithmOf(alg)
  if (!algorithm || algorithm === 'RS256' || (algorithm === 'PS256' && !context.settings.allowPs256))
    return refuse('foreign-algorithm-not-allowed', { detail: 'the algorithm is not taken', field: 'signature/alg' })
  const untimely = checkTimes(signature.parameters, platformProfile.windowMax, context.now)
  if (untimely) return { ok: false, refusal: untimely }
  const found = await lookUp(() => context.directory.find(keyid))
  if (!found.ok) return found
  const key = found.value
  if (!key)
    return refuse('foreign-agent-unknown', { detail: 'the key is in no trusted directory', field: 'signature/keyid' })
  if (!fits(key, algorithm))
    return refuse('foreign-key-mismatch', { detail: 'the key is not of the algorithm named', field: 'signature/alg' })
  const invalid = await checkHttpSignature(wire.message, signature, key, algorithm, context.now)
  if (invalid) return { ok: false, refusal: invalid }
  const fresh = await takeOnce([protocol, context.directory.name, keyid, nonce], expires, context, 'signature/nonce')
  if (!fresh.ok) return fresh
  const identity: ForeignIdentity = {
    protocol,
    interaction: interactionOf(wire),
    agent: key.agent,
    directory: context.directory.name,
    ...keyProof(key, algorithm),
    audience: authorityOf(wire.message),
    created,
    expires,
  }
  return accept(asVerified({ wire, identity }))
}

/** Proves who sent a request and that its body is theirs; then it is taken once. */
export const verify = (wire: VicWire, context: BridgeContext): Promise<Outcome<Verified<VicTrusted>>> =>
  wire.proof.way === 'pay-token'
    ? byPayToken(wire, wire.proof, context)
    : bySignature(wire, wire.proof.signature, context)
