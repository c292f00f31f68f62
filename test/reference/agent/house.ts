/** A running reference with a wallet owner, and a buyer agent served beside it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AgentOptions, type OpenAgent, openAgent, serveAgent } from '../../../reference/agent/index.ts'
import { type Cast, createCast, pin, type User } from '../../end-to-end/cast.ts'

/** Everything a client of the agent meets. */
export type House = {
  readonly cast: Cast
  readonly user: User
  readonly agent: OpenAgent
  readonly url: string
  /** The owner decides in the wallet, with the PIN, as the console does. */
  readonly decide: (authUrl: string, decision: 'approve' | 'reject') => Promise<void>
  readonly cancel: (mandateId: string) => Promise<void>
  readonly intent: (budget: string) => object
  readonly stop: () => Promise<void>
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })

/** `line`: what stands before the reference, by its URL, once it is told where that is. */
export const openHouse = async (
  options: Partial<AgentOptions> & { readonly secret?: string } = {},
  line?: { readonly publicUrl: string; readonly reached: (url: string) => void },
): Promise<House> => {
  const port = line ? await freePort() : 0
  line?.reached(`http://127.0.0.1:${port}`)
  const cast = await createCast(line ? { publicUrl: line.publicUrl, port } : {})
  const user = await cast.seedUser('1000000')
  const { secret, ...agentOptions } = options
  const agent = await openAgent({ amp: [cast.reference.url], world: cast.reference.world, ...agentOptions })
  const served = await serveAgent(agent, { secret })
  return {
    cast,
    user,
    agent,
    url: served.url,
    decide: async (authUrl, decision) => {
      const authId = authUrl.split('/').at(-1) ?? ''
      await cast.get('wallet.completeIdv', { authId, decision, pin }, user.userToken)
    },
    cancel: async (mandateId) => void (await cast.get('wallet.cancelMandate', { mandateId }, user.userToken)),
    intent: (budget) => cast.autonomousIntent(budget),
    stop: async () => {
      await served.stop()
      await cast.reference.stop()
    },
  }
}
