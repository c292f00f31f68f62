/** The chain of a user and an agent for an order, right or wrong in one thing, as the suite signs it for merchants and acquirers. */
import type { Message } from '../../schemas/index.ts'
import { type Change, momentOf, signIdentity, signMandate, signTokenRequestLayer } from '../assurance.ts'
import type { Scene } from '../scene.ts'
import { usd } from './orders.ts'

type Checkout = Message<'common/checkout'>

export type ChainType = 'IMMEDIATE' | 'AUTONOMOUS'

/** What is wrong with a chain: each layer as it is signed, or a layer that is left out. */
export type WrongChain = {
  readonly identity?: Change
  readonly mandate?: Change
  readonly tokenRequest?: Change
  readonly without?: 'tokenRequest'
  /** The layers are about this order instead. */
  readonly about?: Checkout
  /** Somebody else signs a layer under the name of the right one. */
  readonly forged?: 'identity' | 'mandate' | 'tokenRequest'
}

/** Signs a chain over an order. */
export const chainFor = async (
  { session, dice }: Scene,
  ordered: Checkout,
  type: ChainType,
  wrong: WrongChain = {},
): Promise<Message<'trust/assurance'>> => {
  const { network } = session.parties
  const checkout = wrong.about ?? ordered
  const now = session.now()
  const [isp, agent] = [await dice.party('isp'), await dice.party('agent')]
  const forger = (real: typeof isp) => dice.party(real.id).then((fake) => ({ ...fake, kid: real.kid }))
  const as = async (layer: WrongChain['forged'], real: typeof isp) => (wrong.forged === layer ? forger(real) : real)
  const identity = await signIdentity(
    {
      network: await as('identity', network),
      userReference: `user-${dice.word()}`,
      ispKey: isp.jwk,
      walletName: 'SUITE_WALLET',
      now,
    },
    dice,
    wrong.identity,
  )
  const content =
    type === 'IMMEDIATE'
      ? { mandateType: 'IMMEDIATE' as const, intent: { raw: 'buy this', desc: 'One order' }, checkout }
      : {
          mandateType: 'AUTONOMOUS' as const,
          intent: {
            raw: 'keep me supplied',
            desc: 'Supplies',
            expiry_time: momentOf(now + 86_400),
            constraints: { budget_amount: usd(10_000_000), merchant_mcc_list: [checkout.merchant.merchant_mcc] },
          },
        }
  const mandate = await signMandate(
    {
      content,
      isp: await as('mandate', isp),
      agentKey: agent.jwk,
      networkId: network.id,
      identity,
      mandateId: `mandate-${dice.word()}`,
      bindingId: `binding-${dice.word()}`,
      walletName: 'SUITE_WALLET',
      maskedLoginId: 'u***@example.com',
      now,
    },
    dice,
    wrong.mandate,
  )
  if (type === 'IMMEDIATE' || wrong.without === 'tokenRequest') return { identity, mandate }
  const tokenRequest = await signTokenRequestLayer(
    { agent: await as('tokenRequest', agent), networkId: network.id, mandate, checkout, now },
    dice,
    wrong.tokenRequest,
  )
  return { identity, mandate, tokenRequest }
}
