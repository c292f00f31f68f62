/** One chain, verified: a root somebody trusts, each hop signed by the key the one before confirms, in its time. */
import { accept, type Outcome, type Refusal, refuse } from '../../reference/core/outcome.ts'
import { canonicalJson } from '../../schemas/index.ts'
import type { BridgeContext } from '../adapter.ts'
import { lookUp } from '../http-signature.ts'
import { type JsonObject, member } from '../json.ts'
import { allowedAlgorithm, confirmedKey, digestOf, epochOf, isJwsSignedBy, textOf } from '../jws.ts'
import type { TrustedKey } from '../keys.ts'
import { type Ap2Mandate, type Chain, digestKind, type Family, type Hop } from './chain.ts'
import { type Constraint, constraintsOf } from './constraints.ts'
import type { Ap2Settings } from './settings.ts'

/** What a chain says once every signature holds. */
export type ProvenChain = {
  readonly chain: Chain
  readonly key: TrustedKey
  /** Who vouches for the root: an issuer by its name, or the agent provider the key belongs to. */
  readonly issuer: string
  /** Open mandates from the root on, and the closed one where the chain ends in one. */
  readonly open: readonly Ap2Mandate[]
  readonly closed?: JsonObject
  readonly constraints: readonly Constraint[]
  /** The key open mandates hand over to, first. */
  readonly agentKey?: TrustedKey
  /** Epoch seconds. */
  readonly created: number
  readonly expires: number
  readonly audience?: string
  /** Names this presentation of the chain among all. */
  readonly once: string
  /** Which digest of the hop before the last hop names, where there is one. */
  readonly link?: 'presented' | 'token'
}

const skew = 300

const no = (code: Refusal['code'], field: string, detail: string) => refuse(code, { detail, field })

const checkSignature = ({ sdJwt }: Hop, key: TrustedKey, at: string): Outcome<true> => {
  const algorithm = allowedAlgorithm(sdJwt.jws, ['ES256'])
  if (!algorithm) return no('foreign-algorithm-not-allowed', `${at}/header/alg`, 'only ES256 is taken')
  if (key.type !== 'P-256') return no('foreign-key-mismatch', `${at}/header/kid`, 'the key is not on P-256')
  return isJwsSignedBy(sdJwt.jws, key, algorithm)
    ? accept(true)
    : no('foreign-signature-invalid', `${at}/signature`, 'the signature does not hold')
}

const identifyRoot = async (
  { sdJwt }: Hop,
  { directory }: Pick<BridgeContext, 'directory'>,
  at: string,
): Promise<Outcome<{ readonly key: TrustedKey; readonly issuer: string }>> => {
  const [issuer, kid] = [textOf(sdJwt.jws.claims, 'iss'), textOf(sdJwt.jws.header, 'kid')]
  if (kid === undefined) return no('foreign-fields-missing', `${at}/header/kid`, 'the key of the root is not named')
  if (issuer !== undefined) {
    const found = await lookUp(() => directory.findIssuer(issuer, kid))
    if (!found.ok) return found
    return found.value
      ? accept({ key: found.value, issuer })
      : no('foreign-agent-unknown', `${at}/claims/iss`, 'the issuer or its key is not trusted')
  }
  const found = await lookUp(() => directory.find(kid))
  if (!found.ok) return found
  return found.value
    ? accept({ key: found.value, issuer: found.value.agent.id })
    : no('foreign-agent-unknown', `${at}/header/kid`, 'the key of the root is not trusted')
}

/** The one mandate of a hop, or why it is not the one its place in the chain asks for. */
const mandateOf = (hop: Hop, layout: Chain['layout'], family: Family, at: string): Outcome<Ap2Mandate> => {
  const field = `${at}/claims/delegate_payload`
  // A wallet signs both mandates of a purchase in one key binding; every other hop discloses one.
  const [mandate, ...more] =
    layout === 'presentation' ? hop.mandates.filter((each) => each.family === family) : hop.mandates
  if (!mandate || more.length > 0)
    return no('foreign-object-mismatch', field, 'a hop discloses exactly one mandate to whom it is shown')
  if (mandate.family !== family)
    return no('foreign-object-mismatch', field, `it holds no mandate of a ${family}, as where it stands says`)
  const hasKey = Object.hasOwn(mandate.claims, 'cnf')
  if (hasKey !== (mandate.state === 'open'))
    return no('foreign-object-mismatch', field, 'an open mandate confirms a key, a closed one none')
  if (mandate.state === 'open' && mandate.withheld > 0)
    return no(
      'foreign-fields-missing',
      field,
      'a part of an open mandate is withheld; what it bounds cannot be checked',
    )
  return accept(mandate)
}

const bindings = {
  open: ['kb+sd-jwt+kb', 'kb-sd-jwt+kb', 'kb+jwt'],
  closed: ['kb+sd-jwt', 'kb-sd-jwt', 'kb+jwt'],
} as const

/** Type, digest of the hop before, and the claims of a hop that is bound to a key. */
const checkBinding = (
  hop: Hop,
  before: Hop,
  state: Ap2Mandate['state'],
  at: string,
): Outcome<'presented' | 'token'> => {
  const { header, claims } = hop.sdJwt.jws
  if (!bindings[state].some((typ) => typ === textOf(header, 'typ')))
    return no('foreign-wire-form-unsupported', `${at}/header/typ`, `the type is not ${bindings[state].join(' or ')}`)
  for (const name of ['aud', 'nonce'])
    if (textOf(claims, name) === undefined)
      return no('foreign-fields-missing', `${at}/claims/${name}`, `there is no ${name}`)
  if (epochOf(claims, 'iat') === undefined)
    return no('foreign-fields-missing', `${at}/claims/iat`, 'there is no time of issue')
  const [full, bare] = [textOf(claims, 'sd_hash'), textOf(claims, 'issuer_jwt_hash')]
  if ((full === undefined) === (bare === undefined))
    return no('foreign-fields-missing', `${at}/claims/sd_hash`, 'one digest of the hop before has to be there')
  const kind = digestKind(before, full ?? bare)
  if (kind !== (full === undefined ? 'token' : 'presented'))
    return no('foreign-object-mismatch', `${at}/claims/sd_hash`, 'it does not belong to the hop before')
  return accept(kind)
}

type Window = { readonly created: number; readonly expires: number }

/** When a mandate was made and until when it counts: its own end, or the operator's, whichever comes first. */
const windowOf = (
  { claims, state }: Ap2Mandate,
  hop: Hop,
  settings: Ap2Settings,
  now: number,
  at: string,
): Outcome<Window> => {
  const own = (name: string) => epochOf(claims, name) ?? epochOf(hop.sdJwt.jws.claims, name)
  const field = `${at}/claims/delegate_payload`
  for (const name of ['iat', 'exp'])
    if (Object.hasOwn(claims, name) && epochOf(claims, name) === undefined)
      return no('message-malformed', `${field}/${name}`, 'a time is in whole epoch seconds')
  const [made, end] = [own('iat'), own('exp')]
  const lifetime = state === 'open' ? settings.openLifetimeMax : settings.closedLifetimeMax
  if (made === undefined)
    return no('foreign-window-invalid', field, 'a mandate that does not say when it was made would never end')
  const expires = Math.min(end ?? made + lifetime, made + lifetime)
  if (expires <= made) return no('foreign-window-invalid', `${field}/exp`, 'it ends before it begins')
  if (made > now + skew) return no('foreign-not-yet-valid', `${field}/iat`, 'it was made in the future')
  return expires <= now ? no('foreign-expired', `${field}/exp`, 'it expired') : accept({ created: made, expires })
}

const presets = ['payee', 'payment_amount', 'payment_instrument', 'pisp', 'execution_date', 'risk_data'] as const

/** A member an open mandate sets in advance that the closed one says otherwise. */
const changedPreset = (open: readonly Ap2Mandate[], closed: JsonObject): string | undefined => {
  const text = (claims: JsonObject, name: string) => canonicalJson(member(claims, name) ?? null)
  return presets.find((name) =>
    open.some(({ claims }) => Object.hasOwn(claims, name) && text(claims, name) !== text(closed, name)),
  )
}

/** The operator's time for a credential: it is held to the times it names and to nothing else. */
const checkCredential = ({ sdJwt }: Hop, now: number, at: string): Outcome<Window> => {
  const { claims } = sdJwt.jws
  const [made, end] = [epochOf(claims, 'iat') ?? 0, epochOf(claims, 'exp') ?? Number.MAX_SAFE_INTEGER]
  if (made > now + skew) return no('foreign-not-yet-valid', `${at}/claims/iat`, 'it was made in the future')
  return end <= now ? no('foreign-expired', `${at}/claims/exp`, 'it expired') : accept({ created: made, expires: end })
}

type Walk = {
  readonly open: Ap2Mandate[]
  readonly constraints: Constraint[]
  closed?: JsonObject
  agentKey?: TrustedKey
  link?: 'presented' | 'token'
  created: number
  expires: number
}

/** One step along the chain: what the hop adds, and the key the next has to be signed with. */
const step = (
  chain: Chain,
  index: number,
  key: TrustedKey,
  family: Family,
  settings: Ap2Settings,
  now: number,
  walk: Walk,
): Outcome<TrustedKey | undefined> => {
  const hop = chain.hops[index] as Hop
  const at = `${family}/${index}`
  const isLast = index === chain.hops.length - 1
  const { claims, header } = hop.sdJwt.jws
  const signed = checkSignature(hop, key, at)
  if (!signed.ok) return signed
  if ((textOf(claims, '_sd_alg') ?? 'sha-256') !== 'sha-256')
    return no('foreign-algorithm-not-allowed', `${at}/claims/_sd_alg`, 'digests are SHA-256')
  if (index === 0 && /^kb[+-]/.test(textOf(header, 'typ') ?? ''))
    return no('foreign-wire-form-unsupported', `${at}/header/typ`, 'a key binding cannot be the root')
  const isRootCredential = index === 0 && hop.isCredential
  const confirmed = (from: JsonObject, field: string): Outcome<TrustedKey> => {
    const next = confirmedKey(from)
    return next ? accept(next) : no('foreign-key-mismatch', field, 'it confirms no public key on P-256')
  }
  if (isRootCredential) {
    if (isLast) return no('foreign-fields-missing', at, 'a credential alone asks for nothing')
    const times = checkCredential(hop, now, at)
    if (!times.ok) return times
    walk.expires = Math.min(walk.expires, times.value.expires)
    return confirmed(hop.sdJwt.resolved, `${at}/claims/cnf`)
  }
  const mandate = mandateOf(hop, chain.layout, family, at)
  if (!mandate.ok) return mandate
  if (index > 0) {
    const bound = checkBinding(hop, chain.hops[index - 1] as Hop, mandate.value.state, at)
    if (!bound.ok) return bound
    walk.link = bound.value
  }
  const times = windowOf(mandate.value, hop, settings, now, at)
  if (!times.ok) return times
  if (walk.created === 0) walk.created = times.value.created
  walk.expires = Math.min(walk.expires, times.value.expires)
  if (mandate.value.state === 'closed') {
    walk.closed = mandate.value.claims
    return accept(undefined)
  }
  const constraints = constraintsOf(mandate.value.claims, family, at)
  if (!constraints.ok) return constraints
  walk.open.push(mandate.value)
  walk.constraints.push(...constraints.value)
  const next = confirmed(mandate.value.claims, `${at}/claims/delegate_payload`)
  if (next.ok) walk.agentKey ??= next.value
  return next
}

/** Proves a chain at a moment. `family` is what it stands for where it was found, and every hop has to be of it. */
export const proveChain = async (
  chain: Chain,
  family: Family,
  context: Pick<BridgeContext, 'directory'>,
  settings: Ap2Settings,
  now: number,
): Promise<Outcome<ProvenChain>> => {
  const root = await identifyRoot(chain.hops[0], context, `${family}/0`)
  if (!root.ok) return root
  const walk: Walk = { open: [], constraints: [], created: 0, expires: Number.MAX_SAFE_INTEGER }
  let key: TrustedKey | undefined = root.value.key
  for (const index of chain.hops.keys()) {
    if (!key) return no('foreign-object-mismatch', `${family}/${index}`, 'nothing comes after a closed mandate')
    const next: Outcome<TrustedKey | undefined> = step(chain, index, key, family, settings, now, walk)
    if (!next.ok) return next
    key = next.value
  }
  const changed = walk.closed ? changedPreset(walk.open, walk.closed) : undefined
  if (changed !== undefined)
    return no(
      'foreign-object-mismatch',
      `${family}/${chain.hops.length - 1}/claims/delegate_payload/0/${changed}`,
      'the open mandate says it otherwise',
    )
  const last = chain.hops[chain.hops.length - 1] as Hop
  const audience = textOf(last.sdJwt.jws.claims, 'aud')
  return accept({
    chain,
    ...root.value,
    ...walk,
    ...(audience === undefined ? {} : { audience }),
    once: textOf(last.sdJwt.jws.claims, 'nonce') ?? digestOf(last.sdJwt.jws.signingInput),
  })
}
