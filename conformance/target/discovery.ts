/** What a target says of itself at `/.well-known/amp`. */
import { isMessage, type Message, type Role, validate } from '../../schemas/index.ts'
import { type Exchange, exchangeOf } from './client.ts'

export type Discovery = Message<'common/discovery'>
export type ServedRole = Message<'common/served-role'>

/** The discovery document, or why there is none. Throws `NoAnswer` where nothing answers. */
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
  return { exchange, odd: `${invalid?.path || 'the document'} ${invalid?.message}` }
}

/** The served role, where the target declares it. */
export const servedRole = (document: Discovery, role: Role): ServedRole | undefined =>
  document.roles.find((served) => served.role === role)
