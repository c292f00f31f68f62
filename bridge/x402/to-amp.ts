/** x402 in AMP's words: a price becomes a checkout, a most becomes bounds, and who pays is nobody AMP knows. */
import { createHash } from 'node:crypto'
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { formatTime } from '../../reference/core/time.ts'
import { canonicalJson, isMessage, type Message } from '../../schemas/index.ts'
import { account } from '../accounting.ts'
import type { Draft, Settings, Translation, Verified } from '../adapter.ts'
import { writeAmount } from '../currency.ts'
import { autonomousDraft, composed, immediateDraft, noMandate } from '../drafts.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { amountOfAtomic, assetOf } from './assets.ts'
import { rulesOf, x402FieldsOf } from './fields.ts'
import type { X402Trusted } from './verify.ts'
import type { Requirements, X402Wire } from './wire.ts'

/** The texts and packages the adapter was written against. */
export const x402Versions = ['coinbase/x402@dd927a2 v2', 'coinbase/x402@dd927a2 v1', '@x402/core 2.27.0'] as const

type Amount = Message<'common/amount'>
/** A way to pay that is taken: which one, and what it comes to. */
type Chosen = { readonly index: number; readonly way: Requirements; readonly amount: Amount }

const choose = (
  ways: readonly (Requirements | undefined)[],
  settings: Settings,
  at: (index: number) => string,
): Outcome<Chosen> => {
  for (const [index, way] of ways.entries()) {
    const asset = way && assetOf(way, settings)
    if (!way || !asset) continue
    const amount = amountOfAtomic(way.amount, asset, `${at(index)}/amount`)
    return amount.ok ? accept({ index, way, amount: amount.value }) : amount
  }
  const isKnown = ways.some((way) => way !== undefined)
  return isKnown
    ? refuse('foreign-currency-missing', { detail: 'the operator knows none of these assets', field: at(0) })
    : refuse('foreign-constraint-unknown', { detail: 'no way to pay is one of x402', field: at(0) })
}

/** A checkout as AMP wrote it, where the other side carried it along unchanged. */
const carriedCheckout = ({ extra }: Requirements, amount: Amount): Message<'common/checkout'> | undefined => {
  const amp = member(extra, 'amp')
  const checkout = isObject(amp) ? { ...amp, total_amount: amount } : undefined
  return isMessage('common/checkout', checkout) ? checkout : undefined
}

/** A name of 43 characters for what has none of its own, or one that is too long. */
const digestOf = (value: Json): string => createHash('sha256').update(canonicalJson(value)).digest('base64url')

const websiteOf = (url: string | undefined): URL | undefined =>
  url !== undefined && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) ? new URL(url) : undefined

const merchantOf = ({ payTo }: Requirements, url: URL | undefined, settings: Settings): Message<'common/merchant'> => {
  const listed = settings.merchants?.find(({ cardAcceptorId }) => cardAcceptorId === payTo)
  return (
    listed?.merchant ?? {
      reference_merchant_id: payTo.length <= 64 ? payTo : digestOf(payTo),
      merchant_name: (url?.host ?? payTo).slice(0, 128),
      merchant_mcc: '0000',
      ...(url ? { merchant_website_url: url.origin } : {}),
    }
  )
}

const checkoutOf = (wire: X402Wire, { way, amount }: Chosen, settings: Settings): Message<'common/checkout'> => {
  const url = websiteOf(wire.resource.url)
  const name = wire.resource.description ?? wire.resource.url ?? 'a resource'
  return (
    carriedCheckout(way, amount) ?? {
      total_amount: amount,
      merchant: merchantOf(way, url, settings),
      goods: [{ goods_name: name.slice(0, 256), goods_unit_amount: amount, goods_quantity: '1' }],
      reference_checkout_id: digestOf(wire.object),
    }
  )
}

const deposits = (wire: X402Wire): JsonObject | undefined => {
  const deposit = wire.kind === 'payment' ? member(wire.payload, 'deposit') : undefined
  return isObject(deposit) ? deposit : undefined
}

const dayOfSeconds = 86_400

/** Bounds: the most that may be used, at one merchant, as long as x402 says, or a day for a channel, which has no end. */
const boundsOf = (trusted: X402Trusted, { way, amount }: Chosen, settings: Settings, field: string): Outcome<Draft> => {
  const { wire, identity, now } = trusted
  const merchant = checkoutOf(wire, { index: 0, way, amount }, settings).merchant.merchant_name
  const seconds = way.scheme === 'upto' ? Math.max(way.seconds, 1) : dayOfSeconds
  return autonomousDraft(
    { protocol: 'x402', version: x402Versions[wire.version === 2 ? 0 : 1], agent: identity.agent.id },
    {
      raw: composed,
      desc: `The agent asks to spend at most ${writeAmount(amount)} at ${merchant}`,
      expiry_time: formatTime(now + seconds),
      constraints: { budget_amount: amount, merchant_name_list: [merchant] },
    },
    field,
  )
}

type Made = { readonly draft?: Draft; readonly index: number }

const draftOf = (trusted: X402Trusted, settings: Settings): Outcome<Made> => {
  const { wire, identity } = trusted
  const at = (index: number): string => (wire.kind === 'required' ? `required/accepts/${index}` : 'payment/accepted')
  const deposit = deposits(wire)
  const ways = wire.kind === 'required' ? wire.accepts : [wire.accepted]
  // A voucher of a channel says how much was used since it opened, not what is asked for now.
  if (wire.kind === 'payment' && (!wire.accepted || (wire.accepted.scheme === 'batch-settlement' && !deposit)))
    return accept({ index: 0 })
  const amount: Json | undefined = deposit && member(deposit, 'amount')
  const chosen = choose(typeof amount === 'string' ? ways.map((way) => way && { ...way, amount }) : ways, settings, at)
  if (!chosen.ok) return chosen
  const { index, way } = chosen.value
  const draft: Outcome<Draft> =
    way.scheme === 'upto' || deposit
      ? boundsOf(trusted, chosen.value, settings, at(index))
      : immediateDraft(
          { protocol: 'x402', version: x402Versions[wire.version === 2 ? 0 : 1], agent: identity.agent.id },
          identity.agent,
          checkoutOf(wire, chosen.value, settings),
          undefined,
          at(index),
        )
  return draft.ok ? accept({ draft: draft.value, index }) : draft
}

/** Translates: the first way to pay in money the operator knows becomes a draft; the others are left. */
export const toAmp = (trusted: Verified<X402Trusted>, settings: Settings): Outcome<Translation> => {
  const made = draftOf(trusted, settings)
  if (!made.ok) return made
  const { wire, identity, authorisation } = trusted
  const { draft, index } = made.value
  return accept({
    identity,
    evidence: [
      { kind: 'payment-required', status: wire.kind === 'required' ? 'unsigned' : 'absent' },
      authorisation,
      { kind: 'intent', status: draft ? 'composed' : 'absent' },
      noMandate,
    ],
    ...(draft ? { draft } : {}),
    ...account(x402FieldsOf(wire), rulesOf(wire, index)),
  })
}
