/** Generated KYAPay requests, with newer and older claim names, bound to a key or not, with their fields counted apart. */
import fc from 'fast-check'
import { circumstances, everybody, kyaIssuer } from '../parties.ts'
import type { Sample, SampleSource } from '../samples.ts'
import { signedRequest } from '../signed-request.ts'
import { flipJws, jwkOf, jws, leaves, p256Key, requestFields } from '../signers.ts'
import { now } from '../tap-agent.ts'

const sender = p256Key('kya sender')
const word = fc.stringMatching(/^[e-o]{1,8}$/)

const plan = fc.record({
  kind: fc.constantFrom('kya', 'pay', 'kya-pay', 'both'),
  isOld: fc.boolean(),
  isBound: fc.boolean(),
  jti: fc.uuid(),
  age: fc.integer({ min: 0, max: 50 }),
  life: fc.integer({ min: 60, max: 3_600 }),
  cents: fc.integer({ min: 1, max: 10_000 }),
  price: fc.option(fc.constantFrom('0.01', '1.5')),
  requests: fc.option(fc.integer({ min: 1, max: 1_000 })),
  unknown: fc.dictionary(fc.stringMatching(/^x-[e-o]{1,6}$/), word, { maxKeys: 2 }),
})
type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never

const decimal = (cents: number): string => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`

const oldNames: Readonly<Record<string, string>> = {
  hid: 'bid',
  tsi: 'ssi',
  itg: 'btg',
  tpr: 'spr',
  tps: 'sps',
  amt: 'amount',
  val: 'value',
}

const older = (claims: Record<string, unknown>, isOld: boolean): Record<string, unknown> =>
  isOld ? Object.fromEntries(Object.entries(claims).map(([name, value]) => [oldNames[name] ?? name, value])) : claims

const claimsOf = (type: string, made: Plan): Record<string, unknown> => ({
  iss: kyaIssuer.issuer,
  sub: 'account-1',
  aud: 'seller-1',
  iat: now - made.age,
  exp: now - made.age + made.life,
  jti: `${type}-${made.jti}`,
  tsi: 'service-1',
  itg: 'tag-1',
  ...made.unknown,
  ...(type === 'pay'
    ? {}
    : { hid: { email: 'someone@example.com' }, aid: { name: 'Tea Agent', creation_ip: '192.0.2.1' } }),
  ...(type === 'kya'
    ? {}
    : {
        amt: decimal(made.cents),
        cur: 'USD',
        val: '15000000',
        stp: 'coin',
        ...(made.price === null ? {} : { tpr: made.price, tps: 'pay_per_use' }),
        ...(made.requests === null ? {} : { mnr: made.requests }),
      }),
  ...(made.isBound ? { cnf: { jwk: jwkOf(sender, { kid: 'sender-1' }) } } : {}),
})

const build = async (made: Plan): Promise<Sample> => {
  const types = made.kind === 'both' ? ['kya', 'pay'] : [made.kind]
  const tokens = types.map((type) => {
    const claims = claimsOf(type, made)
    const typ = made.isOld ? (type === 'kya-pay' ? 'kya+pay+JWT' : `${type}+JWT`) : `${type}+jwt`
    return {
      type,
      claims,
      header: { alg: 'ES256', typ, kid: kyaIssuer.kid },
      text: jws({ typ, kid: kyaIssuer.kid }, older(claims, made.isOld), kyaIssuer.key),
    }
  })
  const plain = {
    method: 'GET',
    url: 'https://seller.example/service?q=1',
    headers: { 'kyapay-token': tokens.map(({ text }) => text).join(', ') },
  }
  const message = made.isBound
    ? await signedRequest(plain, {
        key: sender,
        keyid: 'sender-1',
        tag: 'kyapay',
        created: now - 5,
        expires: now + 300,
        nonce: made.jti,
        components: ['@authority', '@path', 'kyapay-token'],
      })
    : plain
  const signed: [string, unknown][] = made.isBound
    ? [
        ['header/signature', undefined],
        ['header/signature-input', undefined],
      ]
    : []
  return {
    message,
    identityOnly: made.kind === 'kya',
    context: (more) => everybody({}, more),
    fields: new Map<string, unknown>([
      ...requestFields(message).filter(([name]) => name !== 'header/kyapay-token'),
      ...signed,
      ...tokens.flatMap(({ type, claims, header }) => [
        ...leaves(header, `${type}/header`),
        ...leaves(claims, `${type}/claims`),
        [`${type}/signature`, undefined] as const,
      ]),
      ['created', now - made.age],
      ['expires', now - made.age + made.life],
    ]),
  }
}

/** The two moments are kept beside the fields for the tampering alone. */
const counted = async (made: Plan): Promise<Sample> => {
  const sample = await build(made)
  return { ...sample, fields: new Map([...sample.fields].filter(([name]) => name !== 'created' && name !== 'expires')) }
}

const tokenOf = (sample: Sample): string => sample.message.headers['kyapay-token'] ?? ''
const replaced = (sample: Sample, text: string) => ({
  message: { ...sample.message, headers: { ...sample.message.headers, 'kyapay-token': text } },
})
const isBound = (sample: Sample): boolean => sample.message.headers.signature !== undefined
const time = (sample: Sample, claim: string): string =>
  [...sample.fields.keys()].find((name) => name.endsWith(`/claims/${claim}`)) ?? ''

export const kyaSamples: SampleSource = {
  valid: plan.map((made) => () => counted(made)),
  tamperings: [
    ...circumstances(kyaIssuer.issuer, '', '', 60).map((each) =>
      each.code === 'foreign-expired'
        ? { ...each, apply: (sample: Sample) => ({ context: { now: Number(sample.fields.get(time(sample, 'exp'))) } }) }
        : each.code === 'foreign-not-yet-valid'
          ? {
              ...each,
              apply: (sample: Sample) => ({ context: { now: Number(sample.fields.get(time(sample, 'iat'))) - 61 } }),
            }
          : each,
    ),
    {
      name: 'one bit of the signature of a token',
      code: 'foreign-signature-invalid',
      apply: (sample, pick) =>
        isBound(sample)
          ? undefined
          : replaced(
              sample,
              tokenOf(sample)
                .split(', ')
                .map((text) => flipJws(text, pick))
                .join(', '),
            ),
    },
    {
      name: 'the token of a sender who has no key, over a signed request',
      code: 'foreign-signature-missing',
      apply: (sample) => {
        if (!isBound(sample)) return undefined
        const { signature: _signature, 'signature-input': _input, ...headers } = sample.message.headers
        return { message: { ...sample.message, headers } }
      },
    },
    {
      name: 'the host, under the signature of the sender',
      code: 'foreign-signature-invalid',
      apply: (sample) =>
        isBound(sample)
          ? { message: { ...sample.message, url: sample.message.url.replace('seller.', 'sellers.') } }
          : undefined,
    },
    {
      name: 'the algorithm, to none',
      code: 'foreign-algorithm-not-allowed',
      apply: (sample) => {
        if (isBound(sample)) return undefined
        const changed = tokenOf(sample)
          .split(', ')
          .map((text) => {
            const [header = '', ...rest] = text.split('.')
            const json = JSON.parse(Buffer.from(header, 'base64url').toString())
            return [Buffer.from(JSON.stringify({ ...json, alg: 'none' })).toString('base64url'), ...rest].join('.')
          })
        return replaced(sample, changed.join(', '))
      },
    },
    {
      name: 'whom the operator speaks for',
      code: 'foreign-audience-mismatch',
      apply: () => ({ context: { settings: { protocols: { kyapay: { audiences: ['somebody-else'] } } } } }),
    },
    {
      name: 'how long a token may live',
      code: 'foreign-window-invalid',
      apply: () => ({ context: { settings: { protocols: { kyapay: { lifetimeMax: 30 } } } } }),
    },
    {
      name: 'how much a token without a key may carry',
      code: 'foreign-signature-missing',
      apply: (sample) =>
        isBound(sample) || sample.identityOnly
          ? undefined
          : { context: { settings: { protocols: { kyapay: { bearerMax: { EUR: '1' } } } } } },
    },
  ],
}
