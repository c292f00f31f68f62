/** Transactions that end with a refusal leave nothing behind. */
import type { Kysely, Transaction } from 'kysely'
import type { Outcome, Refusal } from '../core/outcome.ts'

class Refused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.code)
    this.refusal = refusal
  }
}

/** Runs `work` in one transaction: a value commits, a refusal rolls back and is given back as it is. */
export const inTransaction = async <Tables, Value>(
  database: Kysely<Tables>,
  work: (transaction: Transaction<Tables>) => Promise<Outcome<Value>>,
): Promise<Outcome<Value>> => {
  try {
    return await database.transaction().execute(async (transaction) => {
      const outcome = await work(transaction)
      if (!outcome.ok) throw new Refused(outcome.refusal)
      return outcome
    })
  } catch (error) {
    if (error instanceof Refused) return { ok: false, refusal: error.refusal }
    throw error
  }
}
