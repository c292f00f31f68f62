/** Delegation limits of a user, read at the wallet and checked by the network as well (contradiction 39). */
import { type Amount, accept, enforces, type Outcome, refuse } from '../core/index.ts'
import { type NetworkContext, passedOn } from './context.ts'

/**
 * AMP-WALLET-053, 055, 060 to 065: the budget of a new mandate stays within the limits of the user. Refuses
 * `limit-per-mandate-exceeded` and `limit-daily-exceeded` at S1 with the limit; a limit in another currency is the wallet's to judge.
 */
export const withinLimits = async (
  { neighbours, world }: NetworkContext,
  walletId: string,
  userReference: string,
  budget: Amount,
): Promise<Outcome<true>> => {
  const view = await neighbours.call('wallet.inquiryLimits', walletId, { userReference })
  if (!view.ok) return enforces(world, 'AMP-WALLET-060') ? { ok: false, refusal: passedOn(view.refusal) } : accept(true)
  const { limits, delegatedToday } = view.value
  const { perMandate, perDay } = limits
  if (
    enforces(world, 'AMP-WALLET-062') &&
    perMandate?.currency === budget.currency &&
    budget.value > BigInt(perMandate.value)
  )
    return refuse('limit-per-mandate-exceeded', { stage: 'S1', limit: perMandate })
  if (
    enforces(world, 'AMP-WALLET-064') &&
    perDay?.currency === budget.currency &&
    BigInt(delegatedToday.value) + budget.value > BigInt(perDay.value)
  )
    return refuse('limit-daily-exceeded', { stage: 'S1', limit: perDay })
  return accept(true)
}
