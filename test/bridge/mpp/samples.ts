/** Generated messages of the Payment scheme, written by mppx, with their fields counted apart. */
import fc from 'fast-check'
import { Challenge, Credential } from 'mppx'
import { everybody } from '../parties.ts'
import type { Sample, SampleSource, Tampering } from '../samples.ts'
import { leaves, requestFields } from '../signers.ts'
import { now } from '../tap-agent.ts'

export const secret = 'a secret of thirty-two bytes or more'
export const token = '0x20c0000000000000000000000000000000000001'

/** The operator knows one token, as dollars, and issues the challenges of one realm. */
export const settings = {
  protocols: {
    mpp: {
      assets: [{ method: 'tempo', token, decimals: 6, currency: 'USD' }],
      secrets: { 'shop.example': secret },
    },
  },
}

const time = (at: number): string => new Date(at * 1_000).toISOString()

const plan = fc.record({
  cents: fc.integer({ min: 1, max: 9_999_999 }),
  method: fc.constantFrom('tempo', 'stripe'),
  intent: fc.constantFrom('charge', 'session', 'subscription'),
  realm: fc.constantFrom('shop.example', 'shop.example', 'shop.example', 'other.example'),
  carrier: fc.constantFrom('http', 'mcp'),
  isCredential: fc.constantFrom(true, true, false),
  first: fc.boolean(),
  described: fc.boolean(),
  salt: fc.uuid(),
})
type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never

const requestOf = ({ cents, method, intent, salt }: Plan): Record<string, unknown> => {
  const amount = String(method === 'tempo' ? cents * 10_000 : cents)
  const common = {
    amount,
    currency: method === 'tempo' ? token : 'usd',
    recipient: 'shop-1',
    externalId: `order-${salt}`,
    methodDetails: { note: 'mine' },
  }
  if (intent === 'session') return { ...common, unitType: 'token', suggestedDeposit: amount }
  if (intent === 'subscription')
    return { ...common, periodUnit: 'week', periodCount: '1', subscriptionExpires: '2026-12-30T00:00:00Z' }
  return common
}

const challengeOf = (wish: Plan) =>
  Challenge.from({
    realm: wish.realm,
    method: wish.method,
    intent: wish.intent,
    request: requestOf(wish),
    expires: time(now + 300) as never,
    ...(wish.described ? { description: 'tea', digest: 'sha-256=:AAAA:', meta: { a: 'b' } } : {}),
    secretKey: secret,
  })

const other = Challenge.from({
  realm: 'shop.example',
  method: 'lightning',
  intent: 'charge',
  request: { amount: '1', currency: 'sat' },
  id: 'other',
})

type Members = Record<string, unknown>
/** A challenge as it goes over the wire: `meta` is only mppx's view of `opaque`. */
const wireOf = ({ meta: _, ...challenge }: Members): Members => JSON.parse(JSON.stringify(challenge))

const build = async (wish: Plan): Promise<Sample> => {
  const challenge = challengeOf(wish)
  const post = (body: object) => ({
    method: 'POST',
    url: 'https://bridge.example/mpp',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const get = (name: string, value: string) => ({
    method: 'GET',
    url: 'https://shop.example/tea',
    headers: { [name]: value },
  })
  if (wish.isCredential) {
    const credential = { challenge, payload: { hash: '0xab', type: 'hash' }, source: 'did:key:z6MkAgent' }
    const object = { ...credential, challenge: wireOf(challenge) }
    const isHttp = wish.carrier === 'http'
    const message = isHttp
      ? get('authorization', Credential.serialize(credential as never))
      : post({ method: 'tools/call', params: { _meta: { 'org.paymentauth/credential': object } } })
    return sample(
      message,
      isHttp ? 'header/authorization' : 'body/params/_meta/org.paymentauth~1credential',
      leaves(object, 'credential'),
    )
  }
  const all = wish.first ? [challenge, other] : [other, challenge]
  const isHttp = wish.carrier === 'http'
  const message = isHttp
    ? get('www-authenticate', all.map((each) => Challenge.serialize(each as never)).join(', '))
    : post({
        jsonrpc: '2.0',
        id: 1,
        error: { code: -32_042, data: { httpStatus: 402, challenges: all.map((each) => wireOf(each)) } },
      })
  return sample(
    message,
    isHttp ? 'header/www-authenticate' : 'body/error/data/challenges',
    leaves(
      all.map((each) => wireOf(each)),
      'required',
    ),
  )
}

const sample = (message: Sample['message'], place: string, parts: (readonly [string, unknown])[]): Sample => ({
  message,
  identityOnly: false,
  context: (more) => everybody(settings, more),
  fields: new Map<string, unknown>([
    ...requestFields(message).filter(([name]) => name !== place && !name.startsWith(`${place}/`)),
    ...parts,
  ]),
})

const isOurs = ({ fields }: Sample): boolean => fields.get('credential/challenge/realm') === 'shop.example'

/** Changes the credential of a realm the operator issues for, wherever it is. */
const changed =
  (apply: (challenge: Members) => void): Tampering['apply'] =>
  (each) => {
    if (!isOurs(each)) return undefined
    const { message } = each
    const header = message.headers.authorization
    if (header === undefined) {
      const body = JSON.parse(message.body ?? '{}')
      apply(body.params._meta['org.paymentauth/credential'].challenge)
      return { message: { ...message, body: JSON.stringify(body) } }
    }
    const wire = JSON.parse(Buffer.from(header.slice('Payment '.length), 'base64url').toString())
    wire.challenge.request = JSON.parse(Buffer.from(wire.challenge.request, 'base64url').toString())
    apply(wire.challenge)
    wire.challenge.request = Buffer.from(JSON.stringify(wire.challenge.request)).toString('base64url')
    const authorization = `Payment ${Buffer.from(JSON.stringify(wire)).toString('base64url')}`
    return { message: { ...message, headers: { ...message.headers, authorization } } }
  }

export const mppSamples: SampleSource = {
  // Nobody vouches for a source: that a credential comes once is held by the tests of its verification.
  neverReplays: true,
  valid: plan.map((wish) => () => build(wish)),
  tamperings: [
    {
      name: 'the identifier of the challenge',
      code: 'foreign-signature-invalid',
      apply: changed((challenge) => {
        challenge.id = `${String(challenge.id).slice(0, -1)}${String(challenge.id).endsWith('A') ? 'B' : 'A'}`
      }),
    },
    {
      name: 'the amount of the challenge',
      code: 'foreign-signature-invalid',
      apply: changed((challenge) => {
        const request = challenge.request as Members
        challenge.request = { ...request, amount: `${request.amount}00` }
      }),
    },
    {
      name: 'the time, to after the end',
      code: 'foreign-expired',
      apply: ({ fields }) =>
        fields.get('required/0/id') === 'other' || fields.get('required/1/id') === 'other'
          ? undefined
          : { context: { now: now + 300 } },
    },
    {
      name: 'the money, which nobody knows',
      code: 'foreign-currency-missing',
      isLate: true,
      apply: ({ fields, message }) =>
        [...fields.values()].includes('tempo') ? { message, context: { settings: {} } } : undefined,
    },
  ],
}
