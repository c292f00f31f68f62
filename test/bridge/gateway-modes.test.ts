/** Proves the gateway inside an application, its answers in other shapes, its spans and its policies. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Draft } from '../../bridge/adapter.ts'
import { ampBridge, soleTenant } from '../../bridge/gateway.ts'
import { readDescription } from '../../bridge/message.ts'
import { memoryNonces } from '../../bridge/nonces.ts'
import { otlpSpans } from '../../bridge/spans.ts'
import { judge } from '../../bridge/tenants.ts'
import { translate } from '../../bridge/translate.ts'
import { accept } from '../../reference/core/outcome.ts'
import { bounds, checkout, contextOf, directory, now, tapRequest } from './tap-agent.ts'

const open = async (server: Server): Promise<string> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const shut = async (server: Server): Promise<void> => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}

describe('inside an application', () => {
  const drafts: Draft[] = []
  const traces: unknown[] = []
  let collector: Server
  let shop: Server
  let origin = ''
  let spans: ReturnType<typeof otlpSpans>

  beforeAll(async () => {
    collector = createServer(async (req, res) => {
      const chunks: Buffer[] = []
      for await (const chunk of req) chunks.push(chunk as Buffer)
      traces.push(JSON.parse(Buffer.concat(chunks).toString()))
      res.end('{}')
    })
    spans = otlpSpans(await open(collector))
    const app = express()
    app.use(
      ampBridge({
        tenants: soleTenant(() => [origin]),
        directory,
        nonces: memoryNonces(),
        openDraft: async (draft) => {
          drafts.push(draft)
          return accept({ sessionId: 's-1', authorizeUrl: 'https://wallet.example/1', status: 'inactive' } as const)
        },
        now: () => now,
        spans,
      }),
    )
    app.use((req, res) => {
      const result = res.locals.ampBridge
      res.json({
        shop: true,
        body: Buffer.isBuffer(req.body) ? req.body.toString() : '',
        agent: result.identity?.agent.id ?? null,
      })
    })
    shop = createServer(app)
    origin = await open(shop)
  })
  afterAll(async () => {
    await shut(shop)
    await shut(collector)
  })

  let count = 0
  const signed = (body: unknown, tag: 'agent-payer-auth' | 'agent-browser-auth' = 'agent-payer-auth') => {
    count += 1
    return tapRequest(body, { nonce: `m-${count}`, tag }, undefined, { url: `${origin}/tea?page=1` })
  }
  const send = async (
    { url, method, headers, body }: Awaited<ReturnType<typeof signed>>,
    more: Record<string, string> = {},
  ) => {
    const answer = await fetch(url, {
      method,
      headers: { ...headers, ...more },
      ...(body === undefined ? {} : { body }),
    })
    return { status: answer.status, body: (await answer.json()) as { code?: string; body?: string } }
  }

  it('answers what proposes a payment, and lets everything else on to the shop', async () => {
    expect(await send(await signed({ checkout }))).toMatchObject({
      status: 202,
      body: { session: { sessionId: 's-1' } },
    })
    expect(drafts).toHaveLength(1)
    const browse = await send(await signed({ checkout }, 'agent-browser-auth'))
    expect(browse).toMatchObject({ status: 200, body: { shop: true, agent: 'shop-agent' } })
    expect(JSON.parse(browse.body.body ?? '')).toEqual({ checkout })
    const human = await fetch(`${origin}/tea`)
    expect(await human.json()).toEqual({ shop: true, body: '', agent: null })
    const forged = await signed({ checkout })
    expect((await send({ ...forged, url: `${origin}/coffee` })).body.code).toBe('foreign-signature-invalid')
    expect(drafts).toHaveLength(1)
  })

  it('tells a collector of each message, below the trace of its caller, and nothing it said', async () => {
    traces.length = 0
    const trace = '0af7651916cd43dd8448eb211c80319c'
    await spans.flush()
    await send(await signed({ checkout }), { traceparent: `00-${trace}-b7ad6b7169203331-01` })
    await spans.flush()
    const text = JSON.stringify(traces.at(-1))
    expect(text).toContain(`"traceId":"${trace}"`)
    expect(text).toContain('"parentSpanId":"b7ad6b7169203331"')
    expect(text).toContain('visa-tap')
    expect(text).not.toContain('Oolong')
  })
})

describe('a policy', () => {
  const of = async (body: unknown, coversBody = false) => {
    const result = await translate(readDescription(await tapRequest(body, { coversBody })), contextOf())
    if (result.outcome !== 'translated') throw new Error(result.outcome)
    return result
  }

  it('narrows by agent, by evidence and by amount, and says which', async () => {
    const proposal = await of({ checkout })
    expect(judge(proposal)).toBeUndefined()
    expect(judge(proposal, { agents: ['other'] })?.code).toBe('foreign-agent-unknown')
    expect(judge(proposal, { evidence: ['checkout'] })?.code).toBe('foreign-fields-missing')
    expect(judge(await of({ checkout }, true), { evidence: ['checkout'] })).toBeUndefined()
    expect(judge(proposal, { amountMax: { USD: '12.50' } })).toBeUndefined()
    expect(judge(proposal, { amountMax: { USD: '12.49' } })?.code).toBe('amount-out-of-range')
    expect(judge(proposal, { amountMax: { EUR: '1000' } })?.code).toBe('amount-out-of-range')
    expect(judge(await of({ intent: bounds }), { amountMax: { USD: '49.99' } })?.code).toBe('amount-out-of-range')
    expect(judge(await of({}), { amountMax: {}, evidence: ['checkout'] })).toBeUndefined()
  })
})
