/** Certifies targets of every kind and keeps what a runner keeps. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Unbound } from '../../conformance/certificate/binding.ts'
import { certificateWriter } from '../../conformance/certificate/command.ts'
import { makeRunnerKey } from '../../conformance/certificate/issue.ts'
import { certify, type Order, type Report } from '../../conformance/certify.ts'
import type { Session } from '../../conformance/session.ts'
import type { Run } from './tampering.ts'

/** What a run came to: its report, and what it left, or why there is no certificate. */
export type Ended = {
  readonly report: Report
  readonly challenge: string
  readonly run: Run | undefined
  readonly unbound: Unbound | undefined
}

/** Judges a target as the command does, and writes its certificate. */
export const certifiedRun = async (order: Omit<Order, 'seed'> & { readonly seed?: number }): Promise<Ended> => {
  const folder = mkdtempSync(join(tmpdir(), 'amp-certified-'))
  const at = (name: string): string => join(folder, name)
  const key = await makeRunnerKey()
  writeFileSync(at('runner.json'), JSON.stringify(key))
  const writer = certificateWriter({
    certificate: at('certificate.jws'),
    evidenceOut: at('evidence.json'),
    runnerKey: at('runner.json'),
    runner: 'ci',
  })
  let challenge = ''
  const see = (session: Session): void => {
    challenge = session.challenge
  }
  try {
    const report = await certify(
      { seed: 5, pace: { reruns: 0 }, ...order },
      {
        ...writer.listener,
        onSession: async (session, roles) => {
          see(session)
          return writer.listener.onSession?.(session, roles)
        },
      },
    )
    const read = (name: string): string => readFileSync(at(name), 'utf8').trim()
    const run =
      writer.files.length === 0
        ? undefined
        : { certificate: read('certificate.jws'), transcript: JSON.parse(read('evidence.json')), key }
    return { report, challenge, run, unbound: writer.unbound() }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The run of a target that earned its certificate. */
export const earned = ({ run, unbound, report }: Ended): Run => {
  if (!run)
    throw new Error(
      `no certificate, ${report.outcome}: ${unbound?.cause ?? report.doctor.map(({ says }) => says).join()}`,
    )
  return run
}
