/** The certificate on the command line: written after a run, verified and opened offline. */
import { randomInt } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Listener } from '../certify.ts'
import { failed, stop } from '../verdict-codes.ts'
import { type Bound, bindTarget, type Unbound } from './binding.ts'
import { type Claims, readJson, wayOf } from './claims.ts'
import { issueCertificate, makeRunnerKey, type RunnerKey, rootsOf } from './issue.ts'
import { placesMax, entryOf as statusEntryOf } from './status.ts'
import { isTranscript, openEntry, recordTranscript } from './transcript.ts'
import { areRoots, type Verified, verifyCertificate } from './verify.ts'

/** Where a certificate and what goes with it are written. */
export type CertificateOptions = {
  readonly certificate?: string | undefined
  readonly rootsOut?: string | undefined
  readonly evidenceOut?: string | undefined
  readonly runnerKey?: string | undefined
  readonly runner?: Claims['runner'] | undefined
  readonly attempts?: number | undefined
  readonly statusUri?: string | undefined
  readonly statusIndex?: number | undefined
}

/** What becomes of a certificate that was asked for. */
export type CertificateWriter = {
  readonly listener: Listener
  /** What was written, one line each. */
  readonly files: readonly string[]
  /** Why a target that was certified got none. */
  readonly unbound: () => Unbound | undefined
}

/** Listens to a run and writes its certificate where the target was certified and is bound by what it signed. */
export const certificateWriter = (options: CertificateOptions): CertificateWriter => {
  const files: string[] = []
  if (options.certificate === undefined) return { listener: {}, files, unbound: () => undefined }
  const { certificate } = options
  const transcript = recordTranscript()
  let stated: Bound | undefined
  let unbound: Unbound | undefined
  const write = (name: string, file: string, text: string): void => {
    writeFileSync(file, text)
    files.push(`${name}: ${file}`)
  }
  return {
    files,
    unbound: () => unbound,
    listener: {
      onExchange: transcript.keep,
      // A driver says at once whether its target can be bound; others show it by what they send.
      onSession: async (session, roles) => {
        if (!session.driver) return undefined
        const bound = await bindTarget(session, roles, session.url)
        if ('cause' in bound) return { about: 'certificate', state: 'wrong', says: bound.cause, cure: bound.cure }
        stated = bound
        return undefined
      },
      onEnd: async (report, session) => {
        if (report.outcome !== 'certified') return
        const bound = stated ?? (await bindTarget(session, report.roles, report.target.url))
        if ('cause' in bound) {
          unbound = bound
          return
        }
        const key = options.runnerKey === undefined ? await makeRunnerKey() : (readJson(options.runnerKey) as RunnerKey)
        const kept = transcript.close(session.neighbours)
        const text = await issueCertificate(
          {
            report,
            bound,
            transcript: kept,
            attempts: options.attempts ?? 1,
            runner: options.runner ?? 'self',
            status:
              options.statusUri === undefined
                ? undefined
                : { idx: options.statusIndex ?? randomInt(placesMax), uri: options.statusUri },
          },
          key,
          Math.floor(Date.now() / 1000),
        )
        write('certificate', certificate, `${text}\n`)
        if (options.rootsOut !== undefined)
          write('roots', options.rootsOut, `${JSON.stringify(rootsOf(key), null, 2)}\n`)
        if (options.evidenceOut !== undefined) write('evidence', options.evidenceOut, `${JSON.stringify(kept)}\n`)
      },
    },
  }
}

const unaskedShown = 6

/** How a target was reached and how much was asked of it; a part never reads like the whole. */
const askedText = ({ asked }: Claims): readonly string[] => {
  if (!asked) return []
  const { checks, of, unasked } = asked
  const shown = unasked.slice(0, unaskedShown).join(', ')
  const more = unasked.length > unaskedShown ? ` and ${unasked.length - unaskedShown} more (--json -)` : ''
  return [
    `  asked ${checks} of ${of} checks`,
    ...(unasked.length > 0 ? [`  not asked about ${unasked.length} requirements: ${shown}${more}`] : []),
  ]
}

const describe = (verified: Verified, statusSeen: boolean): string => {
  if (!verified.valid) return `NOT VALID  ${verified.reason}: ${verified.says}\n`
  const { claims, bound } = verified
  const { target, suite, counts, hooks, iat, exp, transcript, runner, attempts } = claims
  const entry = statusEntryOf(claims.status)
  const day = (epoch: number): string => new Date(epoch * 1000).toISOString().slice(0, 10)
  return [
    `VALID  ${target.software.name} ${target.software.version} as ${target.roles.map(({ role }) => role).join(', ')}`,
    `  judged at ${target.url} on ${day(iat)}, valid to ${day(exp)}, reached by ${wayOf(claims)}`,
    ...bound.map(({ role, id, thumbprint }) => `  bound to the key ${thumbprint} of the ${role} ${id}`),
    `  suite ${suite.name} ${suite.version}, protocol ${suite.protocol}, ${suite.mutantsKilled} of ${suite.mutants} mutants killed`,
    `  required: ${counts.MUST.pass} passed, ${counts.MUST.fail} failed; hooks ${hooks}; runner ${runner}; attempt ${attempts}`,
    ...askedText(claims),
    `  transcript of ${transcript.entries} exchanges, root ${transcript.root}`,
    ...(entry && !statusSeen
      ? [`  not asked whether it was taken back: fetch ${entry.uri} and give the file with --status`]
      : []),
    '',
  ].join('\n')
}

/** The evidence in a file; what is no JSON is evidence as well, which nobody will believe. */
const readEvidence = (file: string): unknown => {
  const text = readFileSync(file, 'utf8')
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Verifies a certificate against roots, and its evidence where a transcript is given. Exit 0 valid, 1 not, 3 configuration. */
export const verifyCommand = async (
  certificate: string,
  options: {
    readonly roots?: string
    readonly evidence?: string
    readonly status?: string
    readonly now: number
    readonly json?: string
  },
): Promise<void> => {
  if (options.roots === undefined)
    return stop(
      'there are no roots to trust',
      'name the roots you pinned with --roots FILE; a key from inside is never believed',
    )
  let verified: Verified
  try {
    const roots = readJson(options.roots)
    if (!areRoots(roots))
      return stop(`${options.roots} holds no roots`, 'it looks like {"keys": [JWK], "revoked": [id]}')
    const evidence = options.evidence === undefined ? undefined : readEvidence(options.evidence)
    const statusList = options.status === undefined ? undefined : readFileSync(options.status, 'utf8').trim()
    verified = await verifyCertificate(readFileSync(certificate, 'utf8').trim(), roots, options.now, {
      evidence,
      statusList,
    })
  } catch (error) {
    return stop(error instanceof Error ? error.message : String(error), 'name files that can be read')
  }
  if (options.json === '-') process.stdout.write(`${JSON.stringify(verified)}\n`)
  else process.stdout.write(describe(verified, options.status !== undefined))
  if (!verified.valid) process.exitCode = failed
}

/** The entry to open, or why there is none. */
const entryOf = (file: string, request: number): object | { readonly cause: string; readonly cure: string } => {
  const cure = 'name the file --evidence-out wrote'
  try {
    const transcript = readJson(file)
    if (!isTranscript(transcript)) return { cause: `${file} holds no transcript`, cure }
    const last = transcript.entries.length - 1
    return (
      openEntry(transcript, request) ?? { cause: `there is no request ${request}`, cure: `name one from 0 to ${last}` }
    )
  } catch (error) {
    return { cause: error instanceof Error ? error.message : String(error), cure }
  }
}

/** Opens one request of a transcript, with its way to the root, for an auditor. */
export const openCommand = (file: string, request: number): void => {
  const found = entryOf(file, request)
  if ('cause' in found) stop(String(found.cause), String((found as { cure?: string }).cure))
  else process.stdout.write(`${JSON.stringify(found, null, 2)}\n`)
}
