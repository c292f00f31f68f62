/** Trusted KYAPay tokens in AMP's words: an identity, and bounds where a token may be charged. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { formatTime } from '../../reference/core/time.ts'
import type { Message } from '../../schemas/index.ts'
import { account } from '../accounting.ts'
import type { Draft, ForeignIdentity, Settings, Translation, Verified } from '../adapter.ts'
import { amountOfMajor, writeAmount } from '../currency.ts'
import { autonomousDraft, composed, keyProof, noMandate } from '../drafts.ts'
import { isObject, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { kyaFieldsOf, rulesOf } from './fields.ts'
import type { KyaTrusted } from './verify.ts'
import type { Token } from './wire.ts'

/** The draft the adapter was written against. */
export const kyaVersion = 'draft-skyfire-oauth-kyapay-token-02'

const objectOf = (claims: JsonObject, name: string): JsonObject => {
  const value = member(claims, name)
  return isObject(value) ? value : {}
}

const identityOf = ({ wire, key, directory }: KyaTrusted): ForeignIdentity => {
  const [first] = wire.tokens
  const who = wire.tokens.find(({ type }) => type !== 'pay') ?? (first as Token)
  const name = textOf(objectOf(who.claims, 'aid'), 'name')
  return {
    protocol: 'kyapay',
    interaction: wire.tokens.some(({ type }) => type !== 'kya') ? 'payment' : 'browse',
    agent: { id: `${who.issuer}#${textOf(who.claims, 'sub')}`, ...(name ? { name } : {}), domain: who.issuer },
    directory,
    ...keyProof(key, 'ES256'),
    audience: who.audience,
    created: Math.min(...wire.tokens.map(({ issuedAt }) => issuedAt)),
    expires: Math.min(...wire.tokens.map(({ expires }) => expires)),
  }
}

const amountField = 'token/amt'

/** The seller as AMP knows it: the merchant the operator configured for the account, else the account itself. */
const sellerOf = ({ claims, audience }: Token, settings: Settings): string => {
  const names = [audience, textOf(claims, 'tsi'), textOf(claims, 'tdm')]
  const listed = settings.merchants?.find(({ cardAcceptorId }) => names.includes(cardAcceptorId))
  return listed?.merchant.reference_merchant_id ?? audience
}

const priceOf = (claims: JsonObject, currency: string): Outcome<Message<'common/amount'> | undefined> => {
  const [scheme, price] = [textOf(claims, 'tps')?.toLowerCase(), textOf(claims, 'tpr')]
  if (scheme === 'subscription')
    return refuse('foreign-constraint-unknown', { detail: 'AMP bounds have no subscription', field: 'token/tps' })
  return scheme === 'pay_per_use' && price !== undefined
    ? amountOfMajor(price, currency, 'token/tpr')
    : accept(undefined)
}

const requestsOf = (claims: JsonObject): Outcome<number | undefined> => {
  const value = member(claims, 'mnr')
  if (value === undefined) return accept(undefined)
  const count = typeof value === 'string' && /^\d{1,7}$/.test(value) ? Number(value) : value
  if (typeof count === 'number' && Number.isSafeInteger(count) && count > 0 && count <= 1_000_000) return accept(count)
  return refuse('foreign-constraint-unknown', {
    detail: 'the number of requests is no bound AMP has',
    field: 'token/mnr',
  })
}

const boundsOf = (token: Token, agent: ForeignIdentity['agent'], settings: Settings): Outcome<Draft> => {
  const { claims, expires } = token
  const currency = textOf(claims, 'cur') ?? ''
  const budget = amountOfMajor(textOf(claims, 'amt') ?? '', currency, amountField)
  if (!budget.ok) return budget
  if (budget.value.value === '0' || !/[1-9]/.test(textOf(claims, 'val') ?? ''))
    return refuse('foreign-fields-missing', { detail: 'a token of nothing may not be charged', field: amountField })
  const [price, requests] = [priceOf(claims, currency), requestsOf(claims)]
  if (!price.ok) return price
  if (!requests.ok) return requests
  return autonomousDraft(
    { protocol: 'kyapay', version: kyaVersion, agent: agent.id },
    {
      raw: composed,
      desc: `The agent ${(agent.name ?? agent.id).slice(0, 128)} asks to spend up to ${writeAmount(budget.value)} at one seller`,
      expiry_time: formatTime(expires),
      constraints: {
        budget_amount: budget.value,
        merchant_allow_list: [sellerOf(token, settings).slice(0, 64)],
        ...(price.value ? { payment_amount_max: price.value } : {}),
        ...(requests.value === undefined ? {} : { payment_frequency: { count: requests.value, period: 'month' } }),
      },
    },
    amountField,
  )
}

/** Translates. A kya token identifies; a pay token asks for bounds at one seller until it expires. */
export const toAmp = (trusted: Verified<KyaTrusted>, settings: Settings): Outcome<Translation> => {
  const identity = identityOf(trusted)
  const pay = trusted.wire.tokens.find(({ type }) => type !== 'kya')
  const draft = pay ? boundsOf(pay, identity.agent, settings) : accept(undefined)
  if (!draft.ok) return draft
  return accept({
    identity,
    evidence: [...trusted.evidence, { kind: 'intent', status: pay ? 'composed' : 'absent' }, noMandate],
    ...(draft.value ? { draft: draft.value } : {}),
    ...account(kyaFieldsOf(trusted.wire), rulesOf(pay ? 'payment' : 'identity')),
  })
}
