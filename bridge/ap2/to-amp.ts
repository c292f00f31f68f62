/** Trusted AP2 in AMP's words: closed mandates as one checkout, open ones as bounds; the user decides both anew. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { formatTime } from '../../reference/core/time.ts'
import { account } from '../accounting.ts'
import type { Draft, DraftSource, ForeignIdentity, Settings, Translation, Verified } from '../adapter.ts'
import { writeAmount } from '../currency.ts'
import { autonomousDraft, composed, immediateDraft, keyProof, noMandate } from '../drafts.ts'
import { boundsOf } from './bounds.ts'
import { checkoutOfOrder, checkoutOfPayment, checkoutOfPurchase, hostOf, short } from './checkouts.ts'
import { type Ap2Kind, ap2FieldsOf, rulesOf } from './fields.ts'
import type { Plain } from './plain.ts'
import { type Ap2Settings, ap2Settings } from './settings.ts'
import type { Ap2Trusted } from './verify.ts'
import type { ProvenChain } from './verify-chain.ts'

/** The releases the adapter was written against. */
export const ap2Versions = {
  '0.2': 'google-agentic-commerce/AP2@e1ea56d',
  '0.1': 'google-agentic-commerce/AP2@61f5de4',
}

const openDraft = (
  trusted: Ap2Trusted,
  source: DraftSource,
  settings: Settings,
  own: Ap2Settings,
): Outcome<Draft | undefined> => {
  const { chains = {}, now } = trusted
  const { payment } = chains
  if (!payment) return accept(undefined)
  const bounds = boundsOf({ ...chains, payment }, settings, own, now)
  if (!bounds.ok) return bounds
  const { constraints, expires, items } = bounds.value
  const budget = writeAmount(constraints.budget_amount)
  const wanted = items.length > 0 ? `, for ${items.join(', and ')}` : ''
  return autonomousDraft(
    source,
    {
      raw: composed,
      desc: short(`The agent ${short(source.agent, 128)} asks to spend up to ${budget}${wanted}`),
      expiry_time: formatTime(expires),
      constraints,
    },
    'payment',
  )
}

const intentDraft = (
  intent: NonNullable<Plain['intent']>,
  source: DraftSource,
  own: Ap2Settings,
  now: number,
): Outcome<Draft | undefined> => {
  // Where the user confirms each cart, an intent alone asks for nothing.
  if (intent.isConfirmed) return accept(undefined)
  const { intentBudget } = own
  if (!intentBudget)
    return refuse('foreign-fields-missing', {
      detail: 'an intent of AP2 0.1 bounds no amount, and the operator sets none',
      field: 'intent',
    })
  const skus = intent.skus.length > 0 ? `, for ${intent.skus.join(', ')}` : ''
  return autonomousDraft(
    source,
    {
      raw: intent.words ?? composed,
      desc: short(`The agent ${short(source.agent, 128)} asks to spend up to ${writeAmount(intentBudget)}${skus}`),
      expiry_time: formatTime(Math.min(intent.expires, now + own.openLifetimeMax)),
      constraints: {
        budget_amount: intentBudget,
        ...(intent.merchants ? { merchant_name_list: [...new Set(intent.merchants)] } : {}),
      },
    },
    'intent',
  )
}

const plainDraft = (
  { intent, purchase, isReceipt }: Plain,
  source: DraftSource,
  own: Ap2Settings,
  now: number,
): Outcome<Draft | undefined> => {
  if (isReceipt) return accept(undefined)
  if (!purchase) return intent ? intentDraft(intent, source, own, now) : accept(undefined)
  const checkout = checkoutOfPurchase(purchase)
  const words =
    intent?.words === undefined
      ? undefined
      : { raw: intent.words, desc: short(`Pay ${writeAmount(purchase.total)} to ${purchase.merchant}`) }
  return immediateDraft(source, { id: source.agent }, checkout, words, 'cart')
}

const kindOf = ({ wire, chains, receipts, plain }: Ap2Trusted): Ap2Kind => {
  if (receipts) return 'receipts'
  if (chains) {
    if (chains.order) return 'order'
    if (chains.payment) return chains.payment.closed ? 'payment' : 'open'
    return 'open-checkout'
  }
  if (!plain) return 'card'
  if (plain.isReceipt) return 'plain-receipt'
  if (wire.plain.cart) return 'cart'
  if (wire.plain.payment) return 'payment-contents'
  return plain.intent?.isConfirmed ? 'intent-confirmed' : 'intent'
}

/** An agent by its key (RFC 9278) where an open mandate confirms one, else who vouches for the mandate. */
const agentIdOf = ({ agentKey, issuer }: ProvenChain): string =>
  agentKey ? `urn:ietf:params:oauth:jwk-thumbprint:sha-256:${agentKey.thumbprint}` : issuer

const identityOf = ({ wire, directory, chains, receipts }: Ap2Trusted): ForeignIdentity => {
  const protocol = 'ap2'
  if (receipts) {
    const [{ issuer, key, issued }] = receipts
    const interaction = 'browse'
    return { protocol, interaction, agent: { id: issuer }, directory, ...keyProof(key, 'ES256'), created: issued }
  }
  const proven = chains?.payment ?? chains?.checkout
  if (proven) {
    const { key, created, expires, audience } = proven
    return {
      protocol,
      interaction: 'payment',
      agent: { id: agentIdOf(proven) },
      directory,
      ...keyProof(key, 'ES256'),
      ...(audience === undefined ? {} : { audience }),
      created,
      expires,
    }
  }
  const { card } = wire
  const host = hostOf(card?.url)
  return {
    protocol,
    interaction: wire.plain.cart || wire.plain.payment || wire.plain.intent ? 'payment' : 'browse',
    agent: {
      id: card ? (card.url ?? card.name) : (wire.agent ?? 'unnamed'),
      ...(card ? { name: card.name } : {}),
      ...(host === undefined ? {} : { domain: host }),
    },
    proof: 'none',
  }
}

const draftOf = (
  trusted: Ap2Trusted,
  source: DraftSource,
  settings: Settings,
  own: Ap2Settings,
): Outcome<Draft | undefined> => {
  const { chains, plain } = trusted
  if (plain) return plainDraft(plain, source, own, trusted.now)
  if (!chains) return accept(undefined)
  if (!chains.order && !chains.payment?.closed) return openDraft(trusted, source, settings, own)
  const checkout = chains.order ? checkoutOfOrder(chains.order) : checkoutOfPayment(chains.payment?.closed ?? {})
  return immediateDraft(source, { id: source.agent }, checkout, undefined, chains.order ? 'order' : 'payment')
}

/** Translates. What was signed on the other rail is evidence beside the draft: it cannot be signed again here. */
export const toAmp = (trusted: Verified<Ap2Trusted>, settings: Settings): Outcome<Translation> => {
  const own = ap2Settings(settings)
  const identity = identityOf(trusted)
  const version = trusted.plain ? ap2Versions['0.1'] : ap2Versions['0.2']
  const draft = draftOf(trusted, { protocol: 'ap2', version, agent: identity.agent.id }, settings, own)
  if (!draft.ok) return draft
  const isSaid = trusted.plain?.intent?.words !== undefined
  return accept({
    identity,
    evidence: [
      ...trusted.evidence,
      { kind: 'words', status: draft.value ? (isSaid ? 'unsigned' : 'composed') : 'absent' },
      noMandate,
    ],
    ...(draft.value ? { draft: draft.value } : {}),
    ...account(ap2FieldsOf(trusted.wire, trusted.chains?.order?.jws), rulesOf(kindOf(trusted))),
  })
}
