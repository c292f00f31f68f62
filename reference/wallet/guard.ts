/** S2: the wallet decides by its own records whether a chosen checkout lies inside what the user confirmed, and remembers it. */
import type { Message } from '../../schemas/index.ts'
import {
  accept,
  beforeToken,
  enforces,
  formatTime,
  hashOf,
  type Outcome,
  refuse,
  verifyChain,
  whyUnusable,
} from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import type { WalletContext } from './context.ts'
import { budgetOf, liveStatus, mandateOfNetwork } from './records.ts'
import { whySuspended } from './suspension.ts'
import type { MandateRow, WalletDatabase } from './tables.ts'

type Request = Message<'payment/check-intent-request'>

const periodSeconds = { day: 86_400, week: 604_800, month: 2_592_000 } as const

/** What the guard has to know of the payments of a mandate (AMP-TRUST-084). */
const historyOf = async (database: WalletDatabase, mandate: MandateRow, now: number) => {
  const period: keyof typeof periodSeconds | undefined = JSON.parse(mandate.intent).constraints?.payment_frequency
    ?.period
  const debits = await database
    .selectFrom('wallet_debits')
    .select(['status', 'at'])
    .where('mandate_id', '=', mandate.mandate_id)
    .execute()
  const since = BigInt(period === undefined ? 0 : now - periodSeconds[period])
  return {
    paymentsInPeriod: debits.filter(({ status, at }) => status === 'SUCCESS' && at > since).length,
    failures: debits.filter(({ status }) => status === 'FAIL').length,
  }
}

/** The chain behind a token request is the one this wallet signed, and an agent key signs an AUTONOMOUS choice. */
const verifyRequest = async (
  { database, neighbours, world }: WalletContext,
  request: Request,
  mandate: MandateRow,
  networkId: string,
): Promise<Outcome<true>> => {
  if (request.mandate !== mandate.mandate_layer && enforces(world, 'AMP-TRUST-086:mandate'))
    return refuse('assurance-stored-mismatch', { field: '/mandate' })
  const { identity_layer: identity } = await database
    .selectFrom('wallet_bindings')
    .select('identity_layer')
    .where('binding_id', '=', mandate.binding_id)
    .executeTakeFirstOrThrow()
  const network = await neighbours.find('network', networkId)
  const { mandate: layer, tokenRequest, checkout } = request
  const chain = await verifyChain(
    { identity, mandate: layer, ...(tokenRequest === undefined ? {} : { tokenRequest }) },
    { purpose: 'payment', networkKeys: { keys: network?.jwks.keys ?? [] }, audience: networkId, checkout },
    world,
  )
  return chain.ok ? accept(true) : chain
}

const check = async (
  context: WalletContext,
  request: Request,
  call: Call,
): Promise<Outcome<Message<'payment/check-intent-response'>>> => {
  const { database, world } = context
  const found = await mandateOfNetwork(context, request.mandateId, request.userReference, call.caller.id)
  if (!found.ok) return found
  const mandate = found.value
  const unusable = whyUnusable(liveStatus(mandate, world))
  if (unusable && enforces(world, 'AMP-TRUST-088:validity')) return { ok: false, refusal: { ...unusable, stage: 'S2' } }
  const suspended = await whySuspended(context, database, mandate, 'guard')
  if (suspended) return { ok: false, refusal: { ...suspended, stage: 'S2' } }
  const verified = await verifyRequest(context, request, mandate, call.caller.id)
  if (!verified.ok) return verified
  const inside = beforeToken(
    {
      checkout: request.checkout,
      confirmedCheckout: mandate.checkout === null ? undefined : JSON.parse(mandate.checkout),
      constraints: JSON.parse(mandate.intent).constraints,
      budget: budgetOf(mandate),
      ...(await historyOf(database, mandate, world.now())),
    },
    world,
  )
  if (!inside.ok) return inside
  await database
    .insertInto('wallet_checked')
    .values({
      mandate_id: mandate.mandate_id,
      checkout_hash: hashOf(request.checkout),
      at: BigInt(world.now()),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return accept({ stage: 'S2', decision: 'pass', checkedAt: formatTime(world.now()) })
}

export const guardOperations = (context: WalletContext): ServedOperations => ({
  'wallet.checkIntent': (request, call) => check(context, request, call),
})
