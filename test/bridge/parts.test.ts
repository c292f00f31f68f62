/** Proves the small parts: strict JSON, exact amounts, key sets, nonce stores, base64, the accounts. */
import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { account } from '../../bridge/accounting.ts'
import { amountOfMajor, writeAmount } from '../../bridge/currency.ts'
import { leavesOf, parseJson } from '../../bridge/json.ts'
import { Misconfigured, staticDirectory } from '../../bridge/keys.ts'
import { memoryNonces } from '../../bridge/nonces.ts'
import { readMerchants } from '../../bridge/settings.ts'
import { bytesOf } from '../../bridge/signatures.ts'
import { agent, ed25519Key, keySet, publicJwk } from './tap-agent.ts'

describe('strict JSON', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        expect(parseJson(text)).toEqual({ ok: true, value: JSON.parse(text) })
      }),
    )
  })

  it.each(['{"a":1,"a":2}', '{"a":{"b":1,"\\u0062":2}}', '[{"a":1},{"a":1,"c":[{}],"a":1}]'])(
    'refuses %s: a name twice',
    (text) => {
      expect(parseJson(text)).toEqual({ ok: false, why: 'an object names a member twice' })
    },
  )

  it.each(['', '{', '{"a":1,}', "{'a':1}", 'NaN'])('refuses %j', (text) => {
    expect(parseJson(text)).toEqual({ ok: false, why: 'it is not well-formed JSON' })
  })

  it('refuses depth and floods', () => {
    expect(parseJson(`${'['.repeat(17)}${']'.repeat(17)}`).ok).toBe(false)
    expect(parseJson(`${'['.repeat(16)}${']'.repeat(16)}`).ok).toBe(true)
    expect(parseJson(`[${'1,'.repeat(4_000)}1]`).ok).toBe(false)
  })

  it('names every leaf once, whatever its name', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const leaves = leavesOf(JSON.parse(JSON.stringify(value)), 'body')
        expect(new Set(leaves).size).toBe(leaves.length)
      }),
    )
    expect(leavesOf({ 'a/b': { '~': [] }, c: [1] }, 'body')).toEqual(['body/a~1b/~0', 'body/c/0'])
  })
})

describe('amounts in major units', () => {
  it.each([
    ['12.5', 'USD', '1250'],
    ['0', 'JPY', '0'],
    ['7', 'JPY', '7'],
    ['7.00', 'JPY', '7'],
    ['0.001', 'KWD', '1'],
    ['1.2345', 'CLF', '12345'],
    ['0.10', 'EUR', '10'],
  ])('%s %s are %s minor units', (text, currency, value) => {
    expect(amountOfMajor(text, currency, 'f')).toEqual({ ok: true, value: { currency, value } })
  })

  it.each([
    ['12.505', 'USD'],
    ['0.5', 'JPY'],
    ['-1', 'USD'],
    ['1e3', 'USD'],
    ['1,000', 'USD'],
    ['01', 'USD'],
    ['.5', 'USD'],
    ['1.', 'USD'],
    ['', 'USD'],
    ['1', 'XXX'],
    ['99999999999999999', 'USD'],
  ])('%j %s is refused, not rounded', (text, currency) => {
    expect(amountOfMajor(text, currency, 'f').ok).toBe(false)
  })

  it('are written back as they were', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 16n }),
        fc.constantFrom('USD', 'JPY', 'KWD', 'CLF'),
        (value, currency) => {
          const written = writeAmount({ currency, value: String(value) })
          expect(amountOfMajor(written.split(' ')[0] ?? '', currency, 'f')).toEqual({
            ok: true,
            value: { currency, value: String(value) },
          })
        },
      ),
    )
  })
})

describe('a key set', () => {
  const name = 'd'
  const [first] = keySet.keys
  it.each<[string, unknown]>([
    ['is no object', []],
    ['has no keys', {}],
    ['names a key twice', { keys: [first, first] }],
    ['has a key without id', { keys: [{ ...first, kid: undefined }] }],
    ['has a private key', { keys: [{ ...ed25519Key('x').export({ format: 'jwk' }), kid: 'x' }] }],
    ['has a secret', { keys: [{ kty: 'oct', k: 'AAAA', kid: 'x' }] }],
    ['has an encryption key', { keys: [{ ...first, use: 'enc' }] }],
    [
      'has a short RSA key',
      { keys: [publicJwk({ keyid: 'x', key: generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey })] },
    ],
    ['has a key on another curve', { keys: [publicJwk({ keyid: 'x', key: generateKeyPairSync('ed448').privateKey })] }],
    ['has issuers that are none', { keys: [], issuers: [] }],
  ])('that %s is a mistake of the operator', (_name, set) => {
    expect(() => staticDirectory(set, { name })).toThrow(Misconfigured)
  })

  it('gives all its keys to one agent unless they say otherwise', async () => {
    const plain = { keys: [publicJwk(agent), publicJwk({ keyid: 'b', key: ed25519Key('b') }, { agent: 'b' })] }
    const one = staticDirectory(plain, { name })
    expect([(await one.find(agent.keyid))?.agent, (await one.find('b'))?.agent, await one.find('c')]).toEqual([
      { id: 'd' },
      { id: 'b' },
      undefined,
    ])
    const named = staticDirectory({ ...plain, agent: { id: 'a', name: 'A' } }, { name })
    expect((await named.find(agent.keyid))?.agent).toEqual({ id: 'a', name: 'A' })
  })
})

describe('a nonce store', () => {
  it('takes a nonce once until it expires, among many at once', async () => {
    const store = memoryNonces()
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => store.record('a', 100, 10)))
    expect(verdicts.filter((verdict) => verdict === 'fresh')).toHaveLength(1)
    expect(await store.record('a', 100, 99)).toBe('replayed')
    expect(await store.record('a', 200, 100)).toBe('fresh')
  })

  it('forgets no nonce that is alive to make room, and refuses instead', async () => {
    const store = memoryNonces(2)
    expect([await store.record('a', 50, 10), await store.record('b', 90, 10), await store.record('c', 90, 10)]).toEqual(
      ['fresh', 'fresh', 'full'],
    )
    expect(await store.record('a', 90, 49)).toBe('replayed')
    expect(await store.record('c', 90, 50)).toBe('fresh')
    expect(await store.record('b', 90, 50)).toBe('replayed')
  })
})

describe('small readers', () => {
  it('base64 of either alphabet is read if canonical', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 70 }), (bytes) => {
        const buffer = Buffer.from(bytes)
        for (const text of [buffer.toString('base64'), buffer.toString('base64url')])
          expect(bytesOf(text)).toEqual(buffer)
      }),
    )
    for (const text of ['', 'A', 'AB==A', 'AAAA\n', '+_AA', 'AB', 'AB==']) expect(bytesOf(text)).toBeUndefined()
  })

  it('the first rule decides, and a field no rule names is lost', () => {
    const rules = [
      { field: 'a/*/c', fate: 'carried', to: 'x' },
      { field: 'a/**', fate: 'carried', to: 'y/**' },
      { field: 'b', fate: 'lost', why: 'because' },
    ] as const
    expect(account(['a/b/c', 'a/b/d', 'a', 'b', 'b/c'], rules)).toEqual({
      carried: [
        { field: 'a/b/c', to: 'x' },
        { field: 'a/b/d', to: 'y/b/d' },
        { field: 'a', to: 'y/' },
      ],
      derived: [],
      losses: [
        { field: 'b', why: 'because' },
        { field: 'b/c', why: 'the adapter does not know this field' },
      ],
    })
  })

  it('merchants are read whole or not at all', () => {
    const merchant = { reference_merchant_id: 'M', merchant_name: 'N', merchant_mcc: '5499' }
    const good = { cardAcceptorId: 'C', acquirerId: 'A', currency: 'USD', merchant }
    expect(readMerchants([good])).toEqual([good])
    for (const bad of [
      { ...good, currency: 'usd' },
      { ...good, acquirerId: 1 },
      { ...good, cardAcceptorId: '' },
      { ...good, merchant: {} },
      1,
    ])
      expect(() => readMerchants([bad])).toThrow(Misconfigured)
    expect(() => readMerchants({})).toThrow(Misconfigured)
  })
})
