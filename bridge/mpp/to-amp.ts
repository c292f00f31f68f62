/** The Payment scheme in AMP's words: a charge becomes a checkout, a session and a subscription become bounds. */
import { createHash } from 'node:crypto'
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { formatTime } from '../../reference/core/time.ts'
import { canonicalJson, isMessage, type Message } from '../../schemas/index.ts'
import { account } from '../accounting.ts'
import type { Draft, Settings, Translation, Verified } from '../adapter.ts'
import { writeAmount } from '../currency.ts'
import { autonomousDraft, composed, immediateDraft, noMandate } from '../drafts.ts'
import { isObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { amountOfAtomic } from '../x402/assets.ts'
import type { Challenge } from './codec.ts'
import { mppFieldsOf, rulesOf } from './fields.ts'
import { moneyOf } from './money.ts'
import { readSubscription } from './subscription.ts'
import type { MppTrusted } from './verify.ts'

/** The texts and the package the adapter was written against. */
export const mppVersions = ['tempoxyz/mpp-specs@f9506cd', 'mppx 0.11.0'] as const

type Amount = Message<'common/amount'>
type Open = MppTrusted['challenges'][number]
type Drafted = { readonly draft: Draft; readonly index: number }

const amountAt = (challenge: Challenge, name: string, settings: Settings, field: string): Outcome<Amount> => {
  const money = moneyOf(challenge, settings)
  if (!money)
    return refuse('foreign-currency-missing', { detail: 'nobody here knows this money', field: `${field}/currency` })
  const text = textOf(challenge.request, name)
  if (text === undefined)
    return refuse('foreign-fields-missing', { detail: `there is no ${name}`, field: `${field}/${name}` })
  return amountOfAtomic(text, money, `${field}/${name}`)
}

const hostname = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/i

const merchantOf = ({ realm, request }: Challenge, settings: Settings): Message<'common/merchant'> => {
  const recipient = textOf(request, 'recipient')
  const listed = settings.merchants?.find(({ cardAcceptorId: id }) => id === recipient || id === realm)
  const id = recipient !== undefined && recipient.length <= 64 ? recipient : realm.slice(0, 64)
  return (
    listed?.merchant ?? {
      reference_merchant_id: id,
      merchant_name: realm.slice(0, 128),
      merchant_mcc: '0000',
      ...(hostname.test(realm) ? { merchant_website_url: `https://${realm.toLowerCase()}` } : {}),
    }
  )
}

const checkoutOf = (challenge: Challenge, amount: Amount, settings: Settings): Message<'common/checkout'> => {
  const { request, description, realm } = challenge
  const reference = textOf(request, 'externalId')
  const digest = createHash('sha256').update(canonicalJson(challenge)).digest('base64url')
  const id = isMessage('common/identifier', reference) ? reference : digest
  const details = member(request, 'methodDetails')
  const amp = isObject(details) ? member(details, 'amp') : undefined
  const whole = isObject(amp) ? { ...amp, total_amount: amount, reference_checkout_id: id } : undefined
  if (isMessage('common/checkout', whole)) return whole
  const name = description ?? textOf(request, 'description') ?? `Payment to ${realm}`
  return {
    total_amount: amount,
    merchant: merchantOf(challenge, settings),
    goods: [{ goods_name: name.slice(0, 256), goods_unit_amount: amount, goods_quantity: '1' }],
    reference_checkout_id: id,
  }
}

const daySeconds = 86_400

const draftOf = (trusted: MppTrusted, { challenge }: Open, settings: Settings, field: string): Outcome<Draft> => {
  const { identity, now } = trusted
  const source = { protocol: 'mpp', version: mppVersions[0], agent: identity.agent.id }
  if (challenge.intent === 'charge') {
    const amount = amountAt(challenge, 'amount', settings, field)
    if (!amount.ok) return amount
    return immediateDraft(source, identity.agent, checkoutOf(challenge, amount.value, settings), undefined, field)
  }
  if (challenge.intent !== 'session' && challenge.intent !== 'subscription')
    return refuse('foreign-constraint-unknown', { detail: 'AMP has no words for this intent', field })
  // A session says what it wants to hold, a subscription what it takes each time: neither is paid beyond that.
  const isSession = challenge.intent === 'session'
  const amount = amountAt(challenge, isSession ? 'suggestedDeposit' : 'amount', settings, field)
  if (!amount.ok) return amount
  const merchant = merchantOf(challenge, settings).merchant_name
  const desc = (bound: Amount) => `The agent asks to spend at most ${writeAmount(bound)} at ${merchant}`
  if (isSession) {
    const constraints = { budget_amount: amount.value, merchant_name_list: [merchant] }
    const intent = { raw: composed, desc: desc(amount.value), expiry_time: formatTime(now + daySeconds), constraints }
    return autonomousDraft(source, intent, field)
  }
  const subscribed = readSubscription(challenge.request, amount.value, now, field)
  if (!subscribed.ok) return subscribed
  const { budget, frequency, expires } = subscribed.value
  return autonomousDraft(
    source,
    {
      raw: composed,
      desc: `${desc(budget)}, ${writeAmount(amount.value)} each ${frequency.period}`,
      expiry_time: expires,
      constraints: {
        budget_amount: budget,
        payment_amount_max: amount.value,
        payment_frequency: frequency,
        merchant_name_list: [merchant],
      },
    },
    field,
  )
}

/** The first challenge that can be told in AMP's words, or why the first of all cannot. */
const firstOf = (trusted: MppTrusted, settings: Settings): Outcome<Drafted> => {
  let why: Extract<Outcome<Draft>, { ok: false }> | undefined
  for (const open of trusted.challenges) {
    const at = trusted.wire.kind === 'required' ? `required/${open.index}/request` : 'credential/challenge/request'
    const made = draftOf(trusted, open, settings, at)
    if (made.ok) return accept({ draft: made.value, index: open.index })
    why ??= made
  }
  return why ?? refuse('message-malformed')
}

/** Translates: the first way to pay that AMP has words for becomes a draft; the others are left. */
export const toAmp = (trusted: Verified<MppTrusted>, settings: Settings): Outcome<Translation> => {
  const made = firstOf(trusted, settings)
  if (!made.ok) return made
  const { wire, identity, evidence } = trusted
  return accept({
    identity,
    evidence: [
      evidence,
      { kind: 'payment-authorisation', status: wire.kind === 'credential' ? 'unverified' : 'absent' },
      { kind: 'intent', status: 'composed' },
      noMandate,
    ],
    draft: made.value.draft,
    ...account(mppFieldsOf(wire), rulesOf(wire, made.value.index)),
  })
}
