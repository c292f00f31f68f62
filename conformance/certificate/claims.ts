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
import type { StatusEntry } from './status.ts'

export const certificateType = 'amp-conformance+jwt'

/** A request the target signed during the run, to an address that holds the challenge. */
export type TargetProof = {
  readonly role: JudgedRole
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
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
    readonly software: { readonly name: string; readonly version: string }
    /** Digest of the discovery document. */
    readonly discovery: string
    readonly roles: readonly { readonly role: JudgedRole; readonly id: string; readonly keys: readonly JsonObject[] }[]
  }
  /** Random for this run; in the path of every request of the target to the suite. */
  readonly challenge: string
  readonly proofs: readonly TargetProof[]
  readonly counts: Report['counts']
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

/** Digest of a discovery document. */
export const discoveryDigest = (document: unknown): string => sha256(canonicalJson(document))

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
  Array.isArray(value.proofs) &&
  isObject(value.transcript)

/** JSON of a file. Throws where there is none. */
export const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))
