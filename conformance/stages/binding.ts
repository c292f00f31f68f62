/** What the checks of the HTTP binding need of a role, whichever it is: calls that are accepted, and what they may move. */
import type { OperationName, RequestOf } from '../../schemas/index.ts'
import type { Party } from '../parties.ts'
import type { Scene } from '../scene.ts'
import type { Answer, Caller, Variation } from '../target/client.ts'

/** A call that is accepted, ready to be sent. */
export type Probe = {
  readonly name: OperationName
  readonly message: object
  readonly by: Caller
}

/** A probe whose message is the one its operation takes. */
export const probe = <Name extends OperationName>(name: Name, message: RequestOf<Name>, by: Caller): Probe => ({
  name,
  message,
  by,
})

/** A list with at least three items, and somebody it does not belong to. */
export type Listing = Probe & {
  readonly count: number
  readonly foreign: Probe | undefined
  readonly idsOf: (body: unknown) => readonly string[]
}

/** The stage of a role as the binding sees it. Each function makes something new. */
export type BindingStage = {
  readonly scene: Scene
  /** A signed, unsafe call that is accepted. */
  readonly signed: () => Promise<Probe>
  /** Two calls as `signed` by one caller, where `signed` makes a caller each time. */
  readonly pair?: () => Promise<readonly [Probe, Probe]>
  /** An unsafe call which, carried out a second time, would be answered otherwise or have a second effect. */
  readonly once: () => Promise<Probe>
  /** An unsafe call that takes a while, so that two of it can meet; `once` unless there is a slower one. */
  readonly meeting?: () => Promise<Probe>
  /** A safe call that is accepted. */
  readonly safe: () => Promise<Probe>
  /** A party the target knows, for which `signed` is not. */
  readonly stranger: Party
  /** Callers for requests the schema refuses; operations without one are left out. */
  readonly callerOf: (name: OperationName) => Promise<Caller | 'nobody'>
  /** What a refused request may not move. */
  readonly state: () => Promise<() => Promise<unknown>>
  /** Asks for an object of somebody else; nothing where the role keeps none. */
  readonly foreign?: () => Promise<Probe>
  readonly listing?: () => Promise<Listing>
  /** A notification the role takes twice without harm. */
  readonly notice?: () => Promise<Probe>
  /** Makes the role send something a neighbour leaves unanswered, and waits for it to come again; nothing where it tells nobody. */
  readonly untold?: () => Promise<readonly { readonly idempotencyKey: string | undefined }[]>
}

/** Sends a probe, changed or not. */
export const send = ({ client }: Scene, { name, message, by }: Probe, change?: Variation): Promise<Answer> =>
  client.call(name, message as never, by, change)
