/** UCP, verified: who sent a message, whose checkout it is, and whether its business signed it. */
import { accept, type Outcome, type Refusal, refuse } from '../../reference/core/outcome.ts'
import { parseTime } from '../../reference/core/time.ts'
import { asVerified, type BridgeContext, type EvidenceStatus, type Verified } from '../adapter.ts'
import { readChain } from '../ap2/chain.ts'
import { checkConstraints, objectOf, objectsOf } from '../ap2/constraints.ts'
import { ap2Settings } from '../ap2/settings.ts'
import { proveChain } from '../ap2/verify-chain.ts'
import { checkHttpSignature, lookUp, takeOnce } from '../http-signature.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { isJwsSignedBy, readJws, textOf } from '../jws.ts'
import type { AgentRecord, TrustedKey } from '../keys.ts'
import { headerOf } from '../message.ts'
import { algorithmOf, fits, type SignatureAlgorithm } from '../signatures.ts'
import {
  authorizationIn,
  checkoutInMandate,
  type EmbeddedCheckout,
  isCheckoutSignedBy,
  isDetachedBy,
  readDetached,
} from './merchant-authorization.ts'
import type { UcpSignature } from './signature.ts'
import { ap2Capabilities } from './versions.ts'
import type { UcpWire } from './wire.ts'

/** Who signed the message, and with which key. */
export type UcpSender = {
  readonly agent: AgentRecord
  readonly key: TrustedKey
  readonly algorithm: SignatureAlgorithm
  readonly directory: string
  readonly created?: number
  readonly expires?: number
}

/** What is known of the business behind a checkout. */
export type UcpBusiness = { readonly status: EvidenceStatus; readonly issuer?: string }

/** A message as far as it could be proven. Without a sender nobody vouches for it. */
export type UcpTrusted = {
  readonly wire: UcpWire
  readonly sender?: UcpSender
  readonly business: UcpBusiness
  /** The checkout a mandate of AP2 embeds, and how far its chain could be proven. */
  readonly embedded?: EmbeddedCheckout
  readonly mandate?: UcpMandate
}

/** A mandate of AP2: verified down to a root somebody trusts, or only read. */
export type UcpMandate = { readonly status: EvidenceStatus; readonly why: string }

const day = 86_400
/** How long a signature without a time is remembered; UCP asks for a day at least. */
const timeless = 30 * day
const skew = 60

const failed = (refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } => ({ ok: false, refusal })

/** Until when a signature may be taken: a day from its making, or its own end where that comes first. */
const windowOf = (
  parameters: { readonly created?: number; readonly expires?: number },
  now: number,
): Outcome<number> => {
  const { created, expires } = parameters
  if (created !== undefined && created > now + skew)
    return refuse('foreign-not-yet-valid', {
      detail: 'the signature was made in the future',
      field: 'signature/created',
    })
  const until = Math.min(expires ?? Number.MAX_SAFE_INTEGER, created === undefined ? now + timeless : created + day)
  if (until <= now) return refuse('foreign-expired', { detail: 'the signature expired', field: 'signature/expires' })
  return accept(until)
}

type Found = { readonly key: TrustedKey; readonly agent: AgentRecord }

/** The key of a profile; or a key of the directory, where its agent is none or the one of that profile. */
const find = async (
  kid: string,
  profile: string | undefined,
  { directory }: BridgeContext,
): Promise<Found | undefined> => {
  if (profile !== undefined) {
    const { origin } = new URL(profile)
    for (const issuer of [profile, origin]) {
      const key = await directory.findIssuer(issuer, kid)
      if (key) return { key, agent: { id: `ucp:${profile}`, domain: origin } }
    }
  }
  const key = await directory.find(kid)
  if (!key) return undefined
  const named = [key.agent.id, key.agent.domain].filter((name) => name !== undefined && /^https?:/.test(name))
  const isOther =
    profile !== undefined &&
    named.length > 0 &&
    !named.some((name) => URL.canParse(name ?? '') && new URL(name ?? '').origin === new URL(profile).origin)
  return isOther ? undefined : { key, agent: key.agent }
}

const ownAlgorithm = { Ed25519: 'Ed25519', 'P-256': 'ES256', RSA: 'PS512' } as const

const checkSignature = async (
  wire: UcpWire,
  signature: UcpSignature,
  found: Found,
  algorithm: SignatureAlgorithm,
  now: number,
): Promise<Refusal | undefined> => {
  if (signature.way === 'http') return checkHttpSignature(wire.message, signature.signature, found.key, algorithm, now)
  if (isDetachedBy(signature.jws, Buffer.from(wire.message.body), found.key)) return undefined
  return {
    code: 'foreign-signature-invalid',
    detail: 'it does not hold over the body',
    field: 'header/request-signature',
  }
}

/** A sender, with the step that takes its message once: the last of all, so that nothing is spent on a bad message. */
type Proven = { readonly sender: UcpSender; readonly take: () => Promise<Outcome<'fresh'>> }

const senderOf = async (wire: UcpWire, signature: UcpSignature, context: BridgeContext): Promise<Outcome<Proven>> => {
  const isHttp = signature.way === 'http'
  const parameters = isHttp ? signature.signature.parameters : {}
  const [keyid, where] = isHttp
    ? [parameters.keyid ?? '', 'signature/keyid']
    : [signature.kid, 'header/request-signature']
  const claimed = isHttp ? parameters.alg : textOf(signature.jws.header, 'alg')
  const named = claimed === undefined ? undefined : algorithmOf(claimed)
  if (claimed !== undefined && named !== 'ES256' && named !== 'Ed25519')
    return refuse('foreign-algorithm-not-allowed', { detail: 'the algorithm is not taken', field: 'signature/alg' })
  const until = windowOf(parameters, context.now)
  if (!until.ok) return until
  const found = await lookUp(() => find(keyid, wire.profile, context))
  if (!found.ok) return found
  if (!found.value)
    return refuse('foreign-agent-unknown', {
      detail: 'no trusted directory has this key for this profile',
      field: where,
    })
  const algorithm = named ?? ownAlgorithm[found.value.key.type]
  if (algorithm === 'PS512' || !fits(found.value.key, algorithm))
    return refuse('foreign-key-mismatch', { detail: 'the key is not of an algorithm UCP signs with', field: where })
  const invalid = await checkSignature(wire, signature, found.value, algorithm, context.now)
  if (invalid) return failed(invalid)
  const { created, expires } = parameters
  return accept({
    sender: {
      ...found.value,
      algorithm,
      directory: context.directory.name,
      ...(created === undefined ? {} : { created }),
      ...(expires === undefined ? {} : { expires }),
    },
    take: () => takeMessage(wire, keyid, isHttp, until.value, context),
  })
}

/** An idempotency key that is signed stands for a nonce; elsewhere the signature itself does. */
const takeMessage = (wire: UcpWire, keyid: string, isHttp: boolean, until: number, context: BridgeContext) => {
  const key = isHttp ? headerOf(wire.message, 'idempotency-key') : undefined
  const own = headerOf(wire.message, isHttp ? 'signature' : 'request-signature') ?? ''
  const where = key === undefined ? 'header/signature' : 'header/idempotency-key'
  return takeOnce(['ucp', context.directory.name, keyid, key ?? `signature ${own}`], until, context, where)
}

/** Parties a checkout could be of: who continues it, who serves it, whose terms it links. Origins of https URLs. */
export const issuersOf = (checkout: JsonObject): readonly string[] => {
  const urls: string[] = []
  const add = (value: Json | undefined): void => {
    if (typeof value === 'string' && URL.canParse(value) && new URL(value).protocol === 'https:')
      urls.push(new URL(value).origin)
  }
  const walk = (value: Json | undefined, name: string): void => {
    for (const each of Array.isArray(value) ? value : []) if (isObject(each)) add(member(each, name))
  }
  add(member(checkout, 'continue_url'))
  const ucp = member(checkout, 'ucp')
  const services = isObject(ucp) ? member(ucp, 'services') : undefined
  for (const entries of isObject(services) ? Object.values(services) : []) walk(entries, 'endpoint')
  walk(member(checkout, 'links'), 'url')
  return [...new Set(urls)].slice(0, 8)
}

const findBusiness = async (checkout: JsonObject, kid: string, { directory }: BridgeContext) => {
  for (const issuer of issuersOf(checkout)) {
    const key = await directory.findIssuer(issuer, kid)
    if (key) return { issuer, key }
  }
  return undefined
}

const invalidBusiness = (where: string) =>
  refuse('foreign-signature-invalid', { detail: 'the business did not sign this checkout', field: where })

/** Whether AP2 was negotiated: then a checkout without its business's signature was stripped of it on the way. */
const isLocked = (checkout: JsonObject): boolean => {
  const ucp = member(checkout, 'ucp')
  const capabilities = isObject(ucp) ? member(ucp, 'capabilities') : undefined
  return isObject(capabilities) && ap2Capabilities.some((name) => Object.hasOwn(capabilities, name))
}

const businessOf = async (checkout: JsonObject, context: BridgeContext): Promise<Outcome<UcpBusiness>> => {
  const where = 'body/ap2/merchant_authorization'
  const text = authorizationIn(checkout)
  if (text === undefined)
    return isLocked(checkout)
      ? refuse('foreign-fields-missing', { detail: 'AP2 was negotiated and the business did not sign', field: where })
      : accept({ status: 'unsigned' })
  const authorization = readDetached(text)
  const kid = authorization ? textOf(authorization.header, 'kid') : undefined
  if (!authorization || kid === undefined)
    return refuse('message-malformed', { detail: 'the merchant authorization is no detached JWS', field: where })
  const found = await lookUp(() => findBusiness(checkout, kid, context))
  if (!found.ok) return found
  if (!found.value) return accept({ status: 'unverified' })
  if (!isCheckoutSignedBy(checkout, authorization, found.value.key)) return invalidBusiness(where)
  return accept({ status: 'verified', issuer: found.value.issuer })
}

/**
 * The business behind an embedded checkout: it signed the compact JWS itself, or what is inside it, or both. Which of
 * the two constructions came is not told apart by UCP, so both are taken.
 */
const embeddedBusiness = async (
  { checkout, jwt }: EmbeddedCheckout,
  context: BridgeContext,
): Promise<Outcome<UcpBusiness>> => {
  if (authorizationIn(checkout) !== undefined) return businessOf(checkout, context)
  const jws = readJws(jwt)
  const kid = jws ? textOf(jws.header, 'kid') : undefined
  if (!jws || kid === undefined) return accept({ status: 'unverified' })
  const found = await lookUp(() => findBusiness(checkout, kid, context))
  if (!found.ok) return found
  if (!found.value) return accept({ status: 'unverified' })
  const algorithm = algorithmOf(textOf(jws.header, 'alg') ?? '')
  if (algorithm !== 'ES256' || !isJwsSignedBy(jws, found.value.key, algorithm))
    return invalidBusiness('body/ap2/checkout_mandate')
  return accept({ status: 'verified', issuer: found.value.issuer })
}

/**
 * The chain of a mandate, as AP2 proves it: a root that is known, each hop signed by the key before, the checkout within
 * what the user bounded. A chain that is wrong is refused; one whose root nobody here knows is unverified.
 */
const mandateOf = async (
  text: string,
  { checkout }: EmbeddedCheckout,
  context: BridgeContext,
): Promise<Outcome<UcpMandate>> => {
  const chain = readChain(text)
  if (!chain) return accept({ status: 'unverified', why: 'it is no chain of AP2' })
  const settings = ap2Settings(context.settings)
  const proven = await proveChain(chain, 'checkout', context, settings, context.now)
  if (!proven.ok) {
    const { code, field } = proven.refusal
    const isRootUnknown = code === 'foreign-agent-unknown' || field === 'checkout/0/header/kid'
    return isRootUnknown ? accept({ status: 'unverified', why: 'its root is not known here' }) : proven
  }
  const { constraints, issuer, audience } = proven.value
  if (settings.audiences && !settings.audiences.includes(audience ?? ''))
    return refuse('foreign-audience-mismatch', {
      detail: 'the mandate is for somebody else',
      field: 'checkout/claims/aud',
    })
  const execution = {
    now: context.now,
    merchant: objectOf(checkout, 'merchant'),
    lines: objectsOf(member(checkout, 'line_items')),
  }
  const kept = checkConstraints(constraints, execution, 'checkout')
  return kept.ok ? accept({ status: 'verified', why: issuer }) : kept
}

type Commerce = Pick<UcpTrusted, 'business' | 'embedded' | 'mandate'>

const commerceOf = async (wire: UcpWire, context: BridgeContext): Promise<Outcome<Commerce>> => {
  if (wire.kind === 'checkout') {
    const end = parseTime(textOf(wire.body, 'expires_at') ?? '')
    if (end !== undefined && end <= context.now)
      return refuse('foreign-expired', { detail: 'the checkout is over', field: 'body/expires_at' })
    const business = await businessOf(wire.body, context)
    return business.ok ? accept({ business: business.value }) : business
  }
  if (wire.mandate === undefined) return accept({ business: { status: 'absent' } })
  const where = 'body/ap2/checkout_mandate'
  const embedded = checkoutInMandate(wire.mandate)
  if (!embedded) return refuse('message-malformed', { detail: 'the mandate discloses no checkout', field: where })
  if (wire.sessionId !== undefined && textOf(embedded.checkout, 'id') !== wire.sessionId)
    return refuse('foreign-object-mismatch', { detail: 'the mandate is about another session', field: where })
  const business = await embeddedBusiness(embedded, context)
  if (!business.ok) return business
  const mandate = await mandateOf(wire.mandate, embedded, context)
  return mandate.ok ? accept({ business: business.value, embedded, mandate: mandate.value }) : mandate
}

/** Proves what can be proven. A message that is not signed passes too, and proposes nothing. */
export const verify = async (wire: UcpWire, context: BridgeContext): Promise<Outcome<Verified<UcpTrusted>>> => {
  const proven = wire.signature ? await senderOf(wire, wire.signature, context) : accept(undefined)
  if (!proven.ok) return proven
  const commerce = await commerceOf(wire, context)
  if (!commerce.ok) return commerce
  if (!proven.value) return accept(asVerified({ wire, ...commerce.value }))
  const fresh = await proven.value.take()
  return fresh.ok ? accept(asVerified({ wire, ...commerce.value, sender: proven.value.sender })) : fresh
}
