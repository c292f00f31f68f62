/** The Agent Trust Rating: events in, a score and a tier out, in integers, so that anyone gets the same number (EXT-RATING). */
import type { Message } from '../../../schemas/index.ts'
import { hashOf, sha256 } from '../canonical.ts'
import { parseTime } from '../time.ts'

export type RatingPolicy = Message<'extensions/rating/policy'>
export type RatingEvent = Message<'extensions/rating/event'>
export type Tier = Message<'extensions/rating/tier'>
export type Dimension = Message<'extensions/rating/dimension'>

/** Points are counted in units of 1/86,400, so that a whole number of points per day is a whole number of units per second. */
const unit = 86_400
const full = 1000 * unit

/**
 * What is remembered of an agent: bounded, whatever it did. `lost`: units lost by dimension. `earned`: units by merchant.
 * `today`: units earned on one day. `at`: epoch seconds at which the units hold.
 */
export type Standing = {
  readonly at: number
  readonly lost: Readonly<Partial<Record<Dimension, number>>>
  readonly earned: ReadonlyMap<string, number>
  readonly today: { readonly day: number; readonly units: number }
  readonly count: number
  readonly head: string
}

/** A rating at one moment. */
export type Rating = {
  readonly score: number
  readonly tier: Tier
  readonly credit: number
  readonly dimensions: readonly { readonly dimension: Dimension; readonly score: number }[]
}

const dayOf = (at: number): number => Math.floor(at / 86_400)

/** The standing of an agent nothing is known of. */
export const newStanding = (registeredAt: number): Standing => ({
  at: registeredAt,
  lost: {},
  earned: new Map(),
  today: { day: dayOf(registeredAt), units: 0 },
  count: 0,
  head: sha256('amp-rating'),
})

/**
 * A standing later on: what was earned is forgotten, what was lost comes back, both in a straight line. Going there in
 * one step or in many is the same (EXT-RATING-5). An earlier moment changes nothing.
 */
export const passTime = (policy: RatingPolicy, standing: Standing, at: number): Standing => {
  const seconds = at - standing.at
  if (seconds <= 0) return standing
  const less = (units: number, perDay: number): number => Math.max(0, units - perDay * seconds)
  const shares = [...standing.earned]
    .map(([merchant, units]): [string, number] => [merchant, less(units, policy.earning.decayPerDay)])
    .filter(([, units]) => units > 0)
  const lost = policy.weights.map(({ dimension, recoveryPerDay }) => [
    dimension,
    less(standing.lost[dimension] ?? 0, recoveryPerDay),
  ])
  const day = dayOf(at)
  const today = day === standing.today.day ? standing.today : { day, units: 0 }
  return { ...standing, at, earned: new Map(shares), lost: Object.fromEntries(lost), today }
}

/** Whether a payment can earn anything: not between linked parties, and not a tiny one (EXT-RATING-6, 7). */
const counts = ({ earning }: RatingPolicy, { amount, related }: RatingEvent): boolean => {
  const least = earning.countedFrom.find(({ currency }) => currency === amount?.currency)
  return related === false && least !== undefined && BigInt(amount?.value ?? 0) >= BigInt(least.value)
}

/** One payment adds a little, bounded by merchant and by day (EXT-RATING-8). */
const earn = (policy: RatingPolicy, standing: Standing, event: RatingEvent): Standing => {
  const { perPayment, perMerchantMax, perDayMax, merchantsMax } = policy.earning
  const merchant = event.merchantId
  if (merchant === undefined || !counts(policy, event)) return standing
  const share = standing.earned.get(merchant) ?? 0
  if (share === 0 && standing.earned.size >= merchantsMax) return standing
  const gain = Math.min(perPayment * unit, perMerchantMax * unit - share, perDayMax * unit - standing.today.units)
  if (gain <= 0) return standing
  return {
    ...standing,
    earned: new Map(standing.earned).set(merchant, share + gain),
    today: { ...standing.today, units: standing.today.units + gain },
  }
}

/** What a refunded payment had earned is taken back, so that money sent in a circle buys nothing. */
const forfeit = (policy: RatingPolicy, standing: Standing, { merchantId }: RatingEvent): Standing => {
  const share = standing.earned.get(merchantId ?? '')
  if (merchantId === undefined || share === undefined) return standing
  const rest = Math.max(0, share - policy.earning.perPayment * unit)
  return { ...standing, earned: new Map(standing.earned).set(merchantId, rest) }
}

const lose = (policy: RatingPolicy, standing: Standing, { kind, severity = 1 }: RatingEvent): Standing => {
  const cost = policy.kinds.find((row) => row.kind === kind)
  if (!cost) return standing
  const lost = Math.min(full, (standing.lost[cost.dimension] ?? 0) + cost.points * severity * unit)
  return { ...standing, lost: { ...standing.lost, [cost.dimension]: lost } }
}

/**
 * What one more event changes of trust, its trace in the chain of events left out. Cost does not grow with history.
 * Events come in the order of their record; one that is older than the standing is a bug of the caller.
 */
export const weighEvent = (policy: RatingPolicy, standing: Standing, event: RatingEvent): Standing => {
  const at = parseTime(event.at)
  if (at === undefined || at < standing.at) throw new RangeError('events are taken in the order they were recorded')
  const now = { ...passTime(policy, standing, at), at }
  if (event.kind === 'payment-succeeded') return earn(policy, now, event)
  return lose(policy, event.kind === 'payment-refunded' ? forfeit(policy, now, event) : now, event)
}

/** Takes one more event in: its weight, and its place in the chain of events (EXT-RATING-9). */
export const applyEvent = (policy: RatingPolicy, standing: Standing, event: RatingEvent): Standing => ({
  ...weighEvent(policy, standing, event),
  count: standing.count + 1,
  head: hashOf({ previous: standing.head, event }),
})

const points = (units: number): number => Math.floor(units / unit)

/** The rating of a standing at a moment. The standing stays as it is. */
export const ratingOf = (policy: RatingPolicy, standing: Standing, at: number): Rating => {
  const { earned, lost } = passTime(policy, standing, at)
  const credit = Math.min(
    full,
    [...earned.values()].reduce((sum, units) => sum + units, 0),
  )
  const left = (dimension: Dimension): number => full - (lost[dimension] ?? 0)
  const conduct = Math.floor(
    policy.weights.reduce((sum, { dimension, weight }) => sum + weight * left(dimension), 0) / 1000,
  )
  const trust = policy.start * unit + Math.floor(((1000 - policy.start) * credit) / 1000)
  const score = points(Math.floor((points(trust) * conduct) / 1000))
  const { tier } = policy.tiers.findLast(({ from }) => score >= from) ?? { tier: 'L0' as const }
  const dimensions = policy.weights.map(({ dimension }) => ({ dimension, score: points(left(dimension)) }))
  return { score, tier, credit: points(credit), dimensions }
}

/** The standing after all events of an agent; the long way round, which statements are checked by. */
export const standingAfter = (policy: RatingPolicy, registeredAt: number, events: readonly RatingEvent[]): Standing =>
  events.reduce((standing, event) => applyEvent(policy, standing, event), newStanding(registeredAt))

/** Why a policy that matches its schema is no policy: weights, tiers, kinds. Nothing where it is sound. */
export const whyUnsoundRating = ({ weights, tiers, kinds }: RatingPolicy): string | undefined => {
  if (new Set(weights.map(({ dimension }) => dimension)).size !== 6) return 'each dimension has one weight'
  if (weights.reduce((sum, { weight }) => sum + weight, 0) !== 1000) return 'weights sum to 1000'
  if (tiers.some(({ tier, from }, index) => tier !== `L${index}` || from < (tiers[index - 1]?.from ?? from)))
    return 'tiers rise from L0 to L4'
  if (tiers[0]?.from !== 0) return 'L0 begins at 0'
  if (kinds.some(({ kind }) => kind === 'payment-succeeded')) return 'a payment that succeeded costs nothing'
  if (new Set(kinds.map(({ kind }) => kind)).size !== kinds.length) return 'each kind has one cost'
  return undefined
}
