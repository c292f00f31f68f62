/** The driver for a network that speaks the API of the published demo (ant-intl/AMP@2d7cb03): paths, names, envelopes and amounts of its own. */
import type { Message, OperationName, RequestOf } from '../../../schemas/index.ts'
import { momentOf } from '../../assurance.ts'
import { isObject } from '../../layers.ts'
import { diceOf } from '../../parties.ts'
import { exchangeOf } from '../../target/client.ts'
import { type Driven, type Driver, NotOffered, type OpenDriver } from '../driver.ts'
import { type Inbound, listen } from './inbound.ts'
import { askable } from './requirements.ts'
import { type AmountSpelling, type Opened, openEnvelope, readAmount, toCamel, toSnake } from './spelling.ts'
import { readBudget, refusalOf, writeCheckout, writeConstraints } from './words.ts'

/** Settings of the driver: where the target is, where it calls the suite, who it is, and how it spells. */
export type DemoSettings = {
  /** Base URL; the paths of the demo are below it. */
  readonly target: string
  /** Port the target is configured to reach wallet and credential provider at. */
  readonly listen: number
  readonly host?: string
  /** Identifier of the network: audience and issuer of layers. */
  readonly id: string
  readonly keys: readonly Message<'common/public-jwk'>[]
  readonly names?: 'camel' | 'snake'
  readonly amounts?: AmountSpelling
}

const isSettings = (value: unknown): value is DemoSettings =>
  isObject(value) &&
  typeof value.target === 'string' &&
  typeof value.listen === 'number' &&
  typeof value.id === 'string' &&
  Array.isArray(value.keys)

const answered = (body: unknown): Driven => ({ status: 200, body })

const refused = (opened: Opened): Driven => {
  const { code, means } = refusalOf(opened.code)
  return { status: 409, body: { code, status: 409, title: opened.code, detail: opened.code }, means }
}

const tokenLifetimeSeconds = 600

export const openDemoApi: OpenDriver = async (context): Promise<Driver> => {
  const { settings, parties } = context
  if (!isSettings(settings)) throw new Error('the demo API needs the settings target, listen, id and keys')
  const { target, id, names = 'camel', amounts = 'value' } = settings
  const random = diceOf(Date.now(), 'demo-api')
  const provider = parties['credential-provider']
  if (!provider) throw new Error('the suite plays no credential provider')
  const inbound: Inbound = await listen({ ...settings, names, amounts }, context.deliver)
  const { authorizations, mandates } = inbound

  const post = async (path: string, message: object): Promise<Opened> => {
    const body = JSON.stringify(names === 'snake' ? toSnake(message) : message)
    const exchange = await exchangeOf('POST', `${target}${path}`, { 'content-type': 'application/json' }, body)
    let answer: unknown
    try {
      answer = JSON.parse(exchange.answer)
    } catch {
      answer = undefined
    }
    if (exchange.status >= 500 || !isObject(answer)) return { success: false, code: 'SYSTEM_ERROR', data: {} }
    return openEnvelope(toCamel(answer))
  }

  const constraintsOf = (intent: object) =>
    'constraints' in intent
      ? { constraints: writeConstraints(intent.constraints as Message<'trust/constraints'>, amounts) }
      : {}

  /** A mandate is made first, then its authorization is asked for; only the first names it. */
  const createAuthorization = async (request: RequestOf<'network.createAuthorization'>): Promise<Driven> => {
    const { agentId, sessionId } = request
    const common = {
      authContext: request.authContext,
      agentId,
      credentialProviderId: provider.id,
      walletName: 'SUITE_WALLET',
    }
    const mandateId = request.authContext === 'MANDATE' ? `mandate-${random.word()}` : undefined
    const expected = inbound.expect({ request, mandateId })
    let asked: object = common
    if (request.authContext === 'MANDATE') {
      const { intent, bindingId, mandateType } = request
      const checkout = 'checkout' in request ? { checkout: writeCheckout(request.checkout, amounts) } : {}
      const expiry = 'expiry_time' in intent ? { intentExpireTime: intent.expiry_time } : {}
      const words = { tokenId: bindingId, intentRaw: intent.raw, ...constraintsOf(intent), ...checkout, ...expiry }
      const made = await post('/mandate/create', {
        mandateId,
        token: bindingId,
        mandateType,
        description: intent.desc,
        raw: intent.raw,
        ...constraintsOf(intent),
        ...checkout,
        ...('expiry_time' in intent ? { expiryTime: intent.expiry_time } : {}),
        tspSessionId: sessionId,
      })
      if (!made.success) return refused(made)
      asked = { ...common, ...words, customerId: inbound.bindings.get(bindingId)?.userReference }
    }
    const opened = await post('/network/createAuthorization', asked)
    expected.end()
    if (!opened.success) return refused(opened)
    const authId = expected.authId ?? String(opened.data.authId)
    authorizations.set(authId, { sessionId: String(opened.data.sessionId), request, mandateId })
    inbound.sessions.set(String(opened.data.sessionId), request)
    return answered({
      authId,
      sessionId,
      status: 'PENDING_IDV',
      authUrl: `https://wallet.example/authorize/${authId}`,
      ...(mandateId === undefined ? {} : { mandateId, mandateStatus: 'inactive' }),
    })
  }

  const notifyAuthorization = async (report: RequestOf<'network.notifyAuthorization'>): Promise<Driven> => {
    const known = authorizations.get(report.authId)
    if (!known) return refused({ success: false, code: 'PARAM_ILLEGAL', data: {} })
    // A rejection has no message of its own in this API: it is an identity check that did not pass.
    if (report.outcome !== 'SUCCESS') {
      const opened = await post('/network/notifyAuthorization', { sessionId: known.sessionId, idvResult: 'FAIL' })
      return opened.success ? answered({ authId: report.authId }) : refused(opened)
    }
    const common = { sessionId: known.sessionId, idvResult: report.idvResult, idvTime: report.idvTime }
    if (report.authContext === 'ENROLLMENT') {
      const { walletId, walletName, userReference } = report.walletAccount
      const opened = await post('/network/notifyAuthorization', {
        ...common,
        ispPk: report.ispKey,
        ispKid: report.ispKey.kid,
        customerId: userReference,
        pspId: walletId,
        walletAccountInfo: { pspId: walletId, pspUserId: userReference, walletName },
      })
      if (!opened.success) return refused(opened)
      const { tokenId, l1Serialized } = await inbound.told(known.sessionId)
      inbound.bindings.set(String(tokenId), { userReference, identity: String(l1Serialized) })
      return answered({ authId: report.authId, bindingId: String(tokenId), identity: String(l1Serialized) })
    }
    const opened = await post('/network/notifyAuthorization', { ...common, l2Serialized: report.mandate })
    if (!opened.success) return refused(opened)
    await inbound.told(known.sessionId)
    const { request, mandateId = '' } = known
    mandates.set(mandateId, { request, spent: 0n })
    return answered({ authId: report.authId, mandateId, mandateStatus: 'activated' })
  }

  const applyCredential = async (request: RequestOf<'network.applyCredential'>): Promise<Driven> => {
    const { mandateId, bindingId, assurance, checkout } = request
    const opened = await post('/network/applyCredential', {
      tokenId: bindingId,
      mandateId,
      l1Serialized: assurance.identity,
      l2Serialized: assurance.mandate,
      ...(assurance.tokenRequest === undefined ? {} : { l3Serialized: assurance.tokenRequest }),
      checkout: writeCheckout(checkout, amounts),
    })
    if (!opened.success) return refused(opened)
    const { paymentToken, mandateType, deductedAmount, budget } = opened.data
    inbound.tokens.set(String(paymentToken), { mandateId, bindingId, checkout })
    return answered({
      paymentToken,
      expiresAt: momentOf(Math.floor(Date.now() / 1000) + tokenLifetimeSeconds),
      mandateId,
      mandateType,
      mandateStatus: 'activated',
      heldAmount: readAmount(deductedAmount),
      budget: readBudget(budget, mandates.get(mandateId)?.spent ?? 0n),
    })
  }

  const pay = async (request: RequestOf<'network.pay'>): Promise<Driven> => {
    const opened = await post('/network/pay', request)
    if (!opened.success) return refused(opened)
    const { paymentId, status, amount } = opened.data
    const token = inbound.tokens.get(request.paymentMethod.paymentMethodId)
    const mandate = token && mandates.get(token.mandateId)
    if (mandate && !inbound.paid.has(String(paymentId))) mandate.spent += BigInt(request.paymentAmount.value)
    inbound.paid.add(String(paymentId))
    return answered({
      paymentId,
      paymentRequestId: request.paymentRequestId,
      paymentStatus: status,
      paymentAmount: readAmount(amount),
    })
  }

  /** The demo has no inquiry; its validation says whether a mandate is usable, and what is left of it. */
  const inquiryMandate = async ({ mandateId }: RequestOf<'network.inquiryMandate'>): Promise<Driven> => {
    const known = mandates.get(mandateId)
    const opened = await post('/mandate/validate', {
      mandateId,
      ...(known?.request.authContext === 'MANDATE' ? { mandateType: known.request.mandateType } : {}),
    })
    const ended = opened.code === 'MANDATE_EXPIRED' ? 'expired' : known ? 'finished' : 'inactive'
    if (!opened.success && !['MANDATE_EXPIRED', 'MANDATE_STATUS_INVALID'].includes(opened.code)) return refused(opened)
    return answered({
      mandateId,
      mandateStatus: opened.success ? 'activated' : ended,
      budget: readBudget(opened.data.budget, known?.spent ?? 0n),
    })
  }

  /** The demo keeps no register of agents: any identifier will do, and the key arrives with the mandate layer. */
  const registerAgent = async ({ agentKey, profile }: RequestOf<'network.registerAgent'>): Promise<Driven> => {
    const agentId = `agent-${random.word()}`
    inbound.agents.set(agentId, { name: profile.name, key: agentKey })
    return answered({ agentId, agentStatus: 'active', profile, agentKey, credentialProviderId: provider.id })
  }

  const operations: { readonly [Name in OperationName]?: (message: never) => Promise<Driven> } = {
    'network.registerAgent': registerAgent,
    'network.createAuthorization': createAuthorization,
    'network.notifyAuthorization': notifyAuthorization,
    'network.applyCredential': applyCredential,
    'network.pay': pay,
    'network.inquiryMandate': inquiryMandate,
  }
  return {
    about: {
      software: { name: 'network behind the API of the published demo', version: '2d7cb03' },
      roles: [{ role: 'network', id, keys: settings.keys }],
      requirements: askable,
    },
    call: async (name, message) => {
      const carry = operations[name]
      if (!carry) throw new NotOffered(`the API has no ${name}`)
      return carry(message as never)
    },
    prove: async () => {
      throw new NotOffered('the API of the published demo has nothing that signs a challenge')
    },
    close: inbound.close,
  }
}
