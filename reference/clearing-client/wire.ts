/** One connection that carries lines of ticks to a clearing and lines of answers back: a WebSocket, or one long request. */
import { request as overHttp } from 'node:http'
import { request as overTls } from 'node:https'
import { WebSocket } from 'ws'
import { version } from '../../schemas/index.ts'

/** How a stream travels. */
export type Via = 'websocket' | 'http'

/** What a connection tells. `lost` is told once, whether it was ended or broke. */
export type Hearing = {
  readonly line: (line: string) => void
  readonly lost: (reason: string) => void
}

/** An open connection. `write` takes one line or more; `room` resolves when more may be written. */
export type Wire = {
  readonly write: (lines: string) => void
  readonly room: () => Promise<void>
  /** Says that no more lines come; what is on its way is still answered. */
  readonly end: () => void
  readonly cut: () => void
}

const unsentBytesMax = 1_048_576
/** Bytes of lines in one message; a clearing takes 64 KiB. */
const messageBytesMax = 32_768

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

/** Lines gathered into messages, sent when one is full or nothing more comes for now. */
const socketWire = (url: string, token: string, hearing: Hearing): Promise<Wire> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), {
      headers: headersOf(token),
      perMessageDeflate: false,
      handshakeTimeout: 10_000,
    })
    let gathered = ''
    let flushing: NodeJS.Immediate | undefined
    let waiting: (() => void)[] = []
    const wake = (): void => {
      if (socket.bufferedAmount > unsentBytesMax) return
      const woken = waiting
      waiting = []
      for (const each of woken) each()
    }
    const flush = (): void => {
      clearImmediate(flushing)
      flushing = undefined
      if (gathered !== '' && socket.readyState === WebSocket.OPEN) socket.send(gathered, wake)
      gathered = ''
    }
    const read = lineReader(hearing.line)
    socket.on('message', (data) => read(String(data)))
    socket.on('open', () =>
      resolve({
        write: (lines) => {
          gathered += lines
          if (gathered.length >= messageBytesMax) flush()
          else flushing ??= setImmediate(flush)
        },
        room: () =>
          socket.bufferedAmount <= unsentBytesMax || socket.readyState !== WebSocket.OPEN
            ? Promise.resolve()
            : new Promise((done) => waiting.push(done)),
        end: () => {
          flush()
          socket.close(1000)
        },
        cut: () => socket.terminate(),
      }),
    )
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
      resolve({
        write: (lines) => void request.write(lines),
        room: () =>
          request.writableLength <= unsentBytesMax || request.destroyed
            ? Promise.resolve()
            : new Promise((done) => request.once('drain', done).once('close', done)),
        end: () => void request.end(),
        cut: () => void request.destroy(),
      })
    })
    request.on('error', (error) => {
      reject(error)
      lose(error.message)
    })
    request.flushHeaders()
  })

/** Opens a connection with the token of `clearing.openStream`. Throws where it is not taken. */
export const openWire = (via: Via, endpoint: string, token: string, hearing: Hearing): Promise<Wire> =>
  (via === 'websocket' ? socketWire : requestWire)(`${endpoint}/stream`, token, hearing)
