/** Many rows in one statement: the only place of the clearing where the two engines differ. */
import { type RawBuilder, sql } from 'kysely'

export type Engine = 'sqlite' | 'postgres'

/** The engine a database URL asks for. */
export const engineOf = (url: string): Engine => (/^postgres(ql)?:\/\//.test(url) ? 'postgres' : 'sqlite')

/** One column of the rows; all have the same length. `bigint` values are 64-bit integers. */
export type Column =
  | { readonly name: string; readonly type: 'text'; readonly values: readonly string[] }
  | { readonly name: string; readonly type: 'bigint'; readonly values: readonly bigint[] }

const jsonOf = (columns: readonly Column[]): string => {
  const count = columns[0]?.values.length ?? 0
  const rows = new Array<string>(count)
  for (let row = 0; row < count; row++) {
    let text = ''
    for (const { type, values } of columns)
      text += `${text === '' ? '' : ','}${type === 'text' ? JSON.stringify(values[row]) : values[row]}`
    rows[row] = `[${text}]`
  }
  return `[${rows.join(',')}]`
}

/** The columns as a derived table, to stand after `from`: `(...) as alias`. One parameter on SQLite, one a column on PostgreSQL. */
export const rowsAs = (engine: Engine, alias: string, columns: readonly Column[]): RawBuilder<unknown> => {
  if (engine === 'sqlite') {
    const picked = columns.map(({ name }, at) => sql`value ->> ${sql.lit(at)} as ${sql.ref(name)}`)
    return sql`(select ${sql.join(picked)} from json_each(${jsonOf(columns)})) as ${sql.ref(alias)}`
  }
  const arrays = columns.map(({ type, values }) =>
    type === 'text'
      ? sql`cast(${values} as text[])`
      : sql`cast(${(values as readonly bigint[]).map(String)} as bigint[])`,
  )
  const names = columns.map(({ name }) => sql.ref(name))
  return sql`unnest(${sql.join(arrays)}) as ${sql.ref(alias)} (${sql.join(names)})`
}
