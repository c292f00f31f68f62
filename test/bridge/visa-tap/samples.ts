/** Generated TAP requests of every kind, with their fields counted here and not by the adapter. */
import fc from 'fast-check'
import { staticDirectory } from '../../../bridge/keys.ts'
import { memoryNonces } from '../../../bridge/nonces.ts'
import type { TapRequest, TapSigning } from '../../../bridge/visa-tap/sign.ts'
import type { Sample, SampleSource, Tampering } from '../samples.ts'
import {
  agent,
  bounds,
  checkout,
  consumerObject,
  containerObject,
  contextOf,
  iouObject,
  keySet,
  now,
  otherAgent,
  publicJwk,
  tapRequest,
} from '../tap-agent.ts'

/** Letters from which no name of card data can be made. */
const word = fc.stringMatching(/^[e-o]{1,8}$/)
const oddName = fc.oneof(word, fc.constantFrom('a/b', 'm~n', '', '__proto__', 'constructor', 'toString', 'ünïcode'))

/** JSON that means nothing: members AMP and TAP do not know, with names that are hard to keep apart. */
const oddJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(word, fc.integer({ min: -999, max: 999 }), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(oddName, tie('value'), { maxKeys: 3 }),
  ),
})).value

const unknownMembers = fc.dictionary(fc.stringMatching(/^x-[e-o/~]{1,6}$/), oddJson, { maxKeys: 3 })

/** What one generated request is made of. */
const plan = fc.record({
  how: fc.record({
    tag: fc.constantFrom('agent-payer-auth', 'agent-payer-auth', 'agent-browser-auth') as fc.Arbitrary<
      TapSigning['tag']
    >,
    nonce: fc.stringMatching(/^[A-Za-z0-9+/=_-]{1,40}$/),
    created: fc.integer({ min: now - 60, max: now + 60 }),
    label: fc.constantFrom('sig1', 'sig2', 'tap'),
    coversBody: fc.boolean(),
  }),
  window: fc.integer({ min: 62, max: 480 }),
  path: fc.stringMatching(/^(\/[a-z][a-z0-9._~-]{0,8}){1,4}$/),
  query: fc.option(fc.stringMatching(/^[e-o]{1,5}=[a-z0-9]{0,5}$/)),
  headers: fc.dictionary(fc.stringMatching(/^x-[e-o]{1,10}$/), word, { maxKeys: 3 }),
  other: fc.boolean(),
  proposal: fc.constantFrom('none', 'checkout', 'checkout with words', 'bounds', 'iou'),
  cents: fc.integer({ min: 0, max: 99_999_999 }),
  consumer: fc.option(oddJson),
  cardMetadata: fc.option(oddJson),
  unknown: unknownMembers,
})
type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never

const major = (cents: number): string => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`

const bodyOf = ({ how, proposal, cents, consumer, cardMetadata, unknown }: Plan): Record<string, unknown> => {
  const { nonce } = how
  const total = { currency: 'USD', value: String(cents) }
  const members = {
    ...(cardMetadata === null ? {} : { cardMetadata }),
    ...(proposal === 'iou' ? { browsingIOU: iouObject({ amount: major(cents) }) } : {}),
  }
  return {
    ...unknown,
    ...(consumer === null
      ? {}
      : { agenticConsumer: consumerObject({ nonce, contextualData: consumer, idToken: 'not a token' }) }),
    ...(Object.keys(members).length > 0 ? { agenticPaymentContainer: containerObject({ nonce, ...members }) } : {}),
    ...(proposal.startsWith('checkout') ? { checkout: { ...checkout, total_amount: total } } : {}),
    ...(proposal === 'checkout with words' ? { intent: { raw: bounds.raw, desc: bounds.desc } } : {}),
    ...(proposal === 'bounds' ? { intent: bounds } : {}),
  }
}

/** Leaves of a JSON text by path: RFC 6901 steps, so that no two leaves share a path. */
const leaves = (value: unknown, path: string): (readonly [string, unknown])[] => {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : []
  if (inner.length === 0) return [[path, value]]
  return inner.flatMap(([name, part]) => leaves(part, `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`))
}

const fieldsOf = (request: TapRequest, plan: Plan, host: string): ReadonlyMap<string, unknown> => {
  const inputs = request.headers['signature-input'] ?? ''
  const own = inputs.slice(inputs.indexOf(`${plan.how.label}=(`))
  const parameters = [...own.matchAll(/;([a-z]+)=(?:"([^"]*)"|(\d+))/g)].map(
    ([, name, text, number]) => [`signature/${name}`, text ?? Number(number)] as const,
  )
  return new Map<string, unknown>([
    ['method', request.method],
    ['url/authority', host],
    ['url/path', plan.path],
    ...(plan.query === null ? [] : [['url/query', plan.query] as const]),
    ...Object.entries(request.headers)
      .filter(([name]) => !name.startsWith('signature'))
      .map(([name, value]) => [`header/${name}`, value] as const),
    ...parameters,
    ['signature/label', plan.how.label],
    ['signature/components', undefined],
    ['signature/value', undefined],
    ...(plan.other ? [['signature-other/cdn', undefined] as const] : []),
    ...leaves(JSON.parse(request.body ?? ''), 'body'),
  ])
}

const build = async (made: Plan): Promise<Sample> => {
  const { how, window, path, query, headers, other } = made
  const url = `https://merchant.example${path}${query === null ? '' : `?${query}`}`
  const signed = await tapRequest(bodyOf(made), { ...how, expires: how.created + window }, agent, {
    url,
    headers: { ...headers, 'content-type': 'application/json' },
  })
  const message = other
    ? {
        ...signed,
        headers: {
          ...signed.headers,
          'signature-input': `cdn=("@method");created=1;tag="cdn", ${signed.headers['signature-input']}`,
          signature: `cdn=:AAAA:, ${signed.headers.signature}`,
        },
      }
    : signed
  return {
    message,
    identityOnly: how.tag === 'agent-browser-auth',
    context: (more) => contextOf({ currency: 'USD' }, more),
    fields: fieldsOf(message, made, 'merchant.example'),
  }
}

const ownSignature = /(sig1|sig2|tap)=:([A-Za-z0-9+/=]+):/

const flipBit = (base64: string, pick: number): string => {
  const bytes = Buffer.from(base64, 'base64')
  const bit = pick % (bytes.length * 8)
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return bytes.toString('base64')
}

const inInput = (message: TapRequest, change: (input: string) => string): TapRequest => ({
  ...message,
  headers: { ...message.headers, 'signature-input': change(message.headers['signature-input'] ?? '') },
})

const later = (input: string, name: string, by: number): string =>
  input.replace(new RegExp(`(tag="agent|.)*;${name}=(\\d+)`), (found) =>
    found.replace(/\d+$/, (time) => String(Number(time) + by)),
  )

const tamperings: readonly Tampering[] = [
  {
    name: 'one bit of the signature',
    code: 'foreign-signature-invalid',
    apply: ({ message }, pick) => ({
      message: {
        ...message,
        headers: {
          ...message.headers,
          signature: (message.headers.signature ?? '').replace(
            ownSignature,
            (_, label, value) => `${label}=:${flipBit(value, pick)}:`,
          ),
        },
      },
    }),
  },
  {
    name: 'the path',
    code: 'foreign-signature-invalid',
    apply: ({ message }) => ({ message: { ...message, url: message.url.replace('.example/', '.example/x') } }),
  },
  {
    name: 'the host',
    code: 'foreign-signature-invalid',
    apply: ({ message }) => ({ message: { ...message, url: message.url.replace('merchant.', 'merchants.') } }),
  },
  {
    name: 'the nonce',
    code: 'foreign-signature-invalid',
    apply: ({ message }) => ({ message: inInput(message, (input) => input.replace(';nonce="', ';nonce="A')) }),
  },
  {
    name: 'the start',
    code: 'foreign-signature-invalid',
    apply: ({ message }) => ({
      message: inInput(message, (input) =>
        later(input, 'created', -1).replace(/;expires=(\d+)/, (_, time) => `;expires=${Number(time) - 1}`),
      ),
    }),
  },
  {
    name: 'the tag',
    code: 'foreign-signature-invalid',
    apply: ({ message }) => ({
      message: inInput(message, (input) =>
        input.replace(
          /agent-(payer|browser)-auth/,
          (_, kind) => `agent-${kind === 'payer' ? 'browser' : 'payer'}-auth`,
        ),
      ),
    }),
  },
  {
    name: 'the key id',
    code: 'foreign-agent-unknown',
    apply: ({ message }) => ({ message: inInput(message, (input) => input.replace('shop-agent-1', 'shop-agent-2')) }),
  },
  {
    name: 'the key id, to that of another agent',
    code: 'foreign-signature-invalid',
    apply: ({ message }) => ({ message: inInput(message, (input) => input.replace('shop-agent-1', otherAgent.keyid)) }),
  },
  {
    name: 'the key',
    code: 'foreign-signature-invalid',
    apply: () => {
      const keys = [publicJwk({ ...otherAgent, keyid: agent.keyid }), ...keySet.keys.slice(1)]
      return { context: { directory: staticDirectory({ keys }, { name: 'test-directory' }) } }
    },
  },
  {
    name: 'the time, to after the end',
    code: 'foreign-expired',
    apply: (sample) => ({ context: { now: Number(sample.fields.get('signature/expires')) } }),
  },
  {
    name: 'the time, to long before the start',
    code: 'foreign-not-yet-valid',
    apply: (sample) => ({ context: { now: Number(sample.fields.get('signature/created')) - 61 } }),
  },
  {
    name: 'the nonce of an object',
    code: 'foreign-object-mismatch',
    isLate: true,
    apply: ({ message, fields }) => {
      if (!fields.has('body/agenticConsumer/nonce') || fields.has('header/content-digest')) return undefined
      const body = JSON.parse(message.body ?? '')
      return {
        message: {
          ...message,
          body: JSON.stringify({ ...body, agenticConsumer: { ...body.agenticConsumer, nonce: 'B' } }),
        },
      }
    },
  },
  {
    name: 'the body under a signed digest',
    code: 'foreign-object-mismatch',
    apply: ({ message, fields }) =>
      fields.has('header/content-digest') ? { message: { ...message, body: `${message.body} ` } } : undefined,
  },
  {
    name: 'room in the nonce store',
    code: 'directory-unavailable',
    apply: () => ({ context: { nonces: memoryNonces(0) } }),
  },
]

export const tapSamples: SampleSource = { valid: plan.map((made) => () => build(made)), tamperings }
