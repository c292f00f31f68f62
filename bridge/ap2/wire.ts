/** AP2 on the wire: data keys of 0.2 and 0.1 in A2A parts or bare, and agent cards; told apart by layout, not by name. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { dataPartsOf, type EnvelopeVersion } from '../a2a.ts'
import type { Detection } from '../adapter.ts'
import { isExact, isObject, type Json, type JsonObject, member } from '../json.ts'
import { type Jws, readJws } from '../jws.ts'
import type { ForeignMessage } from '../message.ts'
import { type AgentCard, readAgentCard } from './agent-card.ts'
import { type Chain, type Family, readChain } from './chain.ts'

/** What a message may carry, by the name it has in the accounts. */
export type ItemName =
  | 'checkout'
  | 'payment'
  | 'checkout-receipt'
  | 'payment-receipt'
  | 'intent'
  | 'cart'
  | 'payment-contents'
  | 'receipt'

/** Keys of data, the kind of value they hold, and what they are then. One key names other things in 0.1 and in 0.2. */
const keys: readonly (readonly [key: string, type: 'string' | 'object', name: ItemName])[] = [
  ['ap2.mandates.CheckoutMandateSdJwt', 'string', 'checkout'],
  ['ap2.mandates.CheckoutMandate', 'string', 'checkout'],
  ['checkout_mandate', 'string', 'checkout'],
  ['ap2.mandates.PaymentMandateSdJwt', 'string', 'payment'],
  ['ap2.mandates.PaymentMandate', 'string', 'payment'],
  ['payment_mandate', 'string', 'payment'],
  ['ap2.CheckoutReceipt', 'string', 'checkout-receipt'],
  ['ap2.PaymentReceipt', 'string', 'payment-receipt'],
  ['ap2.mandates.IntentMandate', 'object', 'intent'],
  ['ap2.mandates.CartMandate', 'object', 'cart'],
  ['ap2.mandates.PaymentMandate', 'object', 'payment-contents'],
  ['ap2.PaymentReceipt', 'object', 'receipt'],
]

/** Something of AP2 in a message: where it stands and what it says, untrusted. */
export type Item = { readonly name: ItemName; readonly at: string; readonly value: string | JsonObject }

/** A message, typed and untrusted. */
export type Ap2Wire = {
  readonly message: ForeignMessage
  readonly envelope: EnvelopeVersion
  readonly items: readonly Item[]
  readonly chains: { readonly checkout?: Chain; readonly payment?: Chain }
  readonly receipts: { readonly checkout?: Jws; readonly payment?: Jws }
  /** Objects of 0.1, which no chain proves. */
  readonly plain: {
    readonly intent?: JsonObject
    readonly cart?: JsonObject
    readonly payment?: JsonObject
    readonly receipt?: JsonObject
  }
  readonly card?: AgentCard
  /** The agent as it names itself, which proves nothing. */
  readonly agent?: string
}

const stepOf = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')
const typeOf = (value: Json | undefined): string => (isObject(value) ? 'object' : typeof value)

const itemsOf = (message: ForeignMessage): readonly Item[] =>
  dataPartsOf(message).flatMap(({ at, data }) =>
    keys.flatMap(([key, type, name]): Item[] => {
      const value = member(data, key)
      return typeOf(value) === type ? [{ name, at: `${at}/${stepOf(key)}`, value: value as string | JsonObject }] : []
    }),
  )

/** Finds mandates and receipts by their data keys, cards by the extension they name. */
export const detect = (message: ForeignMessage): Detection => {
  const items = itemsOf(message)
  if (items.length > 0) return { mine: true, reasons: [`the body holds AP2 data: ${items.map(({ name }) => name)}`] }
  const card = readAgentCard(message.json)
  if (card) return { mine: true, reasons: [`the body is a card of an agent that speaks ${card.uri.slice(0, 96)}`] }
  return { mine: false, reasons: ['the body holds no data of AP2 and no card that names its extension'] }
}

const malformed = (detail: string, field: string) => refuse('message-malformed', { detail, field })

const onlyOne = (items: readonly Item[]): Outcome<ReadonlyMap<ItemName, Item>> => {
  const found = new Map<ItemName, Item>()
  for (const item of items) {
    if (found.has(item.name)) return malformed(`there are two of ${item.name}`, item.at)
    found.set(item.name, item)
  }
  return accept(found)
}

const agentOf = (message: ForeignMessage): string | undefined => {
  for (const { data } of dataPartsOf(message)) {
    const id = member(data, 'shopping_agent_id')
    if (typeof id === 'string' && id !== '') return id.slice(0, 128)
  }
  return undefined
}

const readItems = <Read>(
  items: ReadonlyMap<ItemName, Item>,
  names: { readonly checkout: ItemName; readonly payment: ItemName },
  read: (text: string) => Read | undefined,
  what: string,
): Outcome<{ readonly checkout?: Read; readonly payment?: Read }> => {
  const found: { checkout?: Read; payment?: Read } = {}
  for (const family of ['checkout', 'payment'] as const) {
    const item = items.get(names[family])
    if (!item) continue
    const made = typeof item.value === 'string' ? read(item.value) : undefined
    if (made === undefined) return malformed(`it is no ${what} of AP2`, item.at)
    found[family] = made
  }
  return accept(found)
}

/** The chain of the other family, where it is a wallet's presentation that holds mandates of both. */
const wholeOf = (family: Family, other: Chain | undefined): Chain | undefined =>
  other?.layout === 'presentation' && other.hops.some(({ mandates }) => mandates.some((each) => each.family === family))
    ? other
    : undefined

/** Reads a message: chains and receipts strictly, what 0.1 says leniently, numbers as they are written. */
export const parse = (message: ForeignMessage): Outcome<Ap2Wire> => {
  if (message.json !== undefined && !isExact(message.body))
    return malformed('a number cannot be read as it is written', 'body')
  const items = itemsOf(message)
  const byName = onlyOne(items)
  if (!byName.ok) return byName
  const chains = readItems(byName.value, { checkout: 'checkout', payment: 'payment' }, readChain, 'chain of mandates')
  if (!chains.ok) return chains
  const receiptNames = { checkout: 'checkout-receipt', payment: 'payment-receipt' } as const
  const receipts = readItems(byName.value, receiptNames, readJws, 'signed receipt')
  if (!receipts.ok) return receipts
  const checkoutChain = chains.value.checkout ?? wholeOf('checkout', chains.value.payment)
  const paymentChain = chains.value.payment ?? wholeOf('payment', chains.value.checkout)
  const plainOf = (name: ItemName) => byName.value.get(name)?.value as JsonObject | undefined
  const [intent, cart, payment, receipt] = (['intent', 'cart', 'payment-contents', 'receipt'] as const).map(plainOf)
  const card = items.length === 0 ? readAgentCard(message.json) : undefined
  if (items.length === 0 && !card) return malformed('the body holds nothing of AP2', 'body')
  const [first] = items
  const part = dataPartsOf(message).find(({ at }) => first?.at.startsWith(`${at}/`))
  const agent = agentOf(message)
  return accept({
    message,
    envelope: part?.envelope ?? 'none',
    items,
    chains: {
      ...(checkoutChain ? { checkout: checkoutChain } : {}),
      ...(paymentChain ? { payment: paymentChain } : {}),
    },
    receipts: receipts.value,
    plain: {
      ...(intent ? { intent } : {}),
      ...(cart ? { cart } : {}),
      ...(payment ? { payment } : {}),
      ...(receipt ? { receipt } : {}),
    },
    ...(card ? { card } : {}),
    ...(agent === undefined ? {} : { agent }),
  })
}
