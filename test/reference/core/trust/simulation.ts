/** A year of simulated time: honest agents beside 10,000 agents of one operator; `npx tsx .../simulation.ts` draws the plot. */
import { writeFileSync } from 'node:fs'
import { newStanding, ratingOf, type Tier, weighEvent } from '../../../../reference/core/trust/rating.ts'
import { packageFile, version } from '../../../../schemas/index.ts'
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

const colours: Readonly<Record<keyof typeof strategies, string>> = { honest: '#0a7', sybil: '#c33', wash: '#e90' }

/** The plot of one agent of each strategy over a year, as SVG. */
export const plot = (): string => {
  const x = (date: number) => 50 + date * 1.6
  const y = (score: number) => 290 - score / 4
  const lines = (Object.keys(strategies) as (keyof typeof strategies)[]).map((name, index) => {
    const { scores } = live(strategies[name], 0, 365, 5)
    const path = scores.map((score, at) => `${x(at * 5 + 4).toFixed(0)},${y(score).toFixed(0)}`).join(' ')
    return `<polyline fill="none" stroke="${colours[name]}" stroke-width="2" points="${path}"/><text x="${60 + index * 80}" y="30" fill="${colours[name]}">${name}</text>`
  })
  const grid = policy.tiers.map(
    ({ tier, from }) =>
      `<line x1="50" x2="640" y1="${y(from)}" y2="${y(from)}" stroke="#ccc"/><text x="20" y="${y(from) + 4}">${tier}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 320" font-family="sans-serif" font-size="12"><title>Score over a year: an honest agent, tiny circular payments, wash trading at two fronts</title>\n${[...grid, ...lines].join('\n')}\n<text x="280" y="312">days 0 to 365</text></svg>\n`
}

/** Where the plot stands. */
export const plotFile = packageFile('spec', version, 'extensions', 'rating.svg')

if (process.argv[1]?.endsWith('trust/simulation.ts')) writeFileSync(plotFile, plot())
