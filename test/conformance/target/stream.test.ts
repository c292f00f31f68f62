/** Streams of ticks as the suite reads them: answers that are answers, and an end, bounded, whatever else a target writes. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { Failed } from '../../../conformance/expect.ts'
import { NoAnswer } from '../../../conformance/target/client.ts'
import { openStream, recordProtocol, type Stream, type Way } from '../../../conformance/target/stream.ts'

const channelId = 'A'.repeat(43)
const answer = (authorised: number) =>
  JSON.stringify({ channelId, result: 'accepted', authorised: String(authorised), delivered: '0' })
const problem = { type: 'urn:p', title: 'Busy', status: 503, code: 'clearing-busy', retry: 'after' }

/** What a target writes as soon as it has heard something; the path of the stream says which. */
const manners: Record<string, (write: (text: string) => void, end: () => void) => void> = {
  right: (write, end) => {
    write(`${answer(1)}\n${answer(2).slice(0, 20)}`)
    write(`${answer(2).slice(20)}\n\n${JSON.stringify({ channelId, problem })}\n`)
    end()
  },
  open: (write) => write(`${answer(1)}\n`),
  babbling: (write) => write('\u0000<html>{]\n'),
  'of another schema': (write) => write('{"authorised":"12.5"}\n'),
  'with null': (write) => write('null\n'),
  'one long line': (write) => {
    for (let at = 0; at < 64; at++) write('a'.repeat(4_096))
  },
  'in one long message': (write) => {
    for (let at = 0; at < 30; at++) write(`${answer(1)}\n`.repeat(1_000))
  },
  'of too many lines': (write) => {
    for (let at = 0; at < 21; at++) write(`${answer(1)}\n`.repeat(1_000))
  },
}

let server: Server
let base: string
let open = 0
beforeAll(async () => {
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (asked, { url }) =>
      url?.startsWith('/unasked') ? 'other' : (asked.values().next().value ?? false),
  })
  server = createServer((request, response) => {
    const name = decodeURIComponent(request.url?.split('/')[1] ?? '')
    const manner = manners[name]
    if (name === 'silent') return
    if (!manner || request.headers.authorization !== 'Bearer token') return void response.writeHead(403).end()
    open++
    response.once('close', () => open--).on('error', () => {})
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    request.once('data', () =>
      manner(
        (text) => void response.write(text),
        () => response.end(),
      ),
    )
    request.resume().once('end', () => name !== 'open' && response.end())
  })
  server.on('upgrade', (request, socket, head) => {
    const name = decodeURIComponent(request.url?.split('/')[1] ?? '')
    const manner = manners[name]
    socket.on('error', () => {})
    if (name === 'silent') return
    if (name === 'slamming') return void socket.destroy()
    if (!manner && name !== 'unasked') return void socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n')
    sockets.handleUpgrade(request, socket, head, (one) => {
      open++
      one.on('close', () => open--).on('error', () => {})
      // Messages are whole lines; what is cut over HTTP comes in one.
      let text = ''
      const send = (): void => {
        if (text !== '') one.send(text)
        text = ''
      }
      manner?.(
        (piece) => {
          text += piece
          if (text.endsWith('\n') && name !== 'in one long message') send()
        },
        () => {},
      )
      send()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const ways: readonly Way[] = ['http', 'websocket', 'records']
const opened = async (way: Way, name: string): Promise<Stream> => {
  const one = await openStream(way, `${base}/${encodeURIComponent(name)}`, 'token')
  if (!('stream' in one)) throw new Error(`status ${one.status}`)
  return one.stream
}

describe.each(ways)('a stream over %s', (way) => {
  it('gives answers in their order, whatever pieces they come in', async () => {
    const stream = await opened(way, 'right')
    const last = await stream.until(({ problem: refusal }) => refusal !== undefined)
    expect(last).toEqual({ channelId, problem })
    expect(stream.lines.map(({ authorised }) => authorised)).toEqual(['1', '2', undefined])
    await stream.close()
  })

  it.each(['babbling', 'of another schema', 'with null', 'one long line', 'in one long message', 'of too many lines'])(
    'is the fault of the target where it is %s, and nothing more is read',
    async (name) => {
      const stream = await opened(way, name)
      await expect(stream.until(() => false)).rejects.toThrow(Failed)
      await expect(stream.close()).rejects.toThrow(Failed)
      expect(stream.lines.length).toBeLessThanOrEqual(20_001)
      await vi.waitFor(() => expect(open).toBe(0))
    },
  )

  it('looks for an answer no longer than it is told to', async () => {
    const stream = await opened(way, 'open')
    const started = performance.now()
    expect(await stream.until(({ authorised }) => authorised === '2', 50)).toBeUndefined()
    expect(performance.now() - started).toBeLessThan(5_000)
    stream.drop()
    stream.drop()
    await vi.waitFor(() => expect(open).toBe(0))
  })

  it('says with which status it was refused', async () => {
    expect(await openStream(way, `${base}/nowhere`, 'token')).toEqual({ status: 403 })
  })
})

describe.concurrent('after ten seconds', () => {
  it.each(ways)('nobody there, or nobody who says anything, is no answer, over %s', async (way) => {
    await expect(openStream(way, 'http://127.0.0.1:9', 'token')).rejects.toThrow(NoAnswer)
    await expect(openStream(way, `${base}/silent`, 'token')).rejects.toThrow(NoAnswer)
  })

  it('a stream is let go of where the target does not end it', async () => {
    const stream = await opened('http', 'open')
    await stream.close()
    await vi.waitFor(() => expect(open).toBe(0))
  })
})

it('is none where the target chose a subprotocol nobody asked for, or slams the door', async () => {
  expect(await openStream('records', `${base}/unasked`, 'token')).toEqual({ status: 101 })
  await expect(openStream('records', `${base}/slamming`, 'token')).rejects.toThrow(NoAnswer)
  expect(recordProtocol).toBe('amp-ticks.2026-11-20')
})
