/** Protocols whose agents sign the request itself: RFC 9421 with Ed25519, told apart by a tag. */
import { sign } from 'node:crypto'
import { httpbis } from 'http-message-signatures'
import { digestOf } from '../target/signature.ts'
import { flippedBytes } from './jws.ts'
import type { ForeignProtocol, ForeignRequest, Manner } from './protocol.ts'

/** Who signs a request: Ed25519 with the agent's own key, or ES256 with the one it was handed. */
type By = 'ed25519' | 'ecdsa-p256-sha256'

/** Signs a request under a tag; the body is covered by its digest, and headers that are named are covered too. */
export const signed = async (
  { method, path, headers, body }: ForeignRequest,
  tag: string,
  { authority, created, expires, nonce, agent }: Manner,
  { by = 'ed25519', covers = [] }: { readonly by?: By; readonly covers?: readonly string[] } = {},
): Promise<ForeignRequest> => {
  const plain = { ...headers, ...(body === '' ? {} : { 'content-digest': digestOf(body) }) }
  const message = await httpbis.signMessage(
    {
      name: 'sig1',
      fields: ['@authority', '@path', ...(body === '' ? [] : ['content-digest']), ...covers],
      params: ['created', 'expires', 'keyid', 'alg', 'nonce', 'tag'],
      paramValues: {
        created: new Date(created * 1000),
        expires: new Date(expires * 1000),
        keyid: by === 'ed25519' ? agent.kid : agent.handed.kid,
        alg: by,
        nonce,
        tag,
      },
      key: {
        sign: async (data) =>
          by === 'ed25519'
            ? sign(null, data, agent.key)
            : sign('sha256', data, { key: agent.handed.key, dsaEncoding: 'ieee-p1363' }),
      },
    },
    { method, url: `https://${authority}${path}`, headers: plain },
  )
  const { Signature: signature = '', 'Signature-Input': input = '' } = message.headers as Record<string, string>
  return { method, path, headers: { ...plain, signature, 'signature-input': input }, body }
}

/** Flips one bit of the signature a request carries. */
const flipped = (request: ForeignRequest, bit: number): ForeignRequest => {
  const [name, , value = ''] = /^([^=]+)=(:)(.+):$/.exec(request.headers.signature ?? '')?.slice(1) ?? []
  return { ...request, headers: { ...request.headers, signature: `${name}=:${flippedBytes(value, bit, 'base64')}:` } }
}

/** The same message with another body: another shop where it names one, a space more where it does not. */
export const otherBody = (request: ForeignRequest): ForeignRequest => {
  const body = request.body.replace('Shop ', 'Ship ')
  return { ...request, body: body === request.body ? `${body} ` : body }
}

/** What can be done to a signed request by somebody without its key. */
export const requestForgeries = (
  request: ForeignRequest,
  bit: number,
): readonly [ForeignRequest, ...ForeignRequest[]] => [
  flipped(request, bit),
  { ...request, path: `${request.path}-more` },
  ...(request.body === '' ? [] : [otherBody(request)]),
]

const proposing = (content: object): ForeignRequest => ({
  method: 'POST',
  path: '/agent/checkout',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(content),
})

const looking = (path: string): ForeignRequest => ({ method: 'GET', path, headers: {}, body: '' })

/** Visa Trusted Agent Protocol: eight minutes, one tag for looking and one for paying. */
export const visaTap: ForeignProtocol = {
  protocol: 'visa-tap',
  windowMax: 480,
  pay: (checkout, manner) => signed(proposing({ checkout }), 'agent-payer-auth', manner),
  delegate: (intent, manner) => signed(proposing({ intent }), 'agent-payer-auth', manner),
  look: (manner) => signed(looking('/products/tea'), 'agent-browser-auth', manner),
}

/** Web Bot Auth: says who an agent is, for a day at most. */
export const webBotAuth: ForeignProtocol = {
  protocol: 'web-bot-auth',
  windowMax: 86_400,
  look: (manner) => signed(looking('/products/tea'), 'web-bot-auth', manner),
  // Its signatures need not cover the path.
  forgeries: (request, bit) => [flipped(request, bit)],
}
