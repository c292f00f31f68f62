/** Drivers: how the suite reaches an implementation that speaks another transport, operation by operation. */
import type { Message, OperationName } from '../../schemas/index.ts'
import { NotApplicable, Untestable } from '../expect.ts'
import type { Party } from '../parties.ts'
import type { JudgedRole } from '../roles.ts'
import type { Answer, Caller, Client, Exchange } from '../target/client.ts'
import type { Hooks } from '../target/hooks.ts'

/** What an implementation answered to an operation, in the words of AMP: status 200 with its response, or a problem. */
export type Driven = {
  readonly status: number
  readonly body: unknown
  /** Codes of problems a refusal may stand for, where the implementation's own codes are coarser. */
  readonly means?: readonly string[]
}

/** What a driver says of the implementation behind it. */
export type About = {
  readonly software: { readonly name: string; readonly version: string }
  /** Roles the implementation plays, each with its identifier and the public keys it signs with. */
  readonly roles: readonly {
    readonly role: JudgedRole
    readonly id: string
    readonly keys: readonly Message<'common/public-jwk'>[]
  }[]
  /** Requirements its own API can show; a check that asks about any other is left out, and the report says so. */
  readonly requirements: readonly string[]
}

/** A way to an implementation, opened for one run. */
export type Driver = {
  readonly about: About
  /** Carries out an operation. Throws where there was no answer, or where the implementation has no such operation. */
  readonly call: (name: OperationName, message: unknown, by: Caller) => Promise<Driven>
  /** A test hook, where the implementation has it. */
  readonly hook?: ((name: string, message: object) => Promise<object>) | undefined
  readonly close: () => Promise<void>
}

/** What a driver gets: its settings, the parties the suite plays, and where to take calls of the implementation to them. */
export type DriverContext = {
  readonly settings: unknown
  readonly parties: Readonly<Record<string, Party>>
  /** Takes a call of the implementation to a neighbour; nothing comes back where the neighbour says nothing. */
  readonly deliver: (name: OperationName, message: unknown) => Promise<Driven | undefined>
}

/** What a driver module exports as default, or as `open`. */
export type OpenDriver = (context: DriverContext) => Promise<Driver>

/** The implementation has no such operation. */
export class NotOffered extends Error {}

const exchangeFor = (name: OperationName, message: unknown, { status, body }: Driven, started: number): Exchange => ({
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
    const { idempotencyKey: _key, timeoutMilliseconds: _time, ...wire } = change
    if (Object.keys(wire).length > 0) throw new NotApplicable('the target does not speak the HTTP binding')
    const started = performance.now()
    try {
      const driven = await driver.call(name, message, by)
      const exchange = exchangeFor(name, message, driven, started)
      onExchange(exchange)
      const { status, body, means } = driven
      return { status, headers: {}, text: exchange.answer, body, ...(means === undefined ? {} : { means }) }
    } catch (error) {
      if (error instanceof NotOffered) throw new NotApplicable(`the target offers no ${name}`)
      throw error
    }
  },
})

const unoffered = (name: string) =>
  new Untestable(`needs the hook ${name}, which the driver of the target does not offer`)

/** The hooks of a driver, as checks call them. */
export const driverHooks = ({ hook }: Driver): Hooks => ({
  endpoint: 'driver:hooks',
  send: async (name) => {
    throw unoffered(name)
  },
  call: async (name, body) => {
    if (!hook) throw unoffered(name)
    return (await hook(name, body)) as never
  },
})
