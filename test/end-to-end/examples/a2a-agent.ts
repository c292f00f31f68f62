/** Example: an agent that speaks A2A pays by wallet. Run it: `npx tsx test/end-to-end/examples/a2a-agent.ts`. */
import { randomUUID } from 'node:crypto'
import { Message as A2aMessage, type Task, TaskState } from '@a2a-js/sdk'
import { ClientFactory } from '@a2a-js/sdk/client'
import type { Message } from '../../../schemas/index.ts'
import { openHouse } from '../../reference/agent/house.ts'
import { type Example, runDirectly } from './scene.ts'

type Session = { readonly sessionId: string; readonly authUrl: string; readonly mandateId: string }

const stateOf = ({ status }: Task): string =>
  (TaskState[status?.state ?? 0] ?? '').replace('TASK_STATE_', '').toLowerCase()

/** The data a task ended or waits with: the answer, where to decide, or the problem. */
const dataOf = <Value>({ status }: Task): Value => {
  const [data] = (status?.message?.parts ?? []).flatMap(({ content }) =>
    content?.$case === 'data' ? [content.value as Value] : [],
  )
  if (data === undefined) throw new Error('the task says nothing')
  return data
}

const connect = async (url: string) => {
  const client = await new ClientFactory().createFromUrl(url)
  return async (data: object, taskId = ''): Promise<Task> => {
    const message = A2aMessage.fromJSON({ messageId: randomUUID(), taskId, role: 'ROLE_USER', parts: [{ data }] })
    return (await client.sendMessage({ tenant: '', message, configuration: undefined, metadata: undefined })) as Task
  }
}

export const a2aAgent: Example = {
  title: 'An agent pays by wallet over A2A',
  play: async (tell) => {
    const house = await openHouse()
    try {
      const send = await connect(house.url)
      /** A task that waits for the owner, decided, and asked for its end. */
      const decided = async (skill: string, input: object, decision: 'approve' | 'reject' = 'approve') => {
        const waiting = await send({ skill, input })
        tell('their agent', 'AMP agent', `${skill}: ${stateOf(waiting)}`)
        const session = dataOf<Session>(waiting)
        await house.decide(session.authUrl, decision)
        tell('owner', 'wallet', decision === 'approve' ? 'confirms with a PIN' : 'declines')
        const task = await send({ waitSeconds: 10 }, waiting.id)
        tell('AMP agent', 'their agent', `the same task: ${stateOf(task)}`)
        return { session, task }
      }
      const order = async (productId: string): Promise<Message<'common/checkout'>> =>
        dataOf<{ checkout: Message<'common/checkout'> }>(
          await send({ skill: 'start_checkout', input: { items: [{ productId, quantity: 1 }] } }),
        ).checkout
      const pay = async ({ sessionId }: Session, checkout: Message<'common/checkout'>): Promise<Task> => {
        const task = await send({ skill: 'pay_order', input: { sessionId, checkout } })
        const { code } = dataOf<{ code?: string }>(task)
        tell('their agent', 'AMP agent', `pay_order: ${stateOf(task)}${code === undefined ? '' : ` (${code})`}`)
        return task
      }
      const { bindingId } = dataOf<{ bindingId: string }>((await decided('bind_wallet', {})).task)
      const jacket = await order('rain-jacket')
      const intent = { raw: 'Get me that jacket', desc: 'Rain jacket from Reference Outfitters' }
      const once = { bindingId, intent, checkout: jacket }
      const present = await pay((await decided('request_immediate_mandate', once)).session, jacket)
      const { session } = await decided('request_autonomous_mandate', { bindingId, intent: house.intent('3000') })
      const away = await pay(session, await order('water-bottle'))
      const over = await pay(session, await order('rain-jacket'))
      const refused = await decided(
        'request_immediate_mandate',
        { ...once, checkout: await order('sticker') },
        'reject',
      )
      return {
        present: stateOf(present),
        away: stateOf(away),
        over: dataOf<{ code: string }>(over).code,
        declined: dataOf<{ code: string }>(refused.task).code,
      }
    } finally {
      await house.stop()
    }
  },
}

await runDirectly(import.meta.url, a2aAgent)
