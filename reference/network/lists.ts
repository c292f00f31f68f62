/** What parties may ask the network: mandates, bills, evidence. */
import type { Message } from '../../schemas/index.ts'
import { accept, enforces, formatTime, isTerminal, type MandateStatus, toWire } from '../core/index.ts'
import type { ServedOperations } from '../http/operation.ts'
import { pageOf } from '../ledger/index.ts'
import type { NetworkContext } from './context.ts'
import { concernedMandate } from './mandates.ts'
import { liveStatus, toSummary } from './records.ts'

const agentNames = async (
  { database }: NetworkContext,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  if (ids.length === 0) return new Map()
  const rows = await database
    .selectFrom('network_agents')
    .select(['agent_id', 'profile'])
    .where('agent_id', 'in', [...ids])
    .execute()
  return new Map(rows.map((row) => [row.agent_id, JSON.parse(row.profile).name as string]))
}

/** The mandates of a user at one wallet (EXT-HTTP-34). */
const mandatesOf = ({ database, world }: NetworkContext, walletId: string, userReference: string) =>
  database
    .selectFrom('network_mandates')
    .selectAll()
    .where(({ eb }) => (enforces(world, 'EXT-HTTP-34:lists') ? eb('wallet_id', '=', walletId) : eb.lit(true)))
    .where('user_reference', '=', userReference)

/** Those of one status as it is now: past its end a mandate counts as expired. */
const inStatus = (query: ReturnType<typeof mandatesOf>, status: MandateStatus, now: bigint) => {
  if (status === 'expired')
    return query.where(({ eb, or, and }) =>
      or([
        eb('status', '=', 'expired'),
        and([eb('status', 'in', ['inactive', 'activated']), eb('valid_until', '<=', now)]),
      ]),
    )
  const stored = query.where('status', '=', status)
  return isTerminal(status) ? stored : stored.where('valid_until', '>', now)
}

export const listOperations = (context: NetworkContext): ServedOperations => ({
  'network.inquiryMandate': async ({ mandateId }, call) => {
    const mandate = await concernedMandate(context, mandateId, call)
    if (!mandate.ok) return mandate
    const row = mandate.value
    const names = await agentNames(context, [row.agent_id])
    const events = await context.database
      .selectFrom('network_events')
      .selectAll()
      .where('mandate_id', '=', mandateId)
      .orderBy('position')
      .limit(1000)
      .execute()
    const { constraints } = JSON.parse(row.intent)
    return accept({
      ...toSummary(row, names.get(row.agent_id) ?? row.agent_id, context.world),
      ...(row.checkout === null ? {} : { checkout: JSON.parse(row.checkout) }),
      ...(constraints === undefined ? {} : { constraints }),
      events: events.map((event) => ({
        at: formatTime(Number(event.at)),
        event: event.event,
        mandateStatus: event.status,
        by: event.by_whom,
      })),
    })
  },

  'network.inquiryMandateList': async (request, call) => {
    let query = mandatesOf(context, call.caller.id, request.userReference)
    if (request.agentId !== undefined) query = query.where('agent_id', '=', request.agentId)
    if (request.mandateStatus !== undefined) query = inStatus(query, request.mandateStatus, BigInt(context.world.now()))
    const page = await pageOf(query, { time: 'created_at', id: 'mandate_id' }, request, call.caller.id, context.world)
    if (!page.ok) return page
    const names = await agentNames(context, [...new Set(page.value.rows.map((row) => row.agent_id))])
    const mandates = page.value.rows.map((row) =>
      toSummary(row, names.get(row.agent_id) ?? row.agent_id, context.world),
    )
    return accept({ mandates, ...page.value.next })
  },

  'network.inquiryBillList': async (request, call) => {
    let query = context.database
      .selectFrom('network_payments')
      .innerJoin('network_mandates', 'network_mandates.mandate_id', 'network_payments.mandate_id')
      .selectAll('network_payments')
      .where('wallet_id', '=', call.caller.id)
      .where('user_reference', '=', request.userReference)
    if (request.mandateId !== undefined) query = query.where('network_payments.mandate_id', '=', request.mandateId)
    const page = await pageOf(
      query,
      { time: 'network_payments.created_at', id: 'payment_id' },
      request,
      call.caller.id,
      context.world,
    )
    if (!page.ok) return page
    const bills = page.value.rows.map((row): Message<'wallet/bill'> => {
      const order: Message<'payment/order'> = JSON.parse(row.payment_order)
      return {
        paymentId: row.payment_id,
        mandateId: row.mandate_id,
        time: formatTime(Number(row.final_at ?? row.created_at)),
        description: order.orderDescription,
        merchantName: order.merchant.merchantName,
        amount: toWire({ currency: row.currency, value: row.amount }),
        paymentStatus: row.status,
      }
    })
    return accept({ bills, ...page.value.next })
  },

  'network.inquiryEvidence': async ({ mandateId }, call) => {
    const mandate = await concernedMandate(context, mandateId, call)
    if (!mandate.ok) return mandate
    const records = await context.database
      .selectFrom('network_evidence')
      .selectAll()
      .where('mandate_id', '=', mandateId)
      .orderBy('position')
      .limit(1000)
      .execute()
    return accept({
      mandateId,
      mandateStatus: liveStatus(mandate.value, context.world),
      records: records.map(({ kind, reference, at, digest, content }) => ({
        kind: kind as Message<'trust/evidence-record'>['kind'],
        reference,
        at: formatTime(Number(at)),
        digest,
        content,
      })),
    })
  },
})
