/** The stage for a bridge under test: the suite is the foreign agents and the credential provider of AMP. */
import { canonicalJson, type Message } from '../../schemas/index.ts'
import { momentOf } from '../assurance.ts'
import { Inconclusive, NotApplicable } from '../expect.ts'
import { foreignProtocols } from '../foreign/index.ts'
import {
  type ForeignAgent,
  type ForeignProtocol,
  type ForeignRequest,
  foreignAgent,
  letters,
  type Manner,
  type Unsaid,
} from '../foreign/protocol.ts'
import type { Scene } from '../scene.ts'
import type { Answer } from '../target/client.ts'
import { orderOver } from './orders.ts'

type Checkout = Message<'common/checkout'>
type Intent = Message<'trust/intent-autonomous'>

/** What of a message is signed otherwise than it should be. */
export type Otherwise = Partial<Pick<Manner, 'authority' | 'created' | 'expires' | 'nonce' | 'agent'>>

const lifetimeSeconds = 240

export const bridgeStage = (scene: Scene) => {
  const { session, dice, hooks } = scene
  const { neighbours } = session
  const { endpoint } = session.served('bridge')
  const authority = new URL(endpoint).host

  /** Protocols the bridge says it takes, of those that can do and say something; a check of none is not applicable. */
  const protocols = (can: 'pay' | 'delegate' | 'look' = 'look', says?: Unsaid): readonly ForeignProtocol[] => {
    const taken = foreignProtocols.filter(
      (one) =>
        session.discovery.extensions.includes(one.protocol) &&
        one[can] !== undefined &&
        !(says && one.lacks?.includes(says)),
    )
    if (taken.length === 0) throw new NotApplicable('the bridge takes no protocol the suite can ask this in')
    return taken
  }

  const trust = (agent: ForeignAgent, keys = agent.keys) =>
    hooks.call('trustKeys', { holder: 'agent', id: agent.id, name: agent.name, keys: [...keys] })

  const stranger = (): ForeignAgent => foreignAgent(dice)

  /** An agent the bridge was told of. */
  const agent = async (): Promise<ForeignAgent> => {
    const made = stranger()
    await trust(made)
    return made
  }

  const mannerOf = (by: ForeignAgent, otherwise: Otherwise = {}): Manner => ({
    authority,
    created: session.now() - 5,
    expires: session.now() + lifetimeSeconds,
    nonce: letters(dice),
    agent: by,
    ...otherwise,
  })

  /** An order in whose names nobody sees the number of a card. */
  const order = (value = dice.number(100, 90_000), change: Partial<Checkout> = {}): Checkout => {
    const word = letters(dice)
    const merchant = { reference_merchant_id: `M-${word}`, merchant_name: `Shop ${word}`, merchant_mcc: '5411' }
    return orderOver(dice, value, { merchant, reference_checkout_id: `checkout-${word}`, ...change })
  }

  const bounds = (): Intent => ({
    raw: `buy tea ${dice.word()}`,
    desc: 'Tea for a while',
    expiry_time: momentOf(session.now() + 86_400),
    constraints: {
      budget_amount: { currency: 'USD', value: String(dice.number(50_000, 90_000)) },
      payment_amount_max: { currency: 'USD', value: String(dice.number(100, 40_000)) },
    },
  })

  const pay = async (protocol: ForeignProtocol, checkout: Checkout, by: ForeignAgent, otherwise?: Otherwise) => {
    if (!protocol.pay) throw new Inconclusive(`${protocol.protocol} proposes no orders`)
    return protocol.pay(checkout, mannerOf(by, otherwise))
  }

  const look = (protocol: ForeignProtocol, by: ForeignAgent, otherwise?: Otherwise): Promise<ForeignRequest> =>
    protocol.look(mannerOf(by, otherwise))

  const send = ({ method, path, headers, body }: ForeignRequest): Promise<Answer> =>
    scene.send(method, `${session.url}${path}`, { host: authority, ...headers }, method === 'GET' ? undefined : body)

  /** What the bridge asked of AMP about an order, or in words. */
  const askedAbout = (checkout: Checkout) =>
    neighbours.all(
      'credential-provider.createMandateSession',
      (message) =>
        message.mandateType === 'IMMEDIATE' &&
        message.checkout.reference_checkout_id === checkout.reference_checkout_id,
    )
  /** What it asked about bounds: found by their words, or by bounds and end where a protocol has no words. */
  const askedFor = (wanted: Intent, { lacks }: ForeignProtocol) =>
    neighbours.all('credential-provider.createMandateSession', (message) =>
      lacks?.includes('words')
        ? message.mandateType === 'AUTONOMOUS' &&
          message.intent.expiry_time === wanted.expiry_time &&
          canonicalJson(message.intent.constraints) === canonicalJson(wanted.constraints)
        : message.intent.raw === wanted.raw,
    )

  return {
    scene,
    session,
    dice,
    hooks,
    neighbours,
    protocols,
    trust,
    stranger,
    agent,
    order,
    bounds,
    mannerOf,
    pay,
    look,
    send,
    askedAbout,
    askedFor,
  }
}

export type BridgeStage = ReturnType<typeof bridgeStage>
