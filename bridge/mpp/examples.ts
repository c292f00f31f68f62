/** Examples of the Payment scheme for the playground: a charge, a subscription, and a payment that leaves as a receipt. */
import { randomBytes } from 'node:crypto'
import { formatTime } from '../../reference/core/time.ts'
import type { Example } from '../playground/examples.ts'
import { type Challenge, challengeIdOf, writeChallenge, writeCredential } from './codec.ts'

const realm = 'tea.example'
const secret = randomBytes(32).toString('base64url')

const issue = (challenge: Omit<Challenge, 'id' | 'realm'>): Challenge => {
  const plain = { realm, ...challenge }
  return { id: challengeIdOf(plain, secret), ...plain }
}

/** Makes the examples anew. Times are epoch seconds. */
export const mppExamples = (now: number): readonly Example[] => {
  const settings = { protocols: { mpp: { secrets: { [realm]: secret } } } }
  const same = { protocol: 'mpp', keys: { keys: [] }, settings, now }
  const get = (name: string, value: string) => ({
    method: 'GET',
    url: `https://${realm}/oolong`,
    headers: { [name]: value },
  })
  const expires = formatTime(now + 86_400)
  const charge = issue({
    method: 'stripe',
    intent: 'charge',
    request: { amount: '1250', currency: 'usd', recipient: 'tea-house', externalId: 'order-1' },
    description: 'Oolong, 100 g',
    expires,
  })
  const subscription = issue({
    method: 'stripe',
    intent: 'subscription',
    request: {
      amount: '900',
      currency: 'usd',
      periodUnit: 'month',
      periodCount: '1',
      subscriptionExpires: formatTime(now + 365 * 86_400),
    },
    description: 'Tea of the month',
    expires,
  })
  return [
    {
      ...same,
      title: 'a charge an agent brings',
      direction: 'in',
      input: get('www-authenticate', writeChallenge(charge)),
    },
    {
      ...same,
      title: 'a subscription becomes bounds',
      direction: 'in',
      input: get('www-authenticate', writeChallenge(subscription)),
    },
    {
      ...same,
      title: 'a credential for a challenge the operator issued',
      direction: 'in',
      input: get(
        'authorization',
        writeCredential({ challenge: charge, payload: { spt: 'spt_example' }, source: 'did:key:z6MkTeaAgent' }),
      ),
    },
    {
      ...same,
      title: 'a payment leaves as a receipt',
      direction: 'out',
      input: {
        kind: 'payment',
        value: {
          paymentId: 'payment-1',
          paymentRequestId: 'request-1',
          paymentStatus: 'SUCCESS',
          paymentAmount: { currency: 'USD', value: '1250' },
          paymentTime: formatTime(now),
        },
        given: { method: 'amp' },
      },
    },
  ]
}
