/** A trusted request of Visa Intelligent Commerce in AMP's words: a proposal of bounds or of one checkout. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { formatTime } from '../../reference/core/time.ts'
import type { Message } from '../../schemas/index.ts'
import { account } from '../accounting.ts'
import type { Draft, DraftSource, Evidence, Settings, Translation, Verified } from '../adapter.ts'
import { amountOfMajor } from '../currency.ts'
import { autonomousDraft, composed, immediateDraft, noMandate } from '../drafts.ts'
import { member } from '../json.ts'
import { places, textAt } from './dialects.ts'
import { rulesOf, vicFieldsOf } from './fields.ts'
import type { VicTrusted } from './verify.ts'

/** The samples the adapter was written against. */
export const vicVersions = ['visa/mcp@2bde907', 'CyberSource/cybersource-rest-client-node@5917a31'] as const

const sourceOf = ({ identity }: VicTrusted): DraftSource => ({
  protocol: identity.protocol,
  version: vicVersions[0],
  agent: identity.agent.id,
})

const unknown = (detail: string, field: string) => refuse('foreign-constraint-unknown', { detail, field })

const boundsOf = (trusted: VicTrusted): Outcome<Draft> => {
  const { body, item = {}, route } = trusted.wire
  const field = 'body/mandates/0'
  if (textAt(item, places[route.dialect].recurrence) !== undefined || member(body, 'isRecurring') === true)
    return unknown('AMP bounds have no recurrence', `${field}/${places[route.dialect].recurrence}`)
  const [text = '', currency = ''] = ['amount', 'currencyCode'].map((name) => textAt(item, `declineThreshold/${name}`))
  const budget = amountOfMajor(text, currency, `${field}/declineThreshold/amount`)
  if (!budget.ok) return budget
  const until = textAt(item, 'effectiveUntilTime') ?? ''
  if (!/^\d{1,11}$/.test(until))
    return refuse('message-malformed', {
      detail: 'the time is not in epoch seconds',
      field: `${field}/effectiveUntilTime`,
    })
  const [merchant, mcc] = ['preferredMerchantName', 'merchantCategoryCode'].map((name) => textAt(item, name))
  const quantity = textAt(item, 'quantity')
  const desc = `${textAt(item, 'description')}${quantity === undefined ? '' : ` (quantity ${quantity})`}`
  return autonomousDraft(
    sourceOf(trusted),
    {
      raw: textAt(body, 'consumerPrompt') ?? composed,
      desc,
      expiry_time: formatTime(Number(until)),
      constraints: {
        budget_amount: budget.value,
        ...(merchant === undefined ? {} : { merchant_name_list: [merchant] }),
        ...(mcc === undefined ? {} : { merchant_mcc_list: [mcc] }),
      },
    },
    field,
  )
}

const checkoutOf = (trusted: VicTrusted, settings: Settings): Outcome<Draft> => {
  const { item = {}, route } = trusted.wire
  const place = places[route.dialect]
  const field = 'body/transactionData/0'
  const said = (name: keyof typeof place): string | undefined => textAt(item, place[name])
  if ((said('kind') ?? 'PURCHASE') !== 'PURCHASE')
    return unknown('only purchases become a checkout', `${field}/${place.kind}`)
  const total = amountOfMajor(said('amount') ?? '', said('currency') ?? '', `${field}/${place.amount}`)
  if (!total.ok) return total
  const [name = '', url = '', id, mcc, region] = (
    ['merchantName', 'merchantUrl', 'merchantId', 'merchantCategory', 'merchantCountry'] as const
  ).map(said)
  const listed = settings.merchants?.find(({ cardAcceptorId }) => cardAcceptorId === id)
  const merchant: Message<'common/merchant'> = {
    ...listed?.merchant,
    reference_merchant_id:
      id ?? listed?.merchant.reference_merchant_id ?? (URL.canParse(url) ? new URL(url).host : name),
    merchant_name: name,
    merchant_mcc: mcc ?? listed?.merchant.merchant_mcc ?? '0000',
    merchant_website_url: url,
    ...(region === undefined ? {} : { merchant_region: region }),
  }
  return immediateDraft(
    sourceOf(trusted),
    trusted.identity.agent,
    {
      total_amount: total.value,
      merchant,
      goods: [{ goods_name: `Order at ${name}`.slice(0, 256), goods_unit_amount: total.value, goods_quantity: '1' }],
      reference_checkout_id: said('reference') ?? '',
    },
    undefined,
    field,
  )
}

const draftOf = (trusted: VicTrusted, settings: Settings): Outcome<Draft | undefined> => {
  const { operation } = trusted.wire.route
  if (operation === 'create' || operation === 'update') return boundsOf(trusted)
  return operation === 'credentials' ? checkoutOf(trusted, settings) : accept(undefined)
}

/** How a payment ended on the other rail. A result that is not final is unknown, never a failure. */
const results: Readonly<Record<string, string>> = {
  APPROVED: 'succeeded',
  DECLINED: 'failed',
  CANCELLED: 'was cancelled',
  PENDING: 'is not known yet',
  ERROR: 'is not known yet',
}

const eventEvidence = ({ wire }: VicTrusted): readonly Evidence[] => {
  if (wire.route.operation !== 'confirm') return []
  const event = places[wire.route.dialect].event
  const [kind = '', status = ''] = ['transactionType', 'transactionStatus'].map((name) =>
    textAt(wire.item, `${event}/${name}`),
  )
  const why = Object.hasOwn(results, status)
    ? `the ${/^[A-Z]{1,16}$/.test(kind) ? kind : 'event'} ${results[status]}`
    : 'its status is not one of the API'
  return [{ kind: 'event', status: 'verified', why }]
}

/** Translates. An instruction proposes bounds, a request for credentials proposes a checkout, all else only identifies. */
export const toAmp = (trusted: Verified<VicTrusted>, settings: Settings): Outcome<Translation> => {
  const draft = draftOf(trusted, settings)
  if (!draft.ok) return draft
  const { wire, identity } = trusted
  const hasWords = textAt(wire.body, 'consumerPrompt') !== undefined
  return accept({
    identity,
    evidence: [
      { kind: 'proof', status: 'verified' },
      { kind: 'assurance', status: member(wire.body, 'assuranceData') === undefined ? 'absent' : 'unsigned' },
      ...eventEvidence(trusted),
      { kind: 'intent', status: draft.value === undefined ? 'absent' : hasWords ? 'verified' : 'composed' },
      noMandate,
    ],
    ...(draft.value ? { draft: draft.value } : {}),
    ...account(vicFieldsOf(wire), rulesOf(wire.route.operation)),
  })
}
