/** The story: a card-rail agent pays through AMP with the user present, then away, then not any more. */
import type { Message } from '../schemas/index.ts'
import { type Cast, heldMandate } from './cast.ts'
import { call, must } from './people.ts'

/** Says one line of the story. */
export type Say = (line: string) => void

/** What the story did, for the report. */
export type Told = {
  readonly payments: readonly Message<'payment/order-state'>[]
  /** What every payment was based on. */
  readonly chains: readonly {
    readonly checkout: Message<'common/checkout'>
    readonly assurance: Message<'trust/assurance'>
  }[]
  readonly refusals: readonly string[]
  readonly balance: Message<'common/amount'>
}

const inDollars = ({ currency, value }: Message<'common/amount'>): string =>
  `${currency} ${value.padStart(3, '0').replace(/(\d\d)$/, '.$1')}`

const checkoutOf = async (cast: Cast, productId: string): Promise<Message<'common/checkout'>> =>
  must(await call(cast.reference.url, 'merchant.startCheckout', { items: [{ productId, quantity: 1 }] })).checkout

const withUserPresent = async (cast: Cast, say: Say) => {
  const checkout = await checkoutOf(cast, 'rain-jacket')
  const answer = await cast.sendTap(
    { checkout, intent: { raw: 'Get me that rain jacket', desc: 'Rain jacket from Reference Outfitters' } },
    'agent-payer-auth',
  )
  const session = answer.body.session as { sessionId: string; authorizeUrl: string } | undefined
  if (answer.status !== 202 || !session)
    throw new Error(`the bridge answered ${answer.status}: ${String(answer.body.code)}`)
  say(
    `a card-rail agent signs a Visa TAP request for ${inDollars(checkout.total_amount)}; the bridge verifies it and opens a draft`,
  )
  await cast.owner.approve(session.authorizeUrl)
  say('the wallet shows the draft (S1), the owner confirms with a PIN, the wallet signs the mandate (L2)')
  const held = await heldMandate(cast.agent, session.sessionId)
  const { token, assurance } = must(await cast.agent.applyForToken(held, checkout))
  say(`the network issues a one-time payment token (S2 passed), held ${inDollars(token.heldAmount)}`)
  const order = must(
    await call(cast.reference.url, 'merchant.startPayment', {
      checkoutId: checkout.reference_checkout_id,
      paymentToken: token.paymentToken,
      assurance,
    }),
  )
  say(
    `the merchant verifies the chain, the wallet runs S3 and S4 and debits: ${order.paymentStatus} ${inDollars(checkout.total_amount)}`,
  )
  return { order, chain: { checkout, assurance } }
}

/** What the agent may do while the owner is away, and what it is refused. */
const withUserAway = async (cast: Cast, say: Say) => {
  const budget = { currency: 'USD', value: '6000' }
  const constraints = {
    budget_amount: budget,
    merchant_name_list: ['Reference Outfitters'],
    merchant_mcc_list: ['5691'],
  }
  const expiry = new Date((cast.reference.world.now() + 7 * 86_400) * 1000).toISOString().replace('.000Z', 'Z')
  const intent = {
    raw: 'Get me ready for the hike this week',
    desc: 'Hiking gear from Reference Outfitters this week',
    expiry_time: expiry,
    constraints,
  }
  const answer = await cast.sendTap({ intent }, 'agent-payer-auth')
  const session = answer.body.session as { sessionId: string; mandateId: string; authorizeUrl: string } | undefined
  if (answer.status !== 202 || !session)
    throw new Error(`the bridge answered ${answer.status}: ${String(answer.body.code)}`)
  await cast.owner.approve(session.authorizeUrl)
  say(`the owner delegates up to ${inDollars(budget)} for a week, that shop only, and goes away`)
  const held = await heldMandate(cast.agent, session.sessionId)
  const payments: Message<'payment/order-state'>[] = []
  const chains: { checkout: Message<'common/checkout'>; assurance: Message<'trust/assurance'> }[] = []
  for (const productId of ['water-bottle', 'sticker']) {
    const checkout = await checkoutOf(cast, productId)
    const { token, assurance } = must(await cast.agent.applyForToken(held, checkout))
    const order = must(
      await call(cast.reference.url, 'merchant.startPayment', {
        checkoutId: checkout.reference_checkout_id,
        paymentToken: token.paymentToken,
        assurance,
      }),
    )
    say(
      `the agent signs the order (L3) and pays ${inDollars(checkout.total_amount)} alone: ${order.paymentStatus}, ${inDollars(token.budget.remaining)} left`,
    )
    payments.push(order)
    chains.push({ checkout, assurance })
  }
  const refusals: string[] = []
  const tooMuch = await cast.agent.applyForToken(held, await checkoutOf(cast, 'rain-jacket'))
  if (tooMuch.ok) throw new Error('the budget was passed')
  refusals.push(tooMuch.refusal.code)
  say(`it asks for more than is left: refused at ${tooMuch.refusal.stage} (${tooMuch.refusal.code})`)
  await cast.owner.cancel(session.mandateId)
  const late = await cast.agent.applyForToken(held, await checkoutOf(cast, 'sticker'))
  if (late.ok) throw new Error('a revoked mandate paid')
  refusals.push(late.refusal.code)
  say(`the owner cancels; the next request is refused (${late.refusal.code})`)
  return { payments, chains, refusals }
}

/** Tells the whole story once. Throws where AMP does not do what it promises. */
export const tell = async (cast: Cast, say: Say): Promise<Told> => {
  const first = await withUserPresent(cast, say)
  const browsing = await cast.sendTap({}, 'agent-browser-auth')
  if (browsing.status !== 200 || 'session' in browsing.body) throw new Error('a browsing agent opened a payment path')
  say('an agent that only browses is recognised and gets no payment path')
  const { payments, chains, refusals } = await withUserAway(cast, say)
  const balance = await cast.owner.balance()
  say(`the owner's balance: USD 500.00 before, ${inDollars(balance)} now`)
  return { payments: [first.order, ...payments], chains: [first.chain, ...chains], refusals, balance }
}
