/** What a target says of itself at `/.well-known/amp`. */
import { isMessage, type Message, validate } from '../../schemas/index.ts'
import type { JudgedRole } from '../roles.ts'
import { type Exchange, exchangeOf } from './client.ts'

export type Discovery = Message<'common/discovery'>
export type ServedRole = Message<'common/served-role'>

/** Whether a run can go on with a document that breaks its schema: what is wrong with it is then judged like the rest. */
const isUsable = (document: unknown): document is Discovery => {
  const { versions, software, roles, limits, hooks } = (document ?? {}) as Partial<Discovery>
  const told = Array.isArray(versions) && software !== undefined && limits !== undefined && hooks !== undefined
  const served =
    Array.isArray(roles) && roles.every((role) => typeof role?.endpoint === 'string' && Array.isArray(role.jwks?.keys))
  return told && served
}

/** The discovery document, or why there is none; `odd` alone where it cannot be used, beside it where it only departs. Throws `NoAnswer` where nothing answers. */
export const readDiscovery = async (
  base: string,
): Promise<{ readonly exchange: Exchange; readonly document?: Discovery; readonly odd?: string }> => {
  const exchange = await exchangeOf('GET', `${base}/.well-known/amp`, {}, undefined, 5_000)
  if (exchange.status !== 200) return { exchange, odd: `it answered with status ${exchange.status}` }
  let document: unknown
  try {
    document = JSON.parse(exchange.answer)
  } catch {
    return { exchange, odd: 'it did not answer with JSON' }
  }
  if (isMessage('common/discovery', document)) return { exchange, document }
  const invalid = validate('common/discovery', document)[0]
  const odd = `${invalid?.path || 'the document'} ${invalid?.message}`
  return isUsable(document) ? { exchange, document, odd } : { exchange, odd }
}

/** The served role, where the target declares it. */
export const servedRole = (document: Discovery, role: JudgedRole): ServedRole | undefined =>
  document.roles.find((served) => served.role === role)
