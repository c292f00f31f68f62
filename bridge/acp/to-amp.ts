/** Trusted ACP in AMP's words: who sent it, one checkout where a session is ready, bounds where a payment is delegated. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { formatTime } from '../../reference/core/time.ts'
import type { Message } from '../../schemas/index.ts'
import { account, type FieldRule } from '../accounting.ts'
import type { Draft, Evidence, ForeignIdentity, MerchantSetting, Settings, Translation, Verified } from '../adapter.ts'
import { writeAmount } from '../currency.ts'
import { autonomousDraft, composed, immediateDraft, noMandate } from '../drafts.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { authorityOf, fieldsOf } from '../message.ts'
import { rulesOf, sessionRulesOf } from './fields.ts'
import { ampHandlerAt, handlerIn, handlersIn, toAmpCheckout } from './session.ts'
import type { AcpTrusted } from './verify.ts'
import type { AcpAllowance } from './wire.ts'

type Merchant = Message<'common/merchant'>

const isOffer = ({ wire, proof }: AcpTrusted): boolean =>
  proof !== 'none' && wire.kind === 'session' && member(wire.body, 'status') === 'ready_for_payment'

/** Names a merchant may go by in a session: its account at a payment provider, the hosts of its pages. */
const namesIn = (session: JsonObject): readonly string[] => {
  const provider = member(session, 'payment_provider')
  const accounts = [
    isObject(provider) ? textOf(provider, 'merchant_id') : undefined,
    ...handlersIn(session).map((handler) => {
      const config = member(handler, 'config')
      return isObject(config) ? textOf(config, 'merchant_id') : undefined
    }),
  ]
  const links: Json | undefined = member(session, 'links')
  const hosts = (Array.isArray(links) ? links : []).flatMap((link: Json) => {
    const url = isObject(link) ? textOf(link, 'url') : undefined
    return url !== undefined && URL.canParse(url) ? [new URL(url).host] : []
  })
  return [...accounts, ...hosts].filter((name) => name !== undefined)
}

const listedOf = (names: readonly string[], { merchants = [] }: Settings): MerchantSetting | undefined =>
  merchants.find(({ cardAcceptorId }) => names.includes(cardAcceptorId))

const merchantOf = (session: JsonObject, listed: MerchantSetting | undefined): Outcome<Merchant> => {
  const field = 'body/capabilities/payment/handlers'
  const config = handlerIn(session)
  if (!config.ok) return config
  const named = config.value?.merchant
  if (!named && !listed)
    return refuse('foreign-fields-missing', {
      detail: 'nothing names the merchant: no AMP handler, and the operator does not list it',
      field,
    })
  if (named && listed && named.reference_merchant_id !== listed.merchant.reference_merchant_id)
    return refuse('foreign-object-mismatch', {
      detail: 'the merchant named is not the one the operator lists for this session',
      field,
    })
  return accept(named ?? (listed as MerchantSetting).merchant)
}

const boundsOf = (
  { maxAmount, sessionId, merchantId, expiresAt }: AcpAllowance,
  { agent, wire }: AcpTrusted,
  settings: Settings,
): Outcome<Draft> => {
  const listed = listedOf([merchantId], settings)
  return autonomousDraft(
    { protocol: 'acp', version: wire.version, agent: agent.id },
    {
      raw: composed,
      desc: `The agent ${agent.id.slice(0, 128)} asks to pay once, up to ${writeAmount(maxAmount)}, for the order ${sessionId.slice(0, 128)}`,
      expiry_time: formatTime(expiresAt),
      constraints: {
        budget_amount: maxAmount,
        merchant_allow_list: [(listed?.merchant.reference_merchant_id ?? merchantId).slice(0, 64)],
        payment_frequency: { count: 1, period: 'month' },
      },
    },
    'body/allowance',
  )
}

const draftOf = (
  trusted: AcpTrusted,
  listed: MerchantSetting | undefined,
  settings: Settings,
): Outcome<Draft | undefined> => {
  const { wire, agent, proof } = trusted
  if (wire.allowance && proof !== 'none') return boundsOf(wire.allowance, trusted, settings)
  if (!isOffer(trusted)) return accept(undefined)
  const merchant = merchantOf(wire.body, listed)
  if (!merchant.ok) return merchant
  const checkout = toAmpCheckout(wire.body, merchant.value)
  if (!checkout.ok) return checkout
  const source = { protocol: 'acp', version: wire.version, agent: agent.id }
  return immediateDraft(source, agent, checkout.value, undefined, 'body')
}

const identityOf = ({ wire, agent, proof, created }: AcpTrusted, isPayment: boolean): ForeignIdentity => ({
  protocol: 'acp',
  interaction: isPayment || wire.kind === 'complete' || wire.kind === 'delegate' ? 'payment' : 'browse',
  agent,
  proof,
  ...(proof === 'none' ? {} : { audience: authorityOf(wire.message), ...(created === undefined ? {} : { created }) }),
})

const evidenceOf = (trusted: AcpTrusted, hasDraft: boolean, isListed: boolean): readonly Evidence[] => {
  const { wire, proof, isSigned } = trusted
  const isProven = proof !== 'none'
  const hasToken = wire.instrument?.credential !== undefined
  return [
    { kind: 'proof', status: isProven ? 'verified' : 'unsigned' },
    { kind: 'signature', status: isSigned ? 'verified' : 'absent' },
    // No merchant signs a session: what the operator lists is found by what the session itself says.
    isOffer(trusted)
      ? { kind: 'merchant', status: 'unverified', why: isListed ? 'the operator lists it' : 'the session names it' }
      : { kind: 'merchant', status: 'absent' },
    hasToken
      ? { kind: 'instrument', status: 'unverified', why: 'the acquirer judges the payment token' }
      : { kind: 'instrument', status: 'absent' },
    ...(wire.kind === 'event' || wire.kind === 'object' || (wire.kind === 'session' && !hasDraft)
      ? [{ kind: 'object', status: isProven ? ('verified' as const) : ('unsigned' as const), why: wire.kind }]
      : []),
    { kind: 'intent', status: hasDraft ? 'composed' : 'absent' },
    noMandate,
  ]
}

const rulesFor = (trusted: AcpTrusted): readonly FieldRule[] => {
  const { wire, proof } = trusted
  if (proof === 'none') return rulesOf('unproven')
  if (isOffer(trusted)) return sessionRulesOf(ampHandlerAt(wire.body))
  if (wire.kind === 'complete' || wire.kind === 'request' || wire.kind === 'delegate') return rulesOf(wire.kind)
  return rulesOf('object')
}

/** Translates. Only what a known platform hands over becomes a draft: a session that is ready, or an allowance. */
export const toAmp = (trusted: Verified<AcpTrusted>, settings: Settings): Outcome<Translation> => {
  const listed = isOffer(trusted) ? listedOf(namesIn(trusted.wire.body), settings) : undefined
  const draft = draftOf(trusted, listed, settings)
  if (!draft.ok) return draft
  return accept({
    identity: identityOf(trusted, draft.value !== undefined),
    evidence: evidenceOf(trusted, draft.value !== undefined, listed !== undefined),
    ...(draft.value ? { draft: draft.value } : {}),
    ...account(fieldsOf(trusted.wire.message), rulesFor(trusted)),
  })
}
