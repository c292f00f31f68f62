/** Token Status List: two bits for each credential, compressed and signed; valid, invalid or suspended (EXT-KYA-5). */
import { deflateSync, inflateSync } from 'node:zlib'
import type { CryptoKey, JWK } from 'jose'
import { isMessage, type Message } from '../../../schemas/index.ts'
import { accept, type Outcome, refuse } from '../outcome.ts'
import { readJson, signJson } from './statement.ts'

export type CredentialStatus = 'valid' | 'revoked' | 'suspended'

const names: readonly CredentialStatus[] = ['valid', 'revoked', 'suspended']
const type = 'statuslist+jwt'

/** Most bytes a list may unfold to: 1,048,576 credentials at two bits each. */
const bytesMax = 262_144

type Claims = Message<'extensions/kya/status-list-claims'>

/** Packs statuses, two bits each, the first in the lowest bits of the first byte. */
export const packStatuses = (statuses: readonly CredentialStatus[]): string => {
  const bytes = Buffer.alloc(Math.ceil(statuses.length / 4))
  for (const [index, status] of statuses.entries()) {
    const at = index >> 2
    bytes.writeUInt8(bytes.readUInt8(at) | (names.indexOf(status) << ((index % 4) * 2)), at)
  }
  return deflateSync(bytes, { level: 9 }).toString('base64url')
}

/** Status at an index of a packed list; nothing where the list cannot be read or does not reach there. */
export const statusIn = (packed: string, index: number): CredentialStatus | undefined => {
  try {
    const byte = inflateSync(Buffer.from(packed, 'base64url'), { maxOutputLength: bytesMax })[index >> 2]
    return byte === undefined ? undefined : names[(byte >> ((index % 4) * 2)) & 3]
  } catch {
    return undefined
  }
}

export const signStatusList = (
  claims: Claims,
  signer: { readonly kid: string; readonly privateKey: CryptoKey },
): Promise<string> => signJson(type, claims, signer)

/** Claims of a list that one of these keys signed for this address. Refuses `kya-status-stale`: its word is as good as none. */
export const verifyStatusList = async (
  token: string,
  uri: string,
  keys: { readonly keys: readonly JWK[] },
  now: number,
): Promise<Outcome<Claims>> => {
  const claims = await readJson(type, token, keys)
  const sound = isMessage('extensions/kya/status-list-claims', claims)
  return sound && claims.sub === uri && claims.exp > now && claims.iat <= now + 60
    ? accept(claims)
    : refuse('kya-status-stale')
}
