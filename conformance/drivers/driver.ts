/** Drivers: how the suite reaches an implementation that speaks another transport, operation by operation. */
import type { JWK } from 'jose'
import type { Message, OperationName } from '../../schemas/index.ts'
import { NotApplicable, Untestable } from '../expect.ts'
import { isObject } from '../layers.ts'
import type { Party } from '../parties.ts'
import type { JudgedRole } from '../roles.ts'
import { type Answer, type Caller, type Client, type Exchange, NoAnswer } from '../target/client.ts'
import { HookRefused, type Hooks } from '../target/hooks.ts'

/** What an implementation answered to an operation, in the words of AMP: status 200 with its response, or a problem. */
export type Driven = {
  readonly status: number
  readonly body: unknown
  /** Codes of problems a refusal may stand for, where the implementation's own codes are coarser. */
  readonly means?: readonly string[]
}

/** Somebody of the suite as a driver gets them: with the throw-away private key, so that it can sign for them. */
export type Person = {
  readonly id: string
  readonly kid: string
  readonly jwk: Message<'common/public-jwk'>
  readonly privateJwk: JWK
}

/** Who calls: somebody that signs, the owner of a wallet by the session it gave, or nobody in particular. */
export type DriverCaller = Person | { readonly userToken: string } | undefined

const personOf = ({ id, kid, jwk, privateKey }: Party): Person => ({
  id,
  kid,
  jwk,
  privateJwk: { ...(privateKey.export({ format: 'jwk' }) as JWK), kid },
})

const callerOf = (by: Caller): DriverCaller => (by !== undefined && 'privateKey' in by ? personOf(by) : by)

/** The parties of the suite as a driver gets them. */
export const peopleOf = (parties: Readonly<Record<string, Party>>): Readonly<Record<string, Person>> =>
  Object.fromEntries(Object.entries(parties).map(([role, party]) => [role, personOf(party)]))

/** How a call of the implementation came: two with one `key` are one; `from` is the identifier of who called, where its transport tells. */
export type Came = { readonly key?: string | undefined; readonly from?: string | undefined }

/** What a driver says of the implementation behind it. */
export type About = {
  readonly software: { readonly name: string; readonly version: string }
  /** Roles the implementation plays, each with its identifier, the public keys it signs with, and where its pages are. */
  readonly roles: readonly {
    readonly role: JudgedRole
    readonly id: string
    readonly address?: string
    readonly keys: readonly Message<'common/public-jwk'>[]
  }[]
  /** Extensions it declares; what belongs to others is not asked. */
  readonly extensions?: readonly string[]
  /** Requirements its own API can show; a check that asks about any other is left out, and the report says so. */
  readonly requirements: readonly string[]
}

/** A way to an implementation, opened for one run. */
export type Driver = {
  readonly about: About
  /**
   * Carries out an operation for a caller. Two calls with one `key` are one: it is what an HTTP request has as
   * Idempotency-Key, and is there where a check needs it. Throws where there was no answer, and something with
   * `offered: false` where the implementation has no such operation.
   */
  readonly call: (name: OperationName, message: unknown, by: DriverCaller, key?: string) => Promise<Driven>
  /** A test hook, where the implementation has it; throws as `call` does, or something with a `problem` where it refuses. */
  readonly hook?: ((name: string, message: object) => Promise<object>) | undefined
  /**
   * What binds a certificate to the implementation: a compact JWS, typ `amp-challenge+jwt`, ES256, over
   * `{challenge, role, id}`, with the `kid` of one of the keys `about` names for the role. The implementation signs it, the
   * driver carries it. Throws as `call` does; without it a run earns no certificate.
   */
  readonly prove?: ((role: JudgedRole, challenge: string) => Promise<string>) | undefined
  readonly close: () => Promise<void>
}

/** What a driver gets: its settings, the parties the suite plays, and where to take calls of the implementation to them. */
export type DriverContext = {
  readonly settings: unknown
  readonly parties: Readonly<Record<string, Person>>
  /** Takes a call of the implementation to a neighbour; nothing comes back where the neighbour says nothing. */
  readonly deliver: (name: OperationName, message: unknown, came?: Came) => Promise<Driven | undefined>
}

/** What a driver module exports as default, or as `open`. */
export type OpenDriver = (context: DriverContext) => Promise<Driver>

/** The implementation has no such operation. */
export class NotOffered extends Error {
  readonly offered = false
}

const isNotOffered = (error: unknown): boolean =>
  error instanceof Error && 'offered' in error && error.offered === false

/** What a driver threw, as the grader knows it: a driver that fails is no fault of the suite. */
const asNoAnswer = (error: unknown): NoAnswer =>
  error instanceof NoAnswer
    ? error
    : new NoAnswer(`the driver failed: ${error instanceof Error ? error.message : String(error)}`)

const exchangeFor = (name: string, message: unknown, { status, body }: Driven, started: number): Exchange => ({
  method: 'DRIVE',
  url: `driver:${name}`,
  headers: {},
  body: JSON.stringify(message),
  status,
  answerHeaders: {},
  answer: JSON.stringify(body ?? null),
  milliseconds: performance.now() - started,
})

/** A client that asks a driver. What is changed of HTTP headers and signatures does not exist there. */
export const drivenClient = (driver: Driver, onExchange: (exchange: Exchange) => void): Client => ({
  call: async (name, message, by, change = {}): Promise<Answer> => {
    const { idempotencyKey: key, timeoutMilliseconds: _time, ...wire } = change
    if (Object.keys(wire).length > 0 || key === null)
      throw new NotApplicable('the target does not speak the HTTP binding')
    const started = performance.now()
    try {
      const driven = await driver.call(name, message, callerOf(by), key)
      const exchange = exchangeFor(name, message, driven, started)
      onExchange(exchange)
      const { status, body, means } = driven
      return { status, headers: {}, text: exchange.answer, body, ...(means === undefined ? {} : { means }) }
    } catch (error) {
      if (isNotOffered(error)) throw new NotApplicable(`the target offers no ${name}`)
      throw asNoAnswer(error)
    }
  },
})

const unoffered = (name: string) =>
  new Untestable(`needs the hook ${name}, which the driver of the target does not offer`)

const problemIn = (error: unknown): { readonly status: number } | undefined =>
  error instanceof Error && 'problem' in error && isObject(error.problem) && typeof error.problem.status === 'number'
    ? (error.problem as { status: number })
    : undefined

/** The hooks of a driver, as checks call them. */
export const driverHooks = ({ hook }: Driver): Hooks => {
  const ask = async (name: string, body: object): Promise<object> => {
    if (!hook) throw unoffered(name)
    try {
      return await hook(name, body)
    } catch (error) {
      if (isNotOffered(error)) throw unoffered(name)
      throw problemIn(error) ? error : asNoAnswer(error)
    }
  }
  return {
    endpoint: 'driver:hooks',
    send: async (name, body, secret) => {
      if (secret !== undefined || typeof body === 'string') throw new NotApplicable('hooks of a driver have no wire')
      const exchange = (status: number, answer: object): Exchange => ({
        ...exchangeFor(`hooks.${name}`, body, { status, body: answer }, performance.now()),
      })
      try {
        return exchange(200, await ask(name, body))
      } catch (error) {
        const problem = problemIn(error)
        if (!problem) throw error
        return exchange(problem.status, problem)
      }
    },
    call: async (name, body) => {
      try {
        return (await ask(name, body)) as never
      } catch (error) {
        const problem = problemIn(error)
        throw problem ? new HookRefused(`the hook ${name} answered ${JSON.stringify(problem).slice(0, 200)}`) : error
      }
    },
  }
}
