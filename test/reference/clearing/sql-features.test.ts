/** The SQL of the clearing uses the features listed here and no others, so that distributed engines can run it (decision 0031). */
import { type DatabaseConnection, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import { expect, it } from 'vitest'
import { clearingMigration } from '../../../reference/clearing/migration.ts'
import { questions } from '../../simulator/laws.ts'
import { scriptOf } from '../../simulator/script.ts'
import { play } from '../../simulator/shrink.ts'

/** Words of SQL, by what they are for. */
const features: Readonly<Record<string, readonly string[]>> = {
  tables: ['create', 'table', 'primary', 'key', 'not', 'null', 'check', 'references', 'text', 'bigint'],
  indexes: ['create', 'unique', 'index', 'on'],
  reading: ['select', 'from', 'where', 'as', 'order', 'by', 'limit', 'group', 'having', 'with'],
  joining: ['join', 'left', 'on', 'union', 'all'],
  writing: ['insert', 'into', 'values', 'update', 'set', 'returning'],
  'insert or update': ['conflict', 'do', 'nothing', 'excluded'],
  conditions: ['and', 'or', 'not', 'in', 'is', 'null', 'true', 'case', 'when', 'then', 'else', 'end'],
}

/** Functions. `unnest` is PostgreSQL's way to pass many rows; SQLite has another, in one file. */
const functions = [
  'sum',
  'max',
  'count',
  'coalesce',
  'nullif',
  'cast',
  'unnest',
  'check',
  'references',
  'values',
  'key',
  'in',
]

/** Everything that may stand between words. */
const signs = /^[\s(),.;?=<>+*|-]*$/

/** Rows of SQLite in the words of PostgreSQL; what stays is common to both. */
const asPostgres = (text: string): string =>
  text
    .replaceAll(/\(select (?:value ->> \d+ as "\w+"(?:, )?)+ from json_each\(\?\)\) as "r"/g, 'unnest(?) as r')
    .replaceAll(/\$\d+/g, '?')

type Words = {
  readonly words: Set<string>
  readonly names: Set<string>
  readonly calls: Set<string>
  readonly rest: string
}

const wordsOf = (text: string): Words => {
  const plain = asPostgres(text).replaceAll(/'[^']*'/g, '?')
  const names = new Set([...plain.matchAll(/"(\w+)"/g)].map(([, name = '']) => name))
  const bare = plain.replaceAll(/"\w+"/g, ' ')
  const calls = new Set([...bare.matchAll(/\b([a-z_]+)\s?\(/gi)].map(([, name = '']) => name.toLowerCase()))
  const words = new Set((bare.match(/[a-z_]\w*/gi) ?? []).map((word) => word.toLowerCase()))
  return { words, names, calls, rest: bare.replaceAll(/[a-z_]\w*|\d+/gi, '') }
}

/** Statements that make the tables, as PostgreSQL gets them. */
const schema = async (): Promise<readonly string[]> => {
  const said: string[] = []
  const connection: DatabaseConnection = {
    executeQuery: async ({ sql }) => {
      said.push(sql)
      return { rows: [] }
    },
    streamQuery: () => {
      throw new Error('nothing streams here')
    },
  }
  const nothing = async (): Promise<void> => {}
  const database = new Kysely<unknown>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createIntrospector: (each) => new PostgresIntrospector(each),
      createDriver: () => ({
        init: nothing,
        acquireConnection: async () => connection,
        beginTransaction: nothing,
        commitTransaction: nothing,
        rollbackTransaction: nothing,
        releaseConnection: nothing,
        destroy: nothing,
      }),
    },
  })
  await clearingMigration.up(database)
  return said
}

/** Every statement the clearing sends in simulated runs with everything in them. */
const traffic = async (): Promise<ReadonlySet<string>> => {
  const said = new Set<string>()
  const rewrite = (text: string): string => {
    said.add(text)
    return text
  }
  for (let seed = 1; seed <= 25; seed++) await play(scriptOf(seed), { port: { rewrite } })
  return said
}

it('holds to its features', { timeout: 120_000 }, async () => {
  const tables = await schema()
  const asked = new Set(Object.values(questions))
  const statements = [...tables, ...(await traffic())].filter((text) => !asked.has(text))
  expect(statements.length).toBeGreaterThan(60)
  const known = new Set<string>(Object.values(features).flat())
  const names = new Set<string>(['r'])
  for (const text of tables)
    for (const [, name = ''] of text.matchAll(/(?:table|index|,|\()\s*([a-z_]+)/g)) names.add(name)
  const used = new Set<string>()
  const foreign: { text: string; strange: readonly string[]; rest: string }[] = []
  for (const text of statements) {
    const { words, names: quoted, calls, rest } = wordsOf(text)
    for (const [, alias = ''] of text.matchAll(/\bas\s+([a-z_]+)|\b(?:with|,)\s*([a-z]+) as \(/g))
      if (alias) names.add(alias)
    for (const [, alias = ''] of text.matchAll(/(?:with|,|\))\s*([a-z]{1,10}) as \(/g)) names.add(alias)
    for (const [, alias = ''] of text.matchAll(/clearing_\w+ ([a-z])\b/g)) names.add(alias)
    for (const [, alias = ''] of text.matchAll(/\) ([a-z]+) (?:on|group)/g)) names.add(alias)
    for (const name of quoted) names.add(name)
    for (const [, name = ''] of text.matchAll(/ as "(\w+)"/g)) names.add(name)
    for (const word of words) used.add(word)
    const strange = [...words, ...calls].filter(
      (word) => !known.has(word) && !names.has(word) && !functions.includes(word),
    )
    if (strange.length > 0 || !signs.test(rest)) foreign.push({ text, strange, rest: rest.replaceAll(/\s+/g, '') })
  }
  expect(foreign).toEqual([])
  const idle = [...known].filter((word) => !used.has(word))
  expect(idle).toEqual([])
})

it.each([
  'create function f() returns bigint language plpgsql',
  'select * from clearing_windows for update skip locked',
  'lock table clearing_windows',
  'select row_number() over (partition by cycle) from clearing_windows',
  'notify ticks',
])('would see %s', (text) => {
  const known = new Set<string>([...Object.values(features).flat(), ...functions])
  const foreign = [...wordsOf(text).words].filter(
    (word) => !known.has(word) && !/^(clearing_windows|cycle|f)$/.test(word),
  )
  expect(foreign).not.toEqual([])
})
