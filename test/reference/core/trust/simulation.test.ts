/** 10,000 agents of one operator do not rise in a year; an honest agent does, after a known number of payments; the plot is current. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ratingPolicy } from './events.ts'
import { live, plot, plotFile, strategies } from './simulation.ts'

it('leaves each of 10,000 agents of one operator at its first tier, by tiny circular payments or at fronts', () => {
  for (let agent = 0; agent < 10_000; agent += 1)
    expect(live(agent % 100 === 0 ? strategies.wash : strategies.sybil, agent, 365, 73).highest).toBe('L1')
})

it('lets an honest agent pay alone after 53 payments', () => {
  const { autonomyAfter, highest } = live(strategies.honest, 0, 365, 1)
  expect(highest).toBe('L4')
  expect(autonomyAfter).toBe(53)
})

it('has its plot drawn from these very simulations', () => {
  expect(readFileSync(plotFile, 'utf8')).toBe(plot())
  expect(ratingPolicy.tiers.map(({ tier }) => plot().includes(`>${tier}<`))).not.toContain(false)
})
