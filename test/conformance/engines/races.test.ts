/** The three classic races, built into the reference one by one, are found on ten seeds of ten with a proof of at most five commands; an intact reference is accused on none. */
import { afterAll, describe, expect, it } from 'vitest'
import { closeClients } from '../../../conformance/target/client.ts'
import { proofAgainst, races } from './races.ts'

afterAll(closeClients)

const seeds = Array.from({ length: 10 }, (_, seed) => seed + 1)

describe.each(races)('$race at a $role', (race) => {
  it.concurrent.each(seeds)(
    'is found on seed %i, by chance and without the corpus',
    {
      timeout: 120_000,
    },
    async (seed) => {
      const found = await proofAgainst(race, [race.rule], seed)
      expect(found, 'a proof').toBeDefined()
      expect(found?.proof.steps.flat().length).toBeLessThanOrEqual(5)
      expect([found?.proof.failed, found?.proof.of]).toEqual([3, 3])
    },
  )
})

/** One race of each set of judges: where no rule is broken, races of one set are one question. */
const questions = [...new Map(races.map((race) => [race.judges, race])).values()]

describe.each(questions)('an intact $role', (race) => {
  it.concurrent.each(seeds)(
    `is not accused of '${race.race}' or its like on seed %i`,
    {
      timeout: 120_000,
    },
    async (seed) => {
      expect(await proofAgainst(race, [], seed)).toBeUndefined()
    },
  )
})
