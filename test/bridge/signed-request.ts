/** RFC 9421 requests for the tests, signed by an independent library with any tag and components. */

import type { KeyObject } from 'node:crypto'
import { createHash, createPublicKey, sign } from 'node:crypto'
import { httpbis } from 'http-message-signatures'
import type { TapRequest } from '../../bridge/visa-tap/sign.ts'

/** What is signed and how. Times are epoch seconds. */
export type Signing = {
  readonly key: KeyObject
  readonly keyid: string
  readonly tag: string
  readonly created: number
  readonly expires: number
  readonly nonce?: string
  readonly label?: string
  readonly components?: readonly string[]
}

const isEd25519 = (key: KeyObject): boolean => createPublicKey(key).asymmetricKeyType === 'ed25519'

/** Adds a content digest where the components name one, then signs. */
export const signedRequest = async (request: TapRequest, how: Signing): Promise<TapRequest> => {
  const components = how.components ?? ['@authority', '@path', 'content-digest']
  const digest = createHash('sha256')
    .update(request.body ?? '')
    .digest('base64')
  const headers: Record<string, string> = {
    ...request.headers,
    ...(components.includes('content-digest') ? { 'content-digest': `sha-256=:${digest}:` } : {}),
  }
  const params = ['created', 'expires', 'keyid', 'alg', ...(how.nonce === undefined ? [] : ['nonce']), 'tag']
  const signed = await httpbis.signMessage(
    {
      key: {
        id: how.keyid,
        alg: isEd25519(how.key) ? 'ed25519' : 'ecdsa-p256-sha256',
        sign: async (data) =>
          isEd25519(how.key)
            ? sign(null, data, how.key)
            : sign('sha256', data, { key: how.key, dsaEncoding: 'ieee-p1363' }),
      },
      name: how.label ?? 'sig1',
      fields: [...components],
      params,
      paramValues: {
        created: new Date(how.created * 1000),
        expires: new Date(how.expires * 1000),
        ...(how.nonce === undefined ? {} : { nonce: how.nonce }),
        tag: how.tag,
      },
    },
    { method: request.method, url: request.url, headers },
  )
  const { Signature, 'Signature-Input': input, ...rest } = signed.headers as Record<string, string>
  return {
    ...request,
    headers: {
      ...headers,
      'signature-input': input ?? rest['signature-input'] ?? '',
      signature: Signature ?? rest.signature ?? '',
    },
  }
}
