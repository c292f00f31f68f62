/** Two implementations of the chain rules, the suite's and the reference's, give one verdict and one code on mutations nobody chose. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { judgeEvidence } from '../../conformance/artefact.ts'
import { verifyChain } from '../../reference/core/index.ts'
import { audience, type ChainDraft, checkout, draftOf, network, now, signChain, stranger } from './chains.ts'

const keys = { keys: [network.jwk] }

type Name = 'identity' | 'mandate' | 'tokenRequest'
type Part = 'header' | 'claims' | 'disclosures'
type Mutation =
  | { kind: 'set'; layer: Name; part: Part; path: string[]; value: unknown }
  | { kind: 'strip'; layer: Name; name: string }
  | { kind: 'key'; layer: Name }
  | { kind: 'drop' }

const layerName = fc.constantFrom<Name>('identity', 'mandate', 'tokenRequest')

const paths: Readonly<Record<Part, readonly string[]>> = {
  header: ['alg', 'typ', 'kid', 'extra'],
  claims: [
    ...[
      'iss',
      'sub',
      'iat',
      'exp',
      'cnf',
      'cnf.kid',
      'cnf.jwk',
      'cnf.jwk.kid',
      'cnf.jwk.kty',
      'cnf.jwk.x',
      'cnf.jwk.d',
    ],
    ...['isp_type', 'isp_name', '_sd', '_sd_alg', 'nonce', 'aud', 'sd_hash', 'idv_result', 'idv_time', 'mode', 'extra'],
  ],
  disclosures: [
    ...['intent', 'intent.raw', 'intent.desc', 'intent.expiry_time', 'intent.constraints', 'intent.constraints.extra'],
    ...['token_info', 'token_info.extra', 'mandate_info', 'mandate_info.mandate_id', 'mandate_info.mandate_type'],
    ...['checkout', 'checkout.total_amount', 'checkout.total_amount.value', 'checkout.total_amount.currency', 'extra'],
  ],
}

const moments = [now - 61, now - 60, now - 59, now, now + 59, now + 60, now + 61]

const value = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, '', 'x', 0, -1, 1.5, true, [], {}, '__proto__', [null], 'a'.repeat(5000)),
  fc.constantFrom<unknown>('ES256', 'none', 'network-1', 'isp-1', 'agent-1', 'sha-256', audience, `${audience}/`),
  fc.constantFrom<unknown>('PASS', 'SUCCESS', 'true', 'FAIL', 'IMMEDIATE', 'AUTONOMOUS', '+85291234567', 'a@b.example'),
  fc.constantFrom<unknown>(...moments, ...moments.map((moment) => new Date(moment * 1000).toISOString())),
  fc.constantFrom<unknown>(
    checkout,
    { jwk: stranger.jwk },
    stranger.jwk,
    '2026-02-30T00:00:00Z',
    '2026-11-20T24:00:00Z',
  ),
  fc.jsonValue({ maxDepth: 2 }),
)

const setting = fc.constantFrom<Part>('header', 'claims', 'disclosures').chain((part) =>
  fc.record({
    kind: fc.constant('set' as const),
    layer: layerName,
    part: fc.constant(part),
    path: fc.constantFrom(...paths[part]).map((path) => path.split('.')),
    value,
  }),
)

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 20, arbitrary: setting },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('strip' as const),
      layer: layerName,
      name: fc.constantFrom('intent', 'token_info', 'mandate_info', 'checkout'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('key' as const), layer: layerName }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'drop' as const }) },
)

/** A copy with a member set deep inside; a path through something that is no object leaves it as it was. */
const withMember = (whole: unknown, [name = '', ...rest]: readonly string[], value: unknown): unknown => {
  if (typeof whole !== 'object' || whole === null || Array.isArray(whole)) return whole
  const inner = rest.length === 0 ? value : withMember((whole as Record<string, unknown>)[name], rest, value)
  return { ...whole, [name]: inner }
}

const apply = (draft: ChainDraft, change: Mutation): void => {
  if (change.kind === 'drop') {
    draft.tokenRequest = undefined
    return
  }
  const layer = draft[change.layer]
  if (!layer) return
  if (change.kind === 'strip') layer.strip.push(change.name)
  else if (change.kind === 'key') layer.key = stranger.key
  else layer[change.part] = withMember(layer[change.part], change.path, change.value) as Record<string, unknown>
  for (const [name, shown] of Object.entries(layer.disclosures)) if (shown === undefined) delete layer.disclosures[name]
}

const bySuite = async (layers: readonly string[]): Promise<string | undefined> => {
  const { chains } = await judgeEvidence({ keys, chains: [{ id: 'c', layers, audience, checkout }] }, now)
  return chains[0]?.problem ?? chains[0]?.verdict
}

const byReference = async ([identity = '', mandate = '', tokenRequest]: readonly string[]): Promise<string> => {
  const outcome = await verifyChain(
    { identity, mandate, ...(tokenRequest === undefined ? {} : { tokenRequest }) },
    { purpose: 'payment', networkKeys: keys, audience, checkout },
    { now: () => now, deviation: {} },
  )
  return outcome.ok ? 'pass' : outcome.refusal.code
}

it('agrees on verdict and code for 500 mutations, and the mutations reach passes and many codes', async () => {
  const reached = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('IMMEDIATE' as const, 'AUTONOMOUS' as const),
      fc.array(mutation, { minLength: 1, maxLength: 2 }),
      async (mode, changes) => {
        const draft = draftOf(mode)
        for (const change of changes) apply(draft, change)
        const layers = await signChain(draft)
        const verdict = await bySuite(layers)
        expect(verdict).toBe(await byReference(layers))
        reached.set(String(verdict), (reached.get(String(verdict)) ?? 0) + 1)
      },
    ),
    { numRuns: 500 },
  )
  expect(reached.get('pass') ?? 0).toBeGreaterThan(0)
  expect(reached.size).toBeGreaterThan(8)
})
