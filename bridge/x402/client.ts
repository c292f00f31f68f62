/** The client's side of an `amp` network: a scheme for the x402 client, which pays from channels under a mandate. */
import { isObject, type Json, type JsonObject } from '../json.ts'
import { openPurse, type Payer, type Proof, type Purse } from '../settlement/index.ts'
import { codeOf } from './facilitator.ts'
import { domain, readTerms, type Scheme, schemes } from './terms.ts'

type Requirements = { readonly scheme: string; readonly network: string }
/** What the x402 client tells a scheme about the answer to its payment. */
type PaymentResponse = {
  readonly paymentPayload: { readonly payload: Readonly<Record<string, unknown>> }
  readonly settleResponse?: {
    readonly success: boolean
    readonly transaction?: string
    readonly amount?: string
    readonly errorReason?: string
  }
  readonly paymentRequired?: { readonly error?: string }
}

/** A scheme in the shape that `x402Client.register('amp:*', …)` of @x402/core takes. */
export type AmpClientScheme = {
  readonly scheme: Scheme
  readonly createPaymentPayload: (
    x402Version: number,
    requirements: Requirements,
  ) => Promise<{ x402Version: number; payload: Record<string, unknown> }>
  readonly schemeHooks: {
    readonly onPaymentResponse: (response: PaymentResponse) => Promise<undefined | { recovered: true }>
  }
}

const learn = (purse: Purse, { paymentPayload, settleResponse, paymentRequired }: PaymentResponse): boolean => {
  const proof = paymentPayload.payload as unknown as Proof
  if (settleResponse?.success) {
    const { amount = '', transaction } = settleResponse
    return purse.learn(proof, {
      charge: /^\d{1,19}$/.test(amount) ? BigInt(amount) : undefined,
      ...(transaction ? { paymentId: transaction } : {}),
    })
  }
  const code = codeOf(settleResponse?.errorReason ?? paymentRequired?.error ?? '')
  // Any other answer leaves open what became of it: the same payment is offered again.
  return code === undefined ? false : purse.learn(proof, { refused: code })
}

const schemeOf = (scheme: Scheme, purse: Purse): AmpClientScheme => ({
  scheme,
  createPaymentPayload: async (x402Version, requirements) => {
    const version = x402Version === 1 ? 1 : 2
    const agreed = JSON.parse(JSON.stringify(requirements)) as Json
    const terms = readTerms(agreed, version)
    if (!terms.ok) throw new TypeError(`requirements on an amp network are not one: ${terms.refusal.field}`)
    const { payee, currency, scale, amount, seconds, network } = terms.value
    const proof = await purse.prove(domain, agreed, { payee, currency, scale, amount, seconds })
    // Version 1 never tells a scheme how a payment ended: each one stands for itself.
    if (version === 1) purse.learn(proof, { charge: undefined })
    const payload: JsonObject = { ...proof }
    return version === 1
      ? ({ x402Version: 1, scheme, network, payload } as { x402Version: number; payload: Record<string, unknown> })
      : { x402Version: 2, payload: isObject(payload) ? { ...payload } : {} }
  },
  schemeHooks: {
    onPaymentResponse: async (response) => (learn(purse, response) ? { recovered: true } : undefined),
  },
})

/**
 * The schemes `exact`, `upto` and `batch-settlement` of one payer, to be registered with `x402Client.register('amp:*', …)`
 * (and `registerV1` for version 1). They share the payer's channels. A payment whose answer was lost is offered again as
 * the same payment, however often the client asks for the resource; two requests that are not to be one carry an
 * `Idempotency-Key` each.
 */
export const ampClientSchemes = (payer: Payer): readonly AmpClientScheme[] => {
  const purse = openPurse(payer)
  return schemes.map((scheme) => schemeOf(scheme, purse))
}
