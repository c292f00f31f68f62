/** An ACP checkout session and an AMP checkout, each from the other, in the shapes of every version. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Message } from '../../schemas/index.ts'
import { amountsOf, checkoutOf, type ForeignCharge, type ForeignLine, minorOf, objectsOf } from '../foreign-checkout.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { ampPayment, type HandlerConfig, readHandlerConfig } from '../payment-handler.ts'
import { type AcpVersion, acpTraits } from './versions.ts'

type Checkout = Message<'common/checkout'>
type Merchant = Message<'common/merchant'>

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
  const said = {
    id: textOf(session, 'id'),
    total: own.length === 1 && own[0] ? member(own[0], 'amount') : undefined,
    currency: member(session, 'currency'),
    lines: objectsOf(member(session, 'line_items')).map(lineOf),
    charges: chargesOf(totals),
  }
  return checkoutOf(said, merchant, 'acp')
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
  const amounts = amountsOf(checkout, 'ACP')
  if (!amounts.ok) return amounts
  const { total, lines } = amounts.value
  const config = { network: frame.network, merchant: checkout.merchant }
  return accept({
    id: checkout.reference_checkout_id,
    protocol: { version: frame.version },
    capabilities: { payment: { handlers: [handlerDeclaration(frame.handlerId, config)] } },
    status: frame.status,
    currency: checkout.total_amount.currency.toLowerCase(),
    line_items: lines.map(({ id, name, unit, quantity, of }) => ({
      id,
      item: { id },
      name,
      unit_amount: unit,
      quantity,
      totals: [
        { type: 'items_base_amount', display_text: 'Price', amount: of },
        { type: 'total', display_text: 'Total', amount: of },
      ],
    })),
    fulfillment_options: [],
    totals: [
      { type: 'subtotal', display_text: 'Subtotal', amount: total },
      { type: 'total', display_text: 'Total', amount: total },
    ],
    messages: [],
    links: frame.links,
  })
}
