/** A small package folder with a specification, made for one test and removed after it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { folderOfTest } from '../folder.ts'

export const trustFile = 'spec/2026-11-20/published/trust.md'

/** The line of attributes of a sound requirement. */
export const attributes = '  `actor: network` `observable: http` `profile: core-http`'

/** A published file that holds these requirements as they are written; the first one stands on line 7. */
export const published = (...lines: string[]): string =>
  ['# Trust', '', '## Heading', '', 'Source: Document > Heading', '', ...lines, ''].join('\n')

/** Writes files (path to content) into a new folder, with an empty table of problems, and returns its path. */
export const packageWith = (files: Readonly<Record<string, string>>): string => {
  const root = folderOfTest('spec')
  for (const [path, content] of Object.entries({ 'schemas/2026-11-20/problems.json': '{}', ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return root
}
