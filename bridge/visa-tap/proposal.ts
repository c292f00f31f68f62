/** What an agent may propose beside the TAP objects, in AMP's own words; TAP has no cart and no mandate. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { isMessage, type Message, type SchemaPath, validate } from '../../schemas/index.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'

/** A checkout to be confirmed, or bounds within which the agent asks to act later. */
export type Proposal =
  | { readonly checkout: Message<'common/checkout'>; readonly intent?: Message<'trust/intent-immediate'> }
  | { readonly checkout?: never; readonly intent: Message<'trust/intent-autonomous'> }

const read = <Path extends SchemaPath>(path: Path, value: Json, field: string): Outcome<Message<Path>> => {
  if (isMessage(path, value)) return accept(value)
  const [reason] = validate(path, value)
  const at = `${field}${reason?.path ?? ''}`
  if (at.startsWith('body/intent/constraints/') && reason?.message.includes('additional'))
    return refuse('foreign-constraint-unknown', {
      detail: 'a bound AMP does not know is not dropped',
      field: at.slice(0, 256),
    })
  return refuse('message-malformed', { detail: `not an AMP ${path}: ${reason?.message}`, field: at.slice(0, 256) })
}

/**
 * Reads the members `checkout` and `intent` of the body, nothing where neither is there. A checkout excludes bounds
 * (AMP-TRUST-138: one mandate is IMMEDIATE or AUTONOMOUS). An unknown bound is
 * `foreign-constraint-unknown`, anything else that is not AMP's shape `message-malformed`.
 */
export const readProposal = (body: JsonObject): Outcome<Proposal | undefined> => {
  const checkout = member(body, 'checkout')
  const intent = member(body, 'intent')
  if (checkout === undefined && intent === undefined) return accept(undefined)
  if (checkout === undefined) {
    const autonomous = read('trust/intent-autonomous', intent as Json, 'body/intent')
    return autonomous.ok ? accept({ intent: autonomous.value }) : autonomous
  }
  const order = read('common/checkout', checkout, 'body/checkout')
  if (!order.ok) return order
  if (intent === undefined) return accept({ checkout: order.value })
  if (isObject(intent) && (Object.hasOwn(intent, 'constraints') || Object.hasOwn(intent, 'expiry_time')))
    return refuse('message-malformed', { detail: 'a checkout and bounds exclude each other', field: 'body/intent' })
  const words = read('trust/intent-immediate', intent, 'body/intent')
  return words.ok ? accept({ checkout: order.value, intent: words.value }) : words
}
