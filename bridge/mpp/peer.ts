/** The `amp` method for the peers of mppx: method objects for its client and its server, charge and session. */
import type { Refusal } from '../../reference/core/outcome.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { openPurse, type Payer, requestDigest } from '../settlement/index.ts'
import { type Challenge, writeCredential } from './codec.ts'
import { learn } from './learn.ts'
import { type Action, type Intent, intents, methodName, signPayload, type Taking, take } from './offer.ts'
import { nameOf } from './problems.ts'

type Schema = { readonly parse: (value: unknown) => JsonObject }

/** What every side of the method agrees on, in the shape mppx takes for a `Method`. */
type Shape = {
  readonly name: typeof methodName
  readonly intent: Intent
  readonly schema: { readonly credential: { readonly payload: Schema }; readonly request: Schema }
}

const texts = ['amount', 'currency', 'recipient', 'externalId', 'unitType', 'suggestedDeposit'] as const

/** A request with the members the method knows; everything else a route says is not for the wire. */
const parseRequest = (value: unknown): JsonObject => {
  if (!isObject(value)) throw new TypeError('a request is an object')
  const found = texts.flatMap((name) => {
    const text = textOf(value, name)
    return text === undefined ? [] : [[name, name === 'currency' ? text.toLowerCase() : text] as const]
  })
  const details = member(value, 'methodDetails')
  return { ...Object.fromEntries(found), ...(isObject(details) ? { methodDetails: details } : {}) }
}

const parsePayload = (value: unknown): JsonObject => {
  if (!isObject(value)) throw new TypeError('a payload is an object')
  return value
}

const shapeOf = (intent: Intent): Shape => ({
  name: methodName,
  intent,
  schema: { credential: { payload: { parse: parsePayload } }, request: { parse: parseRequest } },
})

/** What a route of mppx may be given as `context` of a request: `{action: 'close'}`, or how many units to sign for. */
const context: Schema = {
  parse: (value) => {
    if (!isObject(value)) throw new TypeError('the context of a session is an object')
    return value
  },
}

const actionOf = (value: Json | undefined): Action | undefined =>
  (['open', 'voucher', 'close'] as const).find((each) => each === value)

/** A client's method in the shape mppx takes. */
export type AmpClientMethod = Shape & {
  readonly context: Schema
  readonly createCredential: (parameters: {
    readonly challenge: Challenge
    readonly context?: JsonObject
  }) => Promise<string>
}

/**
 * The method for a client of mppx: `Mppx.create({ methods: amp.methods, fetch: amp.fetch })`. Through `fetch` it hears how
 * payments ended, and offers one whose answer was lost as the same payment; without it every challenge is a new payment.
 */
export const ampClient = (payer: Payer, inner: typeof fetch = fetch) => {
  const purse = openPurse(payer)
  let isHearing = false
  const methods = intents.map(
    (intent): AmpClientMethod => ({
      ...shapeOf(intent),
      context,
      createCredential: async ({ challenge, context: said = {} }) => {
        const units = member(said, 'units')
        const action = actionOf(member(said, 'action'))
        const payload = await signPayload(purse, challenge, {
          ...(action ? { action } : {}),
          ...(typeof units === 'number' && Number.isInteger(units) && units > 0 ? { units: BigInt(units) } : {}),
          attempt: isHearing ? '' : challenge.id,
        })
        return writeCredential({ challenge, payload: { ...payload } })
      },
    }),
  )
  const hearing: typeof fetch = async (input, init) => {
    isHearing = true
    const request = new Request(input, init)
    const sent = request.headers.get('authorization')
    const response = await inner(request)
    if (sent !== null) await learn(purse, sent, response)
    return response
  }
  return { methods, fetch: hearing }
}

/** Errors of mppx the server's method throws, as `Errors` of mppx exports them. */
export type PeerErrors = Readonly<
  Record<
    | 'VerificationFailedError'
    | 'PaymentInsufficientError'
    | 'PaymentExpiredError'
    | 'InvalidPayloadError'
    | 'InvalidChallengeError'
    | 'InvalidSignatureError'
    | 'AmountExceedsDepositError'
    | 'InsufficientBalanceError'
    | 'ChannelNotFoundError'
    | 'ChannelClosedError',
    new (
      options?: never,
    ) => Error
  >
>

const errorNames: Readonly<Record<ReturnType<typeof nameOf>, keyof PeerErrors>> = {
  required: 'VerificationFailedError',
  unsupported: 'VerificationFailedError',
  failed: 'VerificationFailedError',
  insufficient: 'PaymentInsufficientError',
  expired: 'PaymentExpiredError',
  malformed: 'InvalidPayloadError',
  challenge: 'InvalidChallengeError',
  signature: 'InvalidSignatureError',
  deposit: 'AmountExceedsDepositError',
  balance: 'InsufficientBalanceError',
  unknown: 'ChannelNotFoundError',
  closed: 'ChannelClosedError',
}

type Captured = { readonly method: string; readonly url: URL; readonly headers: Headers }
type Verified = { readonly credential: { readonly challenge: Challenge; readonly payload: JsonObject } }

/** A server's method in the shape mppx takes. */
export type AmpServerMethod = Shape & {
  readonly defaults: { readonly recipient: string }
  readonly request: (context: { readonly capturedRequest?: Captured; readonly request: JsonObject }) => JsonObject
  readonly stableBinding: (request: JsonObject) => JsonObject
  readonly verify: (context: Verified) => Promise<JsonObject>
  readonly respond: (context: Verified) => Response | undefined
}

/** `payee` is a participant of the clearing; `scale` the decimals of an atomic unit, 6 unless said otherwise. */
export type PeerServerParts = Taking & { readonly payee: string; readonly errors: PeerErrors; readonly scale?: number }

/**
 * The method for a server of mppx: `Mppx.create({ methods: ampServer({…, errors: Errors}), secretKey })`. Each challenge
 * names the request it is for, and a credential pays for that request alone, once.
 */
export const ampServer = ({ payee, errors, scale = 6, ...taking }: PeerServerParts): readonly AmpServerMethod[] => {
  const failing = (refusal: Refusal, intent: string): Error => {
    const name = errorNames[nameOf(refusal, intent)]
    const Problem = errors[name] as unknown as new (options: object) => Error
    return new Problem({ reason: refusal.detail ?? refusal.code, details: { code: refusal.code } })
  }
  const isClosing = ({ payload }: Verified['credential']): boolean => member(payload, 'action') === 'close'
  return intents.map(
    (intent): AmpServerMethod => ({
      ...shapeOf(intent),
      defaults: { recipient: payee },
      request: ({ capturedRequest, request }) => {
        const asked = capturedRequest && {
          method: capturedRequest.method,
          url: capturedRequest.url.href,
          body: capturedRequest.headers.get('content-digest') ?? undefined,
          key: capturedRequest.headers.get('idempotency-key') ?? undefined,
        }
        const methodDetails = { network: taking.network, scale, ...(asked ? requestDigest(asked) : {}) }
        return { ...request, methodDetails }
      },
      stableBinding: (request) => request,
      verify: async ({ credential }) => {
        const taken = await take(taking, credential.challenge, credential.payload)
        if (!taken.ok) throw failing(taken.refusal, intent)
        return taken.value.receipt
      },
      respond: ({ credential }) => (isClosing(credential) ? new Response(null, { status: 204 }) : undefined),
    }),
  )
}
