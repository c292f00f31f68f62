/** Agents that register all at once each get a place of their own on the status list; none is turned away. */
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { createBuyerAgent, evidenceOf, makeKey, startReference } from '../../reference/index.ts'
import { engines } from './engines.ts'

const many = 40

describe.each(engines)('forty agents at once on %s', (_name, engine) => {
  it('are listed at forty places, from the first on', { timeout: 120_000 }, async (context) => {
    if (!(await engine.start())) return context.skip('there are no PostgreSQL binaries here')
    const reference = await startReference(await engine.options())
    try {
      const registered = await Promise.all(
        Array.from({ length: many }, async (_, nth) => {
          const agent = createBuyerAgent({
            key: await makeKey('agent'),
            credentialProviderEndpoint: `${reference.url}/credential-provider`,
            networkId: 'https://network.amp.example',
            world: reference.world,
          })
          const profile = {
            ...{ name: `Agent ${nth}`, developer: 'Example Labs', operator: 'Example Labs', modelFamily: 'example' },
            ...{ version: '1', capabilities: ['shopping'], prohibitedScenarios: ['gambling'] },
          }
          const outcome = await agent.register(profile, evidenceOf('https://evidence.example'))
          return outcome.ok ? 'registered' : outcome.refusal.code
        }),
      )
      expect([...new Set(registered)]).toEqual(['registered'])
      const { rows } = await sql<{ place: bigint }>`select place from provider_kya order by place`.execute(
        reference.database,
      )
      expect(rows.map(({ place }) => Number(place))).toEqual(Array.from({ length: many }, (_, place) => place))
    } finally {
      await reference.stop()
      await engine.stop()
    }
  })
})
