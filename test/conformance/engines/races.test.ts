/** The three classic races, built into the reference one by one, are found on ten seeds of ten with a proof of at most five commands. */
import { afterAll, describe, expect, it } from 'vitest'
import { closeClients } from '../../../conformance/target/client.ts'
import { proofAgainst, races } from './races.ts'

afterAll(closeClients)

const seeds = Array.from({ length: 10 }, (_, seed) => seed + 1)

describe.each(races)('$race at a $role', (race) => {
  it.each(seeds)('is found on seed %i, by chance and without the corpus', { timeout: 120_000 }, async (seed) => {
    const found = await proofAgainst(race, [race.rule], seed)
    expect(found, 'a proof').toBeDefined()
    expect(found?.proof.steps.flat().length).toBeLessThanOrEqual(5)
    expect([found?.proof.failed, found?.proof.of]).toEqual([3, 3])
  })
})

describe('an intact reference', () => {
  it.each(races)('is not accused of it: $race at a $role', { timeout: 240_000 }, async (race) => {
    for (const seed of seeds.slice(0, 3)) expect(await proofAgainst(race, [], seed)).toBeUndefined()
  })
})
