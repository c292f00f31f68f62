/** The life of an ACP cart: created, replaced as a whole, and gone once it is cancelled, over, or bought. */
import type { JsonObject } from '../json.ts'

/** Something a merchant sells, in minor units of the cart's currency. */
export type Article = { readonly id: string; readonly name: string; readonly unitAmount: number }

/** What an agent asks for. */
export type CartItem = { readonly id: string; readonly quantity: number }

/** A cart. It has no status: what is gone is not found any more. */
export type Cart = {
  readonly id: string
  readonly caller: string
  readonly items: readonly CartItem[]
  /** Epoch seconds. */
  readonly expiresAt: number
}

/** Who asks for a cart of somebody else's is told that there is none. */
export const isCartOf = (cart: Cart | undefined, caller: string, now: number): cart is Cart =>
  cart !== undefined && cart.caller === caller && now < cart.expiresAt

/** Items that are on sale, equal ones together; what is not sold any more is left out and told. */
export const soldOf = (
  items: readonly CartItem[],
  articles: ReadonlyMap<string, Article>,
): { readonly sold: readonly CartItem[]; readonly missing: readonly string[] } => {
  const quantities = new Map<string, number>()
  for (const { id, quantity } of items) quantities.set(id, (quantities.get(id) ?? 0) + quantity)
  const all = [...quantities].map(([id, quantity]) => ({ id, quantity }))
  return {
    sold: all.filter(({ id }) => articles.has(id)),
    missing: all.filter(({ id }) => !articles.has(id)).map(({ id }) => id),
  }
}

const line = ({ id, quantity }: CartItem, article: Article, index: number): JsonObject => {
  const amount = article.unitAmount * quantity
  return {
    id: `line-${index + 1}`,
    item: { id, name: article.name, unit_amount: article.unitAmount },
    name: article.name,
    unit_amount: article.unitAmount,
    quantity,
    totals: [
      { type: 'items_base_amount', display_text: 'Price', amount },
      { type: 'total', display_text: 'Total', amount },
    ],
  }
}

/** A cart as it is answered: prices of now, an estimate until checkout. */
export const showCart = (
  cart: Cart,
  articles: ReadonlyMap<string, Article>,
  currency: string,
  missing: readonly string[] = [],
): JsonObject => {
  const lines = cart.items.flatMap((item, index) => {
    const article = articles.get(item.id)
    return article ? [line(item, article, index)] : []
  })
  const amount = cart.items.reduce((sum, { id, quantity }) => sum + (articles.get(id)?.unitAmount ?? 0) * quantity, 0)
  return {
    id: cart.id,
    line_items: lines,
    currency: currency.toLowerCase(),
    totals: [
      { type: 'subtotal', display_text: 'Subtotal', amount },
      { type: 'total', display_text: 'Total', amount },
    ],
    messages: missing.map((id) => ({
      type: 'error',
      code: 'out_of_stock',
      content_type: 'plain',
      content: `${id} is not sold here`,
    })),
    expires_at: new Date(cart.expiresAt * 1000).toISOString().replace('.000Z', 'Z'),
  }
}
