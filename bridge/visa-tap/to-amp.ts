/** A trusted TAP request in AMP's words: an identity, evidence, and at most a draft the user has yet to authorise. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { type Message, validate } from '../../schemas/index.ts'
import { account } from '../accounting.ts'
import {
  type Draft,
  type DraftSource,
  type Evidence,
  type ForeignIdentity,
  type MerchantSetting,
  neverCrosses,
  type Settings,
  type Translation,
  type Verified,
} from '../adapter.ts'
import { amountOfMajor, exponentOf, writeAmount } from '../currency.ts'
import { signedFieldsOf } from '../http-signature.ts'
import { isObject, type JsonObject, member } from '../json.ts'
import { Misconfigured } from '../keys.ts'
import { rulesOf, type TapKind } from './fields.ts'
import type { TapTrusted } from './verify.ts'
import { interactions } from './wire.ts'

type Checkout = Message<'common/checkout'>

/** The page and the sample repository the adapter was written against. */
export const tapVersion = 'visa/trusted-agent-protocol@16d59bd'

const iouField = 'body/agenticPaymentContainer/browsingIOU'

const identityOf = ({ wire, key, directory, audience }: TapTrusted): ForeignIdentity => {
  const { keyid, alg, created, expires, tag } = wire.parameters
  const { agent, thumbprint } = key
  const interaction = interactions[tag]
  return {
    protocol: 'visa-tap',
    interaction,
    agent,
    proof: 'signature',
    directory,
    keyid,
    thumbprint,
    algorithm: alg,
    audience,
    created,
    expires,
  }
}

const kindOf = ({ wire, iouVerified }: TapTrusted): Outcome<TapKind> => {
  if (interactions[wire.parameters.tag] === 'browse') return accept('browse')
  const { proposal } = wire
  if (proposal && iouVerified)
    return refuse('foreign-object-mismatch', { detail: 'the request proposes a payment twice', field: 'body' })
  if (iouVerified) return accept('payer-iou')
  if (!proposal) return accept('payer')
  return accept(proposal.checkout ? 'payer-checkout' : 'payer-bounds')
}

/** An unlisted merchant: its id and the host it was reached at. `0000` is no category, so no category list allows it. */
const unlisted = (cardAcceptorId: string, currency: string, audience: string): MerchantSetting => ({
  cardAcceptorId,
  currency,
  merchant: { reference_merchant_id: cardAcceptorId, merchant_name: audience, merchant_mcc: '0000' },
})

const merchantOf = (trusted: TapTrusted, settings: Settings): Outcome<MerchantSetting> => {
  const iou = trusted.wire.iou?.members ?? {}
  const [id, acquirer] = [member(iou, 'cardAcceptorId'), member(iou, 'acquirerId')]
  if (typeof id !== 'string' || id === '')
    return refuse('foreign-fields-missing', {
      detail: 'the IOU names no card acceptor',
      field: `${iouField}/cardAcceptorId`,
    })
  const listed = settings.merchants?.find((merchant) => merchant.cardAcceptorId === id)
  if (listed?.acquirerId !== undefined && listed.acquirerId !== acquirer)
    return refuse('foreign-object-mismatch', {
      detail: 'the merchant has another acquirer',
      field: `${iouField}/acquirerId`,
    })
  if (listed) return accept(listed)
  if (settings.currency !== undefined) return accept(unlisted(id, settings.currency, trusted.audience))
  return refuse('foreign-currency-missing', {
    detail: 'an IOU has no currency, and none is configured for its merchant',
    field: `${iouField}/amount`,
  })
}

/** What the merchant asked for with its 402, by invoice: `settings.protocols['visa-tap'].invoices`. */
const invoiceParts = ['amount', 'cardAcceptorId', 'acquirerId'] as const

/** An IOU has to be what the merchant asked for, where the operator says what that was. Throws `Misconfigured`. */
const checkInvoice = (iou: JsonObject, settings: Settings): Outcome<true> => {
  const invoices = member(settings.protocols?.['visa-tap'] ?? {}, 'invoices')
  if (invoices === undefined) return accept(true)
  if (!isObject(invoices)) throw new Misconfigured('visa-tap: invoices is an object by invoice id')
  const asked = member(invoices, String(member(iou, 'invoiceId')))
  const differs = (name: (typeof invoiceParts)[number]): boolean => {
    const wanted = isObject(asked) ? member(asked, name) : undefined
    return wanted !== undefined && wanted !== member(iou, name)
  }
  if (isObject(asked) && !invoiceParts.some(differs)) return accept(true)
  return refuse('foreign-object-mismatch', { detail: 'the IOU is not what the merchant asked for', field: iouField })
}

/** The checkout a verified IOU stands for. The currency and the merchant come from the operator, never from the message. */
const checkoutOfIou = (trusted: TapTrusted, settings: Settings): Outcome<Checkout> => {
  const iou = trusted.wire.iou?.members ?? {}
  const [invoiceId, amount] = [member(iou, 'invoiceId'), member(iou, 'amount')]
  if (typeof invoiceId !== 'string' || typeof amount !== 'string')
    return refuse('foreign-fields-missing', { detail: 'an IOU has invoiceId and amount as strings', field: iouField })
  const asked = checkInvoice(iou, settings)
  if (!asked.ok) return asked
  const setting = merchantOf(trusted, settings)
  if (!setting.ok) return setting
  const total = amountOfMajor(amount, setting.value.currency, `${iouField}/amount`)
  if (!total.ok) return total
  const goods = { goods_name: `Invoice ${invoiceId}`, goods_unit_amount: total.value, goods_quantity: '1' }
  const checkout: Checkout = {
    total_amount: total.value,
    merchant: setting.value.merchant,
    goods: [goods],
    reference_checkout_id: invoiceId,
  }
  const [reason] = validate('common/checkout', checkout)
  if (!reason) return accept(checkout)
  return refuse('message-malformed', {
    detail: `the IOU makes no checkout: ${reason.path.slice(0, 128)}`,
    field: iouField,
  })
}

/** Words for the user where the agent sent none. They say who speaks: nobody's words are made up. */
const composedIntent = (agent: string, { total_amount, merchant }: Checkout): Message<'trust/intent-immediate'> => ({
  raw: '(The agent sent no words of the user. The bridge composed this from what the agent proposes.)',
  desc: `The agent ${agent.slice(0, 128)} asks to pay ${writeAmount(total_amount)} to ${merchant.merchant_name}`,
})

const draftOf = (trusted: TapTrusted, kind: TapKind, settings: Settings): Outcome<Draft | undefined> => {
  const { proposal } = trusted.wire
  const { agent } = trusted.key
  const source: DraftSource = { protocol: 'visa-tap', version: tapVersion, agent: agent.id }
  const base = { kind: 'mandate-draft', status: 'inactive', source, ...neverCrosses } as const
  if (kind === 'payer-bounds' && proposal && !proposal.checkout)
    return accept({ ...base, mode: 'AUTONOMOUS', intent: proposal.intent })
  if (kind !== 'payer-iou' && kind !== 'payer-checkout') return accept(undefined)
  const checkout = kind === 'payer-iou' ? checkoutOfIou(trusted, settings) : accept(proposal?.checkout as Checkout)
  if (!checkout.ok) return checkout
  if (exponentOf(checkout.value.total_amount.currency) === undefined)
    return refuse('foreign-currency-missing', {
      detail: 'the currency is not one of ISO 4217',
      field: 'body/checkout/total_amount/currency',
    })
  const words = proposal?.checkout ? proposal.intent : undefined
  const intent = words ?? composedIntent(agent.name ?? agent.id, checkout.value)
  return accept({ ...base, mode: 'IMMEDIATE', intent, checkout: checkout.value })
}

/** What is known of the proposal itself: TAP signs no body, so a checkout beside the objects is the agent's word alone. */
const proposalEvidence = ({ wire, bodySigned }: TapTrusted, kind: TapKind): readonly Evidence[] => {
  const said = bodySigned ? 'verified' : 'unsigned'
  const hasCheckout = kind === 'payer-checkout'
  const hasIntent = wire.proposal?.intent !== undefined && (hasCheckout || kind === 'payer-bounds')
  const isComposed = !hasIntent && (hasCheckout || kind === 'payer-iou')
  return [
    { kind: 'checkout', status: hasCheckout ? said : kind === 'payer-iou' ? 'composed' : 'absent' },
    { kind: 'intent', status: hasIntent ? said : isComposed ? 'composed' : 'absent' },
    { kind: 'user-mandate', status: 'absent' },
  ]
}

/**
 * Translates. A browsing request yields an identity and nothing else, whatever its body holds; a payer request also a
 * draft where it proposes something: an AMP checkout, AMP bounds, or an IOU the agent signed.
 */
export const toAmp = (trusted: Verified<TapTrusted>, settings: Settings): Outcome<Translation> => {
  const kind = kindOf(trusted)
  if (!kind.ok) return kind
  const draft = draftOf(trusted, kind.value, settings)
  if (!draft.ok) return draft
  const accounts = account(signedFieldsOf(trusted.wire.message, trusted.wire), rulesOf(kind.value, trusted.bodySigned))
  return accept({
    identity: identityOf(trusted),
    evidence: [...trusted.evidence, ...proposalEvidence(trusted, kind.value)],
    ...(draft.value ? { draft: draft.value } : {}),
    ...accounts,
  })
}
