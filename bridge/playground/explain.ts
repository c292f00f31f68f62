/** What the playground shows of a message: who knows it and why, how far it came, and what it becomes. */
import type { Outcome } from '../../reference/core/outcome.ts'
import { type BridgeResult, neverCrosses, type OutboundResult, type Settings } from '../adapter.ts'
import { refuseCardData } from '../card-data.ts'
import type { Json } from '../json.ts'
import { staticDirectory } from '../keys.ts'
import { readDescription } from '../message.ts'
import { memoryNonces } from '../nonces.ts'
import { adapterOf, adapters } from '../registry.ts'
import { translateOut } from '../translate-out.ts'

/** One step of the way: passed, where it ended, or not reached. */
export type Step = {
  readonly name: string
  readonly status: 'passed' | 'refused' | 'not reached'
  readonly why?: string
}

/** Everything about one message. */
export type Explanation = {
  readonly detection: readonly {
    readonly protocol: string
    readonly mine: boolean
    readonly reasons: readonly string[]
  }[]
  readonly steps: readonly Step[]
  readonly result: BridgeResult | OutboundResult
  /** The command that does the same. */
  readonly command: string
}

const names = ['read', 'card data', 'detect', 'parse', 'verify', 'translate'] as const

const stepsTo = (
  reached: (typeof names)[number],
  refusal?: { readonly code: string; readonly detail?: string },
): readonly Step[] =>
  names.map((name, index) => {
    const at = names.indexOf(reached)
    if (index > at) return { name, status: 'not reached' }
    if (index < at || refusal === undefined) return { name, status: 'passed' }
    return {
      name,
      status: 'refused',
      why: `${refusal.code}${refusal.detail === undefined ? '' : `: ${refusal.detail}`}`,
    }
  })

const refusedAt = (
  step: (typeof names)[number],
  { refusal }: Extract<Outcome<unknown>, { ok: false }>,
  more: Partial<Explanation> & { readonly protocol?: string } = {},
): Explanation => {
  const { protocol, ...rest } = more
  const result: BridgeResult = {
    outcome: 'refused',
    ...(protocol === undefined ? {} : { protocol }),
    problem: refusal,
    evidence: [],
    losses: [],
  }
  return { detection: [], command: '', ...rest, steps: stepsTo(step, refusal), result }
}

const commandFor = (way: 'from' | 'to', protocol: string, now: number): string =>
  `npx amp bridge translate --${way} ${protocol} --in message.json${way === 'from' ? ' --keys keys.json' : ''} --now ${now}`

/** Explains a message of another protocol. Each is looked at alone: no nonce of one is remembered for the next. */
export const explain = async (input: Json, keys: unknown, settings: Settings, now: number): Promise<Explanation> => {
  const directory = staticDirectory(keys, { name: 'keys', allowPublicTestKeys: true })
  const read = readDescription(input)
  if (!read.ok) return refusedAt('read', read)
  const clean = refuseCardData(read.value, adapters)
  if (!clean.ok) return refusedAt('card data', clean)
  const detection = adapters.map(({ protocol, detect }) => ({ protocol, ...detect(read.value) }))
  const found = detection.find(({ mine }) => mine)
  const adapter = found && adapterOf(found.protocol)
  if (!adapter) {
    const reasons = detection.flatMap((each) => each.reasons)
    const result: BridgeResult = { outcome: 'not-this-protocol', reasons, evidence: [], losses: [] }
    return { detection, steps: stepsTo('detect', { code: 'protocol-unknown' }), result, command: '' }
  }
  const { protocol } = adapter
  let step: (typeof names)[number] = 'parse'
  const translation = await adapter.run(read.value, { now, directory, nonces: memoryNonces(), settings }, (begins) => {
    step = begins
  })
  const command = commandFor('from', protocol, now)
  if (!translation.ok) return refusedAt(step, translation, { detection, command, protocol })
  const result: BridgeResult = { outcome: 'translated', protocol, ...neverCrosses, ...translation.value }
  return { detection, steps: stepsTo('translate'), result, command }
}

/** Explains an AMP document on its way to another protocol. */
export const explainOut = (input: Json, protocol: string, settings: Settings, now: number): Explanation | undefined => {
  const adapter = adapterOf(protocol)
  if (!adapter) return undefined
  const result = translateOut({ ok: true, value: input }, adapter, { now, settings })
  const steps: readonly Step[] = [
    result.outcome === 'translated'
      ? { name: 'translate', status: 'passed' }
      : { name: 'translate', status: 'refused', why: `${result.problem.code}: ${result.problem.detail ?? ''}` },
  ]
  return { detection: [], steps, result, command: commandFor('to', protocol, now) }
}
