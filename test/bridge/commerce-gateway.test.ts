/** Proves that the gateway answers platforms of UCP and ACP in their own words, over HTTP, and opens what is ready. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Draft } from '../../bridge/adapter.ts'
import { createGateway, soleTenant } from '../../bridge/gateway.ts'
import { memoryNonces } from '../../bridge/nonces.ts'
import type { TapRequest } from '../../bridge/visa-tap/sign.ts'
import { accept } from '../../reference/core/outcome.ts'
import { acpSample, acpTestSettings } from './acp/samples.ts'
import { directoryOf, ucpPlatform } from './parties.ts'
import { now } from './tap-agent.ts'
import { ucpSigned } from './ucp/parties.ts'
import { ucpCheckout } from './ucp/samples.ts'

const drafts: Draft[] = []
const authorizeUrl = 'https://wallet.example/authorize/1'
let server: Server
let origin = ''

beforeAll(async () => {
  const gateway = createGateway({
    tenants: soleTenant(() => [origin], acpTestSettings),
    directory: directoryOf(),
    nonces: memoryNonces(),
    openDraft: async (draft) => {
      drafts.push(draft)
      return accept({ sessionId: 'cps-1', authorizeUrl, status: 'inactive' })
    },
    now: () => now,
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

const send = async ({ method, url, headers, body }: TapRequest) => {
  const path = url.replace(/^https?:\/\/[^/]+/, '')
  const answer = await fetch(`${origin}${path}`, { method, headers, ...(body === undefined ? {} : { body }) })
  const said = (await answer.json()) as { readonly messages: readonly { readonly content: string }[] }
  return { status: answer.status, headers: answer.headers, body: said }
}

describe('UCP', () => {
  const money = { currency: 'USD' as const, price: 1_250, quantity: 1, tax: 0, discount: 0 }
  const offer = (key: string, headers: Record<string, string> = {}) =>
    ucpSigned(
      {
        method: 'POST',
        url: `${origin}/offers`,
        headers: {
          'content-type': 'application/json',
          'ucp-agent': `profile="${ucpPlatform.issuer}"`,
          'idempotency-key': key,
          ...headers,
        },
        body: JSON.stringify(ucpCheckout({ version: '2026-04-08', id: 'session-1', money })),
      },
      ucpPlatform,
      now,
    )

  it('hears that the buyer has to review, and where', async () => {
    const before = drafts.length
    const message = await offer('k-1')
    expect(await send(message)).toMatchObject({
      status: 200,
      body: {
        ucp: { version: '2026-04-08', status: 'error' },
        messages: [{ type: 'error', severity: 'requires_buyer_review' }],
        continue_url: authorizeUrl,
      },
    })
    expect(drafts.slice(before)).toMatchObject([{ status: 'inactive', source: { protocol: 'ucp' } }])
    expect(await send(message)).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } })
    expect(drafts.length).toBe(before + 1)
  })

  it('hears which part of its signature is wrong', async () => {
    const message = await offer('k-2')
    const changed = { ...message, headers: { ...message.headers, 'idempotency-key': 'k-3' } }
    expect(await send(changed)).toMatchObject({ status: 401, body: { code: 'signature_invalid' } })
    expect(await send({ ...message, body: `${message.body} ` })).toMatchObject({
      status: 400,
      body: { code: 'digest_mismatch' },
    })
  })
})

describe('ACP', () => {
  it.each([
    ['2025-09-29', 'not_ready_for_payment'],
    ['2026-01-30', 'pending_approval'],
    ['2026-04-17', 'pending_approval'],
  ] as const)('of %s hears that its session waits', async (version, status) => {
    const { message } = acpSample({ version, key: `key-${version}` })
    const answer = await send(message)
    expect(answer).toMatchObject({ status: 200, body: { id: 'session-1', status } })
    expect(answer.body.messages[0]?.content).toContain(authorizeUrl)
    expect(answer.headers.get('idempotency-key')).toBe(`key-${version}`)
    expect(await send(message)).toMatchObject({
      status: version === '2026-04-17' ? 422 : 409,
      body: { code: 'idempotency_conflict' },
    })
  })

  it('hears that its token, its version or its key is missing', async () => {
    const { message } = acpSample({ key: 'key-4' })
    const with_ = (headers: Record<string, string>) => ({ ...message, headers: { ...message.headers, ...headers } })
    expect(await send(with_({ authorization: 'Bearer nobody-knows-this' }))).toMatchObject({
      status: 401,
      body: { code: 'unauthorized' },
    })
    expect(await send(with_({ 'api-version': '2026-01-22' }))).toMatchObject({
      status: 400,
      body: { code: 'unsupported_api_version', supported_versions: expect.arrayContaining(['2026-04-17']) },
    })
    const request = acpSample({ kind: 'request' }).message
    const { 'idempotency-key': _key, ...headers } = request.headers
    expect(await send({ ...request, headers })).toMatchObject({ body: { code: 'idempotency_key_required' } })
  })

  it('gets its events acknowledged', async () => {
    const { message } = acpSample({ kind: 'event' })
    const sent = { ...message, headers: { ...message.headers, 'request-id': 'r-1' } }
    expect(await send(sent)).toMatchObject({ status: 200, body: { received: true, request_id: 'r-1' } })
    const code = `t=${now},v1=${'0'.repeat(64)}`
    const forged = { ...message, headers: { ...message.headers, 'merchant-signature': code } }
    expect(await send(forged)).toMatchObject({ status: 401, body: { code: 'invalid_signature' } })
  })
})
