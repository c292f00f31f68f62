/** References with one classic race built in, and how a property is held against one. */
import { mandateBooks } from '../../../conformance/chapters/meeting/network.ts'
import { purseForLater, purseForOnce } from '../../../conformance/chapters/meeting/wallet.ts'
import { type Engine, judgeProperty, type Property } from '../../../conformance/engines/engine.ts'
import { Disproved } from '../../../conformance/expect.ts'
import { openScene } from '../../../conformance/scene.ts'
import { openSession } from '../../../conformance/session.ts'
import { readDiscovery } from '../../../conformance/target/discovery.ts'
import { startReference } from '../../../reference/index.ts'
import type { Role } from '../../../schemas/index.ts'

type Judge = (scene: ReturnType<typeof openScene>) => Promise<void>

const held =
  <State, Command extends object>(property: Property<State, Command>, engine: Engine, programs: number): Judge =>
  (scene) =>
    judgeProperty(scene, property, engine, { programs, corpus: [], millisecondsMax: 60_000, reachWanted: 3 })

/** A race: the rule whose enforcement looks first and acts later in a mutant, and the properties that have to see it. */
export type Race = {
  readonly race: string
  readonly role: Role
  readonly rule: string
  readonly judges: readonly Judge[]
}

const mandate = [held(mandateBooks, 'burst', 12), held(mandateBooks, 'parallel', 12)]
const later = [held(purseForLater, 'burst', 12), held(purseForLater, 'parallel', 12)]

export const races: readonly Race[] = [
  { race: 'idempotency check-then-act', role: 'network', rule: 'EXT-HTTP-40:claim', judges: mandate },
  { race: 'lost update of a budget', role: 'network', rule: 'AMP-TRUST-088:locked', judges: mandate },
  { race: 'one token settled twice', role: 'network', rule: 'AMP-PAY-052:once', judges: mandate },
  { race: 'payment check-then-act', role: 'wallet', rule: 'AMP-PAY-044:once', judges: later },
  { race: 'lost update of a running total', role: 'wallet', rule: 'AMP-TRUST-090:locked', judges: later },
  {
    race: 'one order settled twice',
    role: 'wallet',
    rule: 'AMP-TRUST-076:once',
    judges: [held(purseForOnce, 'burst', 12)],
  },
]

const hooksSecret = 'meeting-meeting-meeting'

/** Holds the properties of a race against a reference; gives back the proof of the first that is broken. */
export const proofAgainst = async (
  { role, judges }: Pick<Race, 'role' | 'judges'>,
  rules: readonly string[],
  seed: number,
): Promise<Disproved | undefined> => {
  const reference = await startReference({ roles: [role], hooksSecret, deviation: { ignores: new Set(rules) } })
  try {
    const { document, odd } = await readDiscovery(reference.url)
    if (!document) throw new Error(`the reference shows no discovery document: ${odd}`)
    const session = await openSession({ url: reference.url, discovery: document, seed, hooksSecret })
    try {
      for (const [place, judge] of judges.entries())
        try {
          // Each has dice of its own: those of one label would throw the nonces and users of the one before again.
          await judge(openScene(session, role, `meeting/${place}`))
        } catch (error) {
          if (error instanceof Disproved) return error
          throw error
        }
      return undefined
    } finally {
      await session.close()
    }
  } finally {
    await reference.stop()
  }
}
