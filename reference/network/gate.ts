/** The trust gate at token issue: the rating of the agent, the mode and the amount decide, and the decision is kept (EXT-RATING-11 to 16). */
import { accept, enforces, type Outcome, refuse } from '../core/index.ts'
import { decideGate, type GateDecision } from '../core/trust/gate.ts'
import type { AgentRow } from './agents.ts'
import type { NetworkContext, RiskPort } from './context.ts'
import { currentRating } from './ratings.ts'
import type { MandateRow } from './records.ts'

/** Longest a source of risk is waited for. */
const riskMilliseconds = 500

/** The score of a source; nothing where it fails, is late or gives no score from 0 to 1000 (EXT-RATING-15). */
const scoreOf = async (risk: RiskPort, payment: Parameters<RiskPort>[0]): Promise<number | undefined> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), riskMilliseconds)
  })
  try {
    const score = await Promise.race([risk(payment), late])
    return score !== undefined && Number.isInteger(score) && score >= 0 && score <= 1000 ? score : undefined
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Whether a token may be issued. An escalation asks the user: for a direct mandate the user has just confirmed this very
 * checkout, so it goes on; a delegated one is refused `gate-escalated`, and the agent asks for a direct mandate instead.
 * Nothing where the network has no gate. Refuses `gate-denied` too.
 */
export const passGate = async (
  context: NetworkContext,
  agent: AgentRow,
  mandate: MandateRow,
  amount: { readonly currency: string; readonly value: string },
  runtime: 'attested' | 'unattested' = 'unattested',
): Promise<Outcome<GateDecision | undefined>> => {
  const { gate, world } = context
  if (!gate || !enforces(world, 'EXT-RATING-13')) return accept(undefined)
  const { tier, dimensions } = await currentRating(context, agent)
  const payment = { agentId: agent.agent_id, mandateId: mandate.mandate_id, amount }
  const risk = gate.risk ? await scoreOf(gate.risk, payment) : 0
  const decision = decideGate(gate.policy, {
    ...{ tier, lowest: Math.min(...dimensions.map(({ score }) => score)), mode: mandate.type, amount: { ...amount } },
    ...{ device: mandate.type === 'IMMEDIATE' ? 'shows-and-proves' : 'shows', runtime },
    ...(risk === undefined ? {} : { risk }),
  })
  const detail = decision.reasons.join(', ').slice(0, 200)
  if (decision.disposition === 'deny') return refuse('gate-denied', { detail })
  if (decision.disposition === 'escalate' && mandate.type === 'AUTONOMOUS') return refuse('gate-escalated', { detail })
  return accept(decision)
}
