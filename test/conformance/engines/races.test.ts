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
    // A race need not be lost every time; once more out of three says that it was no accident.
    expect(found?.proof.of).toBe(3)
    expect(found?.proof.failed).toBeGreaterThan(0)
  })
})
