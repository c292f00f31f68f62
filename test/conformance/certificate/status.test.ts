/** Merkle trees and status lists of certificates: known roots, every path, every place, and everything that is not to be believed. */
import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { CompactSign, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import type { RunnerKey } from '../../../conformance/certificate/issue.ts'
import { leafHash, pathOf, rootFrom, rootOf } from '../../../conformance/certificate/merkle.ts'
import {
  entryOf,
  placesIn,
  placesMax,
  readStatusList,
  signStatusList,
  standingOf,
} from '../../../conformance/certificate/status.ts'

const sha256 = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()
const leaves = (count: number) => Array.from({ length: count }, (_, index) => leafHash(`leaf ${index}`))

describe('a Merkle tree', () => {
  it('hashes leaves and nodes apart, as RFC 9162 has it', () => {
    const [a, b, c] = leaves(3) as [Buffer, Buffer, Buffer]
    expect(a).toEqual(sha256(Buffer.of(0), Buffer.from('leaf 0')))
    const ab = sha256(Buffer.of(1), a, b)
    expect(rootOf([])).toEqual(sha256())
    expect(rootOf([a])).toEqual(a)
    expect(rootOf([a, b])).toEqual(ab)
    expect(rootOf([a, b, c])).toEqual(sha256(Buffer.of(1), ab, c))
    expect(pathOf([a, b, c], 0)).toEqual([b, c])
    expect(pathOf([a, b, c], 2)).toEqual([ab])
    expect(pathOf([a], 0)).toEqual([])
  })

  it('leads from each leaf to its root, and from no other leaf, place or size', () => {
    for (let count = 1; count <= 33; count++) {
      const hashes = leaves(count)
      const root = rootOf(hashes)
      hashes.forEach((leaf, index) => {
        const path = pathOf(hashes, index)
        expect(rootFrom(leaf, index, count, path)).toEqual(root)
        expect(path.length).toBeLessThanOrEqual(Math.ceil(Math.log2(count)))
        expect(rootFrom(leafHash('other'), index, count, path)).not.toEqual(root)
        if (count > 1) {
          expect(rootFrom(leaf, (index + 1) % count, count, path)).not.toEqual(root)
          expect(rootFrom(leaf, index, count, path.slice(1))).not.toEqual(root)
        }
      })
    }
  })
})

const uri = 'https://registry.example/status'
const now = 1_790_000_000
const week = 7 * 86_400
const makeKey = async (kid: string): Promise<RunnerKey> => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { ...(await exportJWK(privateKey)), kid, alg: 'ES256' }
}
let key: RunnerKey
let other: RunnerKey
beforeAll(async () => {
  key = await makeKey('runner-1')
  other = await makeKey('runner-2')
})
const keysOf = (...runners: readonly RunnerKey[]) => runners.map(({ d: _private, ...jwk }) => jwk)

/** A list signed as it should be, with one thing changed. */
const listed = async (change: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Promise<string> => {
  const lst = deflateSync(Buffer.of(0b100)).toString('base64url')
  const claims = { sub: uri, iat: now, exp: now + week, status_list: { bits: 1, lst }, ...change }
  return new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', typ: 'statuslist+jwt', kid: key.kid, ...header })
    .sign(await importJWK(key, 'ES256'))
}

describe('a status list', () => {
  it('says of each place what was signed of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(placesMax - 1), { maxLength: 20 }), async (revoked) => {
        const token = await signStatusList(uri, revoked, key, now)
        const bits = (await readStatusList(token, uri, keysOf(key), now)) ?? new Uint8Array()
        expect(bits.length).toBe(placesMax / 8)
        expect(placesIn(bits)).toEqual([...revoked].sort((a, b) => a - b))
      }),
      { numRuns: 20 },
    )
    const token = await signStatusList(uri, [0, 9, placesMax - 1], key, now)
    const standings = await Promise.all(
      [0, 1, 8, 9, 10, placesMax - 2, placesMax - 1].map((idx) => standingOf({ idx, uri }, token, keysOf(key), now)),
    )
    expect(standings).toEqual(['revoked', 'valid', 'valid', 'revoked', 'valid', 'valid', 'revoked'])
  })

  it('is small, signed for its address, and good for a week', async () => {
    const token = await signStatusList(uri, [4_711], key, now)
    expect(token.length).toBeLessThan(1_000)
    const [header, claims] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString())
    expect(JSON.parse(header ?? '')).toEqual({ alg: 'ES256', typ: 'statuslist+jwt', kid: key.kid })
    expect(JSON.parse(claims ?? '')).toMatchObject({ sub: uri, iat: now, exp: now + week, status_list: { bits: 1 } })
    const at = (moment: number) => readStatusList(token, uri, keysOf(other, key), moment)
    expect([await at(now - 61), await at(now + week)]).toEqual([undefined, undefined])
    expect([(await at(now - 60))?.length, (await at(now + week - 1))?.length]).toEqual([placesMax / 8, placesMax / 8])
    const old = await readStatusList(token, uri, keysOf(key), now + 2 * week, 'old')
    expect(placesIn(old ?? new Uint8Array())).toEqual([4_711])
  })

  it('of another form, type, key or address is not believed', async () => {
    const read = async (token: string, keys: readonly JWK[] = keysOf(key)) =>
      (await readStatusList(token, uri, keys, now)) !== undefined
    const anonymous = keysOf(key).map(({ kid: _kid, ...rest }): JWK => rest)
    const torn = (await listed()).slice(0, -3)
    expect({
      right: await read(await listed()),
      type: await read(await listed({}, { typ: 'JWT' })),
      kid: await read(await listed({}, { kid: other.kid }), keysOf(key, other)),
      unnamed: await read(await listed({}, { kid: undefined }), anonymous),
      stranger: await read(await listed(), keysOf(other)),
      address: await read(await listed({ sub: `${uri}s` })),
      bits: await read(
        await listed({ status_list: { bits: 2, lst: deflateSync(Buffer.of(4)).toString('base64url') } }),
      ),
      noList: await read(await listed({ status_list: undefined })),
      noZip: await read(await listed({ status_list: { bits: 1, lst: 'AAAA' } })),
      future: await read(await listed({ iat: now + 61 })),
      soon: await read(await listed({ iat: now + 60 })),
      over: await read(await listed({ exp: now })),
      timeless: await read(await listed({ exp: undefined })),
      torn: await read(torn),
      nothing: await read(''),
    }).toEqual({
      ...{ right: true, type: false, kid: false, unnamed: false, stranger: false, address: false, bits: false },
      ...{ noList: false, noZip: false, future: false, soon: true, over: false, timeless: false, torn: false },
      nothing: false,
    })
  })

  it('that unfolds to more than its places is not believed', async () => {
    const bomb = deflateSync(Buffer.alloc(placesMax / 8 + 1)).toString('base64url')
    const token = await listed({ status_list: { bits: 1, lst: bomb } })
    expect(await readStatusList(token, uri, keysOf(key), now)).toBeUndefined()
  })

  it('that is too short for a place says nothing of it', async () => {
    const token = await listed()
    const standing = (idx: number) => standingOf({ idx, uri }, token, keysOf(key), now)
    expect([await standing(2), await standing(3), await standing(8)]).toEqual(['revoked', 'valid', 'unreadable'])
  })
})

describe('the entry of a certificate', () => {
  it.each<[{ readonly status_list?: unknown } | undefined, boolean]>([
    [{ status_list: { idx: 0, uri } }, true],
    [{ status_list: { idx: placesMax - 1, uri } }, true],
    [{ status_list: { idx: placesMax, uri } }, false],
    [{ status_list: { idx: -1, uri } }, false],
    [{ status_list: { idx: 1.5, uri } }, false],
    [{ status_list: { idx: '1', uri } }, false],
    [{ status_list: { idx: 1 } }, false],
    [{ status_list: 1 }, false],
    [{}, false],
    [undefined, false],
  ])('%j', (status, has) => {
    expect(entryOf(status)).toEqual(has ? status?.status_list : undefined)
  })
})
