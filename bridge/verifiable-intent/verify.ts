/** Verifiable Intent, verified: the issuer is known, each layer is signed by the key the one before confirms. */
import { accept, type Outcome, type Refusal, refuse } from '../../reference/core/outcome.ts'
import { asVerified, type BridgeContext, type Settings, type Verified } from '../adapter.ts'
import { lookUp, takeOnce } from '../http-signature.ts'
import { isObject, type JsonObject, member } from '../json.ts'
import { allowedAlgorithm, confirmedKey, digestOf, epochOf, isJwsSignedBy, type SdJwt, textOf } from '../jws.ts'
import { Misconfigured, type TrustedKey } from '../keys.ts'
import { type Constraint, checkConstraints, constraintsOf, minorOf } from './constraints.ts'
import { type IntentWire, type Mandate, mandatesOf } from './wire.ts'

/** What a bundle says once every signature holds. */
export type IntentTrusted = {
  readonly wire: IntentWire
  readonly directory: string
  readonly key: TrustedKey
  readonly mode: 'immediate' | 'autonomous'
  /** The mandate of the payment: final, or open with its constraints. */
  readonly payment: JsonObject
  readonly checkout?: JsonObject
  readonly constraints: readonly Constraint[]
  /** What the agent asks the network to pay, within an open mandate. */
  readonly execution?: JsonObject
  readonly audiences: readonly string[]
  readonly isAudienceKnown: boolean
}

const protocol = 'verifiable-intent'
const skew = 300
const day = 86_400
const lifetimes = { l1: 366 * day, immediate: 900, autonomous: 30 * day, l3: 3_600 } as const
const types = { immediate: 'kb-sd-jwt', autonomous: 'kb-sd-jwt+kb' } as const

const no = (code: Refusal['code'], layer: string, detail: string, name = ''): { ok: false; refusal: Refusal } =>
  refuse(code, { detail, field: name === '' ? layer : `${layer}/claims/${name}` })

/** Signature, type, digest algorithm and times of one layer. */
const checkLayer = (
  layer: SdJwt,
  name: string,
  key: TrustedKey,
  typ: readonly string[],
  lifetimeMax: number,
  now: number,
): Outcome<true> => {
  const { header, claims } = layer.jws
  const algorithm = allowedAlgorithm(layer.jws, ['ES256'])
  if (!algorithm)
    return refuse('foreign-algorithm-not-allowed', { detail: 'only ES256 is taken', field: `${name}/header/alg` })
  if (key.type !== 'P-256')
    return refuse('foreign-key-mismatch', { detail: 'the key is not on P-256', field: `${name}/header/kid` })
  if (!isJwsSignedBy(layer.jws, key, algorithm))
    return no('foreign-signature-invalid', `${name}/signature`, 'the signature does not hold')
  if (!typ.includes(textOf(header, 'typ') ?? ''))
    return refuse('foreign-wire-form-unsupported', {
      detail: `the type is not ${typ.join(' or ')}`,
      field: `${name}/header/typ`,
    })
  if ((textOf(claims, '_sd_alg') ?? 'sha-256') !== 'sha-256')
    return no('foreign-algorithm-not-allowed', name, 'digests are SHA-256', '_sd_alg')
  const [iat, exp] = [epochOf(claims, 'iat'), epochOf(claims, 'exp')]
  if (iat === undefined) return no('foreign-fields-missing', name, 'there is no time of issue', 'iat')
  if (exp === undefined) return no('foreign-fields-missing', name, 'there is no end', 'exp')
  if (exp <= iat || exp - iat > lifetimeMax)
    return no('foreign-window-invalid', name, `it may live ${lifetimeMax} seconds`, 'exp')
  if (iat > now + skew) return no('foreign-not-yet-valid', name, 'it was made in the future', 'iat')
  if (exp <= now) return no('foreign-expired', name, 'it expired', 'exp')
  return accept(true)
}

const linkMissing = (layer: SdJwt, name: string, link: readonly string[]): Refusal | undefined => {
  for (const claim of ['aud', 'nonce'])
    if (!textOf(layer.jws.claims, claim))
      return no('foreign-fields-missing', name, `there is no ${claim}`, claim).refusal
  if (link.includes(textOf(layer.jws.claims, 'sd_hash') ?? '')) return undefined
  return no('foreign-object-mismatch', name, 'it does not belong to the layer before', 'sd_hash').refusal
}

type Pair = Pick<IntentTrusted, 'mode' | 'payment' | 'checkout' | 'constraints'> & {
  readonly agentKey?: TrustedKey
  readonly paymentMandate: Mandate
  readonly checkoutMandate?: Mandate
}

const vcts = {
  immediate: { payment: 'mandate.payment.1', checkout: 'mandate.checkout.1' },
  autonomous: { payment: 'mandate.payment.open.1', checkout: 'mandate.checkout.open.1' },
} as const

/** The one pair of mandates of the second layer; open and final ones together are a contradiction. */
const pairOf = (l2: SdJwt): Outcome<Pair> => {
  const mandates = mandatesOf(l2)
  const mode = mandates.some(({ vct }) => Object.values(vcts.autonomous).some((each) => each === vct))
    ? 'autonomous'
    : 'immediate'
  const wanted = vcts[mode]
  const [payments, checkouts] = [wanted.payment, wanted.checkout].map((vct) =>
    mandates.filter((each) => each.vct === vct),
  )
  const [payment] = payments ?? []
  const [checkout] = checkouts ?? []
  if (!payment)
    return refuse('foreign-fields-missing', {
      detail: 'no mandate of a payment is disclosed',
      field: 'l2/claims/delegate_payload',
    })
  if (mandates.length !== (checkout ? 2 : 1))
    return refuse('foreign-constraint-unknown', {
      detail: 'one payment and one checkout are taken at a time',
      field: 'l2/claims/delegate_payload',
    })
  const both = checkout ? [payment, checkout] : [payment]
  const keys = both.map(({ claims }) => member(claims, 'cnf'))
  if (mode === 'immediate') {
    if (keys.some((cnf) => cnf !== undefined))
      return no('foreign-object-mismatch', 'l2', 'a final mandate names no key', 'cnf')
    return accept({
      mode,
      payment: payment.claims,
      ...(checkout ? { checkout: checkout.claims, checkoutMandate: checkout } : {}),
      constraints: [],
      paymentMandate: payment,
    })
  }
  const [agentKey, ...others] = both.map(({ claims }) => confirmedKey(claims))
  if (!agentKey || others.some((key) => key?.thumbprint !== agentKey.thumbprint || key.kid !== agentKey.kid))
    return no('foreign-key-mismatch', 'l2', 'the mandates do not name one key of the agent', 'cnf')
  const constraints: Constraint[] = []
  for (const { claims } of both) {
    const own = constraintsOf(claims)
    if (!own.ok) return own
    constraints.push(...own.value)
  }
  return accept({
    mode,
    payment: payment.claims,
    ...(checkout ? { checkout: checkout.claims, checkoutMandate: checkout } : {}),
    constraints,
    agentKey,
    paymentMandate: payment,
  })
}

const checkFinal = ({ payment, checkout }: Pair): Refusal | undefined => {
  if (!checkout)
    return no('foreign-fields-missing', 'l2', 'a final payment comes with its checkout', 'delegate_payload').refusal
  const [jwt, hash, id] = [
    textOf(checkout, 'checkout_jwt') ?? '',
    textOf(checkout, 'checkout_hash'),
    textOf(payment, 'transaction_id'),
  ]
  return hash === digestOf(jwt) && id === hash
    ? undefined
    : no('foreign-object-mismatch', 'l2', 'the payment is not for this checkout', 'delegate_payload').refusal
}

const checkReference = ({ constraints, checkoutMandate }: Pair): Refusal | undefined => {
  for (const { type, claims } of constraints) {
    if (type !== 'mandate.payment.reference' || !checkoutMandate?.disclosure) continue
    if (textOf(claims, 'conditional_transaction_id') !== digestOf(checkoutMandate.disclosure))
      return no('foreign-object-mismatch', 'l2', 'the payment refers to another checkout', 'delegate_payload').refusal
  }
  return undefined
}

/** Presentations of the second layer an agent may have signed over: its mandate, alone or with one more disclosure. */
const presentations = (l2: SdJwt, mandate: Mandate | undefined): readonly string[] => {
  const [token = ''] = l2.serialized.split('~')
  const own = mandate?.disclosure
  if (own === undefined) return []
  const others = [...l2.disclosures.values()].map(({ text }) => text).filter((text) => text !== own)
  return [
    l2.serialized,
    `${token}~${own}~`,
    ...others.flatMap((text) => [`${token}~${own}~${text}~`, `${token}~${text}~${own}~`]),
  ].map(digestOf)
}

type Executed = Pick<IntentTrusted, 'execution'> & { readonly lines?: readonly JsonObject[]; readonly hash?: string }

const checkExecution = (layer: SdJwt, name: 'l3a' | 'l3b', l2: SdJwt, pair: Pair, now: number): Outcome<Mandate> => {
  const { agentKey } = pair
  if (!agentKey) return no('foreign-object-mismatch', name, 'a final mandate needs no execution')
  const { header, claims } = layer.jws
  if (Object.hasOwn(header, 'jwk') || textOf(header, 'kid') !== agentKey.kid)
    return refuse('foreign-key-mismatch', {
      detail: 'the key is not the one the user named',
      field: `${name}/header/kid`,
    })
  const sound = checkLayer(layer, name, agentKey, ['kb-sd-jwt'], lifetimes.l3, now)
  if (!sound.ok) return sound
  const loose = linkMissing(layer, name, presentations(l2, name === 'l3a' ? pair.paymentMandate : pair.checkoutMandate))
  if (loose) return { ok: false, refusal: loose }
  if (textOf(claims, 'nonce') === textOf(l2.jws.claims, 'nonce'))
    return no('foreign-nonce-replayed', name, 'the nonce is that of the user', 'nonce')
  const wanted = name === 'l3a' ? vcts.immediate.payment : vcts.immediate.checkout
  const [mandate, ...more] = mandatesOf(layer)
  if (!mandate || more.length > 0 || mandate.vct !== wanted || Object.hasOwn(mandate.claims, 'cnf'))
    return no('foreign-object-mismatch', name, `it does not hold one ${wanted}`, 'delegate_payload')
  return accept(mandate)
}

const execute = ({ layers }: IntentWire, pair: Pair, now: number): Outcome<Executed> => {
  const { l2, l3a, l3b } = layers
  let executed: Executed = {}
  if (l3b) {
    const checkout = checkExecution(l3b, 'l3b', l2, pair, now)
    if (!checkout.ok) return checkout
    const { claims } = checkout.value
    const hash = textOf(claims, 'checkout_hash')
    if (hash === undefined || hash !== digestOf(textOf(claims, 'checkout_jwt') ?? ''))
      return no('foreign-object-mismatch', 'l3b', 'the hash is not that of the checkout', 'delegate_payload')
    const lines = member(claims, 'line_items')
    executed = { hash, ...(Array.isArray(lines) ? { lines: lines.filter(isObject) } : {}) }
  }
  if (!l3a) return accept(executed)
  const payment = checkExecution(l3a, 'l3a', l2, pair, now)
  if (!payment.ok) return payment
  const { claims } = payment.value
  if (executed.hash !== undefined && textOf(claims, 'transaction_id') !== executed.hash)
    return no('foreign-object-mismatch', 'l3a', 'the payment is not for this checkout', 'delegate_payload')
  const [amount, payee] = [member(claims, 'payment_amount'), member(claims, 'payee')]
  const minor = isObject(amount) ? minorOf(member(amount, 'amount')) : undefined
  if (!isObject(amount) || minor === undefined || !isObject(payee))
    return no('foreign-fields-missing', 'l3a', 'the payment names no amount or payee', 'delegate_payload')
  const kept = checkConstraints(pair.constraints, {
    currency: textOf(amount, 'currency') ?? '',
    amount: minor,
    payee,
    ...(executed.lines ? { lines: executed.lines } : {}),
    now,
  })
  return kept.ok ? accept({ ...executed, execution: claims }) : kept
}

const audiencesOf = (settings: Settings): readonly string[] | undefined => {
  const list = member(settings.protocols?.[protocol] ?? {}, 'audiences')
  if (list === undefined) return undefined
  if (Array.isArray(list) && list.every((each): each is string => typeof each === 'string')) return list
  throw new Misconfigured(`${protocol}: audiences is a list of strings`)
}

const identify = async (
  { layers: { l1 } }: IntentWire,
  { directory, now }: BridgeContext,
): Promise<Outcome<TrustedKey>> => {
  const [issuer = '', kid = ''] = [textOf(l1.jws.claims, 'iss'), textOf(l1.jws.header, 'kid')]
  if (kid === '' || issuer === '')
    return no('foreign-fields-missing', 'l1', 'the issuer or its key is not named', 'iss')
  const found = await lookUp(() => directory.findIssuer(issuer, kid))
  if (!found.ok) return found
  if (!found.value) return no('foreign-agent-unknown', 'l1', 'the issuer or its key is not trusted', 'iss')
  const sound = checkLayer(l1, 'l1', found.value, ['sd+jwt'], lifetimes.l1, now)
  return sound.ok ? accept(found.value) : sound
}

const takeLayers = async (
  { layers }: IntentWire,
  mode: Pair['mode'],
  context: BridgeContext,
): Promise<Outcome<'fresh'>> => {
  const { l2, l3a, l3b } = layers
  // An open mandate is used many times, each by layers of its own; without any, it proposes once.
  const last =
    l3a || l3b
      ? ([
          ['l3a', l3a],
          ['l3b', l3b],
        ] as const)
      : ([['l2', l2]] as const)
  let taken: Outcome<'fresh'> = accept('fresh')
  for (const [name, layer] of last) {
    if (!layer) continue
    const user = digestOf(l2.jws.signingInput)
    const parts = [protocol, context.directory.name, mode, name, user, textOf(layer.jws.claims, 'nonce') ?? '']
    taken = await takeOnce(parts, epochOf(layer.jws.claims, 'exp') ?? 0, context, `${name}/claims/nonce`)
    if (!taken.ok) return taken
  }
  return taken
}

/** Proves a bundle, layer by layer, and holds the agent to what the user allowed; then it is taken once. */
export const verify = async (wire: IntentWire, context: BridgeContext): Promise<Outcome<Verified<IntentTrusted>>> => {
  const { l1, l2, l3a, l3b } = wire.layers
  const key = await identify(wire, context)
  if (!key.ok) return key
  const userKey = confirmedKey(l1.jws.claims)
  if (!userKey) return no('foreign-key-mismatch', 'l1', 'it confirms no public key on P-256', 'cnf')
  const pair = pairOf(l2)
  const mode = pair.ok ? pair.value.mode : 'autonomous'
  const sound = checkLayer(
    l2,
    'l2',
    userKey,
    pair.ok ? [types[mode]] : Object.values(types),
    lifetimes[mode],
    context.now,
  )
  if (!sound.ok) return sound
  const loose = linkMissing(l2, 'l2', [digestOf(l1.serialized)])
  if (loose) return { ok: false, refusal: loose }
  if ((epochOf(l2.jws.claims, 'exp') ?? 0) > (epochOf(l1.jws.claims, 'exp') ?? 0))
    return no('foreign-window-invalid', 'l2', 'it outlives the credential', 'exp')
  if (!pair.ok) return pair
  const broken = mode === 'immediate' ? checkFinal(pair.value) : checkReference(pair.value)
  if (broken) return { ok: false, refusal: broken }
  const executed = execute(wire, pair.value, context.now)
  if (!executed.ok) return executed
  const heard = (l3a || l3b ? [l3a, l3b] : [l2]).flatMap((layer) =>
    layer ? (textOf(layer.jws.claims, 'aud') ?? []) : [],
  )
  const audiences = audiencesOf(context.settings)
  if (audiences && !heard.some((name) => audiences.includes(name)))
    return no('foreign-audience-mismatch', l3a ? 'l3a' : 'l2', 'it is for somebody else', 'aud')
  const fresh = await takeLayers(wire, mode, context)
  if (!fresh.ok) return fresh
  const { payment, checkout, constraints } = pair.value
  return accept(
    asVerified({
      wire,
      directory: context.directory.name,
      key: key.value,
      mode,
      payment,
      ...(checkout ? { checkout } : {}),
      constraints,
      ...(executed.value.execution ? { execution: executed.value.execution } : {}),
      audiences: heard,
      isAudienceKnown: audiences !== undefined,
    }),
  )
}
