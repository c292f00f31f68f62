/** Proves that every runnable example does what it tells, and that its picture was drawn from such a run. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { packageFile } from '../../../schemas/index.ts'
import { a2aAgent } from './a2a-agent.ts'
import { mcpAgent } from './mcp-agent.ts'
import { type Example, perform } from './scene.ts'
import { drawSequence } from './sequence.ts'
import { tapAp2Ucp } from './tap-ap2-ucp.ts'
import { x402Mpp } from './x402-mpp.ts'

const examples: readonly (readonly [string, Example, Readonly<Record<string, string>>])[] = [
  ['mcp-agent', mcpAgent, { present: 'paid', away: 'paid', over: 'budget-exceeded', late: 'mandate-revoked' }],
  [
    'a2a-agent',
    a2aAgent,
    { present: 'completed', away: 'completed', over: 'budget-exceeded', declined: 'user-rejected' },
  ],
  [
    'tap-ap2-ucp',
    tapAp2Ucp,
    {
      status: 'completed',
      shows: 'no credential',
      balance: '37050',
      over: 'amount-out-of-range',
      again: 'frequency-exceeded',
    },
  ],
  [
    'x402-mpp',
    x402Mpp,
    {
      served: '40',
      late: '402 amp_mandate_revoked',
      spent: '56000',
      nets: '-56000, 0, 56000',
      legs: 'collect 6 (4000 carried), pay 5 (6000 carried)',
      stuck: '0',
      faults: '0',
    },
  ],
]

describe('the example', () => {
  it.each(examples)('%s does what it tells', { timeout: 120_000 }, async (_name, example, facts) => {
    const played = await perform(example)
    expect(played.facts).toEqual(facts)
    if (example.picture !== undefined)
      expect(drawSequence(example.title, played.steps)).toBe(readFileSync(packageFile(example.picture), 'utf8'))
  })
})
