/** The agent's side of TAP: signs requests and body objects as RFC 9421 and RFC 8785 have it, for demos and peers. */
import { constants, createHash, type KeyObject, sign } from 'node:crypto'
import { createSignature } from 'http-message-sig'
import { signedBytesOf } from './objects.ts'
import type { TapTag } from './wire.ts'

/** A private key of an agent with the id its directory knows it by. */
export type TapSigner = { readonly keyid: string; readonly key: KeyObject }

/** An HTTP request as text: the form the bridge's command line reads. */
export type TapRequest = {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** What the agent decides per request. Times are epoch seconds; `nonce` has to be fresh. */
export type TapSigning = {
  readonly tag: TapTag
  readonly nonce: string
  readonly created: number
  /** At most 480 seconds after `created`. */
  readonly expires: number
  readonly label?: string
  /** Covers the body too, by a content digest (RFC 9530). The profile does not ask for it; a careful agent does it. */
  readonly coversBody?: boolean
}

const isRsa = (key: KeyObject): boolean => key.asymmetricKeyType !== 'ed25519'

const signBytes = (key: KeyObject, data: Uint8Array): Uint8Array =>
  isRsa(key)
    ? sign('sha256', data, {
        key,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      })
    : sign(null, data, key)

/** Adds Signature-Input and Signature over `@authority` and `@path` (and the body where asked) to a request. */
export const signTapRequest = async (
  request: TapRequest,
  signer: TapSigner,
  { tag, nonce, created, expires, label = 'sig2', coversBody = false }: TapSigning,
): Promise<TapRequest> => {
  const digest = createHash('sha256')
    .update(request.body ?? '')
    .digest('base64')
  const headers = coversBody ? { ...request.headers, 'content-digest': `sha-256=:${digest}:` } : request.headers
  const algorithm = isRsa(signer.key) ? 'rsa-pss-sha256' : 'ed25519'
  const fields = Object.entries(headers).map(([name, value]) => ({ name, value }))
  const { signature, signatureInput } = await createSignature(
    { kind: 'request', method: request.method, targetUri: request.url, fields },
    {
      label,
      components: ['@authority', '@path', ...(coversBody ? ['content-digest'] : [])],
      parameters: { created, expires, keyid: signer.keyid, alg: algorithm, nonce, tag },
      signer: { algorithm, sign: (data) => signBytes(signer.key, data) },
    },
  )
  return { ...request, headers: { ...headers, 'signature-input': signatureInput, signature } }
}

/** Signs a body object: every member but `signature`, in RFC 8785 form. */
export const signTapObject = <Members extends Readonly<Record<string, unknown>>>(
  members: Members,
  signer: TapSigner,
): Members & { readonly kid: string; readonly alg: string; readonly signature: string } => {
  const unsigned = { ...members, kid: signer.keyid, alg: isRsa(signer.key) ? 'PS256' : 'Ed25519' }
  return { ...unsigned, signature: Buffer.from(signBytes(signer.key, signedBytesOf(unsigned))).toString('base64') }
}
