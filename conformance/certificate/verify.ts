/** Verifies a certificate offline: against pinned roots, never a key from inside it. */
import { compactVerify, decodeProtectedHeader, importJWK, type JWK } from 'jose'
import { isObject } from '../layers.ts'
import { areClaims, bindingOf, type Claims, certificateType } from './claims.ts'
import type { Roots } from './issue.ts'
import { type BoundKey, boundKeys, isCanonical } from './proof.ts'
import { entryOf, standingOf } from './status.ts'
import { isTranscript, transcriptRoot } from './transcript.ts'

/** Why a certificate is not believed. */
export type Distrust =
  | 'malformed'
  | 'root-unknown'
  | 'signature-invalid'
  | 'not-yet-valid'
  | 'expired'
  | 'revoked'
  | 'status-unknown'
  | 'target-proof-invalid'
  | 'target-key-of-suite'
  | 'evidence-malformed'
  | 'evidence-mismatch'

export type Verified =
  | { readonly valid: true; readonly claims: Claims; readonly bound: readonly BoundKey[] }
  | { readonly valid: false; readonly reason: Distrust; readonly says: string }

const distrust = (reason: Distrust, says: string): Verified => ({ valid: false, reason, says })

const leewaySeconds = 60

/** Whether a value has the form of roots. */
export const areRoots = (value: unknown): value is Roots =>
  isObject(value) &&
  Array.isArray(value.keys) &&
  value.keys.every(isObject) &&
  (value.revoked === undefined || Array.isArray(value.revoked))

/** The keys the target signed the challenge with. Never throws. */
const boundIn = async (claims: Claims) => {
  try {
    return await boundKeys(bindingOf(claims))
  } catch {
    return { reason: 'target-proof-invalid', says: 'what the target signed cannot be read' } as const
  }
}

/** What a status list says against a certificate; one that cannot be believed, or is for others, says nothing for it. */
const distrustOf = async (claims: Claims, { keys }: Roots, now: number, statusList: string) => {
  const entry = entryOf(claims.status)
  const standing = entry ? await standingOf(entry, statusList, keys, now) : 'unreadable'
  if (standing === 'revoked') return distrust('revoked', 'its status list says that it was taken back')
  return standing === 'valid'
    ? undefined
    : distrust(
        'status-unknown',
        'the status list is not that of this certificate, is too old, or no pinned root signed it',
      )
}

/**
 * Reads and verifies a certificate at a moment in epoch seconds. `evidence` is the transcript of the run, `statusList`
 * the signed list its status entry names. Never throws.
 */
export const verifyCertificate = async (
  text: string,
  roots: Roots,
  now: number,
  { evidence, statusList }: { readonly evidence?: unknown; readonly statusList?: string | undefined } = {},
): Promise<Verified> => {
  if (!isCanonical(text)) return distrust('malformed', 'it is no compact JWS, letter by letter')
  let claims: unknown
  try {
    const { kid, typ, alg } = decodeProtectedHeader(text)
    if (typ !== certificateType || alg !== 'ES256') return distrust('malformed', 'it is no certificate of this suite')
    const root = roots.keys.find((key) => key.kid !== undefined && key.kid === kid)
    if (!root)
      return distrust('root-unknown', `no pinned root has the key ${String(kid)}; a key from inside is not believed`)
    const { payload } = await compactVerify(text, await importJWK({ ...root, alg: 'ES256' } as JWK, 'ES256'), {
      algorithms: ['ES256'],
    })
    claims = JSON.parse(Buffer.from(payload).toString('utf8'))
  } catch (error) {
    const signature = (error as { code?: string }).code === 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'
    return signature
      ? distrust('signature-invalid', 'the signature does not verify: somebody changed it')
      : distrust('malformed', 'it cannot be read as a JWS')
  }
  if (!areClaims(claims)) return distrust('malformed', 'claims are missing')
  if (claims.iat > now + leewaySeconds) return distrust('not-yet-valid', 'it is from the future')
  if (claims.exp <= now) return distrust('expired', 'it is over')
  if ((roots.revoked ?? []).includes(claims.jti)) return distrust('revoked', 'its issuer took it back')
  const against = statusList === undefined ? undefined : await distrustOf(claims, roots, now, statusList)
  if (against) return against
  const bound = await boundIn(claims)
  if ('reason' in bound) return distrust(bound.reason, bound.says)
  if (evidence === undefined) return { valid: true, claims, bound }
  if (!isTranscript(evidence)) return distrust('evidence-malformed', 'the evidence is no transcript of a run')
  const { entries, root } = claims.transcript
  try {
    const same = evidence.entries.length === entries && transcriptRoot(evidence) === root
    return same ? { valid: true, claims, bound } : distrust('evidence-mismatch', 'the evidence is not that of this run')
  } catch {
    return distrust('evidence-malformed', 'the evidence cannot be hashed')
  }
}
