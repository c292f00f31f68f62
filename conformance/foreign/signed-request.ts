/** Protocols whose agents sign the request itself: RFC 9421 with Ed25519, told apart by a tag. */
import { sign } from 'node:crypto'
import { httpbis } from 'http-message-signatures'
import { digestOf } from '../target/signature.ts'
import type { ForeignProtocol, ForeignRequest, Manner } from './protocol.ts'

/** Signs a request under a tag; the body is covered by its digest. */
const signed = async (
  { method, path, headers, body }: ForeignRequest,
  tag: string,
  { authority, created, expires, nonce, agent }: Manner,
): Promise<ForeignRequest> => {
  const plain = { ...headers, ...(body === '' ? {} : { 'content-digest': digestOf(body) }) }
  const message = await httpbis.signMessage(
    {
      name: 'sig1',
      fields: ['@authority', '@path', ...(body === '' ? [] : ['content-digest'])],
      params: ['created', 'expires', 'keyid', 'alg', 'nonce', 'tag'],
      paramValues: {
        created: new Date(created * 1000),
        expires: new Date(expires * 1000),
        keyid: agent.kid,
        alg: 'ed25519',
        nonce,
        tag,
      },
      key: { sign: async (data) => sign(null, data, agent.key) },
    },
    { method, url: `https://${authority}${path}`, headers: plain },
  )
  const { Signature: signature = '', 'Signature-Input': input = '' } = message.headers as Record<string, string>
  return { method, path, headers: { ...plain, signature, 'signature-input': input }, body }
}

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
}
