/** Request signatures of the suite: what it signs another implementation verifies, and what it verifies is signed whole, by a known key. */
import { createPublicKey, verify } from 'node:crypto'
import { httpbis } from 'http-message-signatures'
import { beforeAll, describe, expect, it } from 'vitest'
import { diceOf, type Party } from '../../../conformance/parties.ts'
import {
  algorithm,
  componentsOf,
  digestOf,
  isSigned,
  lifetimeSeconds,
  type Signing,
  sign,
} from '../../../conformance/target/signature.ts'

const url = 'https://wallet.example/wallet/pay'
const body = '{"a":1}'
const created = 1_790_000_000
const nonce = 'AAAAAAAAAAAAAAAAAAAAAA'
const headers = {
  'content-type': 'application/json',
  'amp-version': '2026-11-20',
  'content-digest': digestOf(body),
  'idempotency-key': 'key-of-this-request',
}
let by: Party
let stranger: Party
beforeAll(async () => {
  const dice = diceOf(1, 'signature')
  by = await dice.party('https://network.example')
  stranger = await dice.party('https://stranger.example')
})

const signed = async (change: Partial<Signing> = {}, of: Record<string, string> = headers) => ({
  ...of,
  ...(await sign(url, of, { by, created, nonce, ...change })),
})
const keys = () => [stranger.jwk, by.jwk]

describe('what is signed', () => {
  it('covers the key of an unsafe operation as well', () => {
    const always = ['@method', '@authority', '@path', 'content-digest', 'amp-version']
    expect(componentsOf(headers)).toEqual([...always, 'idempotency-key'])
    expect(componentsOf({ 'amp-version': 'x' })).toEqual(always)
  })

  it('is written with every parameter, in their order', async () => {
    const { 'Signature-Input': input } = (await signed()) as Record<string, string>
    expect(input).toBe(
      `amp=("@method" "@authority" "@path" "content-digest" "amp-version" "idempotency-key");created=${created};expires=${created + lifetimeSeconds};keyid="https://network.example#${by.kid}";nonce="${nonce}";alg="ecdsa-p256-sha256";tag="amp"`,
    )
    expect([lifetimeSeconds, algorithm]).toEqual([300, 'ecdsa-p256-sha256'])
  })

  it('is as a check wants it, one thing at a time', async () => {
    const { 'amp-version': _left, ...fewer } = headers
    const inputs = await Promise.all([
      signed({ expires: created + 1, keyId: 'me', tag: 'other', algorithm: 'hmac-sha256' }),
      signed({ components: ['@path'], parameters: ['created', 'tag'] }),
      signed({}, fewer),
    ])
    expect(inputs.map((one) => (one as Record<string, string>)['Signature-Input'])).toEqual([
      `amp=("@method" "@authority" "@path" "content-digest" "amp-version" "idempotency-key");created=${created};expires=${created + 1};keyid="me";nonce="${nonce}";alg="hmac-sha256";tag="other"`,
      `amp=("@path");created=${created};tag="amp"`,
      expect.stringMatching(/^amp=\("@method" "@authority" "@path" "content-digest" "idempotency-key"\);/),
    ])
  })

  it('is verified by whoever has the key alone', async () => {
    const key = createPublicKey({ key: by.jwk as never, format: 'jwk' })
    const verified = await httpbis.verifyMessage(
      {
        keyLookup: async () => ({
          algs: [algorithm],
          verify: async (data, signature) => verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature),
        }),
        tolerance: 10 ** 10,
      },
      { method: 'POST', url, headers: (await signed()) as Record<string, string> },
    )
    expect(verified).toBe(true)
  })
})

describe('what is verified', () => {
  const lower = async (change: Partial<Signing> = {}, of: Record<string, string> = headers) =>
    Object.fromEntries(Object.entries(await signed(change, of)).map(([name, value]) => [name.toLowerCase(), value]))

  it('is signed by the key it names, over its body or, where that is gone, over the digest', async () => {
    const request = await lower()
    const keyId = `https://network.example#${by.kid}`
    expect(await isSigned(url, request, body, keys())).toEqual({ signed: true, keyId })
    expect(await isSigned(url, request, undefined, keys())).toEqual({ signed: true, keyId })
  })

  it('is not, where anything it covers, its key or its parameters are others', async () => {
    const request = await lower()
    const { 'idempotency-key': _key, ...safe } = headers
    const other = { ...by, privateKey: stranger.privateKey }
    const cases = {
      body: await isSigned(url, request, '{"a":2}', keys()),
      path: await isSigned(`${url}s`, request, body, keys()),
      version: await isSigned(url, { ...request, 'amp-version': '2026-11-21' }, body, keys()),
      idempotencyKey: await isSigned(url, { ...request, 'idempotency-key': 'another' }, body, keys()),
      addedKey: await isSigned(url, { ...(await lower({}, safe)), 'idempotency-key': 'added' }, body, keys()),
      unknownKey: await isSigned(url, request, body, [stranger.jwk]),
      namelessKey: await isSigned(url, request, body, [{ ...by.jwk, kid: undefined as never }]),
      otherKey: await isSigned(url, await lower({ by: other }), body, keys()),
      fewerComponents: await isSigned(url, await lower({ components: ['@method', '@path'] }), body, keys()),
      otherAlgorithm: await isSigned(url, await lower({ algorithm: 'hmac-sha256' }), body, keys()),
      unsigned: await isSigned(url, headers, body, keys()),
    }
    expect(Object.entries(cases).filter(([, { signed: yes }]) => yes)).toEqual([])
    expect(await isSigned(url, request, '{"a":2}', keys())).toEqual({ signed: false })
    expect(cases.path.keyId).toBe(`https://network.example#${by.kid}`)
  })

  it.each(['created', 'expires', 'keyid', 'nonce', 'alg', 'tag'])('is not, where it leaves out %s', async (name) => {
    const parameters = ['created', 'expires', 'keyid', 'nonce', 'alg', 'tag'].filter((one) => one !== name)
    expect(await isSigned(url, await lower({ parameters }), body, keys())).toMatchObject({ signed: false })
  })
})
