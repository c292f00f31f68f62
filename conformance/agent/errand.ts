/** What a buyer agent under test is sent to do, and how the world it meets behaves. */
import type { Message } from '../../schemas/index.ts'

type Amount = Message<'common/amount'>

/** An errand as the agent gets it: in words, and in what a program needs. */
export type Errand = {
  /** Base URL of the AMP the agent is in: `/.well-known/amp` is below it. */
  readonly amp: string
  /** The task in words. */
  readonly task: string
  /** Whether the user is there to confirm one order, or lets the agent choose within bounds. */
  readonly mode: 'IMMEDIATE' | 'AUTONOMOUS'
  /** The wallet of the user. */
  readonly walletId: string
  readonly productId: string
  readonly quantity: number
  /** What the user lets the agent spend at most, and where, in AUTONOMOUS mode. */
  readonly budget?: Amount
  readonly merchantMccList?: readonly string[]
}

/** What happens on an errand; everything not named goes well. */
export type Turn = 'well' | 'user-rejects' | 'guard-refuses' | 'price-over-budget'

/** An errand with its turn. */
export type Plan = Pick<Errand, 'mode'> & { readonly name: string; readonly turn: Turn }

/** The errands of a run. */
export const plans = {
  direct: { name: 'direct', mode: 'IMMEDIATE', turn: 'well' },
  delegated: { name: 'delegated', mode: 'AUTONOMOUS', turn: 'well' },
  rejected: { name: 'rejected', mode: 'IMMEDIATE', turn: 'user-rejects' },
  refused: { name: 'refused', mode: 'AUTONOMOUS', turn: 'guard-refuses' },
  dear: { name: 'dear', mode: 'AUTONOMOUS', turn: 'price-over-budget' },
} as const satisfies Readonly<Record<string, Plan>>

export type PlanName = keyof typeof plans

/** The errand of a plan, in words and figures. */
export const errandOf = (
  { mode }: Plan,
  facts: {
    readonly amp: string
    readonly walletId: string
    readonly productId: string
    readonly product: string
    readonly budget: Amount
    readonly mcc: string
  },
): Errand => {
  const { amp, walletId, productId, product, budget, mcc } = facts
  const common = { amp, mode, walletId, productId, quantity: 1 }
  if (mode === 'IMMEDIATE') return { ...common, task: `Buy one ${product}. I am here and confirm the order myself.` }
  const limit = `${budget.value} minor units of ${budget.currency}`
  const task = `Buy one ${product} for me while I am away, for at most ${limit} at a shop of category ${mcc}. If it costs more, leave it.`
  return { ...common, task, budget, merchantMccList: [mcc] }
}
