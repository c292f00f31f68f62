/** Amounts as AP2 writes them: JSON numbers of minor units, and budgets alone in major units; exactly or not at all. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Message } from '../../schemas/index.ts'
import { amountOfMajor, writeAmount } from '../currency.ts'

const tooLarge = (field: string) =>
  refuse('message-malformed', { detail: 'an amount is larger than AP2 can say', field })

/** Minor units as a number that holds them exactly. */
export const numberOf = (value: string, field: string): Outcome<number> => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? accept(number) : tooLarge(field)
}

/** Major units as a number that is read back as the same amount. */
export const majorOf = (amount: Message<'common/amount'>, field: string): Outcome<number> => {
  const number = Number(writeAmount(amount).split(' ')[0])
  const back = amountOfMajor(String(number), amount.currency, field)
  return back.ok && back.value.value === amount.value ? accept(number) : tooLarge(field)
}
