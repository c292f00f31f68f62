/** Issues a certificate for a run that certified its target, bound to the target's own keys and to everything exchanged. */
import { randomBytes } from 'node:crypto'
import { CompactSign, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import type { Report } from '../certify.ts'
import { reachOf } from '../report/proof.ts'
import type { Bound } from './binding.ts'
import { askedOf, type Claims, certificateType, suiteClaims, yearSeconds } from './claims.ts'
import type { StatusEntry } from './status.ts'
import { type Transcript, transcriptRoot } from './transcript.ts'

/** The key of whoever ran the suite: private JWK, P-256. */
export type RunnerKey = JWK & { readonly kid: string }

/** Makes a runner key. */
export const makeRunnerKey = async (): Promise<RunnerKey> => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: (await calculateJwkThumbprint(jwk)).slice(0, 22), alg: 'ES256' }
}

/** What verifiers pin: public keys, and the certificates that were taken back. */
export type Roots = { readonly keys: readonly JWK[]; readonly revoked: readonly string[] }

export const rootsOf = ({ d: _private, ...jwk }: RunnerKey): Roots => ({ keys: [jwk], revoked: [] })

/** What a certificate is made of. */
export type Certified = {
  readonly report: Report
  /** The target as it signed the challenge of the run. */
  readonly bound: Bound
  readonly transcript: Transcript
  readonly attempts: number
  readonly runner: Claims['runner']
  readonly status?: StatusEntry | undefined
}

/** The counters of the stateful checks. */
const reachClaim = (report: Report): Claims['reach'] =>
  Object.fromEntries(
    reachOf(report).flatMap(({ id, counters }) =>
      counters.map(([label, count]) => [`${id.split(':')[0]}: ${label}`, count] as const),
    ),
  )

/** A compact JWS over the claims. */
export const issueCertificate = async (certified: Certified, key: RunnerKey, now: number): Promise<string> => {
  const { report, bound, transcript, attempts, runner, status } = certified
  const claims: Claims = {
    iss: `urn:amp:runner:${key.kid}`,
    iat: now,
    exp: now + yearSeconds,
    jti: randomBytes(16).toString('base64url'),
    suite: suiteClaims(report.suite),
    ...bound,
    counts: report.counts,
    asked: askedOf(report),
    reach: reachClaim(report),
    hooks: report.hooks,
    seeds: [report.seed],
    attempts,
    transcript: { entries: transcript.entries.length, root: transcriptRoot(transcript) },
    runner,
    ...(status ? { status: { status_list: status } } : {}),
  }
  return new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', typ: certificateType, kid: key.kid })
    .sign(await importJWK(key, 'ES256'))
}
