/** Times the gate with the rating it reads; `npx tsx test/bench/gate.ts` runs it at full size. */
import { decideGate, type GatePolicy } from '../../../../reference/core/trust/gate.ts'
import { applyEvent, newStanding, ratingOf } from '../../../../reference/core/trust/rating.ts'
import { inputAt, payment, ratingPolicy, start } from './events.ts'

/**
 * Milliseconds at the 99th percentile of taking one event, rating and deciding; and merchants remembered.
 */
export const benchGate = (size: { readonly rules: number; readonly events: number; readonly decisions: number }) => {
  const rules: GatePolicy['rules'] = Array.from({ length: size.rules }, (_, index) => ({
    id: `rule-${index}`,
    when: { amountAbove: { currency: 'USD', value: String(index * 300) }, riskAtLeast: index },
    disposition: 'observe',
  }))
  const policy: GatePolicy = { policyId: 'large', currencies: ['USD'], rules }
  let standing = newStanding(start)
  for (let index = 0; index < size.events; index += 1)
    standing = applyEvent(
      ratingPolicy,
      standing,
      payment(index, start + index * 60, { merchantId: `merchant-${index % 500}` }),
    )
  const times: number[] = []
  for (let index = 0; index < size.decisions; index += 1) {
    const input = inputAt({
      ...{ tier: 1, lowest: 900, device: 2, runtime: 2, calm: index % 1000, room: index * 100 },
      ...{ silent: false, mode: 'AUTONOMOUS' },
    })
    const from = performance.now()
    standing = applyEvent(ratingPolicy, standing, payment(index, standing.at + 60))
    const { tier } = ratingOf(ratingPolicy, standing, standing.at)
    decideGate(policy, { ...input, tier })
    times.push(performance.now() - from)
  }
  const at99 = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0
  return { p99: at99(times), remembered: standing.earned.size }
}
