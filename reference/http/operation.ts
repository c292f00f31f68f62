/** What a role hands to the HTTP shell: one function per operation, and what each call knows of its caller. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { CryptoKey, JWK } from 'jose'
import type { Logger } from 'pino'
import type { OperationName, RequestOf, ResponseOf, Role } from '../../schemas/index.ts'
import type { Outcome } from '../core/outcome.ts'
import type { World } from '../core/world.ts'

/** Who calls, after the signature or session was verified. `id`: party URI, agent identifier or user identifier. */
export type VerifiedCaller =
  | { readonly kind: 'party'; readonly role: Role; readonly id: string }
  | { readonly kind: 'agent'; readonly id: string }
  | { readonly kind: 'applicant'; readonly id: string; readonly jwk: JWK }
  | { readonly kind: 'user'; readonly id: string }
  | { readonly kind: 'anyone'; readonly id: '' }

/** One call: the caller, the request identifier for logs, and the idempotency key of an unsafe call. */
export type Call = {
  readonly caller: VerifiedCaller
  readonly requestId: string
  readonly idempotencyKey: string | undefined
  readonly log: Logger
}

/** The operations a role serves. */
export type ServedOperations = {
  readonly [Name in OperationName]?: (request: RequestOf<Name>, call: Call) => Promise<Outcome<ResponseOf<Name>>>
}

/** A party this server knows: where it is and which keys it signs with. */
export type Peer = {
  readonly role: Role
  readonly id: string
  readonly name: string
  readonly endpoint: string
  readonly jwks: { readonly keys: readonly (JWK & { kid: string })[] }
}

/** Calls to neighbours: signed, validated both ways, refusals as values (`peer-unavailable`, `peer-answer-invalid`, or the peer's own). */
export type Neighbours = {
  readonly call: <Name extends OperationName>(
    operation: Name,
    peerId: string,
    request: RequestOf<Name>,
    options?: { readonly idempotencyKey?: string; readonly timeoutMs?: number },
  ) => Promise<Outcome<ResponseOf<Name>>>
  readonly find: (role: Role, id?: string) => Promise<Peer | undefined>
}

/** The key a party signs with: private key (jose/WebCrypto CryptoKey), public JWK with `kid`. */
export type PartyKey = {
  readonly id: string
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK & { kid: string }
}

/** What every role is built from. */
export type RoleContext<Database> = {
  readonly world: World
  readonly key: PartyKey
  readonly neighbours: Neighbours
  readonly database: Database
  readonly log: Logger
}

/** How the shell finds out who a caller is; each role that has agents or users answers for its own. */
export type CallerDirectory = {
  /** Registered public key of an agent, whatever its status. `kid` is the one asked for; the key that comes may be another. */
  readonly agentKey?: (agentId: string, kid: string) => Promise<JWK | undefined>
  /** User identifier of an open session, by its bearer token. */
  readonly userOf?: (userToken: string) => Promise<string | undefined>
}

/**
 * What a role serves over one long connection below its path, as a request whose body does not end and as a WebSocket.
 * Each refuses, and then nothing was written; or takes the connection over.
 */
export type LongConnection = {
  readonly request: (request: IncomingMessage, response: ServerResponse) => Promise<Outcome<true>>
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<Outcome<true>>
}

/** A role ready to be served: its operations, how it knows its callers, what its test hooks do, and what it does on its own from time to time. */
export type RoleModule = {
  readonly role: Role
  /** Names of the extensions it serves, as its discovery document tells them. */
  readonly extensions?: readonly string[]
  readonly operations: ServedOperations
  readonly callers: CallerDirectory
  /** Hook operations below `/hooks/` beyond those of the shell (setClock, callBack, registerPeer, reset): name to function; bodies are validated against `hooks/*`. */
  readonly hooks?: Readonly<Record<string, (request: never) => Promise<Outcome<unknown>>>>
  /** Expiry and repair work; called every few seconds and by the hook setClock. Must be safe to run at any time, in several processes. */
  readonly sweep?: () => Promise<void>
  /** Long connections by the last part of their path. */
  readonly longConnections?: Readonly<Record<string, LongConnection>>
  /** Ends what would otherwise keep the server from stopping. */
  readonly stop?: () => Promise<void>
}
