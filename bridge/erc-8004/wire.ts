/** ERC-8004 files: a registration an agent publishes about itself, and feedback somebody gave about it. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Detection } from '../adapter.ts'
import { isObject, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import type { ForeignMessage } from '../message.ts'

/** `type` of a registration file; older files end in another version. */
const registrationType = 'https://eips.ethereum.org/EIPS/eip-8004#registration-v1'

/** A file, typed and untrusted. `agent` is `{namespace}:{chain}:{registry}#{agentId}`, the global id of the standard. */
export type ErcWire = {
  readonly message: ForeignMessage
  readonly kind: 'registration' | 'feedback'
  readonly file: JsonObject
  readonly agent: string
  readonly name?: string
}

const isFeedback = (file: JsonObject): boolean =>
  ['agentRegistry', 'clientAddress', 'value'].every((name) => Object.hasOwn(file, name))

/** Finds a registration by its type, feedback by the members the standard demands. */
export const detect = ({ json }: ForeignMessage): Detection => {
  if (isObject(json) && textOf(json, 'type') === registrationType)
    return { mine: true, reasons: ['the body is a registration file of ERC-8004'] }
  if (isObject(json) && isFeedback(json)) return { mine: true, reasons: ['the body is a feedback file of ERC-8004'] }
  return { mine: false, reasons: ['the body is no file of ERC-8004'] }
}

const registry = /^[a-z0-9-]{3,8}:[A-Za-z0-9-]{1,32}:0x[0-9a-fA-F]{40}$/

const idOf = (entry: JsonObject): string | undefined => {
  const [where, id] = [textOf(entry, 'agentRegistry'), member(entry, 'agentId')]
  if (where === undefined || !registry.test(where)) return undefined
  return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? `${where}#${id}` : undefined
}

const missing = (detail: string, field: string) => refuse('foreign-fields-missing', { detail, field })

/** Reads a file. Feedback without the one who gave it is worth nothing, and refused. */
export const parse = (message: ForeignMessage): Outcome<ErcWire> => {
  const file = message.json
  if (!isObject(file)) return refuse('message-malformed', { detail: 'the body is not a JSON object', field: 'body' })
  if (textOf(file, 'type') === registrationType) {
    const list = member(file, 'registrations')
    const agent = (Array.isArray(list) ? list : []).flatMap((entry) => (isObject(entry) ? (idOf(entry) ?? []) : []))[0]
    const name = textOf(file, 'name')
    if (!agent) return missing('the file names no registry and id', 'body/registrations')
    if (!name) return missing('the file has no name', 'body/name')
    return accept({ message, kind: 'registration', file, agent, name })
  }
  const agent = idOf(file)
  if (!agent) return missing('the file names no registry and id', 'body/agentRegistry')
  if (!textOf(file, 'clientAddress')) return missing('the reviewer is not named', 'body/clientAddress')
  const [value, decimals] = [member(file, 'value'), member(file, 'valueDecimals')]
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    return missing('the value is no whole number', 'body/value')
  if (
    decimals !== undefined &&
    !(typeof decimals === 'number' && Number.isInteger(decimals) && decimals >= 0 && decimals <= 18)
  )
    return refuse('message-malformed', { detail: 'the decimals are 0 to 18', field: 'body/valueDecimals' })
  return accept({ message, kind: 'feedback', file, agent })
}
