/** The stage for a wallet under test: the suite is its network; users are seeded, decide and look at their money. */
import type { Message, RequestOf } from '../../schemas/index.ts'
import { type Change, type Content, momentOf, signTokenRequestLayer } from '../assurance.ts'
import { given, Inconclusive, needed } from '../expect.ts'
import type { Party } from '../parties.ts'
import type { Scene } from '../scene.ts'
import type { Answer, Variation } from '../target/client.ts'
import { orderOver, paymentOrder, usd } from './orders.ts'

type Amount = Message<'common/amount'>
type Checkout = Message<'common/checkout'>

/** Somebody who owns a wallet. */
export type User = {
  readonly userId: string
  readonly userToken: string
  readonly loginId: string
  readonly pin: string
}

/** A user whose wallet is bound to an agent. */
export type Bound = {
  readonly user: User
  readonly agent: { readonly agentId: string; readonly key: Party }
  readonly bindingId: string
  readonly identity: string
  readonly userReference: string
  readonly report: Message<'trust/notify-authorization-request-enrollment'>
}

/** A mandate that was put before the user. */
export type Proposed = {
  readonly bound: Bound
  readonly content: Content
  readonly authId: string
  readonly mandateId: string
  readonly answer: Answer
}

/** A mandate the user confirmed. */
export type Held = Proposed & { readonly mandate: string }

export const walletStage = (scene: Scene) => {
  const { session, client, dice, hooks } = scene
  const { network } = session.parties
  const { neighbours } = session

  const seedUser = async (balance: Amount = usd(100_000)): Promise<User> => {
    const loginId = `user-${dice.word()}`
    const pin = String(dice.number(100_000, 999_999))
    const { userId, userToken } = await hooks.call('seedUser', { loginId, pin, balance })
    return { userId, userToken, loginId, pin }
  }

  const newAgent = async () => {
    const agentId = `agent-${dice.word()}`
    return { agentId, key: await dice.party(agentId) }
  }

  const summaryOf = ({ agentId }: Bound['agent']): Message<'trust/agent-summary'> => ({
    agentId,
    agentName: `Agent ${agentId.slice(-6)}`,
    credentialProviderId: session.parties['credential-provider'].id,
  })

  /** Asks the wallet to bind itself to an agent. */
  const proposeBinding = async (agent: Bound['agent'], change: Variation = {}) => {
    const authId = `auth-${dice.word()}`
    const message: RequestOf<'wallet.createAuthorization'> = {
      authContext: 'ENROLLMENT',
      authId,
      agent: summaryOf(agent),
    }
    return { authId, answer: await client.call('wallet.createAuthorization', message, network, change) }
  }

  /** The user decides at the wallet itself, with the PIN. */
  const decide = (
    user: User,
    authId: string,
    decision: 'approve' | 'reject',
    pin: string | null = user.pin,
  ): Promise<Answer> =>
    client.call(
      'wallet.completeIdv',
      { authId, decision, ...(decision === 'reject' || pin === null ? {} : { pin }) },
      user,
    )

  /** What the wallet told its network of an authorization. */
  const reportOf = (authId: string, milliseconds?: number) =>
    neighbours.next('network.notifyAuthorization', (message) => message.authId === authId, milliseconds)

  /** The user agrees, by the hook: what needs the identity check itself decides with the PIN. */
  const agree = async (user: User, authId: string): Promise<void> => {
    const { authStatus } = await hooks.call('decideAuthorization', { authId, decision: 'approve', userId: user.userId })
    if (authStatus === 'FAILED') throw new Inconclusive('the approval of the user failed')
  }

  /** Binds the wallet of a user. */
  const bind = async (user?: User): Promise<Bound> => {
    const owner = user ?? (await seedUser())
    const agent = await newAgent()
    const { authId, answer } = await proposeBinding(agent)
    given('wallet.createAuthorization', answer)
    await agree(owner, authId)
    const received = needed(await reportOf(authId), 'the wallet told its network nothing of the binding')
    const { message } = received
    if (message.outcome !== 'SUCCESS' || message.authContext !== 'ENROLLMENT')
      throw new Inconclusive('the wallet reported no binding')
    const { bindingId, identity } = needed(session.issued.get(authId), 'the network made no binding')
    return {
      user: owner,
      agent,
      bindingId,
      identity,
      userReference: message.walletAccount.userReference,
      report: message,
    }
  }

  const immediate = (checkout: Checkout): Content => ({
    mandateType: 'IMMEDIATE',
    intent: { raw: 'buy this', desc: `One order: ${checkout.goods[0]?.goods_name}` },
    checkout,
  })

  const autonomous = (budget: number, more: Partial<Message<'trust/constraints'>> = {}, seconds = 86_400): Content => ({
    mandateType: 'AUTONOMOUS',
    intent: {
      raw: 'keep me supplied',
      desc: `Supplies ${dice.word()}`,
      expiry_time: momentOf(session.now() + seconds),
      constraints: { budget_amount: usd(budget), merchant_mcc_list: ['5411'], ...more },
    },
  })

  /** The request that puts a mandate before the user. */
  const proposalOf = (
    bound: Bound,
    content: Content,
    ids = { authId: `auth-${dice.word()}`, mandateId: `mandate-${dice.word()}` },
  ) => {
    const common = {
      authContext: 'MANDATE' as const,
      ...ids,
      agent: summaryOf(bound.agent),
      bindingId: bound.bindingId,
      userReference: bound.userReference,
      identity: bound.identity,
    }
    return content.mandateType === 'IMMEDIATE'
      ? { ...common, ...content }
      : { ...common, ...content, agentKey: bound.agent.key.jwk }
  }

  const propose = async (bound: Bound, content: Content): Promise<Proposed> => {
    const message = proposalOf(bound, content)
    const answer = await client.call('wallet.createAuthorization', message, network)
    return { bound, content, authId: message.authId, mandateId: message.mandateId, answer }
  }

  /** A mandate the user of a binding confirmed. */
  const hold = async (bound: Bound, content: Content): Promise<Held> => {
    const proposed = await propose(bound, content)
    given('wallet.createAuthorization', proposed.answer)
    await agree(bound.user, proposed.authId)
    const { message } = needed(await reportOf(proposed.authId), 'the wallet told its network nothing of the mandate')
    if (message.outcome !== 'SUCCESS' || message.authContext !== 'MANDATE')
      throw new Inconclusive('the wallet reported no mandate')
    return { ...proposed, mandate: message.mandate }
  }

  /** The agent's signature over its choice, where the mandate needs one. */
  const choose = async (
    { bound, content, mandate }: Held,
    checkout: Checkout,
    change?: Change,
  ): Promise<string | undefined> =>
    content.mandateType === 'IMMEDIATE'
      ? undefined
      : signTokenRequestLayer(
          { agent: bound.agent.key, networkId: network.id, mandate, checkout, now: session.now() },
          dice,
          change,
        )

  /** S2 for a choice of the agent. */
  const checkIntent = async (
    held: Held,
    checkout: Checkout,
    change: Partial<RequestOf<'wallet.checkIntent'>> = {},
  ): Promise<Answer> => {
    const tokenRequest = await choose(held, checkout)
    return client.call(
      'wallet.checkIntent',
      {
        mandateId: held.mandateId,
        userReference: held.bound.userReference,
        checkout,
        mandate: held.mandate,
        ...(tokenRequest === undefined ? {} : { tokenRequest }),
        ...change,
      },
      network,
    )
  }

  /** The debit a network asks for. */
  const debitOf = (
    held: Held,
    checkout: Checkout,
    change: Partial<RequestOf<'wallet.pay'>> = {},
  ): RequestOf<'wallet.pay'> => ({
    paymentId: `payment-${dice.word()}`,
    mandateId: held.mandateId,
    userReference: held.bound.userReference,
    checkout,
    order: paymentOrder(checkout),
    paymentAmount: checkout.total_amount,
    ...change,
  })

  const pay = (
    held: Held,
    checkout: Checkout,
    change: Partial<RequestOf<'wallet.pay'>> = {},
    vary: Variation = {},
  ): Promise<Answer> => client.call('wallet.pay', debitOf(held, checkout, change), network, vary)

  /** A checkout the guard let pass, ready to be paid. */
  const chosen = async (held: Held, value: number, change: Partial<Checkout> = {}): Promise<Checkout> => {
    const checkout = held.content.mandateType === 'IMMEDIATE' ? held.content.checkout : orderOver(dice, value, change)
    given('wallet.checkIntent', await checkIntent(held, checkout))
    return checkout
  }

  const balance = async (user: User): Promise<string> => {
    const { accounts } = given('wallet.inquiryAccount', await client.call('wallet.inquiryAccount', {}, user))
    return accounts.map(({ balance: { currency, value } }) => `${currency} ${value}`).join(', ')
  }

  const view = async (held: Pick<Held, 'mandateId' | 'bound'>): Promise<Message<'wallet/mandate'>> =>
    given(
      'wallet.inquiryMandate',
      await client.call('wallet.inquiryMandate', { mandateId: held.mandateId }, held.bound.user),
    )

  /** What a refused request may not move: the money of the user, and status and budget of the mandate. */
  const stateOf = (held: Pick<Held, 'mandateId' | 'bound'>) => async () => {
    const { mandateStatus, budget } = await view(held)
    return { balance: await balance(held.bound.user), mandateStatus, budget }
  }

  return {
    scene,
    session,
    client,
    dice,
    hooks,
    network,
    neighbours,
    seedUser,
    newAgent,
    summaryOf,
    proposeBinding,
    decide,
    reportOf,
    bind,
    immediate,
    autonomous,
    proposalOf,
    propose,
    hold,
    choose,
    checkIntent,
    debitOf,
    pay,
    chosen,
    balance,
    view,
    stateOf,
    order: (value: number, change?: Partial<Checkout>) => orderOver(dice, value, change),
  }
}

export type WalletStage = ReturnType<typeof walletStage>
