/** AP2 0.1: plain JSON that nobody has to sign, read leniently under every spelling it was published with. */
import { createHash } from 'node:crypto'
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { canonicalJson, type Message } from '../../schemas/index.ts'
import type { BridgeContext, Evidence } from '../adapter.ts'
import { amountOfMajor } from '../currency.ts'
import { lookUp } from '../http-signature.ts'
import { type Json, type JsonObject, member } from '../json.ts'
import { allowedAlgorithm, epochOf, isJwsSignedBy, readJws, textOf } from '../jws.ts'
import { momentOf, objectOf, objectsOf } from './constraints.ts'
import type { Ap2Wire } from './wire.ts'

type Amount = Message<'common/amount'>

/** A line of a cart. */
export type PlainLine = { readonly label: string; readonly amount: Amount }

/** What the objects of a message say together. */
export type Plain = {
  readonly intent?: {
    readonly words?: string
    readonly expires: number
    readonly merchants?: readonly string[]
    readonly skus: readonly string[]
    /** Whether the user confirms each cart: then an intent alone asks for nothing. */
    readonly isConfirmed: boolean
  }
  readonly purchase?: {
    readonly id: string
    readonly total: Amount
    readonly lines: readonly PlainLine[]
    readonly merchant: string
  }
  readonly isReceipt: boolean
  readonly evidence: readonly Evidence[]
  /** Names the authorisation of a merchant that holds, so that it is taken once. */
  readonly once?: { readonly parts: readonly string[]; readonly expires: number }
}

const missing = (detail: string, field: string) => refuse('foreign-fields-missing', { detail, field })

/** The first member there under any of these names. */
const anyOf = (object: JsonObject, names: readonly string[]): Json | undefined =>
  names.map((name) => member(object, name)).find((value) => value !== undefined && value !== null)

const textsOf = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string' && each !== '') : []

/** A payment item's amount: major units, as a number or a text. */
const amountAt = (item: JsonObject, field: string): Outcome<Amount> => {
  const amount = objectOf(item, 'amount')
  const value = member(amount, 'value')
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value : ''
  return amountOfMajor(text, textOf(amount, 'currency') ?? '', `${field}/amount`)
}

const readIntent = (intent: JsonObject, now: number): Outcome<NonNullable<Plain['intent']>> => {
  const expires = momentOf(anyOf(intent, ['intent_expiry', 'intentExpiry']), true)
  if (expires === undefined) return missing('the intent does not say until when it counts', 'intent/intent_expiry')
  if (expires <= now) return refuse('foreign-expired', { detail: 'the intent expired', field: 'intent/intent_expiry' })
  const words = anyOf(intent, ['natural_language_description', 'naturalLanguageDescription'])
  const confirmed = anyOf(intent, ['user_cart_confirmation_required', 'user_signature_required'])
  const merchants = textsOf(member(intent, 'merchants'))
  return accept({
    ...(typeof words === 'string' && words !== '' ? { words } : {}),
    expires,
    ...(merchants.length > 0 ? { merchants } : {}),
    skus: textsOf(member(intent, 'skus')),
    isConfirmed: confirmed !== false,
  })
}

type Cart = {
  readonly contents: JsonObject
  readonly detailsId: string
  readonly total: Amount
  readonly lines: readonly PlainLine[]
  readonly merchant?: string
}

const readCart = (cart: JsonObject, now: number): Outcome<Cart> => {
  const contents = objectOf(cart, 'contents')
  const request = objectOf(contents, 'payment_request')
  const details = objectOf(request, 'details')
  const expires = momentOf(anyOf(contents, ['cart_expiry', 'cartExpiry']), true)
  if (expires !== undefined && expires <= now)
    return refuse('foreign-expired', { detail: 'the cart expired', field: 'cart/contents/cart_expiry' })
  const [detailsId, merchant] = [textOf(details, 'id'), textOf(contents, 'merchant_name')]
  if (detailsId === undefined) return missing('the order has no id', 'cart/contents/payment_request/details/id')
  const total = amountAt(objectOf(details, 'total'), 'cart/contents/payment_request/details/total')
  if (!total.ok) return total
  const lines: PlainLine[] = []
  for (const item of objectsOf(anyOf(details, ['display_items', 'displayItems']))) {
    const amount = amountAt(item, 'cart')
    const label = textOf(item, 'label')
    if (amount.ok && label !== undefined) lines.push({ label, amount: amount.value })
    else {
      // A discount, or a line without a name: AMP has no such line, so the order is told as one.
      lines.length = 0
      break
    }
  }
  return accept({ contents, detailsId, total: total.value, lines, ...(merchant ? { merchant } : {}) })
}

/** Hashes of cart contents people use, since none is specified: of canonical JSON, in either spelling. */
const cartHashes = (contents: JsonObject): readonly string[] => {
  const digest = createHash('sha256').update(canonicalJson(contents)).digest()
  return [digest.toString('base64url'), digest.toString('hex')]
}

type Authorised = { readonly evidence: Evidence; readonly once?: Plain['once'] }

/** Grades what a merchant put beside its cart: a text that is no JWT proves nothing, one by an unknown key as little. */
const gradeMerchant = async (
  cart: JsonObject,
  contents: JsonObject,
  { directory, now }: Pick<BridgeContext, 'directory' | 'now'>,
): Promise<Outcome<Authorised>> => {
  const text = anyOf(cart, ['merchant_authorization', 'merchant_signature'])
  const told = (status: Evidence['status'], why?: string): Outcome<Authorised> =>
    accept({ evidence: { kind: 'merchant-authorization', status, ...(why ? { why } : {}) } })
  if (text === undefined) return told('absent')
  const jws = typeof text === 'string' ? readJws(text) : undefined
  if (!jws) return told('unsigned', 'a placeholder, no JWT')
  const [issuer, kid] = [textOf(jws.claims, 'iss'), textOf(jws.header, 'kid')]
  if (issuer === undefined || kid === undefined) return told('unverified', 'it names no key')
  const found = await lookUp(() => directory.findIssuer(issuer, kid))
  if (!found.ok) return found
  if (!found.value) return told('unverified', 'nobody here knows the key')
  const field = 'cart/merchant_authorization'
  const algorithm = allowedAlgorithm(jws, ['ES256'])
  if (!algorithm || found.value.type !== 'P-256' || !isJwsSignedBy(jws, found.value, algorithm))
    return refuse('foreign-signature-invalid', { detail: 'the merchant did not sign it', field })
  const expires = epochOf(jws.claims, 'exp')
  if (expires === undefined) return missing('the authorisation has no end', field)
  if (expires <= now) return refuse('foreign-expired', { detail: 'the authorisation expired', field })
  if (!cartHashes(contents).includes(textOf(jws.claims, 'cart_hash') ?? ''))
    return refuse('foreign-object-mismatch', { detail: 'it authorises another cart', field })
  const jti = textOf(jws.claims, 'jti') ?? jws.signingInput
  return accept({
    evidence: { kind: 'merchant-authorization', status: 'verified' },
    once: { parts: ['ap2', directory.name, 'cart', issuer, jti], expires },
  })
}

/** Grades what stands for the user: never more than unverified, since the user decides anew at the wallet. */
const gradeUser = (payment: JsonObject): Evidence => {
  const text = textOf(payment, 'user_authorization')
  if (text === undefined) return { kind: 'user-authorization', status: 'absent' }
  return readJws(text.split('~')[0] ?? '')
    ? { kind: 'user-authorization', status: 'unverified' }
    : { kind: 'user-authorization', status: 'unsigned', why: 'a placeholder, no presentation' }
}

const mismatch = (detail: string) => refuse('foreign-object-mismatch', { detail, field: 'payment-contents' })

/** What a payment says, in the words of the release or in those of the first one, which had another shape. */
const readPayment = (payment: JsonObject): Outcome<Pick<Cart, 'detailsId' | 'total' | 'merchant'>> => {
  const isFirst = Object.hasOwn(payment, 'payment_details')
  const contents = objectOf(payment, isFirst ? 'payment_details' : 'payment_mandate_contents')
  const at = `payment-contents/${isFirst ? 'payment_details' : 'payment_mandate_contents'}`
  const [idName, sum, totalAt] = isFirst
    ? (['payment_request_id', contents, at] as const)
    : (['payment_details_id', objectOf(contents, 'payment_details_total'), `${at}/payment_details_total`] as const)
  const merchant = isFirst
    ? textOf(objectOf(contents, 'merchant_agent_card'), 'name')
    : textOf(contents, 'merchant_agent')
  const detailsId = textOf(contents, idName)
  if (detailsId === undefined) return missing('the payment is for no order', `${at}/${idName}`)
  const total = amountAt(sum, totalAt)
  return total.ok ? accept({ detailsId, total: total.value, ...(merchant ? { merchant } : {}) }) : total
}

/** The purchase a cart, a payment, or both ask for; they have to ask for the same. */
const purchaseOf = (
  cart: Cart | undefined,
  payment: JsonObject | undefined,
): Outcome<NonNullable<Plain['purchase']> | undefined> => {
  if (!payment) {
    if (!cart) return accept(undefined)
    if (cart.merchant === undefined) return missing('the cart does not say who sells', 'cart/contents/merchant_name')
    return accept({ id: cart.detailsId, total: cart.total, lines: cart.lines, merchant: cart.merchant })
  }
  const paid = readPayment(payment)
  if (!paid.ok) return paid
  const { detailsId: id, total } = paid.value
  if (cart && cart.detailsId !== id) return mismatch('the payment is for another order')
  if (cart && canonicalJson(cart.total) !== canonicalJson(total)) return mismatch('the payment is of another amount')
  const merchant = cart?.merchant ?? paid.value.merchant
  if (merchant === undefined) return missing('the payment does not say who sells', 'payment-contents')
  return accept({ id, total, lines: cart?.lines ?? [], merchant })
}

/** Reads and grades what 0.1 says. What it does not sign is evidence `unsigned`. */
export const provePlain = async (
  { plain, envelope }: Pick<Ap2Wire, 'plain' | 'envelope'>,
  context: Pick<BridgeContext, 'directory' | 'now'>,
): Promise<Outcome<Plain>> => {
  const intent = plain.intent ? readIntent(plain.intent, context.now) : accept(undefined)
  if (!intent.ok) return intent
  const cart = plain.cart ? readCart(plain.cart, context.now) : accept(undefined)
  if (!cart.ok) return cart
  const purchase = purchaseOf(cart.value, plain.payment)
  if (!purchase.ok) return purchase
  const merchant =
    plain.cart && cart.value ? await gradeMerchant(plain.cart, cart.value.contents, context) : accept(undefined)
  if (!merchant.ok) return merchant
  const unsigned = (['intent', 'cart', 'payment', 'receipt'] as const).flatMap((kind): readonly Evidence[] =>
    plain[kind] ? [{ kind, status: 'unsigned', why: 'AP2 0.1' }] : [],
  )
  return accept({
    ...(intent.value ? { intent: intent.value } : {}),
    ...(purchase.value ? { purchase: purchase.value } : {}),
    isReceipt: plain.receipt !== undefined,
    evidence: [
      ...unsigned,
      ...(merchant.value ? [merchant.value.evidence] : []),
      ...(plain.payment ? [gradeUser(plain.payment)] : []),
      { kind: 'envelope', status: envelope === 'none' ? 'absent' : 'unsigned', why: `A2A ${envelope}` },
    ],
    ...(merchant.value?.once ? { once: merchant.value.once } : {}),
  })
}
