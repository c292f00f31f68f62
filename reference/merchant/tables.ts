/** What a merchant keeps: goods on sale and orders. */
import { type Kysely, type Migration, type Selectable, sql } from 'kysely'
import type { Message } from '../../schemas/index.ts'
import type { RoleContext } from '../http/operation.ts'

export type MerchantTables = {
  merchant_products: { product_id: string; name: string; currency: string; value: bigint; position: bigint }
  /** How each dispute stands, and the number of the newest notification that was acted on. */
  merchant_disputes: { dispute_id: string; payment_id: string; taken: bigint; status: string }
  merchant_orders: {
    checkout_id: string
    checkout: string
    status: 'open' | 'paying' | 'paid' | 'failed'
    /** What the acquirer knows the newest attempt to pay by, and the digest of the payment token it uses. */
    merchant_order_id: string | null
    token_digest: string | null
    payment: string | null
    failure: string | null
    expires_at: bigint
  }
}

const statements = [
  `create table merchant_products (product_id text primary key, name text not null, currency text not null,
    value bigint not null check (value > 0), position bigint not null)`,
  `create table merchant_orders (checkout_id text primary key, checkout text not null,
    status text not null check (status in ('open', 'paying', 'paid', 'failed')), merchant_order_id text unique,
    token_digest text, payment text, failure text, expires_at bigint not null)`,
]

export const merchantMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    for (const statement of statements) await sql.raw(statement).execute(database)
  },
}

export type OrderRow = Selectable<MerchantTables['merchant_orders']>

/** Who sells: what the acquirer attests. */
export type MerchantProfile = Message<'common/merchant'>

export type MerchantContext = RoleContext<Kysely<MerchantTables>> & { readonly profile: MerchantProfile }
