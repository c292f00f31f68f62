/** The signed objects in a TAP body: whose they are, whether their signature holds, and what an ID token proves. */
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose'
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { canonicalJson } from '../../schemas/index.ts'
import type { BridgeContext, Evidence } from '../adapter.ts'
import type { AgentKey, KeyDirectory } from '../keys.ts'
import { algorithmOf, bytesOf, isSignedBy } from '../signatures.ts'
import type { TapObject } from './wire.ts'

/** Bytes an object's signature is over: RFC 8785 of every member but `signature`. The page names no scheme; this is ours. */
export const signedBytesOf = (members: Readonly<Record<string, unknown>>): Uint8Array => {
  const { signature: _signature, ...signed } = members
  return Buffer.from(canonicalJson(signed))
}

const fieldOf: Readonly<Record<string, string>> = {
  consumer: 'body/agenticConsumer',
  payment: 'body/agenticPaymentContainer',
  iou: 'body/agenticPaymentContainer/browsingIOU',
}

/**
 * What an object of the body is worth. Its nonce has to be that of the HTTP signature and its key one of the same agent
 * (`foreign-object-mismatch` otherwise: somebody else's object). A signature that does not hold is evidence.
 */
export const verifyObject = async (
  kind: string,
  object: TapObject | undefined,
  nonce: string,
  signer: AgentKey,
  directory: KeyDirectory,
): Promise<Outcome<Evidence>> => {
  if (!object) return accept({ kind, status: 'absent' })
  const field = fieldOf[kind] ?? 'body'
  if (object.nonce !== undefined && object.nonce !== nonce)
    return refuse('foreign-object-mismatch', { detail: 'the object has another nonce', field: `${field}/nonce` })
  const { kid, alg, signature } = object
  if (kid === undefined || alg === undefined || signature === undefined) return accept({ kind, status: 'unsigned' })
  let key: AgentKey | undefined
  try {
    key = await directory.find(kid)
  } catch {
    return refuse('directory-unavailable', { detail: 'the key directory cannot be read' })
  }
  if (!key) return accept({ kind, status: 'unverified', why: 'its key is in no trusted directory' })
  if (key.agent.id !== signer.agent.id)
    return refuse('foreign-object-mismatch', { detail: 'the object is of another agent', field: `${field}/kid` })
  const algorithm = algorithmOf(alg)
  if (!algorithm || algorithm === 'RS256')
    return accept({ kind, status: 'unverified', why: 'its algorithm is not allowed' })
  const bytes = bytesOf(signature)
  const holds = bytes !== undefined && isSignedBy(key, algorithm, signedBytesOf(object.members), bytes)
  return accept({ kind, status: holds ? 'verified' : 'bad-signature' })
}

const unverified = (why: string): Evidence => ({ kind: 'id-token', status: 'unverified', why })

/**
 * Whether an ID token holds: signed by the key its issuer has in the directory, and not expired. The token says who the
 * consumer is to somebody else; nothing of it goes further.
 */
export const verifyIdToken = async (token: string | undefined, context: BridgeContext): Promise<Evidence> => {
  if (token === undefined) return { kind: 'id-token', status: 'absent' }
  let issuer: string | undefined
  let kid: string | undefined
  try {
    issuer = decodeJwt(token).iss
    kid = decodeProtectedHeader(token).kid
  } catch {
    return unverified('it is not a JWT')
  }
  try {
    const key = issuer && kid ? await context.directory.findIssuer(issuer, kid) : undefined
    if (!key || !issuer) return unverified('its issuer is in no trusted directory')
    const currentDate = new Date(context.now * 1000)
    const algorithms = ['PS256', 'RS256', 'EdDSA', 'ES256']
    await jwtVerify(token, key.key, { algorithms, issuer, currentDate, clockTolerance: 60, requiredClaims: ['exp'] })
    return { kind: 'id-token', status: 'verified' }
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { kind: 'id-token', status: 'expired' }
    if (error instanceof errors.JWSSignatureVerificationFailed) return { kind: 'id-token', status: 'bad-signature' }
    return unverified('it cannot be checked')
  }
}
