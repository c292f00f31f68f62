/** The assurance chain: the three layers are issued here and verified here, strictly. */
import type { CryptoKey, JWK } from 'jose'
import type { Message } from '../../schemas/index.ts'
import { assuranceRules, boundKey, type ChainContext, disclosed, modeOf } from './assurance-rules.ts'
import type { MandateStatus, MandateType } from './mandate.ts'
import { accept, type Outcome, refuse } from './outcome.ts'
import { firstBroken } from './rule.ts'
import { isSignedBy, linkOf, type ParsedLayer, parseLayer, signLayer } from './sd-jwt.ts'
import { days, formatTime, minutes, parseTime } from './time.ts'
import type { World } from './world.ts'

type Checkout = Message<'common/checkout'>
type Constraints = Message<'trust/constraints'>
type PublicJwk = Message<'common/public-jwk'>

/** A key that signs layers. */
export type SigningKey = { readonly kid: string; readonly privateKey: CryptoKey }

export const identityLifetimeSeconds = days(365)
export const immediateLifetimeSeconds = minutes(10)
export const tokenRequestLifetimeSeconds = minutes(5)

const headerOf = (key: SigningKey) => ({ alg: 'ES256', typ: 'sd+jwt', kid: key.kid })

/** What the network states in the identity layer (AMP-TRUST-107 to AMP-TRUST-118). */
export type IdentityFacts = {
  readonly issuer: string
  readonly subject: string
  readonly ispKey: PublicJwk
  readonly ispType: 'MPP' | 'OTHER'
  readonly ispName: string
}

/** Issues the identity layer (L1): the network binds the public key of the identity signature provider. */
export const issueIdentity = (facts: IdentityFacts, key: SigningKey, world: World): Promise<string> => {
  const now = world.now()
  const claims = {
    iss: facts.issuer,
    sub: facts.subject,
    iat: now,
    exp: now + identityLifetimeSeconds,
    cnf: { jwk: facts.ispKey },
    isp_type: facts.ispType,
    isp_name: facts.ispName,
  }
  return signLayer('identity', { header: headerOf(key), claims, disclosures: {} }, key.privateKey, world)
}

/** What the user confirmed, in either mode. */
export type Confirmed =
  | { readonly mode: 'IMMEDIATE'; readonly intent: Message<'trust/intent-immediate'>; readonly checkout: Checkout }
  | { readonly mode: 'AUTONOMOUS'; readonly intent: Message<'trust/intent-autonomous'>; readonly agentKey: PublicJwk }

/** What the identity signature provider states in the mandate layer beyond what the user confirmed. */
export type MandateFacts = {
  readonly audience: string
  readonly identity: string
  readonly identityCheckedAt: number
  readonly mandateId: string
  readonly mandateStatus: MandateStatus
  readonly expiresAt: number
  readonly binding: Message<'trust/binding-info'>
}

/** Issues the mandate layer (L2) over what the user confirmed (AMP-TRUST-119 to AMP-TRUST-145). */
export const issueMandate = (
  confirmed: Confirmed,
  facts: MandateFacts,
  key: SigningKey,
  world: World,
): Promise<string> => {
  const claims = {
    nonce: world.nonce(),
    aud: facts.audience,
    iat: world.now(),
    exp: facts.expiresAt,
    sd_hash: linkOf(facts.identity),
    idv_result: 'PASS',
    idv_time: formatTime(facts.identityCheckedAt),
    mode: confirmed.mode,
    ...(confirmed.mode === 'AUTONOMOUS' ? { cnf: { jwk: confirmed.agentKey } } : {}),
  }
  const disclosures = {
    intent: confirmed.intent,
    token_info: facts.binding,
    mandate_info: {
      mandate_id: facts.mandateId,
      mandate_type: confirmed.mode,
      mandate_status: facts.mandateStatus,
      mandate_expiry_time: formatTime(facts.expiresAt),
    },
    ...(confirmed.mode === 'IMMEDIATE' ? { checkout: confirmed.checkout } : {}),
  }
  return signLayer('mandate', { header: headerOf(key), claims, disclosures }, key.privateKey, world)
}

/** Issues the token request layer (L3): the agent signs the chosen checkout (AMP-TRUST-146 to AMP-TRUST-158). */
export const issueTokenRequest = (
  facts: { readonly audience: string; readonly mandate: string; readonly checkout: Checkout },
  key: SigningKey,
  world: World,
): Promise<string> => {
  const now = world.now()
  const claims = {
    nonce: world.nonce(),
    aud: facts.audience,
    iat: now,
    exp: now + tokenRequestLifetimeSeconds,
    sd_hash: linkOf(facts.mandate),
  }
  return signLayer(
    'token-request',
    { header: headerOf(key), claims, disclosures: { checkout: facts.checkout } },
    key.privateKey,
    world,
  )
}

/**
 * What a chain is verified against. `activation` reads L1 and L2 only; `payment` wants L3 exactly for an AUTONOMOUS
 * mandate. `checkout` is the unsigned copy that has to equal the signed one. Replay of nonces is the caller's, since
 * it needs a record.
 */
export type ChainExpectation = {
  readonly purpose: 'activation' | 'payment'
  readonly networkKeys: { readonly keys: readonly JWK[] }
  readonly audience: string
  readonly issuer?: string
  readonly checkout?: Checkout
}

/** What a verified chain says. `checkout` is the signed one, `expiresAt` the earliest end of anything in it. */
export type VerifiedChain = {
  readonly mode: MandateType
  readonly subject: string
  readonly mandateId: string
  readonly bindingId: string | undefined
  readonly intent: Message<'trust/intent-immediate'> | Message<'trust/intent-autonomous'>
  readonly checkout: Checkout | undefined
  readonly constraints: Constraints | undefined
  readonly agentKey: Readonly<Record<string, unknown>> | undefined
  readonly mandateNonce: string
  readonly tokenRequestNonce: string | undefined
  readonly expiresAt: number
}

const malformed = (layer: string) => refuse('assurance-malformed', { field: `/assurance/${layer}` })

const factsOf = (chain: ChainContext): VerifiedChain => {
  const mode = modeOf(chain) as MandateType
  const intent = disclosed(chain.mandate, 'intent') as Message<'trust/intent-autonomous'>
  const ends = [
    chain.identity.claims.exp,
    chain.mandate.claims.exp,
    chain.tokenRequest?.claims.exp,
    parseTime(String(intent.expiry_time)),
  ]
  const binding = disclosed(chain.mandate, 'token_info') as Record<string, unknown>
  const info = disclosed(chain.mandate, 'mandate_info') as Record<string, unknown>
  return {
    mode,
    subject: String(chain.identity.claims.sub),
    mandateId: String(info.mandate_id),
    bindingId: typeof binding.token_unique_reference === 'string' ? binding.token_unique_reference : undefined,
    intent,
    checkout: disclosed(mode === 'IMMEDIATE' ? chain.mandate : chain.tokenRequest, 'checkout') as Checkout | undefined,
    constraints: mode === 'AUTONOMOUS' ? intent.constraints : undefined,
    agentKey: boundKey(chain.mandate),
    mandateNonce: String(chain.mandate.claims.nonce),
    tokenRequestNonce: chain.tokenRequest && String(chain.tokenRequest.claims.nonce),
    expiresAt: Math.min(...ends.filter((end) => typeof end === 'number')),
  }
}

const signaturesOf = async (
  identity: ParsedLayer,
  mandate: ParsedLayer,
  tokenRequest: ParsedLayer | undefined,
  issuerKey: JWK | undefined,
): Promise<ChainContext['signed']> => ({
  identity: await isSignedBy(identity, issuerKey),
  mandate: await isSignedBy(mandate, boundKey(identity) as JWK | undefined),
  tokenRequest: tokenRequest !== undefined && (await isSignedBy(tokenRequest, boundKey(mandate) as JWK | undefined)),
})

/**
 * Verifies a chain (AMP-TRUST-159, 161, 163). Refuses with an `assurance-` problem whose `field` names layer and claim,
 * or `checkout-mismatch`. Whatever the input, it never throws.
 */
export const verifyChain = async (
  layers: Message<'trust/assurance'>,
  expected: ChainExpectation,
  world: Pick<World, 'now' | 'deviation'>,
): Promise<Outcome<VerifiedChain>> => {
  const identity = parseLayer(layers.identity)
  if (!identity) return malformed('identity')
  const mandate = parseLayer(layers.mandate)
  if (!mandate) return malformed('mandate')
  const tokenRequest = layers.tokenRequest === undefined ? undefined : parseLayer(layers.tokenRequest)
  if (layers.tokenRequest !== undefined && !tokenRequest) return malformed('tokenRequest')

  const issuerKey = expected.networkKeys.keys.find(({ kid }) => kid !== undefined && kid === identity.header.kid)
  const chain: ChainContext = {
    identity,
    mandate,
    tokenRequest,
    signed: await signaturesOf(identity, mandate, tokenRequest, issuerKey),
    issuerKeyKnown: issuerKey !== undefined,
    needsTokenRequest: expected.purpose === 'payment',
    audience: expected.audience,
    issuer: expected.issuer,
    checkout: expected.checkout,
    now: world.now(),
  }
  const refusal = firstBroken(assuranceRules, chain, world)
  return refusal ? { ok: false, refusal } : accept(factsOf(chain))
}
