/** Visa Intelligent Commerce: an instruction asks for bounds, a request for credentials proposes one purchase. */
import type { Message } from '../../schemas/index.ts'
import type { ForeignProtocol, ForeignRequest, Manner } from './protocol.ts'
import { signed } from './signed-request.ts'

/** Decimals of the currencies the suite pays in. */
const exponents: Readonly<Record<string, number>> = { JPY: 0, USD: 2, KWD: 3 }

const major = ({ currency, value }: Message<'common/amount'>): string => {
  const exponent = exponents[currency] ?? 2
  const digits = value.padStart(exponent + 1, '0')
  return exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}

const posted = (path: string, content: object, manner: Manner): Promise<ForeignRequest> => {
  const body = JSON.stringify({ clientReferenceId: `client-${manner.nonce}`, tokenId: 'token-a', ...content })
  const headers = { 'content-type': 'application/json' }
  return signed({ method: 'POST', path: `/vacp/v1/${path}`, headers, body }, 'agent-payer-auth', manner)
}

const pay = (order: Message<'common/checkout'>, manner: Manner): Promise<ForeignRequest> => {
  const { total_amount, merchant, reference_checkout_id } = order
  const transaction = {
    transactionReferenceId: reference_checkout_id,
    transactionType: 'PURCHASE',
    transactionAmount: { transactionAmount: major(total_amount), transactionCurrencyCode: total_amount.currency },
    merchantName: merchant.merchant_name,
    merchantId: merchant.reference_merchant_id,
    merchantCategoryCode: merchant.merchant_mcc,
    merchantUrl: 'https://shop.suite.example/',
    merchantCountryCode: 'US',
  }
  return posted('instructions/instruction-a/credentials', { transactionData: [transaction] }, manner)
}

const instruct = (intent: Message<'trust/intent-autonomous'>, manner: Manner): Promise<ForeignRequest> => {
  const { raw, desc, expiry_time, constraints } = intent
  const mandate = {
    mandateId: `mandate-${manner.nonce}`,
    description: desc,
    declineThreshold: {
      amount: major(constraints.budget_amount),
      currencyCode: constraints.budget_amount.currency,
    },
    effectiveUntilTime: String(Date.parse(expiry_time) / 1000),
  }
  return posted('instructions', { consumerPrompt: raw, mandates: [mandate] }, manner)
}

/** A platform signs its requests; there are no lines of goods. */
export const visaIntelligentCommerce: ForeignProtocol = {
  protocol: 'visa-intelligent-commerce',
  windowMax: 480,
  pay,
  ordered: ({ total_amount, merchant, reference_checkout_id }) => ({ total_amount, merchant, reference_checkout_id }),
  delegate: instruct,
  bounded: ({ raw, desc, expiry_time, constraints: { budget_amount } }) => ({
    ...{ raw, desc, expiry_time },
    constraints: { budget_amount },
  }),
  look: (manner) => posted('cards', {}, manner),
}
