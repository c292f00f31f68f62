/** Participants of the books: admitted with a limit, and the money they paid in beforehand. */
import { sql } from 'kysely'
import { microMax } from '../core/clearing/index.ts'
import { accept, type Outcome, refuse } from '../core/index.ts'
import { credit, debit, type Transfer, type Writing, writeTransfers } from './books.ts'
import type { ClearingEngine } from './engine.ts'
import { inWindow } from './in-window.ts'
import { participantAccount, railAccount, settlementAccount } from './tables.ts'

/** Makes an account where there is none. */
const openAccount = async (
  { transaction }: Writing,
  accountId: string,
  owner: string,
  kind: 'participant' | 'rail',
  { currency, scale }: { readonly currency: string; readonly scale: bigint },
  floor = 0n,
): Promise<void> => {
  await transaction
    .insertInto('clearing_accounts')
    .values({ account_id: accountId, owner, kind, currency, scale, debits: 0n, credits: 0n, floor })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Who is admitted, in one currency and scale, and how far the balance may fall below nothing. */
export type Admission = {
  readonly participantId: string
  readonly currency: string
  readonly scale: number
  readonly creditLimit: bigint
  /** Public JWK its requests are signed with, as JSON. */
  readonly agentKey?: string | undefined
}

/** Admits a participant or changes its limit. Refuses `credit-exceeded` where it owes more than the new limit already. */
export const admit = (engine: ClearingEngine, admission: Admission): Promise<Outcome<true>> =>
  inWindow(engine, async (writing) => {
    const { participantId, currency, scale, creditLimit, agentKey } = admission
    const money = { currency, scale: BigInt(scale) }
    const accountId = participantAccount(participantId, currency, scale)
    await openAccount(writing, railAccount(currency, scale), 'rail', 'rail', money)
    await openAccount(writing, settlementAccount(currency, scale), 'settlement', 'participant', money)
    await openAccount(writing, accountId, participantId, 'participant', money)
    const { numAffectedRows } = await sql`update clearing_accounts set floor = ${-creditLimit}
      where account_id = ${accountId} and credits - debits >= ${-creditLimit}`.execute(writing.transaction)
    if (numAffectedRows !== 1n) return refuse('credit-exceeded')
    const key = agentKey ?? null
    await writing.transaction
      .insertInto('clearing_participants')
      .values({ participant_id: participantId, agent_key: key })
      .onConflict((conflict) =>
        key === null ? conflict.doNothing() : conflict.column('participant_id').doUpdateSet({ agent_key: key }),
      )
      .execute()
    return accept(true)
  })

/** Money that arrived over the rail. The same reference again changes nothing. */
export const prefund = (
  engine: ClearingEngine,
  participantId: string,
  money: { readonly currency: string; readonly scale: number; readonly value: bigint },
  reference: string,
): Promise<Outcome<true>> =>
  inWindow(engine, async (writing) => {
    const known = await writing.transaction
      .selectFrom('clearing_transfers')
      .select('amount')
      .where('reference', '=', `prefund:${reference}`)
      .executeTakeFirst()
    if (known) return accept(true)
    const { currency, scale, value } = money
    const to = participantAccount(participantId, currency, scale)
    const account = await writing.transaction
      .selectFrom('clearing_accounts')
      .select(['credits'])
      .where('account_id', '=', to)
      .executeTakeFirst()
    if (!account) return refuse('participant-unknown')
    if (account.credits + value > microMax) return refuse('micro-amount-overflow')
    const from = railAccount(currency, scale)
    await debit(writing, from, value)
    await credit(writing, new Map([[to, value]]))
    const transfer: Transfer = { kind: 'prefund', from, to, amount: value, reference: `prefund:${reference}` }
    await writeTransfers(writing, { currency, scale: BigInt(scale) }, [transfer])
    return accept(true)
  })
