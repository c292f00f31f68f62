/** Binds a certificate to the target of a run: who it is, how it was reached, and what it signed over the challenge. */
import { presentedBy } from '../agent/presented.ts'
import type { Report } from '../certify.ts'
import type { Driver } from '../drivers/driver.ts'
import type { Session } from '../session.ts'
import { bindingOf, type Claims, discoveryDigest } from './claims.ts'
import {
  agentIdOf,
  boundKeys,
  type RequestProof,
  type StatementProof,
  type TargetProof,
  thumbprintOf,
} from './proof.ts'

/** The claims that bind. */
export type Bound = Pick<Claims, 'target' | 'challenge' | 'proofs'>

/** Why there can be no certificate, and what helps. */
export type Unbound = { readonly cause: string; readonly cure: string }

type Roles = Report['roles']
type Keys = Claims['target']['roles'][number]['keys']
type Part = { readonly target: Omit<Claims['target'], 'url'>; readonly proofs: readonly TargetProof[] } | Unbound

/** What the signature covers, and the signature; nothing beside, which nobody would vouch for. */
const covered = ['content-digest', 'amp-version', 'idempotency-key', 'signature', 'signature-input']

/** The first request of a role the target signed to the suite by one of its keys: its address and the headers under the signature. */
const requestBy = ({ neighbours }: Session, role: Roles[number], keys: Keys): readonly RequestProof[] => {
  const signed = neighbours.received.find(
    // A bridge signs as the agent it is at AMP, so the key tells, not the name before it.
    ({ signed: holds, keyId }) => holds && keys.some(({ kid }) => keyId?.endsWith(`#${kid}`)),
  )
  if (!signed) return []
  const { name, headers } = signed
  const kept = Object.fromEntries(Object.entries(headers).filter(([header]) => covered.includes(header)))
  return [{ role, url: `${neighbours.url}/${name.replace('.', '/')}`, headers: kept }]
}

/** The public members of a key, whatever else a target tells of it. */
const publicOf = ({ kty, crv, x, y, kid, use, alg }: Keys[number]): Keys[number] =>
  Object.fromEntries(Object.entries({ kty, crv, x, y, kid, use, alg }).filter(([, value]) => value !== undefined))

/** Roles that are certified, as discovery document or driver tell of them. */
const servedRoles = ({ discovery }: Session, roles: Roles): Claims['target']['roles'] =>
  discovery.roles
    .filter(({ role }) => roles.includes(role))
    .map(({ role, id, jwks }) => ({ role, id, keys: jwks.keys.map((key) => publicOf({ ...key })) }))

const overHttp = (session: Session, roles: Roles): Part => {
  const { discovery } = session
  const served = servedRoles(session, roles)
  const silent = served.filter(({ role, keys }) => requestBy(session, role, keys).length === 0)
  if (silent.length > 0)
    return {
      cause: `${silent.map(({ role }) => role).join(', ')} signed no request to the suite, so nothing shows whose keys these are`,
      cure: 'give --hooks, so that the target knows the suite and calls it; leave out --certificate otherwise',
    }
  return {
    target: { reached: 'http', software: discovery.software, discovery: discoveryDigest(discovery), roles: served },
    proofs: served.flatMap(({ role, keys }) => requestBy(session, role, keys)),
  }
}

const proving = 'let it answer "prove" by a JWS of the implementation, as conformance/README.md says of drivers'

/** What the implementation behind a driver signs over the challenge, role by role. */
const statementsOf = async (
  { prove }: Driver,
  roles: Roles,
  challenge: string,
): Promise<readonly StatementProof[] | Unbound> => {
  const cure = `${proving}; leave out --certificate otherwise`
  if (!prove) return { cause: 'the driver cannot prove whose keys it names: it has no "prove"', cure }
  const statements: StatementProof[] = []
  for (const role of roles)
    try {
      const statement: unknown = await prove(role, challenge)
      if (typeof statement !== 'string') return { cause: `the driver proves the ${role} by no text`, cure }
      statements.push({ role, statement })
    } catch (error) {
      const says = error instanceof Error ? error.message : String(error)
      return { cause: `the driver cannot prove whose keys it names: ${says}`, cure }
    }
  return statements
}

const throughDriver = async (session: Session, driver: Driver, roles: Roles): Promise<Part> => {
  const proofs = await statementsOf(driver, roles, session.challenge)
  if ('cause' in proofs) return proofs
  const { software } = driver.about
  const target = {
    reached: 'driver' as const,
    software: { name: String(software.name), version: String(software.version) },
    discovery: discoveryDigest(driver.about),
    roles: servedRoles(session, roles),
  }
  return { target, proofs }
}

const ofAgent = async (session: Session): Promise<Part> => {
  const presented = await presentedBy(session.neighbours.received)
  if ('cause' in presented) return presented
  const { key, profile } = presented
  const thumbprint = (await thumbprintOf(key)) ?? ''
  const keys = [publicOf({ ...key })]
  const target = {
    reached: 'agent' as const,
    software: { name: profile.name, version: profile.version },
    discovery: discoveryDigest(profile),
    roles: [{ role: 'agent' as const, id: agentIdOf(thumbprint), keys }],
  }
  return { target, proofs: requestBy(session, 'agent', keys) }
}

const keyOfSuite: Unbound = {
  cause: 'the target signed with a key the suite made, which anybody can have',
  cure: 'let it sign with a key of its own',
}

/** Binds roles of a target under a name; a target behind a driver is asked for its statements, others showed theirs in the run. */
export const bindTarget = async (session: Session, roles: Roles, url: string): Promise<Bound | Unbound> => {
  const { challenge, driver, agent, seed } = session
  const part = driver
    ? await throughDriver(session, driver, roles)
    : agent
      ? await ofAgent(session)
      : overHttp(session, roles)
  if ('cause' in part) return part
  const bound: Bound = { target: { url, ...part.target }, challenge, proofs: part.proofs }
  const keys = await boundKeys(bindingOf({ ...bound, seeds: [seed] })).catch(() => ({
    reason: 'target-proof-invalid' as const,
    says: 'what the target signed cannot be read',
  }))
  if (!('reason' in keys)) return bound
  return keys.reason === 'target-key-of-suite'
    ? keyOfSuite
    : { cause: keys.says, cure: driver ? proving : keyOfSuite.cure }
}
