/** Claims as rows, and the facts a claim is decided on, gathered by the network itself (EXT-GUARANTEE-1 to 6). */
import { readFileSync } from 'node:fs'
import type { Selectable } from 'kysely'
import { type Message, packageFile, version } from '../../../schemas/index.ts'
import { days, enforces, formatTime, parseTime, toWire } from '../../core/index.ts'
import type { Claim, Facts, Guarantee, GuaranteePolicy } from '../../core/trust/guarantee.ts'
import type { NetworkContext } from '../context.ts'
import { tokenReference } from '../evidence.ts'
import { areLinked } from '../ratings.ts'
import type { MandateRow, NetworkDatabase } from '../records.ts'
import type { PaymentRow } from '../settle.ts'
import { commitmentsAbout } from './log.ts'
import { refundedOf } from './refunded.ts'
import type { TrustTables } from './tables.ts'

export type ClaimRow = Selectable<TrustTables['network_claims']>

export const guaranteePolicy: GuaranteePolicy = JSON.parse(
  readFileSync(packageFile('schemas', version, 'extensions/guarantee/policy.json'), 'utf8'),
)

/** A row as the core steps it. */
export const claimOf = (row: ClaimRow): Claim => ({
  facts: JSON.parse(row.facts),
  status: row.status,
  since: Number(row.since),
  appealed: row.appealed === 1n,
  ...(row.decision === null ? {} : { decision: JSON.parse(row.decision) }),
  ...(row.paid === null ? {} : { paid: row.paid }),
})

/** What a step left of a claim, as columns. */
export const columnsOf = ({ facts, status, since, appealed, decision, paid }: Claim) => ({
  facts: JSON.stringify(facts),
  status,
  since: BigInt(since),
  appealed: appealed ? 1n : 0n,
  decision: decision ? JSON.stringify(decision) : null,
  paid: paid ?? null,
})

/** The guarantee as far as one claim is concerned. */
export const guaranteeWith = (row: ClaimRow, balance: bigint): Guarantee => {
  const claim = claimOf(row)
  return { currency: row.currency, balance, claims: new Map([[row.payment_id, claim]]) }
}

/** Name of the one transfer that pays a claim (EXT-GUARANTEE-10). */
export const payoutOf = (claimId: string): string => `payout-${claimId}`

export const claimToWire = (row: ClaimRow): Message<'extensions/guarantee/claim'> => {
  const { facts, decision, appealed } = claimOf(row)
  const from = appealed ? Number(row.since) : (parseTime(facts.submittedAt) ?? 0)
  return {
    ...{ claimId: row.claim_id, claimRequestId: row.request_id, paymentId: row.payment_id, claimStatus: row.status },
    ...{ since: formatTime(Number(row.since)), claimed: facts.claimed, appealed },
    decideBy: formatTime(from + days(guaranteePolicy.decideWithinDays)),
    ...(decision ? { decision } : {}),
    ...(row.paid === null
      ? {}
      : { payout: toWire({ currency: row.currency, value: row.paid }), transferId: payoutOf(row.claim_id) }),
  }
}

/** What the gate said when the token was issued; where there is no gate, nothing stood against it. */
const gateOf = async (transaction: NetworkDatabase, payment: PaymentRow): Promise<Facts['gate']> => {
  const row = await transaction
    .selectFrom('network_evidence')
    .select('content')
    .where('mandate_id', '=', payment.mandate_id)
    .where('kind', '=', 'token')
    .where('reference', '=', tokenReference(payment.token_digest))
    .executeTakeFirst()
  return row ? (JSON.parse(row.content).gate?.disposition ?? 'auto-execute') : 'auto-execute'
}

/** The report about a payment, and whether the key of its agent is revoked. */
const reportOf = async (transaction: NetworkDatabase, paymentId: string, agentId: string) => {
  const report = await transaction
    .selectFrom('network_unwanted')
    .select('reported_at')
    .where('payment_id', '=', paymentId)
    .executeTakeFirst()
  const agent = await transaction
    .selectFrom('network_agents')
    .selectAll()
    .where('agent_id', '=', agentId)
    .executeTakeFirstOrThrow()
  return { agent, reportedAt: report && Number(report.reported_at), keyRevoked: agent.revoked_at !== null }
}

/** What a claimant says of its loss. */
export type Said = Pick<Facts, 'claimId' | 'claimant' | 'claimed' | 'cause'>

/** Only mutants leave a fact out of what they decide on. */
const withoutIgnored = (facts: Facts, { world }: Pick<NetworkContext, 'world'>): Facts => ({
  ...facts,
  ...(enforces(world, 'EXT-GUARANTEE-1') ? {} : { cause: 'account-takeover' as const, agentInitiated: true }),
  ...(enforces(world, 'EXT-GUARANTEE-2') ? {} : { paidAt: facts.submittedAt, reportedAt: facts.submittedAt }),
  ...(enforces(world, 'EXT-GUARANTEE-3') ? {} : { linked: false }),
  ...(enforces(world, 'EXT-GUARANTEE-4') ? {} : { userConfirmed: false, agentInitiated: true }),
  ...(enforces(world, 'EXT-GUARANTEE-5') ? {} : { keyRevoked: true }),
})

/** The facts of a payment as they are on record now. Only what the partner lost and why is taken from what it says. */
export const factsOf = async (
  context: Pick<NetworkContext, 'world'>,
  transaction: NetworkDatabase,
  { payment, mandate }: { readonly payment: PaymentRow; readonly mandate: MandateRow },
  said: Said,
): Promise<Facts> => {
  const { token_request_layer: layer } = await transaction
    .selectFrom('network_tokens')
    .select('token_request_layer')
    .where('token_digest', '=', payment.token_digest)
    .executeTakeFirstOrThrow()
  const { agent, reportedAt, keyRevoked } = await reportOf(transaction, payment.payment_id, mandate.agent_id)
  const nothing = toWire({ currency: payment.currency, value: 0n })
  const refunded = toWire({ currency: payment.currency, value: await refundedOf(transaction, payment.payment_id) })
  const now = formatTime(context.world.now())
  const facts: Facts = {
    ...{ ...said, paymentId: payment.payment_id, recovered: nothing, refunded },
    paymentAmount: toWire({ currency: payment.currency, value: payment.amount }),
    ...{ paidAt: formatTime(Number(payment.final_at)), submittedAt: now },
    reportedAt: reportedAt === undefined ? now : formatTime(reportedAt),
    ...{ agentInitiated: layer !== null, userConfirmed: mandate.type === 'IMMEDIATE' },
    keyRevoked: keyRevoked && reportedAt !== undefined,
    linked: areLinked(agent, JSON.parse(payment.payment_order).merchant.merchantName),
    ...{ gate: await gateOf(transaction, payment), evidence: await commitmentsAbout(transaction, payment.payment_id) },
  }
  return withoutIgnored(facts, context)
}
