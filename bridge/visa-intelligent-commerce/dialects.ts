/** Two spellings of one API: Visa's own and Cybersource's (ICC), as tables of where each thing stands. */
import { isObject, type Json, member } from '../json.ts'

export type Dialect = 'vic' | 'icc'

/** The operations, the same in both. */
export type Operation = 'enroll' | 'create' | 'update' | 'cancel' | 'credentials' | 'confirm'

/** Steps to each thing: in the body, or in an item of `transactionData` or `confirmationData`. */
export type Places = Readonly<
  Record<
    | 'correlation'
    | 'token'
    | 'reference'
    | 'kind'
    | 'amount'
    | 'currency'
    | 'merchantName'
    | 'merchantCountry'
    | 'merchantUrl'
    | 'merchantId'
    | 'merchantCategory'
    | 'recurrence'
    | 'event'
    | 'eventAmount'
    | 'eventCurrency',
    string
  >
>

export const places: Readonly<Record<Dialect, Places>> = {
  vic: {
    correlation: 'clientReferenceId',
    token: 'tokenId',
    reference: 'transactionReferenceId',
    kind: 'transactionType',
    amount: 'transactionAmount/transactionAmount',
    currency: 'transactionAmount/transactionCurrencyCode',
    merchantName: 'merchantName',
    merchantCountry: 'merchantCountryCode',
    merchantUrl: 'merchantUrl',
    merchantId: 'merchantId',
    merchantCategory: 'merchantCategoryCode',
    recurrence: 'recurringFrequency',
    event: 'paymentConfirmationData',
    eventAmount: 'transactionAmount/transactionAmount',
    eventCurrency: 'transactionAmount/transactionCurrencyCode',
  },
  icc: {
    correlation: 'clientCorrelationId',
    token: 'paymentInformation/instrumentIdentifier/id',
    reference: 'clientReferenceInformation/code',
    kind: 'type',
    amount: 'orderInformation/amountDetail/totalAmount',
    currency: 'orderInformation/amountDetail/currency',
    merchantName: 'merchantInformation/merchantName',
    merchantCountry: 'merchantInformation/merchantDescriptor/country',
    merchantUrl: 'merchantInformation/merchantDescriptor/url',
    merchantId: 'merchantInformation/merchantId',
    merchantCategory: 'merchantInformation/categoryCode',
    recurrence: 'recurringPaymentInformation/occurrence',
    event: 'processorInformation',
    eventAmount: 'amountDetail/totalAmount',
    eventCurrency: 'amountDetail/currency',
  },
}

/** The value at steps of an object, own members only. */
export const at = (value: Json | undefined, path: string): Json | undefined =>
  path
    .split('/')
    .reduce<Json | undefined>(
      (inner, step) =>
        isObject(inner)
          ? member(inner, step)
          : Array.isArray(inner) && /^\d+$/.test(step)
            ? inner[Number(step)]
            : undefined,
      value,
    )

/** A text at steps, or nothing. */
export const textAt = (value: Json | undefined, path: string): string | undefined => {
  const text = at(value, path)
  return typeof text === 'string' && text !== '' ? text : undefined
}

const prefixes: readonly (readonly [RegExp, Dialect])[] = [
  [/^\/vacp\/v1\/(.+)$/, 'vic'],
  [/^\/(?:icc|acp)\/v1\/(.+)$/, 'icc'],
]

const routes: readonly (readonly [method: string, path: RegExp, operation: Operation])[] = [
  ['POST', /^cards$/, 'enroll'],
  ['POST', /^tokens$/, 'enroll'],
  ['POST', /^instructions$/, 'create'],
  ['PUT', /^instructions\/([^/]+)$/, 'update'],
  ['PUT', /^instructions\/([^/]+)\/cancel$/, 'cancel'],
  ['POST', /^instructions\/([^/]+)\/credentials$/, 'credentials'],
  ['POST', /^instructions\/([^/]+)\/confirmations$/, 'confirm'],
]

/** Where a request goes. */
export type Route = { readonly dialect: Dialect; readonly operation: Operation; readonly instructionId?: string }

/** The operation of a request by method and path, also below a base path of the platform's own; or nothing. */
export const routeOf = (method: string, path: string): Route | undefined => {
  for (const [prefix, dialect] of prefixes) {
    const [, rest] = prefix.exec(path) ?? []
    if (rest === undefined) continue
    for (const [verb, pattern, operation] of routes) {
      const found = verb === method ? pattern.exec(rest) : null
      if (found) return { dialect, operation, ...(found[1] ? { instructionId: decodeURIComponent(found[1]) } : {}) }
    }
  }
  return undefined
}

/** The path of an operation. */
export const pathOf = (dialect: Dialect, operation: Operation, instructionId = ''): string => {
  const base = dialect === 'vic' ? '/vacp/v1' : '/icc/v1'
  const id = encodeURIComponent(instructionId)
  if (operation === 'enroll') return `${base}/${dialect === 'vic' ? 'cards' : 'tokens'}`
  if (operation === 'create') return `${base}/instructions`
  const ends = { update: '', cancel: '/cancel', credentials: '/credentials', confirm: '/confirmations' }
  return `${base}/instructions/${id}${ends[operation]}`
}
