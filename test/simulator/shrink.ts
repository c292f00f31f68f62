/** Runs scripts, and makes one that breaks a law as short as it goes. */
import { type Script, scriptOf } from './script.ts'
import { type Mutation, World } from './world.ts'

/** Plays a script; gives back which law broke, or nothing. */
export const play = async (script: Script, mutation: Mutation = {}): Promise<string | undefined> => {
  const world = new World(script, mutation)
  try {
    await world.play()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Leaves out steps, larger runs of them first, as long as some law still breaks. */
export const shrink = async (script: Script, mutation: Mutation = {}): Promise<Script> => {
  let { steps } = script
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < steps.length; ) {
      const fewer = [...steps.slice(0, at), ...steps.slice(at + size)]
      if (await play({ ...script, steps: fewer }, mutation)) steps = fewer
      else at += size
    }
  }
  return { ...script, steps }
}

/** A broken law as it is printed: its seed, what broke, and the shortest script that breaks it. */
export const report = async (seed: number, law: string, mutation: Mutation = {}): Promise<string> => {
  const short = await shrink(scriptOf(seed), mutation)
  const lines = short.steps.map((step) => `  ${JSON.stringify(step)}`)
  const { lostSyncs, twoNodes, network } = short
  return [`seed ${seed}: ${law}`, `  ${JSON.stringify({ lostSyncs, twoNodes, network })}`, ...lines].join('\n')
}

/** Plays the scripts of seeds from `first` on; gives back the first that breaks a law. */
export const findBroken = async (
  first: number,
  count: number,
  mutation: Mutation = {},
): Promise<{ readonly seed: number; readonly law: string } | undefined> => {
  for (let seed = first; seed < first + count; seed++) {
    const law = await play(scriptOf(seed), mutation)
    if (law) return { seed, law }
  }
  return undefined
}
