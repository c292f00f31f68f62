/** The moves of a buyer agent as skills of an A2A agent: input-required while the user decides, failed with the problem. */
import { randomUUID } from 'node:crypto'
import { type Message as A2aMessage, AgentCard, Artifact, Message, type Part, type Task, TaskState } from '@a2a-js/sdk'
import { AgentEvent, type AgentExecutor, DefaultRequestHandler, type ExecutionEventBus } from '@a2a-js/sdk/server'
import { type Problem, schemaBase, version } from '../../schemas/index.ts'
import { boundedTasks } from './a2a-tasks.ts'
import { act } from './act.ts'
import { moves } from './moves.ts'
import type { OpenAgent } from './open.ts'
import type { Done, Step } from './purchase.ts'

/** The extension of our agent card: which version, which agent, and where the schemas of the skills are. */
export const buyerAgentExtension = `${schemaBase}a2a-buyer-agent`

/** Member of an artifact's metadata that carries the assurance chain of a token. */
export const assuranceMetadata = `${buyerAgentExtension}/assurance`

const json = 'application/json'

/** The card of an agent served at `url`. `secured`: whether callers need a bearer token. */
export const agentCardOf = ({ agentId, profile }: OpenAgent, url: string, secured: boolean): AgentCard =>
  AgentCard.fromJSON({
    name: profile.name,
    description: 'Buys for its user and pays by mobile wallet under mandates of the Agentic Mobile Protocol (AMP).',
    version: profile.version,
    provider: { organization: profile.operator, url },
    supportedInterfaces: ['1.0', '0.3'].map((protocolVersion) => ({
      url: `${url}/a2a`,
      protocolBinding: 'JSONRPC',
      protocolVersion,
    })),
    capabilities: {
      streaming: true,
      pushNotifications: false,
      extensions: [
        {
          uri: buyerAgentExtension,
          description:
            'A message carries one data part {"skill": ..., "input": {...}}; `schemas` has the schema of each.',
          required: false,
          params: { version, agentId, schemas: `${url}/skills` },
        },
      ],
    },
    ...(secured
      ? {
          securitySchemes: { bearer: { httpAuthSecurityScheme: { scheme: 'Bearer' } } },
          securityRequirements: [{ schemes: { bearer: { list: [] } } }],
        }
      : {}),
    defaultInputModes: [json],
    defaultOutputModes: [json],
    skills: moves.map(({ name, title, description }) => ({
      id: name,
      name: title,
      description,
      tags: ['payment', 'amp'],
      examples: [JSON.stringify({ skill: name, input: {} })],
    })),
  })

const dataOf = (parts: readonly Part[]): Record<string, unknown> => {
  const found = parts.flatMap(({ content }) => (content?.$case === 'data' ? [content.value as unknown] : []))
  const [data] = found
  return found.length === 1 && typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {}
}

/** What a message asks for: a new step, or the one a waiting task left, with the wait its sender is willing to take. */
const stepOf = (message: A2aMessage, task: Task | undefined): Step => {
  const data = dataOf(message.parts)
  const next = task?.metadata?.next as Step | undefined
  if (next) {
    const { waitSeconds } = data
    return { move: next.move, input: { ...next.input, ...(waitSeconds === undefined ? {} : { waitSeconds }) } }
  }
  const { skill, input } = data
  return { move: typeof skill === 'string' ? skill : '', input: (input ?? {}) as Step['input'] }
}

const dataPart = (value: object) => ({ data: value, mediaType: json })

type Place = { readonly taskId: string; readonly contextId: string }

/** How a task stands, with words for people and data for programs. */
const status = (place: Place, state: TaskState, words: string, data: object, metadata?: object) =>
  AgentEvent.statusUpdate({
    ...place,
    status: {
      state,
      timestamp: new Date().toISOString(),
      message: Message.fromJSON({
        ...place,
        messageId: randomUUID(),
        role: 'ROLE_AGENT',
        parts: [{ text: words }, dataPart(data)],
      }),
    },
    metadata: metadata as Record<string, unknown> | undefined,
  })

/** What a caller can mend is rejected; what AMP refused has failed. */
const refusedAs = ({ code }: Problem): TaskState =>
  code === 'request-invalid' || code === 'operation-unknown'
    ? TaskState.TASK_STATE_REJECTED
    : TaskState.TASK_STATE_FAILED

const tellDone = (place: Place, name: string, { value, waits, assurance }: Done, bus: ExecutionEventBus): void => {
  if (waits) {
    const where = waits.authUrl === undefined ? '' : ` at ${waits.authUrl}`
    const words = `The user decides${where}. Send a message to this task to ask how it ended.`
    bus.publish(status(place, TaskState.TASK_STATE_INPUT_REQUIRED, words, value, { next: waits.next }))
    return
  }
  const metadata = assurance && { [assuranceMetadata]: assurance }
  const artifact = Artifact.fromJSON({ artifactId: randomUUID(), name, parts: [dataPart(value)], metadata })
  bus.publish(AgentEvent.artifactUpdate({ ...place, artifact, append: false, lastChunk: true, metadata: undefined }))
  bus.publish(status(place, TaskState.TASK_STATE_COMPLETED, 'Done.', value))
}

/** Runs moves as tasks. */
const executorOf = (agent: OpenAgent): AgentExecutor => ({
  execute: async ({ taskId, contextId, task, userMessage }, bus) => {
    const place = { taskId, contextId }
    const working = { state: TaskState.TASK_STATE_WORKING, timestamp: new Date().toISOString(), message: undefined }
    bus.publish(
      AgentEvent.task({
        ...(task ?? { id: taskId, contextId, artifacts: [], history: [userMessage], metadata: undefined }),
        status: working,
      }),
    )
    const { move, input } = stepOf(userMessage, task)
    const acted = await act(move, input, agent)
    if (acted.ok) tellDone(place, move, acted.done, bus)
    else {
      const { problem } = acted
      const words = `${problem.title}${problem.detail === undefined ? '' : `: ${problem.detail}`}`
      bus.publish(status(place, refusedAs(problem), words, problem))
    }
  },
  // A move that was begun is not taken back, as it may have paid: the request to cancel waits for its end and is
  // refused then. A task that waits for the user is canceled by the request handler itself.
  cancelTask: async () => {},
})

/** Answers the requests of A2A clients, of protocol 1.0 and 0.3. */
export const a2aRequests = (agent: OpenAgent, card: AgentCard): DefaultRequestHandler =>
  new DefaultRequestHandler(
    card,
    boundedTasks(),
    executorOf(agent),
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    { keepBusAliveStates: [] },
  )
