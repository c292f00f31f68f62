/** Pages of a list, newest first, by time and identifier; a page token is bound to the query it came from. */
import { createHash } from 'node:crypto'
import { type SelectQueryBuilder, sql } from 'kysely'
import { accept, type Outcome, refuse } from '../core/outcome.ts'

type Paged = { readonly pageSize?: number; readonly pageToken?: string }

const pageSizeDefault = 20

/** What a token is bound to: the caller and the request without its page. */
const bindingOf = ({ pageSize: _, pageToken: __, ...query }: Paged, caller: string, list: string): string =>
  createHash('sha256')
    .update(JSON.stringify([list, caller, query]))
    .digest('base64url')
    .slice(0, 16)

const read = (token: string, binding: string): { time: string; id: string } | undefined => {
  const [bound, time = '', id = ''] = Buffer.from(token, 'base64url').toString('utf8').split('\n')
  return bound === binding && /^\d{1,15}$/.test(time) && id !== '' ? { time, id } : undefined
}

/**
 * One page of a query (EXT-HTTP-42 to EXT-HTTP-44). `columns` name the time in epoch seconds and the identifier to
 * order by. Refuses `page-token-invalid` for a token of another list, query or caller.
 */
export const pageOf = async <Tables, Table extends keyof Tables, Row>(
  query: SelectQueryBuilder<Tables, Table, Row>,
  columns: { readonly time: string; readonly id: string },
  request: Paged,
  caller: string,
): Promise<Outcome<{ readonly rows: Row[]; readonly next: { nextPageToken?: string } }>> => {
  const size = request.pageSize ?? pageSizeDefault
  const binding = bindingOf(request, caller, columns.id)
  const time = sql<bigint>`${sql.ref(columns.time)}`
  const id = sql<string>`${sql.ref(columns.id)}`
  let page = query
  if (request.pageToken !== undefined) {
    const from = read(request.pageToken, binding)
    if (!from) return refuse('page-token-invalid', { field: '/pageToken' })
    page = page.where(
      sql<boolean>`(${time} < ${BigInt(from.time)} or (${time} = ${BigInt(from.time)} and ${id} < ${from.id}))`,
    )
  }
  const rows = (await page
    .orderBy(time, 'desc')
    .orderBy(id, 'desc')
    .limit(size + 1)
    .execute()) as Row[]
  const last = rows.length > size ? (rows[size - 1] as Record<string, unknown>) : undefined
  const name = (column: string): string => column.split('.').at(-1) ?? column
  const token =
    last &&
    Buffer.from([binding, String(last[name(columns.time)]), String(last[name(columns.id)])].join('\n')).toString(
      'base64url',
    )
  return accept({ rows: rows.slice(0, size), next: token === undefined ? {} : { nextPageToken: token } })
}
