/** Our signatures are those of RFC 9421: a second implementation verifies what we sign, and we verify what it signs. */
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { httpbis } from 'http-message-signatures'
import { exportJWK, type JWK } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { createClock } from '../../../reference/http/clock.ts'
import { makeKey, publicJwkOf, readKey } from '../../../reference/http/keys.ts'
import type { PartyKey } from '../../../reference/http/operation.ts'
import {
  checkWindow,
  digestOf,
  type Incoming,
  readSignature,
  signRequest,
  verifyRequest,
} from '../../../reference/http/signing.ts'

const { world } = createClock()
const url = 'https://wallet.example:8443/wallet/notifyMandate'
let key: PartyKey
let privateJwk: JWK
beforeAll(async () => {
  key = await makeKey('https://network.amp.example')
  privateJwk = await exportJWK(key.privateKey)
})

const keyIdOf = ({ id, publicJwk }: PartyKey): string => `${id}#${publicJwk.kid}`
const incomingOf = (headers: Record<string, string>, body: string, unsafe = true): Incoming => ({
  url,
  headers: { host: 'wallet.example:8443', ...headers },
  body: Buffer.from(body),
  unsafe,
})
const judge = async (incoming: Incoming, jwk: JWK = key.publicJwk): Promise<string> => {
  const read = readSignature(incoming, world)
  if (!read.ok) return read.refusal.code
  const window = checkWindow(read.value, world)
  if (!window.ok) return window.refusal.code
  const verified = await verifyRequest(incoming, jwk, world)
  return verified.ok ? 'ok' : verified.refusal.code
}

describe('a signature', () => {
  it('made here is verified by http-message-signatures and by us', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.boolean(), async (value, unsafe) => {
        const body = JSON.stringify(value)
        const idempotencyKey = unsafe ? world.nonce() : undefined
        const headers = await signRequest(
          { url, body, keyId: keyIdOf(key), privateKey: key.privateKey, idempotencyKey },
          world,
        )
        expect(await judge(incomingOf(headers, body, unsafe))).toBe('ok')
        const publicKey = createPublicKey({ key: key.publicJwk as never, format: 'jwk' })
        const other = await httpbis.verifyMessage(
          {
            all: true,
            requiredFields: [
              '@method',
              '@authority',
              '@path',
              'content-digest',
              'amp-version',
              ...(unsafe ? ['idempotency-key'] : []),
            ],
            requiredParams: ['created', 'expires', 'keyid', 'nonce', 'alg', 'tag'],
            keyLookup: async ({ keyid }) => ({
              id: String(keyid),
              algs: ['ecdsa-p256-sha256'],
              verify: async (data, signature) =>
                verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature),
            }),
          },
          { method: 'POST', url, headers },
        )
        expect(other).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  it('made by http-message-signatures is verified here, and one changed bit is not', async () => {
    const body = '{"a":1}'
    const signingKey = createPrivateKey({ key: privateJwk as never, format: 'jwk' })
    const signed = await httpbis.signMessage(
      {
        name: 'amp',
        fields: ['@method', '@authority', '@path', 'content-digest', 'amp-version', 'idempotency-key'],
        params: ['created', 'expires', 'keyid', 'nonce', 'alg', 'tag'],
        paramValues: {
          created: new Date(world.now() * 1000),
          expires: new Date((world.now() + 120) * 1000),
          nonce: world.nonce(),
          tag: 'amp',
        },
        key: {
          id: keyIdOf(key),
          alg: 'ecdsa-p256-sha256',
          sign: async (data) => sign('sha256', data, { key: signingKey, dsaEncoding: 'ieee-p1363' }),
        },
      },
      {
        method: 'POST',
        url,
        headers: { 'amp-version': '2026-11-20', 'content-digest': digestOf(body), 'idempotency-key': world.nonce() },
      },
    )
    const headers = Object.fromEntries(
      Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
    )
    expect(await judge(incomingOf(headers, body))).toBe('ok')
    const bytes = Buffer.from(String(headers.signature).slice(5, -1), 'base64')
    for (const at of [0, 31, 32, 63]) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
      const forged = { ...headers, signature: `amp=:${changed.toString('base64')}:` }
      expect(await judge(incomingOf(forged, body))).toBe('signature-invalid')
    }
  })

  it('holds for one request only: method apart, nothing it covers may change', async () => {
    const headers = await signRequest(
      { url, body: '{}', keyId: keyIdOf(key), privateKey: key.privateKey, idempotencyKey: 'k'.repeat(20) },
      world,
    )
    for (const [name, value] of [
      ['amp-version', '2026-11-21'],
      ['idempotency-key', 'l'.repeat(20)],
      ['content-digest', digestOf('[]')],
    ] as const)
      expect(await judge(incomingOf({ ...headers, [name]: value }, '{}'))).toBe('signature-invalid')
    for (const elsewhere of [url.replace('notify', 'forget'), url.replace('8443', '8444')])
      expect(await judge({ ...incomingOf(headers, '{}'), url: elsewhere })).toBe('signature-invalid')
    expect(await judge(incomingOf(headers, '{}'), (await makeKey('other')).publicJwk)).toBe('signature-invalid')
  })

  it('is refused, never thrown over, whatever its headers hold', async () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('amp=()', 'amp=("@method");created=1', 'amp=:AA==:', 'amp=1;a'))
    await fc.assert(
      fc.asyncProperty(text, text, async (signature, input) => {
        expect(await judge(incomingOf({ signature, 'signature-input': input }, '{}'))).toMatch(/^signature-/)
      }),
    )
  })
})

describe('a key', () => {
  it('is named by its RFC 7638 thumbprint and comes back from its stored form', async () => {
    const { x, y, kid } = key.publicJwk
    const canonical = JSON.stringify({ crv: 'P-256', kty: 'EC', x, y })
    expect(kid).toBe(createHash('sha256').update(canonical).digest('base64url'))
    const again = await readKey(key.id, privateJwk)
    expect(again.publicJwk).toEqual(key.publicJwk)
    expect(await publicJwkOf(privateJwk)).not.toHaveProperty('d')
  })
})
