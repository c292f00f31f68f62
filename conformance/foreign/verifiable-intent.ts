/** Verifiable Intent: an issuer vouches for a card holder, who signs what is paid, or bounds for an agent. */
import type { Message } from '../../schemas/index.ts'
import { flipped, hashOf, jws, layer, resaid } from './jws.ts'
import {
  asIssuer,
  type Bounded,
  type ForeignProtocol,
  type ForeignRequest,
  issuerOf,
  type Manner,
  type Ordered,
} from './protocol.ts'

type Checkout = Message<'common/checkout'>
type Intent = Message<'trust/intent-autonomous'>

/** The first two layers as they travel. */
export type Bundle = { readonly l1: string; readonly l2: string }

const day = 86_400

/** The credential: it confirms the key of the holder. */
const credential = ({ agent, created }: Manner): string => {
  const claims = {
    iss: issuerOf(agent),
    sub: `holder-${agent.id}`,
    vct: 'https://issuer.suite.example/card',
    iat: created - day,
    exp: created + 300 * day,
    cnf: { jwk: agent.handed.jwk },
  }
  return `${jws({ typ: 'sd+jwt', kid: agent.es256.kid }, claims, agent.es256)}~`
}

/** What the holder signs: mandates for an agent, which begin and end with the message. */
const bundle = (typ: string, mandates: readonly object[], manner: Manner): Bundle => {
  const { agent, created, expires, nonce } = manner
  const l1 = credential(manner)
  const claims = { iss: issuerOf(agent), aud: 'https://agent.suite.example', nonce, iat: created, exp: expires }
  const header = { typ, kid: agent.handed.kid }
  return { l1, l2: layer(header, { ...claims, sd_hash: hashOf(l1) }, mandates, `${nonce}-intent`, agent.handed) }
}

const instrument = { type: 'wallet', id: 'wallet-a', description: 'Wallet' }

/** A payment of one order. */
export const finalBundle = ({ total_amount, merchant, reference_checkout_id }: Checkout, manner: Manner): Bundle => {
  const { currency, value } = total_amount
  const amount = Number(value)
  const { reference_merchant_id: id, merchant_name: name } = merchant
  const signed = jws({ typ: 'JWT', kid: 'shop' }, { id: reference_checkout_id, total: amount }, manner.agent.handed)
  const hash = hashOf(signed)
  const payee = { id, name, website: 'https://shop.suite.example/' }
  return bundle(
    'kb-sd-jwt',
    [
      { vct: 'mandate.checkout.1', checkout_jwt: signed, checkout_hash: hash },
      {
        vct: 'mandate.payment.1',
        payment_instrument: instrument,
        payment_amount: { currency, amount },
        payee,
        transaction_id: hash,
      },
    ],
    manner,
  )
}

/** Bounds of later payments. */
export const openBundle = ({ constraints }: Intent, manner: Manner): Bundle => {
  const { budget_amount: budget, payment_amount_max: most = budget } = constraints
  return bundle(
    'kb-sd-jwt+kb',
    [
      {
        vct: 'mandate.payment.open.1',
        cnf: { jwk: manner.agent.handed.jwk },
        payment_instrument: instrument,
        constraints: [
          { type: 'mandate.payment.amount_range', currency: most.currency, max: Number(most.value) },
          { type: 'mandate.payment.budget', currency: budget.currency, max: Number(budget.value) },
        ],
      },
    ],
    manner,
  )
}

/** An order is named by a digest, its lines are the merchant's own, and nothing says what a shop sells. */
export const orderedByIntent = ({ total_amount, merchant }: Checkout): Ordered => {
  const { reference_merchant_id, merchant_name } = merchant
  return { total_amount, merchant: { reference_merchant_id, merchant_name } }
}

export const boundedByIntent = ({ expiry_time, constraints }: Intent): Bounded => ({ expiry_time, constraints })

const posted = (content: Bundle): ForeignRequest => ({
  method: 'POST',
  path: '/intents',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(content),
})

const atLayer = (request: ForeignRequest, name: keyof Bundle, change: (text: string) => string): ForeignRequest => {
  const content = JSON.parse(request.body) as Bundle
  return { ...request, body: JSON.stringify({ ...content, [name]: change(content[name]) }) }
}

/** Fifteen minutes for a final mandate; the directory names an issuer, not the agent. */
export const verifiableIntent: ForeignProtocol = {
  protocol: 'verifiable-intent',
  windowMax: 900,
  skewMax: 300,
  lacks: ['host', 'directory-name'],
  opened: ['body/l1', 'body/l2'],
  tellings: asIssuer,
  pay: async (order, manner) => posted(finalBundle(order, manner)),
  ordered: orderedByIntent,
  delegate: async (intent, manner) => posted(openBundle(intent, manner)),
  bounded: boundedByIntent,
  forgeries: (request, bit) => [
    atLayer(request, 'l2', (text) => flipped(text, bit)),
    atLayer(request, 'l1', (text) => flipped(text, bit)),
    atLayer(request, 'l2', resaid),
  ],
}
