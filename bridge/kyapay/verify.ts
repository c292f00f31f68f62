/** KYAPay, verified: an issuer known beforehand, ES256 alone, times with caps, the key of the sender where one is named. */
import { accept, type Outcome, type Refusal, refuse } from '../../reference/core/outcome.ts'
import { asVerified, type BridgeContext, type Evidence, type Verified } from '../adapter.ts'
import { amountOfMajor } from '../currency.ts'
import {
  checkHttpSignature,
  checkTimes,
  lookUp,
  readHttpSignature,
  type SignatureProfile,
  takeOnce,
} from '../http-signature.ts'
import { member } from '../json.ts'
import { allowedAlgorithm, confirmedKey, isJwsSignedBy, textOf } from '../jws.ts'
import type { TrustedKey } from '../keys.ts'
import { type KyaSettings, kyaSettings } from './settings.ts'
import type { KyaWire, Token } from './wire.ts'

/** Tokens whose issuer is proven, with the key that proved the first. */
export type KyaTrusted = {
  readonly wire: KyaWire
  readonly directory: string
  readonly key: TrustedKey
  readonly evidence: readonly Evidence[]
  readonly settings: KyaSettings
}

const skew = 60

/** How the sender of a token with a key signs its request. */
const senderProfile: SignatureProfile = {
  name: 'KYAPay',
  tags: ['kyapay', 'web-bot-auth'],
  covers: [['@authority', '@target-uri'], ['kyapay-token']],
  needs: [],
  windowMax: 480,
}

const field = (name: string) => `token/${name}`
const no = (code: Refusal['code'], detail: string, name: string): Refusal => ({ code, detail, field: field(name) })

const checkLife = (token: Token, settings: KyaSettings, now: number): Refusal | undefined => {
  const { issuedAt, expires } = token
  const isBearerPay = token.type !== 'kya' && member(token.claims, 'cnf') === undefined
  const lifetimeMax = isBearerPay ? Math.min(settings.lifetimeMax, settings.bearerLifetimeMax) : settings.lifetimeMax
  if (expires <= issuedAt || expires - issuedAt > lifetimeMax)
    return no('foreign-window-invalid', `the token has to live 1 to ${lifetimeMax} seconds`, 'exp')
  if (issuedAt > now + skew) return no('foreign-not-yet-valid', 'the token was made in the future', 'iat')
  if (expires <= now) return no('foreign-expired', 'the token expired', 'exp')
  return undefined
}

const checkAudience = ({ claims, audience }: Token, settings: KyaSettings): Refusal | undefined => {
  const names = [audience, textOf(claims, 'tdm'), textOf(claims, 'tsi')].filter((name) => name !== undefined)
  if (settings.audiences && !names.some((name) => settings.audiences?.includes(name)))
    return no('foreign-audience-mismatch', 'the token is for another seller', 'aud')
  const environment = textOf(claims, 'env')
  if (settings.environments && (environment === undefined || !settings.environments.includes(environment)))
    return no('foreign-audience-mismatch', 'the token is of another environment', 'env')
  return undefined
}

/** A pay token whoever holds it may use has to be small; a key makes it the sender's alone. */
const checkBearer = ({ type, claims }: Token, settings: KyaSettings): Refusal | undefined => {
  if (type === 'kya' || member(claims, 'cnf') !== undefined) return undefined
  const currency = textOf(claims, 'cur') ?? ''
  const max = Object.hasOwn(settings.bearerMax, currency) ? settings.bearerMax[currency] : undefined
  const [amount, limit] = [textOf(claims, 'amt') ?? '', max ?? ''].map((text) =>
    amountOfMajor(text, currency, field('amt')),
  )
  if (amount?.ok && limit?.ok && BigInt(amount.value.value) <= BigInt(limit.value.value)) return undefined
  if (amount && !amount.ok) return amount.refusal
  return no('foreign-signature-missing', 'a token of this amount has to be bound to a key of its sender', 'cnf')
}

const checkSender = async (
  token: Token,
  { message }: KyaWire,
  context: BridgeContext,
): Promise<Refusal | undefined> => {
  if (member(token.claims, 'cnf') === undefined) return undefined
  const key = confirmedKey(token.claims)
  if (!key) return no('foreign-key-mismatch', 'the key of the sender is no public key on P-256', 'cnf')
  const signature = readHttpSignature(message, senderProfile)
  if (!signature.ok) return signature.refusal
  const { keyid } = signature.value.parameters
  if (keyid !== key.kid && keyid !== key.thumbprint)
    return no('foreign-key-mismatch', 'the request is signed by another key than the token names', 'cnf')
  return (
    checkTimes(signature.value.parameters, senderProfile.windowMax, context.now) ??
    (await checkHttpSignature(message, signature.value, key, 'ES256', context.now))
  )
}

const verifyToken = async (
  token: Token,
  wire: KyaWire,
  settings: KyaSettings,
  context: BridgeContext,
): Promise<Outcome<TrustedKey>> => {
  const algorithm = allowedAlgorithm(token.jws, ['ES256'])
  if (!algorithm) return refuse('foreign-algorithm-not-allowed', { detail: 'only ES256 is taken', field: field('alg') })
  const untimely = checkLife(token, settings, context.now)
  if (untimely) return { ok: false, refusal: untimely }
  const key = await lookUp(() => context.directory.findIssuer(token.issuer, token.kid))
  if (!key.ok) return key
  if (!key.value)
    return refuse('foreign-agent-unknown', { detail: 'the issuer or its key is not trusted', field: field('iss') })
  if (key.value.type !== 'P-256')
    return refuse('foreign-key-mismatch', { detail: 'the key of the issuer is not on P-256', field: field('kid') })
  if (!isJwsSignedBy(token.jws, key.value, algorithm))
    return refuse('foreign-signature-invalid', {
      detail: 'the signature of the token does not hold',
      field: field('signature'),
    })
  const foreign =
    checkAudience(token, settings) ?? checkBearer(token, settings) ?? (await checkSender(token, wire, context))
  return foreign ? { ok: false, refusal: foreign } : accept(key.value)
}

/** Proves every token, and only then records that they were used: a request of which one token fails burns none. */
export const verify = async (wire: KyaWire, context: BridgeContext): Promise<Outcome<Verified<KyaTrusted>>> => {
  const settings = kyaSettings(context.settings)
  const keys: TrustedKey[] = []
  for (const token of wire.tokens) {
    const key = await verifyToken(token, wire, settings, context)
    if (!key.ok) return key
    keys.push(key.value)
  }
  const [first] = wire.tokens
  const [key] = keys
  if (!first || !key)
    return refuse('foreign-signature-missing', { detail: 'there is no token', field: 'header/kyapay-token' })
  if (wire.tokens.some((token) => token.issuer !== first.issuer && token.type !== 'pay'))
    return refuse('foreign-object-mismatch', { detail: 'the tokens are of different issuers', field: field('iss') })
  for (const { issuer, jti, expires } of wire.tokens) {
    const fresh = await takeOnce(['kyapay', context.directory.name, issuer, jti], expires, context, field('jti'))
    if (!fresh.ok) return fresh
  }
  const bound = wire.tokens.some(({ claims }) => member(claims, 'cnf') !== undefined)
  const evidence: Evidence[] = [
    ...wire.tokens.map(({ type }): Evidence => ({ kind: type, status: 'verified' })),
    { kind: 'audience', status: settings.audiences ? 'verified' : 'unverified' },
    { kind: 'sender-key', status: bound ? 'verified' : 'absent' },
  ]
  return accept(asVerified({ wire, directory: context.directory.name, key, evidence, settings }))
}
