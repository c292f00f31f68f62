/** What a check is: requirements made executable against one role; keyword and sentence stay in the specification. */
import { type Requirement, requirementOf } from './requirements.ts'
import type { JudgedRole } from './roles.ts'
import type { Scene } from './scene.ts'

/**
 * When a check runs: `together` with others, `first` of them because it waits, `alone` because it moves the target's clock or floods it, or `afterwards`
 * because it judges what all the others saw.
 */
export type Phase = 'first' | 'together' | 'alone' | 'afterwards'

/** One check. `id` is `{role}: {title}` and stays the same from release to release. */
export type Check = {
  readonly id: string
  readonly role: JudgedRole
  readonly title: string
  readonly chapter: string
  readonly requirements: readonly string[]
  readonly phase: Phase
  readonly run: (scene: Scene) => Promise<void>
}

/** Level of a check: that of its strictest requirement. */
export const levelOf = ({ requirements }: Pick<Check, 'requirements'>): Requirement['level'] => {
  const levels = requirements.map((id) => requirementOf(id).level)
  return levels.includes('MUST') ? 'MUST' : levels.includes('SHOULD') ? 'SHOULD' : 'MAY'
}

/** Declares checks of a chapter for a role. `open` sets the stage each check plays on; unknown ids do not load. */
export const chapterOf =
  <Stage>(chapter: string, role: JudgedRole, open: (scene: Scene) => Stage) =>
  (
    requirements: string | readonly string[],
    title: string,
    play: (stage: Stage) => Promise<void>,
    phase: Phase = 'together',
  ): Check => {
    const ids = typeof requirements === 'string' ? [requirements] : requirements
    for (const id of ids) requirementOf(id)
    return {
      id: `${role}: ${title}`,
      role,
      title,
      chapter,
      requirements: ids,
      phase,
      run: async (scene) => play(open(scene)),
    }
  }
