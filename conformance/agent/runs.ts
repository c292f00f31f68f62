/** The errands of a run: each is done once, one at a time, and what the agent sent on it is kept for every check. */
import type { OperationName, RequestOf } from '../../schemas/index.ts'
import type { NeighbourServer, Received } from '../neighbours/server.ts'
import type { Party } from '../parties.ts'
import { usd } from '../stages/orders.ts'
import { NoAnswer } from '../target/client.ts'
import { type Errand, errandOf, type PlanName, plans, type Turn } from './errand.ts'
import { type AgentConfig, sendOn } from './launch.ts'
import { type Handed, onSale } from './parts.ts'

/** What the agent sent on one errand, in order. */
export type Seen = {
  readonly errand: Errand
  readonly all: readonly Received[]
  readonly of: <Name extends OperationName>(name: Name) => readonly Received<Name>[]
  /** Whether one thing came before another. */
  readonly first: (name: OperationName) => number
}

/** An agent under test with everything it was handed. */
export type AgentRuns = {
  readonly handed: Handed
  readonly errand: (name: PlanName) => Promise<Seen>
}

/** The turn of the errand under way. */
export type Stageplay = { turn: Turn }

/** Prepares the errands; nothing is done before a check asks. */
export const agentRuns = (
  config: AgentConfig,
  world: {
    readonly neighbours: NeighbourServer
    readonly handed: Handed
    readonly play: Stageplay
    readonly wallet: Party
    readonly product: { readonly productId: string; readonly name: string }
  },
): AgentRuns => {
  const { neighbours, handed, play, wallet, product } = world
  const done = new Map<PlanName, Promise<Seen>>()
  let before: Promise<unknown> = Promise.resolve()

  const go = async (name: PlanName): Promise<Seen> => {
    const plan = plans[name]
    play.turn = plan.turn
    const errand = errandOf(plan, {
      amp: neighbours.url,
      walletId: wallet.id,
      productId: product.productId,
      product: product.name,
      budget: usd(onSale.budget),
      mcc: onSale.mcc,
    })
    const start = neighbours.received.length
    await sendOn(config, errand).catch((error: unknown) => {
      throw new NoAnswer(
        `the agent could not be sent on its errand: ${error instanceof Error ? error.message : String(error)}`,
      )
    })
    const all = neighbours.received.slice(start)
    const of = <Name extends OperationName>(operation: Name) =>
      (all as readonly unknown[] as readonly Received<Name>[]).filter((one) => one.name === operation)
    return { errand, all, of, first: (operation) => all.findIndex((one) => one.name === operation) }
  }
  return {
    handed,
    errand: (name) => {
      const known = done.get(name)
      if (known) return known
      const next = before.then(() => go(name))
      before = next.catch(() => {})
      done.set(name, next)
      return next
    },
  }
}

/** The message of a call, where it obeyed its schema. */
export const messageOf = <Name extends OperationName>(one: Received<Name> | undefined): RequestOf<Name> | undefined =>
  one?.invalid === undefined ? one?.message : undefined
