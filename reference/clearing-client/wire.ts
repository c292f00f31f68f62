/** One connection that carries ticks to a clearing and lines of answers back: a WebSocket, or one long request. */
import { request as overHttp } from 'node:http'
import { request as overTls } from 'node:https'
import { WebSocket } from 'ws'
import { type Message, version } from '../../schemas/index.ts'
import { recordProtocol } from '../core/clearing/index.ts'
import { Outbox, type Tick } from './outbox.ts'

/** How a stream travels. A WebSocket carries links as records where the clearing takes them, unless lines are asked for. */
export type Via = 'websocket' | 'websocket-lines' | 'http'

/** What a connection tells. `lost` is told once, whether it was ended or broke. */
export type Hearing = {
  readonly line: (line: string) => void
  readonly lost: (reason: string) => void
}

/** An open connection. `send` takes a whole message of lines or records at once; `room` resolves when more may be written. */
export type Wire = {
  readonly tick: (tick: Tick) => void
  readonly send: (message: string | Buffer) => void
  /** Whether more is on its way than should be. */
  readonly full: () => boolean
  readonly room: () => Promise<void>
  /** Says that no more lines come; what is on its way is still answered. */
  readonly end: () => void
  readonly cut: () => void
}

const unsentBytesMax = 1_048_576
const lineReader = (hear: (line: string) => void) => {
  let rest = ''
  return (text: string): void => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') hear(line)
  }
}

const headersOf = (token: string): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  'amp-version': version,
})

/** Messages of lines, and of records where the clearing agreed to them. */
const socketWire = (url: string, token: string, hearing: Hearing, protocols: readonly string[]): Promise<Wire> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), [...protocols], {
      headers: headersOf(token),
      perMessageDeflate: false,
      handshakeTimeout: 10_000,
    })
    let waiting: (() => void)[] = []
    const full = (): boolean => socket.bufferedAmount > unsentBytesMax && socket.readyState === WebSocket.OPEN
    const wake = (): void => {
      if (full()) return
      const woken = waiting
      waiting = []
      for (const each of woken) each()
    }
    const send = (message: string | Buffer): void => {
      if (socket.readyState === WebSocket.OPEN) socket.send(message, wake)
    }
    const read = lineReader(hearing.line)
    socket.on('message', (data) => read(String(data)))
    socket.on('open', () => {
      const outbox = new Outbox(send, socket.protocol === recordProtocol)
      resolve({
        tick: (tick) => outbox.tick(tick),
        send,
        full,
        room: () => (full() ? new Promise((done) => waiting.push(done)) : Promise.resolve()),
        end: () => {
          outbox.flush()
          socket.close(1000)
        },
        cut: () => socket.terminate(),
      })
    })
    socket.on('error', reject)
    socket.on('close', (code, reason) => {
      for (const done of waiting) done()
      hearing.lost(`${code} ${String(reason)}`)
    })
  })

/** One long request: lines go out as its body while answers come in as its answer. */
const requestWire = (url: string, token: string, hearing: Hearing): Promise<Wire> =>
  new Promise((resolve, reject) => {
    const open = url.startsWith('https:') ? overTls : overHttp
    const request = open(url, {
      method: 'POST',
      headers: { ...headersOf(token), 'content-type': 'application/x-ndjson', 'transfer-encoding': 'chunked' },
    })
    let lost = false
    const lose = (reason: string): void => {
      if (!lost) hearing.lost(reason)
      lost = true
    }
    request.on('response', (response) => {
      if (response.statusCode !== 200) {
        response.resume()
        return reject(new Error(`the clearing answered ${response.statusCode} to a stream`))
      }
      response.setEncoding('utf8')
      response.on('data', lineReader(hearing.line))
      response.on('close', () => lose('the answer ended'))
      const send = (message: string | Buffer): void => void request.write(message)
      const outbox = new Outbox(send, false)
      const full = (): boolean => request.writableLength > unsentBytesMax && !request.destroyed
      resolve({
        tick: (tick) => outbox.tick(tick),
        send,
        full,
        room: () =>
          full() ? new Promise((done) => request.once('drain', done).once('close', done)) : Promise.resolve(),
        end: () => {
          outbox.flush()
          request.end()
        },
        cut: () => void request.destroy(),
      })
    })
    request.on('error', (error) => {
      reject(error)
      lose(error.message)
    })
    request.flushHeaders()
  })

/** Opens a connection with what `clearing.openStream` answered. Throws where it is not taken. */
export const openWire = (
  via: Via,
  endpoint: string,
  { streamToken, protocols = [] }: Pick<Message<'extensions/clearing/stream'>, 'streamToken' | 'protocols'>,
  hearing: Hearing,
): Promise<Wire> => {
  const url = `${endpoint}/stream`
  if (via === 'http') return requestWire(url, streamToken, hearing)
  const asked = via === 'websocket' ? protocols.filter((protocol) => protocol === recordProtocol) : []
  return socketWire(url, streamToken, hearing, asked)
}
