/** The checkout a merchant signed inside a checkout mandate: read strictly, its signature tried where a key is known. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { parseTime } from '../../reference/core/time.ts'
import type { BridgeContext } from '../adapter.ts'
import { lookUp } from '../http-signature.ts'
import { type JsonObject, member } from '../json.ts'
import { allowedAlgorithm, digestOf, epochOf, isJwsSignedBy, type Jws, readJws, textOf } from '../jws.ts'
import type { TrustedKey } from '../keys.ts'
import { minorOf, objectOf, objectsOf } from './constraints.ts'

/** What is bought, as the merchant says; `hash` names the text that was signed. */
export type Order = {
  readonly jws: Jws
  readonly hash: string
  readonly id: string
  readonly currency: string
  readonly total: bigint
  readonly merchant: JsonObject
  readonly lines: readonly JsonObject[]
  /** Whether a key somebody trusts signed it; `unverified` where nobody knows the merchant's key. */
  readonly signature: 'verified' | 'unverified'
}

const at = 'order'
const no = (detail: string, field: string) =>
  refuse('foreign-fields-missing', { detail, field: `${at}/claims/${field}` })

/** Reads the text of a signed checkout. Fields are named below `order`. */
const readOrder = (text: string): Outcome<Omit<Order, 'signature'>> => {
  const jws = readJws(text)
  if (!jws) return refuse('message-malformed', { detail: 'the checkout is no signed one', field: at })
  const { claims } = jws
  const [id, currency, merchant] = [textOf(claims, 'id'), textOf(claims, 'currency'), objectOf(claims, 'merchant')]
  if (id === undefined) return no('the checkout has no id', 'id')
  if (currency === undefined) return no('the checkout has no currency', 'currency')
  if (textOf(merchant, 'name') === undefined) return no('the checkout does not say who sells', 'merchant')
  const totals = objectsOf(member(claims, 'totals')).filter((each) => textOf(each, 'type') === 'total')
  const total = totals.length === 1 ? minorOf(member(totals[0] ?? {}, 'amount')) : undefined
  if (total === undefined) return no('the checkout has no one total in minor units', 'totals')
  const lines = objectsOf(member(claims, 'line_items'))
  if (lines.length === 0) return no('the checkout has no lines', 'line_items')
  return accept({ jws, hash: digestOf(text), id, currency, total, merchant, lines })
}

/** Names the merchant's key may be published under. */
const issuersOf = ({ jws: { claims }, merchant }: Pick<Order, 'jws' | 'merchant'>): readonly string[] => {
  const website = textOf(merchant, 'website') ?? ''
  const origin = URL.canParse(website) ? [new URL(website).origin] : []
  return [textOf(claims, 'iss'), ...origin, textOf(merchant, 'id')].filter((each) => each !== undefined)
}

const keyOf = async (
  order: Pick<Order, 'jws' | 'merchant'>,
  { directory }: Pick<BridgeContext, 'directory'>,
): Promise<Outcome<TrustedKey | undefined>> => {
  const kid = textOf(order.jws.header, 'kid')
  if (kid === undefined) return accept(undefined)
  for (const issuer of issuersOf(order)) {
    const found = await lookUp(() => directory.findIssuer(issuer, kid))
    if (!found.ok || found.value) return found
  }
  return accept(undefined)
}

/** Proves an order: a signature that can be checked has to hold, and the checkout has to be open at this moment. */
export const proveOrder = async (
  text: string,
  context: Pick<BridgeContext, 'directory'>,
  now: number,
): Promise<Outcome<Order>> => {
  const order = readOrder(text)
  if (!order.ok) return order
  const { claims } = order.value.jws
  const end = epochOf(claims, 'exp') ?? parseTime(textOf(claims, 'expires_at') ?? '')
  if (end !== undefined && end <= now)
    return refuse('foreign-expired', { detail: 'the checkout expired', field: `${at}/claims/expires_at` })
  if (['completed', 'canceled'].includes(textOf(claims, 'status') ?? ''))
    return refuse('foreign-object-mismatch', { detail: 'the checkout is closed', field: `${at}/claims/status` })
  const key = await keyOf(order.value, context)
  if (!key.ok) return key
  if (!key.value) return accept({ ...order.value, signature: 'unverified' })
  const algorithm = allowedAlgorithm(order.value.jws, ['ES256'])
  if (!algorithm || key.value.type !== 'P-256')
    return refuse('foreign-algorithm-not-allowed', { detail: 'only ES256 is taken', field: `${at}/header/alg` })
  return isJwsSignedBy(order.value.jws, key.value, algorithm)
    ? accept({ ...order.value, signature: 'verified' })
    : refuse('foreign-signature-invalid', { detail: 'the merchant did not sign it', field: `${at}/signature` })
}
