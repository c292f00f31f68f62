/** Trusted UCP in AMP's words: who sent it, and one checkout where a signed message hands one over that is ready. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Message } from '../../schemas/index.ts'
import { account, type FieldRule } from '../accounting.ts'
import type { Draft, Evidence, ForeignIdentity, MerchantSetting, Settings, Translation, Verified } from '../adapter.ts'
import { immediateDraft, keyProof, noMandate } from '../drafts.ts'
import { isObject, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { authorityOf } from '../message.ts'
import { ap2MerchantOf, handlerIn, toAmpCheckout } from './checkout.ts'
import { checkoutRulesOf, rulesOf, ucpFieldsOf } from './fields.ts'
import { issuersOf, type UcpTrusted } from './verify.ts'
import { ucpNewest } from './versions.ts'

type Merchant = Message<'common/merchant'>

/** What a draft would be made of: the checkout handed over, or the one a mandate embeds. */
const offerOf = ({ wire, sender, embedded }: UcpTrusted): JsonObject | undefined => {
  if (!sender) return undefined
  if (embedded) return embedded.checkout
  return wire.kind === 'checkout' && member(wire.body, 'status') === 'ready_for_complete' ? wire.body : undefined
}

/** The business as the operator lists it: by the host it signs, serves or continues the checkout from. */
const listedOf = (offer: JsonObject, { business }: UcpTrusted, settings: Settings): MerchantSetting | undefined => {
  const hosts = (business.issuer === undefined ? issuersOf(offer) : [business.issuer]).map((url) => new URL(url).host)
  return settings.merchants?.find(({ cardAcceptorId }) => hosts.includes(cardAcceptorId))
}

/** Whose checkout it is. What the operator knows of a business cannot be contradicted by the business itself. */
const merchantOf = (offer: JsonObject, listed: MerchantSetting | undefined): Outcome<Merchant> => {
  const config = handlerIn(offer)
  if (!config.ok) return config
  const named = config.value?.merchant ?? ap2MerchantOf(offer, listed?.merchant.merchant_mcc)
  if (!named && !listed)
    return refuse('foreign-fields-missing', {
      detail: 'nothing names the merchant: no AMP handler, no member merchant, and the operator does not list it',
      field: 'body/ucp/payment_handlers',
    })
  if (named && listed && named.reference_merchant_id !== listed.merchant.reference_merchant_id)
    return refuse('foreign-object-mismatch', {
      detail: 'the merchant named is not the one the operator lists for this business',
      field: 'body/ucp/payment_handlers',
    })
  return accept(named ?? (listed as MerchantSetting).merchant)
}

const identityOf = ({ wire, sender }: UcpTrusted, isPayment: boolean): ForeignIdentity => {
  const interaction = isPayment || wire.kind === 'complete' ? 'payment' : 'browse'
  if (!sender) return { protocol: 'ucp', interaction, agent: { id: `ucp:${wire.profile ?? 'unknown'}` }, proof: 'none' }
  const { agent, key, algorithm, directory, created, expires } = sender
  return {
    protocol: 'ucp',
    interaction,
    agent,
    directory,
    ...keyProof(key, algorithm),
    audience: authorityOf(wire.message),
    ...(created === undefined ? {} : { created }),
    ...(expires === undefined ? {} : { expires }),
  }
}

const wordsOf = (offer: JsonObject): string | undefined => {
  const context = member(offer, 'context')
  return isObject(context) ? textOf(context, 'intent') : undefined
}

const draftOf = (
  offer: JsonObject,
  trusted: UcpTrusted,
  agent: ForeignIdentity['agent'],
  listed: MerchantSetting | undefined,
): Outcome<Draft> => {
  const merchant = merchantOf(offer, listed)
  if (!merchant.ok) return merchant
  const checkout = toAmpCheckout(offer, merchant.value)
  if (!checkout.ok) return checkout
  const ucp = member(offer, 'ucp')
  const version = (isObject(ucp) ? textOf(ucp, 'version') : undefined) ?? trusted.wire.version ?? ucpNewest
  const source = { protocol: 'ucp', version, agent: agent.id }
  const made = immediateDraft(source, agent, checkout.value, undefined, 'body')
  const words = wordsOf(offer)
  if (!made.ok || words === undefined) return made
  return immediateDraft(
    source,
    agent,
    checkout.value,
    { raw: words, desc: made.value.intent.desc },
    'body/context/intent',
  )
}

const evidenceOf = (trusted: UcpTrusted, offer: JsonObject | undefined, isListed: boolean): readonly Evidence[] => {
  const { wire, sender, business } = trusted
  const mandate: Evidence = { kind: 'checkout-mandate', ...(trusted.mandate ?? { status: 'absent' }) }
  return [
    { kind: 'proof', status: sender ? 'verified' : 'unsigned' },
    { kind: 'checkout', status: business.status, ...(business.issuer === undefined ? {} : { why: business.issuer }) },
    // Listed by a page it links is no proof: only a business that signed is the one the operator lists.
    {
      kind: 'merchant',
      status: offer === undefined ? 'absent' : isListed && business.status === 'verified' ? 'verified' : 'unverified',
    },
    mandate,
    {
      kind: 'instrument',
      status: wire.instrument?.credential ? 'unverified' : 'absent',
      ...(wire.instrument?.credential ? { why: 'the acquirer judges the payment token' } : {}),
    },
    ...(wire.kind === 'order' ||
    wire.kind === 'profile' ||
    wire.kind === 'object' ||
    (wire.kind === 'checkout' && !offer)
      ? [{ kind: 'object', status: sender ? ('verified' as const) : ('unsigned' as const), why: wire.kind }]
      : []),
    {
      kind: 'intent',
      status: offer === undefined ? 'absent' : wordsOf(offer) === undefined ? 'composed' : 'unverified',
    },
    noMandate,
  ]
}

const rulesFor = ({ wire, sender, embedded }: UcpTrusted, offer: JsonObject | undefined): readonly FieldRule[] => {
  if (!sender) return rulesOf('unsigned')
  if (embedded) return rulesOf('mandate')
  if (offer) return checkoutRulesOf(wire.at)
  return rulesOf(wire.kind === 'request' || wire.kind === 'complete' ? wire.kind : 'object')
}

/** Translates. Only a checkout that is ready, in a message somebody signed, becomes a draft. */
export const toAmp = (trusted: Verified<UcpTrusted>, settings: Settings): Outcome<Translation> => {
  const offer = offerOf(trusted)
  const listed = offer ? listedOf(offer, trusted, settings) : undefined
  const identity = identityOf(trusted, offer !== undefined)
  const draft = offer ? draftOf(offer, trusted, identity.agent, listed) : accept(undefined)
  if (!draft.ok) return draft
  return accept({
    identity,
    evidence: evidenceOf(trusted, offer, listed !== undefined),
    ...(draft.value ? { draft: draft.value } : {}),
    ...account(ucpFieldsOf(trusted.wire, trusted.embedded?.checkout), rulesFor(trusted, offer)),
  })
}
