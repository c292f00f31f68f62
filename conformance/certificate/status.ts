/** Revocation of certificates: a signed Token Status List, one bit each (draft-ietf-oauth-status-list). */
import { deflateSync, inflateSync } from 'node:zlib'
import { CompactSign, compactVerify, decodeProtectedHeader, importJWK, type JWK } from 'jose'
import { isObject } from '../layers.ts'
import type { RunnerKey } from './issue.ts'

/** Where a certificate is looked up: the address of a list, and its place in it. */
export type StatusEntry = { readonly idx: number; readonly uri: string }

const type = 'statuslist+jwt'

/** Places of a list; a list of so many bits folds to some hundred bytes. */
export const placesMax = 131_072

const lifeSeconds = 7 * 86_400

const isEntry = (value: unknown): value is StatusEntry =>
  isObject(value) &&
  typeof value.uri === 'string' &&
  Number.isInteger(value.idx) &&
  Number(value.idx) >= 0 &&
  Number(value.idx) < placesMax

/** The entry of a certificate, where it has one. */
export const entryOf = (status: unknown): StatusEntry | undefined =>
  isObject(status) && isEntry(status.status_list) ? status.status_list : undefined

/** A list that says which places are revoked, as of a moment in epoch seconds, for a week. */
export const signStatusList = async (
  uri: string,
  revoked: readonly number[],
  key: RunnerKey,
  now: number,
): Promise<string> => {
  const bits = Buffer.alloc(placesMax / 8)
  for (const place of revoked) bits.writeUInt8(bits.readUInt8(place >> 3) | (1 << (place & 7)), place >> 3)
  const claims = {
    sub: uri,
    iat: now,
    exp: now + lifeSeconds,
    status_list: { bits: 1, lst: deflateSync(bits, { level: 9 }).toString('base64url') },
  }
  return new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', typ: type, kid: key.kid })
    .sign(await importJWK(key, 'ES256'))
}

/** What a list says of a place; `unreadable` where no pinned key signed it for this address, or its time is over. */
export type Standing = 'valid' | 'revoked' | 'unreadable'

/** The bits of a list, or nothing where it is not to be believed; one to be renewed may be `old`. Never throws. */
export const readStatusList = async (
  token: string,
  uri: string,
  keys: readonly JWK[],
  now: number,
  age: 'fresh' | 'old' = 'fresh',
): Promise<Uint8Array | undefined> => {
  try {
    const { kid, typ } = decodeProtectedHeader(token)
    const root = keys.find((key) => key.kid !== undefined && key.kid === kid)
    if (typ !== type || !root) return undefined
    const { payload } = await compactVerify(token, await importJWK({ ...root, alg: 'ES256' } as JWK, 'ES256'), {
      algorithms: ['ES256'],
    })
    const claims: unknown = JSON.parse(Buffer.from(payload).toString('utf8'))
    if (!isObject(claims) || claims.sub !== uri || !isObject(claims.status_list)) return undefined
    const isFresh = Number(claims.iat) <= now + 60 && Number(claims.exp) > now
    if ((age === 'fresh' && !isFresh) || claims.status_list.bits !== 1) return undefined
    return inflateSync(Buffer.from(String(claims.status_list.lst), 'base64url'), { maxOutputLength: placesMax / 8 })
  } catch {
    return undefined
  }
}

/** The places a list revokes. */
export const placesIn = (bits: Uint8Array): readonly number[] =>
  [...bits].flatMap((byte, at) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (byte >> bit) & 1).map((bit) => at * 8 + bit),
  )

/** The standing of an entry by a list. Never throws. */
export const standingOf = async (
  { idx, uri }: StatusEntry,
  token: string,
  keys: readonly JWK[],
  now: number,
): Promise<Standing> => {
  const byte = (await readStatusList(token, uri, keys, now))?.[idx >> 3]
  if (byte === undefined) return 'unreadable'
  return (byte >> (idx & 7)) & 1 ? 'revoked' : 'valid'
}
