/** The laws of the bridge, proven for every adapter in the registry alike. */
import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  type Adapter,
  asVerified,
  type BridgeContext,
  type BridgeResult,
  type Draft,
  type NeverCrosses,
  sealAdapter,
  type Verified,
} from '../../bridge/adapter.ts'
import { readDescription } from '../../bridge/message.ts'
import { memoryNonces } from '../../bridge/nonces.ts'
import { adapters } from '../../bridge/registry.ts'
import { translate } from '../../bridge/translate.ts'
import { accept, refuse } from '../../reference/core/outcome.ts'
import { isMessage } from '../../schemas/index.ts'
import { cardNumber, hidden, wrappings } from './card-samples.ts'
import { samples } from './samples.ts'
import { contextOf, tapRequest } from './tap-agent.ts'

/** How often a property runs: more where `AMP_BRIDGE_RUNS` multiplies it. */
const runs = (count: number): number => count * Number(process.env.AMP_BRIDGE_RUNS ?? 1)

const run = (message: unknown, context: BridgeContext) => translate(readDescription(message), context)

const codeOf = (result: BridgeResult) => (result.outcome === 'refused' ? result.problem.code : result.outcome)

/** The value at a path of the result, by RFC 6901 steps. */
const at = (result: unknown, path: string): unknown =>
  path
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], result)

describe('the registry', () => {
  it('has samples for every adapter, and no protocol twice', () => {
    expect(Object.keys(samples).sort()).toEqual(adapters.map(({ protocol }) => protocol).sort())
  })
})

describe('a draft', () => {
  it('cannot say more than that somebody asks: the types say so', () => {
    expectTypeOf<Draft['status']>().toEqualTypeOf<'inactive'>()
    expectTypeOf<Draft>().toExtend<NeverCrosses>()
    expectTypeOf<NeverCrosses[keyof NeverCrosses]>().toEqualTypeOf<'absent'>()
    expectTypeOf<{ wire: string }>().not.toExtend<Verified<{ wire: string }>>()
  })

  it('is not reached where verification refuses', async () => {
    const steps: string[] = []
    const adapter: Adapter<string, string> = {
      protocol: 'steps',
      versions: [],
      experimental: true,
      messages: [],
      detect: () => ({ mine: true, reasons: [] }),
      parse: () => {
        steps.push('parse')
        return accept('wire')
      },
      verify: async (wire) => {
        steps.push('verify')
        return steps.length > 2 ? accept(asVerified(wire)) : refuse('foreign-signature-invalid')
      },
      toAmp: () => {
        steps.push('translate')
        return refuse('message-malformed')
      },
    }
    const sealed = sealAdapter(adapter)
    const read = readDescription(await tapRequest())
    expect(codeOf(await translate(read, contextOf(), [sealed]))).toBe('foreign-signature-invalid')
    expect(steps).toEqual(['parse', 'verify'])
    expect(codeOf(await translate(read, contextOf(), [sealed]))).toBe('message-malformed')
    expect(steps.slice(2)).toEqual(['parse', 'verify', 'translate'])
  })
})

describe.each(Object.entries(samples))(
  '%s',
  (_protocol, { valid, tamperings, neverDrafts, neverReplays, sometimesReplays }) => {
    it('no forged trust: at most an inactive draft in AMP shape, and none from an identity', async () => {
      let drafts = 0
      await fc.assert(
        fc.asyncProperty(valid, async (make) => {
          const sample = await make()
          const result = await run(sample.message, sample.context())
          expect(result.outcome).toBe('translated')
          if (result.outcome !== 'translated') return
          expect(result).toMatchObject({ liability: 'absent', guarantee: 'absent', revocation: 'absent' })
          expect(result.evidence.filter(({ kind }) => kind === 'user-mandate')).toEqual([
            { kind: 'user-mandate', status: 'absent' },
          ])
          const { draft } = result
          if (sample.identityOnly) expect(draft).toBeUndefined()
          if (!draft) return
          drafts += 1
          expect(draft).toMatchObject({
            status: 'inactive',
            liability: 'absent',
            guarantee: 'absent',
            revocation: 'absent',
          })
          expect(
            Object.keys(draft).filter((name) => /assurance|identity|mandateId|token|sign|cnf/i.test(name)),
          ).toEqual([])
          const inShape =
            draft.mode === 'IMMEDIATE'
              ? isMessage('common/checkout', draft.checkout)
              : isMessage('trust/intent-autonomous', draft.intent)
          expect(inShape).toBe(true)
        }),
        { numRuns: runs(60) },
      )
      if (neverDrafts) expect(drafts).toBe(0)
      else expect(drafts).toBeGreaterThan(8)
    })

    it('no silent loss: every field is carried, derived or lost, once; what is carried arrives unchanged', async () => {
      await fc.assert(
        fc.asyncProperty(valid, async (make) => {
          const sample = await make()
          const result = await run(sample.message, sample.context())
          if (result.outcome !== 'translated') throw new Error(`not translated: ${codeOf(result)}`)
          const told = [...result.carried, ...result.derived, ...result.losses].map(({ field }) => field)
          expect(told.toSorted()).toEqual([...sample.fields.keys()].toSorted())
          for (const { field, to } of result.carried) expect(at(result, to)).toEqual(sample.fields.get(field))
          for (const { why } of result.losses) expect(why).not.toBe('')
        }),
        { numRuns: runs(60) },
      )
    })

    it('no card data: hidden anywhere in any wrapping it is refused, and the refusal holds none of it', async () => {
      await fc.assert(
        fc.asyncProperty(
          valid,
          cardNumber,
          fc.constantFrom(...wrappings),
          fc.nat(),
          async (make, number, wrapping, pick) => {
            const sample = await make()
            const wrapped = wrapping.wrap(number)
            const message = hidden(sample.message, wrapped, pick)
            const result = await run(message, sample.context())
            expect([wrapping.name, codeOf(result)]).toEqual([wrapping.name, 'card-data-present'])
            const said = JSON.stringify(result)
            expect(said.includes(number) || said.includes(JSON.stringify(wrapped).slice(1, -1))).toBe(false)
          },
        ),
        { numRuns: runs(100) },
      )
    })

    describe.each(tamperings)('verify before translate: with $name changed', ({ code, apply, isLate }) => {
      it(`is ${code}, and the message itself still passes afterwards`, async () => {
        let applied = 0
        await fc.assert(
          fc.asyncProperty(valid, fc.nat(), async (make, pick) => {
            const sample = await make()
            const change = apply(sample, pick)
            if (!change) return
            applied += 1
            const nonces = memoryNonces(1_000)
            const result = await run(change.message ?? sample.message, sample.context({ nonces, ...change.context }))
            expect(codeOf(result)).toBe(code)
            expect(Object.keys(result)).not.toContain('identity')
            expect(Object.keys(result)).not.toContain('draft')
            if (isLate) return
            expect((await run(sample.message, sample.context({ nonces }))).outcome).toBe('translated')
          }),
          { numRuns: runs(16) },
        )
        expect(applied).toBeGreaterThan(0)
      })
    })

    it.skipIf(neverReplays)('a message passes once', async () => {
      await fc.assert(
        fc.asyncProperty(valid, async (make) => {
          const sample = await make()
          const context = sample.context()
          const first = await run(sample.message, context)
          expect(first.outcome).toBe('translated')
          if (sometimesReplays && first.outcome === 'translated' && first.identity.proof === 'none') return
          expect(codeOf(await run(sample.message, context))).toBe('foreign-nonce-replayed')
        }),
        { numRuns: runs(16) },
      )
    })
  },
)
