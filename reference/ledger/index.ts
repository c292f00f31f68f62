/** Persistence of the reference: one Kysely over SQLite and PostgreSQL, double entry, and what makes calls happen once. */

export { type LedgerDatabase, openDatabase } from './database.ts'
export { gap } from './gap.ts'
export {
  abandonCall,
  type Call as IdempotentCall,
  claimCall,
  findCall,
  forgetCalls,
  keepAnswer,
} from './idempotency.ts'
export { openAccount, proveBooks, type Transfer, transfer } from './money.ts'
export { forgetNonces, recordNonce } from './nonces.ts'
export { deliver, enqueue, givenUp, type Notice } from './outbox.ts'
export { pageOf } from './page.ts'
export { findPeer, forgetHookPeers, peersById, savePeer } from './peers.ts'
export type { LedgerTables, MoneyTables, ShellTables } from './tables.ts'
export { inTransaction } from './transaction.ts'
