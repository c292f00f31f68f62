/** Every rule the specification is held to, over all its files. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadSchemas, packageRoot, type SchemaPath, validate } from '../../schemas/index.ts'
import { contradictionFindings } from './contradictions.ts'
import { keywordsIn } from './keyword.ts'
import { type Finding, type Markdown, readMarkdownBelow } from './markdown.ts'
import { deadLinks, deadProblemAnchors, unknownIds, unknownIdsBelow } from './references.ts'
import { isTagged, readRequirements } from './requirements.ts'

/** Folders whose files may cite only ids that exist; tests may cite others on purpose. */
const citing = ['schemas', 'reference', 'bridge', 'conformance']

/** Capitalised keywords outside a tagged line: only a requirement may sound like one. */
const untaggedKeywords = ({ file, lines }: Markdown): readonly Finding[] =>
  lines
    .filter(({ text, fenced }) => !fenced && !isTagged(text))
    .flatMap(({ text, number }) =>
      keywordsIn(text).map((keyword) => ({
        ...{ file, line: number, rule: 'untagged-keyword' },
        message: `${keyword} stands outside a requirement`,
      })),
    )

const blockProblem = (schema: string | undefined, text: string): string | undefined => {
  if (!schema) return 'a JSON block names its schema: ```json schema=payment/checkout'
  if (!loadSchemas().has(schema as SchemaPath)) return `there is no schema ${schema}`
  try {
    const [first] = validate(schema as SchemaPath, JSON.parse(text))
    return first && `${first.path || 'the value'} ${first.message}`
  } catch (error) {
    return `the block is no JSON: ${(error as Error).message}`
  }
}

/** JSON blocks that name no schema, an unknown one, or do not match it. */
const wrongBlocks = ({ file, blocks }: Markdown): readonly Finding[] =>
  blocks
    .filter(({ info }) => /^json\b/i.test(info))
    .flatMap(({ info, text, line }) => {
      const message = blockProblem(/^json schema=(\S+)$/.exec(info)?.[1], text)
      return message ? [{ file, line, rule: 'json-block', message }] : []
    })

/** Versions that have a folder below `spec/`: dated ones and the draft. */
export const versionsOf = (base: string): readonly string[] =>
  existsSync(join(base, 'spec'))
    ? readdirSync(join(base, 'spec'))
        .filter((name) => /^(\d{4}-\d{2}-\d{2}|draft)$/.test(name))
        .sort()
    : []

const lintVersion = (base: string, version: string): readonly Finding[] => {
  const folder = join(base, 'spec', version)
  const { requirements, findings } = readRequirements(folder, base)
  const contradictions = readMarkdownBelow(folder, base).filter(({ file }) => file.endsWith('/contradictions.md'))
  return [
    ...findings,
    ...contradictions.flatMap((markdown) => contradictionFindings(markdown, requirements)),
    ...deadProblemAnchors(join(base, 'schemas', version, 'problems.json'), folder, base),
  ]
}

/**
 * Findings of every rule over `spec/` of a package folder, and of the ids its other folders cite; sorted by place.
 * Nothing found means the specification can be trusted as a register.
 */
export const lintSpec = (base: string = packageRoot): readonly Finding[] => {
  const versions = versionsOf(base)
  const known = new Set(versions.flatMap((name) => [...readRequirements(join(base, 'spec', name), base).ids]))
  const markdowns = readMarkdownBelow(join(base, 'spec'), base)
  const findings = [
    ...versions.flatMap((name) => lintVersion(base, name)),
    ...markdowns.flatMap((markdown) => [
      ...untaggedKeywords(markdown),
      ...deadLinks(markdown, base),
      ...unknownIds(markdown.file, markdown.lines.map(({ text }) => text).join('\n'), known),
      ...wrongBlocks(markdown),
    ]),
    ...unknownIdsBelow(base, citing, known),
  ]
  return findings.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1))
}
