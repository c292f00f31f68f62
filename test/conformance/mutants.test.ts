/** The judge judged: every mutant of the reference is caught by a check of the requirement it breaks, as the kill matrix says. */
import { afterAll, describe, expect, it } from 'vitest'
import { allChecks } from '../../conformance/chapters/index.ts'
import { levelOf } from '../../conformance/check.ts'
import { closeClients } from '../../conformance/index.ts'
import { requirementOf } from '../../conformance/requirements.ts'
import { type Mutant, mutants } from './mutants/index.ts'
import { readMatrix } from './mutants/matrix.ts'
import { killers, tryOut } from './mutants/run.ts'

afterAll(closeClients)

const matrix = new Map(readMatrix().map((row) => [row.mutant, row]))
const citing = (requirement: string): readonly string[] =>
  allChecks.filter(({ requirements }) => requirements.includes(requirement)).map(({ id }) => id)

/** Mutants at a time: each has a server of its own, and spends most of its time waiting for what it leaves undone. */
const together = 6

/** What checks that look at a whole run need to look at: calls in both directions. */
const trafficFor = (owners: readonly string[]): readonly string[] => {
  const late = allChecks.filter(({ id, phase }) => phase === 'afterwards' && owners.includes(id))
  return late.flatMap(({ role }) =>
    ['EXT-HTTP-24', 'EXT-HTTP-40'].flatMap(citing).filter((id) => id.startsWith(`${role}: `)),
  )
}

describe('the kill matrix', () => {
  it('holds every mutant there is, and no other', () => {
    expect([...matrix.keys()].sort()).toEqual(mutants.map(({ mutant }) => mutant).sort())
  })

  it('names only checks there are', () => {
    const known = new Set(allChecks.map(({ id }) => id))
    const unknown = [...matrix.values()].flatMap(({ killedBy }) => killedBy.filter((id) => !known.has(id)))
    expect(unknown).toEqual([])
  })

  it('has a mutant killed by its own check for every MUST that is checked over HTTP', () => {
    const killed = new Set(
      [...matrix.values()].flatMap(({ killedBy }) =>
        killedBy.flatMap((id) => allChecks.find((check) => check.id === id)?.requirements ?? []),
      ),
    )
    const required = new Set(
      allChecks
        .filter((check) => levelOf(check) === 'MUST')
        .flatMap(({ requirements }) => requirements.filter((id) => requirementOf(id).level === 'MUST')),
    )
    expect([...required].filter((id) => !killed.has(id))).toEqual([])
  })

  it('is right: each mutant, run anew, falls to the checks of what it breaks', { timeout: 600_000 }, async () => {
    const wrong: string[] = []
    const judge = async (mutant: Mutant): Promise<void> => {
      const owners = citing(mutant.breaks).filter((id) => matrix.get(mutant.mutant)?.killedBy.includes(id))
      const only = new Set([...owners, ...trafficFor(owners)])
      const found = owners.length === 0 ? [] : killers(await tryOut({ ...mutant, only }))
      if (!found.some((id) => owners.includes(id)))
        wrong.push(`${mutant.mutant} (${mutant.breaks}) survives ${owners.join(', ') || 'every check of it'}`)
    }
    const queue = [...mutants]
    await Promise.all(
      Array.from({ length: together }, async () => {
        for (let next = queue.shift(); next; next = queue.shift()) await judge(next)
      }),
    )
    expect(wrong).toEqual([])
  })
})
