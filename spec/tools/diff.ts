/** What changed between two versions: requirements added, removed and reworded, and schemas. */
import { readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { canonicalJson, packageRoot } from '../../schemas/index.ts'
import { filesBelow } from './markdown.ts'
import { readRequirements } from './requirements.ts'

/** A requirement whose sentence is another one, with its keyword before and after. */
export type Rewording = { readonly id: string; readonly before: string; readonly after: string }

/** Names that are new, gone or changed. */
export type Changes = {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly string[]
}

export type Difference = {
  readonly requirements: {
    readonly added: readonly string[]
    readonly removed: readonly string[]
    readonly reworded: readonly Rewording[]
  }
  readonly schemas: Changes
}

/** Names in one map only, and names whose values differ, each sorted. */
const compare = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Changes => ({
  added: [...after.keys()].filter((name) => !before.has(name)).sort(),
  removed: [...before.keys()].filter((name) => !after.has(name)).sort(),
  changed: [...before].filter(([name, text]) => after.has(name) && after.get(name) !== text).map(([name]) => name),
})

const sentencesOf = (root: string, version: string): ReadonlyMap<string, string> =>
  new Map(readRequirements(join(root, 'spec', version), root).requirements.map(({ id, sentence }) => [id, sentence]))

/** Canonical text of every JSON file of a version, without the version's own date, which would differ everywhere. */
const schemasOf = (root: string, version: string): ReadonlyMap<string, string> => {
  const folder = join(root, 'schemas', version)
  return new Map(
    filesBelow(folder, '.json').map((file) => [
      relative(folder, file).split(sep).join('/'),
      canonicalJson(JSON.parse(readFileSync(file, 'utf8'))).replaceAll(`/${version}/`, '/'),
    ]),
  )
}

/** The difference from one version to another, both folders of `spec/` and `schemas/` below `root`. */
export const diffVersions = (from: string, to: string, root: string = packageRoot): Difference => {
  const before = sentencesOf(root, from)
  const after = sentencesOf(root, to)
  const { added, removed, changed } = compare(before, after)
  const reworded = changed.map((id) => ({ id, before: before.get(id) ?? '', after: after.get(id) ?? '' }))
  return { requirements: { added, removed, reworded }, schemas: compare(schemasOf(root, from), schemasOf(root, to)) }
}

/** Whether two versions say the same. */
export const isSame = ({ requirements, schemas }: Difference): boolean =>
  [...Object.values(requirements), ...Object.values(schemas)].every((list) => list.length === 0)
