/** The suite: judges AMP, and knows reference and bridge only from outside. */
import { artefactRequirements } from './artefact.ts'
import { excuses as reasons } from './untested.ts'

export { type ChainVerdict, type Evidence, judgeEvidence } from './artefact.ts'

/** Checks with the requirements they cover. */
export const checks: readonly { readonly id: string; readonly requirements: readonly string[] }[] = [
  { id: 'artefact: assurance chains', requirements: artefactRequirements },
]

/** Reasons for requirements nothing outside can observe; what a check covers needs none. */
export const excuses: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(reasons).filter(([id]) => !artefactRequirements.includes(id)),
)

/** Which mutants each check killed; the live chapters bring theirs with them. */
export const killMatrix: readonly { readonly mutant: string; readonly killedBy: readonly string[] }[] = []
