/** Pages of a list, newest first, by time and identifier; a page token is bound to the query it came from. */
import { createHash } from 'node:crypto'
import { type SelectQueryBuilder, sql } from 'kysely'
import { accept, type Outcome, refuse } from '../core/outcome.ts'
import { enforces, type World } from '../core/world.ts'

type Paged = { readonly pageSize?: number; readonly pageToken?: string }

const pageSizeDefault = 20

type Deviating = Pick<World, 'deviation'>

type Place = { readonly time: string; readonly id: string }

/** Binds a place to the list, the caller and the request without its page, so that no other token is taken. */
const sealOf = (
  { pageSize: _, pageToken: __, ...query }: Paged,
  caller: string,
  list: string,
  { time, id }: Place,
): string =>
  createHash('sha256')
    .update(JSON.stringify([list, caller, query, time, id]))
    .digest('base64url')
    .slice(0, 22)

const write = (seal: string, { time, id }: Place): string =>
  Buffer.from([seal, time, id].join('\n')).toString('base64url')

/** The place a token names, where it is one this list handed out to this caller, letter by letter. */
const read = (token: string, sealed: (place: Place) => string, world: Deviating): Place | undefined => {
  const [, time = '', id = ''] = Buffer.from(token, 'base64url').toString('utf8').split('\n')
  const known =
    /^\d{1,15}$/.test(time) &&
    id !== '' &&
    (write(sealed({ time, id }), { time, id }) === token || !enforces(world, 'EXT-HTTP-44'))
  return known ? { time, id } : undefined
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
  world: Deviating,
): Promise<Outcome<{ readonly rows: Row[]; readonly next: { nextPageToken?: string } }>> => {
  const size = enforces(world, 'EXT-HTTP-42') ? (request.pageSize ?? pageSizeDefault) : pageSizeDefault
  const sealed = (place: Place): string => sealOf(request, caller, columns.id, place)
  const time = sql<bigint>`${sql.ref(columns.time)}`
  const id = sql<string>`${sql.ref(columns.id)}`
  let page = query
  if (request.pageToken !== undefined) {
    const from = read(request.pageToken, sealed, world)
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
  const last =
    rows.length > size ? (rows[enforces(world, 'EXT-HTTP-43') ? size - 1 : size] as Record<string, unknown>) : undefined
  const name = (column: string): string => column.split('.').at(-1) ?? column
  if (!last) return accept({ rows, next: {} })
  const place = { time: String(last[name(columns.time)]), id: String(last[name(columns.id)]) }
  return accept({ rows: rows.slice(0, size), next: { nextPageToken: write(sealed(place), place) } })
}
