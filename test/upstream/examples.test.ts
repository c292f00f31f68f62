/** Proves that every published example lands in exactly one place, where a copy is at hand (AMP_UPSTREAM_DATA). */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { objections, protocols, tell } from './examples.ts'

const data = process.env.AMP_UPSTREAM_DATA
const here = protocols.filter((protocol) => data !== undefined && existsSync(join(data, protocol)))
if (here.length < protocols.length)
  console.info(
    `published examples are not at hand for ${protocols.length - here.length} protocols: set AMP_UPSTREAM_DATA`,
  )

it('an example told twice, or set aside without a reason, is an error', () => {
  const one = { file: 'a.json', name: 'one', landed: 'translated' } as const
  expect(objections([one, { ...one, name: 'two', landed: 'refused', reason: 'message-malformed' }])).toEqual([])
  expect(objections([one, one, { ...one, name: 'three', landed: 'known-defect' }])).toEqual([
    'a.json one: told twice',
    'a.json three: known-defect without a reason',
  ])
})

describe.skipIf(here.length === 0)('the published examples', () => {
  it.each(here)('of %s are translated, refused as they have to be, or known to be wrong', async (protocol) => {
    const told = await tell(protocol, data ?? '')
    expect(told?.problems).toEqual([])
    expect(told?.cases.length).toBeGreaterThan(0)
  })
})
