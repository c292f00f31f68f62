/** A stream of ticks to a target: lines over one long request or as messages of a WebSocket, or records beside them. */
import { PassThrough } from 'node:stream'
import { request } from 'undici'
import { WebSocket } from 'ws'
import { isMessage, version } from '../../schemas/index.ts'
import { headersAtDoor } from '../auth.ts'
import { Failed } from '../expect.ts'
import { NoAnswer } from './client.ts'

/** The subprotocol of a WebSocket that takes records (EXT-CLEARING-47). */
export const recordProtocol = `amp-ticks.${version}`

/** How a stream travels. */
export type Way = 'http' | 'websocket' | 'records'

/** A tick answer or the refusal of a tick. */
export type Line = Readonly<Record<string, unknown>>

/** An open stream; `lines` are the answers so far. Waiting, and closing, throw `Failed` once a line came that is no answer. */
export type Stream = {
  readonly lines: readonly Line[]
  readonly send: (line: object | string) => void
  /** Sends a message of bytes, over a WebSocket. */
  readonly sendBytes: (message: Buffer) => void
  /** Waits until an answer is there that is looked for, or for some seconds; nothing where it never came. */
  readonly until: (wanted: (line: Line) => boolean, milliseconds?: number) => Promise<Line | undefined>
  /** Whether the target ends the stream within some seconds. */
  readonly ends: () => Promise<boolean>
  /** Ends it and waits for the target to do so, for some seconds. */
  readonly close: () => Promise<void>
  /** Lets go of it at once, whatever state it is in. */
  readonly drop: () => void
}

/** What opening one came to: the stream, or the status it was refused with. */
export type Opened = { readonly stream: Stream } | { readonly status: number }

const patienceMilliseconds = 10_000

const within = (ended: Promise<void>): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), patienceMilliseconds)
    void ended.then(() => {
      clearTimeout(timer)
      resolve(true)
    })
  })

const silence = (url: string, error: unknown): NoAnswer =>
  new NoAnswer(`the stream at ${url}: ${error instanceof Error ? error.message : String(error)}`)

const headersOf = async (method: string, url: string, token: string): Promise<Record<string, string>> => {
  const headers = { authorization: `Bearer ${token}`, 'amp-version': version }
  return { ...(await headersAtDoor({ method, url, headers, body: '' })), ...headers }
}

/** Bounds of what a target may write: one line, and all lines of a stream. */
const lineLengthMax = 65_536
const messageBytesMax = 1_048_576
const linesMax = 20_000
const shownMax = 256

const isAnswer = (line: unknown): line is Line =>
  isMessage('extensions/clearing/tick-response', line) || isMessage('extensions/clearing/tick-refusal', line)

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Answers as they come in, and who waits for one. After a line that is none, `stop` is called and nothing more is read. */
const inbox = (stop: () => void) => {
  const lines: Line[] = []
  let rest = ''
  let wrong: Failed | undefined
  let waiting: (() => void)[] = []
  const hear = (part: string): void => {
    const line = parsed(part)
    if (part.length > lineLengthMax || !isAnswer(line))
      wrong = new Failed('tick answers and refusals of ticks on the stream', part.slice(0, shownMax))
    else if (lines.push(line) > linesMax) wrong = new Failed(`at most ${linesMax} answers`, 'more')
  }
  const wake = (): void => {
    const woken = waiting
    waiting = []
    for (const each of woken) each()
  }
  const sound = (): void => {
    if (wrong) throw wrong
  }
  return {
    lines,
    sound,
    take: (text: string): void => {
      if (wrong) return
      const parts = (rest + text).split('\n')
      rest = parts.pop() ?? ''
      if (rest.length > lineLengthMax) hear(rest)
      for (const part of parts) if (part !== '' && !wrong) hear(part)
      if (wrong) stop()
      wake()
    },
    blame: (failed: Failed): void => {
      wrong ??= failed
      wake()
    },
    until: async (wanted: (line: Line) => boolean, milliseconds = patienceMilliseconds) => {
      const end = performance.now() + milliseconds
      for (;;) {
        sound()
        const found = lines.find(wanted)
        const left = end - performance.now()
        if (found || left <= 0) return found
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left)
          waiting.push(() => {
            clearTimeout(timer)
            resolve()
          })
        })
      }
    },
  }
}

const written = (line: object | string): string => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`

/** What a stream is made of, however it travels. */
type Carrier = {
  readonly ended: Promise<void>
  readonly send: (text: string) => void
  readonly sendBytes: (message: Buffer) => void
  readonly end: () => void
  readonly drop: () => void
}

const streamOver = ({ lines, until, sound }: ReturnType<typeof inbox>, carrier: Carrier): Stream => ({
  lines,
  until,
  ends: () => within(carrier.ended),
  send: (line) => carrier.send(written(line)),
  sendBytes: carrier.sendBytes,
  close: async () => {
    carrier.end()
    await within(carrier.ended)
    carrier.drop()
    sound()
  },
  drop: carrier.drop,
})

const overHttp = async (url: string, token: string): Promise<Opened> => {
  const body = new PassThrough()
  // An empty line says nothing, but brings the head of the request on its way.
  body.write('\n')
  const headers = { ...(await headersOf('POST', url, token)), 'content-type': 'application/x-ndjson' }
  // A timeout of the client would begin with the end of the request, which is the end of the stream.
  const silent = new AbortController()
  const timer = setTimeout(() => silent.abort(new Error('no head of an answer')), patienceMilliseconds)
  const answer = await request(url, { method: 'POST', headers, body, bodyTimeout: 60_000, signal: silent.signal })
    .catch((error: unknown) => {
      throw silence(url, error)
    })
    .finally(() => clearTimeout(timer))
  const drop = (): void => {
    body.destroy()
    answer.body.destroy()
  }
  answer.body.on('error', () => {})
  if (answer.statusCode !== 200) {
    drop()
    return { status: answer.statusCode }
  }
  const heard = inbox(drop)
  const ended = new Promise<void>((resolve) => answer.body.once('close', resolve))
  answer.body.setEncoding('utf8')
  answer.body.on('data', heard.take)
  const write = (piece: string | Buffer): void => void (body.writable && body.write(piece))
  return { stream: streamOver(heard, { ended, send: write, sendBytes: write, end: () => body.end(), drop }) }
}

const overWebSocket = async (url: string, token: string, protocols: string[]): Promise<Opened> => {
  const headers = await headersOf('GET', url, token)
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), protocols, {
      headers,
      handshakeTimeout: patienceMilliseconds,
      maxPayload: messageBytesMax,
      perMessageDeflate: false,
    })
    const drop = (): void => socket.terminate()
    const heard = inbox(drop)
    let upgraded = false
    const ended = new Promise<void>((done) => socket.once('close', () => done()))
    socket.on('message', (data) => heard.take(`${String(data)}\n`))
    socket.once('upgrade', () => {
      upgraded = true
    })
    socket.once('unexpected-response', (asked, { statusCode = 0 }) => {
      asked.destroy()
      resolve({ status: statusCode })
    })
    // A socket that was opened against the rules, as with a subprotocol nobody asked for, is none.
    socket.on('error', (error) => {
      if ((error as { code?: string }).code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH')
        heard.blame(new Failed(`messages of at most ${messageBytesMax} bytes`, 'a longer one'))
      if (upgraded) resolve({ status: 101 })
      else reject(silence(url, error))
    })
    socket.once('open', () => {
      const write = (piece: string | Buffer): void => socket.send(piece, () => {})
      const carrier: Carrier = { ended, send: write, sendBytes: write, end: () => socket.close(), drop }
      resolve({ stream: streamOver(heard, carrier) })
    })
  })
}

/** Opens a stream with the token of `clearing.openStream`. Throws `NoAnswer` where nobody answers. */
export const openStream = (way: Way, endpoint: string, token: string): Promise<Opened> =>
  way === 'http'
    ? overHttp(`${endpoint}/stream`, token)
    : overWebSocket(`${endpoint}/stream`, token, way === 'records' ? [recordProtocol] : [])
