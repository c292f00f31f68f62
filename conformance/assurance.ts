/** Assurance layers and statements as the suite signs them when it plays network, wallet, agent or credential provider. */
import { canonicalJson, type Message } from '../schemas/index.ts'
import { signCompact } from './jws.ts'
import { bindingHash } from './layers.ts'
import { type Dice, type Party, sha256 } from './parties.ts'

type Claims = Record<string, unknown>

/** A layer before it is signed; a check changes what it wants to see refused. */
export type Draft = { readonly header: Claims; readonly claims: Claims; readonly disclosures: Claims }
export type Change = (draft: Draft) => Draft
const same: Change = (draft) => draft

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const pack = async (draft: Draft, by: Party, dice: Dice, change: Change): Promise<string> => {
  const disclosed = new Map<string, string>()
  const disclose = (name: string, value: unknown): string => {
    const encoded = encode([dice.nonce(), name, value])
    disclosed.set(name, encoded)
    return bindingHash(encoded)
  }
  const digests = Object.entries(draft.disclosures)
    .map(([name, value]) => disclose(name, value))
    .sort()
  const claims = digests.length > 0 ? { ...draft.claims, _sd_alg: 'sha-256', _sd: digests } : draft.claims
  const changed = change({ ...draft, claims })
  const added = Object.entries(changed.disclosures).filter(([name]) => !disclosed.has(name))
  const more = added.map(([name, value]) => disclose(name, value))
  const signed = more.length === 0 ? changed.claims : { ...changed.claims, _sd: [...digests, ...more] }
  const presented = Object.keys(changed.disclosures).map((name) => disclosed.get(name) ?? '')
  const { alg } = changed.header
  const jws =
    alg === 'none'
      ? `${encode(changed.header)}.${encode(signed)}.${encode('')}`
      : signCompact(changed.header, JSON.stringify(signed), by.privateKey)
  return `${[jws, ...presented].join('~')}~`
}

const headerOf = ({ kid }: Party): Claims => ({ alg: 'ES256', typ: 'sd+jwt', kid })

/** The end of a wire moment in epoch seconds. */
export const epochOf = (moment: string): number => Math.floor(Date.parse(moment) / 1000)

/** An epoch second as the wire writes it. */
export const momentOf = (epoch: number): string => new Date(epoch * 1000).toISOString().replace('.000Z', 'Z')

const yearSeconds = 365 * 86_400

/** L1: the network binds the key of the identity signature provider to the user. */
export const signIdentity = (
  facts: {
    readonly network: Party
    readonly userReference: string
    readonly ispKey: Message<'common/public-jwk'>
    readonly walletName: string
    readonly now: number
  },
  dice: Dice,
  change: Change = same,
): Promise<string> =>
  pack(
    {
      header: headerOf(facts.network),
      claims: {
        iss: facts.network.id,
        sub: facts.userReference,
        iat: facts.now,
        exp: facts.now + yearSeconds,
        cnf: { jwk: facts.ispKey },
        isp_type: 'MPP',
        isp_name: facts.walletName,
      },
      disclosures: {},
    },
    facts.network,
    dice,
    change,
  )

/** What the user confirms: an order in their presence, or bounds for later. */
export type Content =
  | {
      readonly mandateType: 'IMMEDIATE'
      readonly intent: Message<'trust/intent-immediate'>
      readonly checkout: Message<'common/checkout'>
    }
  | { readonly mandateType: 'AUTONOMOUS'; readonly intent: Message<'trust/intent-autonomous'> }

/** L2: the identity signature provider signs what the user confirmed. */
export const signMandate = (
  facts: {
    readonly content: Content
    readonly isp: Party
    readonly agentKey: Message<'common/public-jwk'>
    readonly networkId: string
    readonly identity: string
    readonly mandateId: string
    readonly bindingId: string
    readonly walletName: string
    readonly maskedLoginId: string
    readonly now: number
  },
  dice: Dice,
  change: Change = same,
): Promise<string> => {
  const { content, now } = facts
  const end = content.mandateType === 'IMMEDIATE' ? Number.NaN : epochOf(content.intent.expiry_time)
  const ends = Number.isNaN(end) ? now + 600 : end
  return pack(
    {
      header: headerOf(facts.isp),
      claims: {
        nonce: dice.nonce(),
        aud: facts.networkId,
        iat: now,
        exp: ends,
        sd_hash: bindingHash(facts.identity),
        idv_result: 'PASS',
        idv_time: momentOf(now),
        mode: content.mandateType,
        ...(content.mandateType === 'AUTONOMOUS' ? { cnf: { jwk: facts.agentKey } } : {}),
      },
      disclosures: {
        intent: content.intent,
        token_info: {
          token_unique_reference: facts.bindingId,
          token_status: 'activated',
          user_login_id: facts.maskedLoginId,
          wallet_name: facts.walletName,
        },
        mandate_info: {
          mandate_id: facts.mandateId,
          mandate_type: content.mandateType,
          mandate_status: 'inactive',
          mandate_expiry_time: momentOf(ends),
        },
        ...(content.mandateType === 'IMMEDIATE' ? { checkout: content.checkout } : {}),
      },
    },
    facts.isp,
    dice,
    change,
  )
}

/** L3: the agent signs the order it chose. */
export const signTokenRequestLayer = (
  facts: {
    readonly agent: Party
    readonly networkId: string
    readonly mandate: string
    readonly checkout: Message<'common/checkout'>
    readonly now: number
  },
  dice: Dice,
  change: Change = same,
): Promise<string> =>
  pack(
    {
      header: headerOf(facts.agent),
      claims: {
        nonce: dice.nonce(),
        aud: facts.networkId,
        iat: facts.now,
        exp: facts.now + 600,
        sd_hash: bindingHash(facts.mandate),
      },
      disclosures: { checkout: facts.checkout },
    },
    facts.agent,
    dice,
    change,
  )

const statement = async (type: string, claims: object, by: Party): Promise<string> =>
  signCompact({ alg: 'ES256', typ: type, kid: by.kid }, JSON.stringify(claims), by.privateKey)

const hashOf = (value: unknown): string => sha256(canonicalJson(value))

/** A KYA credential as the suite issues it when it plays a credential provider (SD-JWT VC). */
export const signKya = (
  claims: Claims,
  disclosures: Claims,
  by: Party,
  dice: Dice,
  change: Change = same,
): Promise<string> => pack({ header: { ...headerOf(by), typ: 'dc+sd-jwt' }, claims, disclosures }, by, dice, change)

/** A Token Status List as the suite signs it. */
export const signStatusList = (claims: Claims, by: Party): Promise<string> => statement('statuslist+jwt', claims, by)

/** What an attestation verifier says of a runtime (EAT as a JWT). */
export const signAttestation = (claims: Claims, verifier: Party): Promise<string> =>
  statement('eat+jwt', claims, verifier)

/** What a device signs once it recognised its user. */
export const signConfirmation = (claims: Claims, device: Party): Promise<string> =>
  statement('amp-confirmation+jwt', claims, device)

type TokenRequest = Message<'payment/apply-credential-request'>

/** A token request with the signature of its agent (AMP-TRUST-017); `claims` changes what is signed. */
export const signTokenRequest = async (
  request: Omit<TokenRequest, 'requestSignature'>,
  facts: { readonly agent: Party; readonly audience: string; readonly now: number },
  dice: Dice,
  claims: Claims = {},
): Promise<TokenRequest> => ({
  ...request,
  requestSignature: await statement(
    'amp-request+jwt',
    {
      iss: request.agentId,
      aud: facts.audience,
      iat: facts.now,
      nonce: dice.nonce(),
      request_hash: hashOf(request),
      ...claims,
    },
    facts.agent,
  ),
})

/** Proof that an applicant holds the key it registers (AMP-TRUST-015). */
export const proveKey = (
  key: Party,
  facts: { readonly audience: string; readonly now: number },
  dice: Dice,
  claims: Claims = {},
): Promise<string> =>
  statement(
    'amp-proof+jwt',
    // kid, which is the beginning of the thumbprint, is not enough: the whole thumbprint is proven.
    { aud: facts.audience, iat: facts.now, nonce: dice.nonce(), jkt: thumbprintOf(key), ...claims },
    key,
  )

export const thumbprintOf = ({ jwk: { crv, kty, x, y } }: Party): string => sha256(JSON.stringify({ crv, kty, x, y }))

/** The credential provider's commitment to its review (AMP-TRUST-022). */
export const commitTo = (
  application: Pick<Message<'trust/register-agent-request'>, 'agentKey' | 'profile' | 'review'>,
  facts: { readonly by: Party; readonly audience: string; readonly now: number },
  claims: Claims = {},
): Promise<string> => {
  const { agentKey, profile, review } = application
  return statement(
    'amp-commitment+jwt',
    {
      iss: facts.by.id,
      aud: facts.audience,
      iat: facts.now,
      application_hash: hashOf({ agentKey, profile, review }),
      statement: 'The review is authentic and its evidence is kept.',
      ...claims,
    },
    facts.by,
  )
}
