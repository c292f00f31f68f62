/** What an intact role should not hear of the suite: any verdict but pass and not-applicable. */
import type { JudgedRole } from '../../../conformance/roles.ts'
import { tryOut } from './run.ts'

/** Where a role stands while it is judged: what its books are in, or behind a slow proxy. */
export type Surroundings = { readonly database?: string | undefined; readonly proxied?: boolean }

/** Runs every check of a role against a fresh, intact one, and gives back how many there were and what was raised. */
export const alarmsOf = async (
  role: JudgedRole,
  seed: number,
  { database, proxied = false }: Surroundings = {},
): Promise<{ readonly checks: number; readonly alarms: readonly string[] }> => {
  const trial = { role, seed, proxied, ...(database === undefined ? {} : { database }) }
  const results = await tryOut(trial as Parameters<typeof tryOut>[0])
  const alarms = results
    .filter(({ verdict }) => verdict !== 'pass' && verdict !== 'not-applicable')
    .map(({ id, verdict, reason }) => `${verdict} ${id}: ${reason}`)
  return { checks: results.length, alarms }
}
