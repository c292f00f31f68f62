/** EXT-HTTP, what outlives a target that was killed: answers, nonces and state. Needs a program that restarts it. */
import type { Role } from '../../../schemas/index.ts'
import { type Check, chapterOf } from '../../check.ts'
import { equal, holds, NotApplicable, refused, taken, told } from '../../expect.ts'
import type { Scene } from '../../scene.ts'
import { type BindingStage, send } from '../../stages/binding.ts'

/** Calls that were acknowledged, then the restart, then the same calls: nothing is done twice, forgotten or taken again. */
const holdsAfterRestart = async (stage: BindingStage): Promise<void> => {
  const { session, dice } = stage.scene
  if (!session.restart) throw new NotApplicable('no program to restart the target was given')
  const [probe, signed, look] = [await stage.once(), await stage.signed(), await stage.state()]
  const [idempotencyKey, nonce] = [dice.nonce(), dice.nonce()]
  const first = taken(await send(stage.scene, probe, { idempotencyKey }))
  taken(await send(stage.scene, signed, { signing: { nonce } }))
  const before = await look()
  await session.restart()
  const again = await send(stage.scene, probe, { idempotencyKey })
  holds(again.status === 200, 'the first answer again', told(again))
  equal(again.body, first.body, 'the answer after the restart')
  refused(await send(stage.scene, signed, { signing: { nonce } }), 'signature-replayed')
  equal(await look(), before, 'what was there before')
  taken(await send(stage.scene, await stage.signed()))
}

export const restartChecks = (role: Role, open: (scene: Scene) => BindingStage): readonly Check[] => {
  const check = chapterOf('http', role, open)
  return [
    check(
      ['EXT-HTTP-31', 'EXT-HTTP-38', 'EXT-HTTP-41'],
      'what was acknowledged before the target was killed holds after it came back',
      holdsAfterRestart,
      'alone',
    ),
  ]
}
