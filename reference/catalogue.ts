/** What the reference merchant is and sells, in currencies with two, no and three digits after the point. */
import type { Message } from '../schemas/index.ts'

/** The shop as its acquirer knows it. */
export const referenceMerchant: Message<'common/merchant'> = {
  reference_merchant_id: 'M-REFERENCE-1',
  merchant_name: 'Reference Outfitters',
  merchant_mcc: '5691',
  merchant_website_url: 'https://shop.amp.example',
  merchant_region: 'SG',
}

const product = (productId: string, name: string, currency: string, value: string): Message<'payment/product'> => ({
  productId,
  name,
  unitAmount: { currency, value },
})

export const referenceProducts: readonly Message<'payment/product'>[] = [
  product('running-shoes', 'Running shoes', 'USD', '8900'),
  product('rain-jacket', 'Rain jacket', 'USD', '12950'),
  product('water-bottle', 'Water bottle', 'USD', '1800'),
  product('sticker', 'Sticker', 'USD', '1'),
  product('travel-umbrella', 'Travel umbrella', 'JPY', '3200'),
  product('green-tea', 'Green tea', 'JPY', '540'),
  product('silk-scarf', 'Silk scarf', 'KWD', '24500'),
  product('date-box', 'Box of dates', 'KWD', '3750'),
]
