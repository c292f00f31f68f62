/** What an acquirer keeps: merchants under contract beyond those it was configured with, and one payment per order of a merchant. */
import { type Kysely, type Migration, sql } from 'kysely'
import type { Message } from '../../schemas/index.ts'
import type { RoleContext } from '../http/operation.ts'

export type AcquirerTables = {
  acquirer_payments: {
    merchant_id: string
    merchant_order_id: string
    payment_request_id: string
    checkout_id: string
    payment: string | null
    /** Identifier the network gave the payment. */
    payment_id: string | null
    /** The network that was asked, and the hash of the merchant's request; null in rows older than these columns. */
    network_id: string | null
    request_hash: string | null
    /** 1 once the merchant acknowledged the result. */
    told: bigint
  }
  /** Whom a dispute concerns, and which network told of it. */
  acquirer_disputes: { dispute_id: string; merchant_id: string; network_id: string }
  acquirer_merchants: { merchant_id: string; merchant: string }
}

const first = [
  `create table acquirer_payments (merchant_id text not null, merchant_order_id text not null, payment_request_id text not null unique,
    checkout_id text not null, payment text, primary key (merchant_id, merchant_order_id))`,
]

const second = [
  'alter table acquirer_payments add column network_id text',
  'alter table acquirer_payments add column request_hash text',
  'alter table acquirer_payments add column told bigint not null default 0',
  'create table acquirer_merchants (merchant_id text primary key, merchant text not null)',
]

const third = [
  'alter table acquirer_payments add column payment_id text',
  'create index acquirer_payments_id on acquirer_payments (payment_id)',
  'create table acquirer_disputes (dispute_id text primary key, merchant_id text not null, network_id text not null)',
]

const running = (statements: readonly string[]): Migration => ({
  up: async (database: Kysely<unknown>) => {
    for (const statement of statements) await sql.raw(statement).execute(database)
  },
})

export const acquirerMigration = running(first)

/** Who was asked for what, and merchants under contract. */
export const acquirerContractMigration = running(second)

/** Whom disputes concern. */
export const acquirerDisputeMigration = running(third)

export type AcquirerDatabase = Kysely<AcquirerTables>

/** `merchants`: what this acquirer attests of each merchant it was configured with, by party identifier. */
export type AcquirerContext = RoleContext<AcquirerDatabase> & {
  readonly merchants: ReadonlyMap<string, Message<'common/merchant'>>
}
