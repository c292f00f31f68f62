/** What the gateway counts: messages by protocol, outcome and problem, losses, and how long translation took. */
import { Counter, Histogram, Registry } from 'prom-client'
import type { BridgeResult } from './adapter.ts'

/** Counters of one gateway, in a registry of its own. */
export type BridgeMetrics = {
  readonly contentType: string
  readonly text: () => Promise<string>
  /** Starts timing one message; the returned function takes its result. */
  readonly start: () => (result: BridgeResult) => void
}

export const bridgeMetrics = (): BridgeMetrics => {
  const registry = new Registry()
  const messages = new Counter({
    name: 'amp_bridge_messages_total',
    help: 'Foreign messages by protocol, outcome and problem.',
    labelNames: ['protocol', 'outcome', 'problem'] as const,
    registers: [registry],
  })
  const losses = new Counter({
    name: 'amp_bridge_losses_total',
    help: 'Fields of translated messages that AMP has no place for, by the reason the adapter gives.',
    labelNames: ['protocol', 'reason'] as const,
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'amp_bridge_translation_seconds',
    help: 'Time from the received message to its translation or refusal.',
    labelNames: ['outcome'] as const,
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5],
    registers: [registry],
  })
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    start: () => {
      const stop = seconds.startTimer()
      return (result) => {
        const protocol = ('protocol' in result ? result.protocol : undefined) ?? 'unknown'
        const problem = result.outcome === 'refused' ? result.problem.code : ''
        stop({ outcome: result.outcome })
        messages.inc({ protocol, outcome: result.outcome, problem })
        if (result.outcome === 'translated') for (const { why } of result.losses) losses.inc({ protocol, reason: why })
      }
    },
  }
}
