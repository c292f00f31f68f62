/** The KYA credential: who answers for an agent, what it may do, and whether that still holds (EXT-KYA-1 to 9). */
import { calculateJwkThumbprint, type JWK } from 'jose'
import { isMessage, type Message } from '../../../schemas/index.ts'
import type { SigningKey } from '../assurance.ts'
import { accept, type Outcome, refuse } from '../outcome.ts'
import { firstBroken, type Rule } from '../rule.ts'
import { isSignedBy, parseLayer, signLayer } from '../sd-jwt.ts'
import { days } from '../time.ts'
import { enforces, type World } from '../world.ts'
import { type CredentialStatus, statusIn } from './status-list.ts'

export type KyaClaims = Message<'extensions/kya/credential-claims'>

const typ = 'dc+sd-jwt'

/** Days after which a review has to be done again (published: annual). */
export const reviewDays = 365

/** Issues a credential; the legal names of operator and developer are disclosed only where the holder wants. */
export const issueKya = (
  { operator, developer, ...claims }: KyaClaims,
  key: SigningKey,
  world: World,
): Promise<string> => {
  const disclosures = {
    ...(operator === undefined ? {} : { operator }),
    ...(developer === undefined ? {} : { developer }),
  }
  const header = { alg: 'ES256', typ, kid: key.kid }
  return signLayer('identity', { header, claims, disclosures }, key.privateKey, { ...world, deviation: {} })
}

/** The same credential without some disclosures. */
export const withhold = (credential: string, names: readonly string[]): string => {
  const layer = parseLayer(credential)
  const [jws = '', ...disclosures] = credential.slice(0, -1).split('~')
  const kept = disclosures.filter((_, index) => !names.includes(layer?.presented[index]?.name ?? ''))
  return `${[jws, ...kept].join('~')}~`
}

/** Claims of a credential that one of these keys signed, disclosed ones included. Refuses `kya-credential-invalid`. */
export const readKya = async (
  credential: string,
  { keys }: { readonly keys: readonly JWK[] },
  world: Pick<World, 'deviation'> = { deviation: {} },
): Promise<Outcome<KyaClaims>> => {
  const layer = parseLayer(credential)
  const key = keys.find(({ kid }) => kid === layer?.header.kid)
  if (!layer || layer.header.typ !== typ || layer.header.alg !== 'ES256' || !(await isSignedBy(layer, key)))
    return refuse('kya-credential-invalid')
  const { _sd: digests = [], _sd_alg: _, ...open } = layer.claims
  const committed = new Set(Array.isArray(digests) ? digests : [])
  const names = layer.presented.map(({ name }) => name)
  const sound =
    layer.presented.every(({ digest, name }) => committed.has(digest) && !(name in open)) &&
    new Set(names).size === names.length
  const claims = { ...open, ...Object.fromEntries(layer.presented.map(({ name, value }) => [name, value])) }
  return (sound || !enforces(world, 'EXT-KYA-2')) && isMessage('extensions/kya/credential-claims', claims)
    ? accept(claims)
    : refuse('kya-credential-invalid')
}

/** A status list as it was fetched. Times are epoch seconds. */
export type FetchedList = {
  readonly uri: string
  readonly lst: string
  readonly ttl: number
  readonly fetchedAt: number
}

/** One use of a credential: by which key, for what, and what is known of its status. */
export type KyaUse = {
  readonly claims: KyaClaims
  readonly keyThumbprint: string
  readonly capability: string
  readonly list: FetchedList | undefined
  readonly now: number
  /** Longest a status may be trusted after it was fetched, whatever its list says. */
  readonly stalenessMaxSeconds: number
}

type Known = KyaUse & { readonly boundTo: string; readonly status: CredentialStatus | undefined }

const useRules: readonly Rule<Known>[] = [
  { id: 'EXT-KYA-3', code: 'kya-credential-invalid', holds: ({ boundTo, keyThumbprint }) => boundTo === keyThumbprint },
  {
    id: 'EXT-KYA-4',
    code: 'kya-credential-expired',
    holds: ({ claims, now }) => claims.iat <= now + 60 && now < claims.exp && now < claims.review_due,
  },
  {
    id: 'EXT-KYA-6',
    code: 'kya-status-stale',
    holds: ({ claims, list, status, now, stalenessMaxSeconds }) =>
      list !== undefined &&
      status !== undefined &&
      list.uri === claims.status.status_list.uri &&
      now >= list.fetchedAt &&
      now - list.fetchedAt <= Math.min(list.ttl, stalenessMaxSeconds),
  },
  { id: 'EXT-KYA-5', code: 'kya-revoked', holds: ({ status }) => status !== 'revoked' },
  { id: 'EXT-KYA-5:suspended', code: 'kya-suspended', holds: ({ status }) => status !== 'suspended' },
  {
    id: 'EXT-KYA-7',
    code: 'kya-capability-missing',
    holds: ({ claims, capability }) => claims.capabilities.includes(capability),
  },
]

/** Whether the agent may do this now. The status has to be known recently enough: an old word is refused, not trusted. */
export const useKya = async (use: KyaUse, world: Pick<World, 'deviation'>): Promise<Outcome<true>> => {
  const boundTo = await calculateJwkThumbprint(use.claims.cnf.jwk)
  const status = use.list && statusIn(use.list.lst, use.claims.status.status_list.idx)
  const broken = firstBroken(useRules, { ...use, boundTo, status }, world)
  return broken ? { ok: false, refusal: broken } : accept(true)
}

/** A credential on its way. Revocation is for good; an overdue review suspends until it is done. */
export type KyaLife = { readonly status: CredentialStatus; readonly reviewDue: number; readonly keyThumbprint: string }

export type KyaStep =
  | { readonly kind: 'suspend' | 'resume' | 'revoke' | 'review' | 'sweep' }
  | { readonly kind: 'rotate'; readonly keyThumbprint: string; readonly proven: boolean }

/** Takes one step at a moment (epoch seconds). A revoked credential takes none. */
export const stepKya = (life: KyaLife, step: KyaStep, now: number): Outcome<KyaLife> => {
  if (life.status === 'revoked') return refuse('kya-revoked')
  const overdue = now >= life.reviewDue
  switch (step.kind) {
    case 'suspend':
      return accept({ ...life, status: 'suspended' })
    case 'resume':
      return overdue ? refuse('kya-credential-expired') : accept({ ...life, status: 'valid' })
    case 'revoke':
      return accept({ ...life, status: 'revoked' })
    case 'review':
      return accept({ ...life, reviewDue: now + days(reviewDays) })
    case 'sweep':
      return accept(overdue ? { ...life, status: 'suspended' } : life)
    case 'rotate':
      if (!step.proven || step.keyThumbprint === life.keyThumbprint) return refuse('proof-of-possession-invalid')
      return life.status === 'valid' ? accept({ ...life, keyThumbprint: step.keyThumbprint }) : refuse('kya-suspended')
  }
}
