/** The stage for a bridge under test: the suite is the foreign agents and the credential provider of AMP. */
import { canonicalJson, type Message, type RequestOf } from '../../schemas/index.ts'
import { momentOf } from '../assurance.ts'
import { Inconclusive, NotApplicable } from '../expect.ts'
import {
  type Bounded,
  type ForeignAgent,
  type ForeignProtocol,
  type ForeignRequest,
  foreignAgent,
  letters,
  type Manner,
  nameOf,
  type Ordered,
  type Telling,
} from '../foreign/protocol.ts'
import type { Scene } from '../scene.ts'
import type { Answer } from '../target/client.ts'
import { orderOver, usd } from './orders.ts'

type Checkout = Message<'common/checkout'>
type Intent = Message<'trust/intent-autonomous'>
type Asked = RequestOf<'credential-provider.createMandateSession'>

/** What of a message is signed otherwise than it should be. */
export type Otherwise = Partial<Pick<Manner, 'authority' | 'created' | 'expires' | 'nonce' | 'agent'>>

/** Something an agent proposes, in a protocol: as a message, and as AMP has to be told of it. */
export type Proposal = {
  readonly make: (otherwise?: Otherwise) => Promise<ForeignRequest>
  readonly by: ForeignAgent
  readonly ordered?: Ordered
  readonly bounded?: Bounded
  /** Whether a request to AMP is about it, right or wrong in all else. */
  readonly isAbout: (message: Asked) => boolean
}

const lifetimeSeconds = 240

const createSession = 'credential-provider.createMandateSession'

/** The same telling without what is trusted. */
const untold = (telling: Telling): Telling => {
  if (telling.hook !== 'trustKeys') return telling
  const { secret: _secret, ...told } = telling.told
  return { hook: 'trustKeys', told: { ...told, keys: [] } }
}

const wholeOrder = ({ total_amount, merchant, goods, reference_checkout_id }: Checkout): Ordered => ({
  ...{ total_amount, merchant, goods, reference_checkout_id },
})

export const bridgeStage = (scene: Scene) => {
  const { session, dice, hooks } = scene
  const { neighbours } = session
  const { endpoint } = session.served('bridge')
  const authority = new URL(endpoint).host

  const isTakenBy = ({ protocol }: ForeignProtocol): boolean => session.discovery.extensions.includes(protocol)

  /** A check of a protocol the bridge does not say it takes is not applicable. */
  const takes = (protocol: ForeignProtocol): void => {
    if (!isTakenBy(protocol)) throw new NotApplicable(`the bridge does not say it takes ${protocol.protocol}`)
  }

  const tell = async (tellings: readonly Telling[]): Promise<void> => {
    for (const { hook, told } of tellings) await hooks.call(hook, told as never)
  }

  const tellingsOf = ({ tellings }: ForeignProtocol, agent: ForeignAgent): readonly Telling[] =>
    tellings?.(agent) ?? [
      { hook: 'trustKeys', told: { holder: 'agent', id: agent.id, name: agent.name, keys: [...agent.keys] } },
    ]

  const stranger = (): ForeignAgent => foreignAgent(dice)

  /** An agent the bridge was told of, as a protocol needs it. */
  const agent = async (protocol: ForeignProtocol): Promise<ForeignAgent> => {
    const made = stranger()
    await tell(tellingsOf(protocol, made))
    return made
  }

  /** Takes back what the bridge was told of an agent. */
  const forget = (protocol: ForeignProtocol, agent: ForeignAgent): Promise<void> =>
    tell(tellingsOf(protocol, agent).map(untold))

  /** Somebody who calls themselves by every name of another and has keys of their own. */
  const impostor = (real: ForeignAgent): ForeignAgent => {
    const thief = stranger()
    return {
      ...thief,
      ...{ id: real.id, name: real.name, kid: real.kid },
      es256: { ...thief.es256, kid: real.es256.kid },
      account: { ...thief.account, address: real.account.address },
    }
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
    const goods: Checkout['goods'] = [
      { goods_name: `Thing ${word}`, goods_unit_amount: usd(value), goods_quantity: '1' },
    ]
    return orderOver(dice, value, { merchant, goods, reference_checkout_id: `checkout-${word}`, ...change })
  }

  const bounds = (): Intent => ({
    raw: `buy tea ${letters(dice)}`,
    desc: 'Tea for a while',
    expiry_time: momentOf(session.now() + lifetimeSeconds),
    constraints: {
      budget_amount: { currency: 'USD', value: String(dice.number(50_000, 90_000)) },
      payment_amount_max: { currency: 'USD', value: String(dice.number(100, 40_000)) },
    },
  })

  /** An order proposed in a protocol by an agent. */
  const paying = (protocol: ForeignProtocol, by: ForeignAgent, checkout = order()): Proposal => {
    const ordered = (protocol.ordered ?? wholeOrder)(checkout, by)
    const { reference_checkout_id: name, merchant } = ordered
    return {
      make: async (otherwise) => {
        if (!protocol.pay) throw new Inconclusive(`${nameOf(protocol)} proposes no orders`)
        return protocol.pay(checkout, mannerOf(by, otherwise))
      },
      by,
      ordered,
      isAbout: (message) =>
        message.mandateType === 'IMMEDIATE' &&
        (name === undefined
          ? message.checkout.merchant.reference_merchant_id === merchant.reference_merchant_id
          : message.checkout.reference_checkout_id === name),
    }
  }

  /** Bounds asked for in a protocol by an agent. */
  const delegating = (protocol: ForeignProtocol, by: ForeignAgent, intent = bounds()): Proposal => {
    const bounded = protocol.bounded?.(intent, by) ?? intent
    const { raw, expiry_time, constraints } = bounded
    const expires = Date.parse(intent.expiry_time) / 1000
    return {
      make: async (otherwise) => {
        if (!protocol.delegate) throw new Inconclusive(`${nameOf(protocol)} asks for no bounds`)
        return protocol.delegate(intent, mannerOf(by, { expires, ...otherwise }))
      },
      by,
      bounded,
      isAbout: (message) =>
        raw === undefined
          ? message.mandateType === 'AUTONOMOUS' &&
            (expiry_time === undefined || message.intent.expiry_time === expiry_time) &&
            canonicalJson(message.intent.constraints.budget_amount) === canonicalJson(constraints.budget_amount)
          : message.intent.raw === raw,
    }
  }

  /** What an agent proposes in a protocol: an order where it has words for one. */
  const proposal = (protocol: ForeignProtocol, by: ForeignAgent): Proposal =>
    (protocol.pay ? paying : delegating)(protocol, by)

  /** A message of any kind: a proposal where the protocol makes some. */
  const message = async (
    protocol: ForeignProtocol,
    by: ForeignAgent,
    otherwise?: Otherwise,
  ): Promise<ForeignRequest> => {
    if (protocol.pay || protocol.delegate) return proposal(protocol, by).make(otherwise)
    return look(protocol, by, otherwise)
  }

  const look = async (protocol: ForeignProtocol, by: ForeignAgent, otherwise?: Otherwise): Promise<ForeignRequest> => {
    if (!protocol.look) throw new Inconclusive(`${nameOf(protocol)} has no message that proposes nothing`)
    return protocol.look(mannerOf(by, otherwise))
  }

  const send = ({ method, path, headers, body }: ForeignRequest): Promise<Answer> =>
    scene.send(method, `${session.url}${path}`, { host: authority, ...headers }, method === 'GET' ? undefined : body)

  /** What the bridge asked of AMP about a proposal. */
  const askedAbout = ({ isAbout }: Pick<Proposal, 'isAbout'>) => neighbours.all(createSession, isAbout)

  return {
    ...{ scene, session, dice, neighbours, isTakenBy, takes, stranger, agent, forget, impostor, order, bounds },
    ...{ paying, delegating, proposal, message, look, send, askedAbout },
  }
}

export type BridgeStage = ReturnType<typeof bridgeStage>
