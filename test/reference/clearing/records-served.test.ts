/** Records over real sockets: agreed on or not taken, cut in the middle of a frame, beside clients that send lines, held back. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as overHttp } from 'node:http'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { gatherTraders, type Traders } from '../../../demo/traders.ts'
import { audit } from '../../../reference/clearing/audit.ts'
import { streamBounds } from '../../../reference/clearing/tick-stream.ts'
import { Outbox, type Tick } from '../../../reference/clearing-client/outbox.ts'
import { linkAt, recordBytes, recordProtocol, recordsMax } from '../../../reference/core/clearing/index.ts'
import type { Outcome } from '../../../reference/core/index.ts'
import { callOperation, createPayer, createSeller, startReference } from '../../../reference/index.ts'
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
  const stop = async () => {
    expect(await audit(reference.database as never)).toEqual([])
    await reference.stop()
  }
  return { traders, terms, stop }
}

const headersFor = async ({ buyer }: Traders) => {
  const { agentId, key, clearing, world } = buyer
  const keyId = `${agentId}#${key.publicJwk.kid}`
  const exchange = { endpoint: clearing.endpoint, keyId, privateKey: key.privateKey }
  const { streamToken } = must(await callOperation('clearing.openStream', {}, exchange, world))
  return { authorization: `Bearer ${streamToken}`, 'amp-version': version }
}

/** A WebSocket of the buyer and the lines it was sent. */
const socketOf = async (traders: Traders, protocols: string[] = [recordProtocol]) => {
  const url = `${traders.buyer.clearing.endpoint.replace('http', 'ws')}/stream`
  const socket = new WebSocket(url, protocols, { headers: await headersFor(traders) })
  const lines: Record<string, unknown>[] = []
  socket.on('message', (data) => {
    for (const line of String(data).split('\n')) if (line) lines.push(JSON.parse(line))
  })
  const closed = new Promise<number>((resolve) => void socket.on('close', resolve))
  await once(socket, 'open')
  const until = async (wanted: (line: Record<string, unknown>) => boolean): Promise<void> => {
    while (!lines.some(wanted)) await once(socket, 'message')
  }
  return { socket, lines, closed, until }
}

/** What a client would send for ticks, as one message. */
const recordsOf = (ticks: readonly Tick[]): Buffer => {
  const messages: Buffer[] = []
  const outbox = new Outbox((message) => void messages.push(message as Buffer), true)
  for (const tick of ticks) outbox.tick(tick)
  outbox.flush()
  return Buffer.concat(messages)
}

describe('a WebSocket', () => {
  let home: Awaited<ReturnType<typeof house>>
  beforeAll(async () => {
    home = await house()
  })
  afterAll(() => home.stop())
  const opened = async () => must(await createPayer(home.traders.buyer).openChannel(home.terms))

  it('carries records where they were asked for, and lines where not', async () => {
    const channel = await opened()
    const next = () => must(channel.next(1n))
    const agreed = await socketOf(home.traders, ['other', recordProtocol])
    expect(agreed.socket.protocol).toBe(recordProtocol)
    agreed.socket.send(recordsOf([next(), next()]))
    agreed.socket.send(`${JSON.stringify(next())}\n`)
    await agreed.until(({ authorised }) => authorised === '3')
    agreed.socket.close()
    const plain = await socketOf(home.traders, [])
    expect(plain.socket.protocol).toBe('')
    plain.socket.send(Buffer.from(`${JSON.stringify(next())}\n`))
    await plain.until(({ authorised }) => authorised === '4')
    plain.socket.send(recordsOf([next()]))
    expect([await plain.closed, plain.lines.at(-1)?.problem]).toMatchObject([1007, { code: 'json-malformed' }])
    expect(must(await channel.inquire()).authorised).toBe('4')
  })

  it('is cut in the middle of a frame: what came whole is taken, the rest is sent again and counts once', async () => {
    const channel = await opened()
    const ticks = Array.from({ length: 200 }, () => must(channel.next(1n)))
    const url = new URL(`${home.traders.buyer.clearing.endpoint}/stream`)
    const request = overHttp(url, {
      headers: {
        ...(await headersFor(home.traders)),
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': randomBytes(16).toString('base64'),
        'sec-websocket-protocol': recordProtocol,
      },
    })
    request.end()
    const [, raw] = (await once(request, 'upgrade')) as [unknown, Socket]
    const frameOf = (payload: Buffer): Buffer => {
      const head = Buffer.from([0x82, 0x80 | 126, payload.length >> 8, payload.length & 255, 0, 0, 0, 0])
      return Buffer.concat([head, payload])
    }
    raw.write(frameOf(recordsOf(ticks.slice(0, 100))))
    await once(raw, 'data')
    // A frame torn in its 31st record, then nothing more.
    raw.write(frameOf(recordsOf(ticks.slice(100))).subarray(0, 8 + 30 * recordBytes + linkAt(0) + 3))
    raw.end()
    await once(raw, 'close')
    expect(must(await channel.inquire()).authorised).toBe('100')
    const again = await socketOf(home.traders)
    again.socket.send(recordsOf(ticks.slice(90)))
    await again.until(({ authorised }) => authorised === '200')
    expect(must(await channel.inquire()).authorised).toBe('200')
    again.socket.close()
  })

  it('ends at a message longer than a server takes, with the code of WebSockets for it', async () => {
    const { socket, closed } = await socketOf(home.traders)
    socket.on('error', () => {})
    socket.send(Buffer.alloc(streamBounds.messageBytesMax + 1))
    expect(await closed).toBe(1009)
    expect(recordsMax * recordBytes).toBeLessThanOrEqual(streamBounds.messageBytesMax)
  })

  it('takes a channel from its payer in records and from its payee in lines, each tick once', async () => {
    const payer = createPayer(home.traders.buyer)
    const seller = createSeller(home.traders.seller, { via: 'websocket-lines' })
    const channel = must(await payer.openChannel(home.terms))
    const till = must(await seller.join(channel.channelId))
    let paid = 0n
    for (let count = 1; count <= 600; count++) {
      const units = BigInt((count % 5) + 1)
      paid += units
      if (count % 3 === 0) expect(await channel.tick(units)).toBeUndefined()
      else {
        const tick = must(channel.next(units))
        must(till.take(tick))
        expect(await till.redeem(tick)).toBeUndefined()
      }
      if (count % 150 === 0) (count % 300 === 0 ? payer : seller).line.cut()
    }
    const last = must(channel.next(1n))
    must(till.take(last))
    await till.redeem(last)
    await till.deliver(paid)
    expect(must(await till.durable())).toEqual({ authorised: paid + 1n, delivered: paid })
    expect(must(await till.close())).toMatchObject({ authorised: String(paid + 1n), delivered: String(paid) })
    await payer.stop()
    await seller.stop()
  })
})

it('a clearing that is full holds records back, and loses nothing', async () => {
  const { traders, terms, stop } = await house({
    clearing: { windows: { waitingMax: 40, ticksMax: 20, delayMsMax: 2 } },
  })
  const channel = must(await createPayer(traders.buyer).openChannel(terms))
  const { socket, lines, until } = await socketOf(traders)
  const ticks = Array.from({ length: 5_000 }, () => must(channel.next(1n)))
  for (let from = 0; from < ticks.length; from += 1_000) socket.send(recordsOf(ticks.slice(from, from + 1_000)))
  await until(({ authorised }) => authorised === '5000')
  expect(lines.filter(({ problem }) => problem)).toEqual([])
  expect(lines.length).toBeGreaterThan(100)
  socket.close()
  await stop()
})
