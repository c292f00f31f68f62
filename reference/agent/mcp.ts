/** The moves of a buyer agent as tools of the Model Context Protocol: refusals are tool errors that carry the problem. */
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  type Tool,
} from '@modelcontextprotocol/sdk/types.js'
import type { Problem } from '../../schemas/index.ts'
import { type Acted, act } from './act.ts'
import { type Move, moves } from './moves.ts'
import type { OpenAgent } from './open.ts'
import type { Done } from './purchase.ts'
import { answerSchema, selfContained } from './shape.ts'

/** Member of `_meta` that carries the assurance chain of a token: for programs, not for models. */
export const assuranceMeta = 'agentic-mobile-protocol.example/assurance'

const toolOf = ({ name, title, description, takes, gives, changes }: Move): Tool => ({
  name,
  title,
  description,
  inputSchema: selfContained(takes) as Tool['inputSchema'],
  outputSchema: answerSchema(gives) as NonNullable<Tool['outputSchema']>,
  annotations: { readOnlyHint: !changes, destructiveHint: name === 'pay_order', openWorldHint: true },
})

const tools = moves.map(toolOf)

const text = (words: string) => ({ type: 'text' as const, text: words })

/** What the model is told to do next, in words, while the user decides. */
const askUser = ({ waits }: Done): string =>
  waits === undefined
    ? ''
    : `\nThe user decides${waits.authUrl === undefined ? '' : ` at ${waits.authUrl}`}. Then call ${waits.next.move} with ${JSON.stringify(waits.next.input)}.`

const refused = (problem: Problem): CallToolResult => ({
  isError: true,
  content: [text(JSON.stringify(problem))],
  structuredContent: { ...problem },
})

const answered = (done: Done): CallToolResult => ({
  content: [text(`${JSON.stringify(done.value)}${askUser(done)}`)],
  structuredContent: done.value as Record<string, unknown>,
  ...(done.assurance === undefined ? {} : { _meta: { [assuranceMeta]: done.assurance } }),
})

/** Asks a client that can open a page for its user to open the one where the user decides (URL elicitation). */
const elicit = async (server: Server, { waits }: Done, requestId: string | number): Promise<void> => {
  if (waits?.authUrl === undefined || !server.getClientCapabilities()?.elicitation?.url) return
  const { authUrl: url, sessionId: elicitationId } = waits
  const message = 'The wallet asks its owner to decide.'
  await server
    .elicitInput({ mode: 'url', url, elicitationId, message }, { relatedRequestId: requestId })
    .catch(() => undefined)
}

/** Tells a client that was asked to open a page that the user decided there. */
const noteDecided = async (
  server: Server,
  name: string,
  input: unknown,
  acted: Acted,
  requestId: string | number,
): Promise<void> => {
  const decides = name === 'read_binding' || name === 'read_mandate'
  if (!decides || (acted.ok && acted.done.waits) || !server.getClientCapabilities()?.elicitation?.url) return
  const { sessionId } = input as { sessionId?: unknown }
  if (typeof sessionId !== 'string') return
  await server
    .createElicitationCompletionNotifier(sessionId, { relatedRequestId: requestId })()
    .catch(() => undefined)
}

/** A server over any transport; one for each client, all for the same agent. */
export const createMcpServer = (agent: OpenAgent): Server => {
  const { name, version } = agent.profile
  const server = new Server(
    { name: 'amp-buyer-agent', title: name, version },
    {
      capabilities: { tools: {} },
      instructions:
        'Pays by mobile wallet under mandates of its owner. bind_wallet once; start_checkout, request_immediate_mandate and pay_order with the user present; request_autonomous_mandate to pay later alone. Only the user decides, at authUrl.',
    },
  )
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }))
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { requestId }) => {
    const input = params.arguments ?? {}
    const acted = await act(params.name, input, agent)
    await noteDecided(server, params.name, input, acted, requestId)
    if (!acted.ok && acted.problem.code === 'operation-unknown')
      throw new McpError(ErrorCode.InvalidParams, `there is no tool ${params.name.slice(0, 64)}`, acted.problem)
    if (!acted.ok) return refused(acted.problem)
    await elicit(server, acted.done, requestId)
    return answered(acted.done)
  })
  return server
}
