/** The AMP a buyer agent under test is sent into: discovery, credential provider, merchant, and the keys of the network. */
import { supportedVersions } from '../../schemas/index.ts'
import { isObject } from '../layers.ts'
import type { Cast } from '../neighbours/parts.ts'
import type { NeighbourServer } from '../neighbours/server.ts'
import type { Party } from '../parties.ts'
import type { AgentConfig } from './launch.ts'
import { agentParts } from './parts.ts'
import { type AgentRuns, agentRuns, type Stageplay } from './runs.ts'

/** Roles an agent finds; the wallet it names in words, and never calls. */
const found = ['network', 'credential-provider', 'merchant'] as const

const discovery = (parties: Cast['parties'], url: string): object => ({
  versions: [...supportedVersions],
  software: { name: 'suite', version: '1' },
  roles: found.map((role) => ({
    role,
    id: parties[role].id,
    name: `Suite ${role}`,
    endpoint: `${url}/${role}`,
    jwks: { keys: [parties[role].jwk] },
  })),
  extensions: ['http'],
  limits: { bodyBytesMax: 65_536, pageSizeMax: 100, clockSkewSecondsMax: 60 },
  hooks: { tier: 'H0' },
})

/**
 * The key an applicant brings along is in its application; later it is known by the agent it became. Errands go one after
 * the other, so that where an agent names a new key like an old one, the newest is meant.
 */
const keysIn =
  (registered: ReadonlyMap<string, { readonly kid?: string }>) =>
  (message: unknown): readonly { readonly kid?: string }[] => {
    const own = isObject(message) && isObject(message.agentKey) ? [message.agentKey as { kid?: string }] : []
    return [...own, ...[...registered.values()].reverse()]
  }

/** Prepares the world of an agent. */
export const agentWorld = (cast: Pick<Cast, 'parties' | 'now' | 'dice'>) => {
  const play: Stageplay = { turn: 'well' }
  const product = { productId: `product-${cast.dice.word()}`, name: `Tea ${cast.dice.word()}` }
  const { parts, handed } = agentParts(cast, product, () => play.turn)
  return {
    parts,
    keysIn: keysIn(handed.agents),
    document: (url: string) => discovery(cast.parties, url),
    runs: (config: AgentConfig, neighbours: NeighbourServer): AgentRuns =>
      agentRuns(config, { neighbours, handed, play, wallet: cast.parties.wallet as Party, product }),
  }
}
