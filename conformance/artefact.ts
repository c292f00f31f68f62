/** Artefact mode: judges assurance chains offline, with rules of its own; each chain by itself, since replay needs live state. */
import { canonicalJson, isMessage, type ProblemCode, precedence } from '../schemas/index.ts'
import { bindingHash, isObject, type JsonObject, type Layer, readLayer, verifies } from './layers.ts'
import { requirementOf } from './requirements.ts'

/** What is judged: the network's keys, and chains of two or three serialised layers. */
export type Evidence = {
  readonly keys: { readonly keys: readonly JsonObject[] }
  readonly chains: readonly {
    readonly id: string
    readonly layers: readonly unknown[]
    readonly audience: string
    readonly checkout?: unknown
  }[]
}

/** The verdict on one chain; for a failure the code of problems.json, the member at fault and the requirement broken. */
export type ChainVerdict = {
  readonly id: string
  readonly verdict: 'pass' | 'fail'
  readonly problem?: ProblemCode
  readonly field?: string
  readonly requirement?: string
}

type Name = 'identity' | 'mandate' | 'tokenRequest'

/** A chain as read, with what its signatures proved. */
type Chain = {
  readonly identity: Layer
  readonly mandate: Layer
  readonly tokenRequest: Layer | undefined
  readonly signed: Readonly<Record<Name, boolean>>
  readonly issuerKnown: boolean
  readonly audience: string
  readonly checkout: unknown
  readonly now: number
}

type Row = {
  readonly id: string
  readonly code: ProblemCode
  readonly field: string
  readonly holds: (chain: Chain) => boolean
}

const leeway = 60
const text = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= 4096
const epoch = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inner, name) => (isObject(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined),
    value,
  )

const moment = (value: unknown): number | undefined => {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/.test(value))
    return undefined
  const milliseconds = Date.parse(value)
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000)
}

const shown = (layer: Layer | undefined, ...path: readonly string[]): unknown => {
  const [name, ...rest] = path
  return at(layer?.disclosures.find((disclosure) => disclosure.name === name)?.value, ...rest)
}

const mode = ({ mandate }: Chain): unknown => mandate.claims.mode
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

const bindsPublicKey = ({ claims }: Layer): boolean => {
  const jwk = at(claims, 'cnf', 'jwk')
  const outer = at(claims, 'cnf', 'kid')
  const complete =
    isObject(jwk) && jwk.kty === 'EC' && jwk.crv === 'P-256' && text(jwk.kid) && text(jwk.x) && text(jwk.y)
  return complete && (outer === undefined || outer === jwk.kid)
}

const bindsSecret = ({ claims }: Layer): boolean =>
  secretMembers.some((name) => at(claims, 'cnf', name) !== undefined || at(claims, 'cnf', 'jwk', name) !== undefined)

const digested = ({ claims, disclosures }: Layer): boolean => {
  const digests: readonly unknown[] = Array.isArray(claims._sd) ? claims._sd : []
  const once = (values: readonly unknown[]): boolean => new Set(values).size === values.length
  const names = disclosures.map(({ name }) => name)
  return (
    once(digests) &&
    once(names) &&
    once(disclosures.map(({ digest }) => digest)) &&
    disclosures.every(({ digest }) => digests.includes(digest)) &&
    names.every((name) => !Object.hasOwn(claims, name))
  )
}

type Holds = (layer: Layer, chain: Chain) => boolean

/** Rows about one layer; a layer that is not there breaks none of them. */
const about =
  (name: Name) =>
  (number: number | string, code: ProblemCode, member: string, holds: Holds): Row => ({
    id: typeof number === 'number' ? `AMP-TRUST-${number}` : number,
    code,
    field: `/assurance/${name}/${member}`,
    holds: (chain) => {
      const layer = chain[name]
      return layer === undefined || holds(layer, chain)
    },
  })

const missing: ProblemCode = 'assurance-claim-missing'
const forbidden: ProblemCode = 'assurance-claim-forbidden'
const undisclosed: ProblemCode = 'assurance-disclosure-missing'
const unwanted: ProblemCode = 'assurance-disclosure-forbidden'

/** The rows every layer shares, under the numbers each layer gives them. */
const envelope = (
  name: Name,
  numbers: { alg: number; typ: number; kid: number; iat: number; exp: number; signature: number },
): readonly Row[] => {
  const row = about(name)
  return [
    row(numbers.alg, 'assurance-algorithm-not-allowed', 'alg', ({ header }) => header.alg === 'ES256'),
    row(numbers.typ, 'assurance-type-invalid', 'typ', ({ header }) => header.typ === 'sd+jwt'),
    row(
      numbers.kid,
      'assurance-key-unknown',
      'kid',
      ({ header }, chain) => text(header.kid) && (name !== 'identity' || chain.issuerKnown),
    ),
    row(numbers.signature, 'assurance-signature-invalid', '', (_, chain) => chain.signed[name]),
    row(numbers.iat, missing, 'iat', ({ claims }) => epoch(claims.iat)),
    row(numbers.iat, 'assurance-not-yet-valid', 'iat', ({ claims }, { now }) => Number(claims.iat) <= now + leeway),
    row(numbers.exp, missing, 'exp', ({ claims }) => epoch(claims.exp)),
    row(numbers.exp, 'assurance-expired', 'exp', ({ claims }, { now }) => Number(claims.exp) > now - leeway),
  ]
}

/** The rows the two disclosing layers share. */
const binding = (
  name: 'mandate' | 'tokenRequest',
  previous: (chain: Chain) => Layer,
  numbers: { kid: number; hash: number; nonce: number; aud: number; sdAlg: number; sd: number },
): readonly Row[] => {
  const row = about(name)
  return [
    row(
      numbers.kid,
      'assurance-key-mismatch',
      'kid',
      ({ header }, chain) => header.kid === at(previous(chain).claims, 'cnf', 'jwk', 'kid'),
    ),
    row(
      numbers.hash,
      'assurance-link-broken',
      'sd_hash',
      ({ claims }, chain) => claims.sd_hash === bindingHash(previous(chain).text),
    ),
    row(numbers.nonce, missing, 'nonce', ({ claims }) => text(claims.nonce) && claims.nonce.length <= 256),
    row(numbers.aud, missing, 'aud', ({ claims }) => text(claims.aud)),
    row(numbers.aud, 'assurance-audience-mismatch', 'aud', ({ claims }, { audience }) => claims.aud === audience),
    row(numbers.sdAlg, missing, '_sd_alg', ({ claims }) => claims._sd_alg === 'sha-256'),
    row(numbers.sd, missing, '_sd', ({ claims }) => Array.isArray(claims._sd) && claims._sd.length > 0),
    row(numbers.sd, 'assurance-disclosure-undigested', '_sd', digested),
  ]
}

const identity = about('identity')
const mandate = about('mandate')
const tokenRequest = about('tokenRequest')
const onlyIf =
  (wanted: string, holds: Holds): Holds =>
  (layer, chain) =>
    mode(chain) !== wanted || holds(layer, chain)

const identityRows: readonly Row[] = [
  ...envelope('identity', { alg: 107, typ: 108, kid: 109, iat: 112, exp: 113, signature: 159 }),
  identity(110, missing, 'iss', ({ claims }) => text(claims.iss)),
  identity(111, missing, 'sub', ({ claims }) => text(claims.sub)),
  identity('AMP-PAY-015', forbidden, 'sub', ({ claims }) => !/@|^\+?[0-9][0-9 -]{6,}$/.test(String(claims.sub))),
  identity(114, missing, 'cnf', bindsPublicKey),
  identity(114, 'assurance-private-key', 'cnf', (layer) => !bindsSecret(layer)),
  identity(115, missing, 'isp_type', ({ claims }) => text(claims.isp_type)),
  identity(116, missing, 'isp_name', ({ claims }) => text(claims.isp_name)),
  identity(117, forbidden, '_sd_alg', ({ claims }) => !Object.hasOwn(claims, '_sd_alg')),
  identity(
    118,
    forbidden,
    '_sd',
    ({ claims, disclosures }) => !Object.hasOwn(claims, '_sd') && disclosures.length === 0,
  ),
]

const passed: ReadonlySet<unknown> = new Set(['PASS', 'true', 'SUCCESS'])
const holdsPaymentToken = (value: unknown): boolean => /28[0-9]{4}23[A-Za-z0-9]{16}/.test(JSON.stringify(value ?? ''))

const mandateRows: readonly Row[] = [
  ...envelope('mandate', { alg: 119, typ: 120, kid: 121, iat: 125, exp: 126, signature: 161 }),
  ...binding('mandate', (chain) => chain.identity, { kid: 122, hash: 127, nonce: 123, aud: 124, sdAlg: 131, sd: 132 }),
  mandate(128, missing, 'idv_result', ({ claims }) => text(claims.idv_result)),
  mandate(128, 'assurance-identity-check-failed', 'idv_result', ({ claims }) => passed.has(claims.idv_result)),
  mandate(129, missing, 'idv_time', ({ claims }) => {
    const checked = moment(claims.idv_time)
    return checked !== undefined && checked <= Number(claims.iat) + leeway
  }),
  mandate(130, missing, 'mode', ({ claims }) => claims.mode === 'IMMEDIATE' || claims.mode === 'AUTONOMOUS'),
  mandate(133, undisclosed, 'intent', (layer) => isObject(shown(layer, 'intent'))),
  mandate(134, undisclosed, 'intent/raw', (layer) => text(shown(layer, 'intent', 'raw'))),
  mandate(135, undisclosed, 'intent/desc', (layer) => text(shown(layer, 'intent', 'desc'))),
  mandate(136, undisclosed, 'token_info', (layer) => isObject(shown(layer, 'token_info'))),
  mandate(136, forbidden, 'token_info', (layer) => !holdsPaymentToken(shown(layer, 'token_info'))),
  mandate(137, undisclosed, 'mandate_info', (layer) => isObject(shown(layer, 'mandate_info'))),
  mandate(
    137,
    'assurance-mandate-mismatch',
    'mandate_info',
    (layer) =>
      text(shown(layer, 'mandate_info', 'mandate_id')) &&
      shown(layer, 'mandate_info', 'mandate_type') === layer.claims.mode,
  ),
  mandate(
    138,
    forbidden,
    'cnf',
    onlyIf('IMMEDIATE', ({ claims }) => !Object.hasOwn(claims, 'cnf')),
  ),
  mandate(
    139,
    unwanted,
    'intent/expiry_time',
    onlyIf('IMMEDIATE', (layer) => shown(layer, 'intent', 'expiry_time') === undefined),
  ),
  mandate(
    140,
    unwanted,
    'intent/constraints',
    onlyIf('IMMEDIATE', (layer) => shown(layer, 'intent', 'constraints') === undefined),
  ),
  mandate(
    141,
    undisclosed,
    'checkout',
    onlyIf('IMMEDIATE', (layer) => isMessage('common/amount', shown(layer, 'checkout', 'total_amount'))),
  ),
  mandate(142, missing, 'cnf', onlyIf('AUTONOMOUS', bindsPublicKey)),
  mandate(142, 'assurance-private-key', 'cnf', (layer) => !bindsSecret(layer)),
  mandate(
    143,
    undisclosed,
    'intent/expiry_time',
    onlyIf('AUTONOMOUS', (layer) => moment(shown(layer, 'intent', 'expiry_time')) !== undefined),
  ),
  mandate(
    143,
    'assurance-expired',
    'intent/expiry_time',
    onlyIf('AUTONOMOUS', (layer, { now }) => (moment(shown(layer, 'intent', 'expiry_time')) ?? now) > now - leeway),
  ),
  mandate(
    144,
    undisclosed,
    'intent/constraints',
    onlyIf('AUTONOMOUS', (layer) => isMessage('trust/constraints', shown(layer, 'intent', 'constraints'))),
  ),
  mandate(
    145,
    unwanted,
    'checkout',
    onlyIf('AUTONOMOUS', (layer) => shown(layer, 'checkout') === undefined),
  ),
]

const tokenRequestRows: readonly Row[] = [
  ...envelope('tokenRequest', { alg: 146, typ: 147, kid: 148, iat: 152, exp: 153, signature: 163 }),
  ...binding('tokenRequest', (chain) => chain.mandate, {
    kid: 149,
    hash: 154,
    nonce: 150,
    aud: 151,
    sdAlg: 155,
    sd: 156,
  }),
  tokenRequest(157, undisclosed, 'checkout', (layer) => isObject(shown(layer, 'checkout'))),
  tokenRequest(158, undisclosed, 'checkout/total_amount', (layer) =>
    isMessage('common/amount', shown(layer, 'checkout', 'total_amount')),
  ),
]

const wholeRows: readonly Row[] = [
  {
    id: 'AMP-TRUST-163',
    code: 'assurance-layer-missing',
    field: '/assurance/tokenRequest',
    holds: (chain) => mode(chain) !== 'AUTONOMOUS' || chain.tokenRequest !== undefined,
  },
  {
    id: 'AMP-TRUST-138',
    code: 'assurance-layer-unexpected',
    field: '/assurance/tokenRequest',
    holds: (chain) => mode(chain) !== 'IMMEDIATE' || chain.tokenRequest === undefined,
  },
  {
    id: 'AMP-TRUST-157',
    code: 'checkout-mismatch',
    field: '/checkout',
    holds: (chain) =>
      chain.checkout === undefined ||
      canonicalJson(chain.checkout) ===
        canonicalJson(shown(mode(chain) === 'IMMEDIATE' ? chain.mandate : chain.tokenRequest, 'checkout') ?? null),
  },
]

/** Every row, in the order of precedence of the refusals. */
const rows: readonly Row[] = [...wholeRows, ...identityRows, ...mandateRows, ...tokenRequestRows]
  .map((row, index) => ({ row, index }))
  .sort((a, b) => precedence(a.row.code) - precedence(b.row.code) || a.index - b.index)
  .map(({ row }) => row)

/** Duties of the network to verify and keep; here they only name what a failure is about, so they do not count as checked. */
const dutiesOfTheNetwork: ReadonlySet<string> = new Set(['AMP-TRUST-159', 'AMP-TRUST-161', 'AMP-TRUST-163'])

/** Requirements the artefact mode checks, each known to the specification. */
export const artefactRequirements: readonly string[] = [...new Set(rows.map(({ id }) => requirementOf(id).id))].filter(
  (id) => !dutiesOfTheNetwork.has(id),
)

const layerNames: readonly Name[] = ['identity', 'mandate', 'tokenRequest']

const judge = async (chain: Evidence['chains'][number], keys: Evidence['keys'], now: number): Promise<ChainVerdict> => {
  const { id, layers, audience, checkout } = chain
  const fail = (problem: ProblemCode, field: string, requirement: string): ChainVerdict => ({
    id,
    verdict: 'fail',
    problem,
    field,
    requirement,
  })
  if (layers.length < 2) return fail('assurance-layer-missing', '/assurance/mandate', 'AMP-TRUST-159')
  if (layers.length > 3) return fail('assurance-layer-unexpected', '/assurance', 'AMP-TRUST-159')
  const [identity, mandate, tokenRequest] = layers.map(readLayer)
  const unread = [identity, mandate, tokenRequest].slice(0, layers.length).indexOf(undefined)
  if (!identity || !mandate || unread >= 0)
    return fail('assurance-malformed', `/assurance/${layerNames[unread]}`, 'AMP-TRUST-159')
  const issuerKey = keys.keys.find(({ kid }) => kid !== undefined && kid === identity.header.kid)
  const signed = {
    identity: await verifies(identity, issuerKey),
    mandate: await verifies(mandate, at(identity.claims, 'cnf', 'jwk')),
    tokenRequest: tokenRequest !== undefined && (await verifies(tokenRequest, at(mandate.claims, 'cnf', 'jwk'))),
  }
  const whole: Chain = {
    identity,
    mandate,
    tokenRequest,
    signed,
    issuerKnown: issuerKey !== undefined,
    audience,
    checkout,
    now,
  }
  const broken = rows.find(({ holds }) => !holds(whole))
  return broken ? fail(broken.code, broken.field, broken.id) : { id, verdict: 'pass' }
}

/** Whether a file holds evidence to be judged; nothing where it does, otherwise what is wrong with it. */
export const whyNoEvidence = (value: unknown): string | undefined => {
  if (!isObject(value)) return 'the file has to hold an object with keys and chains'
  const keys = at(value, 'keys', 'keys')
  if (!Array.isArray(keys) || !keys.every(isObject)) return 'keys has to be a JWKS: {"keys": [...]}'
  if (!Array.isArray(value.chains)) return 'chains has to be a list'
  if (value.chains.length === 0) return 'chains holds nothing to judge'
  const odd = value.chains.findIndex(
    (chain) => !isObject(chain) || !text(chain.id) || !Array.isArray(chain.layers) || !text(chain.audience),
  )
  return odd < 0 ? undefined : `chains[${odd}] has to have id, layers and audience`
}

/** A chain that cannot even be looked at, a lone surrogate say, is malformed. */
const judgeSafely = async (
  chain: Evidence['chains'][number],
  keys: Evidence['keys'],
  now: number,
): Promise<ChainVerdict> => {
  try {
    return await judge(chain, keys, now)
  } catch {
    return {
      id: chain.id,
      verdict: 'fail',
      problem: 'assurance-malformed',
      field: '/assurance',
      requirement: 'AMP-TRUST-159',
    }
  }
}

/** Judges every chain at a moment in epoch seconds. Whatever the chains hold, it does not throw. */
export const judgeEvidence = async (
  evidence: Evidence,
  now: number,
): Promise<{ readonly chains: readonly ChainVerdict[] }> => ({
  chains: await Promise.all(evidence.chains.map((chain) => judgeSafely(chain, evidence.keys, now))),
})
