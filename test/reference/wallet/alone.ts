/** A wallet served alone, with a network that the test plays: it answers what it is told and calls with its own key. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Confirmed, issueIdentity, issueTokenRequest, type Outcome } from '../../../reference/core/index.ts'
import { callOperation, makeKey, startReference } from '../../../reference/index.ts'
import type { Message, OperationName, RequestOf, ResponseOf } from '../../../schemas/index.ts'
import { problemOf, version } from '../../../schemas/index.ts'

export const networkId = 'https://played-network.example'
export const pin = '135791'
const hooksSecret = 'wallet-alone-secret'

type Json = Record<string, unknown>

/** What the played network does with a call: answers, refuses with a problem, or hangs up. */
export type Reply = { readonly body: Json } | { readonly problem: Parameters<typeof problemOf>[0] } | 'silence'

export const createAlone = async () => {
  const key = await makeKey(networkId)
  const agentKey = await makeKey('agent-played')
  const signer = { kid: key.publicJwk.kid, privateKey: key.privateKey }
  const heard: { readonly operation: string; readonly body: Json; readonly key: string | undefined }[] = []
  let count = 0
  const next = (prefix: string): string => {
    count += 1
    return `${prefix}-${count}`
  }
  const wallet = await startReference({ roles: ['wallet'], hooksSecret, timeZone: 'Asia/Singapore' })
  const { world } = wallet

  const replies: Record<string, (body: Json) => Promise<Reply> | Reply> = {
    notifyAuthorization: async (body) => {
      if (body.outcome === 'FAILED') return { body: { authId: body.authId } }
      if (body.authContext === 'MANDATE') return { body: { authId: body.authId, mandateStatus: 'activated' } }
      const facts = { issuer: networkId, subject: 'sub-1', ispType: 'MPP', ispName: 'AMP_REFERENCE' } as const
      const ispKey = body.ispKey as Message<'common/public-jwk'>
      const identity = await issueIdentity({ ...facts, ispKey }, signer, world)
      return { body: { authId: body.authId, bindingId: next('binding'), identity } }
    },
    cancelMandate: ({ mandateId }) => ({
      body: { mandateId, mandateStatus: 'revoked', at: '2026-11-20T10:00:00Z' },
    }),
  }
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Json
    const operation = (request.url ?? '').split('/').at(-1) ?? ''
    heard.push({ operation, body, key: request.headers['idempotency-key'] as string | undefined })
    const reply = (await replies[operation]?.(body)) ?? 'silence'
    if (reply === 'silence') return void request.socket.destroy()
    const sent = 'body' in reply ? reply.body : problemOf(reply.problem)
    response.writeHead('body' in reply ? 200 : Number(sent.status), { 'content-type': 'application/json' })
    response.end(JSON.stringify(sent))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/network`

  const post = async (path: string, body: unknown, headers: Record<string, string>) => {
    const answer = await fetch(`${wallet.url}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    return { status: answer.status, body: (await answer.json()) as Json }
  }
  const hook = async (name: string, body: unknown) => post(`hooks/${name}`, body, { 'amp-hook-secret': hooksSecret })
  await hook('registerPeer', {
    role: 'network',
    id: networkId,
    name: 'Played network',
    endpoint,
    jwks: { keys: [key.publicJwk] },
  })

  /** Calls the wallet as the network. */
  const asNetwork = <Name extends Extract<OperationName, `wallet.${string}`>>(
    name: Name,
    body: RequestOf<Name>,
  ): Promise<Outcome<ResponseOf<Name>>> =>
    callOperation(
      name,
      body,
      { endpoint: `${wallet.url}/wallet`, keyId: `${networkId}#${key.publicJwk.kid}`, privateKey: key.privateKey },
      world,
    )
  /** Calls the wallet as its owner, or as anyone. */
  const asOwner = (operation: string, body: unknown, userToken?: string) =>
    post(`wallet/${operation}`, body, {
      'amp-version': version,
      'idempotency-key': `owner-call-${Math.random()}-${Math.random()}`,
      ...(userToken === undefined ? {} : { authorization: `Bearer ${userToken}` }),
    })

  const agent = { agentId: 'agent-played', agentName: 'Played agent', credentialProviderId: 'https://cp.example' }

  /** A user with money and a binding, as the network knows them. */
  const openUser = async (value: string) => {
    const loginId = `${next('owner')}@example.com`
    const seeded = await hook('seedUser', { loginId, pin, balance: { currency: 'USD', value } })
    const { userId, userToken } = seeded.body as { userId: string; userToken: string }
    const authId = next('auth')
    await asNetwork('wallet.createAuthorization', { authContext: 'ENROLLMENT', authId, agent })
    await asOwner('completeIdv', { authId, decision: 'approve', pin }, userToken)
    const report = heard.findLast(({ body }) => body.authId === authId)?.body
    const agents = (await asOwner('inquiryAgentList', {}, userToken)).body.agents as { bindingId: string }[]
    const [bound] = agents
    const { identity_layer: identity } = await wallet.database
      .withTables<{ wallet_bindings: { binding_id: string; identity_layer: string } }>()
      .selectFrom('wallet_bindings')
      .select('identity_layer')
      .where('binding_id', '=', bound?.bindingId ?? '')
      .executeTakeFirstOrThrow()
    const account = report?.walletAccount as { userReference: string } | undefined
    return {
      loginId,
      userId,
      userToken,
      userReference: account?.userReference ?? '',
      bindingId: bound?.bindingId ?? '',
      identity,
    }
  }
  type User = Awaited<ReturnType<typeof openUser>>

  const intentOf = (budget: string): Extract<Confirmed, { mode: 'AUTONOMOUS' }>['intent'] => ({
    raw: 'tea, when it is cheap',
    desc: 'Tea',
    expiry_time: new Date((world.now() + 30 * 86_400) * 1000).toISOString(),
    constraints: { budget_amount: { currency: 'USD', value: budget }, merchant_name_list: ['Tea House'] },
  })
  /** Puts an AUTONOMOUS mandate before the user. */
  const propose = async (user: User, budget: string) => {
    const [authId, mandateId] = [next('auth'), next('mandate')]
    const { bindingId, userReference, identity } = user
    const created = await asNetwork('wallet.createAuthorization', {
      authContext: 'MANDATE',
      authId,
      agent,
      mandateId,
      bindingId,
      userReference,
      identity,
      mandateType: 'AUTONOMOUS',
      intent: intentOf(budget),
      agentKey: agentKey.publicJwk as Message<'common/public-jwk'>,
    })
    return { authId, mandateId, created }
  }
  const approve = async (user: User, budget: string) => {
    const { authId, mandateId, created } = await propose(user, budget)
    if (!created.ok) throw new Error(created.refusal.code)
    const decided = await asOwner('completeIdv', { authId, decision: 'approve', pin }, user.userToken)
    const mandate = String(heard.findLast(({ body }) => body.authId === authId)?.body.mandate)
    return { mandateId, mandate, decided }
  }
  const checkoutOf = (value: string, merchant = 'Tea House'): Message<'common/checkout'> => ({
    total_amount: { currency: 'USD', value },
    merchant: { reference_merchant_id: 'M-1', merchant_name: merchant, merchant_mcc: '5499' },
    goods: [{ goods_name: 'Tea', goods_unit_amount: { currency: 'USD', value }, goods_quantity: '1' }],
    reference_checkout_id: next('checkout'),
  })
  const check = async (user: User, mandateId: string, mandate: string, checkout: Message<'common/checkout'>) => {
    const tokenRequest = await issueTokenRequest(
      { audience: networkId, mandate, checkout },
      { kid: agentKey.publicJwk.kid, privateKey: agentKey.privateKey },
      world,
    )
    const { userReference } = user
    return asNetwork('wallet.checkIntent', { mandateId, userReference, checkout, mandate, tokenRequest })
  }
  const payRequest = (
    user: User,
    mandateId: string,
    checkout: Message<'common/checkout'>,
    paymentId = next('payment'),
  ): RequestOf<'wallet.pay'> => ({
    paymentId,
    mandateId,
    userReference: user.userReference,
    checkout,
    order: {
      referenceOrderId: checkout.reference_checkout_id,
      orderDescription: 'Tea',
      orderAmount: checkout.total_amount,
      merchant: {
        referenceMerchantId: checkout.merchant.reference_merchant_id,
        merchantName: checkout.merchant.merchant_name,
        merchantMCC: checkout.merchant.merchant_mcc,
      },
    },
    paymentAmount: checkout.total_amount,
  })
  const balanceOf = async (user: User): Promise<string> => {
    const { body } = await asOwner('inquiryAccount', {}, user.userToken)
    return (body.accounts as { balance: { value: string } }[])[0]?.balance.value ?? ''
  }
  const stop = async (): Promise<void> => {
    await wallet.stop()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return {
    wallet,
    replies,
    heard,
    asNetwork,
    asOwner,
    openUser,
    propose,
    approve,
    checkoutOf,
    check,
    payRequest,
    balanceOf,
    stop,
    next,
  }
}

export type Alone = Awaited<ReturnType<typeof createAlone>>
