/** What an intact role should not hear of the suite: any verdict but pass and not-applicable. */
import type { JudgedRole } from '../../../conformance/roles.ts'
import { tryOut } from './run.ts'

/** Runs every check of a role against a fresh, intact one, and gives back how many there were and what was raised. */
export const alarmsOf = async (
  role: JudgedRole,
  seed: number,
  database?: string,
): Promise<{ readonly checks: number; readonly alarms: readonly string[] }> => {
  const results = await tryOut({ role, seed, ...(database === undefined ? {} : { database }) } as Parameters<
    typeof tryOut
  >[0])
  const alarms = results
    .filter(({ verdict }) => verdict !== 'pass' && verdict !== 'not-applicable')
    .map(({ id, verdict, reason }) => `${verdict} ${id}: ${reason}`)
  return { checks: results.length, alarms }
}
