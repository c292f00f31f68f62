/** A running reference with a user and a bound agent, and the few moves tests of console and wallet repeat. */

import type { PartyKey } from '../../reference/http/operation.ts'
import {
  type BuyerAgent,
  createBuyerAgent,
  evidenceOf,
  type HeldMandate,
  makeKey,
  type Reference,
  type ReferenceOptions,
  startReference,
} from '../../reference/index.ts'
import type { Message, OperationName, RequestOf, ResponseOf } from '../../schemas/index.ts'
import { version } from '../../schemas/index.ts'

export const hooksSecret = 'hooks-secret-of-this-test'
export const walletId = 'https://wallet.amp.example'
export const pin = '246810'

type Answer<Body> = { readonly status: number; readonly body: Body }
type Problem = Message<'common/problem'>

/** Posts JSON and reads JSON. */
const post = async (url: string, body: unknown, headers: Record<string, string>): Promise<Answer<unknown>> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: await response.json() }
}

const granted = <Value>(outcome: { ok: true; value: Value } | { ok: false; refusal: { code: string } }): Value => {
  if (!outcome.ok) throw new Error(`refused: ${JSON.stringify(outcome.refusal)}`)
  return outcome.value
}

export const authIdOf = (authUrl: string): string => authUrl.split('/').at(-1) ?? ''

export type User = { readonly userId: string; readonly userToken: string; readonly loginId: string }

/** Everything a test needs of a started reference. */
export const createCast = async ({
  walletUrl,
  ...options
}: ReferenceOptions & { readonly walletUrl?: string } = {}) => {
  const reference: Reference = await startReference({ hooksSecret, ...options })
  /** Where the wallet is served, when not with the others. */
  const wallet = walletUrl ?? reference.url
  const hook = async <Body>(name: string, body: unknown): Promise<Body> => {
    const answer = await post(`${wallet}/hooks/${name}`, body, { 'amp-hook-secret': hooksSecret })
    if (answer.status !== 200) throw new Error(`${name}: ${JSON.stringify(answer.body)}`)
    return answer.body as Body
  }
  /** Calls an operation of a user or of anyone; gives status and body as they come. */
  const ask = async <Name extends OperationName>(
    name: Name,
    body: RequestOf<Name>,
    userToken?: string,
  ): Promise<Answer<ResponseOf<Name> & Problem>> => {
    const headers = {
      'amp-version': version,
      'idempotency-key': `key-${Math.random()}-${Math.random()}`,
      ...(userToken === undefined ? {} : { authorization: `Bearer ${userToken}` }),
    }
    return (await post(
      `${name.startsWith('wallet.') ? wallet : reference.url}/${name.replace('.', '/')}`,
      body,
      headers,
    )) as never
  }
  const get = async <Name extends OperationName>(name: Name, body: RequestOf<Name>, userToken?: string) => {
    const answer = await ask(name, body, userToken)
    if (answer.status !== 200) throw new Error(`${name}: ${JSON.stringify(answer.body)}`)
    return answer.body as ResponseOf<Name>
  }

  let count = 0
  const seedUser = async (value = '100000', currency = 'USD'): Promise<User> => {
    count += 1
    const loginId = `user-${count}@example.com`
    return {
      loginId,
      ...(await hook<Omit<User, 'loginId'>>('seedUser', { loginId, pin, balance: { currency, value } })),
    }
  }
  const decide = (authUrl: string, more: object = {}) =>
    hook<Message<'wallet/complete-idv-response'>>('decideAuthorization', {
      authId: authIdOf(authUrl),
      decision: 'approve',
      ...more,
    })

  const registerAgent = async (given?: PartyKey): Promise<BuyerAgent> => {
    const agent = createBuyerAgent({
      key: given ?? (await makeKey('agent')),
      credentialProviderEndpoint: `${reference.url}/credential-provider`,
      networkId: 'https://network.amp.example',
      world: reference.world,
    })
    const profile = {
      name: 'Errand Runner',
      developer: 'Example Labs',
      operator: 'Example Labs',
      modelFamily: 'example',
      version: '1',
      capabilities: ['shopping'],
      prohibitedScenarios: ['gambling'],
    }
    granted(await agent.register(profile, evidenceOf('https://evidence.example')))
    return agent
  }
  /** What is told by notification takes a moment: looks until it is there. */
  const until = async <Value>(what: string, look: () => Promise<Value | undefined>): Promise<Value> => {
    for (let tries = 0; tries < 200; tries += 1) {
      const found = await look()
      if (found !== undefined) return found
      await reference.sweep()
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    throw new Error(`${what} did not come`)
  }
  const bind = async (agent: BuyerAgent, user: User): Promise<string> => {
    const { authUrl, sessionId } = granted(await agent.bind(walletId))
    await decide(authUrl, { userId: user.userId })
    return (await until('the binding', () => agent.binding(sessionId))).bindingId
  }
  const checkout = async (productId = 'running-shoes', quantity = 1) =>
    (await get('merchant.startCheckout', { items: [{ productId, quantity }] })).checkout

  const autonomousIntent = (
    budget: string,
    more: Partial<Message<'trust/constraints'>> = {},
    currency = 'USD',
  ): Message<'trust/intent-autonomous'> => ({
    raw: 'Buy what I need for running while it is cheap',
    desc: 'Running gear from Reference Outfitters',
    expiry_time: new Date((reference.world.now() + 86_400) * 1000).toISOString().replace('.000Z', 'Z'),
    constraints: {
      budget_amount: { currency, value: budget },
      merchant_name_list: ['Reference Outfitters'],
      ...more,
    },
  })
  /** What an agent holds once its session is completed. */
  const held = (agent: BuyerAgent, sessionId: string): Promise<HeldMandate> =>
    until('the mandate', async () => {
      const { mandateId, bindingId, mandateType, identity, mandate } = granted(await agent.session(sessionId))
      return identity && mandate ? { mandateId, bindingId, mandateType, identity, mandate } : undefined
    })
  const delegate = async (agent: BuyerAgent, bindingId: string, budget: string, more = {}): Promise<HeldMandate> => {
    const session = granted(await agent.requestAutonomous(bindingId, autonomousIntent(budget, more)))
    await decide(session.authUrl)
    return held(agent, session.sessionId)
  }
  const buy = (
    checkoutId: string,
    token: { readonly token: { paymentToken: string }; readonly assurance: Message<'trust/assurance'> },
  ) => ask('merchant.startPayment', { checkoutId, paymentToken: token.token.paymentToken, assurance: token.assurance })
  const balanceOf = async (user: User): Promise<string | undefined> =>
    (await get('wallet.inquiryAccount', {}, user.userToken)).accounts[0]?.balance.value

  return {
    reference,
    hook,
    ask,
    get,
    seedUser,
    decide,
    registerAgent,
    bind,
    checkout,
    autonomousIntent,
    held,
    delegate,
    buy,
    balanceOf,
    granted,
  }
}

export type Cast = Awaited<ReturnType<typeof createCast>>
