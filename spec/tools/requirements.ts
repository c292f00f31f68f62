/** The reader of requirements: one tagged sentence and one line of attributes each, read strictly. */
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { packageFile, packageRoot, version } from '../../schemas/index.ts'
import { type Attributes, parseAttributes } from './attributes.ts'
import { type Keyword, keywordsIn, type Level, levelOf } from './keyword.ts'
import { type Finding, type Line, type Markdown, readMarkdownBelow } from './markdown.ts'

/**
 * One normative sentence. `level` is the grade of its keyword, `hash` the SHA-256 of the sentence in hex, `source`
 * the place in the published text; `extension` tells ours (EXT-) from published (AMP-).
 */
export type Requirement = Attributes & {
  readonly id: string
  readonly keyword: Keyword
  readonly level: Level
  readonly sentence: string
  readonly hash: string
  readonly source?: string
  readonly file: string
  readonly line: number
  readonly extension: boolean
}

/** What was read: requirements without fault, findings, and every id that is stated, with fault or without. */
export type Reading = {
  readonly requirements: readonly Requirement[]
  readonly findings: readonly Finding[]
  readonly ids: ReadonlySet<string>
}

const publishedAreas: Readonly<Record<string, string>> = {
  'trust.md': 'AMP-TRUST',
  'payment.md': 'AMP-PAY',
  'wallet.md': 'AMP-WALLET',
  'flows.md': 'AMP-FLOW',
}

/** The area a file is for, `AMP-TRUST` or `EXT-HTTP`; nothing where requirements have no place. */
const areaOf = (file: string): string | undefined => {
  if (file.includes('/published/')) return publishedAreas[basename(file)]
  if (file.includes('/extensions/')) return `EXT-${basename(file, '.md').toUpperCase()}`
  return undefined
}

/** The id of a number in an area: published ones have three digits, ours as many as they need. */
const idOf = (area: string, number: number): string =>
  `${area}-${area.startsWith('AMP-') ? String(number).padStart(3, '0') : number}`

/** Whether a line sets out to be a requirement, well-formed or not. */
export const isTagged = (text: string): boolean => /^\s*[-*] \*\*(?:AMP|EXT)-/.test(text)

type Tagged = { readonly id: string; readonly area: string; readonly number: number; readonly sentence: string }

const parseTagged = (text: string): Tagged | undefined => {
  const [, area = '', digits = '', sentence = ''] = /^- \*\*([A-Z]+-[A-Z]+)-(\d+)\*\* (\S.*\.)$/.exec(text) ?? []
  const number = Number(digits)
  const id = idOf(area, number)
  return digits !== '' && id === `${area}-${digits}` ? { id, area, number, sentence } : undefined
}

/** The `Source:` line in force at each line; it holds until the next heading. */
const sourcesOf = (lines: readonly Line[]): readonly (string | undefined)[] => {
  let source: string | undefined
  return lines.map(({ text }) => {
    source = text.startsWith('#') ? undefined : (/^Source: (\S.*)$/.exec(text)?.[1] ?? source)
    return source
  })
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Reads one file; `seen` carries the place of every id from file to file. */
const readFile = ({ file, lines }: Markdown, seen: Map<string, string>): Omit<Reading, 'ids'> => {
  const requirements: Requirement[] = []
  const findings: Finding[] = []
  const area = areaOf(file)
  const sources = sourcesOf(lines)
  let expected = 1
  for (const [index, { text, number: line, fenced }] of lines.entries()) {
    if (fenced || !isTagged(text)) continue
    const find = (rule: string, message: string, at = line) => findings.push({ file, line: at, rule, message })
    const parsed = parseTagged(text)
    if (!parsed) {
      find('malformed', 'a requirement reads "- **ID** sentence." on one line')
      continue
    }
    const { id, sentence, number } = parsed
    if (parsed.area !== area) {
      find('misplaced', `${id} does not belong in this file`)
      continue
    }
    const before = seen.get(id)
    if (before) {
      find('duplicate-id', `${id} is already used at ${before}`)
      continue
    }
    seen.set(id, `${file}:${line}`)
    if (number !== expected) find('sequence', `${id} stands where ${idOf(area, expected)} is expected`)
    expected = number + 1
    const keywords = keywordsIn(sentence)
    const [keyword] = keywords
    if (!keyword) find('no-keyword', `${id} has no keyword`)
    if (keywords.length > 1) find('two-keywords', `${id} has ${keywords.length} keywords: ${keywords.join(', ')}`)
    const attributes = parseAttributes(lines[index + 1]?.text ?? '', area)
    if (typeof attributes === 'string') find('attributes', `${id}: ${attributes}`, line + 1)
    const extension = area.startsWith('EXT-')
    const source = sources[index]
    if (!extension && !source) find('source', `${id} stands below no "Source: …" line`)
    if (!keyword || typeof attributes === 'string') continue
    const level = levelOf(keyword)
    const place = { ...(source ? { source } : {}), file, line }
    requirements.push({ id, keyword, level, sentence, hash: sha256(sentence), ...attributes, ...place, extension })
  }
  return { requirements, findings }
}

/**
 * Reads every requirement of a version folder, by default that of this package, in the order of the files. Findings
 * are ids used twice, out of sequence or in the wrong file, sentences without exactly one keyword, and attributes
 * that do not parse; file names are relative to `base`.
 */
export const readRequirements = (
  folder: string = packageFile('spec', version),
  base: string = packageRoot,
): Reading => {
  const seen = new Map<string, string>()
  const readings = readMarkdownBelow(folder, base).map((markdown) => readFile(markdown, seen))
  return {
    requirements: readings.flatMap(({ requirements }) => requirements),
    findings: readings.flatMap(({ findings }) => findings),
    ids: new Set(seen.keys()),
  }
}
