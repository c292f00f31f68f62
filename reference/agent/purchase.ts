/** How a buyer agent makes the moves of a purchase: asks to be bound and mandated, looks how it ended, applies and pays. */
import { setTimeout } from 'node:timers/promises'
import type { Message } from '../../schemas/index.ts'
import { failureCodeOf } from '../buyer-agent/index.ts'
import { accept, type Outcome, refuse } from '../core/index.ts'
import type { OpenAgent } from './open.ts'

type Checkout = Message<'common/checkout'>

/** A move with the input it takes. */
export type Step = { readonly move: string; readonly input: Readonly<Record<string, unknown>> }

/** What came of a move. */
export type Done = {
  /** The answer, as `gives` says. */
  readonly value: object
  /** Set while the user decides: where, and the move that tells how it ended. */
  readonly waits?: { readonly sessionId: string; readonly authUrl?: string; readonly next: Step }
  /** What programs need and people and models do not read: the chain a merchant verifies. */
  readonly assurance?: Message<'trust/assurance'>
}

const everyMs = 250

/** Looks until the user decided or the time is over. */
const waitFor = async <Seen>(
  seconds: number,
  look: () => Promise<Outcome<Seen>>,
  pending: (seen: Seen) => boolean,
): Promise<Outcome<Seen>> => {
  for (let waited = 0; ; waited += everyMs) {
    const seen = await look()
    if (!seen.ok || !pending(seen.value) || waited >= seconds * 1000) return seen
    await setTimeout(everyMs)
  }
}

/** A session, and how long to wait for the user to decide it. */
export type Waiting = { readonly sessionId: string; readonly waitSeconds?: number }

/** A mandate and the order it is to pay. */
export type ForOrder = { readonly sessionId: string; readonly checkout: Checkout; readonly merchantId?: string }

/** What is held under a session; without a wait, as money moves only after the decision. */
const heldBy = (agent: OpenAgent, sessionId: string) => agent.buyer.awaitMandate(sessionId, { timeoutMs: 0 })

/** What a move that asks the user gives: the session, and the move that tells how it ended. */
export const opened = (
  session: Outcome<{ readonly sessionId: string; readonly authUrl: string }>,
  move: string,
): Outcome<Done> => {
  if (!session.ok) return session
  const { sessionId, authUrl } = session.value
  return accept({ value: session.value, waits: { sessionId, authUrl, next: { move, input: { sessionId } } } })
}

/** The answer of a party, as it came. */
export const plain = async (outcome: Promise<Outcome<object>>): Promise<Outcome<Done>> => {
  const answer = await outcome
  return answer.ok ? accept({ value: answer.value }) : answer
}

/** Asks the owner of a wallet to be bound to it. */
export const bindWallet = async ({ walletId }: { walletId?: string }, agent: OpenAgent): Promise<Outcome<Done>> => {
  const wallet = walletId ?? agent.walletId
  if (wallet === undefined) return refuse('request-invalid', { field: '/walletId', detail: 'name the wallet' })
  return opened(await agent.buyer.bind(wallet), 'read_binding')
}

/** How a binding session stands; `binding-unknown` where the owner did not confirm. */
export const readBinding = async (
  { sessionId, waitSeconds: seconds = 0 }: Waiting,
  { buyer }: OpenAgent,
): Promise<Outcome<Done>> => {
  const seen = await waitFor(
    seconds,
    () => buyer.bindingSession(sessionId),
    ({ status }) => status === 'PENDING_IDV',
  )
  if (!seen.ok) return seen
  const { status = 'FAILED', paymentMethods } = seen.value
  const [binding] = paymentMethods
  if (status === 'FAILED') return refuse('binding-unknown', { detail: 'the user did not confirm the binding' })
  if (!binding)
    return accept({ value: { status }, waits: { sessionId, next: { move: 'read_binding', input: { sessionId } } } })
  const { bindingId, bindingStatus, walletId, walletName, maskedLoginId } = binding
  return accept({ value: { status, bindingId, bindingStatus, walletId, walletName, maskedLoginId } })
}

/** How a mandate session stands; the problem it failed with where the user did not confirm. */
export const readMandate = async (
  { sessionId, waitSeconds: seconds = 0 }: Waiting,
  { buyer }: OpenAgent,
): Promise<Outcome<Done>> => {
  const seen = await waitFor(
    seconds,
    () => buyer.session(sessionId),
    ({ status }) => status === 'PENDING_IDV',
  )
  if (!seen.ok) return seen
  // The signed layers stay here: they are long, personal, and only used to apply and to pay.
  const { identity, mandate, failure, ...value } = seen.value
  if (value.status === 'FAILED') return refuse(failureCodeOf(failure), { mandateStatus: value.mandateStatus })
  return value.status === 'PENDING_IDV'
    ? accept({ value, waits: { sessionId, next: { move: 'read_mandate', input: { sessionId } } } })
    : accept({ value })
}

/** The token of a mandate for an order, with the chain a merchant verifies. */
export const applyForToken = async ({ sessionId, checkout }: ForOrder, agent: OpenAgent): Promise<Outcome<Done>> => {
  const held = await heldBy(agent, sessionId)
  if (!held.ok) return held
  const issued = await agent.tokenFor(held.value, checkout)
  return issued.ok ? accept({ value: issued.value.token, assurance: issued.value.assurance }) : issued
}

/** Refusals after which the same token may still pay: nobody knows what became of the request. */
const unknownOutcome = new Set(['peer-unavailable', 'peer-answer-invalid', 'internal-error', 'idempotency-in-progress'])

/** Pays once: an order that is paid is only read, and the same order and mandate use the same token until it ends. */
export const payOrder = async (
  { sessionId, checkout, merchantId }: ForOrder,
  agent: OpenAgent,
): Promise<Outcome<Done>> => {
  const shop = agent.shopOf(merchantId)
  if (!shop.ok) return shop
  const order = await shop.value.order(checkout.reference_checkout_id)
  if (!order.ok || order.value.orderStatus === 'paid') return plain(Promise.resolve(order))
  const held = await heldBy(agent, sessionId)
  if (!held.ok) return held
  const issued = await agent.tokenFor(held.value, checkout)
  if (!issued.ok) return issued
  const paid = await shop.value.pay(checkout.reference_checkout_id, issued.value)
  if (!paid.ok) {
    if (!unknownOutcome.has(paid.refusal.code)) agent.drop(held.value, checkout)
    return paid
  }
  return accept({ value: paid.value })
}
