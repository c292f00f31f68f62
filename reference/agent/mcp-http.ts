/** MCP over Streamable HTTP: a session for each client, bounded, the one unused for longest making room. */
import { randomUUID } from 'node:crypto'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js'
import type { Request, RequestHandler, Response } from 'express'
import { createMcpServer } from './mcp.ts'
import type { OpenAgent } from './open.ts'

const sessionsMax = 64

const tell = (response: Response, status: number, code: number, message: string): void =>
  void response.status(status).json({ jsonrpc: '2.0', error: { code, message }, id: null })

/** The handler of `/mcp`, and how to close what it holds. The body has been read as JSON before. */
export const serveMcp = (
  agent: OpenAgent,
): { readonly handle: RequestHandler; readonly close: () => Promise<void> } => {
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  const makeRoom = async (): Promise<void> => {
    const [oldest] = sessions
    if (sessions.size < sessionsMax || oldest === undefined) return
    sessions.delete(oldest[0])
    await oldest[1].close()
  }
  const open = async (): Promise<StreamableHTTPServerTransport> => {
    await makeRoom()
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    })
    await createMcpServer(agent).connect(transport as never)
    return transport
  }
  /** The session a request names, moved to the end of the queue of those that have to go. */
  const sessionOf = (request: Request): StreamableHTTPServerTransport | undefined => {
    const id = request.headers['mcp-session-id']
    const found = typeof id === 'string' ? sessions.get(id) : undefined
    if (found && typeof id === 'string') {
      sessions.delete(id)
      sessions.set(id, found)
    }
    return found
  }
  return {
    handle: async (request, response) => {
      const begins = request.method === 'POST' && isInitializeRequest(request.body)
      const named = request.headers['mcp-session-id'] !== undefined
      const transport = begins && !named ? await open() : sessionOf(request)
      if (transport) return transport.handleRequest(request, response, request.body)
      if (named) tell(response, 404, -32_001, 'the session is not known')
      else tell(response, 400, -32_000, 'a session begins with initialize')
    },
    close: async () => {
      await Promise.all([...sessions.values()].map((transport) => transport.close()))
      sessions.clear()
    },
  }
}
