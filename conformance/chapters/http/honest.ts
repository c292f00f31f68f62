/** EXT-HTTP, what a target is not asked for by name: valid requests nobody thought of, and roles it does not own up to. */
import fc from 'fast-check'
import { type OperationName, operations, type Role, roles } from '../../../schemas/index.ts'
import { type Check, chapterOf } from '../../check.ts'
import { Failed, Inconclusive, NotApplicable, refused, told } from '../../expect.ts'
import { validInstance } from '../../generate.ts'
import type { Scene } from '../../scene.ts'
import type { BindingStage } from '../../stages/binding.ts'
import { servedRole } from '../../target/discovery.ts'

const ofRole = (role: Role): readonly OperationName[] =>
  [...operations].flatMap(([name, operation]) => (operation.role === role ? [name] : []))

const samplesEach = 4

/** Sends what the schema of each operation allows: it may be refused for many reasons, being invalid is none of them. */
const takesEveryValid = async (stage: BindingStage, role: Role): Promise<void> => {
  let sent = 0
  for (const name of ofRole(role)) {
    const by = await stage.callerOf(name)
    const request = operations.get(name)?.request
    if (by === 'nobody' || request === undefined) continue
    const seed = stage.scene.dice.number(0, 2 ** 31 - 1)
    for (const message of fc.sample(validInstance(request), { seed, numRuns: samplesEach })) {
      const answer = await stage.scene.client.call(name, message as never, by)
      const { code } = (answer.body ?? {}) as { code?: string }
      sent++
      const reasoned = code !== undefined && code !== 'request-invalid' && code !== 'internal-error'
      if (answer.status !== 200 && !reasoned)
        throw new Failed(
          `${name} to take what its schema allows, or to refuse it for a reason`,
          `${told(answer)} to ${JSON.stringify(message)}`,
        )
    }
  }
  if (sent === 0) throw new Inconclusive('no operation of the role could be asked')
}

/** Asks below the same base for operations of every role the target does not declare. */
const hidesNoRole = async ({ scene }: BindingStage, role: Role): Promise<void> => {
  const { session } = scene
  const own = session.served(role).endpoint
  const hidden = roles.filter((other) => !servedRole(session.discovery, other))
  if (!own.endsWith(`/${role}`)) throw new NotApplicable('where another role would be is not known')
  if (hidden.length === 0) throw new NotApplicable('the target declares every role')
  for (const other of hidden)
    for (const name of ofRole(other).slice(0, 3)) {
      const url = `${own.slice(0, -role.length)}${other}/${operations.get(name)?.name}`
      const headers = { 'content-type': 'application/json', 'amp-version': session.discovery.versions[0] ?? '' }
      refused(await scene.send('POST', url, headers, '{}'), 'operation-unknown')
    }
}

export const honestChecks = (role: Role, open: (scene: Scene) => BindingStage): readonly Check[] => {
  const check = chapterOf('http', role, open)
  return [
    check(
      ['EXT-HTTP-6', 'EXT-HTTP-13'],
      'a request its schema allows is never refused as invalid, nor an error',
      (stage) => takesEveryValid(stage, role),
    ),
    check(['EXT-HTTP-2', 'EXT-HTTP-21'], 'a role the discovery document leaves out is not served', (stage) =>
      hidesNoRole(stage, role),
    ),
  ]
}
