/** OpenTelemetry spans of a gateway, sent as OTLP over HTTP in JSON: one per message, below the caller's trace. */
import { randomBytes } from 'node:crypto'
import { request } from 'undici'

/** What a span says: names and codes of our own, nothing a stranger wrote. */
export type SpanFacts = Readonly<Record<string, string>>

/** Where spans go. */
export type Spans = {
  /** Starts one; `parent` is the header `traceparent` of the request. The returned function ends it. */
  readonly start: (parent: string | undefined) => (facts: SpanFacts) => void
  readonly flush: () => Promise<void>
}

/** Spans kept until the next flush, at most; more are dropped, never waited for. */
const heldMax = 1_000
const everyMs = 2_000

const attribute = ([key, value]: [string, string]) => ({ key, value: { stringValue: value } })

/** An exporter to a collector (`http://host:4318`). A collector that does not answer costs spans, never messages. */
export const otlpSpans = (endpoint: string): Spans => {
  let held: object[] = []
  const flush = async (): Promise<void> => {
    const spans = held
    held = []
    if (spans.length === 0) return
    const resource = { attributes: [attribute(['service.name', 'amp-bridge'])] }
    const body = JSON.stringify({
      resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'amp-bridge' }, spans }] }],
    })
    try {
      const answer = await request(`${endpoint}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(3_000),
      })
      await answer.body.dump()
    } catch {
      // Telemetry that is lost is lost.
    }
  }
  setInterval(flush, everyMs).unref()
  return {
    start: (parent) => {
      const [, trace, span] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(parent ?? '') ?? []
      const [began, from] = [BigInt(Date.now()) * 1_000_000n, process.hrtime.bigint()]
      return (facts) => {
        if (held.length >= heldMax) return
        held.push({
          traceId: trace ?? randomBytes(16).toString('hex'),
          spanId: randomBytes(8).toString('hex'),
          ...(span ? { parentSpanId: span } : {}),
          name: 'translate',
          kind: 2,
          startTimeUnixNano: String(began),
          endTimeUnixNano: String(began + (process.hrtime.bigint() - from)),
          attributes: Object.entries(facts).map(attribute),
        })
      }
    },
    flush,
  }
}
