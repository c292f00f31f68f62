/** Example: a framework that speaks MCP pays by wallet. Run it: `npx tsx test/end-to-end/examples/mcp-agent.ts`. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Message } from '../../../schemas/index.ts'
import { openHouse } from '../../reference/agent/house.ts'
import { type Example, runDirectly } from './scene.ts'

type Session = { readonly sessionId: string; readonly authUrl: string; readonly mandateId: string }
type Tool = <Value>(name: string, input: object) => Promise<Value>

/** A tool as a framework calls it: the structured answer, or the code of the problem the error carries. */
const connect = async (url: string): Promise<{ tool: Tool; tools: number; close: () => Promise<void> }> => {
  const client = new Client({ name: 'a-framework', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)) as never)
  const { tools } = await client.listTools()
  const tool: Tool = async (name, input) => {
    const { structuredContent } = await client.callTool({ name, arguments: { ...input } })
    return structuredContent as never
  }
  return { tool, tools: tools.length, close: () => client.close() }
}

export const mcpAgent: Example = {
  title: 'A framework pays by wallet over the Model Context Protocol',
  play: async (tell) => {
    const house = await openHouse()
    const { tool, tools, close } = await connect(house.url)
    try {
      tell('framework', 'AMP agent', `lists ${tools} tools`)
      const binding = await tool<Session>('bind_wallet', {})
      await house.decide(binding.authUrl, 'approve')
      const { bindingId } = await tool<{ bindingId: string }>('read_binding', { ...only(binding), waitSeconds: 10 })
      tell('owner', 'wallet', 'lets the agent use the wallet')

      const order = async (productId: string): Promise<Message<'common/checkout'>> =>
        (
          await tool<{ checkout: Message<'common/checkout'> }>('start_checkout', {
            items: [{ productId, quantity: 1 }],
          })
        ).checkout
      const jacket = await order('rain-jacket')
      const intent = { raw: 'Get me that jacket', desc: 'Rain jacket from Reference Outfitters' }
      const once = await tool<Session>('request_immediate_mandate', { bindingId, intent, checkout: jacket })
      tell('framework', 'AMP agent', 'asks for a mandate on one order')
      await house.decide(once.authUrl, 'approve')
      await tool('read_mandate', { ...only(once), waitSeconds: 10 })
      tell('owner', 'wallet', 'confirms the order with a PIN')
      const present = await tool<{ orderStatus: string }>('pay_order', { ...only(once), checkout: jacket })
      tell('framework', 'AMP agent', `pays: ${present.orderStatus}`)

      const ahead = await tool<Session>('request_autonomous_mandate', { bindingId, intent: house.intent('3000') })
      await house.decide(ahead.authUrl, 'approve')
      await tool('read_mandate', { ...only(ahead), waitSeconds: 10 })
      tell('owner', 'wallet', 'delegates up to USD 30.00 and goes away')
      const away = await tool<{ orderStatus: string }>('pay_order', {
        ...only(ahead),
        checkout: await order('water-bottle'),
      })
      tell('framework', 'AMP agent', `pays alone: ${away.orderStatus}`)
      const over = await tool<{ code: string }>('pay_order', { ...only(ahead), checkout: await order('rain-jacket') })
      tell('AMP agent', 'framework', `refuses more than was delegated: ${over.code}`)
      await house.cancel(ahead.mandateId)
      const late = await tool<{ code: string }>('pay_order', { ...only(ahead), checkout: await order('sticker') })
      tell('AMP agent', 'framework', `refuses after the owner cancelled: ${late.code}`)
      return { present: present.orderStatus, away: away.orderStatus, over: over.code, late: late.code }
    } finally {
      await close()
      await house.stop()
    }
  },
}

const only = ({ sessionId }: Session) => ({ sessionId })

await runDirectly(import.meta.url, mcpAgent)
