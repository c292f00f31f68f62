/** An ACP checkout session and an AMP checkout, each from the other, in the shapes of every version. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { type Message, validate } from '../../schemas/index.ts'
import {
  type ForeignCharge,
  type ForeignLine,
  goodsOf,
  identifierOf,
  minorOf,
  numberOf,
  totalOf,
} from '../foreign-checkout.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { ampPayment, type HandlerConfig, readHandlerConfig } from '../payment-handler.ts'
import { type AcpVersion, acpTraits } from './versions.ts'

type Checkout = Message<'common/checkout'>
type Merchant = Message<'common/merchant'>

const objectsOf = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : []
const malformed = (detail: string, field: string) => refuse('message-malformed', { detail, field })

/** Handlers a session offers; there are none before 2026-01-30. */
export const handlersIn = (session: JsonObject): readonly JsonObject[] => {
  const capabilities = member(session, 'capabilities')
  const payment = isObject(capabilities) ? member(capabilities, 'payment') : undefined
  return isObject(payment) ? objectsOf(member(payment, 'handlers')) : []
}

/** Where the AMP handler stands among them; -1 where it does not. */
export const ampHandlerAt = (session: JsonObject): number =>
  handlersIn(session).findIndex((handler) => member(handler, 'name') === ampPayment.name)

/** The configuration of the AMP handler in a session; nothing where the merchant does not take AMP wallets. */
export const handlerIn = (session: JsonObject): Outcome<HandlerConfig | undefined> => {
  const own = handlersIn(session).filter((handler) => member(handler, 'name') === ampPayment.name)
  const field = `body/capabilities/payment/handlers/${ampHandlerAt(session)}`
  if (own.length > 1) return malformed('the AMP handler is declared more than once', field)
  const [handler] = own
  return handler ? readHandlerConfig(member(handler, 'config'), `${field}/config`) : accept(undefined)
}

/** Line items: with a quantity and a unit amount of their own since 2026-01-30, flat amounts and the item's before. */
const lineOf = (line: JsonObject): ForeignLine => {
  const item = member(line, 'item')
  const inner = isObject(item) ? item : {}
  const name = textOf(line, 'name') ?? textOf(inner, 'name') ?? textOf(inner, 'id') ?? ''
  const said = member(line, 'quantity') ?? member(inner, 'quantity') ?? 1
  const quantity = typeof said === 'number' ? said : 0
  const unit = minorOf(member(line, 'unit_amount') ?? member(inner, 'unit_amount'))
  if (unit !== undefined) return { name, quantity, unit }
  const base = minorOf(member(line, 'base_amount') ?? baseIn(line))
  const isWhole = base !== undefined && Number.isSafeInteger(quantity) && quantity > 0
  return isWhole && base % BigInt(quantity) === 0n
    ? { name, quantity, unit: base / BigInt(quantity) }
    : { name, quantity }
}

const baseIn = (line: JsonObject): Json | undefined => {
  const found = objectsOf(member(line, 'totals')).find((each) => member(each, 'type') === 'items_base_amount')
  return found ? member(found, 'amount') : undefined
}

/** Totals that repeat what the lines say, or that say what was paid back. */
const repeated: ReadonlySet<string> = new Set(['items_base_amount', 'subtotal', 'total', 'amount_refunded'])
/** Totals that are taken off, written as positive amounts or negative ones. */
const taken: ReadonlySet<string> = new Set(['items_discount', 'discount', 'store_credit'])

const chargesOf = (totals: readonly JsonObject[]): readonly ForeignCharge[] =>
  totals.flatMap((each) => {
    const [type, value] = [textOf(each, 'type') ?? '', minorOf(member(each, 'amount'))]
    if (value === undefined || repeated.has(type)) return []
    return [{ name: textOf(each, 'display_text') ?? type, value: taken.has(type) && value > 0n ? -value : value }]
  })

/** A session in AMP's words, for a merchant that is known. */
export const toAmpCheckout = (session: JsonObject, merchant: Merchant): Outcome<Checkout> => {
  const totals = objectsOf(member(session, 'totals'))
  const own = totals.filter((each) => member(each, 'type') === 'total')
  const amount = own.length === 1 && own[0] ? member(own[0], 'amount') : undefined
  const total = totalOf(amount, member(session, 'currency'), 'body/totals')
  if (!total.ok) return total
  const id = textOf(session, 'id')
  if (id === undefined) return malformed('the session has no id', 'body/id')
  const made: Checkout = {
    total_amount: total.value,
    merchant,
    goods: goodsOf(total.value, objectsOf(member(session, 'line_items')).map(lineOf), chargesOf(totals)),
    reference_checkout_id: identifierOf(id, 'acp'),
  }
  const [reason] = validate('common/checkout', made)
  return reason
    ? malformed(`it makes no AMP checkout: ${reason.path} ${reason.message}`.slice(0, 256), 'body')
    : accept(made)
}

/** The AMP handler as a session declares it: no card ever, so neither delegation nor PCI DSS. */
export const handlerDeclaration = (id: string, config: HandlerConfig): JsonObject => ({
  id,
  name: ampPayment.name,
  version: ampPayment.version,
  spec: ampPayment.spec,
  requires_delegate_payment: false,
  requires_pci_compliance: false,
  psp: 'amp',
  config_schema: ampPayment.configSchema,
  instrument_schemas: [ampPayment.instrumentSchema],
  config: config as unknown as JsonObject,
})

/** What a merchant says besides the checkout itself. */
export type SessionFrame = {
  readonly version: AcpVersion
  readonly handlerId: string
  readonly network: string
  readonly status: string
  readonly links: readonly Json[]
}

/** An AMP checkout as an ACP merchant answers it. Refused where lines do not add up or an amount is too large for JSON. */
export const fromAmpCheckout = (checkout: Checkout, frame: SessionFrame): Outcome<JsonObject> => {
  if (!acpTraits[frame.version].writes)
    return refuse('version-unsupported', { detail: 'this version of ACP is read, not written', field: 'given/version' })
  const total = numberOf(checkout.total_amount, 'value/total_amount')
  if (!total.ok) return total
  let sum = 0n
  const lines: Json[] = []
  for (const [index, line] of checkout.goods.entries()) {
    const field = `value/goods/${index}/goods_unit_amount`
    const unit = numberOf(line.goods_unit_amount, field)
    if (!unit.ok) return unit
    if (line.goods_unit_amount.currency !== checkout.total_amount.currency)
      return refuse('currency-mismatch', { detail: 'ACP has one currency in a session', field })
    const of = BigInt(unit.value) * BigInt(line.goods_quantity)
    sum += of
    const id = `line-${index + 1}`
    lines.push({
      id,
      item: { id },
      name: line.goods_name,
      unit_amount: unit.value,
      quantity: Number(line.goods_quantity),
      totals: [
        { type: 'items_base_amount', display_text: 'Price', amount: Number(of) },
        { type: 'total', display_text: 'Total', amount: Number(of) },
      ],
    })
  }
  if (sum !== BigInt(checkout.total_amount.value))
    return refuse('checkout-mismatch', { detail: 'the lines do not add up to the total', field: 'value/goods' })
  const config = { network: frame.network, merchant: checkout.merchant }
  return accept({
    id: checkout.reference_checkout_id,
    protocol: { version: frame.version },
    capabilities: { payment: { handlers: [handlerDeclaration(frame.handlerId, config)] } },
    status: frame.status,
    currency: checkout.total_amount.currency.toLowerCase(),
    line_items: lines,
    fulfillment_options: [],
    totals: [
      { type: 'subtotal', display_text: 'Subtotal', amount: total.value },
      { type: 'total', display_text: 'Total', amount: total.value },
    ],
    messages: [],
    links: frame.links,
  })
}
