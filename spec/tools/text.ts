/** What `amp spec` prints for people; each text ends with what to do next. */
import type { CoverageReport } from './coverage.ts'
import type { Difference } from './diff.ts'
import type { Finding } from './markdown.ts'
import type { Requirement } from './requirements.ts'
import type { Place } from './touch.ts'

/** Counts of published requirements and of ours, never added, then what is neither. */
export const coverageText = ({ coverage }: CoverageReport): string => {
  const { extensions } = coverage
  const neither = [...coverage.neither, ...extensions.neither]
  return [
    `published:  ${coverage.requirements} requirements, ${coverage.checked} checked, ${coverage.excused} excused`,
    `extensions: ${extensions.requirements} requirements, ${extensions.checked} checked, ${extensions.excused} excused`,
    `mutants:    ${coverage.mutantsKilled} of ${coverage.mutants} killed`,
    `neither:    ${neither.length}${neither.map((id) => `\n  ${id}`).join('')}`,
    '',
    neither.length === 0
      ? 'next: npx amp spec touch ID shows where a requirement lives'
      : `next: write a check for ${neither[0]}, or excuse it with a reason`,
  ].join('\n')
}

/** One finding a line, as an editor can jump to. */
export const findingsText = (findings: readonly Finding[]): string =>
  [
    ...findings.map(({ file, line, rule, message }) => `${file}:${line} ${rule}: ${message}`),
    `${findings.length} findings`,
    '',
    findings.length === 0
      ? 'next: npx amp spec coverage shows what is checked'
      : `next: open ${findings[0]?.file} at line ${findings[0]?.line}`,
  ].join('\n')

/** The sentence, then every place by kind. */
export const touchText = ({ id, sentence }: Requirement, places: readonly Place[]): string => {
  const lines = places.map(({ kind, file, line }) => `${kind.padEnd(9)} ${file}:${line}`)
  return [
    `${id} ${sentence}`,
    '',
    ...lines,
    '',
    `next: change these ${places.length} places together, then npx amp spec lint`,
  ].join('\n')
}

/** Added, removed and reworded requirements, then schemas. */
export const diffText = ({ requirements, schemas }: Difference): string =>
  [
    ...requirements.added.map((id) => `+ ${id}`),
    ...requirements.removed.map((id) => `- ${id}`),
    ...requirements.reworded.flatMap(({ id, before, after }) => [`~ ${id}`, `    was ${before}`, `    is  ${after}`]),
    ...schemas.added.map((name) => `+ ${name}`),
    ...schemas.removed.map((name) => `- ${name}`),
    ...schemas.changed.map((name) => `~ ${name}`),
    `${requirements.added.length} requirements added, ${requirements.removed.length} removed, ${requirements.reworded.length} reworded; ${schemas.added.length} schemas added, ${schemas.removed.length} removed, ${schemas.changed.length} changed`,
    '',
    'next: npx amp spec touch ID shows what a changed requirement concerns',
  ].join('\n')
