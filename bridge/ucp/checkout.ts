/** A UCP checkout and an AMP checkout, each from the other: the total, the lines, the session, the merchant. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { isMessage, type Message } from '../../schemas/index.ts'
import { amountsOf, checkoutOf, type ForeignCharge, type ForeignLine, minorOf, objectsOf } from '../foreign-checkout.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { ampPayment, type HandlerConfig, readHandlerConfig } from '../payment-handler.ts'
import { type UcpVersion, ucpTraits } from './versions.ts'

type Checkout = Message<'common/checkout'>
type Merchant = Message<'common/merchant'>

const malformed = (detail: string, field: string) => refuse('message-malformed', { detail, field })

/** Entries of the handler registry under the name of the AMP handler; before 2026-01-23 a list by `name`. */
const entriesOf = (checkout: JsonObject): readonly JsonObject[] => {
  const ucp = member(checkout, 'ucp')
  const registry = isObject(ucp) ? member(ucp, 'payment_handlers') : undefined
  return isObject(registry) ? objectsOf(member(registry, ampPayment.name)) : []
}

/** The configuration of the AMP handler in a checkout; nothing where the business does not take AMP wallets. */
export const handlerIn = (checkout: JsonObject): Outcome<HandlerConfig | undefined> => {
  const entries = entriesOf(checkout)
  const field = `body/ucp/payment_handlers/${ampPayment.name}`
  if (entries.length > 1) return malformed('the AMP handler is declared more than once', field)
  const [entry] = entries
  return entry ? readHandlerConfig(member(entry, 'config'), `${field}/0/config`) : accept(undefined)
}

/** The total of a list of totals: exactly one has the type. */
const amountOfType = (totals: readonly JsonObject[], type: string): Json | undefined => {
  const found = totals.filter((each) => member(each, 'type') === type)
  return found.length === 1 && found[0] ? member(found[0], 'amount') : undefined
}

const lineOf = (line: JsonObject): ForeignLine => {
  const item = member(line, 'item')
  const [title, price, isEach] = isObject(item)
    ? [textOf(item, 'title') ?? '', minorOf(member(item, 'price')), member(item, 'quantity_unit') === undefined]
    : ['', undefined, true]
  const quantity = member(line, 'quantity')
  return {
    name: title,
    quantity: typeof quantity === 'number' ? quantity : 0,
    // Sold by weight or time, the quantity counts steps: no price of one piece.
    ...(price !== undefined && isEach ? { unit: price } : {}),
  }
}

/** Further totals: what is neither the sum of lines nor the total itself. A line without a price counts by its total. */
const chargesOf = (totals: readonly JsonObject[]): readonly ForeignCharge[] =>
  totals.flatMap((each) => {
    const [type, value] = [textOf(each, 'type') ?? '', minorOf(member(each, 'amount'))]
    if (type === 'subtotal' || type === 'total' || value === undefined) return []
    return [{ name: textOf(each, 'display_text') ?? type, value }]
  })

/** The merchant an AP2 checkout names beside UCP's own members. */
export const ap2MerchantOf = (checkout: JsonObject, mcc: string | undefined): Merchant | undefined => {
  const named = member(checkout, 'merchant')
  if (!isObject(named)) return undefined
  const [id, name, website] = ['id', 'name', 'website'].map((each) => textOf(named, each))
  if (id === undefined || name === undefined) return undefined
  return {
    reference_merchant_id: id,
    merchant_name: name,
    merchant_mcc: mcc ?? '0000',
    ...(website !== undefined && isMessage('common/url', website) ? { merchant_website_url: website } : {}),
  }
}

/** A UCP checkout in AMP's words, for a merchant that is known. */
export const toAmpCheckout = (checkout: JsonObject, merchant: Merchant): Outcome<Checkout> => {
  const totals = objectsOf(member(checkout, 'totals'))
  const said = {
    id: textOf(checkout, 'id'),
    total: amountOfType(totals, 'total'),
    currency: member(checkout, 'currency'),
    lines: objectsOf(member(checkout, 'line_items')).map(lineOf),
    charges: chargesOf(totals),
  }
  return checkoutOf(said, merchant, 'ucp')
}

/** What a business says besides the checkout itself. */
export type CheckoutFrame = {
  readonly version: UcpVersion
  readonly handlerId: string
  readonly network: string
  readonly status: string
  readonly links: readonly Json[]
  readonly expiresAt?: string
  readonly continueUrl?: string
}

/** The `ucp` member of a checkout that takes AMP wallets; the configuration names the merchant (EXT-HANDLER-1). */
const metaOf = ({ version, handlerId, network }: CheckoutFrame, merchant: Merchant): JsonObject => ({
  version,
  status: 'success',
  capabilities: { 'dev.ucp.shopping.checkout': [{ version }] },
  payment_handlers: {
    [ampPayment.name]: [
      {
        id: handlerId,
        version: ampPayment.version,
        spec: ampPayment.spec,
        schema: ampPayment.instrumentSchema,
        available_instruments: [{ type: ampPayment.instrument }],
        config: { network, merchant: merchant as unknown as JsonObject },
      },
    ],
  },
})

/** An AMP checkout as a UCP business answers it. Refused where its lines do not add up or an amount is too large for JSON. */
export const fromAmpCheckout = (checkout: Checkout, frame: CheckoutFrame): Outcome<JsonObject> => {
  if (!ucpTraits[frame.version].writes) return malformed('this version of UCP is read, not written', 'given/version')
  const amounts = amountsOf(checkout, 'UCP')
  if (!amounts.ok) return amounts
  const { total, lines } = amounts.value
  return accept({
    ucp: metaOf(frame, checkout.merchant),
    id: checkout.reference_checkout_id,
    line_items: lines.map(({ id, name, unit, quantity, of }) => ({
      id,
      item: { id, title: name, price: unit },
      quantity,
      totals: [
        { type: 'subtotal', amount: of },
        { type: 'total', amount: of },
      ],
    })),
    status: frame.status,
    currency: checkout.total_amount.currency,
    totals: [
      { type: 'subtotal', amount: total },
      { type: 'total', amount: total },
    ],
    links: frame.links,
    ...(frame.expiresAt === undefined ? {} : { expires_at: frame.expiresAt }),
    ...(frame.continueUrl === undefined ? {} : { continue_url: frame.continueUrl }),
  })
}
