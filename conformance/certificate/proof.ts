/** What a target signed over the challenge of a run, and which of its keys a certificate is bound to by that. */
import { calculateJwkThumbprint, compactVerify, decodeProtectedHeader, importJWK, type JWK } from 'jose'
import { isObject } from '../layers.ts'
import type { JudgedRole } from '../roles.ts'
import { partiesOf } from '../session.ts'
import { isSigned } from '../target/signature.ts'

/** How the suite came to a target. */
export const ways = ['http', 'driver', 'agent'] as const
export type Reached = (typeof ways)[number]

/** A request the target signed during the run, to an address that holds the challenge. */
export type RequestProof = {
  readonly role: JudgedRole
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** A compact JWS over challenge, role and identifier: what a target behind a driver signs, whose requests have no HTTP. */
export type StatementProof = { readonly role: JudgedRole; readonly statement: string }

export type TargetProof = RequestProof | StatementProof

/** A role of a target as a certificate names it. */
export type BoundRole = { readonly role: JudgedRole; readonly id: string; readonly keys: readonly object[] }

/** The key that signed for a role: its RFC 7638 thumbprint. */
export type BoundKey = { readonly role: JudgedRole; readonly id: string; readonly thumbprint: string }

/** What binds a certificate, of its claims. */
export type Binding = {
  readonly challenge: string
  readonly reached: Reached
  readonly roles: readonly BoundRole[]
  readonly proofs: readonly TargetProof[]
  readonly seeds: readonly number[]
}

/** Why nothing is bound. */
export type Unproven = { readonly reason: 'target-proof-invalid' | 'target-key-of-suite'; readonly says: string }

export const challengeType = 'amp-challenge+jwt'

/** Seeds whose parties are made again to look for their keys; a run has one. */
const seedsMax = 16

/** One text for one JWS: base64url with stray bits decodes alike, and is not the same text. */
export const isCanonical = (text: string): boolean => {
  const parts = text.split('.')
  return parts.length === 3 && parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
}

/** RFC 7638 thumbprint of a key, whatever its name; nothing where it is no key. */
export const thumbprintOf = (key: object): Promise<string | undefined> =>
  calculateJwkThumbprint({ ...key } as JWK).catch(() => undefined)

/** The identifier of an agent outlives the one it got in a run: RFC 9278 of its key. */
export const agentIdOf = (thumbprint: string): string => `urn:ietf:params:oauth:jwk-thumbprint:sha-256:${thumbprint}`

/** Thumbprints of the keys the suite made for the parties it plays under some seeds. */
export const suiteKeysOf = async (seeds: readonly number[]): Promise<ReadonlySet<string>> => {
  const made = await Promise.all(seeds.slice(0, seedsMax).map((seed) => partiesOf(seed)))
  const keys = made.flatMap((parties) => Object.values(parties).map(({ jwk }) => thumbprintOf(jwk)))
  return new Set((await Promise.all(keys)).filter((thumbprint) => thumbprint !== undefined))
}

const invalid = (says: string): Unproven => ({ reason: 'target-proof-invalid', says })

type Signer = object | Unproven
const isUnproven = (value: Signer): value is Unproven => 'reason' in value && 'says' in value

/** The key of a role that signed a request to an address with the challenge. */
const requestSigner = async ({ role, keys }: BoundRole, proof: RequestProof, challenge: string): Promise<Signer> => {
  if (!new URL(proof.url).pathname.startsWith(`/${challenge}/`))
    return invalid(`the request of the ${role} went to an address without the challenge of this run`)
  const named = keys as readonly { readonly kid?: string }[]
  const { signed, keyId } = await isSigned(proof.url, proof.headers, undefined, named)
  const signer = named.find(({ kid }) => kid !== undefined && keyId?.endsWith(`#${kid}`))
  return signed && signer ? signer : invalid(`the request of the ${role} is signed by no key it is known by`)
}

/** The key of a role that signed a statement over the challenge. */
const statementSigner = async (
  { role, id, keys }: BoundRole,
  { statement }: StatementProof,
  challenge: string,
): Promise<Signer> => {
  if (!isCanonical(statement)) return invalid(`the statement of the ${role} is no compact JWS, letter by letter`)
  const { typ, alg, kid } = decodeProtectedHeader(statement)
  if (typ !== challengeType) return invalid(`the statement of the ${role} has the type ${typ}, not ${challengeType}`)
  if (alg !== 'ES256') return invalid(`the statement of the ${role} has the algorithm ${alg}, not ES256`)
  const signer = (keys as readonly { readonly kid?: string }[]).find((key) => key.kid !== undefined && key.kid === kid)
  const unknown = invalid(`the statement of the ${role} is signed by no key it is known by`)
  if (!signer) return unknown
  const key = await importJWK({ ...signer, alg: 'ES256' } as JWK, 'ES256')
  const verified = await compactVerify(statement, key, { algorithms: ['ES256'] }).catch(() => undefined)
  if (!verified) return unknown
  const said: unknown = JSON.parse(Buffer.from(verified.payload).toString('utf8'))
  if (!isObject(said)) return invalid(`the statement of the ${role} states nothing`)
  if (said.challenge !== challenge) return invalid(`the statement of the ${role} is about another challenge`)
  return said.role === role && said.id === id ? signer : invalid(`the statement of the ${role} is about another party`)
}

/** An agent is known by one key, and nothing else is an agent. */
const oddRole = async ({ reached, roles }: Binding): Promise<Unproven | undefined> => {
  if (roles.length === 0 || new Set(roles.map(({ role }) => role)).size < roles.length)
    return invalid('its roles are none, or are named twice')
  if (roles.some(({ role }) => (role === 'agent') !== (reached === 'agent')))
    return invalid('an agent is reached as an agent, and nothing else is')
  if (reached !== 'agent') return undefined
  const [{ id, keys }] = roles as readonly [BoundRole]
  const [key] = keys
  const own = keys.length === 1 && key && (await thumbprintOf(key))
  return own && agentIdOf(own) === id ? undefined : invalid('the agent is not named by its one key')
}

const signerOf = (role: BoundRole, proof: TargetProof, { reached, challenge }: Binding): Signer | Promise<Signer> => {
  const stated = 'statement' in proof
  if (stated && reached !== 'driver')
    return invalid(`a statement proves nothing for a target reached as ${reached}: it signs requests`)
  if (stated) return statementSigner(role, proof, challenge)
  return reached === 'driver'
    ? invalid('a request proves nothing for a target behind a driver: it signs a statement')
    : requestSigner(role, proof, challenge)
}

/** The keys a target signed the challenge with, one for every role; or why it is not proven that it did. Throws for claims of another form. */
export const boundKeys = async (binding: Binding): Promise<readonly BoundKey[] | Unproven> => {
  const { roles, proofs, seeds } = binding
  const odd = await oddRole(binding)
  if (odd) return odd
  if (proofs.length !== roles.length) return invalid('the target did not sign the challenge of this run for every role')
  const made = await suiteKeysOf(seeds)
  const bound: BoundKey[] = []
  for (const role of roles) {
    const proof = proofs.find((one) => one.role === role.role)
    if (!proof) return invalid('the target did not sign the challenge of this run for every role')
    const signer = await signerOf(role, proof, binding)
    if (isUnproven(signer)) return signer
    const thumbprint = await thumbprintOf(signer)
    if (thumbprint === undefined) return invalid(`the key of the ${role.role} is no key`)
    if (made.has(thumbprint))
      return { reason: 'target-key-of-suite', says: `the ${role.role} signed with a key the suite made and handed out` }
    bound.push({ role: role.role, id: role.id, thumbprint })
  }
  return bound
}
