/** Every place where a requirement lives: a search for its id over the folders of the package. */
import { readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { packageRoot } from '../../schemas/index.ts'
import { filesBelow } from './markdown.ts'

/** What a place is, in the order a reader wants them. */
export const placeKinds = [
  'sentence',
  'text',
  'schema',
  'problem',
  'rule',
  'adapter',
  'check',
  'excuse',
  'mutant',
  'test',
] as const
export type PlaceKind = (typeof placeKinds)[number]

/** One line that holds the id. */
export type Place = {
  readonly kind: PlaceKind
  readonly file: string
  readonly line: number
  readonly text: string
}

/** Kind of a place by the path it matches; the first row that matches decides. Built files carry `dist/` in front. */
const kindsByPath: readonly (readonly [RegExp, PlaceKind])[] = [
  [/^spec\//, 'text'],
  [/^schemas\/.*problems\./, 'problem'],
  [/^schemas\//, 'schema'],
  [/^reference\//, 'rule'],
  [/^bridge\//, 'adapter'],
  [/^conformance\/untested\./, 'excuse'],
  [/^(test\/)?conformance\/.*(mutants|kill-matrix)/, 'mutant'],
  [/^conformance\//, 'check'],
  [/^test\//, 'test'],
]

const kindOf = (file: string, text: string, id: string): PlaceKind => {
  if (text.startsWith(`- **${id}**`)) return 'sentence'
  const source = file.replace(/^dist\//, '')
  return kindsByPath.find(([path]) => path.test(source))?.[1] ?? 'text'
}

/** Paths that name ids without being a place: generated twins of schemas, and the fixtures of these tools' own tests. */
const echoes = [join('schemas', 'generated'), join('test', 'spec')]

/** Files to search: sources and data of a folder, and what was built from it where the sources are not installed. */
const filesOf = (root: string, folder: string): readonly string[] => {
  const sources = filesBelow(join(root, folder), '.ts')
  const built = sources.length === 0 ? filesBelow(join(root, 'dist', folder), '.js') : []
  return [...sources, ...built, ...filesBelow(join(root, folder), '.md', '.json')].filter(
    (file) => !echoes.some((echo) => file.includes(`${sep}${echo}${sep}`)),
  )
}

/**
 * Every line of the package that names a requirement, by kind and then by place. Works on a checkout and on an
 * installed package, where code is found in `dist/`. Nothing found means that the id does not exist.
 */
export const touch = (id: string, root: string = packageRoot): readonly Place[] => {
  const named = new RegExp(`\\b${id}(?!\\d)`)
  const folders = ['spec', 'schemas', 'reference', 'bridge', 'conformance', 'test']
  const places = folders
    .flatMap((folder) => filesOf(root, folder))
    .flatMap((path) => {
      const file = relative(root, path).split(sep).join('/')
      const content = readFileSync(path, 'utf8')
      if (!named.test(content)) return []
      return content
        .split('\n')
        .flatMap((text, index) =>
          named.test(text) ? [{ kind: kindOf(file, text, id), file, line: index + 1, text: text.trim() }] : [],
        )
    })
  return places.sort((a, b) => placeKinds.indexOf(a.kind) - placeKinds.indexOf(b.kind))
}
