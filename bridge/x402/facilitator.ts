/** An x402 facilitator for an `amp` network: what it verifies and settles are payments under AMP mandates, over clearing. */
import type { Refusal } from '../../reference/core/outcome.ts'
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { canonicalJson } from '../../schemas/index.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { type Order, readProof, type Standing, type Till } from '../settlement/index.ts'
import { type AmpTerms, domain, readTerms, schemes } from './terms.ts'

/** Answers of a facilitator, in the words of x402. */
export type VerifyAnswer = {
  readonly isValid: boolean
  readonly payer?: string
  readonly invalidReason?: string
  readonly invalidMessage?: string
}
export type SettleAnswer = {
  readonly success: boolean
  readonly transaction: string
  readonly network: string
  readonly payer?: string
  readonly amount?: string
  readonly errorReason?: string
  readonly errorMessage?: string
  readonly extra?: JsonObject
}

/** A facilitator as functions: bodies of `/verify` and `/settle` in, answers out. */
export type Facilitator = {
  readonly verify: (body: Json) => Promise<VerifyAnswer>
  readonly settle: (body: Json) => Promise<SettleAnswer>
  readonly supported: () => JsonObject
}

/** `network` is like `amp:main`; `scale` is what servers are told to price in where they say nothing. */
export type FacilitatorParts = { readonly till: Till; readonly network: string; readonly scale?: number }

/** A reason as x402 writes reasons: `amp_` and the code of the refusal, so that a client can read it back. */
export const reasonOf = (code: string): string => `amp_${code.replaceAll('-', '_')}`

/** The code a reason stands for, or nothing for the reason of somebody else. */
export const codeOf = (reason: string): string | undefined =>
  /^amp_([a-z0-9_]+)$/.exec(reason)?.[1]?.replaceAll('_', '-')

type Request = { readonly order: Order; readonly terms: AmpTerms; readonly asked: JsonObject }

/** A body, read; a text where x402 has its own reason for what is wrong with it. */
const readRequest = (body: Json, network: string): Outcome<Request> | string => {
  if (!isObject(body)) return 'invalid_payload'
  const [version, payload, asked] = ['x402Version', 'paymentPayload', 'paymentRequirements'].map((name) =>
    member(body, name),
  )
  if (version !== 1 && version !== 2) return 'invalid_x402_version'
  if (!isObject(payload) || member(payload, 'x402Version') !== version) return 'invalid_payload'
  if (!isObject(asked)) return 'invalid_payment_requirements'
  // What the payer saw and signed for; version 1 does not send it back, so it is what the server asks for now.
  const agreed = version === 1 ? asked : member(payload, 'accepted')
  const said = version === 1 ? payload : agreed
  if (!isObject(agreed) || !isObject(said)) return 'invalid_payload'
  const terms = readTerms(agreed, version)
  if (!terms.ok) return terms.refusal.field === 'scheme' ? 'unsupported_scheme' : 'invalid_payment_requirements'
  if (terms.value.network !== network || member(said, 'network') !== network) return 'invalid_network'
  if (member(said, 'scheme') !== terms.value.scheme) return 'invalid_scheme'
  // The amount of `upto` and `batch-settlement` is the most at first and what was used at last; all else stays.
  const fixed = terms.value.scheme === 'exact' ? agreed : { ...agreed, amount: member(asked, 'amount') ?? null }
  if (canonicalJson(fixed) !== canonicalJson(asked)) return 'invalid_payment_requirements'
  const proof = readProof(member(payload, 'payload'))
  if (!proof.ok) return proof
  const { payee, currency, scale, amount, seconds, request, isKeyed } = terms.value
  return accept({
    terms: terms.value,
    asked,
    order: {
      domain,
      agreed,
      payee,
      currency,
      scale,
      amount,
      ...(isKeyed && request !== undefined ? { key: request } : {}),
      windowMax: seconds,
      proof: proof.value,
    },
  })
}

/** What is to be taken: all of it, or what the server says was used. */
const chargeOf = ({ terms, asked }: Request): Outcome<bigint> => {
  if (terms.scheme === 'exact') return accept(terms.amount)
  const text = member(asked, 'amount')
  if (typeof text !== 'string' || !/^(0|[1-9]\d{0,18})$/.test(text)) return refuse('micro-amount-malformed')
  const charge = BigInt(text)
  return charge > terms.amount ? refuse('delivered-exceeds-authorised') : accept(charge)
}

const stateOf = ({ payment, channel }: Standing): JsonObject => ({
  chargedAmount: payment.charge.toString(),
  channelState: {
    channelId: payment.channelId,
    balance: channel.cap.toString(),
    chargedCumulativeAmount: payment.reached.toString(),
  },
})

/** Makes a facilitator over a till. It holds no money and signs nothing: it shows clearing what payers signed. */
export const createFacilitator = ({ till, network, scale = 6 }: FacilitatorParts): Facilitator => {
  const failed = (errorReason: string, transaction = '', errorMessage?: string): SettleAnswer => ({
    success: false,
    transaction,
    network,
    errorReason,
    ...(errorMessage === undefined ? {} : { errorMessage }),
  })
  const settleRefused = (refusal: Refusal, paymentId: string): SettleAnswer =>
    // Known to x402 as pending: a server asks once more, and the record sees to it that it is once altogether.
    refusal.code === 'clearing-busy'
      ? failed('settlement_pending', paymentId)
      : failed(reasonOf(refusal.code), '', refusal.detail)
  return {
    verify: async (body) => {
      const read = readRequest(body, network)
      if (typeof read === 'string') return { isValid: false, invalidReason: read }
      const standing = read.ok ? await till.verify(read.value.order) : read
      if (standing.ok) return { isValid: true, payer: standing.value.channel.payer }
      const { code, detail } = standing.refusal
      return {
        isValid: false,
        invalidReason: reasonOf(code),
        ...(detail === undefined ? {} : { invalidMessage: detail }),
      }
    },
    settle: async (body) => {
      const read = readRequest(body, network)
      if (typeof read === 'string') return failed(read)
      if (!read.ok) return settleRefused(read.refusal, '')
      const charge = chargeOf(read.value)
      if (!charge.ok) return settleRefused(charge.refusal, '')
      const { order, terms } = read.value
      const standing = await till.settle(order, charge.value, terms.scheme === 'batch-settlement')
      if (!standing.ok) return settleRefused(standing.refusal, order.proof.nonce)
      const { payment, channel } = standing.value
      return {
        success: true,
        transaction: payment.paymentId,
        network,
        payer: channel.payer,
        amount: payment.charge.toString(),
        extra: stateOf(standing.value),
      }
    },
    supported: () => ({
      kinds: [
        ...schemes.map((scheme) => ({ x402Version: 2, scheme, network, extra: { scale } })),
        { x402Version: 1, scheme: 'exact', network, extra: { scale } },
      ],
      extensions: [],
      signers: {},
    }),
  }
}
