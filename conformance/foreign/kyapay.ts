/** KYAPay: a token that says who asks, and one that may be charged, bound to a key the agent signs the request with. */
import type { Message } from '../../schemas/index.ts'
import { flipped, jws, retold } from './jws.ts'
import { asIssuer, type ForeignAgent, type ForeignProtocol, issuerOf, type Manner } from './protocol.ts'
import { requestForgeries, signed } from './signed-request.ts'

const sellerOf = ({ id }: Pick<ForeignAgent, 'id'>): string => `seller-of-${id}`

/** Dollars with a point, as tokens have them. */
const major = ({ value }: Message<'common/amount'>): string =>
  `${value.slice(0, -2).padStart(1, '0')}.${value.slice(-2).padStart(2, '0')}`

const sent = (typ: string, more: object, manner: Manner) => {
  const { agent, created, expires, nonce } = manner
  const claims = {
    iss: issuerOf(agent),
    sub: `account-${agent.id}`,
    aud: sellerOf(agent),
    iat: created,
    exp: expires,
    jti: nonce,
    hid: { email: 'someone@suite.example' },
    aid: { name: agent.name },
    cnf: { jwk: agent.handed.jwk },
    ...more,
  }
  const token = jws({ typ, kid: agent.es256.kid }, claims, agent.es256)
  const plain = { method: 'GET', path: '/service', headers: { 'kyapay-token': token }, body: '' }
  // The request is signed for a short time; the token says how long it counts.
  const short = { ...manner, expires: Math.min(expires, created + 480) }
  return signed(plain, 'kyapay', short, { by: 'ecdsa-p256-sha256', covers: ['kyapay-token'] })
}

/** A token lives a day at most. */
export const kyapay: ForeignProtocol = {
  protocol: 'kyapay',
  windowMax: 86_400,
  lacks: ['directory-name'],
  skewMax: 60,
  tellings: asIssuer,
  delegate: ({ constraints: { budget_amount, payment_amount_max: most = budget_amount } }, manner) => {
    const charged = { amt: major(budget_amount), cur: budget_amount.currency, val: `${budget_amount.value}0000` }
    const price = { tpr: major(most), tps: 'pay_per_use' }
    return sent('kya-pay+jwt', { ...charged, ...price, stp: 'coin' }, manner)
  },
  bounded: ({ expiry_time, constraints: { budget_amount, payment_amount_max: most = budget_amount } }, agent) => ({
    expiry_time,
    constraints: { budget_amount, payment_amount_max: most, merchant_allow_list: [sellerOf(agent)] },
  }),
  look: (manner) => sent('kya+jwt', {}, manner),
  forgeries: (request, bit) => {
    const token = request.headers['kyapay-token'] ?? ''
    const withToken = (text: string) => ({ ...request, headers: { ...request.headers, 'kyapay-token': text } })
    return [...requestForgeries(request, bit), withToken(flipped(token, bit)), withToken(retold(token))] as const
  },
}
