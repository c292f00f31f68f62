/** Request signatures as the suite makes and reads them, on its own: RFC 9421 over an RFC 9530 digest. */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { httpbis } from 'http-message-signatures'
import { signatureOver } from '../jws.ts'
import type { Party } from '../parties.ts'

export const algorithm = 'ecdsa-p256-sha256'
export const lifetimeSeconds = 300
const always = ['@method', '@authority', '@path', 'content-digest', 'amp-version']

/** What is covered at least; unsafe operations cover their key as well (EXT-HTTP-25). */
export const componentsOf = (headers: Readonly<Record<string, string>>): readonly string[] =>
  headers['idempotency-key'] === undefined ? always : [...always, 'idempotency-key']

/** `Content-Digest` of a body. */
export const digestOf = (body: string): string => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`

/** A signature to be made. What is left out is as the binding wants it; checks change one thing at a time. */
export type Signing = {
  readonly by: Party
  /** Epoch seconds. */
  readonly created: number
  readonly expires?: number
  readonly nonce: string
  readonly keyId?: string
  readonly algorithm?: string
  readonly tag?: string
  readonly components?: readonly string[]
  /** Parameters that are written, in order. */
  readonly parameters?: readonly string[]
}

const written = ['created', 'expires', 'keyid', 'nonce', 'alg', 'tag']

/** The headers of a signed request. */
export const sign = async (
  url: string,
  headers: Readonly<Record<string, string>>,
  signing: Signing,
): Promise<Record<string, string>> => {
  const { by, created, nonce } = signing
  const signed = await httpbis.signMessage(
    {
      name: 'amp',
      fields: [
        ...(signing.components ?? componentsOf(headers).filter((name) => name.startsWith('@') || name in headers)),
      ],
      params: [...(signing.parameters ?? written)],
      paramValues: {
        created: new Date(created * 1000),
        expires: new Date((signing.expires ?? created + lifetimeSeconds) * 1000),
        keyid: signing.keyId ?? `${by.id}#${by.kid}`,
        nonce,
        alg: signing.algorithm ?? algorithm,
        tag: signing.tag ?? 'amp',
      },
      key: { sign: async (data) => signatureOver(data, by.privateKey) },
    },
    { method: 'POST', url, headers: { ...headers } },
  )
  return signed.headers as Record<string, string>
}

const ready = new WeakMap<object, KeyObject>()

/** A public key of the target, made ready to verify once. */
const publicKeyOf = (jwk: object): KeyObject => {
  const key = ready.get(jwk) ?? createPublicKey({ key: jwk as never, format: 'jwk' })
  ready.set(jwk, key)
  return key
}

/** Whether a request is signed as the binding says, by one of these keys; without its body the digest is taken as it stands. */
export const isSigned = async (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
  keys: readonly { readonly kid?: string }[],
): Promise<{ readonly signed: boolean; readonly keyId?: string }> => {
  if (body !== undefined && headers['content-digest'] !== digestOf(body)) return { signed: false }
  let keyId: string | undefined
  try {
    const verified = await httpbis.verifyMessage(
      {
        all: true,
        requiredFields: [...componentsOf(headers)],
        requiredParams: written,
        // The clock of a target may be moved: its window is judged by the checks that move it.
        tolerance: 10 ** 10,
        keyLookup: async ({ keyid }) => {
          keyId = String(keyid)
          const jwk = keys.find(({ kid }) => kid !== undefined && keyId?.endsWith(`#${kid}`))
          if (!jwk) return null
          const key = publicKeyOf(jwk)
          return {
            id: keyId,
            algs: [algorithm],
            verify: async (data, signature) => verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature),
          }
        },
      },
      { method: 'POST', url, headers: { ...headers } },
    )
    return { signed: verified === true, ...(keyId === undefined ? {} : { keyId }) }
  } catch {
    return { signed: false, ...(keyId === undefined ? {} : { keyId }) }
  }
}
