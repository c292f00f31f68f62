/** Looks at a target before anything is judged: what is wrong with the configuration is no failure of the target. */
import { supportedVersions, version } from '../schemas/index.ts'
import { type Auth, headersAtDoor } from './auth.ts'
import { type JudgedRole, judgedRoles } from './roles.ts'
import { NoAnswer } from './target/client.ts'
import { type Discovery, readDiscovery, servedRole } from './target/discovery.ts'
import { createHooks } from './target/hooks.ts'

/** One thing that was looked at. What is `wrong` stops the run and comes with its cure; a `note` does not. */
export type Finding = {
  readonly about:
    | 'address'
    | 'reachability'
    | 'tls'
    | 'auth'
    | 'callback'
    | 'discovery'
    | 'version'
    | 'roles'
    | 'keys'
    | 'clock'
    | 'hooks'
    | 'certificate'
  readonly state: 'fine' | 'note' | 'wrong'
  readonly says: string
  readonly cure?: string
}

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

const fine = (about: Finding['about'], says: string): Finding => ({ about, state: 'fine', says })
const note = (about: Finding['about'], says: string, cure: string): Finding => ({ about, state: 'note', says, cure })
const wrong = (about: Finding['about'], says: string, cure: string): Finding => ({ about, state: 'wrong', says, cure })

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])
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
  if (loopback.has(parsed.hostname)) return { finding: fine('address', 'the target is on this machine'), base }
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

const lookAtHooks = async (document: Discovery, secret: string | undefined): Promise<Finding> => {
  const { tier, endpoint } = document.hooks
  if (endpoint === undefined || tier === 'H0')
    return note(
      'hooks',
      'the target declares no test hooks',
      'most checks need them: start the target with hooks for the time of the run',
    )
  if (secret === undefined)
    return note(
      'hooks',
      `the target declares hooks of tier ${tier}, but no secret was given`,
      'give it with --hooks SECRET; without it most checks are untestable',
    )
  const { status, answer } = await createHooks(endpoint, secret).send('setClock', { offsetSeconds: 0 })
  return status === 200
    ? fine('hooks', `hooks of tier ${tier} answer`)
    : wrong(
        'hooks',
        `the hooks refuse the secret (${status} ${answer.slice(0, 80)})`,
        'check the secret the target was started with',
      )
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

/** Whether the target can call back: a neighbour on loopback is not there for a target elsewhere. */
const lookAtCallback = (base: string, callbackHost = '127.0.0.1'): readonly Finding[] => {
  const elsewhere = !loopback.has(new URL(base).hostname)
  if (!elsewhere || !/^(127\.|localhost$|::1$|\[::1\]$)/.test(callbackHost)) return []
  const says = `the target is on another machine, and is told to call its neighbours at ${callbackHost}, which is itself`
  const cure =
    'give --callback-host an address of this machine the target can reach, or run the suite beside the target'
  return [note('callback', says, cure)]
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
    const findings = [
      ...first,
      ...seen,
      ...lookBeyond(auth, base, document, declared !== undefined),
      lookAtVersion(document),
      ...lookAtRoles(document, roles),
      lookAtClock(skewSeconds),
      await lookAtHooks(document, hooksSecret),
      ...lookAtCallback(base, callbackHost),
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
