/** A stream of ticks to a target: lines over one long request or as messages of a WebSocket, or records beside them. */
import { PassThrough } from 'node:stream'
import { request, WebSocket } from 'undici'
import { version } from '../../schemas/index.ts'
import { headersAtDoor } from '../auth.ts'

/** The subprotocol of a WebSocket that takes records (EXT-CLEARING-47). */
export const recordProtocol = `amp-ticks.${version}`

/** How a stream travels. */
export type Way = 'http' | 'websocket' | 'records'

/** An open stream; `lines` are the answers so far. */
export type Stream = {
  readonly lines: Readonly<Record<string, unknown>>[]
  readonly send: (line: object | string) => void
  /** Sends a message of bytes, over a WebSocket. */
  readonly sendBytes: (message: Buffer) => void
  /** Waits until an answer is there that is looked for, or for some seconds; nothing where it never came. */
  readonly until: (
    wanted: (line: Readonly<Record<string, unknown>>) => boolean,
    milliseconds?: number,
  ) => Promise<Readonly<Record<string, unknown>> | undefined>
  /** Whether the target ends the stream within some seconds. */
  readonly ends: () => Promise<boolean>
  readonly close: () => Promise<void>
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

const headersOf = async (method: string, url: string, token: string): Promise<Record<string, string>> => {
  const headers = { authorization: `Bearer ${token}`, 'amp-version': version }
  return { ...(await headersAtDoor({ method, url, headers, body: '' })), ...headers }
}

/** Answers as they come in, and who waits for one. */
const inbox = () => {
  const lines: Record<string, unknown>[] = []
  let rest = ''
  let waiting: (() => void)[] = []
  const wake = (): void => {
    const woken = waiting
    waiting = []
    for (const each of woken) each()
  }
  return {
    lines,
    take: (text: string): void => {
      const parts = (rest + text).split('\n')
      rest = parts.pop() ?? ''
      for (const part of parts) if (part !== '') lines.push(JSON.parse(part))
      wake()
    },
    until: async (wanted: (line: Record<string, unknown>) => boolean, milliseconds = patienceMilliseconds) => {
      const end = performance.now() + milliseconds
      for (;;) {
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

const overHttp = async (url: string, token: string): Promise<Opened> => {
  const body = new PassThrough()
  // An empty line says nothing, but brings the head of the request on its way.
  body.write('\n')
  const answer = await request(url, {
    method: 'POST',
    headers: { ...(await headersOf('POST', url, token)), 'content-type': 'application/x-ndjson' },
    body,
    headersTimeout: patienceMilliseconds,
    bodyTimeout: 60_000,
  })
  if (answer.statusCode !== 200) {
    body.destroy()
    answer.body.on('error', () => {}).destroy()
    return { status: answer.statusCode }
  }
  const { lines, take, until } = inbox()
  const ended = new Promise<void>((resolve) => answer.body.once('close', resolve))
  answer.body.setEncoding('utf8')
  answer.body.on('data', take).on('error', () => {})
  return {
    stream: {
      lines,
      until,
      ends: () => within(ended),
      send: (line) => void body.write(written(line)),
      sendBytes: (message) => void body.write(message),
      close: async () => {
        body.end()
        await ended
      },
    },
  }
}

const overWebSocket = async (url: string, token: string, protocols: string[]): Promise<Opened> => {
  const headers = await headersOf('GET', url, token)
  return new Promise((resolve) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers, protocols })
    const { lines, take, until } = inbox()
    const ended = new Promise<void>((done) => socket.addEventListener('close', () => done()))
    socket.addEventListener('message', ({ data }) => take(String(data)))
    socket.addEventListener('error', () => resolve({ status: 401 }))
    socket.addEventListener('open', () =>
      resolve({
        stream: {
          lines,
          until,
          ends: () => within(ended),
          send: (line) => socket.send(written(line)),
          sendBytes: (message) => socket.send(message),
          close: async () => {
            socket.close()
            await ended
          },
        },
      }),
    )
  })
}

/** Opens a stream with the token of `clearing.openStream`. */
export const openStream = (way: Way, endpoint: string, token: string): Promise<Opened> =>
  way === 'http'
    ? overHttp(`${endpoint}/stream`, token)
    : overWebSocket(`${endpoint}/stream`, token, way === 'records' ? [recordProtocol] : [])
