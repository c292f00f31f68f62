/** What a verified chain says, where each refusal points, and the last second at which each layer is good. */
import { describe, expect, it } from 'vitest'
import { type ChainExpectation, verifyChain } from '../../../reference/core/assurance.ts'
import { layerLengthMax, parseLayer } from '../../../reference/core/sd-jwt.ts'
import {
  agent,
  audience,
  type ChainDraft,
  checkout,
  disclosureOf,
  draftOf,
  isp,
  type LayerDraft,
  network,
  now,
  signChain,
  stranger,
} from '../../conformance/chains.ts'

type Mode = 'IMMEDIATE' | 'AUTONOMOUS'
type Name = 'identity' | 'mandate' | 'tokenRequest'

const expected: ChainExpectation = {
  ...{ purpose: 'payment', networkKeys: { keys: [network.jwk] }, audience, issuer: audience },
  checkout: checkout as NonNullable<ChainExpectation['checkout']>,
}

const layerOf = (draft: ChainDraft, name: Name): LayerDraft => {
  const layer = draft[name]
  if (!layer) throw new Error(`there is no ${name}`)
  return layer
}

const verified = async (
  mode: Mode,
  change: (draft: ChainDraft) => void = () => undefined,
  against: Partial<ChainExpectation> = {},
  ignores: readonly string[] = [],
) => {
  const draft = draftOf(mode)
  change(draft)
  const [identity = '', mandate = '', tokenRequest] = await signChain(draft)
  return verifyChain(
    { identity, mandate, ...(tokenRequest === undefined ? {} : { tokenRequest }) },
    { ...expected, ...against },
    { now: () => now, deviation: { ignores: new Set(ignores) } },
  )
}

const refusal = (code: string, field: string) => ({ ok: false, refusal: { code, field } })
const claim =
  (layer: Name, name: string, value: unknown) =>
  (draft: ChainDraft): void =>
    void (layerOf(draft, layer).claims[name] = value)
const header =
  (layer: Name, name: string, value: unknown) =>
  (draft: ChainDraft): void =>
    void (layerOf(draft, layer).header[name] = value)
const disclosure =
  (layer: Name, name: string, value: unknown) =>
  (draft: ChainDraft): void =>
    void (layerOf(draft, layer).disclosures[name] = value)
const intent =
  (change: object) =>
  (draft: ChainDraft): void =>
    void (draft.mandate.disclosures.intent = { ...(draft.mandate.disclosures.intent as object), ...change })
/** The key of the agent, in a mandate that is activated: nobody signed with it yet. */
const boundTo =
  (jwk: object) =>
  (draft: ChainDraft): void => {
    draft.tokenRequest = undefined
    draft.mandate.claims.cnf = { jwk }
  }
const moment = (seconds: number): string => new Date(seconds * 1000).toISOString()

describe('a verified chain', () => {
  it('says what was signed, with the user present', async () => {
    const outcome = await verified('IMMEDIATE')
    expect(outcome).toEqual({
      ok: true,
      value: {
        ...{ mode: 'IMMEDIATE', subject: 'user-7f', mandateId: 'mandate-1', bindingId: 'binding-1' },
        ...{ intent: { raw: 'some tea please', desc: 'Tea from Tea House' }, checkout, constraints: undefined },
        ...{ agentKey: undefined, mandateNonce: expect.any(String), tokenRequestNonce: undefined },
        expiresAt: now + 600,
      },
    })
  })

  it('says what was signed, with the user away', async () => {
    const outcome = await verified('AUTONOMOUS')
    const constraints = { budget_amount: { currency: 'USD', value: '5000' }, merchant_name_list: ['Tea House'] }
    expect(outcome).toEqual({
      ok: true,
      value: {
        ...{ mode: 'AUTONOMOUS', subject: 'user-7f', mandateId: 'mandate-1', bindingId: 'binding-1', checkout },
        intent: {
          ...{ raw: 'some tea please', desc: 'Tea from Tea House', constraints },
          expiry_time: moment(now + 86_400),
        },
        ...{
          constraints,
          agentKey: agent.jwk,
          mandateNonce: expect.any(String),
          tokenRequestNonce: expect.any(String),
        },
        expiresAt: now + 300,
      },
    })
    const { mandateNonce, tokenRequestNonce } = outcome.ok ? outcome.value : {}
    expect(mandateNonce).not.toBe(tokenRequestNonce)
  })

  it('ends with whatever in it ends first', async () => {
    const ends = async (change: (draft: ChainDraft) => void) => {
      const outcome = await verified('AUTONOMOUS', change)
      return outcome.ok ? outcome.value.expiresAt - now : outcome.refusal
    }
    expect(await ends(claim('identity', 'exp', now + 7))).toBe(7)
    expect(await ends(claim('mandate', 'exp', now + 8))).toBe(8)
    expect(await ends(claim('tokenRequest', 'exp', now + 9))).toBe(9)
    expect(await ends(intent({ expiry_time: moment(now + 10) }))).toBe(10)
  })

  it('is read for an activation without the layer of a payment, and with it alike', async () => {
    const activation = { purpose: 'activation' as const, checkout: undefined as never }
    const without = await verified('AUTONOMOUS', (draft) => void (draft.tokenRequest = undefined), activation)
    expect(without).toMatchObject({ ok: true, value: { checkout: undefined, tokenRequestNonce: undefined } })
    expect(await verified('AUTONOMOUS', undefined, activation)).toMatchObject({ ok: true })
    expect(await verified('AUTONOMOUS', (draft) => void (draft.tokenRequest = undefined))).toEqual(
      refusal('assurance-layer-missing', '/assurance/tokenRequest'),
    )
  })

  it('is of the issuer that is expected, where one is', async () => {
    const other = { issuer: 'https://other.example' }
    expect(await verified('IMMEDIATE', undefined, other)).toEqual(
      refusal('assurance-issuer-mismatch', '/assurance/identity/iss'),
    )
    expect(await verified('IMMEDIATE', undefined, { issuer: undefined as never })).toMatchObject({ ok: true })
  })

  it('is under a key the network publishes by name', async () => {
    const { kid: _kid, ...nameless } = network.jwk
    const unknown = refusal('assurance-key-unknown', '/assurance/identity/kid')
    expect(await verified('IMMEDIATE', undefined, { networkKeys: { keys: [stranger.jwk] } })).toEqual(unknown)
    expect(await verified('IMMEDIATE', undefined, { networkKeys: { keys: [nameless] } })).toEqual(unknown)
    expect(
      await verified('IMMEDIATE', header('identity', 'kid', undefined), { networkKeys: { keys: [nameless] } }),
    ).toEqual(unknown)
    const many = { networkKeys: { keys: [stranger.jwk, network.jwk] } }
    expect(await verified('IMMEDIATE', undefined, many)).toMatchObject({ ok: true })
  })
})

describe('a refusal', () => {
  it.each<[string, Mode, (draft: ChainDraft) => void, string, string]>([
    [
      'sub as a mail address',
      'IMMEDIATE',
      claim('identity', 'sub', 'a@b.example'),
      'assurance-claim-forbidden',
      'identity/sub',
    ],
    [
      'sub as digits',
      'IMMEDIATE',
      claim('identity', 'sub', '85291234567'),
      'assurance-claim-forbidden',
      'identity/sub',
    ],
    ['an empty issuer', 'IMMEDIATE', claim('identity', 'iss', ''), 'assurance-claim-missing', 'identity/iss'],
    [
      'a long issuer',
      'IMMEDIATE',
      claim('identity', 'iss', 'a'.repeat(4097)),
      'assurance-claim-missing',
      'identity/iss',
    ],
    ['a negative iat', 'IMMEDIATE', claim('identity', 'iat', -1), 'assurance-claim-missing', 'identity/iat'],
    ['a fraction as exp', 'IMMEDIATE', claim('mandate', 'exp', now + 0.5), 'assurance-claim-missing', 'mandate/exp'],
    [
      'a long nonce',
      'IMMEDIATE',
      claim('mandate', 'nonce', 'n'.repeat(257)),
      'assurance-claim-missing',
      'mandate/nonce',
    ],
    [
      'a long nonce of a payment',
      'AUTONOMOUS',
      claim('tokenRequest', 'nonce', 'n'.repeat(257)),
      'assurance-claim-missing',
      'tokenRequest/nonce',
    ],
    [
      'idv_time as a number',
      'IMMEDIATE',
      claim('mandate', 'idv_time', now),
      'assurance-claim-missing',
      'mandate/idv_time',
    ],
    [
      'idv_time after iat',
      'IMMEDIATE',
      claim('mandate', 'idv_time', moment(now - 50 + 61)),
      'assurance-claim-missing',
      'mandate/idv_time',
    ],
    [
      'another digest algorithm',
      'IMMEDIATE',
      claim('mandate', '_sd_alg', 'sha-512'),
      'assurance-claim-missing',
      'mandate/_sd_alg',
    ],
    [
      'token_info as text',
      'IMMEDIATE',
      disclosure('mandate', 'token_info', 'binding-1'),
      'assurance-disclosure-missing',
      'mandate/token_info',
    ],
    [
      'mandate_info as a list',
      'IMMEDIATE',
      disclosure('mandate', 'mandate_info', []),
      'assurance-disclosure-missing',
      'mandate/mandate_info',
    ],
    [
      'mandate_info without its id',
      'IMMEDIATE',
      disclosure('mandate', 'mandate_info', { mandate_type: 'IMMEDIATE' }),
      'assurance-mandate-mismatch',
      'mandate/mandate_info',
    ],
    [
      'a key on another curve',
      'AUTONOMOUS',
      boundTo({ ...agent.jwk, crv: 'P-384' }),
      'assurance-claim-missing',
      'mandate/cnf',
    ],
    [
      'a key of another kind',
      'AUTONOMOUS',
      boundTo({ ...agent.jwk, kty: 'OKP' }),
      'assurance-claim-missing',
      'mandate/cnf',
    ],
    [
      'a key without y',
      'AUTONOMOUS',
      boundTo({ ...agent.jwk, y: undefined }),
      'assurance-claim-missing',
      'mandate/cnf',
    ],
    [
      'a private key beside jwk',
      'AUTONOMOUS',
      claim('mandate', 'cnf', { jwk: agent.jwk, d: 'AAAA' }),
      'assurance-private-key',
      'mandate/cnf',
    ],
    [
      'a symmetric key',
      'IMMEDIATE',
      claim('identity', 'cnf', { jwk: { ...isp.jwk, k: 'AAAA' } }),
      'assurance-private-key',
      'identity/cnf',
    ],
    [
      'a checkout as a list',
      'AUTONOMOUS',
      disclosure('tokenRequest', 'checkout', [checkout]),
      'assurance-disclosure-missing',
      'tokenRequest/checkout',
    ],
    [
      'an end of the intent that is no time',
      'AUTONOMOUS',
      intent({ expiry_time: 'x' }),
      'assurance-disclosure-missing',
      'mandate/intent/expiry_time',
    ],
    [
      'another agent',
      'AUTONOMOUS',
      header('tokenRequest', 'kid', 'agent-2'),
      'assurance-key-mismatch',
      'tokenRequest/kid',
    ],
    [
      'a stranger’s signature',
      'AUTONOMOUS',
      (draft) => void (layerOf(draft, 'tokenRequest').key = stranger.key),
      'assurance-signature-invalid',
      'tokenRequest/',
    ],
    [
      'a disclosure nobody signed',
      'AUTONOMOUS',
      (draft) => void layerOf(draft, 'tokenRequest').extra.push(disclosureOf('more', 1)),
      'assurance-disclosure-undigested',
      'tokenRequest/_sd',
    ],
  ])('of %s, %s, says where', async (_, mode, change, code, field) => {
    const open = { checkout: undefined as never, purpose: 'activation' as const }
    expect(await verified(mode, change, open)).toEqual(refusal(code, `/assurance/${field}`))
  })

  it('of a layer that is none names it', async () => {
    const [identity = '', mandate = '', tokenRequest = ''] = await signChain(draftOf('AUTONOMOUS'))
    const world = { now: () => now, deviation: {} }
    const malformed = (name: string) => refusal('assurance-malformed', `/assurance/${name}`)
    const read = (change: object) => verifyChain({ identity, mandate, tokenRequest, ...change }, expected, world)
    expect(await read({ identity: 'x~' })).toEqual(malformed('identity'))
    expect(await read({ mandate: mandate.slice(0, -1) })).toEqual(malformed('mandate'))
    expect(await read({ tokenRequest: '' })).toEqual(malformed('tokenRequest'))
    expect(await read({})).toMatchObject({ ok: true })
  })

  it('of another checkout is about the checkout, and only where there is one to hold it against', async () => {
    const other = { checkout: { ...checkout, reference_checkout_id: 'checkout-2' } as never }
    for (const mode of ['IMMEDIATE', 'AUTONOMOUS'] as const)
      expect(await verified(mode, undefined, other)).toEqual(refusal('checkout-mismatch', '/checkout'))
  })

  it('is not made by the mutant that leaves its rule out', async () => {
    const late = claim('mandate', 'exp', now - 60)
    expect(await verified('IMMEDIATE', late)).toEqual(refusal('assurance-expired', '/assurance/mandate/exp'))
    expect(await verified('IMMEDIATE', late, {}, ['AMP-TRUST-126'])).toMatchObject({ ok: true })
    expect(await verified('IMMEDIATE', late, {}, ['AMP-TRUST-113'])).toMatchObject({ ok: false })
  })
})

describe('the time of a layer', () => {
  it.each<[Name, Mode]>([
    ['identity', 'IMMEDIATE'],
    ['mandate', 'IMMEDIATE'],
    ['tokenRequest', 'AUTONOMOUS'],
  ])('has a minute of leeway at both ends: %s', async (name, mode) => {
    const outcomes = await Promise.all([
      verified(mode, claim(name, 'iat', now + 60)),
      verified(mode, claim(name, 'iat', now + 61)),
      verified(mode, claim(name, 'exp', now - 59)),
      verified(mode, claim(name, 'exp', now - 60)),
    ])
    expect(outcomes.map((outcome) => (outcome.ok ? 'good' : outcome.refusal))).toEqual([
      'good',
      { code: 'assurance-not-yet-valid', field: `/assurance/${name}/iat` },
      'good',
      { code: 'assurance-expired', field: `/assurance/${name}/exp` },
    ])
  })

  it('is that of the intent as well, and an identity check lies before its signature', async () => {
    expect(await verified('AUTONOMOUS', intent({ expiry_time: moment(now - 59) }))).toMatchObject({ ok: true })
    expect(await verified('AUTONOMOUS', intent({ expiry_time: moment(now - 60) }))).toEqual(
      refusal('assurance-expired', '/assurance/mandate/intent/expiry_time'),
    )
    expect(await verified('IMMEDIATE', claim('mandate', 'idv_time', moment(now - 50 + 60)))).toMatchObject({ ok: true })
  })

  it.each(['PASS', 'SUCCESS', 'true'])('takes %s for a check that passed', async (result) => {
    expect(await verified('IMMEDIATE', claim('mandate', 'idv_result', result))).toMatchObject({ ok: true })
  })
})

describe('a layer as text', () => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const jws = (header: unknown, claims: unknown): string => `${part(header)}.${part(claims)}.AA`
  const head = { alg: 'ES256', typ: 'sd+jwt' }

  it('is read with its disclosures in order', () => {
    const shown = [disclosureOf('one', 1), disclosureOf('two', { three: 3 })]
    const text = `${[jws(head, { a: 1 }), ...shown].join('~')}~`
    expect(parseLayer(text)).toEqual({
      ...{ serialized: text, jws: jws(head, { a: 1 }), header: head, claims: { a: 1 } },
      presented: [
        { name: 'one', value: 1, digest: expect.stringMatching(/^[\w-]{43}$/) },
        { name: 'two', value: { three: 3 }, digest: expect.stringMatching(/^[\w-]{43}$/) },
      ],
    })
    expect(parseLayer(`${jws(head, {})}~`)?.presented).toEqual([])
  })

  it.each<[string, string]>([
    ['no tilde at the end', jws(head, {})],
    ['claims that are a list', `${jws(head, [])}~`],
    ['claims that are nothing', `${jws(head, null)}~`],
    ['claims that are text', `${jws(head, 'a')}~`],
    ['no claims', `${part(head)}~`],
    ['no JSON', `${part(head)}.AAAA.AA~`],
    ['a disclosure without a name', `${jws(head, {})}~${part(['salt', 1])}~`],
    ['a disclosure that is none', `${jws(head, {})}~x~`],
    ['nothing', ''],
  ])('is none with %s', (_, text) => {
    expect(parseLayer(text)).toBeUndefined()
  })

  it('is as long as it may be, and not longer', () => {
    const filled = (length: number) => {
      const text = (size: number) => `${jws(head, {})}~${part(['salt', 'name', 'x'.repeat(size)])}~`
      let size = Math.floor(((length - text(0).length) * 3) / 4) - 3
      while (text(size).length < length) size++
      return text(size)
    }
    const longest = [...Array(4)]
      .map((_, short) => filled(layerLengthMax - short))
      .filter((text) => text.length <= layerLengthMax)
    expect(longest.some((text) => parseLayer(text) !== undefined)).toBe(true)
    expect(parseLayer(filled(layerLengthMax + 1))).toBeUndefined()
  })
})
