/** EXT-HTTP, what every exchange of a run shows: answers, problems, request ids, versions, and what the target sends. */
import type { Role } from '../../../schemas/index.ts'
import { version } from '../../../schemas/index.ts'
import { type Check, chapterOf } from '../../check.ts'
import { Failed, Inconclusive, NotApplicable } from '../../expect.ts'
import type { Scene } from '../../scene.ts'

const rows: readonly (readonly [string, string])[] = [
  ['EXT-HTTP-8', 'every answer matches the schema of its operation'],
  ['EXT-HTTP-13', 'every refusal is a problem as the table has it'],
  ['EXT-HTTP-16', 'every answer carries a request id'],
  ['EXT-HTTP-19', 'every answer of an operation carries its version'],
]

export const seenChecks = (role: Role): readonly Check[] => {
  const check = chapterOf('http', role, (scene: Scene) => scene)
  return [
    ...rows.map(([requirement, title]) =>
      check(
        requirement,
        title,
        async ({ session }) => {
          if (!session.answered.has(role)) throw new Inconclusive('nothing else was asked in this run')
          const found = session.observations.filter((one) => one.requirement === requirement && one.role === role)
          const first = found[0]
          if (first)
            throw new Failed(
              'none of the answers of the run to depart',
              `${found.length} did, the first: ${first.detail}`,
            )
        },
        'afterwards',
      ),
    ),
    check(
      'EXT-HTTP-17',
      'every request the target sends names its version',
      async ({ session }) => {
        const sent = session.neighbours.received
        if (sent.length === 0) throw new NotApplicable('the target sent nothing')
        const odd = sent.find(({ headers }) => headers['amp-version'] !== version)
        if (odd)
          throw new Failed(`AMP-Version: ${version}`, `${odd.name} came with ${odd.headers['amp-version'] ?? 'none'}`)
      },
      'afterwards',
    ),
  ]
}
