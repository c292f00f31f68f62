/** Artefact mode: a valid chain passes; one change makes it fail for that reason; the reference agrees; nothing makes it throw. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { artefactRequirements, judgeEvidence, whyNoEvidence } from '../../conformance/artefact.ts'
import { requirementOf } from '../../conformance/requirements.ts'
import { verifyChain } from '../../reference/core/index.ts'
import type { ProblemCode } from '../../schemas/index.ts'
import {
  agent,
  audience,
  type ChainDraft,
  checkout,
  disclosureOf,
  draftOf,
  network,
  now,
  signChain,
  stranger,
} from './chains.ts'

const keys = { keys: [network.jwk] }

const judge = async (layers: readonly unknown[], wanted: unknown = checkout) => {
  const { chains } = await judgeEvidence({ keys, chains: [{ id: 'c', layers, audience, checkout: wanted }] }, now)
  return chains[0]
}

type Change = (draft: ChainDraft) => void
type Row = readonly [string, 'IMMEDIATE' | 'AUTONOMOUS', Change, ProblemCode]

const layer = (draft: ChainDraft, name: 'identity' | 'mandate' | 'tokenRequest') => {
  const found = draft[name]
  if (!found) throw new Error(`no ${name}`)
  return found
}

const drop =
  (name: 'identity' | 'mandate' | 'tokenRequest', claim: string): Change =>
  (draft) =>
    void (layer(draft, name).claims[claim] = undefined)
const strip =
  (name: 'mandate' | 'tokenRequest', disclosure: string): Change =>
  (draft) =>
    void layer(draft, name).strip.push(disclosure)
const intent =
  (change: Record<string, unknown>): Change =>
  (draft) =>
    void (draft.mandate.disclosures.intent = { ...(draft.mandate.disclosures.intent as object), ...change })

const shared = (name: 'identity' | 'mandate' | 'tokenRequest'): Row[] => {
  const on = (what: string, change: Change, code: ProblemCode): Row => [`${name}: ${what}`, 'AUTONOMOUS', change, code]
  return [
    on('alg none', (draft) => void (layer(draft, name).header.alg = 'none'), 'assurance-algorithm-not-allowed'),
    on('alg HS256', (draft) => void (layer(draft, name).header.alg = 'HS256'), 'assurance-algorithm-not-allowed'),
    on('another typ', (draft) => void (layer(draft, name).header.typ = 'kb+jwt'), 'assurance-type-invalid'),
    on('no kid', (draft) => void (layer(draft, name).header.kid = undefined), 'assurance-key-unknown'),
    on('signed by a stranger', (draft) => void (layer(draft, name).key = stranger.key), 'assurance-signature-invalid'),
    on('no iat', drop(name, 'iat'), 'assurance-claim-missing'),
    on('no exp', drop(name, 'exp'), 'assurance-claim-missing'),
    on('exp as text', (draft) => void (layer(draft, name).claims.exp = '1790000000'), 'assurance-claim-missing'),
    on('issued in the future', (draft) => void (layer(draft, name).claims.iat = now + 61), 'assurance-not-yet-valid'),
    on('expired', (draft) => void (layer(draft, name).claims.exp = now - 60), 'assurance-expired'),
  ]
}

const ambiguous = (name: 'mandate' | 'tokenRequest'): Row[] => {
  const on = (what: string, names: readonly string[], change: Change = () => undefined): Row => [
    `${name}: ${what}`,
    'AUTONOMOUS',
    (draft) => {
      layer(draft, name).signedExtra.push(...names.map((shown) => disclosureOf(shown, 'second')))
      change(draft)
    },
    'assurance-disclosure-undigested',
  ]
  return [
    on('two signed disclosures of one name', ['more', 'more']),
    on('a signed disclosure that hides a claim', ['aud']),
    on('one signed disclosure twice', ['more'], (draft) => {
      const { extra, signedExtra } = layer(draft, name)
      extra.push(...signedExtra)
    }),
    on('one digest twice', [], (draft) => void layer(draft, name).decoys.push('A', 'A')),
  ]
}

const rows: readonly Row[] = [
  ...ambiguous('mandate'),
  ...ambiguous('tokenRequest'),
  ...shared('identity'),
  ...shared('mandate'),
  ...shared('tokenRequest'),
  ...(['iss', 'sub', 'cnf', 'isp_type', 'isp_name'] as const).map(
    (claim): Row => [
      `identity: no ${claim}`,
      'IMMEDIATE',
      drop('identity', claim),
      claim === 'cnf' ? 'assurance-key-mismatch' : 'assurance-claim-missing',
    ],
  ),
  [
    'identity: a phone number as sub',
    'IMMEDIATE',
    (draft) => void (draft.identity.claims.sub = '+85291234567'),
    'assurance-claim-forbidden',
  ],
  [
    'identity: a private key',
    'IMMEDIATE',
    (draft) =>
      void (draft.identity.claims.cnf = { jwk: { ...(draft.identity.claims.cnf as { jwk: object }).jwk, d: 'AAAA' } }),
    'assurance-private-key',
  ],
  [
    'identity: an outer kid that differs',
    'IMMEDIATE',
    (draft) => void (draft.identity.claims.cnf = { ...(draft.identity.claims.cnf as object), kid: 'other' }),
    'assurance-claim-missing',
  ],
  [
    'identity: _sd_alg',
    'IMMEDIATE',
    (draft) => void (draft.identity.claims._sd_alg = 'sha-256'),
    'assurance-claim-forbidden',
  ],
  ['identity: _sd', 'IMMEDIATE', (draft) => void (draft.identity.claims._sd = []), 'assurance-claim-forbidden'],
  [
    'identity: a disclosure',
    'IMMEDIATE',
    (draft) => void draft.identity.extra.push(disclosureOf('x', 1)),
    'assurance-claim-forbidden',
  ],
  [
    'identity: a key the network does not publish',
    'IMMEDIATE',
    (draft) => void (draft.identity.header.kid = 'network-2'),
    'assurance-key-unknown',
  ],
  ...(['nonce', 'aud', 'idv_result', 'idv_time', 'mode', '_sd_alg'] as const).map(
    (claim): Row => [`mandate: no ${claim}`, 'IMMEDIATE', drop('mandate', claim), 'assurance-claim-missing'],
  ),
  ['mandate: another kid', 'IMMEDIATE', (draft) => void (draft.mandate.header.kid = 'isp-2'), 'assurance-key-mismatch'],
  [
    'mandate: bound to another identity layer',
    'IMMEDIATE',
    (draft) => void (draft.mandate.claims.sd_hash = 'A'.repeat(43)),
    'assurance-link-broken',
  ],
  [
    'mandate: for another network',
    'IMMEDIATE',
    (draft) => void (draft.mandate.claims.aud = 'https://other.example'),
    'assurance-audience-mismatch',
  ],
  [
    'mandate: a failed identity check',
    'IMMEDIATE',
    (draft) => void (draft.mandate.claims.idv_result = 'FACE'),
    'assurance-identity-check-failed',
  ],
  [
    'mandate: an identity check in the future',
    'IMMEDIATE',
    (draft) => void (draft.mandate.claims.idv_time = new Date((now + 3600) * 1000).toISOString()),
    'assurance-claim-missing',
  ],
  [
    'mandate: an unknown mode',
    'IMMEDIATE',
    (draft) => void (draft.mandate.claims.mode = 'LATER'),
    'assurance-claim-missing',
  ],
  ...(['intent', 'token_info', 'mandate_info', 'checkout'] as const).map(
    (name): Row => [
      `mandate: ${name} stripped`,
      'IMMEDIATE',
      strip('mandate', name),
      name === 'checkout' ? 'assurance-disclosure-missing' : 'assurance-disclosure-missing',
    ],
  ),
  [
    'mandate: an undigested disclosure',
    'IMMEDIATE',
    (draft) => void draft.mandate.extra.push(disclosureOf('more', 1)),
    'assurance-disclosure-undigested',
  ],
  ['mandate: no raw intent', 'IMMEDIATE', intent({ raw: undefined }), 'assurance-disclosure-missing'],
  ['mandate: no description', 'IMMEDIATE', intent({ desc: '' }), 'assurance-disclosure-missing'],
  [
    'mandate: a payment token in token_info',
    'IMMEDIATE',
    (draft) => void (draft.mandate.disclosures.token_info = { token_unique_reference: `28166623${'a'.repeat(32)}` }),
    'assurance-claim-forbidden',
  ],
  [
    'mandate: another type than mode',
    'IMMEDIATE',
    (draft) => void (draft.mandate.disclosures.mandate_info = { mandate_id: 'm', mandate_type: 'AUTONOMOUS' }),
    'assurance-mandate-mismatch',
  ],
  [
    'mandate: an agent key though the user is present',
    'IMMEDIATE',
    (draft) => void (draft.mandate.claims.cnf = { jwk: agent.jwk }),
    'assurance-claim-forbidden',
  ],
  [
    'mandate: an expiry time though the user is present',
    'IMMEDIATE',
    intent({ expiry_time: '2030-01-01T00:00:00Z' }),
    'assurance-disclosure-forbidden',
  ],
  [
    'mandate: constraints though the user is present',
    'IMMEDIATE',
    intent({ constraints: {} }),
    'assurance-disclosure-forbidden',
  ],
  ['mandate: no agent key though the user is away', 'AUTONOMOUS', drop('mandate', 'cnf'), 'assurance-key-mismatch'],
  [
    'mandate: no expiry time though the user is away',
    'AUTONOMOUS',
    intent({ expiry_time: undefined }),
    'assurance-disclosure-missing',
  ],
  [
    'mandate: an expiry time that is over',
    'AUTONOMOUS',
    intent({ expiry_time: new Date((now - 61) * 1000).toISOString() }),
    'assurance-expired',
  ],
  [
    'mandate: no constraints though the user is away',
    'AUTONOMOUS',
    intent({ constraints: undefined }),
    'assurance-disclosure-missing',
  ],
  [
    'mandate: an unknown constraint',
    'AUTONOMOUS',
    intent({ constraints: { budget_amount: { currency: 'USD', value: '1' }, colour: 'red' } }),
    'assurance-disclosure-missing',
  ],
  [
    'mandate: a checkout though the user is away',
    'AUTONOMOUS',
    (draft) => void (draft.mandate.disclosures.checkout = checkout),
    'assurance-disclosure-forbidden',
  ],
  ...(['nonce', 'aud', '_sd_alg'] as const).map(
    (claim): Row => [
      `token request: no ${claim}`,
      'AUTONOMOUS',
      drop('tokenRequest', claim),
      'assurance-claim-missing',
    ],
  ),
  [
    'token request: another kid',
    'AUTONOMOUS',
    (draft) => void (layer(draft, 'tokenRequest').header.kid = 'agent-2'),
    'assurance-key-mismatch',
  ],
  [
    'token request: bound to another mandate layer',
    'AUTONOMOUS',
    (draft) => void (layer(draft, 'tokenRequest').claims.sd_hash = 'A'.repeat(43)),
    'assurance-link-broken',
  ],
  [
    'token request: for another network',
    'AUTONOMOUS',
    (draft) => void (layer(draft, 'tokenRequest').claims.aud = 'https://other.example'),
    'assurance-audience-mismatch',
  ],
  [
    'token request: another checkout',
    'AUTONOMOUS',
    (draft) =>
      void (layer(draft, 'tokenRequest').disclosures.checkout = {
        ...checkout,
        total_amount: { currency: 'USD', value: '1' },
      }),
    'checkout-mismatch',
  ],
  [
    'token request: an undigested disclosure',
    'AUTONOMOUS',
    (draft) => void layer(draft, 'tokenRequest').extra.push(disclosureOf('more', 1)),
    'assurance-disclosure-undigested',
  ],
  [
    'mandate: an outer kid of the agent key that differs',
    'AUTONOMOUS',
    (draft) => void (draft.mandate.claims.cnf = { jwk: agent.jwk, kid: 'other' }),
    'assurance-claim-missing',
  ],
  [
    'mandate: a private agent key',
    'AUTONOMOUS',
    (draft) => void (draft.mandate.claims.cnf = { jwk: { ...agent.jwk, d: 'AAAA' } }),
    'assurance-private-key',
  ],
  ['token request: checkout stripped', 'AUTONOMOUS', strip('tokenRequest', 'checkout'), 'assurance-disclosure-missing'],
  [
    'token request: no total',
    'AUTONOMOUS',
    (draft) => void (layer(draft, 'tokenRequest').disclosures.checkout = { ...checkout, total_amount: undefined }),
    'assurance-disclosure-missing',
  ],
  [
    'token request missing though the user is away',
    'AUTONOMOUS',
    (draft) => void (draft.tokenRequest = undefined),
    'assurance-layer-missing',
  ],
  [
    'token request though the user is present',
    'IMMEDIATE',
    (draft) => void (draft.tokenRequest = draftOf('AUTONOMOUS').tokenRequest),
    'assurance-layer-unexpected',
  ],
]

const byReference = async (layers: string[]) => {
  const [identity = '', mandate = '', tokenRequest] = layers
  const outcome = await verifyChain(
    { identity, mandate, ...(tokenRequest === undefined ? {} : { tokenRequest }) },
    { purpose: 'payment', networkKeys: keys, audience, checkout: checkout as never },
    { now: () => now, deviation: {} },
  )
  return outcome.ok ? 'pass' : outcome.refusal.code
}

describe('a chain', () => {
  it.each(['IMMEDIATE', 'AUTONOMOUS'] as const)('passes as it should be, %s', async (mode) => {
    const layers = await signChain(draftOf(mode))
    expect(await judge(layers)).toEqual({ id: 'c', verdict: 'pass' })
    expect(await byReference(layers)).toBe('pass')
  })

  it.each(rows)('fails for its own reason: %s', async (_, mode, change, code) => {
    const draft = draftOf(mode)
    change(draft)
    const layers = await signChain(draft)
    expect(await judge(layers)).toMatchObject({ verdict: 'fail', problem: code })
    expect(await byReference(layers)).toBe(code)
  })

  it('fails by a requirement that speaks of the layer and the member at fault, and by each one it claims to check', async () => {
    const tags = { identity: '(L1)', mandate: '(L2)', tokenRequest: '(L3)' } as const
    const broken = new Set<string>()
    for (const [name, mode, change] of rows) {
      const draft = draftOf(mode)
      change(draft)
      const { requirement = '', field = '' } = (await judge(await signChain(draft))) ?? {}
      broken.add(requirement)
      const [, , at = '', ...path] = field.split('/')
      const member = path.join('.')
      if (field === '/checkout' || member === '' || requirement === 'AMP-PAY-015') continue
      const { sentence } = requirementOf(requirement)
      expect(sentence, name).toContain(tags[at as keyof typeof tags])
      expect(sentence, name).toContain(`\`${member}\``)
    }
    expect(artefactRequirements.filter((id) => !broken.has(id))).toEqual([])
  })

  it('passes with a signed disclosure more, and with a decoy', async () => {
    const draft = draftOf('AUTONOMOUS')
    draft.mandate.signedExtra.push(disclosureOf('more', 1))
    draft.mandate.decoys.push('A')
    const layers = await signChain(draft)
    expect(await judge(layers)).toMatchObject({ verdict: 'pass' })
    expect(await byReference(layers)).toBe('pass')
  })

  it('passes within sixty seconds of leeway', async () => {
    const draft = draftOf('AUTONOMOUS')
    layer(draft, 'tokenRequest').claims.exp = now - 59
    layer(draft, 'tokenRequest').claims.iat = now + 60
    expect(await judge(await signChain(draft))).toMatchObject({ verdict: 'pass' })
  })

  it('is compared with the checkout it is shown with, member by member and in any order', async () => {
    const layers = await signChain(draftOf('IMMEDIATE'))
    expect(await judge(layers, Object.fromEntries(Object.entries(checkout).reverse()))).toMatchObject({
      verdict: 'pass',
    })
    expect(await judge(layers, { ...checkout, reference_checkout_id: 'checkout-2' })).toMatchObject({
      problem: 'checkout-mismatch',
    })
    expect(await judge(layers, undefined)).toMatchObject({ verdict: 'pass' })
  })

  it('fails, and nothing throws, whatever stands for its layers', async () => {
    const valid = await signChain(draftOf('AUTONOMOUS'))
    const cut = fc
      .tuple(fc.nat({ max: 2 }), fc.nat({ max: 4000 }), fc.string({ minLength: 1, maxLength: 3 }))
      .map(([index, at, text]) =>
        valid.map((one, position) =>
          position === index ? one.slice(0, at % one.length) + text + one.slice((at % one.length) + 1) : one,
        ),
      )
    const anything = fc.array(fc.oneof(fc.string(), fc.jsonValue()), { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.oneof(cut, anything), async (layers) => {
        const verdict = await judge(layers)
        if (verdict?.verdict === 'pass') expect(layers).toEqual(valid)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a file of evidence', () => {
  const chain = { id: 'c', layers: [], audience: 'https://network.example' }
  const file = { keys: { keys: [{}] }, chains: [chain] }

  it.each<[string, unknown, string | undefined]>([
    ['all of it', file, undefined],
    ['two chains', { ...file, chains: [chain, chain] }, undefined],
    ['a list', [], 'the file has to hold an object with keys and chains'],
    ['nothing', null, 'the file has to hold an object with keys and chains'],
    ['no keys', { chains: [chain] }, 'keys has to be a JWKS: {"keys": [...]}'],
    ['keys in no set', { ...file, keys: [{}] }, 'keys has to be a JWKS: {"keys": [...]}'],
    ['one key that is none', { ...file, keys: { keys: [{}, 'key'] } }, 'keys has to be a JWKS: {"keys": [...]}'],
    ['no chains', { keys: file.keys }, 'chains has to be a list'],
    ['chains in an object', { ...file, chains: { 0: chain } }, 'chains has to be a list'],
    ['an empty list', { ...file, chains: [] }, 'chains holds nothing to judge'],
    ['a first chain that is text', { ...file, chains: ['c'] }, 'chains[0] has to have id, layers and audience'],
    ...(['id', 'layers', 'audience'] as const).map((name): [string, unknown, string] => [
      `a chain without ${name}`,
      { ...file, chains: [chain, { ...chain, [name]: undefined }] },
      'chains[1] has to have id, layers and audience',
    ]),
  ])('holds %s: what is said of it', (_, value, why) => {
    expect(whyNoEvidence(value)).toBe(why)
  })

  const said = async (layers: readonly string[]) => judge(layers as string[])
  const fails = (problem: string, field: string) => ({
    ...{ id: 'c', verdict: 'fail', problem, field },
    requirement: 'AMP-TRUST-159',
  })

  it('has chains of two layers or three, each of which can be read', async () => {
    const three = await signChain(draftOf('AUTONOMOUS'))
    const [identity = '', mandate = '', tokenRequest = ''] = three
    expect(three).toHaveLength(3)
    const missing = fails('assurance-layer-missing', '/assurance/mandate')
    expect([await said([]), await said([identity])]).toEqual([missing, missing])
    expect(await said([...three, tokenRequest])).toEqual(fails('assurance-layer-unexpected', '/assurance'))
    expect(await said(['x', mandate])).toEqual(fails('assurance-malformed', '/assurance/identity'))
    expect(await said([identity, 'x'])).toEqual(fails('assurance-malformed', '/assurance/mandate'))
    expect(await said([identity, mandate, 'x'])).toEqual(fails('assurance-malformed', '/assurance/tokenRequest'))
    const [verdict] = (
      await judgeEvidence({ keys, chains: [{ id: 'c', layers: [identity, mandate, 5 as never], audience }] }, now)
    ).chains
    expect(verdict).toMatchObject({ verdict: 'fail', problem: 'assurance-malformed', requirement: 'AMP-TRUST-159' })
  })
})
