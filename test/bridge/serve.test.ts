/** Proves the gateway as users run it: processes from a configuration, one replay store, and a payment from end to end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { exportJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { brokenLine } from '../../bridge/audit.ts'
import { adapterOf } from '../../bridge/registry.ts'
import { translateOut } from '../../bridge/translate-out.ts'
import { signTapRequest, type TapRequest } from '../../bridge/visa-tap/sign.ts'
import { accept } from '../../reference/core/outcome.ts'
import { type BuyerAgent, createBuyerAgent, evidenceOf, makeKey } from '../../reference/index.ts'
import { packageFile } from '../../schemas/index.ts'
import { approveOnPage, chromiumPath } from '../end-to-end/browser.ts'
import { type Cast, createCast, type User } from '../end-to-end/cast.ts'
import { signedRequest } from './signed-request.ts'
import { bounds, keySet, agent as tapAgent } from './tap-agent.ts'

const folder = mkdtempSync(join(tmpdir(), 'amp-gateway-'))
const write = (name: string, value: unknown): string => {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(value))
  return path
}

type Gateway = { readonly process: ChildProcess; readonly port: number; readonly log: string[] }
const gateways: Gateway[] = []

const start = async (config: string): Promise<Gateway> => {
  const args = ['--import', 'tsx', packageFile('amp.ts'), 'bridge', 'serve', '--config', config, '--json']
  const child = spawn(process.execPath, args, { cwd: packageFile('.'), stdio: ['ignore', 'pipe', 'pipe'] })
  const log: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line))
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error(`the gateway ended: ${log.join(' ')}`))),
  ])
  const gateway = { process: child, port: Number(new URL(JSON.parse(String(line)).url).port), log }
  gateways.push(gateway)
  return gateway
}

type Answer = { readonly status: number; readonly body: Record<string, unknown> }

const send = ({ port }: Gateway, message: TapRequest): Promise<Answer> =>
  new Promise((settle, fail) => {
    const url = new URL(message.url)
    const headers = { ...message.headers, host: url.host }
    const out = httpRequest(
      { host: '127.0.0.1', port, method: message.method, path: `${url.pathname}${url.search}`, headers },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk) => chunks.push(chunk))
        answer.on('end', () =>
          settle({ status: answer.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) }),
        )
      },
    )
    out.on('error', fail)
    out.end(message.body)
  })

const seconds = (): number => Math.floor(Date.now() / 1000)
let count = 0
const tap = (
  body: unknown,
  host = 'merchant.example',
  tag: 'agent-payer-auth' | 'agent-browser-auth' = 'agent-payer-auth',
) => {
  count += 1
  const text = JSON.stringify(body)
  const request = {
    method: 'POST',
    url: `https://${host}/checkout`,
    headers: { 'content-type': 'application/json' },
    body: text,
  }
  return signTapRequest(request, tapAgent, {
    tag,
    nonce: `n-${count}`,
    created: seconds(),
    expires: seconds() + 300,
    coversBody: true,
  })
}

describe('two gateways from one configuration', () => {
  let cast: Cast
  let user: User
  let buyer: BuyerAgent
  let one: Gateway
  let two: Gateway

  beforeAll(async () => {
    cast = await createCast()
    user = await cast.seedUser()
    const key = await makeKey('bridged agent')
    const { reference } = cast
    buyer = createBuyerAgent({
      key,
      credentialProviderEndpoint: `${reference.url}/credential-provider`,
      networkId: 'https://network.amp.example',
      world: reference.world,
    })
    const profile = {
      name: 'Bridged Agent',
      developer: 'Example Labs',
      operator: 'Example Labs',
      modelFamily: 'example',
      version: '1',
      capabilities: ['shopping'],
      prohibitedScenarios: ['gambling'],
    }
    cast.granted(await buyer.register(profile, evidenceOf('https://evidence.example')))
    const bindingId = await cast.bind(buyer, user)
    write('agents.json', keySet)
    write('key.json', { ...(await exportJWK(key.privateKey)), kid: key.publicJwk.kid })
    const config = write('bridge.json', {
      listen: { port: 0 },
      nonces: `sqlite:${join(folder, 'nonces.db')}`,
      audit: 'evidence.jsonl',
      directories: { pinned: ['agents.json'] },
      amp: {
        endpoint: `${reference.url}/credential-provider`,
        agents: { '*': { agentId: buyer.agentId(), bindingId, keyFile: 'key.json' } },
      },
      tenants: [
        { name: 'shop', origins: ['https://merchant.example'] },
        {
          name: 'careful',
          origins: ['https://careful.example'],
          policy: { amountMax: { USD: '1.00' }, evidence: ['checkout'] },
        },
        { name: 'trial', origins: ['https://trial.example'], mode: 'shadow' },
        { name: 'tap alone', origins: ['https://tap.example'], protocols: ['visa-tap'] },
      ],
    })
    const other = write('bridge-two.json', { ...JSON.parse(readFileSync(config, 'utf8')), audit: 'evidence-two.jsonl' })
    ;[one, two] = await Promise.all([start(config), start(other)])
  })
  afterAll(async () => {
    for (const { process: child } of gateways) {
      if (child.exitCode !== null) continue
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    await cast?.reference.stop()
    rmSync(folder, { recursive: true })
  })

  it('carry a purchase through: TAP in, the user decides on the page of the wallet, AMP pays, the event goes out in the shape of VIC', async () => {
    const checkout = await cast.checkout()
    const answer = await send(
      one,
      await tap({ checkout, intent: { raw: 'running shoes please', desc: 'Running shoes' } }),
    )
    expect([answer.status, answer.body.problem]).toEqual([202, undefined])
    const session = answer.body.session as { sessionId: string; authorizeUrl: string; status: string }
    expect(session.status).toBe('inactive')
    if (chromiumPath === undefined) await cast.decide(session.authorizeUrl)
    else {
      const shown = await approveOnPage(session.authorizeUrl, user)
      for (const word of ['Bridged Agent', 'running shoes please', '89.00 USD']) expect(shown).toContain(word)
    }
    const held = await cast.held(buyer, session.sessionId)
    const token = cast.granted(await buyer.applyForToken(held, checkout))
    const paid = await cast.buy(checkout.reference_checkout_id, token)
    expect(paid.status).toBe(200)
    const payment = await vi.waitFor(async () => {
      const order = await cast.get('merchant.inquiryOrder', { checkoutId: checkout.reference_checkout_id })
      if (order.paymentStatus !== 'SUCCESS') throw new Error(JSON.stringify(order))
      const { paymentId, paymentAmount, paymentStatus } = order
      return { paymentId, paymentRequestId: checkout.reference_checkout_id, paymentStatus, paymentAmount }
    })
    const vic = adapterOf('visa-intelligent-commerce')
    if (!vic) throw new Error('no adapter')
    const given = {
      clientReferenceId: 'c-1',
      tokenId: 't-1',
      instructionId: session.sessionId,
      transactionReferenceId: 'txn-1',
    }
    const out = translateOut(accept({ kind: 'payment', value: payment as never, given }), vic, {
      now: seconds(),
      settings: {},
    })
    expect(out).toMatchObject({
      outcome: 'translated',
      message: {
        method: 'POST',
        path: `/vacp/v1/instructions/${session.sessionId}/confirmations`,
        body: {
          confirmationData: [
            {
              transactionReferenceId: 'txn-1',
              paymentConfirmationData: { transactionStatus: 'APPROVED', transactionType: 'PURCHASE' },
            },
          ],
        },
      },
    })
  })

  it('open one session for forty copies of one request, sent to both', async () => {
    const message = await tap({ intent: { ...bounds, expiry_time: '2030-01-01T00:00:00Z' } })
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => send(index % 2 === 0 ? one : two, message)),
    )
    const fresh = answers.filter(({ status }) => status === 202)
    expect(fresh).toHaveLength(1)
    expect(new Set(answers.flatMap(({ status, body }) => (status === 202 ? [] : [body.code])))).toEqual(
      new Set(['foreign-nonce-replayed']),
    )
  })

  it('answer a platform in its own shape, pending until the user decides', async () => {
    const mandates = [
      {
        mandateId: 'm-1',
        description: 'Tea',
        preferredMerchantName: 'Reference Outfitters',
        declineThreshold: { amount: '8.00', currencyCode: 'USD' },
        effectiveUntilTime: String(seconds() + 3_600),
      },
    ]
    const instruct = (declineThreshold: object) =>
      signedRequest(
        {
          method: 'POST',
          url: 'https://merchant.example/vacp/v1/instructions',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            clientReferenceId: 'c-1',
            tokenId: 't-1',
            mandates: [{ ...mandates[0], declineThreshold }],
          }),
        },
        {
          key: tapAgent.key,
          keyid: tapAgent.keyid,
          tag: 'amp-bridge',
          created: seconds(),
          expires: seconds() + 300,
          nonce: `vic-${(count += 1)}`,
        },
      )
    const answer = await send(one, await instruct({ amount: '8.00', currencyCode: 'USD' }))
    expect(answer).toMatchObject({
      status: 202,
      body: { clientReferenceId: 'c-1', status: 'PENDING', pendingEvents: ['USER_AUTHORIZATION'] },
    })
    expect(await send(one, await instruct({ amount: '8.001', currencyCode: 'USD' }))).toMatchObject({
      status: 400,
      body: { error: { status: '400', reason: 'MESSAGE_MALFORMED' } },
    })
  })

  it('hold each tenant to its own policy, mode and protocols', async () => {
    const checkout = await cast.checkout()
    expect((await send(one, await tap({ checkout }, 'careful.example'))).body.code).toBe('amount-out-of-range')
    const trial = await tap({ checkout }, 'trial.example')
    for (const code of [undefined, 'foreign-nonce-replayed']) {
      const { status, body } = await send(one, trial)
      expect([status, body.shadow, body.session, (body.problem as { code?: string } | undefined)?.code]).toEqual([
        200,
        true,
        undefined,
        code,
      ])
    }
    expect((await send(two, trial)).body).toMatchObject({ outcome: 'translated', shadow: true })
    const registration = { type: 'https://eips.ethereum.org/EIPS/eip-8004#registration-v1' }
    const file = {
      method: 'POST',
      url: 'https://tap.example/',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(registration),
    }
    expect((await send(one, file)).body.code).toBe('protocol-unknown')
    expect((await send(one, { ...file, url: 'https://elsewhere.example/' })).body.code).toBe('message-malformed')
  })

  it('forget an agent that is taken off the list, while they run, and keep what worked where the list is broken', async () => {
    const look = async () => (await send(one, await tap({}))).status
    expect(await look()).toBe(200)
    writeFileSync(join(folder, 'agents.json'), '{"keys":')
    await vi.waitFor(() => expect(one.log.some((line) => line.includes('configuration refused'))).toBe(true), {
      timeout: 5_000,
    })
    expect(await look()).toBe(200)
    write('agents.json', { keys: keySet.keys.slice(1) })
    await vi.waitFor(async () => expect(await look()).toBe(401), { timeout: 5_000, interval: 200 })
    write('agents.json', keySet)
    one.process.kill('SIGHUP')
    await vi.waitFor(async () => expect(await look()).toBe(200), { timeout: 5_000, interval: 200 })
  })

  it('are healthy and ready, count, and write evidence that shows when it was changed', async () => {
    const get = async (path: string) =>
      (await fetch(`http://127.0.0.1:${one.port}/.well-known/amp-bridge/${path}`)).text()
    expect([await get('health'), await get('ready')]).toEqual(['{"status":"ok"}', '{"status":"ready"}'])
    const metrics = await get('metrics')
    expect(metrics).toMatch(
      /amp_bridge_messages_total\{protocol="visa-intelligent-commerce",outcome="translated",problem=""\} 1/,
    )
    expect(metrics).toMatch(/amp_bridge_losses_total\{protocol="visa-tap",reason="the profile does not sign it"\} \d+/)
    const evidence = readFileSync(join(folder, 'evidence.jsonl'), 'utf8')
    expect(brokenLine(evidence)).toBeUndefined()
    const lines = evidence.trim().split('\n')
    expect(lines.length).toBeGreaterThan(5)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      tenant: 'shop',
      outcome: 'translated',
      protocol: 'visa-tap',
      agent: 'shop-agent',
      session: expect.any(String),
    })
    expect(brokenLine(evidence.replace('"outcome":"translated"', '"outcome":"refused"'))).toBe(2)
    expect(`${evidence}${one.log.join('')}`).not.toContain('running shoes please')
  })

  it('end where the configuration is a mistake, with 3 and the reason', async () => {
    const wrong = write('wrong.json', { tenants: [{ name: 'a', origins: ['https://a.example'] }], secret: 1 })
    await expect(start(wrong)).rejects.toThrow(/no member secret/)
  })
})
