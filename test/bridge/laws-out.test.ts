/** The laws of the bridge on the way out of AMP, proven for every adapter that has this direction. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SealedAdapter } from '../../bridge/adapter.ts'
import { type Json, leavesOf } from '../../bridge/json.ts'
import { adapterOf, adapters } from '../../bridge/registry.ts'
import { translateOut } from '../../bridge/translate-out.ts'
import { accept } from '../../reference/core/outcome.ts'
import { cardNumber, wrappings } from './card-samples.ts'
import { outbound } from './outbound.ts'

const at = (result: unknown, path: string): unknown =>
  path
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], result)

it('every adapter that speaks out brings documents', () => {
  const speaking = adapters.filter(({ fromAmp }) => fromAmp !== undefined).map(({ protocol }) => protocol)
  expect(Object.keys(outbound).sort()).toEqual(speaking.sort())
  for (const { protocol, messages, fromAmp } of adapters)
    expect([protocol, messages.some(({ direction }) => direction === 'out')]).toEqual([protocol, fromAmp !== undefined])
})

describe.each(Object.entries(outbound))('%s, out', (protocol, valid) => {
  const adapter = adapterOf(protocol) as SealedAdapter

  it('no silent loss: every field of AMP is carried, derived or lost, once; what is carried arrives unchanged', () => {
    const names = new Set(adapter.messages.filter(({ direction }) => direction === 'out').map(({ name }) => name))
    fc.assert(
      fc.property(valid, ({ document, context }) => {
        const result = translateOut(accept(document as unknown as Json), adapter, context)
        if (result.outcome !== 'translated') throw new Error(`${result.problem.code} ${result.problem.detail}`)
        expect(names).toContain(result.message.name)
        const fields = [
          ...leavesOf(document.value as unknown as Json, 'value'),
          ...(Object.keys(document.given).length === 0 ? [] : leavesOf(document.given, 'given')),
        ]
        const told = [...result.carried, ...result.derived, ...result.losses].map(({ field }) => field)
        expect(told.toSorted()).toEqual([...fields].toSorted())
        for (const { field, to } of result.carried) expect([to, at(result, to)]).toEqual([to, at(document, field)])
        expect(result).toMatchObject({ liability: 'absent', guarantee: 'absent', revocation: 'absent' })
      }),
      { numRuns: 100 },
    )
  })

  it('no card data leaves, and the refusal holds none of it', () => {
    fc.assert(
      fc.property(valid, cardNumber, fc.constantFrom(...wrappings), ({ document, context }, number, { wrap }) => {
        const wrapped = wrap(number)
        const marked = { ...document, given: { ...document.given, note: wrapped } } as unknown as Json
        const result = translateOut(accept(marked), adapter, context)
        expect(result.outcome === 'refused' && result.problem.code).toBe('card-data-present')
        expect(JSON.stringify(result)).not.toContain(number)
      }),
      { numRuns: 100 },
    )
  })
})
