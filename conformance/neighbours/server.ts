/** The server on which the suite plays the neighbours of the role under test, and keeps what reached them. */
import { EventEmitter } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  type OperationName,
  operations,
  type Problem,
  type ProblemCode,
  problemOf,
  type RequestOf,
  type ResponseOf,
  validate,
  version,
} from '../../schemas/index.ts'
import { isSigned } from '../target/signature.ts'
import { listenAt } from './listen.ts'

/** A call of the target to a neighbour. `invalid` names the first member against the schema. */
export type Received<Name extends OperationName = OperationName> = {
  readonly name: Name
  readonly message: RequestOf<Name>
  /** The body as it came. */
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
  readonly signed: boolean
  readonly keyId: string | undefined
  readonly invalid: string | undefined
  /** What the neighbour answered: a message, a problem, or nothing. */
  readonly answer: unknown
  /** Milliseconds of a clock that only goes forward. */
  readonly at: number
}

/** A refusal a neighbour answers with. */
export class Refusal {
  readonly problem: Problem
  constructor(code: ProblemCode, occurrence: Partial<Problem> = {}) {
    this.problem = problemOf(code, occurrence)
  }
}

/** Cuts the connection instead of answering. */
export const silence = Symbol('silence')

type Reply<Name extends OperationName> = ResponseOf<Name> | Refusal | typeof silence
export type Part<Name extends OperationName> = (
  received: Omit<Received<Name>, 'answer'>,
) => Reply<Name> | Promise<Reply<Name>>

/** How the neighbours answer: by operation, every part plays well unless a check says otherwise. */
export type Parts = { readonly [Name in OperationName]?: Part<Name> }

type Script<Name extends OperationName = OperationName> = {
  readonly name: Name
  readonly about: (message: RequestOf<Name>) => boolean
  readonly part: Part<Name>
}

export type NeighbourServer = {
  /** Base URL; the endpoint of a role is `{base}/{role}`. */
  readonly url: string
  readonly received: readonly Received[]
  /** Plays a part differently where a message is about something; gives back how to end that. */
  readonly script: <Name extends OperationName>(
    name: Name,
    about: (message: RequestOf<Name>) => boolean,
    part: Part<Name>,
  ) => () => void
  /** The first message of a kind about something, at once or when it comes; nothing after the time is up. */
  readonly next: <Name extends OperationName>(
    name: Name,
    about: (message: RequestOf<Name>) => boolean,
    milliseconds?: number,
  ) => Promise<Received<Name> | undefined>
  /** Every message of a kind about something so far. */
  readonly all: <Name extends OperationName>(
    name: Name,
    about: (message: RequestOf<Name>) => boolean,
  ) => readonly Received<Name>[]
  /** Takes a call that reached the suite another way, by a driver; nothing comes back where the neighbour says nothing. */
  readonly deliver: (
    name: OperationName,
    message: unknown,
    came?: { readonly key?: string | undefined; readonly from?: string | undefined },
  ) => Promise<object | Refusal | undefined>
  readonly close: () => Promise<void>
}

const bodyBytesMax = 1_048_576

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > bodyBytesMax) throw new Error('the target sent more than a mebibyte')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const answerWith = (response: ServerResponse, reply: object | Refusal): void => {
  const refused = reply instanceof Refusal
  response.writeHead(refused ? reply.problem.status : 200, {
    'content-type': refused ? 'application/problem+json' : 'application/json',
    'amp-version': version,
    'amp-request-id': 'suite',
  })
  response.end(JSON.stringify(refused ? reply.problem : reply))
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Where the neighbours stand, and what else is found there. */
export type Stand = {
  readonly host?: string | undefined
  readonly challenge: string
  /** Keys a message brings along: those of callers nobody knows yet. */
  readonly keysIn?: ((message: unknown) => readonly { readonly kid?: string }[]) | undefined
  /** Documents by their path below the base URL. */
  readonly documents?: Readonly<Record<string, () => object>>
}

/**
 * Starts the server. `keys`: public keys of the target's roles; `host`: the address the target can reach; `challenge`:
 * first part of every path, which the target signs with each of its requests.
 */
export const startNeighbours = async (
  parts: Parts,
  keys: readonly { readonly kid?: string }[],
  { host = '127.0.0.1', challenge, keysIn, documents = {} }: Stand,
): Promise<NeighbourServer> => {
  const received: Received[] = []
  /** The well-formed ones by their names, which is what checks ask for. */
  const heard = new Map<OperationName, Received[]>()
  const scripts: Script[] = []
  const arrivals = new EventEmitter().setMaxListeners(0)
  let origin = ''

  /** First replies by operation and idempotency key: a neighbour does a thing once, however often it is told. */
  const replies = new Map<string, ReturnType<typeof play>>()
  const play = async (one: Omit<Received, 'answer'>): Promise<object | Refusal | typeof silence> => {
    const open = operations.get(one.name)?.callers.includes('anyone') && one.headers.signature === undefined
    if (!one.signed && !open) return new Refusal('signature-invalid')
    if (one.invalid !== undefined) return new Refusal('request-invalid', { detail: one.invalid })
    const scripted = scripts.findLast((script) => script.name === one.name && script.about(one.message))
    const part = (scripted?.part ?? parts[one.name]) as Part<OperationName> | undefined
    return part ? part(one) : new Refusal('operation-unknown')
  }

  const replyTo = async (one: Omit<Received, 'answer'>): ReturnType<typeof play> => {
    const key = one.headers['idempotency-key']
    if (key === undefined) return play(one)
    const name = `${one.name} ${one.keyId} ${key}`
    const first = replies.get(name) ?? play(one)
    replies.set(name, first)
    const reply = await first
    // What was not answered well may be asked again.
    if (reply === silence || reply instanceof Refusal) replies.delete(name)
    return reply
  }

  const taken = async (one: Omit<Received, 'answer'>): ReturnType<typeof play> => {
    const reply = await replyTo(one)
    const answer = reply instanceof Refusal ? reply.problem : reply === silence ? undefined : reply
    const arrived = { ...one, answer }
    received.push(arrived)
    if (one.invalid !== undefined) return reply
    const before = heard.get(one.name)
    if (before) before.push(arrived)
    else heard.set(one.name, [arrived])
    arrivals.emit(one.name, arrived)
    return reply
  }

  const invalidIn = (name: OperationName, message: unknown): string | undefined => {
    const invalid = validate(operations.get(name)?.request ?? 'common/problem', message)[0]
    return invalid && `${invalid.path} ${invalid.message}`
  }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request)
    const name = (request.url ?? '').replace(`/${challenge}/`, '').replace('/', '.') as OperationName
    const operation = operations.get(name)
    const document = documents[(request.url ?? '').replace(`/${challenge}`, '')]
    if (document && request.method === 'GET') return answerWith(response, document())
    if (!operation || request.method !== 'POST') return answerWith(response, new Refusal('operation-unknown'))
    const headers = Object.fromEntries(
      Object.entries(request.headers).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
    )
    const message = parsed(body) as never
    const known = [...keys, ...(keysIn?.(message) ?? [])]
    const { signed, keyId } = await isSigned(`${origin}${request.url}`, headers, body, known)
    const one: Omit<Received, 'answer'> = {
      name,
      message,
      text: body,
      headers,
      signed,
      keyId,
      invalid: invalidIn(name, message),
      at: performance.now(),
    }
    const reply = await taken(one)
    if (reply === silence) return void request.socket.destroy()
    answerWith(response, reply)
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  origin = await listenAt(server, host)
  const url = `${origin}/${challenge}`

  const all = <Name extends OperationName>(name: Name, about: (message: RequestOf<Name>) => boolean) =>
    ((heard.get(name) ?? []) as readonly unknown[] as readonly Received<Name>[]).filter(({ message }) => about(message))

  return {
    url,
    received,
    all,
    script: (name, about, part) => {
      const script = { name, about, part } as unknown as Script
      scripts.push(script)
      return () => void scripts.splice(scripts.indexOf(script), 1)
    },
    next: async (name, about, milliseconds = 10_000) => {
      const earlier = all(name, about)[0]
      if (earlier) return earlier
      return new Promise((resolve) => {
        const done = (found: Received<typeof name> | undefined): void => {
          clearTimeout(timer)
          arrivals.off(name, look)
          resolve(found)
        }
        const look = (found: Received<typeof name>): void => {
          if (about(found.message)) done(found)
        }
        const timer = setTimeout(() => done(undefined), milliseconds)
        arrivals.on(name, look)
      })
    },
    deliver: async (name, message, { key, from } = {}) => {
      const invalid = invalidIn(name, message)
      const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key }
      const heard = { headers, signed: true, keyId: from && `${from}#`, invalid, at: performance.now() }
      const text = JSON.stringify(message)
      const reply = await taken({ ...heard, name, text, message: message as never })
      return reply === silence ? undefined : reply
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
