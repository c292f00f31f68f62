/** Orders as the suite makes them: a shop, goods and amounts the seed decides. */
import type { Message } from '../../schemas/index.ts'
import type { Dice } from '../parties.ts'

type Amount = Message<'common/amount'>
type Checkout = Message<'common/checkout'>

export const usd = (value: number | bigint): Amount => ({ currency: 'USD', value: String(value) })

/** An order over an amount at a merchant whose names the seed makes. */
export const orderOver = (dice: Dice, value: number, change: Partial<Checkout> = {}): Checkout => {
  const word = dice.word()
  return {
    total_amount: usd(value),
    merchant: {
      reference_merchant_id: `M-${word}`,
      merchant_name: `Shop ${word}`,
      merchant_mcc: '5411',
      merchant_website_url: `https://${word}.example`,
    },
    goods: [{ goods_name: `Thing ${word}`, goods_unit_amount: usd(value), goods_quantity: '1' }],
    reference_checkout_id: `checkout-${word}`,
    ...change,
  }
}

/** A payment order for a checkout, as acquirers write it. */
export const paymentOrder = ({
  reference_checkout_id,
  total_amount,
  merchant,
  goods,
}: Checkout): Message<'payment/order'> => ({
  referenceOrderId: reference_checkout_id,
  orderDescription: goods[0]?.goods_name ?? 'Goods',
  orderAmount: total_amount,
  merchant: {
    referenceMerchantId: merchant.reference_merchant_id,
    merchantName: merchant.merchant_name,
    merchantMCC: merchant.merchant_mcc,
  },
})
