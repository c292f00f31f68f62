/** No false alarm: the intact reference fails no check, whatever the seed. */
import { afterAll, describe, expect, it } from 'vitest'
import { closeClients } from '../../conformance/index.ts'
import type { JudgedRole } from '../../conformance/roles.ts'
import { alarmsOf } from './mutants/alarms.ts'

afterAll(closeClients)

const roles: readonly JudgedRole[] = [
  'network',
  'wallet',
  'credential-provider',
  'merchant',
  'acquirer',
  'clearing',
  'bridge',
  'agent',
]
const seeds = [1, 2, 3]

describe.each(roles)('an intact %s', (role) => {
  it.each(seeds)('fails nothing on seed %i', { timeout: 120_000 }, async (seed) => {
    const { checks, alarms } = await alarmsOf(role, seed)
    expect(checks).toBeGreaterThan(20)
    expect(alarms).toEqual([])
  })
})
