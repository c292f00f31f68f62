/** Runtime identity: the user, the exact agent version and an attested runtime, all three or refused (EXT-KYA-10 to 13). */
import type { CryptoKey, JWK } from 'jose'
import { isMessage, type Message } from '../../../schemas/index.ts'
import { accept, type Outcome, refuse } from '../outcome.ts'
import { formatTime } from '../time.ts'
import { readJson, signJson } from './statement.ts'

export type Attestation = Message<'extensions/kya/attestation-claims'>
export type RuntimeIdentity = Message<'extensions/kya/runtime-identity'>

/** Verifies what a runtime says of itself; the reference reads an EAT (RFC 9711) as a JWT of an attestation verifier. */
export type AttestationPort = (evidence: string) => Promise<Attestation | undefined>

const type = 'eat+jwt'

/** The real verifier: an EAT signed by an attestation verifier the network trusts, by its issuer and key. */
export const eatVerifier =
  (trusted: ReadonlyMap<string, { readonly keys: readonly JWK[] }>): AttestationPort =>
  async (evidence) => {
    for (const [issuer, keys] of trusted) {
      const claims = await readJson(type, evidence, keys)
      if (isMessage('extensions/kya/attestation-claims', claims) && claims.iss === issuer) return claims
    }
    return undefined
  }

export const signAttestation = (
  claims: Attestation,
  signer: { readonly kid: string; readonly privateKey: CryptoKey },
): Promise<string> => signJson(type, claims, signer)

/** Who is to be running: from the session of the user, the KYA credential, and a challenge given out once. */
export type Expected = {
  readonly userReference: string | undefined
  readonly agentId: string
  readonly agentVersion: string
  readonly keyThumbprint: string
  readonly challenge: string
  /** Challenges used before; the caller adds this one in the transaction that uses the result. */
  readonly used: ReadonlySet<string>
}

/** Longest an attestation is taken for the state of now, in seconds. */
const ageMaxSeconds = 300

/** The identity, where all three parts hold. Refuses `runtime-attestation-invalid` and does not say which part failed. */
export const identifyRuntime = async (
  port: AttestationPort,
  evidence: string,
  expected: Expected,
  now: number,
): Promise<Outcome<RuntimeIdentity>> => {
  const claims = await port(evidence)
  const { userReference, agentId, agentVersion, keyThumbprint, challenge, used } = expected
  const holds =
    claims !== undefined &&
    userReference !== undefined &&
    claims.eat_nonce === challenge &&
    !used.has(challenge) &&
    claims.swname === agentId &&
    claims.swversion === agentVersion &&
    claims.cnf.jkt === keyThumbprint &&
    claims.dbgstat !== 'enabled' &&
    claims.iat <= now + 60 &&
    now - claims.iat <= ageMaxSeconds &&
    now < claims.exp
  if (!holds) return refuse('runtime-attestation-invalid')
  return accept({ userReference, agentId, agentVersion, runtimeId: claims.ueid, attestedAt: formatTime(claims.iat) })
}
