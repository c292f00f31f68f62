/** What the suite signs another implementation of JOSE verifies, whatever its header says. */
import { compactVerify, decodeProtectedHeader, importJWK } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { signatureOver, signCompact } from '../../conformance/jws.ts'
import { readLayer, verifies } from '../../conformance/layers.ts'
import { diceOf, type Party } from '../../conformance/parties.ts'

let party: Party
beforeAll(async () => {
  party = await diceOf(1, 'jws').party('https://network.example')
})

describe('a compact JWS', () => {
  it('verifies under the key that signed it, and says what was signed', async () => {
    const header = { alg: 'ES256', typ: 'sd+jwt', kid: party.kid }
    const jws = signCompact(header, '{"a":"ü"}', party.privateKey)
    const { payload, protectedHeader } = await compactVerify(jws, await importJWK(party.jwk, 'ES256'))
    expect(new TextDecoder().decode(payload)).toBe('{"a":"ü"}')
    expect(protectedHeader).toEqual(header)
    expect(decodeProtectedHeader(signCompact({ alg: 'none' }, '', party.privateKey))).toEqual({ alg: 'none' })
  })

  it('is signed in 64 bytes, over text and bytes alike', () => {
    expect(signatureOver('text', party.privateKey)).toHaveLength(64)
    expect(signatureOver(Buffer.from('text'), party.privateKey)).toHaveLength(64)
  })

  it('is a layer whose signature is of this key and of no other', async () => {
    const text = `${signCompact({ alg: 'ES256' }, '{}', party.privateKey)}~`
    const layer = readLayer(text)
    if (!layer) throw new Error('it could not be read')
    const other = await diceOf(2, 'jws').party('https://network.example')
    const { kty, crv, x, y } = party.jwk
    const keys = [
      party.jwk,
      other.jwk,
      { kty, crv, x },
      { kty: 'OKP', crv, x, y },
      { kty, crv: 'P-384', x, y },
      x,
      null,
    ]
    expect(await Promise.all(keys.map((jwk) => verifies(layer, jwk)))).toEqual([true, ...Array(6).fill(false)])
  })
})

describe('a layer', () => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const jws = `${part({ alg: 'ES256' })}.${part({ a: 1 })}.AA`
  const shown = part(['salt', 'name', { deep: [1] }])

  it('is read with what it discloses, in order', () => {
    const text = `${jws}~${shown}~${part(['salt', 'other', 1])}~`
    expect(readLayer(text)).toEqual({
      ...{ text, jws, header: { alg: 'ES256' }, claims: { a: 1 } },
      disclosures: [
        { name: 'name', value: { deep: [1] }, digest: expect.stringMatching(/^[\w-]{43}$/) },
        { name: 'other', value: 1, digest: expect.stringMatching(/^[\w-]{43}$/) },
      ],
    })
    expect(readLayer(`${jws}~`)?.disclosures).toEqual([])
  })

  it.each<[string, unknown]>([
    ['no text', 1],
    ['no tilde', jws],
    ['two parts', `${jws.split('.').slice(0, 2).join('.')}~`],
    ['four parts', `${jws}.AA~`],
    ['a header that is a list', `${part([])}.${part({})}.AA~`],
    ['a header that is nothing', `${part(null)}.${part({})}.AA~`],
    ['claims that are text', `${part({})}.${part('a')}.AA~`],
    ['bytes that are no UTF-8', `${part({})}.${Buffer.from([0x22, 0xff, 0x22]).toString('base64url')}.AA~`],
    ['a disclosure of two', `${jws}~${part(['salt', 'name'])}~`],
    ['a disclosure of four', `${jws}~${part(['salt', 'name', 1, 2])}~`],
    ['a salt that is no text', `${jws}~${part([1, 'name', 1])}~`],
    ['a name that is no text', `${jws}~${part(['salt', 1, 1])}~`],
    ['a disclosure that is no list', `${jws}~${part({ length: 3, 0: 'salt', 1: 'name', 2: 1 })}~`],
    ['more than it may hold', `${jws}~${'A'.repeat(16_384)}~`],
  ])('is none with %s', (_, text) => {
    expect(readLayer(text)).toBeUndefined()
  })
})
