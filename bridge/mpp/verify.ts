/** The Payment scheme, verified: a challenge that is still open, and a credential for one that the operator issued, once. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { parseTime } from '../../reference/core/time.ts'
import {
  asVerified,
  type BridgeContext,
  type Evidence,
  type ForeignIdentity,
  type Settings,
  type Verified,
} from '../adapter.ts'
import { takeOnce } from '../http-signature.ts'
import { isObject, member } from '../json.ts'
import { Misconfigured } from '../keys.ts'
import { type Challenge, isIssued } from './codec.ts'
import { methodName } from './offer.ts'
import type { MppWire, Paid } from './wire.ts'

/** A message with what was found out about it; `challenges` are those that may still be answered. */
export type MppTrusted = {
  readonly wire: MppWire
  readonly identity: ForeignIdentity
  readonly challenges: readonly { readonly index: number; readonly challenge: Challenge }[]
  readonly evidence: Evidence
  /** Epoch seconds, when it was verified. */
  readonly now: number
}

/** The secret an operator issues the challenges of a realm with, from `settings.protocols.mpp.secrets`. Throws `Misconfigured`. */
const secretOf = ({ protocols }: Settings, realm: string): string | undefined => {
  const secrets = member(protocols?.mpp ?? {}, 'secrets') ?? {}
  if (!isObject(secrets)) throw new Misconfigured('mpp: secrets is an object by realm')
  const secret = member(secrets, realm)
  if (secret === undefined) return undefined
  if (typeof secret !== 'string' || Buffer.byteLength(secret) < 32)
    throw new Misconfigured('mpp: the secret of a realm has 32 bytes or more')
  return secret
}

/** When a challenge ends, epoch seconds; refused where it is no time. */
const endOf = ({ expires }: Challenge, field: string): Outcome<number | undefined> => {
  if (expires === undefined) return accept(undefined)
  const at =
    parseTime(expires) ?? (Number.isFinite(Date.parse(expires)) ? Math.floor(Date.parse(expires) / 1_000) : undefined)
  return at === undefined ? refuse('message-malformed', { detail: 'it is no time', field }) : accept(at)
}

const identityOf = (id: string): ForeignIdentity => ({
  protocol: 'mpp',
  interaction: 'payment',
  agent: { id },
  // A source is what the sender calls itself; the methods that prove it do so on their own rails.
  proof: 'none',
})

const kind = 'challenge'

const verifyCredential = async (wire: Paid, context: BridgeContext): Promise<Outcome<Verified<MppTrusted>>> => {
  const { challenge, source } = wire.credential
  const field = 'credential/challenge'
  if (challenge.method === methodName)
    return refuse('foreign-wire-form-unsupported', {
      detail: 'a payment by the amp method is settled by the server that asked for it',
      field: `${field}/method`,
    })
  const end = endOf(challenge, `${field}/expires`)
  if (!end.ok) return end
  if (end.value !== undefined && end.value <= context.now)
    return refuse('foreign-expired', { detail: 'the challenge expired', field: `${field}/expires` })
  const secret = secretOf(context.settings, challenge.realm)
  if (secret !== undefined) {
    if (!isIssued(challenge, secret))
      return refuse('foreign-signature-invalid', {
        detail: 'the operator issued no such challenge',
        field: `${field}/id`,
      })
    const fresh = await takeOnce(
      ['mpp', challenge.realm, challenge.id],
      end.value ?? context.now + 86_400,
      context,
      `${field}/id`,
    )
    if (!fresh.ok) return fresh
  }
  const evidence: Evidence =
    secret === undefined
      ? { kind, status: 'unverified', why: 'the operator does not know the secret of the realm' }
      : { kind, status: 'verified', why: 'the operator issued it; the payload is for its own rail' }
  const identity = identityOf(source ?? 'unknown')
  return accept(asVerified({ wire, identity, challenges: [{ index: 0, challenge }], evidence, now: context.now }))
}

/** Proves what can be proven; an open challenge is unsigned for whoever did not issue it. */
export const verify = async (wire: MppWire, context: BridgeContext): Promise<Outcome<Verified<MppTrusted>>> => {
  if (wire.kind === 'credential') return verifyCredential(wire, context)
  const open: { index: number; challenge: Challenge }[] = []
  for (const [index, challenge] of wire.challenges.entries()) {
    const end = endOf(challenge, `required/${index}/expires`)
    if (!end.ok) return end
    if (end.value === undefined || end.value > context.now) open.push({ index, challenge })
  }
  if (open.length === 0)
    return refuse('foreign-expired', { detail: 'every challenge expired', field: 'required/0/expires' })
  const evidence: Evidence = { kind, status: 'unsigned' }
  return accept(asVerified({ wire, identity: identityOf('unknown'), challenges: open, evidence, now: context.now }))
}
