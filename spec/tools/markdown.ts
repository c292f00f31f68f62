/** A Markdown file as the tools of the specification see it: numbered lines, anchors, links and fenced blocks. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** One thing to put right: the rule that was broken, and where. */
export type Finding = {
  readonly file: string
  readonly line: number
  readonly rule: string
  readonly message: string
}

/** One line; `fenced` is true inside a fenced block and on its fences. Lines count from 1. */
export type Line = { readonly text: string; readonly number: number; readonly fenced: boolean }

/** A fenced block: what stands behind the opening fence, the text inside, and the line of the opening fence. */
export type Block = { readonly info: string; readonly text: string; readonly line: number }

export type Markdown = {
  readonly file: string
  readonly lines: readonly Line[]
  readonly anchors: ReadonlySet<string>
  readonly blocks: readonly Block[]
}

const fence = /^\s*```(.*)$/

/** The anchor GitHub gives a heading: lower case, without punctuation and code marks, spaces as hyphens. */
export const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .replaceAll(/\s/g, '-')

const anchorsOf = (lines: readonly Line[]): ReadonlySet<string> => {
  const anchors = new Set<string>()
  for (const { text, fenced } of lines) {
    const heading = fenced ? undefined : /^#{1,6} (.+)$/.exec(text)?.[1]
    if (heading === undefined) continue
    const plain = anchorOf(heading)
    let anchor = plain
    for (let again = 1; anchors.has(anchor); again++) anchor = `${plain}-${again}`
    anchors.add(anchor)
  }
  return anchors
}

/** Reads Markdown text; `file` is only the name used in findings. */
export const parseMarkdown = (file: string, text: string): Markdown => {
  const lines: Line[] = []
  const blocks: Block[] = []
  let open: { info: string; line: number; content: string[] } | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const mark = fence.exec(line)
    lines.push({ text: line, number: index + 1, fenced: mark !== null || open !== undefined })
    if (mark && open) {
      blocks.push({ info: open.info, text: open.content.join('\n'), line: open.line })
      open = undefined
    } else if (mark) open = { info: mark[1]?.trim() ?? '', line: index + 1, content: [] }
    else open?.content.push(line)
  }
  return { file, lines, anchors: anchorsOf(lines), blocks }
}

/** Paths of the files below a folder whose names end so, sorted; nothing where there is no such folder. */
export const filesBelow = (folder: string, ...endings: string[]): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => endings.some((ending) => file.endsWith(ending)))
        .filter((file) => !file.split(sep).includes('node_modules'))
        .sort()
        .map((file) => join(folder, file))
    : []

/** Every Markdown file below a folder, named in findings by its path from `base`. */
export const readMarkdownBelow = (folder: string, base: string): readonly Markdown[] =>
  filesBelow(folder, '.md').map((file) =>
    parseMarkdown(relative(base, file).split(sep).join('/'), readFileSync(file, 'utf8')),
  )
