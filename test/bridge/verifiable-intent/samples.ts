/** Generated Verifiable Intent bundles, with their fields counted apart. */
import fc from 'fast-check'
import { cardIssuer, circumstances, everybody } from '../parties.ts'
import type { Sample, SampleSource } from '../samples.ts'
import { flipJws, leaves, requestFields } from '../signers.ts'
import { now } from '../tap-agent.ts'
import { type Bundle, bundleOf } from './bundles.ts'

export const bundlePlan = fc.record({
  mode: fc.constantFrom('final', 'open', 'executed', 'executed-both', 'checkout'),
  cents: fc.integer({ min: 1, max: 9_999_999 }),
  nonce: fc.stringMatching(/^[A-Za-z0-9_-]{8,30}$/),
  words: fc.option(fc.stringMatching(/^[e-o][e-o ]{3,20}$/), { nil: undefined }),
  age: fc.integer({ min: 0, max: 60 }),
})
type Plan = typeof bundlePlan extends fc.Arbitrary<infer Value> ? Value : never

/** Fields of the layers: what they disclose, their digests as one, their signatures. */
export const layerFields = ({ said }: Bundle): [string, unknown][] =>
  Object.entries(said).flatMap(([name, { header, claims }]): [string, unknown][] => [
    ...leaves(header, `${name}/header`).map(([path, value]): [string, unknown] => [path, value]),
    ...leaves(claims, `${name}/claims`).map(([path, value]): [string, unknown] => [path, value]),
    [`${name}/digests`, undefined],
    [`${name}/signature`, undefined],
  ])

const build = (made: Plan, isInner: boolean): Sample => {
  const bundle = bundleOf(made)
  const body = isInner ? { verifiable_intent: bundle.tokens, note: 'mine' } : bundle.tokens
  const message = {
    method: 'POST',
    url: 'https://network.example/intents',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
  const fields = requestFields(message).filter(([name]) => !/\/l[123][ab]?$/.test(name))
  return {
    message,
    identityOnly: made.mode === 'checkout',
    context: (more) => everybody({}, more),
    fields: new Map<string, unknown>([...fields, ...layerFields(bundle)]),
  }
}

type Tokens = Record<string, string>
const inTokens = ({ message }: Sample, change: (tokens: Tokens) => Tokens | undefined) => {
  const body = JSON.parse(message.body ?? '{}')
  const inner = body.verifiable_intent as Tokens | undefined
  const tokens = change(inner ?? body)
  return tokens
    ? { message: { ...message, body: JSON.stringify(inner ? { ...body, verifiable_intent: tokens } : tokens) } }
    : undefined
}

const flipped = (name: string) => (sample: Sample, pick: number) =>
  inTokens(sample, (tokens) => {
    const [token, ...rest] = (tokens[name] ?? '').split('~')
    return token ? { ...tokens, [name]: [flipJws(token, pick), ...rest].join('~') } : undefined
  })

export const intentSamples: SampleSource = {
  valid: fc.tuple(bundlePlan, fc.boolean()).map(
    ([made, isInner]) =>
      async () =>
        build(made, isInner),
  ),
  tamperings: [
    ...circumstances(cardIssuer.issuer, 'l2/claims/iat', 'l2/claims/exp', 300).map((each) =>
      each.code === 'foreign-expired'
        ? { ...each, apply: () => ({ context: { now: now + 40 * 86_400 } }) }
        : each.code === 'foreign-not-yet-valid'
          ? { ...each, apply: () => ({ context: { now: now - 2 * 86_400 } }) }
          : each,
    ),
    ...['l1', 'l2', 'l3a', 'l3b'].map((name) => ({
      name: `one bit of the signature of ${name}`,
      code: 'foreign-signature-invalid',
      apply: flipped(name),
    })),
    {
      name: 'the credential, to another of the same holder',
      code: 'foreign-object-mismatch',
      apply: (sample) =>
        inTokens(sample, (tokens) => {
          const { l1 = '' } = bundleOf({ mode: 'open', cents: 1, nonce: 'other', age: 0 }).tokens
          return { ...tokens, l1 }
        }),
    },
    {
      name: 'a disclosure nobody signed for',
      code: 'message-malformed',
      apply: (sample) => inTokens(sample, (tokens) => ({ ...tokens, l2: `${tokens.l2}WyJzIiwiYSIsImIiXQ~` })),
    },
    {
      name: 'whom the operator speaks for',
      code: 'foreign-audience-mismatch',
      apply: () => ({
        context: { settings: { protocols: { 'verifiable-intent': { audiences: ['https://other.example'] } } } },
      }),
    },
  ],
}
