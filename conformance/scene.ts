/** One attempt at one check: dice, a client and the exchanges of its own. */
import { drivenClient } from './drivers/driver.ts'
import { Untestable } from './expect.ts'
import { type Dice, diceOf } from './parties.ts'
import type { JudgedRole } from './roles.ts'
import type { Session } from './session.ts'
import { type Answer, answerOf, type Client, createClient, type Exchange, exchangeOf } from './target/client.ts'
import type { Hooks } from './target/hooks.ts'

export type Scene = {
  readonly session: Session
  readonly role: JudgedRole
  readonly dice: Dice
  readonly client: Client
  readonly hooks: Hooks
  /** One request that is no operation of AMP, as it stands. */
  readonly send: (
    method: string,
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string | undefined,
  ) => Promise<Answer>
  /** What went over the wire in this attempt, oldest first. */
  readonly exchanges: readonly Exchange[]
  /** How often a stateful check came to what it is about, by what that is. */
  readonly reach: Map<string, number>
}

const exchangesKept = 200

/** Opens a scene; `label` decides every name, key and amount in it. */
export const openScene = (session: Session, role: JudgedRole, label: string): Scene => {
  const dice = diceOf(session.seed, label)
  const exchanges: Exchange[] = []
  const keep = (exchange: Exchange): void => {
    session.requests.count++
    session.answered.set(role, (session.answered.get(role) ?? 0) + 1)
    session.onExchange(exchange)
    exchanges.push(exchange)
    if (exchanges.length > exchangesKept) exchanges.shift()
  }
  const { driver } = session
  const client = driver
    ? drivenClient(driver, keep)
    : createClient({
        endpointOf: (of) => session.served(of).endpoint,
        now: session.now,
        dice,
        onExchange: keep,
        onObservation: (observation) => void session.observations.push(observation),
      })
  /** Without hooks the target knows none of the suite's parties, so nothing signed can be asked. */
  const call: Client['call'] = async (name, message, by, change) => {
    if (!session.hooked && by !== undefined && 'privateKey' in by)
      throw new Untestable(
        'the target has to know the parties the suite plays: give the secret of its hooks with --hooks',
      )
    return client.call(name, message, by, change)
  }
  const send: Scene['send'] = async (method, url, headers, body) => {
    const exchange = await exchangeOf(method, url, headers, body)
    keep(exchange)
    return answerOf(exchange)
  }
  return { session, role, dice, client: { call }, send, hooks: session.hooks, exchanges, reach: new Map() }
}
