/** Scripts: what happens in one simulated run, made from a seed; every step carries its own luck, so that steps can be left out. */
import { numbersOf } from './clockwork.ts'

/** What an agent that does not play fair may try. */
export const tricks = [
  'forged',
  'wrong-link',
  'far-link',
  'over-cap',
  'lower',
  'conflict',
  'foreign',
  'expired',
  'greedy-delivery',
] as const

export type Trick = (typeof tricks)[number]

export type Step = {
  /** Milliseconds after the start. */
  readonly at: number
  /** Seed of everything random about this step. */
  readonly luck: number
} & (
  | { readonly kind: 'open'; readonly channel: number }
  | { readonly kind: 'tick'; readonly channel: number; readonly node: number; readonly side: 'payer' | 'payee' }
  | { readonly kind: 'trick'; readonly channel: number; readonly trick: Trick }
  | { readonly kind: 'deliver'; readonly channel: number; readonly node: number }
  | { readonly kind: 'top-up'; readonly channel: number; readonly id: string }
  | { readonly kind: 'close'; readonly channel: number; readonly side: 'payer' | 'payee' }
  | { readonly kind: 'revoke'; readonly mandate: number }
  | { readonly kind: 'clock'; readonly seconds: number }
  | { readonly kind: 'sweep' }
  | { readonly kind: 'cycle' }
  | { readonly kind: 'discharge' }
  | { readonly kind: 'trouble'; readonly when: 'before' | 'after' }
  | { readonly kind: 'crash' }
)

/** A run: its disk and network, and its steps. */
export type Script = {
  readonly seed: number
  readonly lostSyncs: number
  /** Two clearings over the same books, of which each believes to be alone. */
  readonly twoNodes: boolean
  readonly network: { readonly lost: number; readonly doubled: number; readonly delayMs: number }
  readonly steps: readonly Step[]
}

export const channelCount = 6
export const mandateCount = 3

const shares: readonly (readonly [number, Step['kind']])[] = [
  [44, 'tick'],
  [14, 'deliver'],
  [12, 'trick'],
  [4, 'top-up'],
  [3, 'close'],
  [2, 'revoke'],
  [4, 'clock'],
  [3, 'sweep'],
  [4, 'cycle'],
  [2, 'discharge'],
  [3, 'trouble'],
  [5, 'crash'],
]
const whole = shares.reduce((sum, [share]) => sum + share, 0)

/** The script of a seed. */
export const scriptOf = (seed: number): Script => {
  const random = numbersOf(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const kindOf = (roll: number): Step['kind'] => {
    let left = roll * whole
    for (const [share, kind] of shares) {
      left -= share
      if (left < 0) return kind
    }
    return 'tick'
  }
  const lostSyncs = random() < 0.1 ? 0.3 : 0
  const twoNodes = random() < 0.2
  const network = { lost: random() * 0.2, doubled: random() * 0.3, delayMs: random() * 40 }
  const length = 15 + below(40)
  let at = 0
  const side = (payee: number) => (random() < payee ? ('payee' as const) : ('payer' as const))
  const stepOf = (kind: Step['kind']): Step => {
    const base = { at, luck: below(2 ** 31) }
    const channel = below(channelCount)
    const node = twoNodes ? below(2) : 0
    switch (kind) {
      case 'tick':
        return { ...base, kind, channel, node, side: side(0.2) }
      case 'trick':
        return { ...base, kind, channel, trick: tricks[below(tricks.length)] ?? 'forged' }
      case 'deliver':
        return { ...base, kind, channel, node }
      case 'top-up':
        return { ...base, kind, channel, id: `top-up-${below(4)}` }
      case 'close':
        return { ...base, kind, channel, side: side(0.5) }
      case 'revoke':
        return { ...base, kind, mandate: below(mandateCount) }
      case 'clock':
        return { ...base, kind, seconds: random() < 0.2 ? 1_000 + below(90_000) : 1 + below(700) }
      case 'trouble':
        return { ...base, kind, when: random() < 0.5 ? 'before' : 'after' }
      case 'open':
        return { ...base, kind, channel }
      default:
        return { ...base, kind }
    }
  }
  const steps: Step[] = Array.from({ length: channelCount }, (_, channel) => ({
    at: random() < 0.3 ? below(300) : channel,
    luck: below(2 ** 31),
    kind: 'open',
    channel,
  }))
  at = channelCount
  for (let made = 0; made < length; made++) {
    at += random() < 0.5 ? 0 : below(30)
    steps.push(stepOf(kindOf(random())))
  }
  return { seed, lostSyncs, twoNodes, network, steps }
}
