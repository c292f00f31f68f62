/** Looks at a target before anything is judged: what is wrong with the configuration is no failure of the target. */
import { supportedVersions, version } from '../schemas/index.ts'
import { type Auth, headersAtDoor } from './auth.ts'
import { isLoopback, lookAtCallback } from './callback.ts'
import { type Finding, fine, note, wrong } from './finding.ts'
import { type JudgedRole, judgedRoles } from './roles.ts'
import { NoAnswer } from './target/client.ts'
import { type Discovery, readDiscovery, servedRole } from './target/discovery.ts'
import { createHooks, type Hooks } from './target/hooks.ts'

/** What the doctor knows of a target that can be judged. */
export type Examined = {
  readonly findings: readonly Finding[]
  readonly discovery?: Discovery
  readonly roles: readonly JudgedRole[]
  /** Seconds the target's clock is ahead of ours. */
  readonly skewSeconds: number
}

/** What the doctor is asked to look at. */
export type Examination = {
  readonly url: string
  readonly roles?: readonly JudgedRole[] | undefined
  readonly hooksSecret?: string | undefined
  /** What the door in front of it asks for; requests carry it already. */
  readonly auth?: Auth | undefined
  /** What stands for a discovery document where none is served. */
  readonly declared?: Discovery | undefined
  /** Address of this machine as the target is told it; loopback unless given. */
  readonly callbackHost?: string | undefined
}

const skewNoted = 5

const lookAtAddress = (url: string): { readonly finding: Finding; readonly base?: string } => {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    return {
      finding: wrong('address', `${url} is no URL`, 'give the base URL of the target, such as https://wallet.example'),
    }
  }
  const base = parsed.href.replace(/\/$/, '')
  if (parsed.protocol === 'https:') return { finding: fine('tls', 'the target is reached over TLS'), base }
  if (parsed.protocol !== 'http:')
    return { finding: wrong('address', `${parsed.protocol} is not spoken`, 'give an https or http URL') }
  if (isLoopback(parsed.hostname)) return { finding: fine('address', 'the target is on this machine'), base }
  return {
    finding: note('tls', 'the target is reached without TLS', 'put TLS in front of it before anybody pays with it'),
    base,
  }
}

const lookAtRoles = (document: Discovery, wanted: readonly JudgedRole[] | undefined): readonly Finding[] => {
  const served = document.roles.map(({ role }) => role)
  const missing = (wanted ?? []).filter((role) => !(served as readonly string[]).includes(role))
  const roles =
    missing.length > 0
      ? wrong(
          'roles',
          `the target serves ${served.join(', ')}, not ${missing.join(', ')}`,
          'name roles it serves with --role',
        )
      : fine('roles', `it serves ${served.join(', ')}`)
  const unkeyed = document.roles.filter(({ jwks }) => !jwks.keys.some(({ crv }) => crv === 'P-256'))
  const keys =
    unkeyed.length > 0
      ? wrong(
          'keys',
          `${unkeyed.map(({ role }) => role).join(', ')} publish no P-256 key`,
          'list the signing keys in the discovery document',
        )
      : fine('keys', 'every role publishes a signing key')
  return [roles, keys]
}

/** What is found of the hooks; with the hooks where they answer. */
const lookAtHooks = async (
  document: Discovery,
  secret: string | undefined,
): Promise<{ readonly finding: Finding; readonly hooks?: Hooks }> => {
  const { tier, endpoint } = document.hooks
  if (endpoint === undefined || tier === 'H0') {
    const cure = 'most checks need them: start the target with hooks for the time of the run'
    return { finding: note('hooks', 'the target declares no test hooks', cure) }
  }
  if (secret === undefined) {
    const says = `the target declares hooks of tier ${tier}, but no secret was given`
    return { finding: note('hooks', says, 'give it with --hooks SECRET; without it most checks are untestable') }
  }
  const hooks = createHooks(endpoint, secret)
  const { status, answer } = await hooks.send('setClock', { offsetSeconds: 0 })
  if (status === 200) return { finding: fine('hooks', `hooks of tier ${tier} answer`), hooks }
  const says = `the hooks refuse the secret (${status} ${answer.slice(0, 80)})`
  return { finding: wrong('hooks', says, 'check the secret the target was started with') }
}

const skewOf = (headers: Readonly<Record<string, string>>): number => {
  const date = Date.parse(headers.date ?? '')
  const skew = Number.isNaN(date) ? 0 : Math.round((date - Date.now()) / 1000)
  return Math.abs(skew) <= skewNoted ? 0 : skew
}

/** Endpoints of other origins than the door's: nothing secret goes there unless the configuration names them itself. */
const beyond = (base: string, document: Discovery): readonly string[] => [
  ...new Set(
    [...document.roles.map(({ endpoint }) => endpoint), document.hooks.endpoint ?? base]
      .filter((url) => URL.canParse(url))
      .map((url) => new URL(url).origin)
      .filter((origin) => origin !== new URL(base).origin),
  ),
]

/** Whether what the door asks for can be had, and where it goes. */
const lookAtAuth = async (auth: Auth, base: string): Promise<Finding> => {
  const by = 'module' in auth ? `the headers of ${auth.module}` : `the header ${auth.header}`
  try {
    const names = Object.keys(await headersAtDoor({ method: 'GET', url: base, headers: {}, body: '' }))
    if (names.length === 0)
      return wrong('auth', `${by} were asked for, and none came`, 'let it give headers, or leave auth out')
    if (names.includes('authorization'))
      return note(
        'auth',
        `${by} go with every request; where AMP needs authorization itself, as with the owner of a wallet, AMP's goes`,
        'let the gateway ask for a header of its own, such as x-api-key',
      )
    const shown = 'module' in auth ? `${by}, now ${names.join(', ')}, go` : `${by} goes`
    return fine('auth', `${shown} with every request`)
  } catch (error) {
    const says = `${by} cannot be had: ${error instanceof Error ? error.message : String(error)}`
    return wrong('auth', says, 'run the module by hand: its default export gets a request and gives headers')
  }
}

/** What the target says of itself, or what its configuration says for it. */
const lookAtDocument = async (
  base: string,
  declared: Discovery | undefined,
): Promise<{ readonly findings: readonly Finding[]; readonly document?: Discovery; readonly skewSeconds: number }> => {
  const { document: served, odd, exchange } = await readDiscovery(base)
  const reached = fine('reachability', `it answers within ${Math.ceil(exchange.milliseconds)} ms`)
  const skewSeconds = skewOf(exchange.answerHeaders)
  if (declared) {
    const cure = 'let the target serve the document (EXT-HTTP-20), and name its url alone'
    const says = served
      ? 'the configuration says what the target serves, not its discovery document'
      : `it serves no discovery document (${odd}); the configuration stands for it, and EXT-HTTP-20 will fail`
    return { findings: [reached, note('discovery', says, cure)], document: declared, skewSeconds }
  }
  if (!served) {
    const cure = [401, 403, 407].includes(exchange.status)
      ? 'a gateway wants to know who asks: say what it asks for with --auth, or as auth in a configuration'
      : 'serve one at /.well-known/amp (EXT-HTTP-20), or declare roles with endpoints and keys in a configuration'
    return { findings: [reached, wrong('discovery', `there is no discovery document: ${odd}`, cure)], skewSeconds }
  }
  const told =
    odd === undefined
      ? fine('discovery', `${served.software.name} ${served.software.version}`)
      : note(
          'discovery',
          `the document departs from its schema: ${odd}`,
          'the check of EXT-HTTP-20 says what it should be',
        )
  return { findings: [reached, told], document: served, skewSeconds }
}

const lookAtVersion = ({ versions }: Discovery): Finding =>
  versions.some((one) => supportedVersions.includes(one))
    ? fine('version', `it speaks ${version}`)
    : wrong('version', `it speaks ${versions.join(', ')}`, `this suite judges ${supportedVersions.join(', ')}`)

const lookAtClock = (skewSeconds: number): Finding =>
  skewSeconds === 0
    ? fine('clock', 'its clock agrees with ours')
    : note(
        'clock',
        `its clock is ${Math.abs(skewSeconds)} seconds ${skewSeconds > 0 ? 'ahead of' : 'behind'} ours`,
        'the run follows its clock; set it by NTP before going live',
      )

const lookBeyond = (
  auth: Auth | undefined,
  base: string,
  document: Discovery,
  declared: boolean,
): readonly Finding[] => {
  const origins = auth && !declared ? beyond(base, document) : []
  return origins.map((origin) =>
    note(
      'auth',
      `it names ${origin}, which gets none of it`,
      'where the gateway stands there as well, declare the roles with their endpoints in the configuration',
    ),
  )
}

/** Why nothing answers, told apart: a name, a certificate, a port. */
const silenceOf = (message: string): Finding => {
  if (/wrong version number|EPROTO|packet length too long/.test(message))
    return wrong('tls', 'the port answers, and speaks no TLS', 'give an http URL, or the port that speaks TLS')
  if (/certificate|altnames/i.test(message))
    return wrong(
      'tls',
      `its certificate is not believed: ${message}`,
      'put the authority that signed it into a file and name that in NODE_EXTRA_CA_CERTS',
    )
  if (/ENOTFOUND|EAI_AGAIN/.test(message))
    return wrong('reachability', `there is no such host: ${message}`, 'check the name, and the DNS of this machine')
  return wrong('reachability', `nothing answers: ${message}`, 'check address, port and firewall')
}

/** Examines a target. Where a finding is wrong there is nothing to run. */
export const examine = async ({
  url,
  roles,
  hooksSecret,
  auth,
  declared,
  callbackHost,
}: Examination): Promise<Examined> => {
  const { finding, base } = lookAtAddress(url)
  if (base === undefined) return { findings: [finding], roles: [], skewSeconds: 0 }
  const door = auth && (await lookAtAuth(auth, base))
  const first = door ? [finding, door] : [finding]
  if (door?.state === 'wrong') return { findings: first, roles: [], skewSeconds: 0 }
  try {
    const { findings: seen, document, skewSeconds } = await lookAtDocument(base, declared)
    if (!document) return { findings: [...first, ...seen], roles: [], skewSeconds: 0 }
    const { finding: hooked, hooks } = await lookAtHooks(document, hooksSecret)
    const findings = [
      ...first,
      ...seen,
      ...lookBeyond(auth, base, document, declared !== undefined),
      lookAtVersion(document),
      ...lookAtRoles(document, roles),
      lookAtClock(skewSeconds),
      hooked,
      ...(await lookAtCallback(base, callbackHost, hooks)),
    ]
    const judged = judgedRoles.filter(
      (role) => servedRole(document, role) && (roles === undefined || roles.includes(role)),
    )
    return { findings, discovery: document, roles: judged, skewSeconds }
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    const silent = silenceOf(error.message)
    const before = first.filter(({ about }) => about !== silent.about)
    return { findings: [...before, silent], roles: [], skewSeconds: 0 }
  }
}
