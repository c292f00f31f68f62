/** Machine Payments Protocol: an agent answers a challenge, which a server made with the secret of its realm. */
import { createHmac } from 'node:crypto'
import { canonicalJson, type Message } from '../../schemas/index.ts'
import { momentOf } from '../assurance.ts'
import { flippedBytes } from './jws.ts'
import type { ForeignAgent, ForeignProtocol, ForeignRequest, Manner } from './protocol.ts'

/** Each agent pays at a server of its own. */
const realmOf = ({ id }: Pick<ForeignAgent, 'id'>): string => `${id}.shop.example`

type Challenge = { readonly intent: string; readonly request: object; readonly description: string }

/** A credential for a challenge by a method that counts minor units. */
const answered = ({ intent, request, description }: Challenge, { agent, expires, nonce }: Manner): ForeignRequest => {
  const realm = realmOf(agent)
  const [method, until] = ['stripe', momentOf(expires)]
  const encoded = Buffer.from(canonicalJson(request)).toString('base64url')
  const bound = [realm, method, intent, encoded, until, '', ''].join('|')
  const id = createHmac('sha256', agent.secret).update(bound).digest('base64url')
  const challenge = { id, realm, method, intent, request: encoded, expires: until, description }
  const credential = { challenge, payload: { spt: `spt_${nonce}` }, source: `agent:${agent.id}` }
  const text = Buffer.from(JSON.stringify(credential)).toString('base64url')
  return { method: 'GET', path: '/tea', headers: { authorization: `Payment ${text}` }, body: '' }
}

const charge = (order: Message<'common/checkout'>, manner: Manner): ForeignRequest => {
  const { total_amount, merchant, goods, reference_checkout_id } = order
  const request = {
    amount: total_amount.value,
    currency: total_amount.currency.toLowerCase(),
    recipient: merchant.reference_merchant_id,
    externalId: reference_checkout_id,
  }
  return answered({ intent: 'charge', request, description: goods[0]?.goods_name ?? 'Tea' }, manner)
}

const session = (intent: Message<'trust/intent-autonomous'>, manner: Manner): ForeignRequest => {
  const { currency, value } = intent.constraints.budget_amount
  // The identifier of a challenge is over what it asks for: two of one second would be one without a name.
  const request = { amount: '1', currency: currency.toLowerCase(), suggestedDeposit: value, externalId: manner.nonce }
  return answered({ intent: 'session', request, description: 'Tea for a while' }, manner)
}

/** Changes the challenge a credential answers. */
const atChallenge = (request: ForeignRequest, change: (challenge: { id: string; request: string }) => object) => {
  const credential = JSON.parse(
    Buffer.from((request.headers.authorization ?? '').replace('Payment ', ''), 'base64url').toString(),
  )
  const changed = { ...credential, challenge: { ...credential.challenge, ...change(credential.challenge) } }
  const text = Buffer.from(JSON.stringify(changed)).toString('base64url')
  return { ...request, headers: { ...request.headers, authorization: `Payment ${text}` } }
}

/** MPP: a challenge says until when it counts, and its realm stands for a host. Who answers it is nobody a bridge knows. */
export const mpp: ForeignProtocol = {
  protocol: 'mpp',
  lacks: ['host', 'directory', 'directory-name', 'begin'],
  tellings: (agent) => [
    { hook: 'trustKeys', told: { holder: 'server', id: realmOf(agent), keys: [], secret: agent.secret } },
  ],
  pay: async (order, manner) => charge(order, manner),
  ordered: ({ total_amount, goods, reference_checkout_id, merchant: { reference_merchant_id } }) => ({
    total_amount,
    goods,
    reference_checkout_id,
    merchant: { reference_merchant_id },
  }),
  delegate: async (intent, manner) => session(intent, manner),
  bounded: ({ constraints: { budget_amount } }) => ({ constraints: { budget_amount } }),
  forgeries: (request, bit) => [
    atChallenge(request, ({ id }) => ({ id: flippedBytes(id, bit, 'base64url') })),
    atChallenge(request, ({ request: asked }) => {
      const terms = JSON.parse(Buffer.from(asked, 'base64url').toString())
      return { request: Buffer.from(canonicalJson({ ...terms, recipient: 'M-thief' })).toString('base64url') }
    }),
  ],
}
