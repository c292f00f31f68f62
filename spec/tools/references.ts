/** What the specification points at: links to files and anchors, and requirement ids cited anywhere. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { type Finding, filesBelow, type Markdown, parseMarkdown } from './markdown.ts'

/** A requirement id, wherever it is cited. */
export const requirementId = /\b(?:AMP-(?:TRUST|PAY|WALLET|FLOW)|EXT-[A-Z]+)-\d+\b/g

const linkTarget = /\[[^\]]*\]\(([^)\s]+)\)/g
const codeSpan = /`[^`]*`/g

/** Whether a file has an anchor: a heading's, or the id of a requirement it states. */
const hasAnchor = (file: string, anchor: string): boolean => {
  const markdown = parseMarkdown(file, readFileSync(file, 'utf8'))
  return markdown.anchors.has(anchor) || markdown.lines.some(({ text }) => text.startsWith(`- **${anchor}**`))
}

/** What is wrong with a target as seen from a file, or nothing. Paths are absolute. */
const deadTarget = (from: string, target: string): string | undefined => {
  if (/^[a-z]+:/.test(target)) return undefined
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? from : join(dirname(from), path)
  if (!existsSync(file)) return `there is no ${target}`
  if (anchor === undefined || !file.endsWith('.md') || hasAnchor(file, anchor)) return undefined
  return `${path === '' ? 'this file' : path} has no anchor #${anchor}`
}

/** Relative links of one file that lead nowhere; links with a scheme are left alone. */
export const deadLinks = ({ file, lines }: Markdown, base: string): readonly Finding[] =>
  lines
    .filter(({ fenced }) => !fenced)
    .flatMap(({ text, number }) =>
      [...text.replaceAll(codeSpan, '').matchAll(linkTarget)].flatMap(([, target = '']) => {
        const message = deadTarget(join(base, file), target)
        return message ? [{ file, line: number, rule: 'dead-link', message }] : []
      }),
    )

/** Ids cited in a text that no requirement bears. */
export const unknownIds = (file: string, text: string, known: ReadonlySet<string>): readonly Finding[] =>
  text
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(requirementId)]
        .filter(([id]) => !known.has(id))
        .map(([id]) => ({ file, line: index + 1, rule: 'unknown-id', message: `there is no requirement ${id}` })),
    )

/** Ids cited in the files of some folders of the package that no requirement bears. */
export const unknownIdsBelow = (base: string, folders: readonly string[], known: ReadonlySet<string>) =>
  folders
    .flatMap((folder) => filesBelow(join(base, folder), '.md', '.json', '.ts'))
    .flatMap((file) => unknownIds(relative(base, file).split(sep).join('/'), readFileSync(file, 'utf8'), known))

/** Anchors that the table of problems gives as `spec`, relative to the version folder, and that lead nowhere. */
export const deadProblemAnchors = (file: string, versionFolder: string, base: string): readonly Finding[] => {
  const name = relative(base, file).split(sep).join('/')
  if (!existsSync(file)) return [{ file: name, line: 1, rule: 'dead-link', message: 'there is no table of problems' }]
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text, index) => {
      const target = /^\s*"spec": "([^"]+)"/.exec(text)?.[1]
      const message = target && deadTarget(join(versionFolder, 'problems'), target)
      return message ? [{ file: name, line: index + 1, rule: 'dead-link', message }] : []
    })
}
