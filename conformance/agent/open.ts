/** Opens a session on a buyer agent: the suite is the server, and the agent is sent to it. */
import { supportedVersions } from '../../schemas/index.ts'
import { openSession, type Session } from '../session.ts'
import type { Exchange } from '../target/client.ts'
import type { Discovery } from '../target/discovery.ts'
import { type AgentConfig, nameOfAgent } from './launch.ts'

/** What stands for a discovery document: an agent serves nothing. */
const document: Discovery = {
  versions: [...supportedVersions] as Discovery['versions'],
  software: { name: 'buyer agent', version: 'as started' },
  roles: [] as unknown as Discovery['roles'],
  extensions: [],
  limits: { bodyBytesMax: 65_536, pageSizeMax: 100, clockSkewSecondsMax: 60 },
  hooks: { tier: 'H0' },
}

/** A session whose errands are done when a check asks for them. */
export const openAgentSession = (
  agent: AgentConfig,
  {
    seed,
    callbackHost,
    onExchange,
  }: {
    readonly seed: number
    readonly callbackHost?: string | undefined
    readonly onExchange?: (exchange: Exchange) => void
  },
): Promise<Session> =>
  openSession({
    url: nameOfAgent(agent),
    discovery: document,
    seed,
    callbackHost,
    agent,
    ...(onExchange ? { onExchange } : {}),
  })
