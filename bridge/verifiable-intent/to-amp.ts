/** A trusted Verifiable Intent bundle in AMP's words: evidence of another rail, and a proposal the user decides anew. */
import { accept, type Outcome } from '../../reference/core/outcome.ts'
import { formatTime } from '../../reference/core/time.ts'
import { account } from '../accounting.ts'
import type { Draft, DraftSource, Evidence, Translation, Verified } from '../adapter.ts'
import { writeAmount } from '../currency.ts'
import { autonomousDraft, composed, immediateDraft, keyProof, noMandate } from '../drafts.ts'
import { isObject, type JsonObject, member } from '../json.ts'
import { epochOf, textOf } from '../jws.ts'
import { boundsOf, minorOf } from './constraints.ts'
import { type IntentKind, intentFieldsOf, rulesOf } from './fields.ts'
import type { IntentTrusted } from './verify.ts'

/** The draft the adapter was written against. */
export const intentVersion = 'agent-intent/verifiable-intent@356c296'

const objectOf = (claims: JsonObject, name: string): JsonObject => {
  const value = member(claims, name)
  return isObject(value) ? value : {}
}

const wordsOf = ({ payment, checkout }: IntentTrusted): string | undefined =>
  textOf(checkout ?? {}, 'prompt_summary') ?? textOf(payment, 'prompt_summary')

const checkoutOf = (trusted: IntentTrusted, claims: JsonObject, source: DraftSource): Outcome<Draft> => {
  const [amount, payee] = [objectOf(claims, 'payment_amount'), objectOf(claims, 'payee')]
  const minor = minorOf(member(amount, 'amount'))
  const total = { currency: textOf(amount, 'currency') ?? '', value: minor === undefined ? '' : String(minor) }
  const [name = '', website, id] = ['name', 'website', 'id'].map((each) => textOf(payee, each))
  const host = website !== undefined && URL.canParse(website) ? new URL(website).host : undefined
  return immediateDraft(
    source,
    { id: source.agent },
    {
      total_amount: total,
      merchant: {
        reference_merchant_id: id ?? host ?? name,
        merchant_name: name,
        merchant_mcc: '0000',
        ...(website === undefined ? {} : { merchant_website_url: website }),
      },
      goods: [{ goods_name: `Order at ${name}`.slice(0, 256), goods_unit_amount: total, goods_quantity: '1' }],
      reference_checkout_id: textOf(claims, 'transaction_id') ?? '',
    },
    wordsOf(trusted) === undefined
      ? undefined
      : { raw: wordsOf(trusted) ?? '', desc: `Pay ${writeAmount(total)} to ${name}` },
    trusted.execution ? 'l3a/claims/delegate_payload' : 'l2/claims/delegate_payload',
  )
}

const openDraft = (trusted: IntentTrusted, source: DraftSource): Outcome<Draft> => {
  const bounds = boundsOf(trusted.constraints)
  if (!bounds.ok) return bounds
  const expires = epochOf(trusted.wire.layers.l2.jws.claims, 'exp') ?? 0
  const budget = writeAmount(bounds.value.budget_amount)
  const intent = {
    raw: wordsOf(trusted) ?? composed,
    desc: `The agent ${source.agent.slice(0, 128)} asks to spend up to ${budget}`,
    expiry_time: formatTime(expires),
    constraints: bounds.value,
  }
  return autonomousDraft(source, intent, 'l2/claims/delegate_payload')
}

export const kindOf = ({ mode, execution, wire }: IntentTrusted): IntentKind => {
  if (mode === 'immediate') return 'final'
  if (execution) return 'executed'
  return wire.layers.l3b ? 'checkout-only' : 'open'
}

/** Translates. What the user signed on the other rail is evidence beside the draft: it cannot be signed again here. */
export const toAmp = (trusted: Verified<IntentTrusted>): Outcome<Translation> => {
  const { wire, directory, key, payment, execution } = trusted
  const kind = kindOf(trusted)
  const { claims } = wire.layers.l2.jws
  const agent = textOf(claims, 'aud') ?? ''
  const source = { protocol: 'verifiable-intent', version: intentVersion, agent }
  const draft =
    kind === 'checkout-only'
      ? accept(undefined)
      : kind === 'open'
        ? openDraft(trusted, source)
        : checkoutOf(trusted, execution ?? payment, source)
  if (!draft.ok) return draft
  const layers = (['l1', 'l2', 'l3a', 'l3b'] as const).map(
    (name): Evidence => ({ kind: name, status: wire.layers[name] ? 'verified' : 'absent' }),
  )
  return accept({
    identity: {
      protocol: 'verifiable-intent',
      interaction: 'payment',
      agent: { id: agent },
      directory,
      ...keyProof(key, 'ES256'),
      ...(trusted.audiences[0] === undefined ? {} : { audience: trusted.audiences[0] }),
      created: epochOf(claims, 'iat') ?? 0,
      expires: epochOf(claims, 'exp') ?? 0,
    },
    evidence: [
      ...layers,
      { kind: 'audience', status: trusted.isAudienceKnown ? 'verified' : 'unverified' },
      { kind: 'intent', status: draft.value ? (wordsOf(trusted) === undefined ? 'composed' : 'verified') : 'absent' },
      noMandate,
    ],
    ...(draft.value ? { draft: draft.value } : {}),
    ...account(intentFieldsOf(wire), rulesOf(kind)),
  })
}
