/** HTTP message signatures of the binding (RFC 9421 over an RFC 9530 digest): made and checked here. */
import { createHash, KeyObject, sign, verify } from 'node:crypto'
import { createSignature, verifySignature } from 'http-message-sig'
import type { CryptoKey, JWK } from 'jose'
import { isInnerList, parseDictionary } from 'structured-headers'
import { version } from '../../schemas/index.ts'
import { accept, enforces, type Outcome, publicKeyOf, refuse, type World } from '../core/index.ts'

const label = 'amp'
const algorithm = 'ecdsa-p256-sha256'
/** Both halves of the signature side by side, as RFC 9421 writes them. */
const dsaEncoding = 'ieee-p1363'
const lifetimeSeconds = 300
const skewSeconds = 60
const always = ['@method', '@authority', '@path', 'content-digest', 'amp-version']

const coveredBy = (unsafe: boolean): readonly string[] => (unsafe ? [...always, 'idempotency-key'] : always)

/** `Content-Digest` of a body. */
export const digestOf = (body: Uint8Array | string): string =>
  `sha-256=:${createHash('sha256').update(body).digest('base64')}:`

/** What is signed: the request as it goes out. `keyId` is `{party or agent}#{kid}`. */
export type Unsigned = {
  readonly url: string
  readonly body: string
  readonly keyId: string
  readonly privateKey: CryptoKey
  readonly idempotencyKey?: string | undefined
}

/** Every header of a signed request of the binding. */
export const signRequest = async (
  { url, body, keyId, privateKey, idempotencyKey }: Unsigned,
  world: World,
): Promise<Record<string, string>> => {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'amp-version': enforces(world, 'EXT-HTTP-17') ? version : '1999-01-01',
    'content-digest': digestOf(body),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  }
  const created = world.now()
  const fields = Object.entries(headers).map(([name, value]) => ({ name, value }))
  const signature = await createSignature(
    { kind: 'request', method: 'POST', targetUri: url, fields },
    {
      label,
      components: coveredBy(idempotencyKey !== undefined),
      parameters: {
        created,
        expires: created + lifetimeSeconds,
        keyid: keyId,
        nonce: world.nonce(),
        alg: algorithm,
        tag: 'amp',
      },
      signer: {
        algorithm,
        sign: async (data) => sign('sha256', data, { key: KeyObject.from(privateKey as never), dsaEncoding }),
      },
    },
  )
  return { ...headers, signature: signature.signature, 'signature-input': signature.signatureInput }
}

/** A request as it came in. */
export type Incoming = {
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
  readonly unsafe: boolean
}

/** What a signature says of itself before it is verified. */
export type Claimed = {
  readonly keyId: string
  readonly nonce: string
  readonly created: number
  readonly expires: number
}

/** Components count only whole: one with options (`;bs`, `;key`, `;req`) covers something else. */
const parametersOf = (
  header: string,
): { readonly components: readonly unknown[]; readonly parameters: ReadonlyMap<string, unknown> } | undefined => {
  try {
    const member = parseDictionary(header).get(label)
    if (!member || !isInnerList(member)) return undefined
    return {
      components: member[0].flatMap(([name, options]) => (options.size === 0 ? [name] : [])),
      parameters: member[1],
    }
  } catch {
    return undefined
  }
}

/**
 * Reads the signature headers (EXT-HTTP-24 to EXT-HTTP-28); nothing is trusted yet. A header that is not there cannot be
 * covered: that an unsafe call lacks its key is said later (EXT-HTTP-37).
 */
export const readSignature = ({ headers, unsafe }: Incoming, world: World): Outcome<Claimed> => {
  const { signature, 'signature-input': input } = headers
  if (signature === undefined || input === undefined) return refuse('signature-missing', { field: 'Signature' })
  const read = parametersOf(input)
  const get = (name: string): unknown => read?.parameters.get(name)
  const keyId = get('keyid')
  const nonce = get('nonce')
  const created = get('created')
  const expires = get('expires')
  const complete =
    read !== undefined &&
    typeof keyId === 'string' &&
    keyId.length <= 512 &&
    typeof nonce === 'string' &&
    /^[A-Za-z0-9_-]{22,128}$/.test(nonce) &&
    typeof created === 'number' &&
    typeof expires === 'number' &&
    get('tag') === 'amp' &&
    (coveredBy(unsafe && headers['idempotency-key'] !== undefined).every((name) => read.components.includes(name)) ||
      !enforces(world, 'EXT-HTTP-25'))
  if (!complete) return refuse('signature-malformed', { field: 'Signature-Input' })
  if (get('alg') !== algorithm && enforces(world, 'EXT-HTTP-26'))
    return refuse('signature-algorithm-not-allowed', { field: 'Signature-Input' })
  return accept({ keyId, nonce, expires, created })
}

/** Whether the window of a signature holds now (EXT-HTTP-28). */
export const checkWindow = ({ created, expires }: Claimed, world: World): Outcome<true> => {
  const now = world.now()
  const inside = created <= now + skewSeconds && expires > now - skewSeconds && expires - created <= lifetimeSeconds
  return inside || !enforces(world, 'EXT-HTTP-28')
    ? accept(true)
    : refuse('signature-expired', { field: 'Signature-Input' })
}

/** Verifies a request under a key (EXT-HTTP-29). */
export const verifyRequest = async (incoming: Incoming, jwk: JWK, world: World): Promise<Outcome<true>> => {
  if (!enforces(world, 'EXT-HTTP-29')) return accept(true)
  const fields = Object.entries(incoming.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value }],
  )
  try {
    const key = publicKeyOf(jwk)
    await verifySignature(
      { kind: 'request', method: 'POST', targetUri: incoming.url, fields },
      {
        label,
        policy: {
          algorithms: [algorithm],
          requiredComponents: [],
          requiredParameters: [],
          now: world.now(),
          clockSkew: 10 ** 9,
        },
        resolveVerifier: () => ({
          algorithm,
          verify: async (data, signature) => verify('sha256', data, { key, dsaEncoding }, signature),
        }),
      },
    )
    return accept(true)
  } catch {
    return refuse('signature-invalid', { field: 'Signature' })
  }
}
