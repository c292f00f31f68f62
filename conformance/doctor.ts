/** Looks at a target before anything is judged: what is wrong with the configuration is no failure of the target. */
import { supportedVersions, version } from '../schemas/index.ts'
import { type JudgedRole, judgedRoles } from './roles.ts'
import { NoAnswer } from './target/client.ts'
import { type Discovery, readDiscovery, servedRole } from './target/discovery.ts'
import { createHooks } from './target/hooks.ts'

/** One thing that was looked at. What is `wrong` stops the run and comes with its cure; a `note` does not. */
export type Finding = {
  readonly about: 'address' | 'reachability' | 'tls' | 'discovery' | 'version' | 'roles' | 'keys' | 'clock' | 'hooks'
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

/** Examines a target. Where a finding is wrong there is nothing to run. */
export const examine = async ({ url, roles, hooksSecret }: Examination): Promise<Examined> => {
  const { finding, base } = lookAtAddress(url)
  if (base === undefined) return { findings: [finding], roles: [], skewSeconds: 0 }
  try {
    const { document, odd, exchange } = await readDiscovery(base)
    const reached = fine('reachability', `it answers within ${Math.ceil(exchange.milliseconds)} ms`)
    if (!document)
      return {
        findings: [
          finding,
          reached,
          wrong('discovery', `there is no discovery document: ${odd}`, 'serve one at /.well-known/amp (EXT-HTTP-20)'),
        ],
        roles: [],
        skewSeconds: 0,
      }
    const spoken = document.versions.some((one) => supportedVersions.includes(one))
      ? fine('version', `it speaks ${version}`)
      : wrong(
          'version',
          `it speaks ${document.versions.join(', ')}`,
          `this suite judges ${supportedVersions.join(', ')}`,
        )
    const skewSeconds = skewOf(exchange.answerHeaders)
    const clock =
      skewSeconds === 0
        ? fine('clock', 'its clock agrees with ours')
        : note(
            'clock',
            `its clock is ${skewSeconds} seconds ahead of ours`,
            'the run follows its clock; set it by NTP before going live',
          )
    const findings = [
      finding,
      reached,
      odd === undefined
        ? fine('discovery', `${document.software.name} ${document.software.version}`)
        : note(
            'discovery',
            `the document departs from its schema: ${odd}`,
            'the check of EXT-HTTP-20 says what it should be',
          ),
      spoken,
      ...lookAtRoles(document, roles),
      clock,
      await lookAtHooks(document, hooksSecret),
    ]
    const judged = judgedRoles.filter(
      (role) => servedRole(document, role) && (roles === undefined || roles.includes(role)),
    )
    return { findings, discovery: document, roles: judged, skewSeconds }
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    return {
      findings: [
        finding,
        wrong('reachability', `nothing answers: ${error.message}`, 'check address, port and firewall'),
      ],
      roles: [],
      skewSeconds: 0,
    }
  }
}
