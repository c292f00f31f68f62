/** What a claim leaves behind: its decision on record, its mark on the rating, and every movement of money (EXT-EVIDENCE-1). */
import { canonicalJson } from '../../../schemas/index.ts'
import { enforces, hashOf } from '../../core/index.ts'
import type { NetworkContext } from '../context.ts'
import { rateEvent } from '../ratings.ts'
import type { NetworkDatabase } from '../records.ts'
import { type ClaimRow, claimOf, guaranteePolicy } from './claims.ts'
import { keepPolicy, record } from './log.ts'

/** Puts a decision on record; an approved one costs the agent trust, and the rating it leaves is recorded too. */
export const recordDecision = async (
  context: NetworkContext,
  transaction: NetworkDatabase,
  row: ClaimRow,
  agentId: string,
): Promise<void> => {
  const { decision } = claimOf(row)
  if (!decision) return
  const told = enforces(context.world, 'EXT-GUARANTEE-6') ? decision : { ...decision, reasons: [] }
  const approved = decision.outcome === 'approved'
  const costs = approved && enforces(context.world, 'EXT-GUARANTEE-18')
  const statement = costs
    ? await rateEvent(context, transaction, agentId, {
        ...{ eventId: row.claim_id, kind: 'claim-approved', evidenceDigest: hashOf(decision) },
      })
    : undefined
  await keepPolicy(transaction, decision.policyDigest, guaranteePolicy)
  await record(transaction, context.world, row.payment_id, [
    { kind: 'claim-decision', content: canonicalJson(told) },
    ...(statement === undefined ? [] : [{ kind: 'rating-statement' as const, content: statement }]),
  ])
}

/** Puts a movement of money between pool and partner on record. */
export const recordMovement = (
  { world }: NetworkContext,
  transaction: NetworkDatabase,
  { claim_id: claimId, payment_id: paymentId }: ClaimRow,
  movement: object,
): Promise<void> =>
  record(transaction, world, paymentId, [{ kind: 'message', content: canonicalJson({ claimId, ...movement }) }])
