/** The buyer agent of the reference on an errand: from its application to a paid order, stopping where it may not go on. */
import type { Message } from '../../schemas/index.ts'
import {
  accept,
  amountOfCheckout,
  enforces,
  formatTime,
  fromWire,
  type Outcome,
  refuse,
  type World,
} from '../core/index.ts'
import type { PartyKey } from '../http/operation.ts'
import { createBuyerAgent, evidenceOf, type HeldMandate } from './index.ts'

/** What it is sent to do: one product at one shop, with the user there or within bounds the user set. */
export type Errand = {
  readonly task: string
  readonly mode: 'IMMEDIATE' | 'AUTONOMOUS'
  readonly walletId: string
  readonly productId: string
  readonly quantity: number
  readonly budget?: Message<'common/amount'>
  readonly merchantMccList?: readonly string[]
}

/** Where it does so: the endpoints of its credential provider and of the shop, and the identifier of the network. */
export type Surroundings = {
  readonly credentialProviderEndpoint: string
  readonly merchantEndpoint: string
  readonly networkId: string
  readonly key: PartyKey
  readonly world: World
}

const profile: Message<'trust/agent-profile'> = {
  name: 'Errand agent',
  developer: 'Reference',
  operator: 'Reference',
  modelFamily: 'none',
  version: '1.0.0',
  capabilities: ['shopping'],
  prohibitedScenarios: ['gambling'],
}

const daySeconds = 86_400
const patience = { timeoutMs: 20_000, everyMs: 50 }

/** AMP-TRUST-030: whether the order lies inside what the user set. */
const covered = (errand: Errand, checkout: Message<'common/checkout'>, world: World): boolean => {
  if (errand.budget === undefined || !enforces(world, 'AMP-TRUST-030')) return true
  const [amount, budget] = [amountOfCheckout(checkout), fromWire(errand.budget)]
  const { merchantMccList: shops } = errand
  const shop = shops === undefined || shops.includes(checkout.merchant.merchant_mcc ?? '')
  return shop && amount.currency === budget.currency && amount.value <= budget.value
}

type Checkout = Message<'common/checkout'>

/** Only asked for by the mutant that changes an order on its way. */
const cheaper = (checkout: Checkout): Checkout => ({
  ...checkout,
  goods: checkout.goods.map((line) => ({ ...line, goods_name: 'something else' })),
})

/** Only asked for by the mutant that does not wait for the merchant. */
const invented = ({ productId }: Errand): Checkout => {
  const amount = { currency: 'USD', value: '1' }
  return {
    total_amount: amount,
    merchant: { reference_merchant_id: 'M-nobody', merchant_name: 'Nobody', merchant_mcc: '5411' },
    goods: [{ goods_name: productId, goods_unit_amount: amount, goods_quantity: '1' }],
    reference_checkout_id: 'checkout-nobody',
  } as Checkout
}

/** Only used by the mutant that goes on after its user said no. */
const unconfirmed = ({ bindingId, identity }: Message<'payment/binding'>): HeldMandate => ({
  mandateId: 'mandate-nobody',
  bindingId,
  mandateType: 'IMMEDIATE',
  identity,
  mandate: identity,
})

/** Runs an errand; a refusal is where it ended. */
export const runErrand = async (
  errand: Errand,
  { credentialProviderEndpoint, merchantEndpoint, networkId, key, world }: Surroundings,
): Promise<Outcome<Message<'payment/order-state'>>> => {
  const agent = createBuyerAgent({ key, credentialProviderEndpoint, networkId, world })
  if (!enforces(world, 'AMP-TRUST-003'))
    await createBuyerAgent({ key, credentialProviderEndpoint, networkId, world, agentId: 'agent-nobody' }).bind(
      errand.walletId,
    )
  const registered = await agent.register(profile, evidenceOf('https://evidence.example'))
  if (!registered.ok) return registered
  const session = await agent.bind(errand.walletId)
  if (!session.ok) return session
  const binding = await agent.awaitBinding(session.value.sessionId, patience)
  if (!binding.ok) return binding
  const { bindingId } = binding.value
  const shop = agent.visit(merchantEndpoint)
  const fixed = () => shop.startCheckout([{ productId: errand.productId, quantity: errand.quantity }])

  const direct = async () => {
    const checkout = await fixed()
    if (!checkout.ok) return checkout
    const intent = { raw: errand.task, desc: `One order: ${checkout.value.goods[0]?.goods_name}` }
    const confirmed = enforces(world, 'AMP-PAY-052') ? checkout.value : cheaper(checkout.value)
    const asked = await agent.requestImmediate(bindingId, intent, confirmed)
    return asked.ok ? accept({ sessionId: asked.value.sessionId, checkout: checkout.value }) : asked
  }
  const later = async () => {
    if (errand.budget === undefined) return refuse('intent-unclear', { detail: 'there is no budget' })
    const constraints = {
      budget_amount: errand.budget,
      ...(errand.merchantMccList === undefined ? {} : { merchant_mcc_list: [...errand.merchantMccList] }),
    }
    const expiry_time = formatTime(world.now() + daySeconds)
    const desc = `One ${errand.productId} within ${errand.budget.value} ${errand.budget.currency}`
    const asked = await agent.requestAutonomous(bindingId, { raw: errand.task, desc, expiry_time, constraints })
    return asked.ok ? accept({ sessionId: asked.value.sessionId, checkout: undefined }) : asked
  }

  const asked = errand.mode === 'IMMEDIATE' ? await direct() : await later()
  if (!asked.ok) return asked
  const held = await agent.awaitMandate(asked.value.sessionId, patience)
  if (!held.ok) {
    if (!enforces(world, 'AMP-TRUST-071') && asked.value.checkout)
      await agent.applyForToken(unconfirmed(binding.value), asked.value.checkout)
    return held
  }
  if (!enforces(world, 'AMP-PAY-023')) await agent.applyForToken(held.value, invented(errand))
  const order = asked.value.checkout === undefined ? await fixed() : accept(asked.value.checkout)
  if (!order.ok) return order
  if (!covered(errand, order.value, world)) return refuse('budget-exceeded', { detail: 'the order is not covered' })
  const chosen = enforces(world, 'AMP-PAY-032') ? order.value : cheaper(order.value)
  const token = await agent.applyForToken(held.value, chosen)
  if (!token.ok)
    return enforces(world, 'AMP-TRUST-094') ? token : agent.applyForToken(held.value, chosen).then(() => token)
  return shop.pay(order.value.reference_checkout_id, token.value)
}
