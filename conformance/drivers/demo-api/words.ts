/** Messages of AMP in the words of the published demo, and back: checkouts, constraints, intents, budgets, result codes. */
import type { Message, ProblemCode } from '../../../schemas/index.ts'
import { problemKinds } from '../../../schemas/index.ts'
import { isObject } from '../../layers.ts'
import { type AmountSpelling, readAmount, writeAmount } from './spelling.ts'

type Checkout = Message<'common/checkout'>
type Constraints = Message<'trust/constraints'>

/** A checkout with camelCase names. */
export const writeCheckout = (checkout: Checkout, spelling: AmountSpelling): object => {
  const { total_amount, merchant, goods, reference_checkout_id } = checkout
  return {
    totalAmount: writeAmount(total_amount, spelling),
    merchant: {
      referenceMerchantId: merchant.reference_merchant_id,
      merchantName: merchant.merchant_name,
      merchantMcc: merchant.merchant_mcc,
      merchantWebsiteUrl: merchant.merchant_website_url,
    },
    goods: goods.map((line) => ({
      goodsName: line.goods_name,
      goodsUnitAmount: writeAmount(line.goods_unit_amount, spelling),
      goodsQuantity: line.goods_quantity,
    })),
    referenceCheckoutId: reference_checkout_id,
  }
}

/** A checkout as a call of the target carries it. */
export const readCheckout = (written: unknown): Checkout => {
  const { totalAmount, merchant, goods, referenceCheckoutId } = isObject(written) ? written : {}
  const shop = isObject(merchant) ? merchant : {}
  return {
    total_amount: readAmount(totalAmount),
    merchant: {
      reference_merchant_id: String(shop.referenceMerchantId),
      merchant_name: String(shop.merchantName),
      merchant_mcc: String(shop.merchantMcc),
      ...(shop.merchantWebsiteUrl === undefined ? {} : { merchant_website_url: String(shop.merchantWebsiteUrl) }),
    },
    goods: (Array.isArray(goods) ? goods : []).map((line) => ({
      goods_name: String(line.goodsName),
      goods_unit_amount: readAmount(line.goodsUnitAmount),
      goods_quantity: String(line.goodsQuantity),
    })),
    reference_checkout_id: String(referenceCheckoutId),
  } as Checkout
}

/** The constraints the demo knows: budget, merchant names, merchant categories. */
export const writeConstraints = (
  { budget_amount, merchant_name_list, merchant_mcc_list }: Constraints,
  spelling: AmountSpelling,
) => ({
  budgetAmount: writeAmount(budget_amount, spelling),
  ...(merchant_name_list === undefined ? {} : { merchantNameList: merchant_name_list }),
  ...(merchant_mcc_list === undefined ? {} : { merchantMccList: merchant_mcc_list }),
})

const readConstraints = (written: unknown): Constraints => {
  const { budgetAmount, merchantNameList, merchantMccList } = isObject(written) ? written : {}
  return {
    budget_amount: readAmount(budgetAmount),
    ...(merchantNameList === undefined ? {} : { merchant_name_list: merchantNameList }),
    ...(merchantMccList === undefined ? {} : { merchant_mcc_list: merchantMccList }),
  } as Constraints
}

/** An intent as the demo puts it before a wallet. */
export const readIntent = (
  written: unknown,
): Message<'trust/intent-autonomous'> | Message<'trust/intent-immediate'> => {
  const { raw, desc, expireTime, constraints } = isObject(written) ? written : {}
  const words = { raw: String(raw), desc: String(desc) }
  return constraints === undefined || constraints === null
    ? words
    : { ...words, expiry_time: String(expireTime), constraints: readConstraints(constraints) }
}

/** A budget of the demo, which knows a total, what is used and what remains: what is used may be held or spent. */
export const readBudget = (written: unknown, spent: bigint): Message<'trust/budget'> => {
  const { totalBudgetAmount, remainingAmount, usedAmount } = isObject(written) ? written : {}
  const [total, used] = [readAmount(totalBudgetAmount), readAmount(usedAmount)]
  const whole = /^\d+$/.test(used.value)
  const held = whole ? String(BigInt(used.value) - spent) : used.value
  return {
    total,
    limit: total,
    held: { currency: total.currency, value: held },
    captured: { currency: total.currency, value: String(spent) },
    remaining: readAmount(remainingAmount),
  }
}

const assurance = [...problemKinds.keys()].filter((code) => code.startsWith('assurance-'))

/** What each result code may stand for: the demo names fewer reasons than AMP. */
const meanings: Readonly<Record<string, readonly ProblemCode[]>> = {
  PARAM_ILLEGAL: [...assurance, 'request-invalid', 'intent-unclear', 'binding-unknown', 'agent-unknown'],
  MANDATE_NOT_EXIST: ['mandate-unknown'],
  MANDATE_STATUS_INVALID: ['mandate-inactive', 'mandate-revoked', 'mandate-finished', 'authorization-decided'],
  MANDATE_EXPIRED: ['mandate-expired'],
  MANDATE_BALANCE_INSUFFICIENT: ['budget-exceeded', 'balance-insufficient'],
  TOKEN_NOT_MATCH_MANDATE: ['binding-mismatch', 'binding-unknown', 'assurance-stored-mismatch'],
  CHECKOUT_HASH_INCONSISTENT: ['checkout-mismatch', 'order-mismatch', 'assurance-mandate-mismatch'],
  MERCHANT_NOT_IN_CONSTRAINTS: ['merchant-out-of-scope'],
  REPEAT_REQ_INCONSISTENT: ['payment-request-reused', 'checkout-used', 'assurance-nonce-replayed'],
  CHECKOUT_AMOUNT_EXCEEDS_BUDGET: ['budget-exceeded', 'amount-out-of-range'],
  CHECKOUT_CURRENCY_MISMATCH: ['currency-mismatch', 'order-mismatch'],
  PAYMENT_FAILED: ['payment-failed', 'balance-insufficient', 'peer-unavailable', 'peer-answer-invalid'],
  PAYMENT_TOKEN_INVALID: ['payment-token-unknown'],
  PAYMENT_TOKEN_EXPIRED: ['payment-token-expired'],
  PAYMENT_TOKEN_ALREADY_USED: ['payment-token-used'],
}

/** A refusal in the words of AMP; the first meaning gives its code, all of them what it may stand for. */
export const refusalOf = (
  resultCode: string,
): { readonly code: ProblemCode; readonly means: readonly ProblemCode[] } => {
  const means = meanings[resultCode] ?? ['internal-error']
  return { code: means[0] as ProblemCode, means }
}
