/** Machine Payments Protocol: an agent answers a challenge, which a server made with the secret of its realm. */
import { createHmac } from 'node:crypto'
import { canonicalJson, type Message } from '../../schemas/index.ts'
import { momentOf } from '../assurance.ts'
import { type Carrier, inHeader, inMcp } from './carriers.ts'
import { flippedBytes } from './jws.ts'
import type { ForeignAgent, ForeignProtocol, ForeignRequest, Manner } from './protocol.ts'

/** Each agent pays at a server of its own. */
const realmOf = ({ id }: Pick<ForeignAgent, 'id'>): string => `${id}.shop.example`

/** What is asked for, as the identifier of a challenge has it. */
const encode = (request: unknown): string => Buffer.from(canonicalJson(request)).toString('base64url')

type Challenge = { readonly intent: string; readonly request: object; readonly description: string }

/** A credential for a challenge by a method that counts minor units. */
const answered = ({ intent, request, description }: Challenge, { agent, expires, nonce }: Manner) => {
  const realm = realmOf(agent)
  const [method, until] = ['stripe', momentOf(expires)]
  const encoded = encode(request)
  const bound = [realm, method, intent, encoded, until, '', ''].join('|')
  const id = createHmac('sha256', agent.secret).update(bound).digest('base64url')
  const challenge = { id, realm, method, intent, request: encoded, expires: until, description }
  return { challenge, payload: { spt: `spt_${nonce}` }, source: `agent:${agent.id}` }
}

type Credential = ReturnType<typeof answered>

const charge = (order: Message<'common/checkout'>, manner: Manner): Credential => {
  const { total_amount, merchant, goods, reference_checkout_id } = order
  const request = {
    amount: total_amount.value,
    currency: total_amount.currency.toLowerCase(),
    recipient: merchant.reference_merchant_id,
    externalId: reference_checkout_id,
  }
  return answered({ intent: 'charge', request, description: goods[0]?.goods_name ?? 'Tea' }, manner)
}

const session = (intent: Message<'trust/intent-autonomous'>, manner: Manner): Credential => {
  const { currency, value } = intent.constraints.budget_amount
  // The identifier of a challenge is over what it asks for: two of one second would be one without a name.
  const request = { amount: '1', currency: currency.toLowerCase(), suggestedDeposit: value, externalId: manner.nonce }
  return answered({ intent: 'session', request, description: 'Tea for a while' }, manner)
}

const decoded = (text: string): object => JSON.parse(Buffer.from(text, 'base64url').toString())

/** What somebody without the secret makes of a challenge: a flipped bit of its identifier, or another recipient. */
const forgedChallenges = ({ id, request, ...challenge }: Credential['challenge'], bit: number) =>
  [
    { ...challenge, request, id: flippedBytes(id, bit, 'base64url') },
    {
      ...challenge,
      id,
      request: encode({ ...decoded(request), recipient: 'M-thief' }),
    },
  ] as const

/** Over HTTP what is asked for is encoded, over MCP it is an object. */
type Way = Carrier & { readonly isPlain?: boolean }

const spoken = ({ name, opened, write, read, isPlain = false }: Way): ForeignProtocol => {
  const send = ({ challenge, ...credential }: Credential) =>
    write({ ...credential, challenge: isPlain ? { ...challenge, request: decoded(challenge.request) } : challenge })
  const receive = (request: ForeignRequest): Credential => {
    const credential = read(request) as Credential
    const { challenge } = credential
    const encoded = isPlain ? encode(challenge.request) : challenge.request
    return { ...credential, challenge: { ...challenge, request: encoded } }
  }
  return {
    protocol: 'mpp',
    ...(name === undefined ? {} : { version: name }),
    ...(opened === undefined ? {} : { opened: [opened] }),
    lacks: ['host', 'directory', 'directory-name', 'begin'],
    tellings: (agent) => [
      { hook: 'trustKeys', told: { holder: 'server', id: realmOf(agent), keys: [], secret: agent.secret } },
    ],
    pay: async (order, manner) => send(charge(order, manner)),
    ordered: ({ total_amount, goods, reference_checkout_id, merchant: { reference_merchant_id } }) => ({
      total_amount,
      goods,
      reference_checkout_id,
      merchant: { reference_merchant_id },
    }),
    delegate: async (intent, manner) => send(session(intent, manner)),
    bounded: ({ constraints: { budget_amount } }) => ({ constraints: { budget_amount } }),
    forgeries: (request, bit) => {
      const credential = receive(request)
      const [first, second] = forgedChallenges(credential.challenge, bit)
      return [send({ ...credential, challenge: first }), send({ ...credential, challenge: second })]
    },
  }
}

/** MPP: a challenge says until when it counts, and its realm stands for a host. Who answers it is nobody a bridge knows. */
export const mpp: readonly ForeignProtocol[] = [
  spoken(inHeader('authorization', 'base64url', 'Payment ')),
  spoken({ ...inMcp('org.paymentauth/credential'), isPlain: true }),
]
