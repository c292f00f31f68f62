/** What the operator tells the ACP adapter: `settings.protocols.acp`. */
import type { Settings } from '../adapter.ts'
import { isObject, type Json, member } from '../json.ts'
import { Misconfigured } from '../keys.ts'

/** A platform by its bearer token. With `kid` it also signs each body with that key of the directory. */
export type AcpClient = { readonly token: string; readonly agent: string; readonly kid?: string }

/** A merchant that signs its order events with a secret. */
export type AcpWebhook = { readonly secret: string; readonly merchant: string }

/** Who may be heard. */
export type AcpSettings = { readonly clients: readonly AcpClient[]; readonly webhooks: readonly AcpWebhook[] }

const secretMin = 16

const listOf = (value: Json | undefined, name: string): readonly Json[] => {
  if (value === undefined) return []
  if (Array.isArray(value)) return value
  throw new Misconfigured(`acp: ${name} is a list`)
}

const clientOf = (value: Json): AcpClient => {
  const [token, agent, kid] = isObject(value) ? ['token', 'agent', 'kid'].map((name) => member(value, name)) : []
  if (typeof token !== 'string' || token.length < secretMin || typeof agent !== 'string' || agent === '')
    throw new Misconfigured(`acp: a client has a token of ${secretMin} characters or more and an agent`)
  if (kid !== undefined && typeof kid !== 'string') throw new Misconfigured('acp: kid is a string')
  return { token, agent, ...(kid === undefined ? {} : { kid }) }
}

const webhookOf = (value: Json): AcpWebhook => {
  const [secret, merchant] = isObject(value) ? ['secret', 'merchant'].map((name) => member(value, name)) : []
  if (typeof secret !== 'string' || secret.length < secretMin || typeof merchant !== 'string' || merchant === '')
    throw new Misconfigured(`acp: a webhook has a secret of ${secretMin} characters or more and a merchant`)
  return { secret, merchant }
}

/** Reads the settings. Throws `Misconfigured`. */
export const acpSettings = (settings: Settings): AcpSettings => {
  const own = settings.protocols?.acp ?? {}
  return {
    clients: listOf(member(own, 'clients'), 'clients').map(clientOf),
    webhooks: listOf(member(own, 'webhooks'), 'webhooks').map(webhookOf),
  }
}
