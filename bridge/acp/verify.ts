/** ACP, verified: by the bearer token of a platform, its signature where it has a key, or the secret of a merchant. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { accept, type Outcome, type Refusal, refuse } from '../../reference/core/outcome.ts'
import { parseTime } from '../../reference/core/time.ts'
import { canonicalJson } from '../../schemas/index.ts'
import { asVerified, type BridgeContext, type ForeignIdentity, type Verified } from '../adapter.ts'
import { lookUp, takeOnce } from '../http-signature.ts'
import { headerOf } from '../message.ts'
import { bytesOf, isSignedBy } from '../signatures.ts'
import { type AcpClient, acpSettings } from './settings.ts'
import { eventTolerance, isEventSigned } from './webhook.ts'
import type { AcpWire } from './wire.ts'

/** A message as far as it could be proven. Without `proof` nobody vouches for it. */
export type AcpTrusted = {
  readonly wire: AcpWire
  readonly agent: ForeignIdentity['agent']
  readonly proof: 'shared-secret' | 'none'
  /** Whether the body is signed too, with the key the operator knows for the platform. */
  readonly isSigned: boolean
  readonly created?: number
}

const day = 86_400
const skew = 60

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()

/** The client of a token; all are compared, in the same time for all. */
const clientOf = (clients: readonly AcpClient[], token: string): AcpClient | undefined => {
  const given = digestOf(token)
  return clients.filter((client) => timingSafeEqual(digestOf(client.token), given))[0]
}

/** Judges a time somebody names: ACP leaves the window open, ours is that of its events. */
const judgeTime = (at: number, now: number, field: string): Refusal | undefined => {
  if (at > now + skew) return { code: 'foreign-not-yet-valid', detail: 'it was made in the future', field }
  return at + eventTolerance <= now ? { code: 'foreign-expired', detail: 'it is too old', field } : undefined
}

const fail = (refusal: Refusal) => ({ ok: false, refusal }) as const

/** The signature over the canonical body. ACP names neither algorithm nor form: RFC 8785, Ed25519 or ES256, by the key. */
const checkSignature = async (wire: AcpWire, kid: string, context: BridgeContext): Promise<Outcome<true>> => {
  const field = 'header/signature'
  const header = headerOf(wire.message, 'signature')
  if (header === undefined)
    return refuse('foreign-signature-missing', { detail: 'this platform signs its bodies', field })
  const found = await lookUp(() => context.directory.find(kid))
  if (!found.ok) return found
  const key = found.value
  if (!key) return refuse('foreign-agent-unknown', { detail: 'the key of the platform is in no directory', field })
  const algorithm = key.type === 'Ed25519' ? 'Ed25519' : key.type === 'P-256' ? 'ES256' : undefined
  if (!algorithm)
    return refuse('foreign-key-mismatch', { detail: 'the key is not of an algorithm that is taken', field })
  const signature = bytesOf(header)
  const isHeld = signature && isSignedBy(key, algorithm, Buffer.from(canonicalJson(wire.body)), signature)
  return isHeld
    ? accept(true)
    : refuse('foreign-signature-invalid', { detail: 'it does not hold over the body', field })
}

/** Once by its key; without one, what could become a draft passes once by its body. */
const takeMessage = async (wire: AcpWire, { agent }: AcpClient, context: BridgeContext): Promise<Outcome<'fresh'>> => {
  const { message, kind } = wire
  const key = headerOf(message, 'idempotency-key')
  const proposes = kind === 'session' || kind === 'delegate'
  if (key === undefined && !proposes) return accept('fresh')
  const once = key ?? `body ${digestOf(message.body).toString('base64url')}`
  const parts = ['acp', agent, new URL(message.url).pathname, once]
  return takeOnce(parts, context.now + day, context, key === undefined ? 'body' : 'header/idempotency-key')
}

const byToken = async (
  wire: AcpWire,
  token: string,
  context: BridgeContext,
): Promise<Outcome<Verified<AcpTrusted>>> => {
  const client = clientOf(acpSettings(context.settings).clients, token)
  const field = 'header/authorization'
  if (!client) return refuse('foreign-agent-unknown', { detail: 'the token is not known here', field })
  if (wire.allowance && wire.allowance.expiresAt <= context.now)
    return refuse('foreign-expired', { detail: 'the allowance is over', field: 'body/allowance/expires_at' })
  const said = headerOf(wire.message, 'timestamp')
  const created = said === undefined ? undefined : parseTime(said)
  if (said !== undefined && created === undefined)
    return refuse('message-malformed', { detail: 'the time is not one of RFC 3339', field: 'header/timestamp' })
  const untimely = created === undefined ? undefined : judgeTime(created, context.now, 'header/timestamp')
  if (untimely) return fail(untimely)
  const signed = client.kid === undefined ? accept(true) : await checkSignature(wire, client.kid, context)
  if (!signed.ok) return signed
  const fresh = await takeMessage(wire, client, context)
  if (!fresh.ok) return fresh
  return accept(
    asVerified({
      wire,
      agent: { id: client.agent },
      proof: 'shared-secret',
      isSigned: client.kid !== undefined,
      ...(created === undefined ? {} : { created }),
    }),
  )
}

const byEvent = async (wire: AcpWire, context: BridgeContext): Promise<Outcome<Verified<AcpTrusted>>> => {
  const field = 'header/merchant-signature'
  const { at, code } = wire.mac ?? { at: 0, code: '' }
  const untimely = judgeTime(at, context.now, field)
  if (untimely) return fail(untimely)
  const { webhooks } = acpSettings(context.settings)
  if (webhooks.length === 0)
    return refuse('foreign-agent-unknown', { detail: 'no merchant of events is known here', field })
  const sender = webhooks.find(({ secret }) => isEventSigned(wire.message.body, secret, at, code))
  if (!sender) return refuse('foreign-signature-invalid', { detail: 'it is not the code of this event', field })
  const fresh = await takeOnce(['acp', 'event', code], at + eventTolerance, context, field)
  if (!fresh.ok) return fresh
  const agent = { id: `acp:${sender.merchant}` }
  return accept(asVerified({ wire, agent, proof: 'shared-secret', isSigned: false, created: at }))
}

/** Proves what can be proven. A message nobody vouches for passes too, and proposes nothing. */
export const verify = async (wire: AcpWire, context: BridgeContext): Promise<Outcome<Verified<AcpTrusted>>> => {
  if (wire.kind === 'event') return byEvent(wire, context)
  const header = headerOf(wire.message, 'authorization')
  const token = /^Bearer ([^\s,]{1,2048})$/i.exec(header ?? '')?.[1]
  if (token !== undefined) return byToken(wire, token, context)
  if (header !== undefined)
    return refuse('message-malformed', { detail: 'Authorization is no bearer token', field: 'header/authorization' })
  return accept(asVerified({ wire, agent: { id: 'acp:unknown' }, proof: 'none', isSigned: false }))
}
