/** The numbered clashes of contradictions.md, held against the requirements that name them. */
import type { Finding, Markdown } from './markdown.ts'
import { requirementId } from './references.ts'
import type { Requirement } from './requirements.ts'

/** One clash: its number, the ids it concerns, and where it stands. */
export type Contradiction = { readonly number: number; readonly line: number; readonly concerns: readonly string[] }

/** The clashes of a file in its order: a heading `### Conflict n` and, below it, a line `Concerns …`. */
export const readContradictions = ({ lines }: Markdown): readonly Contradiction[] => {
  const found: { number: number; line: number; concerns: string[] }[] = []
  for (const { text, number: line } of lines) {
    const number = /^### Conflict (\d+)$/.exec(text)?.[1]
    if (number) found.push({ number: Number(number), line, concerns: [] })
    else if (text.startsWith('Concerns ')) found.at(-1)?.concerns.push(...(text.match(requirementId) ?? []))
  }
  return found
}

/** Clashes out of sequence, and requirements that a clash names without being named back, or the other way round. */
export const contradictionFindings = (markdown: Markdown, requirements: readonly Requirement[]): readonly Finding[] => {
  const contradictions = readContradictions(markdown)
  const unordered = contradictions
    .filter(({ number }, index) => number !== index + 1)
    .map(({ number, line }) => ({ line, rule: 'sequence', message: `conflict ${number} is out of sequence` }))
  const oneSided = contradictions.flatMap(({ number, line, concerns }) => {
    const naming = requirements.filter(({ conflicts }) => conflicts.includes(number)).map(({ id }) => id)
    const lost = [
      ...concerns.filter((id) => !naming.includes(id)).map((id) => `${id} does not name conflict ${number}`),
      ...naming.filter((id) => !concerns.includes(id)).map((id) => `conflict ${number} does not concern ${id}`),
    ]
    return lost.map((message) => ({ line, rule: 'conflict-mismatch', message }))
  })
  return [...unordered, ...oneSided].map((finding) => ({ file: markdown.file, ...finding }))
}
