/** What a certificate says, and how it is read from untrusted text. */
import { readFileSync } from 'node:fs'
import { canonicalJson } from '../../schemas/index.ts'
import type { Report } from '../certify.ts'
import { allChecks } from '../chapters/index.ts'
import { isObject, type JsonObject } from '../layers.ts'
import { sha256 } from '../parties.ts'
import { requirements } from '../requirements.ts'
import type { JudgedRole } from '../roles.ts'
import { readMatrix, scorecardOf } from '../scorecard.ts'
import { type Binding, type Reached, type TargetProof, ways } from './proof.ts'
import type { StatusEntry } from './status.ts'

export const certificateType = 'amp-conformance+jwt'

/** How much of the suite a run asked: through a driver, or where little is offered, it is a part. */
export type Asked = {
  /** Checks that came to a verdict about the target. */
  readonly checks: number
  /** Checks the suite has for its roles. */
  readonly of: number
  /** Requirements of those roles that no check came to, by id. */
  readonly unasked: readonly string[]
}

/** The claims, beside iss, iat, exp and jti. */
export type Claims = {
  readonly iss: string
  readonly iat: number
  readonly exp: number
  readonly jti: string
  readonly suite: {
    readonly name: string
    readonly version: string
    readonly protocol: string
    /** Digest over ids and sentences of every requirement. */
    readonly requirements: string
    /** Digest over ids and requirements of every check. */
    readonly checks: string
    readonly mutants: number
    readonly mutantsKilled: number
  }
  readonly target: {
    readonly url: string
    /** Left out by suites that could only reach targets over HTTP, and read so. */
    readonly reached?: Reached
    readonly software: { readonly name: string; readonly version: string }
    /** Digest of what it says of itself: the discovery document, what its driver tells, or the profile an agent applies with. */
    readonly discovery: string
    readonly roles: readonly { readonly role: JudgedRole; readonly id: string; readonly keys: readonly JsonObject[] }[]
  }
  /** Random for this run; in the path of every request of the target to the suite. */
  readonly challenge: string
  readonly proofs: readonly TargetProof[]
  readonly counts: Report['counts']
  /** Left out where `reached` is. */
  readonly asked?: Asked
  /** How often stateful checks came to what they are about, by role and what that is. */
  readonly reach: Readonly<Record<string, number>>
  readonly hooks: string
  readonly seeds: readonly number[]
  /** How often the runner tried before this run, as far as it told. */
  readonly attempts: number
  readonly transcript: { readonly entries: number; readonly root: string }
  readonly runner: 'self' | 'ci' | 'lab'
  /** Where it is looked up whether it was taken back. */
  readonly status?: { readonly status_list: StatusEntry }
}

export const yearSeconds = 365 * 86_400

/** Digests and figures of the suite itself. */
export const suiteClaims = (suite: Report['suite']): Claims['suite'] => {
  const { mutants, mutantsKilled } = scorecardOf(readMatrix())
  return {
    ...suite,
    requirements: sha256(canonicalJson([...requirements.values()].map(({ id, sentence }) => [id, sentence]))),
    checks: sha256(canonicalJson(allChecks.map(({ id, requirements: cited }) => [id, cited]))),
    mutants,
    mutantsKilled,
  }
}

/** What a run asked of all it could have asked the roles of its target. */
export const askedOf = ({ roles, results }: Pick<Report, 'roles' | 'results'>): Asked => {
  const own = allChecks.filter(({ role }) => roles.includes(role))
  const judged = results.filter(({ verdict }) => verdict !== 'not-applicable')
  const asked = new Set(judged.flatMap(({ requirements: cited }) => cited))
  const cited = new Set(own.flatMap(({ requirements: ids }) => ids))
  return { checks: judged.length, of: own.length, unasked: [...cited].filter((id) => !asked.has(id)).sort() }
}

/** How the target of a certificate was reached. */
export const reachedOf = ({ target }: Pick<Claims, 'target'>): Reached => target.reached ?? 'http'

const wayWords: Readonly<Record<Reached, string>> = {
  http: 'HTTP',
  driver: 'a driver',
  agent: 'errands it was sent on',
}

/** The same for people. */
export const wayOf = (claims: Pick<Claims, 'target'>): string => wayWords[reachedOf(claims)]

/** What binds a certificate to its target. */
export const bindingOf = (claims: Pick<Claims, 'target' | 'challenge' | 'proofs' | 'seeds'>): Binding => {
  const { challenge, proofs, seeds, target } = claims
  return { challenge, proofs, seeds, reached: reachedOf(claims), roles: target.roles }
}

/** Digest of a discovery document. */
export const discoveryDigest = (document: unknown): string => sha256(canonicalJson(document))

/** A way that was named comes with how much was asked that way, so that no part is taken for the whole. */
const isWhole = (asked: unknown, reached: unknown): boolean =>
  reached === undefined
    ? asked === undefined
    : (ways as readonly unknown[]).includes(reached) &&
      isObject(asked) &&
      Number.isInteger(asked.checks) &&
      Number.isInteger(asked.of) &&
      Array.isArray(asked.unasked)

/** Whether a value has the members of a certificate; values are judged by whoever uses them. */
export const areClaims = (value: unknown): value is Claims =>
  isObject(value) &&
  typeof value.iss === 'string' &&
  typeof value.iat === 'number' &&
  typeof value.exp === 'number' &&
  typeof value.jti === 'string' &&
  typeof value.challenge === 'string' &&
  value.challenge.length >= 22 &&
  isObject(value.suite) &&
  isObject(value.target) &&
  Array.isArray(value.target.roles) &&
  isWhole(value.asked, value.target.reached) &&
  Array.isArray(value.seeds) &&
  value.seeds.every(Number.isSafeInteger) &&
  Array.isArray(value.proofs) &&
  isObject(value.transcript)

/** JSON of a file. Throws where there is none. */
export const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))
