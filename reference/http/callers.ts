/** Who calls: the signature, session or absence of both, verified against the operation (EXT-HTTP-24 to EXT-HTTP-35). */
import { calculateJwkThumbprint, type JWK } from 'jose'
import type { Kysely } from 'kysely'
import { type Operation, roles } from '../../schemas/index.ts'
import { accept, enforces, type Outcome, refuse, type World } from '../core/index.ts'
import { peersById, recordNonce, type ShellTables } from '../ledger/index.ts'
import type { RoleModule, VerifiedCaller } from './operation.ts'
import { checkWindow, type Incoming, readSignature, verifyRequest } from './signing.ts'

type Known = { readonly jwk: JWK; readonly callers: readonly VerifiedCaller[] }

export type CallerParts = {
  readonly database: Kysely<ShellTables>
  readonly modules: readonly RoleModule[]
  readonly world: World
}

const applicantOf = async (body: unknown, kid: string): Promise<Known | undefined> => {
  const jwk = (body as { agentKey?: JWK } | null)?.agentKey
  if (
    jwk?.kty !== 'EC' ||
    jwk.crv !== 'P-256' ||
    jwk.kid !== kid ||
    typeof jwk.x !== 'string' ||
    typeof jwk.y !== 'string'
  )
    return undefined
  return { jwk, callers: [{ kind: 'applicant', id: `applicant-${await calculateJwkThumbprint(jwk)}`, jwk }] }
}

/** The key a key identifier names, and who may be calling with it. */
const knownKey = async (
  { database, modules }: CallerParts,
  keyId: string,
  body: unknown,
): Promise<Known | undefined> => {
  const cut = keyId.lastIndexOf('#')
  const [id, kid] = [keyId.slice(0, cut), keyId.slice(cut + 1)]
  if (cut < 1 || kid === '') return undefined
  if (id === 'applicant') return applicantOf(body, kid)
  const peers = await peersById(database, id)
  const jwk = peers.flatMap((peer) => peer.jwks.keys).find((key) => key.kid === kid) as JWK | undefined
  if (jwk) return { jwk, callers: peers.map(({ role }) => ({ kind: 'party', role, id })) }
  for (const { callers } of modules) {
    const agentKey = await callers.agentKey?.(id, kid)
    if (agentKey?.kid === kid) return { jwk: agentKey, callers: [{ kind: 'agent', id }] }
  }
  return undefined
}

/** Only believed by mutants: that whoever calls is somebody the operation is for. */
const believed = ({ callers }: Operation, id: string): VerifiedCaller => ({
  kind: 'party',
  role: roles.find((role) => callers.includes(role)) ?? 'network',
  id,
})

const isFor = (operation: Operation, caller: VerifiedCaller): boolean =>
  operation.callers.includes(caller.kind === 'party' ? caller.role : caller.kind)

const signedCaller = async (
  parts: CallerParts,
  operation: Operation,
  incoming: Incoming,
  body: unknown,
): Promise<Outcome<VerifiedCaller>> => {
  const { database, world } = parts
  const claimed = readSignature(incoming, world)
  if (!claimed.ok)
    return claimed.refusal.code === 'signature-missing' && !enforces(world, 'EXT-HTTP-24')
      ? accept(believed(operation, 'https://unsigned.example'))
      : claimed
  const { keyId, nonce, expires } = claimed.value
  const known = await knownKey(parts, keyId, body)
  if (!known && !enforces(world, 'EXT-HTTP-27')) return accept(believed(operation, keyId.replace(/#.*/, '')))
  if (!known) return refuse('signature-key-unknown', { field: 'Signature-Input' })
  const window = checkWindow(claimed.value, world)
  if (!window.ok) return window
  const record = (): Promise<boolean> => recordNonce(database, keyId, nonce, expires + 60)
  const hasty = enforces(world, 'EXT-HTTP-32') ? undefined : await record()
  const verified = await verifyRequest(incoming, known.jwk, world)
  if (!verified.ok) return verified
  const fresh = hasty ?? (await record())
  if (!fresh && enforces(world, 'EXT-HTTP-31')) return refuse('signature-replayed', { field: 'Signature-Input' })
  const caller =
    known.callers.find((candidate) => isFor(operation, candidate)) ??
    (enforces(world, 'EXT-HTTP-33') ? undefined : known.callers[0])
  return caller ? accept(caller) : refuse('caller-not-allowed')
}

const sessionCaller = async (
  { modules, world }: CallerParts,
  authorization: string | undefined,
): Promise<Outcome<VerifiedCaller>> => {
  const token = /^Bearer ([A-Za-z0-9_-]{32,128})$/.exec(authorization ?? '')?.[1]
  if (authorization === undefined && enforces(world, 'EXT-HTTP-35'))
    return refuse('session-missing', { field: 'Authorization' })
  for (const { callers } of modules) {
    const user = token === undefined ? undefined : await callers.userOf?.(token)
    if (user !== undefined) return accept({ kind: 'user', id: user })
  }
  return refuse('session-invalid', { field: 'Authorization' })
}

/** Finds out who calls an operation and whether it is for them. The nonce is recorded only after the signature verified. */
export const verifyCaller = (
  parts: CallerParts,
  operation: Operation,
  incoming: Incoming,
  body: unknown,
): Promise<Outcome<VerifiedCaller>> => {
  const { authorization } = incoming.headers
  if (operation.callers.includes('anyone')) return Promise.resolve(accept({ kind: 'anyone', id: '' }))
  const byUser = operation.callers.includes('user') && (operation.callers.length === 1 || authorization !== undefined)
  return byUser ? sessionCaller(parts, authorization) : signedCaller(parts, operation, incoming, body)
}
