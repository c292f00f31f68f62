/** What goes on record of a payment when it is final: layers, guards, gate, rating as it was, and the messages (EXT-EVIDENCE-1). */
import { canonicalJson, type Message } from '../../../schemas/index.ts'
import type { Refusal } from '../../core/index.ts'
import type { NetworkContext } from '../context.ts'
import { tokenReference } from '../evidence.ts'
import type { NetworkDatabase } from '../records.ts'
import type { PaymentRow } from '../settle.ts'
import { type Item, keepPolicy, record } from './log.ts'

/** What was kept with a token when it was issued. */
type Kept = {
  readonly checkout?: unknown
  readonly requestSignature?: unknown
  readonly guard?: unknown
  readonly gate?: Message<'extensions/rating/gate-decision'>
}

const layersOf = (transaction: NetworkDatabase, digest: string) =>
  transaction
    .selectFrom('network_tokens')
    .innerJoin('network_mandates', 'network_mandates.mandate_id', 'network_tokens.mandate_id')
    .innerJoin('network_bindings', 'network_bindings.binding_id', 'network_mandates.binding_id')
    .select(['identity_layer', 'mandate_layer', 'token_request_layer'])
    .where('token_digest', '=', digest)
    .executeTakeFirstOrThrow()

const keptWith = async (transaction: NetworkDatabase, { mandate_id, token_digest }: PaymentRow): Promise<Kept> => {
  const row = await transaction
    .selectFrom('network_evidence')
    .select('content')
    .where('mandate_id', '=', mandate_id)
    .where('kind', '=', 'token')
    .where('reference', '=', tokenReference(token_digest))
    .executeTakeFirst()
  return row ? JSON.parse(row.content) : {}
}

/** Where a guard of the wallet stopped it, or that both let it pass. */
const guardsOf = (refusal: Refusal | undefined): readonly object[] => {
  if (!refusal) return ['S3', 'S4'].map((stage) => ({ stage, decision: 'pass' }))
  return refusal.stage === undefined ? [] : [{ stage: refusal.stage, decision: 'refuse', code: refusal.code }]
}

/**
 * Records a final payment. `statement`: the rating of its agent before this payment. The caller holds the mandate's row
 * and appends nothing before it took every other lock.
 */
export const recordPayment = async (
  { world, gate }: NetworkContext,
  transaction: NetworkDatabase,
  payment: PaymentRow,
  told: { readonly refusal: Refusal | undefined; readonly statement: string; readonly result: object },
): Promise<void> => {
  const layers = await layersOf(transaction, payment.token_digest)
  const kept = await keptWith(transaction, payment)
  const item = (kind: Item['kind'], content: unknown): readonly Item[] =>
    content === undefined || content === null
      ? []
      : [{ kind, content: typeof content === 'string' ? content : canonicalJson(content) }]
  if (kept.gate && gate) await keepPolicy(transaction, kept.gate.policyDigest, gate.policy)
  await record(transaction, world, payment.payment_id, [
    ...item('identity', layers.identity_layer),
    ...item('mandate', layers.mandate_layer),
    ...item('token-request', layers.token_request_layer),
    ...item('message', { checkout: kept.checkout ?? null, requestSignature: kept.requestSignature ?? null }),
    ...item('guard-decision', kept.guard),
    ...item('rating-statement', told.statement),
    ...item('gate-decision', kept.gate),
    ...item('message', { order: JSON.parse(payment.payment_order), requestDigest: payment.request_hash }),
    ...guardsOf(told.refusal).flatMap((guard) => item('guard-decision', guard)),
    ...item('message', told.result),
  ])
}
