/** A server of the Payment scheme that takes the `amp` method: a gate for any transport, an Express middleware, and MCP. */
import { createHash } from 'node:crypto'
import type { Request, RequestHandler, Response } from 'express'
import type { Refusal } from '../../reference/core/outcome.ts'
import { formatTime } from '../../reference/core/time.ts'
import { canonicalJson } from '../../schemas/index.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { Misconfigured } from '../keys.ts'
import { type Asked, requestDigest } from '../settlement/index.ts'
import { mcpCodes, mcpKeys, type Rpc } from './client.ts'
import {
  type Challenge,
  type Credential,
  challengeIdOf,
  credentialOf,
  credentialsIn,
  isIssued,
  type Receipt,
  readCredential,
  writeChallenge,
  writeReceipt,
} from './codec.ts'
import { type Intent, methodName, readOrder, secondsMax, type Taken, type Taking, take } from './offer.ts'
import { documentOf, type MppDocument, nameOf, type problems } from './problems.ts'

/** What something costs: `amount` in atomic units; of a session it is the price of one unit. */
export type Price = {
  readonly intent: Intent
  readonly amount: string
  readonly currency: string
  readonly description?: string
  readonly unitType?: string
  readonly suggestedDeposit?: string
}

/** `secret` has 32 bytes or more; `payee` is a participant of the clearing; `realm` names the server. */
export type ServerParts = Taking & {
  readonly payee: string
  readonly realm: string
  readonly secret: string | Uint8Array
  readonly scale?: number
}

/** A payment of a session that was verified and is taken when it is known how much was used. */
export type Session = {
  /** Takes `units` of what was signed for, and answers the receipt. The first call counts. */
  readonly use: (units: bigint) => Promise<Receipt>
}

/** What a gate says of a request: paid, verified and to be used, closed, or turned away with a problem and a challenge. */
export type Gated =
  | { readonly kind: 'paid' | 'closed'; readonly receipt: Receipt }
  | { readonly kind: 'session'; readonly session: Session }
  | { readonly kind: 'unpaid'; readonly problem: MppDocument; readonly challenge: Challenge }

/** A refusal that ends a session half-way; the amount was not taken. */
export class SessionRefused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.code)
    this.refusal = refusal
  }
}

/** Opens a gate: `pass(price, asked, credential)` for one request on any transport. */
export const openGate = (parts: ServerParts) => {
  const { payee, realm, secret, scale = 6, network, now } = parts
  if (Buffer.byteLength(secret) < 32) throw new Misconfigured('mpp: the secret has 32 bytes or more')
  const challengeFor = (price: Price, asked: Asked, digest: string | undefined): Challenge => {
    const { intent, amount, currency, description, unitType, suggestedDeposit } = price
    const plain = {
      realm,
      method: methodName,
      intent,
      request: {
        amount,
        currency: currency.toLowerCase(),
        recipient: payee,
        ...(unitType === undefined ? {} : { unitType }),
        ...(suggestedDeposit === undefined ? {} : { suggestedDeposit }),
        methodDetails: { network, scale, ...requestDigest(asked) },
      },
      expires: formatTime(now() + secondsMax),
      ...(digest === undefined ? {} : { digest }),
      ...(description === undefined ? {} : { description }),
    }
    return { id: challengeIdOf(plain, secret), ...plain }
  }
  return async (
    price: Price,
    asked: Asked,
    credential: Credential | 'malformed' | undefined,
    digest?: string,
  ): Promise<Gated> => {
    const challenge = challengeFor(price, asked, digest)
    const unpaid = (name: keyof typeof problems, refusal?: Refusal): Gated => ({
      kind: 'unpaid',
      challenge,
      problem: documentOf(name, challenge.id, refusal),
    })
    if (credential === undefined) return unpaid('required')
    if (credential === 'malformed') return unpaid('malformed')
    const { challenge: answered, payload } = credential
    if (answered.method !== methodName) return unpaid('unsupported')
    if (!isIssued(answered, secret)) return unpaid('challenge')
    // What was issued for another request, price or body is no challenge of this one.
    const same = (['realm', 'intent', 'digest', 'opaque'] as const).every((name) => answered[name] === challenge[name])
    if (!same || canonicalJson(answered.request) !== canonicalJson(challenge.request)) return unpaid('challenge')
    if (!(Date.parse(answered.expires ?? '') > now() * 1_000)) return unpaid('expired')
    const refused = (refusal: Refusal): Gated => unpaid(nameOf(refusal, price.intent), refusal)
    const read = readOrder(answered, payload, network)
    if (!read.ok) return refused(read.refusal)
    if (price.intent === 'session' && read.value.action !== 'close') {
      const verified = await parts.till.verify(read.value.order)
      if (!verified.ok) return refused(verified.refusal)
      let used: Promise<Receipt> | undefined
      const use = (units: bigint): Promise<Receipt> => {
        used ??= take(parts, answered, payload, units).then((taken) => {
          if (taken.ok) return taken.value.receipt
          throw new SessionRefused(taken.refusal)
        })
        return used
      }
      return { kind: 'session', session: { use } }
    }
    const taken = await take(parts, answered, payload)
    if (!taken.ok) return refused(taken.refusal)
    const { kind, receipt }: Taken = taken.value
    return { kind, receipt }
  }
}

const bodyOf = ({ body }: Request): unknown =>
  body === undefined || (isObject(body) && Object.keys(body).length === 0) ? undefined : body

const credentialIn = (header: string): Credential | 'malformed' | 'several' | undefined => {
  const texts = credentialsIn(header)
  if (texts.length > 1) return 'several'
  const [text] = texts
  return text === undefined ? undefined : (readCredential(text) ?? 'malformed')
}

const attach = (response: Response, receipt: Receipt): void => {
  response.set('Payment-Receipt', writeReceipt(receipt)).set('Cache-Control', 'private')
}

/**
 * Express middleware that asks a price. A charge is settled before the next handler runs. In a session the next handler
 * finds `response.locals.payment`, a `Session`, uses units of it, and the receipt is on the answer; a credential that
 * closes is answered with 204. A URL or body is bound as Express sees it: put body parsers before.
 */
export const priced = (parts: ServerParts) => {
  const gate = openGate(parts)
  return (price: Price): RequestHandler =>
    async (request, response, next) => {
      const key = request.get('idempotency-key')
      const digest = request.get('content-digest')
      const asked: Asked = {
        method: request.method,
        url: `${request.protocol}://${request.get('host')}${request.originalUrl}`,
        body: digest ?? bodyOf(request),
        ...(key === undefined ? {} : { key }),
      }
      const credential = credentialIn(request.get('authorization') ?? '')
      if (credential === 'several') {
        const problem = { ...documentOf('malformed', ''), status: 400 }
        response.status(400).type('application/problem+json').send(JSON.stringify(problem))
        return
      }
      const gated = await gate(price, asked, credential, digest)
      if (gated.kind === 'unpaid') {
        const { problem, challenge } = gated
        response
          .status(problem.status)
          .set('WWW-Authenticate', writeChallenge(challenge))
          .set('Cache-Control', 'no-store')
        response.type('application/problem+json').send(JSON.stringify(problem))
        return
      }
      if (gated.kind === 'closed') {
        attach(response, gated.receipt)
        response.status(204).end()
        return
      }
      if (gated.kind !== 'session') attach(response, gated.receipt)
      else
        response.locals.payment = {
          use: async (units: bigint) => {
            const receipt = await gated.session.use(units)
            if (!response.headersSent) attach(response, receipt)
            return receipt
          },
        } satisfies Session
      next()
    }
}

const inside = (value: Json | undefined, name: string): Json | undefined =>
  isObject(value) ? member(value, name) : undefined

/** What a call is, without what pays for it: its method and parameters. */
const askedOf = (request: Rpc, realm: string): Asked => {
  const params = inside(request, 'params')
  const { _meta: meta, ...rest } = isObject(params) ? params : {}
  const key = inside(meta, 'idempotencyKey')
  const body = createHash('sha256').update(canonicalJson(rest)).digest('base64url')
  const method = inside(request, 'method')
  return {
    method: typeof method === 'string' ? method : '',
    url: `mcp://${realm}`,
    body,
    ...(typeof key === 'string' ? { key } : {}),
  }
}

/**
 * The same for MCP: `answer(request, price, serve)` answers a JSON-RPC request with what `serve` gives, or asks to be paid
 * first (-32042), or says why it is not (-32043). A session serves one unit for each call.
 */
export const pricedCalls = (parts: ServerParts) => {
  const gate = openGate(parts)
  return async (request: Rpc, price: Price, serve: () => Promise<JsonObject>): Promise<Rpc> => {
    const id = inside(request, 'id') ?? null
    const sent = inside(inside(inside(request, 'params'), '_meta'), mcpKeys.credential)
    const credential = sent === undefined ? undefined : (credentialOf(sent) ?? ('malformed' as const))
    const gated = await gate(price, askedOf(request, parts.realm), credential)
    if (gated.kind === 'unpaid') {
      const { problem, challenge } = gated
      const isAsked = credential === undefined
      const code = isAsked ? mcpCodes.required : credential === 'malformed' ? -32_602 : mcpCodes.failed
      const data = { httpStatus: problem.status, challenges: [challenge], problem } as unknown as Json
      return { jsonrpc: '2.0', id, error: { code, message: problem.title, data } }
    }
    const receipt = gated.kind === 'session' ? await gated.session.use(1n) : gated.receipt
    const result = gated.kind === 'closed' ? {} : await serve()
    const meta = member(result, '_meta')
    const _meta = { ...(isObject(meta) ? meta : {}), [mcpKeys.receipt]: receipt }
    return { jsonrpc: '2.0', id, result: { ...result, _meta } }
  }
}
