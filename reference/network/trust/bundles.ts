/** Evidence as it is served: bundles of a payment, the signed head of the log, and lawful deletion (EXT-EVIDENCE). */
import { readFileSync } from 'node:fs'
import { type Message, packageFile, version } from '../../../schemas/index.ts'
import { accept, enforces, type Outcome, refuse } from '../../core/index.ts'
import type { EvidenceRecord } from '../../core/trust/evidence-log.ts'
import type { Call, ServedOperations } from '../../http/operation.ts'
import { inTransaction } from '../../ledger/index.ts'
import type { NetworkContext } from '../context.ts'
import type { NetworkDatabase } from '../records.ts'
import { consistencyIn, recordsAbout, signedHead } from './log.ts'
import { isNeeded } from './retention.ts'

type Bundle = Message<'extensions/evidence/bundle'>
type Policies = Pick<Bundle, 'ratingPolicy' | 'ratingEvents' | 'gatePolicy' | 'guaranteePolicy'>

const ratingPolicy = JSON.parse(readFileSync(packageFile('schemas', version, 'extensions/rating/policy.json'), 'utf8'))

/** A payment with whom it concerns. */
const paymentOf = (database: NetworkDatabase, paymentId: string) =>
  database
    .selectFrom('network_payments')
    .innerJoin('network_mandates', 'network_mandates.mandate_id', 'network_payments.mandate_id')
    .select(['payment_id', 'wallet_id', 'credential_provider_id', 'user_reference', 'agent_id'])
    .where('payment_id', '=', paymentId)
    .executeTakeFirst()

const contents = (records: readonly EvidenceRecord[], kind: string): readonly string[] =>
  records.flatMap(({ entry, content }) => (entry.kind === kind && content !== undefined ? [content] : []))

/** How many events a statement rests on. */
const countIn = (statement: string): number =>
  JSON.parse(Buffer.from(statement.split('.')[1] ?? '', 'base64url').toString('utf8')).evidence.count

const eventsOf = async (database: NetworkDatabase, agentId: string, count: number): Promise<Bundle['ratingEvents']> => {
  const rows = await database
    .selectFrom('network_rating_events')
    .select('event')
    .where('agent_id', '=', agentId)
    .where('position', '<', BigInt(count))
    .orderBy('position')
    .execute()
  return rows.map(({ event }) => JSON.parse(event))
}

const policyUnder = async <Policy>(database: NetworkDatabase, decisions: readonly string[]) => {
  const [first] = decisions
  if (first === undefined) return undefined
  const row = await database
    .selectFrom('network_policies')
    .select('policy')
    .where('digest', '=', JSON.parse(first).policyDigest)
    .executeTakeFirst()
  return row && (JSON.parse(row.policy) as Policy)
}

/** What the decisions of a bundle were made from (EXT-EVIDENCE-11). */
const basisOf = async (
  { database, world }: NetworkContext,
  records: readonly EvidenceRecord[],
  agentId: string,
): Promise<Policies> => {
  if (!enforces(world, 'EXT-EVIDENCE-11')) return {}
  const statements = contents(records, 'rating-statement')
  const gatePolicy = await policyUnder<Policies['gatePolicy']>(database, contents(records, 'gate-decision'))
  const claims = contents(records, 'claim-decision')
  const guaranteePolicy = await policyUnder<Policies['guaranteePolicy']>(database, claims)
  const count = Math.max(0, ...statements.map(countIn))
  return {
    ...(statements.length === 0 ? {} : { ratingPolicy, ratingEvents: await eventsOf(database, agentId, count) }),
    ...(gatePolicy ? { gatePolicy } : {}),
    ...(guaranteePolicy ? { guaranteePolicy } : {}),
  } as Policies
}

/** Everything about a payment, for its wallet or its credential provider (EXT-HTTP-34). */
const bundle = async (context: NetworkContext, paymentId: string, { caller }: Call): Promise<Outcome<Bundle>> => {
  const { database, key, world } = context
  const payment = await paymentOf(database, paymentId)
  const concerned = payment && [payment.wallet_id, payment.credential_provider_id].includes(caller.id)
  if (!payment || (!concerned && enforces(world, 'EXT-HTTP-34:bundle')))
    return refuse('payment-unknown', { field: '/paymentId' })
  const { size, treeHead } = await signedHead(database, context)
  const records = await recordsAbout(database, paymentId, size)
  if (records.length === 0) return refuse('payment-unknown', { detail: 'nothing is on record of it yet' })
  const proven = enforces(world, 'EXT-EVIDENCE-9') ? records : records.map((one) => ({ ...one, inclusion: [] }))
  return accept({
    ...{ version, subject: paymentId, treeHead, records: proven },
    jwks: { keys: [key.publicJwk] } as Bundle['jwks'],
    ...(await basisOf(context, records, payment.agent_id)),
  })
}

const treeHead = async (
  context: NetworkContext,
  firstSize: number | undefined,
): Promise<Outcome<Message<'extensions/evidence/tree-head'>>> => {
  const { size, treeHead } = await signedHead(context.database, context)
  if (firstSize === undefined) return accept({ treeHead })
  if (firstSize > size) return refuse('evidence-invalid', { field: '/firstSize' })
  const consistency = await consistencyIn(context.database, firstSize, size)
  return accept({ treeHead, consistency: enforces(context.world, 'EXT-EVIDENCE-4') ? consistency : [] })
}

/** Deletes the contents about a payment together with their salts; entries and nodes stay (EXT-EVIDENCE-5, 7, 8). */
const erase = (
  { database, world }: NetworkContext,
  { paymentId, userReference }: Message<'extensions/evidence/erase-evidence-request'>,
  { caller }: Call,
): Promise<Outcome<Message<'extensions/evidence/erased-evidence'>>> =>
  inTransaction(database, async (transaction) => {
    const payment = await paymentOf(transaction, paymentId)
    if (payment?.wallet_id !== caller.id || payment.user_reference !== userReference)
      return refuse('payment-unknown', { field: '/paymentId' })
    if (await isNeeded(transaction, paymentId)) return refuse('evidence-needed')
    const about = transaction.updateTable('network_log').where('subject', '=', paymentId)
    /** Only the mutant that rewrites history comes here. */
    if (!enforces(world, 'EXT-EVIDENCE-5'))
      await about
        .set(({ fn, val }) => ({ entry: fn('replace', ['entry', val('"at":"20'), val('"at":"21')]) }))
        .execute()
    if (!enforces(world, 'EXT-EVIDENCE-7')) return accept({ paymentId, erased: 0 })
    const erased = await about.set({ salt: null, content: null }).where('content', 'is not', null).executeTakeFirst()
    return accept({ paymentId, erased: Number(erased.numUpdatedRows) })
  })

export const evidenceOperations = (context: NetworkContext): ServedOperations => ({
  'network.inquiryEvidenceBundle': ({ paymentId }, call) => bundle(context, paymentId, call),
  'network.inquiryTreeHead': ({ firstSize }) => treeHead(context, firstSize),
  'network.eraseEvidence': (request, call) => erase(context, request, call),
})
