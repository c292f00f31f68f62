/** AMP in the words of Visa Intelligent Commerce: a mandate as an instruction, a result as a confirmation event. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { parseTime } from '../../reference/core/time.ts'
import type { Message } from '../../schemas/index.ts'
import { account, type FieldRule } from '../accounting.ts'
import type { AmpDocument, Outbound, OutboundMessage } from '../adapter.ts'
import { writeAmount } from '../currency.ts'
import { type Json, type JsonObject, leavesOf, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { type Dialect, pathOf, places } from './dialects.ts'
import { outNames, outRules } from './fields.ts'

type Mandate = Message<'trust/mandate'>
type Payment = Message<'payment/payment'>

const missing = (name: string) =>
  refuse('foreign-fields-missing', { detail: `the other side demands ${name}`, field: `given/${name}` })

const dialectOf = (given: JsonObject): Dialect => (textOf(given, 'dialect') === 'icc' ? 'icc' : 'vic')

/** Puts a value at steps of an object that is being made. */
const put = (body: Record<string, unknown>, path: string, value: unknown): void => {
  const steps = path.split('/')
  const last = steps.pop() ?? ''
  const inner = steps.reduce<Record<string, unknown>>((object, step) => {
    object[step] ??= {}
    return object[step] as Record<string, unknown>
  }, body)
  inner[last] = value
}

/** What every request starts with: the client's id, the token, and what else the caller gives for it. */
const frame = (given: JsonObject, dialect: Dialect): Outcome<Record<string, unknown>> => {
  const place = places[dialect]
  const body: Record<string, unknown> = {}
  const [reference, token] = [textOf(given, 'clientReferenceId'), textOf(given, 'tokenId')]
  if (!reference) return missing('clientReferenceId')
  put(body, place.correlation, reference)
  if (token) put(body, place.token, token)
  for (const [name, value] of Object.entries(given))
    if (!['clientReferenceId', 'tokenId', 'dialect', 'instructionId', 'transactionReferenceId'].includes(name))
      body[name] = value
  return accept(body)
}

/** A decimal in major units, as the API writes amounts. */
const major = (amount: Message<'common/amount'>): string => writeAmount(amount).split(' ')[0] ?? ''

/** Bounds the other side can hold: one merchant name, one category, amounts. `retries_max` is AMP's own business. */
const expressible = ['budget_amount', 'payment_amount_max', 'merchant_name_list', 'merchant_mcc_list', 'retries_max']

const checkBounds = ({ constraints }: Mandate): Outcome<true> => {
  const unknown = (name: string) =>
    refuse('foreign-constraint-unknown', {
      detail: 'the other side cannot hold this bound',
      field: `value/constraints/${name}`,
    })
  for (const [name, value] of Object.entries(constraints ?? {})) {
    if (!expressible.includes(name)) return unknown(name)
    if (Array.isArray(value) && value.length > 1) return unknown(name)
  }
  return accept(true)
}

const smallest = (mandate: Mandate): Message<'common/amount'> => {
  const { remaining } = mandate.budget
  const one = mandate.constraints?.payment_amount_max ?? mandate.checkout?.total_amount
  return one && BigInt(one.value) < BigInt(remaining.value) ? one : remaining
}

const states = { inactive: 'mandate-inactive', expired: 'mandate-expired', finished: 'mandate-finished' } as const

const epoch = (time: string): string => String(parseTime(time) ?? 0)

const instruct = (mandate: Mandate, given: JsonObject): Outcome<OutboundMessage> => {
  const { mandateStatus } = mandate
  if (mandateStatus !== 'activated' && mandateStatus !== 'revoked')
    return refuse(states[mandateStatus], {
      detail: 'only an activated mandate leaves as an instruction',
      mandateStatus,
    })
  const dialect = dialectOf(given)
  const made = frame(given, dialect)
  if (!made.ok) return made
  const instructionId = textOf(given, 'instructionId')
  if (mandateStatus === 'revoked') {
    if (!instructionId) return missing('instructionId')
    return accept({
      name: outNames.cancel,
      method: 'PUT',
      path: pathOf(dialect, 'cancel', instructionId),
      body: made.value,
    })
  }
  const bounded = checkBounds(mandate)
  if (!bounded.ok) return bounded
  if (!textOf(given, 'tokenId')) return missing('tokenId')
  if (member(given, 'assuranceData') === undefined) return missing('assuranceData')
  const threshold = smallest(mandate)
  const { constraints, checkout } = mandate
  const merchant = constraints?.merchant_name_list?.[0] ?? checkout?.merchant.merchant_name
  const mcc = constraints?.merchant_mcc_list?.[0] ?? checkout?.merchant.merchant_mcc
  const item = {
    mandateId: mandate.mandateId,
    description: mandate.description,
    declineThreshold: { amount: major(threshold), currencyCode: threshold.currency },
    effectiveUntilTime: epoch(mandate.validUntil),
    ...(merchant === undefined ? {} : { preferredMerchantName: merchant }),
    ...(mcc === undefined ? {} : { merchantCategoryCode: mcc }),
  }
  return accept({
    name: outNames.mandate,
    method: instructionId ? 'PUT' : 'POST',
    path: pathOf(dialect, instructionId ? 'update' : 'create', instructionId),
    body: { ...made.value, mandates: [item] },
  })
}

const statuses = { SUCCESS: 'APPROVED', FAIL: 'DECLINED', PROCESSING: 'PENDING' } as const
const responseCodes = { SUCCESS: '00', FAIL: '05' } as const

const confirm = (payment: Payment, given: JsonObject): Outcome<OutboundMessage> => {
  const dialect = dialectOf(given)
  const place = places[dialect]
  const [instructionId, reference] = [textOf(given, 'instructionId'), textOf(given, 'transactionReferenceId')]
  if (!instructionId) return missing('instructionId')
  if (!reference) return missing('transactionReferenceId')
  const made = frame(given, dialect)
  if (!made.ok) return made
  const { paymentStatus, paymentAmount, paymentTime, paymentId } = payment
  const event: Record<string, unknown> = { transactionType: 'PURCHASE', transactionStatus: statuses[paymentStatus] }
  // A result that is not known yet has no response code: it must not look like one that failed.
  if (paymentStatus !== 'PROCESSING') event.responseCode = responseCodes[paymentStatus]
  if (paymentTime) event.transactionTimestamp = epoch(paymentTime)
  put(event, place.eventAmount, major(paymentAmount))
  put(event, place.eventCurrency, paymentAmount.currency)
  const item: Record<string, unknown> = { orderData: { orderId: paymentId } }
  put(item, place.reference, reference)
  item[place.event] = event
  return accept({
    name: outNames.payment,
    method: 'POST',
    path: pathOf(dialect, 'confirm', instructionId),
    body: { ...made.value, confirmationData: [item] },
  })
}

const fail = ({ status, code, title, detail, field }: Message<'common/problem'>): OutboundMessage => ({
  name: outNames.problem,
  status,
  body: {
    error: {
      status: String(status),
      reason: code.toUpperCase().replaceAll('-', '_'),
      message: title,
      ...(detail === undefined && field === undefined
        ? {}
        : {
            detail: {
              ...(detail === undefined ? {} : { message: detail }),
              ...(field === undefined ? {} : { source: field }),
            },
          }),
    },
  },
})

const ruleKeys = Object.keys(outNames) as (keyof typeof outNames)[]

const rulesFor = ({ name }: OutboundMessage): readonly FieldRule[] => {
  const key = ruleKeys.find((each) => outNames[each] === name)
  return key ? outRules[key] : []
}

const messageOf = (document: AmpDocument): Outcome<OutboundMessage> => {
  if (document.kind === 'mandate') return instruct(document.value, document.given)
  if (document.kind === 'payment') return confirm(document.value, document.given)
  if (document.kind === 'problem') return accept(fail(document.value))
  return refuse('protocol-unknown', { detail: `Visa Intelligent Commerce has no words for a ${document.kind}` })
}

/** Carries a mandate, a payment or a problem over. Bounds the other side cannot hold are refused, never dropped. */
export const fromAmp = (document: AmpDocument): Outcome<Outbound> => {
  const message = messageOf(document)
  if (!message.ok) return message
  const fields = [
    ...leavesOf(document.value as unknown as Json, 'value'),
    ...(Object.keys(document.given).length === 0 ? [] : leavesOf(document.given, 'given')),
  ]
  return accept({ message: message.value, ...account(fields, rulesFor(message.value)) })
}
