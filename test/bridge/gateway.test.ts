/** Proves the gateway over real HTTP: what it answers, what reaches AMP, and what never reaches a log. */
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage, type RequestOptions, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Draft } from '../../bridge/adapter.ts'
import { createGateway, gatewayPaths, type OpenDraft, soleTenant } from '../../bridge/gateway.ts'
import { memoryNonces } from '../../bridge/nonces.ts'
import type { TapRequest } from '../../bridge/visa-tap/sign.ts'
import { accept, refuse } from '../../reference/core/outcome.ts'
import { isMessage } from '../../schemas/index.ts'
import { checkout, consumerObject, directory, now, signing, tapRequest } from './tap-agent.ts'

type Answer = { readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: string }

const lines: string[] = []
const drafts: Draft[] = []
const session = {
  sessionId: 'cps-1',
  mandateId: 'mandate-1',
  authorizeUrl: 'https://wallet.example/authorize/1',
  status: 'inactive',
} as const
const opens: OpenDraft = async (draft) => {
  drafts.push(draft)
  return accept(session)
}
let openDraft: OpenDraft = opens
let server: Server
let origin = ''

beforeAll(async () => {
  const log = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const gateway = createGateway({
    tenants: soleTenant(() => [origin], { currency: 'USD' }),
    directory,
    nonces: memoryNonces(),
    openDraft: (draft, identity) => openDraft(draft, identity),
    now: () => now,
    logger: pino(log),
  })
  server = gateway.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

beforeEach(() => {
  openDraft = opens
  drafts.length = 0
  lines.length = 0
})

const send = (
  message: TapRequest,
  more: RequestOptions = {},
  body: string | Buffer = message.body ?? '',
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { pathname, search } = new URL(message.url)
    const { port } = new URL(origin)
    const options = {
      host: '127.0.0.1',
      port,
      method: message.method,
      path: `${pathname}${search}`,
      headers: message.headers,
      ...more,
    }
    const out = httpRequest(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    out.on('error', reject)
    out.end(body)
  })

let count = 0
/** A signed request to the running gateway, with a nonce of its own. */
const signed = (
  body?: unknown,
  how: Parameters<typeof tapRequest>[1] = {},
  path = '/checkout?cart=secret-cart',
): Promise<TapRequest> => {
  count += 1
  return tapRequest(body, { nonce: `n-${count}`, ...how }, undefined, { url: `${origin}${path}` })
}

const problemOf = ({ status, headers, body }: Answer) => {
  const problem = JSON.parse(body)
  expect(headers['content-type']).toMatch(/^application\/problem\+json/)
  expect(isMessage('common/problem', problem)).toBe(true)
  expect(problem.status).toBe(status)
  return problem.code
}

describe('the gateway', () => {
  it('opens an inactive session for a proposed checkout and says where the user authorises', async () => {
    const answer = await send(await signed({ checkout }))
    expect(answer.status).toBe(202)
    expect(JSON.parse(answer.body)).toMatchObject({
      outcome: 'translated',
      identity: { interaction: 'payment', agent: { id: 'shop-agent' }, audience: new URL(origin).host },
      draft: { status: 'inactive', checkout },
      session,
      liability: 'absent',
    })
    expect(drafts).toEqual([expect.objectContaining({ kind: 'mandate-draft', status: 'inactive', checkout })])
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
    expect(answer.headers['x-powered-by']).toBeUndefined()
  })

  it('tells a browsing agent who it is, and opens nothing whatever it proposes', async () => {
    const answer = await send(await signed({ checkout }, { tag: 'agent-browser-auth' }))
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.body)).toMatchObject({ identity: { interaction: 'browse' } })
    expect(Object.keys(JSON.parse(answer.body))).not.toContain('session')
    expect(drafts).toEqual([])
  })

  it('opens one session for twenty copies of one request', async () => {
    const message = await signed({ checkout })
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(message)))
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1)
    expect(new Set(answers.filter(({ status }) => status !== 202).map(problemOf))).toEqual(
      new Set(['foreign-nonce-replayed']),
    )
    expect(drafts).toHaveLength(1)
  })

  it('passes on a refusal of AMP, and says when AMP cannot be reached', async () => {
    openDraft = async () => refuse('intent-unclear', { detail: 'say more' })
    expect(problemOf(await send(await signed({ checkout })))).toBe('intent-unclear')
    openDraft = () => Promise.reject(new Error('secret address'))
    const answer = await send(await signed({ checkout }))
    expect(problemOf(answer)).toBe('peer-unavailable')
    expect(`${answer.body}${lines.join('')}`).not.toContain('secret address')
  })

  it.each<[string, string, () => Promise<Answer>]>([
    ['a message of no protocol', 'protocol-unknown', () => send({ method: 'GET', url: `${origin}/a`, headers: {} })],
    [
      'a changed signature',
      'foreign-signature-invalid',
      async () => {
        const message = await signed()
        return send({ ...message, url: `${origin}/elsewhere` })
      },
    ],
    [
      'another host',
      'message-malformed',
      async () => {
        const message = await signed()
        return send({ ...message, headers: { ...message.headers, host: 'evil.example' } })
      },
    ],
    [
      'an absolute request target',
      'message-malformed',
      async () => send(await signed(), { path: 'http://evil.example/checkout' }),
    ],
    ['a body of 64 KiB and one byte', 'message-too-large', async () => send(await signed('x'.repeat(65_537)))],
    [
      'a compressed body',
      'media-type-unsupported',
      async () => {
        const message = await signed('x')
        return send({ ...message, headers: { ...message.headers, 'content-encoding': 'gzip' } })
      },
    ],
    [
      'a body that is not UTF-8',
      'message-malformed',
      async () => send(await signed('x'), {}, Buffer.from([0xc3, 0x28])),
    ],
    ['a card number', 'card-data-present', async () => send(await signed({ note: '4111 1111 1111 1111' }))],
  ])('refuses %s: %s', async (_name, code, answer) => {
    expect(problemOf(await answer())).toBe(code)
    expect(drafts).toEqual([])
  })

  it('takes a header that comes twice for what it is', async () => {
    const message = await signed()
    const { 'signature-input': input = '', signature = '' } = message.headers
    const twice = Object.entries({ 'signature-input': [input, input], signature: [signature] }).flatMap(
      ([name, values]) => values.flatMap((value) => [name, value]),
    )
    const answer = await send(message, {
      headers: ['host', new URL(origin).host, ...twice] as unknown as RequestOptions['headers'] & {},
    })
    expect(problemOf(answer)).toBe('message-malformed')
  })

  it('logs who, what and how it ended, and nothing of what was sent', async () => {
    const card = '4111111111111111'
    const consumer = consumerObject({ nonce: 'n-log', contextualData: { zip: 'hidden-zip' } })
    const message = await signed({ checkout, agenticConsumer: consumer }, { nonce: 'n-log' })
    const headers = { ...message.headers, authorization: 'Bearer hidden-token', 'x-request-id': 'hidden-id' }
    expect((await send({ ...message, headers })).status).toBe(202)
    expect(
      (
        await send({
          method: 'POST',
          url: `${origin}/${card}?pan=${card}`,
          headers: { 'x-request-id': card, 'user-agent': card },
          body: card,
        })
      ).status,
    ).toBe(422)
    await vi.waitFor(() => expect(lines).toHaveLength(2))
    const log = lines.join('')
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      outcome: 'translated',
      agent: 'shop-agent',
      res: { statusCode: 202 },
      req: { method: 'POST' },
    })
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ outcome: 'refused', problem: 'card-data-present' })
    for (const secret of [
      card,
      'hidden-zip',
      'hidden-token',
      'hidden-id',
      'secret-cart',
      'Oolong',
      message.headers.signature ?? '',
      consumer.signature,
      signing.nonce,
    ])
      expect(log).not.toContain(secret)
  })

  it('is healthy and counts by protocol, outcome and problem', async () => {
    expect((await send({ method: 'GET', url: `${origin}${gatewayPaths.health}`, headers: {} })).body).toBe(
      '{"status":"ok"}',
    )
    const { body } = await send({ method: 'GET', url: `${origin}${gatewayPaths.metrics}`, headers: {} })
    expect(body).toMatch(/amp_bridge_messages_total\{protocol="visa-tap",outcome="translated",problem=""\} \d+/)
    expect(body).toMatch(
      /amp_bridge_messages_total\{protocol="visa-tap",outcome="refused",problem="foreign-nonce-replayed"\} 19/,
    )
    expect(body).toMatch(/amp_bridge_translation_seconds_count\{outcome="translated"\} \d+/)
  })
})
