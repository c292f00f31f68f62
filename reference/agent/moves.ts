/** What a buyer agent can be asked to do, as one table: its protocols (MCP, A2A) only carry these moves. */
import type { Message } from '../../schemas/index.ts'
import { accept, type Outcome } from '../core/index.ts'
import type { OpenAgent } from './open.ts'
import {
  applyForToken,
  bindWallet,
  type Done,
  type ForOrder,
  opened,
  payOrder,
  plain,
  readBinding,
  readMandate,
  type Waiting,
} from './purchase.ts'
import type { Shape } from './shape.ts'

/** One move: its name, what it takes and gives, whether it changes anything, and how it is made. */
export type Move = {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly takes: Shape
  readonly gives: Shape
  readonly changes: boolean
  readonly run: (input: never, agent: OpenAgent) => Promise<Outcome<Done>>
}

const waitSeconds = {
  type: 'integer',
  description: 'How long to wait for the user, in seconds; 0 looks once.',
  minimum: 0,
  maximum: 60,
}

const merchantId = 'common/party-uri'

/** A mandate and the order it is to pay, as `apply_for_token` and `pay_order` take it. */
const forOrder: Shape = {
  description: 'A mandate session the user confirmed, and the order as the merchant fixed it.',
  members: { sessionId: 'common/identifier', checkout: 'common/checkout', merchantId },
  optional: ['merchantId'],
}

const move = <Input>(row: Omit<Move, 'run'> & { run: (input: Input, agent: OpenAgent) => Promise<Outcome<Done>> }) =>
  row as Move

/** Every move, in the order a purchase makes them. */
export const moves: readonly Move[] = [
  move<Message<'payment/search-products-request'> & { merchantId?: string }>({
    name: 'search_products',
    title: 'Search products',
    description: 'Finds products of a merchant by words; without words, all of them page by page.',
    takes: {
      description: 'Words, and where to look.',
      members: {
        query: { type: 'string', description: 'Words.', minLength: 1, maxLength: 128 },
        pageSize: 'common/page-size',
        pageToken: 'common/page-token',
        merchantId,
      },
      optional: ['query', 'pageSize', 'pageToken', 'merchantId'],
    },
    gives: 'payment/product-list',
    changes: false,
    run: async ({ merchantId, ...request }, { shopOf }) => {
      const shop = shopOf(merchantId)
      return shop.ok ? plain(shop.value.searchProducts(request)) : shop
    },
  }),
  move<Message<'payment/start-checkout-request'> & { merchantId?: string }>({
    name: 'start_checkout',
    title: 'Fix an order',
    description:
      'Has a merchant fix an order and its price. The checkout it gives is what the user confirms and what is paid: pass it on unchanged.',
    takes: {
      description: 'What is bought, and where.',
      members: {
        items: {
          type: 'array',
          description: 'What is bought.',
          minItems: 1,
          maxItems: 100,
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['productId', 'quantity'],
            properties: {
              productId: { type: 'string', pattern: '^[A-Za-z0-9_-][A-Za-z0-9._:-]{0,127}$' },
              quantity: { type: 'integer', minimum: 1, maximum: 999_999 },
            },
          },
        },
        merchantId,
      },
      optional: ['merchantId'],
    },
    gives: { description: 'The order.', members: { checkout: 'common/checkout' } },
    changes: true,
    run: async ({ items, merchantId }, { shopOf }) => {
      const shop = shopOf(merchantId)
      if (!shop.ok) return shop
      const checkout = await shop.value.startCheckout(items)
      return checkout.ok ? accept({ value: { checkout: checkout.value } }) : checkout
    },
  }),
  move<{ walletId?: string }>({
    name: 'bind_wallet',
    title: 'Ask to be bound to a wallet',
    description:
      'Asks the owner of a wallet to let this agent use it. Show the owner authUrl; read_binding tells how it ended.',
    takes: { description: 'The wallet.', members: { walletId: 'common/party-uri' }, optional: ['walletId'] },
    gives: 'payment/add-payment-method-response',
    changes: true,
    run: bindWallet,
  }),
  move<Waiting>({
    name: 'read_binding',
    title: 'Ask how a binding stands',
    description: 'Tells whether the owner confirmed the wallet, and the bindingId mandates are asked for with.',
    takes: {
      description: 'The session bind_wallet opened.',
      members: { sessionId: 'common/identifier', waitSeconds },
      optional: ['waitSeconds'],
    },
    gives: {
      description: 'How the binding stands.',
      members: {
        status: 'trust/authorization-status',
        bindingId: 'common/identifier',
        bindingStatus: 'payment/binding-status',
        walletId: 'common/party-uri',
        walletName: { type: 'string', description: 'Name of the wallet.' },
        maskedLoginId: { type: 'string', description: 'Masked login of the owner.' },
      },
      optional: ['bindingId', 'bindingStatus', 'walletId', 'walletName', 'maskedLoginId'],
    },
    changes: false,
    run: readBinding,
  }),
  move<{ bindingId: string; intent: Message<'trust/intent-immediate'>; checkout: Message<'common/checkout'> }>({
    name: 'request_immediate_mandate',
    title: 'Ask for a mandate on one order',
    description:
      'Asks the user, who is present, to confirm one order (IMMEDIATE). Show the user authUrl; read_mandate tells how it ended.',
    takes: {
      description: 'The order, and what the user asked for.',
      members: { bindingId: 'common/identifier', intent: 'trust/intent-immediate', checkout: 'common/checkout' },
    },
    gives: 'trust/create-mandate-session-response',
    changes: true,
    run: async ({ bindingId, intent, checkout }, { buyer }) =>
      opened(await buyer.requestImmediate(bindingId, intent, checkout), 'read_mandate'),
  }),
  move<{ bindingId: string; intent: Message<'trust/intent-autonomous'> }>({
    name: 'request_autonomous_mandate',
    title: 'Ask for a mandate within bounds',
    description:
      'Asks the user to let this agent pay alone, up to a budget and within other bounds, until it expires (AUTONOMOUS). Show the user authUrl; read_mandate tells how it ended.',
    takes: {
      description: 'What the user delegates.',
      members: { bindingId: 'common/identifier', intent: 'trust/intent-autonomous' },
    },
    gives: 'trust/create-mandate-session-response',
    changes: true,
    run: async ({ bindingId, intent }, { buyer }) =>
      opened(await buyer.requestAutonomous(bindingId, intent), 'read_mandate'),
  }),
  move<Waiting>({
    name: 'read_mandate',
    title: 'Ask how a mandate stands',
    description: 'Tells whether the user confirmed a mandate and whether it still holds.',
    takes: {
      description: 'The session a mandate was asked for with.',
      members: { sessionId: 'common/identifier', waitSeconds },
      optional: ['waitSeconds'],
    },
    gives: 'trust/inquiry-mandate-session-response',
    changes: false,
    run: readMandate,
  }),
  move<ForOrder>({
    name: 'apply_for_token',
    title: 'Apply for a payment token',
    description:
      'Applies for the one-time token of an order under a confirmed mandate, to pay with it elsewhere; pay_order does this by itself.',
    takes: forOrder,
    gives: 'payment/apply-credential-response',
    changes: true,
    run: applyForToken,
  }),
  move<ForOrder>({
    name: 'pay_order',
    title: 'Pay an order',
    description:
      'Pays an order under a confirmed mandate: applies for the token and gives it to the merchant. Calling it again does not pay again.',
    takes: forOrder,
    gives: 'payment/order-state',
    changes: true,
    run: payOrder,
  }),
  move<{ checkoutId: string; merchantId?: string }>({
    name: 'read_order',
    title: 'Ask how an order stands',
    description: 'Tells whether an order is paid; a payment that is PROCESSING is looked up this way.',
    takes: {
      description: 'The order.',
      members: { checkoutId: 'common/identifier', merchantId },
      optional: ['merchantId'],
    },
    gives: 'payment/order-state',
    changes: false,
    run: async ({ checkoutId, merchantId }, { shopOf }) => {
      const shop = shopOf(merchantId)
      return shop.ok ? plain(shop.value.order(checkoutId)) : shop
    },
  }),
]
