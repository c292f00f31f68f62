/** Subscriptions as bounds: exactly the same or refused, with periods counted from the day they begin. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { formatTime, parseTime } from '../../reference/core/time.ts'
import type { Message } from '../../schemas/index.ts'
import { isObject, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'

type Frequency = Message<'trust/frequency'>
type Amount = Message<'common/amount'>

/** What a subscription comes to: one payment each period, and all of them together until it ends. */
export type Subscribed = { readonly budget: Amount; readonly frequency: Frequency; readonly expires: string }

const daySeconds = 86_400

/** Start of period `index`, counted from the anchor; a month without its day begins on its last one. */
export const periodStart = (anchor: number, period: Frequency['period'], index: number): number => {
  if (period !== 'month') return anchor + index * daySeconds * (period === 'week' ? 7 : 1)
  const at = new Date(anchor * 1_000)
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth() + index, at.getUTCDate()]
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  const date = Date.UTC(year, month, Math.min(day, last), at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds())
  return Math.floor(date / 1_000)
}

/** How many periods begin before an end; more than ten years of days are not counted. */
const periodsBefore = (anchor: number, period: Frequency['period'], end: number): number | undefined => {
  for (let index = 0; index <= 3_660; index++) if (periodStart(anchor, period, index) >= end) return index
  return undefined
}

/**
 * Reads the period of a subscription. AMP counts payments in one day, week or month: any other period, and one without an
 * end, is refused, never approximated.
 */
export const readSubscription = (
  request: JsonObject,
  amount: Amount,
  now: number,
  field: string,
): Outcome<Subscribed> => {
  const [unit, count, ends] = ['periodUnit', 'periodCount', 'subscriptionExpires'].map((name) => textOf(request, name))
  const period = (['day', 'week', 'month'] as const).find((each) => each === unit)
  if (period === undefined || count !== '1')
    return refuse('foreign-constraint-unknown', {
      detail: 'AMP counts by one day, week or month',
      field: `${field}/periodUnit`,
    })
  const details = member(request, 'methodDetails')
  if (isObject(details) && member(details, 'trialPeriods') !== undefined)
    return refuse('foreign-constraint-unknown', { detail: 'AMP has no trial', field: `${field}/methodDetails` })
  const end = ends === undefined ? undefined : parseTime(ends)
  if (end === undefined)
    return refuse('foreign-fields-missing', {
      detail: 'bounds of AMP have an end',
      field: `${field}/subscriptionExpires`,
    })
  const periods = end <= now ? 0 : periodsBefore(now, period, end)
  if (periods === 0) return refuse('foreign-expired', { detail: 'it ended', field: `${field}/subscriptionExpires` })
  const value = (BigInt(amount.value) * BigInt(periods ?? 0)).toString()
  if (periods === undefined || value.length > 18)
    return refuse('foreign-constraint-unknown', {
      detail: 'it goes on for too long',
      field: `${field}/subscriptionExpires`,
    })
  return accept({
    budget: { currency: amount.currency, value },
    frequency: { count: 1, period },
    expires: formatTime(end),
  })
}
