/** The suite's own reading of a rating: what policy and events come to, written apart from any implementation. */
import { createHash } from 'node:crypto'
import { canonicalJson, type Message } from '../schemas/index.ts'
import { epochOf } from './assurance.ts'

type Policy = Message<'extensions/rating/policy'>
type Event = Message<'extensions/rating/event'>
type Claims = Message<'extensions/rating/statement-claims'>

const perPoint = 86_400
const hash = (text: string): string => createHash('sha256').update(text).digest('base64url')

/** A quantity that falls in a straight line: its value at a moment, and how much it loses each second. */
type Falling = { value: number; at: number }

const valueAt = ({ value, at }: Falling, now: number, perSecond: number): number =>
  Math.max(0, value - perSecond * (now - at))

/** Everything a statement says of numbers, computed anew from its policy and events (EXT-RATING-1, 9, 10). */
export const rateAnew = (
  policy: Policy,
  events: readonly Event[],
  { iat, registered_at: registeredAt }: Pick<Claims, 'iat' | 'registered_at'>,
): Omit<Claims, 'iss' | 'sub' | 'iat' | 'registered_at'> => {
  const { earning, weights, kinds } = policy
  const shares = new Map<string, Falling>()
  const losses = new Map<string, Falling>(
    weights.map(({ dimension }): [string, Falling] => [dimension, { value: 0, at: registeredAt }]),
  )
  const days = new Map<number, number>()
  let head = hash('amp-rating')
  for (const event of events) {
    const now = epochOf(event.at)
    head = hash(canonicalJson({ previous: head, event }))
    const { merchantId = '', amount } = event
    const share = valueAt(shares.get(merchantId) ?? { value: 0, at: now }, now, earning.decayPerDay)
    const others = [...shares].filter(
      ([name, one]) => name !== merchantId && valueAt(one, now, earning.decayPerDay) > 0,
    )
    if (event.kind === 'payment-succeeded') {
      const least = earning.countedFrom.find(({ currency }) => currency === amount?.currency)
      const counted = event.related === false && least && amount && BigInt(amount.value) >= BigInt(least.value)
      if (!counted || (share === 0 && others.length >= earning.merchantsMax)) continue
      const day = Math.floor(now / 86_400)
      const today = days.get(day) ?? 0
      const room = Math.min(earning.perPayment, earning.perDayMax - today / perPoint) * perPoint
      const gain = Math.max(0, Math.min(room, earning.perMerchantMax * perPoint - share))
      days.set(day, today + gain)
      shares.set(merchantId, { value: share + gain, at: now })
      continue
    }
    if (event.kind === 'payment-refunded' && share > 0)
      shares.set(merchantId, { value: Math.max(0, share - earning.perPayment * perPoint), at: now })
    const cost = kinds.find(({ kind }) => kind === event.kind)
    const loss = cost && losses.get(cost.dimension)
    const recovery = weights.find(({ dimension }) => dimension === cost?.dimension)?.recoveryPerDay ?? 0
    if (cost && loss)
      losses.set(cost.dimension, {
        value: Math.min(1000 * perPoint, valueAt(loss, now, recovery) + cost.points * (event.severity ?? 1) * perPoint),
        at: now,
      })
  }
  const credit = Math.min(
    1000 * perPoint,
    [...shares.values()].reduce((sum, one) => sum + valueAt(one, iat, earning.decayPerDay), 0),
  )
  const left = weights.map(({ dimension, recoveryPerDay }) => {
    const loss = losses.get(dimension)
    return 1000 * perPoint - (loss ? valueAt(loss, iat, recoveryPerDay) : 0)
  })
  const conduct = Math.floor(weights.reduce((sum, { weight }, index) => sum + weight * (left[index] ?? 0), 0) / 1000)
  const trust = policy.start + Math.floor(Math.floor(((1000 - policy.start) * credit) / 1000) / perPoint)
  const score = Math.floor(Math.floor((trust * conduct) / 1000) / perPoint)
  return {
    policy_digest: hash(canonicalJson(policy)),
    score,
    tier: policy.tiers.filter(({ from }) => from <= score).at(-1)?.tier ?? 'L0',
    credit: Math.floor(credit / perPoint),
    dimensions: weights.map(({ dimension }, index) => ({
      dimension,
      score: Math.floor((left[index] ?? 0) / perPoint),
    })),
    evidence: { count: events.length, head },
  }
}
