/** Signed statements outside the assurance chain: request signature, proof of possession, letter of commitment. */
import { CompactSign, type CryptoKey, calculateJwkThumbprint, compactVerify, type JWK } from 'jose'
import { isMessage, type Message, type ProblemCode, type SchemaPath } from '../../schemas/index.ts'
import { hashOf } from './canonical.ts'
import { accept, type Outcome, refuse } from './outcome.ts'
import { publicKeyOf } from './public-key.ts'
import { enforces, type World } from './world.ts'

type PublicJwk = Message<'common/public-jwk'>
type Signer = { readonly kid: string; readonly privateKey: CryptoKey }

const windowSeconds = 300
const leewaySeconds = 60

const sign = (type: string, claims: object, { kid, privateKey }: Signer): Promise<string> =>
  new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', typ: type, kid })
    .sign(privateKey)

/** Verifies a statement: ES256, exact type, the schema of its claims, and an issue time within five minutes. */
const verify = async <Path extends SchemaPath>(
  jws: string,
  jwk: JWK,
  type: string,
  path: Path,
  now: number,
): Promise<Message<Path> | undefined> => {
  try {
    const { payload, protectedHeader } = await compactVerify(jws, publicKeyOf(jwk), { algorithms: ['ES256'] })
    const claims: unknown = JSON.parse(Buffer.from(payload).toString('utf8'))
    const { iat } = claims as { iat?: unknown }
    if (protectedHeader.typ !== type || !isMessage(path, claims) || typeof iat !== 'number') return undefined
    return iat <= now + leewaySeconds && iat > now - windowSeconds - leewaySeconds ? claims : undefined
  } catch {
    return undefined
  }
}

const requestType = 'amp-request+jwt'
const proofType = 'amp-proof+jwt'
const commitmentType = 'amp-commitment+jwt'

type TokenRequest = Message<'payment/apply-credential-request'>

/** What of a token request the agent signs: everything but the signature itself. */
const signedPart = ({
  requestSignature: _,
  ...rest
}: TokenRequest | (Omit<TokenRequest, 'requestSignature'> & { requestSignature?: string })) => rest

/** Signs a token request with the registered key of the agent (AMP-TRUST-017). */
export const signTokenRequest = (
  request: Omit<TokenRequest, 'requestSignature'>,
  audience: string,
  key: Signer,
  world: World,
): Promise<string> =>
  sign(
    requestType,
    {
      iss: request.agentId,
      aud: audience,
      iat: world.now(),
      nonce: world.nonce(),
      request_hash: hashOf(signedPart(request)),
    },
    key,
  )

/** Verifies the signature over a token request; gives back its nonce, to be spent once. */
export const verifyTokenRequest = async (
  request: TokenRequest,
  audience: string,
  agentKey: PublicJwk,
  world: World,
): Promise<Outcome<string>> => {
  if (!enforces(world, 'AMP-TRUST-017')) return accept(world.nonce())
  const claims = await verify(
    request.requestSignature,
    agentKey,
    requestType,
    'trust/request-signature-claims',
    world.now(),
  )
  const holds =
    claims?.iss === request.agentId && claims.aud === audience && claims.request_hash === hashOf(signedPart(request))
  return claims && holds ? accept(claims.nonce) : refuse('request-signature-invalid', { field: '/requestSignature' })
}

/** Shows that the agent holds the key it registers (AMP-TRUST-015). */
export const proveKey = async (jwk: PublicJwk, audience: string, key: Signer, world: World): Promise<string> =>
  sign(
    proofType,
    { aud: audience, iat: world.now(), nonce: world.nonce(), jkt: await calculateJwkThumbprint(jwk) },
    key,
  )

/** Verifies a proof of possession against the key it is about. */
export const verifyKeyProof = async (
  proof: string,
  jwk: PublicJwk,
  audience: string,
  world: World,
): Promise<Outcome<string>> => {
  if (!enforces(world, 'AMP-TRUST-015')) return accept(world.nonce())
  const claims = await verify(proof, jwk, proofType, 'trust/proof-of-possession-claims', world.now())
  const holds = claims?.aud === audience && claims.jkt === (await calculateJwkThumbprint(jwk))
  return claims && holds ? accept(claims.nonce) : refuse('proof-of-possession-invalid', { field: '/proofOfPossession' })
}

type Application = Pick<Message<'trust/register-agent-request'>, 'agentKey' | 'profile' | 'review'>

/** The letter of authenticity commitment of a credential provider (AMP-TRUST-022, AMP-TRUST-023). */
export const commit = (
  { agentKey, profile, review }: Application,
  issuer: string,
  audience: string,
  key: Signer,
  world: World,
): Promise<string> =>
  sign(
    commitmentType,
    {
      iss: issuer,
      aud: audience,
      iat: world.now(),
      application_hash: hashOf({ agentKey, profile, review }),
      statement: 'The review is authentic, its evidence is kept, and the agent is held to law and network rules.',
    },
    key,
  )

const unverified: ProblemCode = 'commitment-invalid'

/** Verifies a letter of commitment under the keys of the credential provider that sent it. */
export const verifyCommitment = async (
  { agentKey, profile, review, commitment }: Application & { readonly commitment: string },
  issuer: string,
  audience: string,
  keys: readonly JWK[],
  world: World,
): Promise<Outcome<true>> => {
  if (!enforces(world, 'AMP-TRUST-022')) return accept(true)
  const hash = hashOf({ agentKey, profile, review })
  for (const jwk of keys) {
    const claims = await verify(commitment, jwk, commitmentType, 'trust/commitment-claims', world.now())
    if (claims?.iss === issuer && claims.aud === audience && claims.application_hash === hash) return accept(true)
  }
  return refuse(unverified, { field: '/commitment' })
}
