/** What stateful checks have to show: the shortest program that broke a property, and how often a run came to what they are about. */
import type { Report } from '../certify.ts'
import type { Proof } from '../expect.ts'
import type { CheckResult } from '../run.ts'

/** The commands of a proof, to be played again. */
export const stepsOf = ({ steps }: Proof): readonly (readonly object[])[] =>
  steps.map((step) => step.map((command) => JSON.parse(command)))

/** The steps of a proof, one a line; what stands in one step was sent at once. */
export const proofLines = ({ proof }: Pick<CheckResult, 'proof'>): readonly string[] => {
  if (!proof) return []
  const commands = proof.steps.flat().length
  const steps = proof.steps.map((step, index) => `${index + 1}. ${step.join('  at once with  ')}`)
  const { failed, of, repetitions, played } = proof
  const often =
    repetitions > 1
      ? ` (each plays it until it fails, ${repetitions} times at most: it failed ${failed} times of ${played})`
      : ''
  return [`proof of ${commands} commands, again in ${failed} of ${of} reruns${often}:`, ...steps]
}

/** A check with its counters. */
export type Reached = { readonly id: string; readonly counters: readonly (readonly [label: string, count: number])[] }

/** The reach of a run: what its stateful checks came to, and how often. */
export const reachOf = ({ results }: Pick<Report, 'results'>): readonly Reached[] =>
  results.flatMap(({ id, reach }) => (reach === undefined ? [] : [{ id, counters: Object.entries(reach) }]))
