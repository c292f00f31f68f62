/** Proves that the client of `@a2a-js/sdk`, unmodified, buys in both modes, and meets refusals as task states. */
import { randomUUID } from 'node:crypto'
import { Message as A2aMessage, type SendMessageRequest, type Task, TaskState } from '@a2a-js/sdk'
import { type Client, ClientFactory } from '@a2a-js/sdk/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assuranceMetadata, buyerAgentExtension } from '../../../reference/agent/index.ts'
import { isMessage, type Message } from '../../../schemas/index.ts'
import { type House, openHouse } from './house.ts'

type Checkout = Message<'common/checkout'>
type Session = Message<'trust/create-mandate-session-response'>

let house: House
let client: Client
let bindingId: string

const requestOf = (data: unknown, taskId = ''): SendMessageRequest => ({
  tenant: '',
  message: A2aMessage.fromJSON({ messageId: randomUUID(), taskId, role: 'ROLE_USER', parts: [{ data }] }),
  configuration: undefined,
  metadata: undefined,
})

const send = async (data: unknown, taskId?: string): Promise<Task> => {
  const answer = await client.sendMessage(requestOf(data, taskId))
  if (!('status' in answer)) throw new Error('a message came where a task belongs')
  return answer
}

/** The data part that tells how a task stands. */
const dataOf = (task: Task): unknown => {
  const [data] = (task.status?.message?.parts ?? []).flatMap(({ content }) =>
    content?.$case === 'data' ? [content.value] : [],
  )
  return data
}

const completed = async <Value>(skill: string, input: object): Promise<Value> => {
  const task = await send({ skill, input })
  expect(task.status?.state, JSON.stringify(dataOf(task))).toBe(TaskState.TASK_STATE_COMPLETED)
  const [artifact] = task.artifacts
  expect(artifact?.name).toBe(skill)
  const content = artifact?.parts[0]?.content
  return (content?.$case === 'data' ? content.value : undefined) as Value
}

const failed = (task: Task, state = TaskState.TASK_STATE_FAILED): Message<'common/problem'> => {
  expect(task.status?.state).toBe(state)
  const problem = dataOf(task)
  if (!isMessage('common/problem', problem)) throw new Error(`no problem: ${JSON.stringify(problem)}`)
  return problem
}

const order = async (productId: string): Promise<Checkout> =>
  (await completed<{ checkout: Checkout }>('start_checkout', { items: [{ productId, quantity: 1 }] })).checkout

/** A task that asks the user; it waits for input until the user decided in the wallet. */
const asked = async (skill: string, input: object): Promise<{ task: Task; session: Session }> => {
  const task = await send({ skill, input })
  expect(task.status?.state, JSON.stringify(dataOf(task))).toBe(TaskState.TASK_STATE_INPUT_REQUIRED)
  const session = dataOf(task) as Session
  const words = task.status?.message?.parts.map(({ content }) => (content?.$case === 'text' ? content.value : ''))
  expect(words?.join('')).toContain(session.authUrl)
  return { task, session }
}

const decided = async (asking: { task: Task; session: Session }, decision: 'approve' | 'reject'): Promise<Task> => {
  expect((await send({}, asking.task.id)).status?.state).toBe(TaskState.TASK_STATE_INPUT_REQUIRED)
  await house.decide(asking.session.authUrl, decision)
  return send({ waitSeconds: 10 }, asking.task.id)
}

const immediate = (checkout: Checkout) =>
  asked('request_immediate_mandate', { bindingId, intent: { raw: 'that one', desc: 'One order' }, checkout })
const autonomous = (budget: string) => asked('request_autonomous_mandate', { bindingId, intent: house.intent(budget) })

beforeAll(async () => {
  house = await openHouse()
  client = await new ClientFactory().createFromUrl(house.url)
  const binding = await decided(await asked('bind_wallet', {}), 'approve')
  bindingId = (dataOf(binding) as { bindingId: string }).bindingId
})
afterAll(() => house?.stop())

describe('an A2A client', () => {
  it('finds the agent, its skills and their schemas by the card', async () => {
    const card = await client.getAgentCard()
    expect(card.skills.map(({ id }) => id)).toContain('pay_order')
    const [extension] = card.capabilities?.extensions ?? []
    expect(extension).toMatchObject({ uri: buyerAgentExtension, params: { agentId: house.agent.agentId } })
    const schemas = (await (await fetch(extension?.params?.schemas)).json()) as Record<string, unknown>
    expect(Object.keys(schemas)).toEqual(card.skills.map(({ id }) => id))
  })

  it('pays one order the user confirms (IMMEDIATE)', async () => {
    const checkout = await order('rain-jacket')
    const before = BigInt((await house.cast.balanceOf(house.user)) ?? 0)
    const asking = await immediate(checkout)
    const confirmed = await decided(asking, 'approve')
    expect(confirmed.status?.state).toBe(TaskState.TASK_STATE_COMPLETED)
    const { sessionId } = asking.session
    const paid = await completed<Message<'payment/order-state'>>('pay_order', { sessionId, checkout })
    expect(paid.orderStatus).toBe('paid')
    const after = BigInt((await house.cast.balanceOf(house.user)) ?? 0)
    expect(before - after).toBe(BigInt(checkout.total_amount.value))
  })

  it('pays alone within bounds (AUTONOMOUS), told by a stream, with the chain beside the token', async () => {
    const asking = await autonomous('2000')
    await decided(asking, 'approve')
    const { sessionId } = asking.session
    const checkout = await order('water-bottle')
    const token = await send({ skill: 'apply_for_token', input: { sessionId, checkout } })
    expect(isMessage('trust/assurance', token.artifacts[0]?.metadata?.[assuranceMetadata])).toBe(true)
    const states: (TaskState | undefined)[] = []
    for await (const { payload } of client.sendMessageStream(
      requestOf({ skill: 'pay_order', input: { sessionId, checkout } }),
    ))
      if (payload?.$case === 'task' || payload?.$case === 'statusUpdate') states.push(payload.value.status?.state)
    expect(states).toEqual([TaskState.TASK_STATE_WORKING, TaskState.TASK_STATE_COMPLETED])
    const stands = await completed<Message<'payment/order-state'>>('read_order', {
      checkoutId: checkout.reference_checkout_id,
    })
    expect(stands.orderStatus).toBe('paid')
  })

  it('meets what the user declined as a failed task', async () => {
    const task = await decided(await immediate(await order('sticker')), 'reject')
    expect(failed(task).code).toBe('user-rejected')
    await expect(send({}, task.id)).rejects.toThrow(/terminal state/)
  })

  it('meets a passed budget and a revoked mandate as failed tasks', async () => {
    const asking = await autonomous('2000')
    await decided(asking, 'approve')
    const { sessionId, mandateId } = asking.session
    const tooMuch = await send({ skill: 'pay_order', input: { sessionId, checkout: await order('rain-jacket') } })
    expect(failed(tooMuch)).toMatchObject({ code: 'budget-exceeded', stage: 'S2' })
    await house.cancel(mandateId)
    const late = await send({ skill: 'pay_order', input: { sessionId, checkout: await order('sticker') } })
    expect(failed(late)).toMatchObject({ code: 'mandate-revoked', mandateStatus: 'revoked' })
  })

  it('cancels a task that waits, and the user still decides in the wallet alone', async () => {
    const { task } = await autonomous('2000')
    const canceled = await client.cancelTask({ tenant: '', id: task.id, metadata: undefined })
    expect(canceled.status?.state).toBe(TaskState.TASK_STATE_CANCELED)
  })

  it.each([
    ['a skill nobody has', { skill: 'steal', input: {} }, 'operation-unknown'],
    ['no skill', { waitSeconds: 1 }, 'operation-unknown'],
    ['an input of another shape', { skill: 'read_order', input: { checkoutId: 7 } }, 'request-invalid'],
    ['an input that is no object', { skill: 'read_order', input: [] }, 'request-invalid'],
  ])('is rejected with %s', async (_what, data, code) => {
    expect(failed(await send(data), TaskState.TASK_STATE_REJECTED).code).toBe(code)
  })

  it('of protocol 0.3 is understood as well', async () => {
    const response = await fetch(`${house.url}/a2a`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'message/send',
        params: {
          message: {
            kind: 'message',
            messageId: randomUUID(),
            role: 'user',
            parts: [{ kind: 'data', data: { skill: 'search_products', input: { query: 'jacket' } } }],
          },
        },
      }),
    })
    const { result } = (await response.json()) as { result: { kind: string; status: { state: string } } }
    expect([result.kind, result.status.state]).toEqual(['task', 'completed'])
  })
})
