/** One connection that carries ticks to a clearing and lines of answers back: a WebSocket, or one long request. */
import { request as overHttp } from 'node:http'
import { request as overTls } from 'node:https'
import { WebSocket } from 'ws'
import { type Message, version } from '../../schemas/index.ts'
import { recordProtocol } from '../core/clearing/index.ts'
import { Outbox, type Tick } from './outbox.ts'

/** How a stream travels. A WebSocket carries links as records where the clearing takes them, unless lines are asked for. */
export type Via = 'websocket' | 'websocket-lines' | 'http'

/** What a connection tells. `line` says whether it was an answer: after one that is none, the connection is cut. `lost` is told once of one that was open, whether it was ended or broke. */
export type Hearing = {
  readonly line: (line: string) => boolean
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
/** How long the head of an answer may take. */
const openingMilliseconds = 10_000
/** Longest line, and longest message of lines, that is read. */
const lineLengthMax = 65_536
const messageBytesMax = 16_777_216

/** Hands out lines; cuts the connection at the first that is no answer, or has no end. */
const lineReader = (hear: (line: string) => boolean, cut: () => void) => {
  let rest = ''
  let over = false
  return (text: string): void => {
    if (over) return
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > lineLengthMax) lines.push(rest)
    over = lines.some((line) => line !== '' && !hear(line.length > lineLengthMax ? '' : line))
    if (over) cut()
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
      handshakeTimeout: openingMilliseconds,
      maxPayload: messageBytesMax,
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
    const read = lineReader(hearing.line, () => socket.terminate())
    // A message is whole lines, of which the last may lack its end.
    socket.on('message', (data) => read(`${String(data)}\n`))
    let opened = false
    socket.on('open', () => {
      opened = true
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
      if (opened) hearing.lost(`${code} ${String(reason)}`)
    })
  })

/** One long request: lines go out as its body while answers come in as its answer. */
const requestWire = (url: string, token: string, hearing: Hearing): Promise<Wire> =>
  new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? overTls : overHttp
    const request = send(url, {
      method: 'POST',
      headers: { ...headersOf(token), 'content-type': 'application/x-ndjson', 'transfer-encoding': 'chunked' },
    })
    let open = false
    const lose = (reason: string): void => {
      if (open) hearing.lost(reason)
      open = false
    }
    const late = setTimeout(() => request.destroy(new Error('the clearing did not answer')), openingMilliseconds)
    request.on('response', (response) => {
      clearTimeout(late)
      if (response.statusCode !== 200) {
        reject(new Error(`the clearing answered ${response.statusCode} to a stream`))
        return void request.destroy()
      }
      response.setEncoding('utf8')
      response.on(
        'data',
        lineReader(hearing.line, () => void request.destroy()),
      )
      response.on('close', () => lose('the answer ended'))
      open = true
      const write = (message: string | Buffer): void => void request.write(message)
      const outbox = new Outbox(write, false)
      const full = (): boolean => request.writableLength > unsentBytesMax && !request.destroyed
      resolve({
        tick: (tick) => outbox.tick(tick),
        send: write,
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
      clearTimeout(late)
      reject(error)
      lose(error.message)
    })
    // An empty line says nothing, but brings the head of the request on its way through whatever waits for a body.
    request.write('\n')
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
