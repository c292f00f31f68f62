/** Prometheus metrics of a server: calls by operation and outcome, and how long they took. */
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'

export type Metrics = {
  readonly registry: Registry
  readonly observe: (operation: string, outcome: string, seconds: number) => void
}

export const createMetrics = (): Metrics => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const calls = new Counter({
    name: 'amp_calls_total',
    help: 'Calls by operation and outcome (ok or problem code)',
    labelNames: ['operation', 'outcome'],
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'amp_call_seconds',
    help: 'Duration of calls by operation',
    labelNames: ['operation'],
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [registry],
  })
  return {
    registry,
    observe: (operation, outcome, duration) => {
      calls.inc({ operation, outcome })
      seconds.observe({ operation }, duration)
    },
  }
}
