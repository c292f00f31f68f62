/** What the suite makes up for bridges holds nothing a card data firewall may take for a card number. */
import { expect, it } from 'vitest'
import { diceOf } from '../../conformance/parties.ts'
import type { Scene } from '../../conformance/scene.ts'
import { bridgeStage } from '../../conformance/stages/bridge.ts'

/** As much of a scene as names and amounts are made of. */
const sceneOf = (seed: number): Scene =>
  ({
    session: { neighbours: {}, served: () => ({ endpoint: 'https://bridge.example' }), now: () => 1_795_000_000 },
    dice: diceOf(seed, 'foreign'),
    hooks: {},
  }) as unknown as Scene

it('names in orders and intents have no digits in a row but those of amounts and times', () => {
  for (let seed = 0; seed < 200; seed++) {
    const stage = bridgeStage(sceneOf(seed))
    const { id, name, kid } = stage.stranger()
    const made = JSON.stringify([stage.order(), { ...stage.bounds(), expiry_time: '' }, id, name, kid])
    expect(made).not.toMatch(/\d{6}/)
  }
})
