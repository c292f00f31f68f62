/** The rating statement: signed by the network, dated, and recomputed by whoever holds its events (EXT-RATING-9, 10). */
import { CompactSign, type CryptoKey, compactVerify, type JWK } from 'jose'
import { canonicalJson, isMessage, type Message } from '../../../schemas/index.ts'
import { hashOf, sameJson } from '../canonical.ts'
import { accept, type Outcome, refuse } from '../outcome.ts'
import { publicKeyOf } from '../public-key.ts'
import { type RatingEvent, type RatingPolicy, ratingOf, type Standing, standingAfter } from './rating.ts'

export type StatementClaims = Message<'extensions/rating/statement-claims'>

const typ = 'amp-rating+jwt'

/** Whose rating, by whom, at which moment, since when. Times are epoch seconds. */
export type Occasion = {
  readonly iss: string
  readonly sub: string
  readonly iat: number
  readonly registeredAt: number
}

/** The claims a standing comes to. */
export const statementClaims = (policy: RatingPolicy, standing: Standing, occasion: Occasion): StatementClaims => {
  const { registeredAt, ...rest } = occasion
  const { score, tier, credit, dimensions } = ratingOf(policy, standing, occasion.iat)
  return {
    ...{ ...rest, registered_at: registeredAt, policy_digest: hashOf(policy), score, tier, credit },
    dimensions: [...dimensions],
    evidence: { count: standing.count, head: standing.head },
  }
}

/** Signs a JSON value as a compact JWS of a type, ES256. */
export const signJson = (
  type: string,
  payload: object,
  signer: { readonly kid: string; readonly privateKey: CryptoKey },
): Promise<string> =>
  new CompactSign(Buffer.from(canonicalJson(payload)))
    .setProtectedHeader({ alg: 'ES256', kid: signer.kid, typ: type })
    .sign(signer.privateKey)

/** Whether each part is base64url in its one form, so that no bit of it can change unseen. */
const isExact = (jws: string): boolean =>
  jws.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)

/** Payload of a compact JWS of this type by one of these keys; nothing where anything is amiss. Never throws. */
export const readJson = async (
  type: string,
  jws: string,
  { keys }: { readonly keys: readonly JWK[] },
): Promise<unknown> => {
  try {
    const { payload, protectedHeader } = await compactVerify(
      jws,
      async ({ kid }) => {
        const jwk = keys.find((key) => key.kid === kid && key.kty === 'EC' && key.crv === 'P-256')
        if (!jwk) throw new Error('no such key')
        return publicKeyOf(jwk)
      },
      { algorithms: ['ES256'] },
    )
    return protectedHeader.typ === type && isExact(jws) ? JSON.parse(Buffer.from(payload).toString('utf8')) : undefined
  } catch {
    return undefined
  }
}

/** Signs a statement. */
export const signStatement = (
  claims: StatementClaims,
  signer: { readonly kid: string; readonly privateKey: CryptoKey },
): Promise<string> => signJson(typ, claims, signer)

/** Claims of a statement one of these keys signed. Refuses `rating-statement-invalid`. */
export const verifyStatement = async (
  statement: string,
  keys: { readonly keys: readonly JWK[] },
): Promise<Outcome<StatementClaims>> => {
  const claims = await readJson(typ, statement, keys)
  return isMessage('extensions/rating/statement-claims', claims) ? accept(claims) : refuse('rating-statement-invalid')
}

/** Whether claims are what the policy makes of these events, number by number. Refuses `rating-statement-mismatch`. */
export const recompute = (
  claims: StatementClaims,
  policy: RatingPolicy,
  events: readonly RatingEvent[],
): Outcome<true> => {
  const { iss, sub, iat, registered_at: registeredAt } = claims
  if (events.some(({ agentId }) => agentId !== sub)) return refuse('rating-statement-mismatch')
  try {
    const standing = standingAfter(policy, registeredAt, events)
    if (standing.at > iat) return refuse('rating-statement-mismatch')
    const own = statementClaims(policy, standing, { iss, sub, iat, registeredAt })
    return sameJson(own, claims) ? accept(true) : refuse('rating-statement-mismatch')
  } catch (error) {
    if (error instanceof RangeError) return refuse('rating-statement-mismatch')
    throw error
  }
}
