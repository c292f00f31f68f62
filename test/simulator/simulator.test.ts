/** Simulated runs of the clearing, and clearings built wrong that the same runs have to find out. */
import { describe, expect, it } from 'vitest'
import { mutants } from './mutants.ts'
import { type Script, scriptOf } from './script.ts'
import { findBroken, play, report, shrink } from './shrink.ts'
import { World } from './world.ts'

const seeds = 2_000
const mutantSeeds = 400

describe('the simulator', () => {
  it(`finds no broken law in ${seeds} seeds`, { timeout: 600_000 }, async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const law = await play(scriptOf(seed))
      if (law) throw new Error(await report(seed, law))
    }
  })

  it('lets no voucher of nothing take the place of the first tick', async () => {
    const script: Script = {
      seed: 1120,
      lostSyncs: 0,
      twoNodes: false,
      network: { lost: 0, doubled: 0, delayMs: 2 },
      steps: [
        { at: 5, luck: 1, kind: 'open', channel: 5 },
        { at: 86, luck: 2, kind: 'trick', channel: 5, trick: 'conflict' },
        { at: 86, luck: 3, kind: 'tick', channel: 5, node: 0, side: 'payer' },
      ],
    }
    const world = new World(script)
    await world.play()
    expect([...world.count.codes]).toEqual(['micro-amount-zero'])
    expect(world.payers[5]?.told).toBeGreaterThan(0n)
  })

  it('takes no tick of a payer with those its payee redeems after the end of the mandate', async () => {
    const step = { at: 63, node: 1, channel: 0, kind: 'tick' } as const
    const script: Script = {
      seed: 37952,
      lostSyncs: 0,
      twoNodes: true,
      network: { lost: 0.024678019713610413, doubled: 0.03946902311872691, delayMs: 37.17518270947039 },
      steps: [
        { at: 0, luck: 1580772833, kind: 'open', channel: 0 },
        { at: 39, luck: 620172083, kind: 'open', channel: 1 },
        { at: 33, luck: 1543642805, kind: 'open', channel: 2 },
        { at: 5, luck: 226636155, kind: 'open', channel: 5 },
        { ...step, at: 35, luck: 1445122011, side: 'payer' },
        { ...step, at: 35, luck: 1451612208, channel: 1, side: 'payee' },
        { at: 55, luck: 580591638, kind: 'cycle' },
        { at: 58, luck: 2068959553, kind: 'top-up', channel: 2, id: 'top-up-2' },
        { at: 58, luck: 1996414765, kind: 'cycle' },
        { at: 63, luck: 823366333, kind: 'revoke', mandate: 0 },
        { ...step, luck: 2106286481, side: 'payer' },
        { ...step, luck: 284517909, side: 'payee' },
      ],
    }
    const world = new World(script)
    await world.play()
    expect([...world.count.codes]).toEqual(['mandate-revoked'])
    /** What the payee redeemed, not the link 76 that its payer offered too late. */
    expect(world.payers[0]?.told).toBe(world.payers[0]?.worth(101))
  })

  it.each(Object.entries(mutants))('finds a clearing that %s', { timeout: 180_000 }, async (_, mutation) => {
    expect(await findBroken(1, mutantSeeds, mutation)).toBeDefined()
  })

  it('plays a seed the same way every time, and does something in it', async () => {
    const tell = async (seed: number) => {
      const world = new World(scriptOf(seed))
      await world.play()
      const { offered, durable, refused, crashes, codes } = world.count
      return { offered, durable, refused, crashes, codes: [...codes] }
    }
    const [first, again] = [await tell(7), await tell(7)]
    expect(again).toEqual(first)
    let durable = 0
    for (let seed = 1; seed <= 20; seed++) durable += (await tell(seed)).durable
    expect(durable).toBeGreaterThan(50)
  })

  it('makes a broken script short', { timeout: 180_000 }, async () => {
    const mutation = mutants['verifies no signature']
    const found = await findBroken(1, mutantSeeds, mutation)
    if (!found) throw new Error('the mutant was not found')
    const short = await shrink(scriptOf(found.seed), mutation)
    expect(short.steps.length).toBeLessThan(scriptOf(found.seed).steps.length / 2)
    expect(await play(short, mutation)).toBeDefined()
  })
})
