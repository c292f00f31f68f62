/** The clearing as it is served: streams that break off, budget nobody used, cycles the clock cuts off, servers that are full. */
import { randomBytes } from 'node:crypto'
import { request as overHttp } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { gatherTraders, type Traders } from '../../../demo/traders.ts'
import { audit } from '../../../reference/clearing/audit.ts'
import type { Outcome } from '../../../reference/core/index.ts'
import {
  callOperation,
  createPayer,
  createSeller,
  type PayerChannel,
  startReference,
} from '../../../reference/index.ts'
import type { ReferenceOptions } from '../../../reference/main.ts'
import { version } from '../../../schemas/index.ts'

const hooksSecret = randomBytes(16).toString('base64url')

const must = <Value>(outcome: Outcome<Value>): Value => {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal))
  return outcome.value
}

const house = async (options: ReferenceOptions = {}) => {
  const reference = await startReference({ hooksSecret, ...options })
  const traders = await gatherTraders(reference, hooksSecret)
  const terms = {
    payeeId: traders.seller.agentId,
    mandate: traders.mandate,
    currency: 'USD',
    cap: 50_000n,
    notAfter: reference.world.now() + 3_600,
  }
  return { reference, traders, terms, payer: createPayer(traders.buyer) }
}

const tokenOf = async (traders: Traders, idleSeconds: number): Promise<string> => {
  const { agentId, key, clearing, world } = traders.buyer
  const exchange = {
    endpoint: clearing.endpoint,
    keyId: `${agentId}#${key.publicJwk.kid}`,
    privateKey: key.privateKey,
  }
  return must(await callOperation('clearing.openStream', { idleSeconds }, exchange, world)).streamToken
}

/** Sends text over one long request, ends it where told to, and reads all that comes back. */
const stream = async (traders: Traders, text: string, { idleSeconds = 20, end = true } = {}) => {
  const token = await tokenOf(traders, idleSeconds)
  return new Promise<{ status: number; lines: Record<string, unknown>[] }>((resolve, reject) => {
    const request = overHttp(
      `${traders.buyer.clearing.endpoint}/stream`,
      { method: 'POST', headers: { authorization: `Bearer ${token}`, 'amp-version': version } },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (data) => {
          body += data
        })
        response.on('close', () =>
          resolve({
            status: response.statusCode ?? 0,
            lines: body
              .split('\n')
              .filter((line) => line !== '')
              .map((line) => JSON.parse(line)),
          }),
        )
      },
    )
    request.on('error', reject)
    request.write(text)
    if (end) request.end()
  })
}

const codesOf = ({ lines }: { lines: readonly Record<string, unknown>[] }) =>
  lines.flatMap(({ problem }) => (problem ? [(problem as { code: string }).code] : []))

describe('a stream', () => {
  let home: Awaited<ReturnType<typeof house>>
  let channel: PayerChannel
  beforeAll(async () => {
    home = await house()
    channel = must(await home.payer.openChannel(home.terms))
  })
  afterAll(async () => {
    expect(await audit(home.reference.database as never)).toEqual([])
    await home.reference.stop()
  })
  const line = (units = 1n): string => `${JSON.stringify(must(channel.next(units)))}\n`

  it('ends at a line that is no tick, and keeps what came before', async () => {
    for (const [bad, code] of [
      ['{"a":', 'json-malformed'],
      ['{"channelId":1}', 'request-invalid'],
      ['[]', 'request-invalid'],
    ] as const) {
      const before = channel.promised
      const answer = await stream(home.traders, `${line()}${line()}\n\n${bad}\n${line()}`, { end: false })
      expect([answer.status, codesOf(answer)]).toEqual([200, [code]])
      expect(must(await channel.inquire()).authorised).toBe(String(before + 2n))
      await stream(home.traders, line())
    }
  })

  it('ends at a line that is too long, however slowly it comes', async () => {
    const answer = await stream(home.traders, 'x'.repeat(5_000), { end: false })
    expect([answer.status, answer.lines]).toEqual([200, []])
  })

  it('goes on after a channel that is unknown', async () => {
    const foreign = { channelId: 'A'.repeat(43), delivered: '1' }
    const answer = await stream(home.traders, `${JSON.stringify(foreign)}\n${line()}`)
    expect(codesOf(answer)).toEqual(['channel-unknown'])
    expect(answer.lines.at(-1)).toMatchObject({ result: 'accepted', authorised: String(channel.promised) })
  })

  it('is cut when nothing comes for as long as was agreed', async () => {
    const started = performance.now()
    const answer = await stream(home.traders, line(), { idleSeconds: 1, end: false }).catch((error: Error) => error)
    expect(performance.now() - started).toBeGreaterThan(900)
    expect(answer).toBeDefined()
  })

  it('opens for nobody without a token, over either way', async () => {
    const { endpoint } = home.traders.buyer.clearing
    const plain = await fetch(`${endpoint}/stream`, { method: 'POST', headers: { 'amp-version': version } })
    expect([plain.status, ((await plain.json()) as { code: string }).code]).toEqual([401, 'session-missing'])
    const old = await fetch(`${endpoint}/stream`, { method: 'POST', headers: { authorization: 'Bearer x' } })
    expect(((await old.json()) as { code: string }).code).toBe('version-unsupported')
    expect((await fetch(`${endpoint}/stream`)).status).toBe(405)
    const socket = new WebSocket(`${endpoint.replace('http', 'ws')}/stream`, { headers: { 'amp-version': version } })
    const status = await new Promise((resolve) =>
      socket.on('unexpected-response', (_, response) => resolve(response.statusCode)).on('error', () => {}),
    )
    expect(status).toBe(401)
    const nowhere = new WebSocket(`${endpoint.replace('http', 'ws')}/nothing`)
    expect(
      await new Promise((resolve) =>
        nowhere.on('unexpected-response', (_, response) => resolve(response.statusCode)).on('error', () => {}),
      ),
    ).toBe(404)
  })
})

describe('a clearing that is full', () => {
  it('refuses single ticks unchanged, and takes them later', { timeout: 120_000 }, async () => {
    const { reference, traders, terms, payer } = await house({ clearing: { windows: { waitingMax: 1, ticksMax: 1 } } })
    const channel = must(await payer.openChannel({ ...terms, profile: 'voucher' as const }))
    const { agentId, key, clearing, world } = traders.buyer
    const exchange = {
      endpoint: clearing.endpoint,
      keyId: `${agentId}#${key.publicJwk.kid}`,
      privateKey: key.privateKey,
    }
    let busy = 0
    for (let round = 0; round < 30 && busy === 0; round++) {
      const ticks = Array.from({ length: 24 }, () => must(channel.next(1n)))
      const outcomes = await Promise.all(ticks.map((tick) => callOperation('clearing.tick', tick, exchange, world)))
      const taken = outcomes.flatMap((outcome, at) => (outcome.ok ? [BigInt(ticks[at]?.voucher?.cumulative ?? 0)] : []))
      const codes = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.refusal.code]))
      expect(codes.filter((code) => code !== 'clearing-busy')).toEqual([])
      busy += codes.length
      const highest = taken.reduce((most, one) => (one > most ? one : most), 0n)
      expect(BigInt(must(await channel.inquire()).authorised)).toBeGreaterThanOrEqual(highest)
    }
    expect(busy).toBeGreaterThan(0)
    const last = must(channel.next(1n))
    expect(must(await callOperation('clearing.tick', last, exchange, world)).authorised).toBe(String(channel.promised))
    expect(await audit(reference.database as never)).toEqual([])
    await reference.stop()
  })

  it('holds streams back, and loses nothing', async () => {
    const { reference, traders, terms, payer } = await house({
      clearing: { windows: { waitingMax: 40, ticksMax: 20, delayMsMax: 2 } },
    })
    const channel = must(await payer.openChannel(terms))
    const lines = Array.from({ length: 5_000 }, () => `${JSON.stringify(must(channel.next(1n)))}\n`).join('')
    const answer = await stream(traders, lines)
    expect(codesOf(answer)).toEqual([])
    expect(answer.lines.at(-1)).toMatchObject({ authorised: '5000' })
    expect(answer.lines.length).toBeGreaterThan(100)
    expect(await audit(reference.database as never)).toEqual([])
    await reference.stop()
  })
})

describe('budget that was asked for', () => {
  it('is given back where the answer of the network got lost', async () => {
    let lose = true
    const { reference, terms, payer } = await house({
      deviation: {
        answers: (operation, body) => {
          if (operation === 'network.grantClearing' && lose) return { lost: true }
          return body
        },
      },
    })
    const held = async () =>
      (
        (await reference.database
          .selectFrom('network_mandates' as never)
          .select(['held'] as never)
          .executeTakeFirstOrThrow()) as { held: bigint }
      ).held
    expect(await payer.openChannel(terms)).toMatchObject({ refusal: { code: 'peer-unavailable' } })
    expect(await held()).toBe(5n)
    await reference.sweep()
    expect(await held()).toBe(5n)
    reference.setClockOffset(61)
    await reference.sweep()
    await expect.poll(held, { timeout: 10_000 }).toBe(0n)
    lose = false
    reference.setClockOffset(0)
    expect(await payer.openChannel(terms)).toMatchObject({ ok: true })
    expect(await held()).toBe(5n)
    await reference.stop()
  })
})

describe('cycles by the clock', () => {
  it('are cut off when their time is over, and discharged by the rail', async () => {
    const discharged: string[] = []
    const { reference, traders, terms, payer } = await house({
      clearing: {
        cycleSeconds: 600,
        rail: async ({ direction, minor }) => {
          discharged.push(`${direction} ${minor}`)
          return 'settled'
        },
      },
    })
    const channel = must(await payer.openChannel(terms))
    const seller = createSeller(traders.seller)
    const till = must(await seller.join(channel.channelId))
    for (let count = 0; count < 40; count++) {
      const tick = must(channel.next(1_000n))
      must(till.take(tick))
      await till.redeem(tick)
    }
    await till.deliver(40_000n)
    must(await till.durable())
    await reference.sweep()
    expect(discharged).toEqual([])
    reference.setClockOffset(601)
    await reference.sweep()
    expect(discharged.sort()).toEqual(['collect 4', 'pay 4'])
    await reference.sweep()
    expect(discharged).toHaveLength(2)
    expect(await audit(reference.database as never)).toEqual([])
    await seller.stop()
    await reference.stop()
  })
})
