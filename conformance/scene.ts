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
  /** What was odd about an answer, where one departed from its schema: what was made of it is then the target's doing. */
  readonly oddity: () => string | undefined
  /** How often a stateful check came to what it is about, by what that is. */
  readonly reach: Map<string, number>
  /** Keeps what has to be let go of when the attempt is over, however it ends. */
  readonly after: (letGo: () => void) => void
  /** Lets go of all of it. */
  readonly end: () => void
}

const exchangesKept = 200
/** Observations of answers that are not what their schema says. */
const offSchema = ['EXT-HTTP-8', 'EXT-HTTP-13']

/** Opens a scene; seed and `label` decide every amount in it, names and keys are of the run. */
export const openScene = (session: Session, role: JudgedRole, label: string): Scene => {
  const dice = diceOf(session.seed, label, session.challenge)
  const exchanges: Exchange[] = []
  let odd: string | undefined
  const kept: (() => void)[] = []
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
        onObservation: (observation) => {
          session.observations.push(observation)
          if (offSchema.includes(observation.requirement)) odd ??= observation.detail
        },
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
  return {
    session,
    role,
    dice,
    client: { call },
    send,
    hooks: session.hooks,
    exchanges,
    oddity: () => odd,
    reach: new Map(),
    after: (letGo) => void kept.push(letGo),
    end: () => {
      for (const letGo of kept.splice(0)) letGo()
    },
  }
}
