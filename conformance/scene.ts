/** One attempt at one check: dice, a client and the exchanges of its own. */
import type { Role } from '../schemas/index.ts'
import { type Dice, diceOf } from './parties.ts'
import type { Session } from './session.ts'
import { type Client, createClient, type Exchange } from './target/client.ts'
import type { Hooks } from './target/hooks.ts'

export type Scene = {
  readonly session: Session
  readonly role: Role
  readonly dice: Dice
  readonly client: Client
  readonly hooks: Hooks
  /** What went over the wire in this attempt, oldest first. */
  readonly exchanges: readonly Exchange[]
}

const exchangesKept = 200

/** Opens a scene; `label` decides every name, key and amount in it. */
export const openScene = (session: Session, role: Role, label: string): Scene => {
  const dice = diceOf(session.seed, label)
  const exchanges: Exchange[] = []
  const keep = (exchange: Exchange): void => {
    session.requests.count++
    exchanges.push(exchange)
    if (exchanges.length > exchangesKept) exchanges.shift()
  }
  const client = createClient({
    endpointOf: (of) => session.served(of).endpoint,
    now: session.now,
    dice,
    onExchange: keep,
    onObservation: (observation) => void session.observations.push(observation),
  })
  return { session, role, dice, client, hooks: session.hooks, exchanges }
}
