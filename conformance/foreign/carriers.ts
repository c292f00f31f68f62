/** How payments of machines travel: in a header of HTTP, in the metadata of an A2A message, in an MCP call. */
import type { ForeignRequest } from './protocol.ts'

/** A way to carry an object; `opened` is the member of the body that holds it. */
export type Carrier = {
  /** What it is called beside the version; nothing where it is plain HTTP. */
  readonly name?: string
  readonly opened?: string
  readonly write: (object: object) => ForeignRequest
  /** What was written, read back. */
  readonly read: (request: ForeignRequest) => object
}

/** In a header of a request for what is bought; some schemes stand before it. */
export const inHeader = (name: string, encoding: 'base64' | 'base64url', scheme = ''): Carrier => ({
  write: (object) => {
    const text = Buffer.from(JSON.stringify(object)).toString(encoding)
    return { method: 'GET', path: '/tea', headers: { [name]: `${scheme}${text}` }, body: '' }
  },
  read: ({ headers }) => JSON.parse(Buffer.from((headers[name] ?? '').slice(scheme.length), encoding).toString('utf8')),
})

const posted = (path: string, content: object): ForeignRequest => ({
  method: 'POST',
  path,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...content }),
})

/** In what a call of a tool says about itself. */
export const inMcp = (key: string): Carrier => ({
  name: 'over MCP',
  opened: `body/params/_meta/${key.replace('/', '~1')}`,
  write: (object) =>
    posted('/mcp', { method: 'tools/call', params: { name: 'brew', arguments: {}, _meta: { [key]: object } } }),
  read: ({ body }) => JSON.parse(body).params._meta[key],
})

/** In the metadata of a message. */
export const inA2a = (key: string, beside: object): Carrier => ({
  name: 'over A2A',
  opened: `body/params/message/metadata/${key}`,
  write: (object) => {
    const metadata = { ...beside, [key]: object }
    const message = { kind: 'message', messageId: 'message-a', role: 'user', parts: [], metadata }
    return posted('/a2a', { method: 'message/send', params: { message } })
  },
  read: ({ body }) => JSON.parse(body).params.message.metadata[key],
})
