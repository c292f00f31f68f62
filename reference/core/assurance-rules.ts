/** Every rule of the assurance chain, one row per requirement, in order of precedence of the refusals. */
import { isMessage, type Message, type ProblemCode, precedence } from '../../schemas/index.ts'
import { hashOf } from './canonical.ts'
import type { Rule } from './rule.ts'
import { linkOf, type ParsedLayer } from './sd-jwt.ts'
import { parseTime } from './time.ts'

export type LayerName = 'identity' | 'mandate' | 'tokenRequest'

/** The chain as read, with everything a rule needs to know from outside. */
export type ChainContext = {
  readonly identity: ParsedLayer
  readonly mandate: ParsedLayer
  readonly tokenRequest: ParsedLayer | undefined
  /** Whether each layer verifies under the key it has to be signed with. */
  readonly signed: Readonly<Record<LayerName, boolean>>
  readonly issuerKeyKnown: boolean
  readonly needsTokenRequest: boolean
  readonly audience: string
  readonly issuer: string | undefined
  readonly checkout: Message<'common/checkout'> | undefined
  readonly now: number
}

type Row = Rule<ChainContext>
type Claims = Readonly<Record<string, unknown>>

const leewaySeconds = 60
const identityCheckPassed: ReadonlySet<unknown> = new Set(['PASS', 'true', 'SUCCESS'])
const tokenForm = /28[0-9]{4}23[A-Za-z0-9]{16}/

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 4096
const isEpoch = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const isRecord = (value: unknown): value is Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const member = (value: unknown, name: string): unknown => (isRecord(value) ? value[name] : undefined)

/** Value of a presented disclosure, by claim name. */
export const disclosed = (layer: ParsedLayer | undefined, name: string): unknown =>
  layer?.presented.find((presented) => presented.name === name)?.value

export const modeOf = (chain: Pick<ChainContext, 'mandate'>): unknown => chain.mandate.claims.mode

/** The key a layer binds for the next one: `cnf.jwk`. */
export const boundKey = (layer: ParsedLayer): Claims | undefined => {
  const jwk = member(layer.claims.cnf, 'jwk')
  return isRecord(jwk) ? jwk : undefined
}

const isPublicKey = (cnf: unknown): boolean => {
  const jwk = member(cnf, 'jwk')
  if (!isRecord(jwk) || jwk.kty !== 'EC' || jwk.crv !== 'P-256' || !isText(jwk.kid)) return false
  if (!isText(jwk.x) || !isText(jwk.y)) return false
  return member(cnf, 'kid') === undefined || member(cnf, 'kid') === jwk.kid
}

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const holdsPrivateKey = (layer: ParsedLayer | undefined): boolean =>
  privateMembers.some(
    (name) =>
      member(layer?.claims.cnf, name) !== undefined || member(member(layer?.claims.cnf, 'jwk'), name) !== undefined,
  )

const isMandateInfo = (value: unknown, mode: unknown): boolean =>
  isText(member(value, 'mandate_id')) && member(value, 'mandate_type') === mode

const immediate = (chain: ChainContext): boolean => modeOf(chain) === 'IMMEDIATE'
const autonomous = (chain: ChainContext): boolean => modeOf(chain) === 'AUTONOMOUS'
const digestsOf = (layer: ParsedLayer): readonly unknown[] => (Array.isArray(layer.claims._sd) ? layer.claims._sd : [])

/** Each presented disclosure stands once among the signed digests, and no name or digest twice. */
const isDigestedOnce = (layer: ParsedLayer): boolean => {
  const digests = digestsOf(layer)
  const names = layer.presented.map(({ name }) => name)
  return (
    new Set(digests).size === digests.length &&
    new Set(names).size === names.length &&
    new Set(layer.presented.map(({ digest }) => digest)).size === names.length &&
    layer.presented.every(({ name, digest }) => digests.includes(digest) && !(name in layer.claims))
  )
}

/** A row about one layer; it does not apply where that layer is not part of the chain. */
const on =
  (layer: LayerName) =>
  (id: string, code: ProblemCode, claim: string, holds: (layer: ParsedLayer, chain: ChainContext) => boolean): Row => ({
    id,
    code,
    holds: (chain) => {
      const found = chain[layer]
      return found === undefined || holds(found, chain)
    },
    occurrence: () => ({ field: `/assurance/${layer}/${claim}` }),
  })

const identity = on('identity')
const mandate = on('mandate')
const tokenRequest = on('tokenRequest')

const missing: ProblemCode = 'assurance-claim-missing'
const undisclosed: ProblemCode = 'assurance-disclosure-missing'

const whole: readonly Row[] = [
  {
    id: 'AMP-TRUST-163',
    code: 'assurance-layer-missing',
    holds: (chain) => !autonomous(chain) || !chain.needsTokenRequest || chain.tokenRequest !== undefined,
    occurrence: () => ({ field: '/assurance/tokenRequest' }),
  },
  {
    id: 'AMP-TRUST-138:layer',
    code: 'assurance-layer-unexpected',
    holds: (chain) => !immediate(chain) || chain.tokenRequest === undefined,
    occurrence: () => ({ field: '/assurance/tokenRequest' }),
  },
  {
    id: 'AMP-TRUST-157:checkout',
    code: 'checkout-mismatch',
    holds: (chain) =>
      chain.checkout === undefined ||
      hashOf(chain.checkout) ===
        hashOf(disclosed(immediate(chain) ? chain.mandate : chain.tokenRequest, 'checkout') ?? null),
    occurrence: () => ({ field: '/checkout' }),
  },
]

const identityRows: readonly Row[] = [
  identity('AMP-TRUST-107', 'assurance-algorithm-not-allowed', 'alg', ({ header }) => header.alg === 'ES256'),
  identity('AMP-TRUST-108', 'assurance-type-invalid', 'typ', ({ header }) => header.typ === 'sd+jwt'),
  identity(
    'AMP-TRUST-109',
    'assurance-key-unknown',
    'kid',
    ({ header }, chain) => isText(header.kid) && chain.issuerKeyKnown,
  ),
  identity('AMP-TRUST-159', 'assurance-signature-invalid', '', (_, chain) => chain.signed.identity),
  identity('AMP-TRUST-110', missing, 'iss', ({ claims }) => isText(claims.iss)),
  identity(
    'AMP-TRUST-110',
    'assurance-issuer-mismatch',
    'iss',
    ({ claims }, chain) => chain.issuer === undefined || claims.iss === chain.issuer,
  ),
  identity('AMP-TRUST-111', missing, 'sub', ({ claims }) => isText(claims.sub)),
  identity(
    'AMP-PAY-015',
    'assurance-claim-forbidden',
    'sub',
    ({ claims }) => !/@|^\+?[0-9][0-9 -]{6,}$/.test(String(claims.sub)),
  ),
  identity('AMP-TRUST-112', missing, 'iat', ({ claims }) => isEpoch(claims.iat)),
  identity(
    'AMP-TRUST-112',
    'assurance-not-yet-valid',
    'iat',
    ({ claims }, { now }) => Number(claims.iat) <= now + leewaySeconds,
  ),
  identity('AMP-TRUST-113', missing, 'exp', ({ claims }) => isEpoch(claims.exp)),
  identity(
    'AMP-TRUST-113',
    'assurance-expired',
    'exp',
    ({ claims }, { now }) => Number(claims.exp) > now - leewaySeconds,
  ),
  identity('AMP-TRUST-114', missing, 'cnf', ({ claims }) => isPublicKey(claims.cnf)),
  identity('AMP-TRUST-114', 'assurance-private-key', 'cnf', (layer) => !holdsPrivateKey(layer)),
  identity('AMP-TRUST-115', missing, 'isp_type', ({ claims }) => isText(claims.isp_type)),
  identity('AMP-TRUST-116', missing, 'isp_name', ({ claims }) => isText(claims.isp_name)),
  identity('AMP-TRUST-117', 'assurance-claim-forbidden', '_sd_alg', ({ claims }) => !('_sd_alg' in claims)),
  identity(
    'AMP-TRUST-118',
    'assurance-claim-forbidden',
    '_sd',
    ({ claims, presented }) => !('_sd' in claims) && presented.length === 0,
  ),
]

const mandateRows: readonly Row[] = [
  mandate('AMP-TRUST-119', 'assurance-algorithm-not-allowed', 'alg', ({ header }) => header.alg === 'ES256'),
  mandate('AMP-TRUST-120', 'assurance-type-invalid', 'typ', ({ header }) => header.typ === 'sd+jwt'),
  mandate('AMP-TRUST-121', 'assurance-key-unknown', 'kid', ({ header }) => isText(header.kid)),
  mandate(
    'AMP-TRUST-122',
    'assurance-key-mismatch',
    'kid',
    ({ header }, chain) => header.kid === boundKey(chain.identity)?.kid,
  ),
  mandate('AMP-TRUST-161', 'assurance-signature-invalid', '', (_, chain) => chain.signed.mandate),
  mandate(
    'AMP-TRUST-127',
    'assurance-link-broken',
    'sd_hash',
    ({ claims }, chain) => claims.sd_hash === linkOf(chain.identity.serialized),
  ),
  mandate('AMP-TRUST-123', missing, 'nonce', ({ claims }) => isText(claims.nonce) && claims.nonce.length <= 256),
  mandate('AMP-TRUST-124', missing, 'aud', ({ claims }) => isText(claims.aud)),
  mandate('AMP-TRUST-124', 'assurance-audience-mismatch', 'aud', ({ claims }, chain) => claims.aud === chain.audience),
  mandate('AMP-TRUST-125', missing, 'iat', ({ claims }) => isEpoch(claims.iat)),
  mandate(
    'AMP-TRUST-125',
    'assurance-not-yet-valid',
    'iat',
    ({ claims }, { now }) => Number(claims.iat) <= now + leewaySeconds,
  ),
  mandate('AMP-TRUST-126', missing, 'exp', ({ claims }) => isEpoch(claims.exp)),
  mandate(
    'AMP-TRUST-126',
    'assurance-expired',
    'exp',
    ({ claims }, { now }) => Number(claims.exp) > now - leewaySeconds,
  ),
  mandate('AMP-TRUST-128', missing, 'idv_result', ({ claims }) => isText(claims.idv_result)),
  mandate('AMP-TRUST-128', 'assurance-identity-check-failed', 'idv_result', ({ claims }) =>
    identityCheckPassed.has(claims.idv_result),
  ),
  mandate('AMP-TRUST-129', missing, 'idv_time', ({ claims }) => {
    const at = isText(claims.idv_time) ? parseTime(claims.idv_time) : undefined
    return at !== undefined && at <= Number(claims.iat) + leewaySeconds
  }),
  mandate(
    'AMP-TRUST-130',
    missing,
    'mode',
    ({ claims }) => claims.mode === 'IMMEDIATE' || claims.mode === 'AUTONOMOUS',
  ),
  mandate('AMP-TRUST-131', missing, '_sd_alg', ({ claims }) => claims._sd_alg === 'sha-256'),
  mandate('AMP-TRUST-132', missing, '_sd', (layer) => digestsOf(layer).length > 0),
  mandate('AMP-TRUST-132', 'assurance-disclosure-undigested', '_sd', isDigestedOnce),
  mandate('AMP-TRUST-133', undisclosed, 'intent', (layer) => isRecord(disclosed(layer, 'intent'))),
  mandate('AMP-TRUST-134', undisclosed, 'intent/raw', (layer) => isText(member(disclosed(layer, 'intent'), 'raw'))),
  mandate('AMP-TRUST-135', undisclosed, 'intent/desc', (layer) => isText(member(disclosed(layer, 'intent'), 'desc'))),
  mandate('AMP-TRUST-136', undisclosed, 'token_info', (layer) => isRecord(disclosed(layer, 'token_info'))),
  mandate(
    'AMP-TRUST-136',
    'assurance-claim-forbidden',
    'token_info',
    (layer) => !tokenForm.test(JSON.stringify(disclosed(layer, 'token_info') ?? '')),
  ),
  mandate('AMP-TRUST-137', undisclosed, 'mandate_info', (layer) => isRecord(disclosed(layer, 'mandate_info'))),
  mandate('AMP-TRUST-137', 'assurance-mandate-mismatch', 'mandate_info', (layer) =>
    isMandateInfo(disclosed(layer, 'mandate_info'), layer.claims.mode),
  ),
  mandate(
    'AMP-TRUST-138',
    'assurance-claim-forbidden',
    'cnf',
    ({ claims }, chain) => !immediate(chain) || !('cnf' in claims),
  ),
  mandate(
    'AMP-TRUST-139',
    'assurance-disclosure-forbidden',
    'intent/expiry_time',
    (layer, chain) => !immediate(chain) || member(disclosed(layer, 'intent'), 'expiry_time') === undefined,
  ),
  mandate(
    'AMP-TRUST-140',
    'assurance-disclosure-forbidden',
    'intent/constraints',
    (layer, chain) => !immediate(chain) || member(disclosed(layer, 'intent'), 'constraints') === undefined,
  ),
  mandate(
    'AMP-TRUST-141',
    undisclosed,
    'checkout',
    (layer, chain) =>
      !immediate(chain) || isMessage('common/amount', member(disclosed(layer, 'checkout'), 'total_amount')),
  ),
  mandate('AMP-TRUST-142', missing, 'cnf', ({ claims }, chain) => !autonomous(chain) || isPublicKey(claims.cnf)),
  mandate('AMP-TRUST-142', 'assurance-private-key', 'cnf', (layer) => !holdsPrivateKey(layer)),
  mandate(
    'AMP-TRUST-143',
    undisclosed,
    'intent/expiry_time',
    (layer, chain) =>
      !autonomous(chain) || parseTime(String(member(disclosed(layer, 'intent'), 'expiry_time'))) !== undefined,
  ),
  mandate('AMP-TRUST-143', 'assurance-expired', 'intent/expiry_time', (layer, chain) => {
    const until = parseTime(String(member(disclosed(layer, 'intent'), 'expiry_time')))
    return !autonomous(chain) || until === undefined || until > chain.now - leewaySeconds
  }),
  mandate(
    'AMP-TRUST-144',
    undisclosed,
    'intent/constraints',
    (layer, chain) =>
      !autonomous(chain) || isMessage('trust/constraints', member(disclosed(layer, 'intent'), 'constraints')),
  ),
  mandate(
    'AMP-TRUST-145',
    'assurance-disclosure-forbidden',
    'checkout',
    (layer, chain) => !autonomous(chain) || disclosed(layer, 'checkout') === undefined,
  ),
]

const tokenRequestRows: readonly Row[] = [
  tokenRequest('AMP-TRUST-146', 'assurance-algorithm-not-allowed', 'alg', ({ header }) => header.alg === 'ES256'),
  tokenRequest('AMP-TRUST-147', 'assurance-type-invalid', 'typ', ({ header }) => header.typ === 'sd+jwt'),
  tokenRequest('AMP-TRUST-148', 'assurance-key-unknown', 'kid', ({ header }) => isText(header.kid)),
  tokenRequest(
    'AMP-TRUST-149',
    'assurance-key-mismatch',
    'kid',
    ({ header }, chain) => header.kid === boundKey(chain.mandate)?.kid,
  ),
  tokenRequest('AMP-TRUST-163', 'assurance-signature-invalid', '', (_, chain) => chain.signed.tokenRequest),
  tokenRequest(
    'AMP-TRUST-154',
    'assurance-link-broken',
    'sd_hash',
    ({ claims }, chain) => claims.sd_hash === linkOf(chain.mandate.serialized),
  ),
  tokenRequest('AMP-TRUST-150', missing, 'nonce', ({ claims }) => isText(claims.nonce) && claims.nonce.length <= 256),
  tokenRequest('AMP-TRUST-151', missing, 'aud', ({ claims }) => isText(claims.aud)),
  tokenRequest(
    'AMP-TRUST-151',
    'assurance-audience-mismatch',
    'aud',
    ({ claims }, chain) => claims.aud === chain.audience,
  ),
  tokenRequest('AMP-TRUST-152', missing, 'iat', ({ claims }) => isEpoch(claims.iat)),
  tokenRequest(
    'AMP-TRUST-152',
    'assurance-not-yet-valid',
    'iat',
    ({ claims }, { now }) => Number(claims.iat) <= now + leewaySeconds,
  ),
  tokenRequest('AMP-TRUST-153', missing, 'exp', ({ claims }) => isEpoch(claims.exp)),
  tokenRequest(
    'AMP-TRUST-153',
    'assurance-expired',
    'exp',
    ({ claims }, { now }) => Number(claims.exp) > now - leewaySeconds,
  ),
  tokenRequest('AMP-TRUST-155', missing, '_sd_alg', ({ claims }) => claims._sd_alg === 'sha-256'),
  tokenRequest('AMP-TRUST-156', missing, '_sd', (layer) => digestsOf(layer).length > 0),
  tokenRequest('AMP-TRUST-156', 'assurance-disclosure-undigested', '_sd', isDigestedOnce),
  tokenRequest('AMP-TRUST-157', undisclosed, 'checkout', (layer) => isRecord(disclosed(layer, 'checkout'))),
  tokenRequest('AMP-TRUST-158', undisclosed, 'checkout/total_amount', (layer) =>
    isMessage('common/amount', member(disclosed(layer, 'checkout'), 'total_amount')),
  ),
]

/** Every rule of the chain; the first that does not hold is the refusal. */
export const assuranceRules: readonly Row[] = [...whole, ...identityRows, ...mandateRows, ...tokenRequestRows]
  .map((row, index) => ({ row, index }))
  .sort((a, b) => precedence(a.row.code) - precedence(b.row.code) || a.index - b.index)
  .map(({ row }) => row)
