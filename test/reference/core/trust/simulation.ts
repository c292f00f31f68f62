/** A year of simulated time: honest agents beside 10,000 agents of one operator; `npx tsx .../simulation.ts` draws the plot. */
import { writeFileSync } from 'node:fs'
import { newStanding, ratingOf, type Tier, weighEvent } from '../../../../reference/core/trust/rating.ts'
import { packageFile, version } from '../../../../schemas/index.ts'
import { drawPlot } from '../../../plot.ts'
import { day, payment, ratingPolicy as policy, start } from './events.ts'

/** One strategy: what it pays on a day. */
export type Strategy = (agent: number, day: number) => Parameters<typeof payment>[2][]

const tiny = { currency: 'USD', value: '1' }

export const strategies = {
  /** One payment a day, at twelve shops in turn. */
  honest: (_agent, date) => [{ merchantId: `shop-${date % 12}` }],
  /** A payment of a cent every four weeks in a circle of the operator's agents, which stand as merchants to each other. */
  sybil: (agent, date) => (date % 28 === 0 ? [{ merchantId: `agent-${agent + date}`, amount: tiny }] : []),
  /** Payments that would count, to the operator's two shops, which onboarding did not link to it. */
  wash: (_agent, date) => [0, 1].map((hop) => ({ merchantId: `front-${(date + hop) % 2}` })),
} satisfies Record<string, Strategy>

/** Score at the end of each sampled day, highest tier ever, and the payment after which autonomy (L3) was reached. */
export const live = (strategy: Strategy, agent: number, days: number, every: number) => {
  let standing = newStanding(start)
  let payments = 0
  let autonomyAfter: number | undefined
  let highest: Tier = ratingOf(policy, standing, start).tier
  const scores: number[] = []
  for (let date = 0; date < days; date += 1) {
    for (const change of strategy(agent, date)) {
      payments += 1
      standing = weighEvent(
        policy,
        standing,
        payment(payments, start + date * day, { ...change, agentId: `agent-${agent}` }),
      )
    }
    if (date % every !== every - 1 && date !== days - 1) continue
    const { score, tier } = ratingOf(policy, standing, start + date * day)
    if (tier > highest) highest = tier
    if (tier >= 'L3') autonomyAfter ??= payments
    scores.push(score)
  }
  return { scores, highest, autonomyAfter, payments }
}

const names = Object.keys(strategies) as (keyof typeof strategies)[]

/** The plot of one agent of each strategy over a year, as SVG. */
export const plot = (): string =>
  drawPlot({
    title: 'A year of an honest agent, of tiny circular payments, of wash trading',
    x: 'days',
    y: 'tier of the score',
    logarithmic: { x: false, y: false },
    levels: policy.tiers.map(({ tier, from }) => ({ name: tier, at: from })),
    series: names.map((name) => ({
      name,
      points: live(strategies[name], 0, 365, 5).scores.map((score, at) => [at * 5 + 4, score] as const),
    })),
  })

/** Where the plot stands. */
export const plotFile = packageFile('spec', version, 'extensions', 'rating.svg')

if (process.argv[1]?.endsWith('trust/simulation.ts')) writeFileSync(plotFile, plot())
