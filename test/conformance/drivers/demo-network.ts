/** A network of ours that speaks the API of the published demo, right unless one of the demo's defects is built in. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type AmountSpelling,
  readAmount,
  toCamel,
  toSnake,
  writeAmount,
} from '../../../conformance/drivers/demo-api/spelling.ts'
import { readCheckout } from '../../../conformance/drivers/demo-api/words.ts'
import {
  beforePayment,
  beforeToken,
  type Deviation,
  fromWire,
  hashOf,
  issueIdentity,
  issuePaymentToken,
  parseTime,
  sameJson,
  type VerifiedChain,
  verifyChain,
  type World,
} from '../../../reference/core/index.ts'
import { makeKey } from '../../../reference/index.ts'
import type { Message } from '../../../schemas/index.ts'

type Body = Record<string, unknown>
type Checkout = Message<'common/checkout'>
type Budget = { total: bigint; held: bigint; used: bigint; currency: string }
type Mandate = {
  status: 'INACTIVE' | 'ACTIVE' | 'CLOSED'
  readonly type: string
  readonly token: string
  readonly raw: string
  readonly expires: number
  readonly budget: Budget
  layer?: string
}
type Token = {
  readonly mandateId: string
  readonly checkout: Checkout
  status: 'ISSUED' | 'PAYING' | 'USED' | 'FAILED'
}
type Payment = { readonly hash: string; readonly answer: Body }

/** Defects that are no rule of the assurance chain. */
export type Defect =
  | 'private-key'
  | 'major-units'
  | 'ascii-only'
  | 'no-order-guard'
  | 'repeats-whatever'
  | 'no-release'
  | 'active-at-once'
  | 'any-mode'
  | 'short-token'
  | 'nonce-replay'
  | 'unsigned-copy'

export type DemoNetworkOptions = {
  /** Where wallet and credential provider are. */
  readonly neighbours: string
  readonly names?: 'camel' | 'snake'
  readonly amounts?: AmountSpelling
  readonly defects?: readonly Defect[]
  /** Rules of the chain the network does not check. */
  readonly ignores?: readonly string[]
}

class Refused extends Error {}
const refuse = (code: string): never => {
  throw new Refused(code)
}

/** Codes of the demo for what our core refuses. */
const codeOf = (code: string): string => {
  if (code === 'budget-exceeded' || code === 'amount-out-of-range') return 'CHECKOUT_AMOUNT_EXCEEDS_BUDGET'
  if (code === 'merchant-out-of-scope') return 'MERCHANT_NOT_IN_CONSTRAINTS'
  if (code === 'currency-mismatch') return 'CHECKOUT_CURRENCY_MISMATCH'
  if (code === 'checkout-mismatch' || code === 'order-mismatch') return 'CHECKOUT_HASH_INCONSISTENT'
  return 'PARAM_ILLEGAL'
}

const nonAscii = /[^\x20-\x7e]/

/** Starts the network. Settings for its driver come with it. */
export const startDemoNetwork = async (options: DemoNetworkOptions) => {
  const { neighbours, names = 'camel', amounts = 'cent', ignores = [], defects = [] } = options
  const wrong = (defect: Defect): boolean => defects.includes(defect)
  let made = 0
  const deviation: Deviation = { ignores: new Set(ignores) }
  const world: World = {
    now: () => Math.floor(Date.now() / 1000),
    id: (prefix) => `${prefix}-${(made++).toString(36).padStart(6, '0')}`,
    nonce: () => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url'),
    deviation,
  }
  const id = 'https://www.network.example'
  const key = await makeKey(id)
  const sessions = new Map<string, { readonly context: string; readonly request: Body; decided?: boolean }>()
  const bindings = new Map<string, string>()
  const mandates = new Map<string, Mandate>()
  const tokens = new Map<string, Token>()
  const payments = new Map<string, Payment>()
  const nonces = new Set<string>()
  const checkouts = new Set<string>()

  const spelled = (currency: string, value: bigint): object => {
    const decimal = `${value / 100n}.${String(value % 100n).padStart(2, '0')}`
    return wrong('major-units')
      ? { value: decimal, currency }
      : writeAmount({ currency, value: String(value) }, amounts)
  }
  const budgetOf = ({ total, held, used, currency }: Budget): Body => ({
    totalBudgetAmount: spelled(currency, total),
    usedAmount: spelled(currency, held + used),
    remainingAmount: spelled(currency, total - held - used),
  })

  /** Calls wallet or credential provider. */
  const tell = async (path: string, message: object): Promise<Body> => {
    const body = JSON.stringify(names === 'snake' ? toSnake(message) : message)
    const response = await fetch(`${neighbours}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    return toCamel(await response.json())
  }

  const create = (body: Body): Body => {
    const amount = readAmount(
      (body.constraints as Body | undefined)?.budgetAmount ?? (body.checkout as Body)?.totalAmount,
    )
    const expiry = body.expiryTime === undefined ? world.now() + 600 : (parseTime(String(body.expiryTime)) ?? 0)
    const budget = { total: BigInt(amount.value), held: 0n, used: 0n, currency: amount.currency }
    mandates.set(String(body.mandateId), {
      status: wrong('active-at-once') ? 'ACTIVE' : 'INACTIVE',
      type: String(body.mandateType),
      token: String(body.token),
      raw: String(body.raw),
      expires: expiry,
      budget,
    })
    return { mandateId: body.mandateId, budget: budgetOf(budget) }
  }

  const createAuthorization = async (body: Body): Promise<Body> => {
    const context = String(body.authContext)
    const sessionId = world.id('session')
    sessions.set(sessionId, { context, request: body })
    const { constraints, checkout, intentRaw, intentExpireTime, agentId, customerId, tokenId } = body
    const asked = await tell('/mpp/createAuthorization', {
      authSessionId: sessionId,
      agentId,
      customerId,
      authContext: [context],
      ...(context === 'MANDATE'
        ? {
            intent: { raw: intentRaw, desc: intentRaw, expireTime: intentExpireTime, constraints },
            checkout,
            l1Serialized: bindings.get(String(tokenId)),
          }
        : {}),
    })
    if ((asked.result as Body | undefined)?.resultStatus !== 'S') refuse('PARAM_ILLEGAL')
    return { sessionId, authId: asked.authId, passkeyOptions: {}, status: 'IDV_SESSION_CREATED' }
  }

  const verified = async (
    layers: Message<'trust/assurance'>,
    purpose: 'activation' | 'payment',
    checkout?: Checkout,
  ) => {
    const chain = await verifyChain(
      layers,
      {
        purpose,
        networkKeys: { keys: [key.publicJwk] },
        audience: id,
        issuer: id,
        ...(checkout && !wrong('unsigned-copy') ? { checkout } : {}),
      },
      world,
    )
    return chain.ok ? chain.value : refuse(codeOf(chain.refusal.code))
  }

  const spend = (nonce: string | undefined): void => {
    if (nonce === undefined || wrong('nonce-replay')) return
    if (nonces.has(nonce)) refuse('REPEAT_REQ_INCONSISTENT')
    nonces.add(nonce)
  }

  const bind = async (sessionId: string, body: Body): Promise<void> => {
    const { walletName } = body.walletAccountInfo as Body
    const leaked = wrong('private-key') ? { d: 'A'.repeat(43) } : {}
    const identity = await issueIdentity(
      {
        issuer: id,
        subject: `sub-${hashOf(body.walletAccountInfo).slice(0, 24)}`,
        ispKey: { ...(body.ispPk as Message<'common/public-jwk'>), ...leaked },
        ispType: 'MPP',
        ispName: String(walletName),
      },
      { kid: key.publicJwk.kid, privateKey: key.privateKey },
      world,
    )
    const tokenId = world.id('binding')
    bindings.set(tokenId, identity)
    await tell('/credential-provider/notifyAuthorization', {
      sessionId,
      authContext: 'ENROLLMENT',
      tokenId,
      l1Serialized: identity,
      walletAccountInfo: body.walletAccountInfo,
    })
  }

  const activate = async (sessionId: string, request: Body, layer: string): Promise<void> => {
    const chain: VerifiedChain = await verified(
      { identity: bindings.get(String(request.tokenId)) ?? '', mandate: layer },
      'activation',
    )
    const mandate = mandates.get(chain.mandateId) ?? refuse('MANDATE_NOT_EXIST')
    const words = chain.intent as { raw?: string }
    const same =
      (mandate.type === chain.mode || wrong('any-mode')) &&
      mandate.token === request.tokenId &&
      words.raw === mandate.raw
    const checkout = request.checkout === undefined ? undefined : readCheckout(request.checkout)
    if (!same || (checkout && !sameJson(checkout, chain.checkout ?? null))) refuse('CHECKOUT_HASH_INCONSISTENT')
    if (mandate.status !== 'INACTIVE' && !wrong('active-at-once')) refuse('MANDATE_STATUS_INVALID')
    spend(chain.mandateNonce)
    Object.assign(mandate, { status: 'ACTIVE', layer })
    await tell('/credential-provider/notifyAuthorization', {
      sessionId,
      authContext: 'MANDATE',
      mandateId: chain.mandateId,
      l2Serialized: layer,
      mandateType: mandate.type,
    })
  }

  const notifyAuthorization = async (body: Body): Promise<Body> => {
    const sessionId = String(body.sessionId)
    const session = sessions.get(sessionId) ?? refuse('PARAM_ILLEGAL')
    if (session.decided && !wrong('active-at-once')) refuse('MANDATE_STATUS_INVALID')
    if (body.idvResult === 'FAIL') {
      session.decided = true
      return { sessionId }
    }
    if (session.context === 'ENROLLMENT') await bind(sessionId, body)
    else await activate(sessionId, session.request, String(body.l2Serialized))
    return { sessionId }
  }

  const usable = (mandateId: unknown): Mandate => {
    const mandate = mandates.get(String(mandateId)) ?? refuse('MANDATE_NOT_EXIST')
    if (world.now() >= mandate.expires) refuse('MANDATE_EXPIRED')
    return mandate.status === 'ACTIVE' ? mandate : refuse('MANDATE_STATUS_INVALID')
  }

  const applyCredential = async (body: Body): Promise<Body> => {
    const mandate = usable(body.mandateId)
    const { l1Serialized, l2Serialized, l3Serialized, tokenId } = body
    const checkout = readCheckout(body.checkout)
    if (wrong('ascii-only') && nonAscii.test(JSON.stringify(checkout))) throw new Error('no ASCII')
    const layers = {
      identity: String(l1Serialized),
      mandate: String(l2Serialized),
      ...(l3Serialized === undefined ? {} : { tokenRequest: String(l3Serialized) }),
    }
    const chain = await verified(layers, 'payment', checkout)
    const stored = bindings.get(mandate.token) === l1Serialized && (mandate.layer ?? l2Serialized) === l2Serialized
    if (mandate.token !== tokenId || !stored) refuse('TOKEN_NOT_MATCH_MANDATE')
    const { total, held, used, currency } = mandate.budget
    const guarded = beforeToken(
      {
        checkout,
        confirmedCheckout: mandate.type === 'IMMEDIATE' ? chain.checkout : undefined,
        constraints: chain.constraints,
        budget: { currency, total, limit: total, held, captured: used },
        paymentsInPeriod: 0,
        failures: 0,
      },
      world,
    )
    if (!guarded.ok) return refuse(codeOf(guarded.refusal.code))
    spend(chain.tokenRequestNonce)
    const once = hashOf([checkout.merchant.reference_merchant_id, checkout.reference_checkout_id])
    if (checkouts.has(once)) refuse('REPEAT_REQ_INCONSISTENT')
    checkouts.add(once)
    const amount = fromWire(checkout.total_amount)
    mandate.budget.held += amount.value
    const code = issuePaymentToken([world.nonce(), world.nonce()])
    const paymentToken = wrong('short-token') ? code.slice(0, 20) : code
    tokens.set(paymentToken, { mandateId: String(body.mandateId), checkout, status: 'ISSUED' })
    return {
      paymentToken,
      mandateType: mandate.type,
      mandateStatus: mandate.status,
      deductedAmount: spelled(currency, amount.value),
      budget: budgetOf(mandate.budget),
    }
  }

  const settle = async (token: Token, mandate: Mandate, paid: Message<'common/amount'>): Promise<boolean> => {
    const code = [...tokens].find(([, one]) => one === token)?.[0]
    const answer = await tell('/mpp/pay', {
      paymentToken: code,
      amount: { cent: Number(paid.value), currency: paid.currency },
      currency: paid.currency,
    }).catch(() => ({}) as Body)
    const success = answer.payResult === 'SUCCESS'
    const { value } = fromWire(token.checkout.total_amount)
    token.status = success ? 'USED' : 'FAILED'
    if (success || !wrong('no-release')) mandate.budget.held -= value
    if (success) mandate.budget.used += value
    if (success && (mandate.type === 'IMMEDIATE' || mandate.budget.used === mandate.budget.total))
      mandate.status = 'CLOSED'
    return success
  }

  const pay = async (body: Body): Promise<Body> => {
    const { paymentRequestId, paymentMethod, paymentAmount, order } = body as unknown as Message<'payment/pay-request'>
    const known = payments.get(paymentRequestId)
    const hash = hashOf(body)
    if (known)
      return known.hash === hash || wrong('repeats-whatever') ? known.answer : refuse('REPEAT_REQ_INCONSISTENT')
    const token = tokens.get(paymentMethod.paymentMethodId) ?? refuse('PAYMENT_TOKEN_INVALID')
    if (token.status !== 'ISSUED') refuse('PAYMENT_TOKEN_ALREADY_USED')
    const mandate = usable(token.mandateId)
    token.status = 'PAYING'
    const { checkout } = token
    const same = beforePayment({ order, paymentAmount, checkout }, world)
    if (!same.ok && !wrong('no-order-guard')) {
      token.status = 'FAILED'
      mandate.budget.held -= fromWire(checkout.total_amount).value
      refuse('CHECKOUT_HASH_INCONSISTENT')
    }
    const success = await settle(token, mandate, paymentAmount)
    if (!success) refuse('PAYMENT_FAILED')
    const answer = {
      paymentId: world.id('pay'),
      status: 'SUCCESS',
      amount: { cent: Number(paymentAmount.value), currency: paymentAmount.currency },
    }
    payments.set(paymentRequestId, { hash, answer })
    return answer
  }

  const validate = (body: Body): Body => {
    const mandate = mandates.get(String(body.mandateId)) ?? refuse('MANDATE_NOT_EXIST')
    if (mandate.status === 'INACTIVE') refuse('MANDATE_STATUS_INVALID')
    return { mandateStatus: mandate.status, budget: budgetOf(mandate.budget) }
  }

  const paths: Readonly<Record<string, (body: Body) => Body | Promise<Body>>> = {
    '/mandate/create': create,
    '/mandate/validate': validate,
    '/network/createAuthorization': createAuthorization,
    '/network/notifyAuthorization': notifyAuthorization,
    '/network/applyCredential': applyCredential,
    '/network/pay': pay,
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(names === 'snake' ? toSnake(body) : body))
    }
    try {
      const data = await paths[request.url ?? '']?.(toCamel(JSON.parse(Buffer.concat(chunks).toString('utf8'))))
      answer(200, { success: true, resultCode: 'SUCCESS', resultMessage: 'success', data })
    } catch (error) {
      if (error instanceof Refused)
        return answer(200, { success: false, resultCode: error.message, resultMessage: error.message.toLowerCase() })
      answer(500, { success: false, resultCode: 'SYSTEM_ERROR', resultMessage: String(error) })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    settings: { target: url, id, keys: [key.publicJwk], names, amounts },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
