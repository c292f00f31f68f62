/** Chains against each other: one purchase, of one agent, within the open mandates above it. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { BridgeContext } from '../adapter.ts'
import { textOf } from '../jws.ts'
import { type Family, hopDigests } from './chain.ts'
import { amountOf, checkConstraints, isSameMerchant, objectOf } from './constraints.ts'
import { type Order, proveOrder } from './order.ts'
import type { ProvenChain } from './verify-chain.ts'

/** Chains that hold, and hold together. */
export type Chains = {
  readonly checkout?: ProvenChain
  readonly payment?: ProvenChain
  /** What the merchant offered, where a closed checkout came. */
  readonly order?: Order
}

const mismatch = (detail: string, field: string) => refuse('foreign-object-mismatch', { detail, field })

const fieldOf = (family: Family, { chain }: ProvenChain, name: string): string =>
  `${family}/${chain.hops.length - 1}/claims/delegate_payload/0/${name}`

/** The checkout a closed mandate holds, named by its hash. */
export const orderOf = async (
  checkout: ProvenChain | undefined,
  context: BridgeContext,
): Promise<Outcome<Order | undefined>> => {
  if (!checkout?.closed) return accept(undefined)
  const text = textOf(checkout.closed, 'checkout_jwt')
  if (text === undefined)
    return refuse('foreign-fields-missing', {
      detail: 'the checkout is withheld',
      field: fieldOf('checkout', checkout, 'checkout_jwt'),
    })
  const order = await proveOrder(text, context, context.now)
  if (!order.ok) return order
  return textOf(checkout.closed, 'checkout_hash') === order.value.hash
    ? order
    : mismatch('the hash is not that of the checkout', fieldOf('checkout', checkout, 'checkout_hash'))
}

/** Whether a payment says what it has to. */
const checkPayment = (payment: ProvenChain): Outcome<true> => {
  const { closed } = payment
  if (!closed) return accept(true)
  if (!amountOf(closed) || textOf(objectOf(closed, 'payee'), 'name') === undefined)
    return refuse('foreign-fields-missing', {
      detail: 'the payment names no amount or payee',
      field: fieldOf('payment', payment, 'payment_amount'),
    })
  return textOf(closed, 'transaction_id') === undefined
    ? refuse('foreign-fields-missing', {
        detail: 'the payment is for no checkout',
        field: fieldOf('payment', payment, 'transaction_id'),
      })
    : accept(true)
}

/** Whether the payment is for this checkout: same state, same agent, same hash, same sum, same seller. */
const checkPair = (checkout: ProvenChain, payment: ProvenChain, order: Order | undefined): Outcome<true> => {
  if ((checkout.closed === undefined) !== (payment.closed === undefined))
    return mismatch('one mandate is closed and the other is open', 'payment')
  if (checkout.agentKey && payment.agentKey && checkout.agentKey.thumbprint !== payment.agentKey.thumbprint)
    return refuse('foreign-key-mismatch', { detail: 'the open mandates name two agents', field: 'payment' })
  if (!order || !payment.closed) return accept(true)
  const paid = amountOf(payment.closed)
  if (textOf(payment.closed, 'transaction_id') !== order.hash)
    return mismatch('the payment is for another checkout', fieldOf('payment', payment, 'transaction_id'))
  if (paid?.amount !== order.total || paid.currency !== order.currency)
    return mismatch('the payment is of another amount', fieldOf('payment', payment, 'payment_amount'))
  return isSameMerchant(objectOf(payment.closed, 'payee'), order.merchant)
    ? accept(true)
    : mismatch('the payment goes to somebody else', fieldOf('payment', payment, 'payee'))
}

/** Digests of the open checkouts of a chain: of what was disclosed, and of the token alone. */
export const referencesOf = ({ chain }: ProvenChain) =>
  chain.hops
    .filter(({ mandates }) => mandates.some(({ family, state }) => family === 'checkout' && state === 'open'))
    .map(hopDigests)

/** Holds what is closed to the open mandates above it, and an open payment to the open checkout it refers to. */
const checkBounds = ({ checkout, payment, order }: Chains, now: number): Outcome<true> => {
  if (checkout?.closed && order) {
    const kept = checkConstraints(
      checkout.constraints,
      { now, merchant: order.merchant, lines: order.lines },
      'checkout',
    )
    if (!kept.ok) return kept
  }
  if (!payment) return accept(true)
  const digests = checkout ? referencesOf(checkout) : []
  const references =
    digests.length > 0 ? { references: digests.flatMap(({ presented, token }) => [presented, token]) } : {}
  const bounds = payment.closed
    ? payment.constraints
    : payment.constraints.filter(({ type }) => type === 'payment.reference')
  return checkConstraints(
    bounds,
    { now, ...(payment.closed ? { payment: payment.closed } : {}), ...references },
    'payment',
  )
}

/** Whether a payment says what it has to, belongs to its checkout, and all that is closed keeps to what is open. */
export const checkChains = (chains: Chains, now: number): Outcome<true> => {
  const { checkout, payment, order } = chains
  const said = payment ? checkPayment(payment) : accept(true as const)
  if (!said.ok) return said
  const together = checkout && payment ? checkPair(checkout, payment, order) : accept(true as const)
  return together.ok ? checkBounds(chains, now) : together
}
