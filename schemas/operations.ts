/** Every operation of the HTTP binding: who serves it, who may call it, and which messages it takes and gives. */
import type { Message, Messages } from './generated/messages.ts'

/** Roles that serve operations, in the order of the flow. */
export const roles = ['network', 'credential-provider', 'wallet', 'merchant', 'acquirer'] as const
export type Role = (typeof roles)[number]

/** Who may call: another role, a registered agent, an applicant (an agent not registered yet), the wallet owner, or anyone. */
export type Caller = Role | 'agent' | 'applicant' | 'user' | 'anyone'

/** One operation, `POST /{role}/{name}`. A safe one changes nothing and takes no Idempotency-Key. */
export type Operation = {
  readonly role: Role
  readonly name: string
  readonly callers: readonly Caller[]
  readonly safe: boolean
  readonly request: keyof Messages
  readonly response: keyof Messages
  readonly summary: string
}

const row = <const Name extends string, const Request extends keyof Messages, const Response extends keyof Messages>(
  name: Name,
  callers: readonly Caller[],
  kind: 'safe' | 'unsafe',
  request: Request,
  response: Response,
  summary: string,
) => {
  const [role, operation] = name.split('.') as [Role, string]
  return [name, { role, name: operation, callers, safe: kind === 'safe', request, response, summary }] as [
    Name,
    Operation & { readonly request: Request; readonly response: Response },
  ]
}

const rows = [
  row(
    'credential-provider.registerAgent',
    ['applicant'],
    'unsafe',
    'trust/register-agent-application',
    'trust/agent',
    'Apply as an agent',
  ),
  row(
    'credential-provider.addPaymentMethod',
    ['agent'],
    'unsafe',
    'payment/add-payment-method-request',
    'payment/add-payment-method-response',
    'Ask to bind a wallet',
  ),
  row(
    'credential-provider.queryPaymentMethodList',
    ['agent'],
    'safe',
    'payment/query-payment-method-list-request',
    'payment/binding-list',
    'List bindings',
  ),
  row(
    'credential-provider.createMandateSession',
    ['agent'],
    'unsafe',
    'trust/create-mandate-session-request',
    'trust/create-mandate-session-response',
    'Ask for a mandate',
  ),
  row(
    'credential-provider.inquiryMandateSession',
    ['agent'],
    'safe',
    'trust/inquiry-mandate-session-request',
    'trust/inquiry-mandate-session-response',
    'Ask how a mandate session stands',
  ),
  row(
    'credential-provider.applyCredential',
    ['agent'],
    'unsafe',
    'payment/apply-credential-request',
    'payment/apply-credential-response',
    'Ask for a payment token',
  ),
  row(
    'credential-provider.notifyAuthorization',
    ['network'],
    'unsafe',
    'trust/authorization-notification',
    'common/acknowledgement',
    'Tell how an authorization ended',
  ),
  row(
    'credential-provider.notifyMandate',
    ['network'],
    'unsafe',
    'trust/mandate-notification',
    'common/acknowledgement',
    'Tell a new mandate status',
  ),

  row(
    'network.registerAgent',
    ['credential-provider'],
    'unsafe',
    'trust/register-agent-request',
    'trust/agent',
    'Register a reviewed agent',
  ),
  row(
    'network.inquiryAgent',
    ['credential-provider'],
    'safe',
    'trust/inquiry-agent-request',
    'trust/agent',
    'Ask for an agent',
  ),
  row(
    'network.suspendAgent',
    ['credential-provider'],
    'unsafe',
    'trust/suspend-agent-request',
    'trust/agent',
    'Stop an agent',
  ),
  row(
    'network.reinstateAgent',
    ['credential-provider'],
    'unsafe',
    'trust/inquiry-agent-request',
    'trust/agent',
    'Let a stopped agent act again',
  ),
  row(
    'network.createAuthorization',
    ['credential-provider'],
    'unsafe',
    'trust/create-authorization-request',
    'trust/create-authorization-response',
    'Have a user bind a wallet or authorise a mandate',
  ),
  row(
    'network.notifyAuthorization',
    ['wallet'],
    'unsafe',
    'trust/notify-authorization-request',
    'trust/notify-authorization-response',
    'Report what the user decided',
  ),
  row(
    'network.applyCredential',
    ['credential-provider'],
    'unsafe',
    'payment/apply-credential-request',
    'payment/apply-credential-response',
    'Ask for a payment token',
  ),
  row('network.pay', ['acquirer'], 'unsafe', 'payment/pay-request', 'payment/payment', 'Pay with a payment token'),
  row(
    'network.inquiryPayment',
    ['acquirer'],
    'safe',
    'payment/inquiry-payment-request',
    'payment/payment',
    'Ask for a payment',
  ),
  row(
    'network.inquiryMandate',
    ['wallet', 'credential-provider'],
    'safe',
    'trust/inquiry-mandate-request',
    'trust/mandate',
    'Ask for a mandate',
  ),
  row(
    'network.inquiryMandateList',
    ['wallet'],
    'safe',
    'trust/inquiry-mandate-list-request',
    'trust/mandate-list',
    'List the mandates of a user',
  ),
  row(
    'network.inquiryBillList',
    ['wallet'],
    'safe',
    'wallet/network-bill-list-request',
    'wallet/bill-list',
    'List the bills of a user',
  ),
  row(
    'network.cancelMandate',
    ['wallet'],
    'unsafe',
    'trust/cancel-mandate-request',
    'trust/cancel-mandate-response',
    'Revoke a mandate',
  ),
  row(
    'network.adjustMandate',
    ['wallet'],
    'unsafe',
    'trust/adjust-mandate-request',
    'trust/adjust-mandate-response',
    'Lower the limit of a mandate',
  ),
  row(
    'network.revokeBinding',
    ['wallet', 'credential-provider'],
    'unsafe',
    'payment/revoke-binding-request',
    'payment/revoke-binding-response',
    'End a binding',
  ),
  row(
    'network.inquiryEvidence',
    ['wallet', 'credential-provider'],
    'safe',
    'trust/inquiry-evidence-request',
    'trust/evidence',
    'Ask for the evidence of a mandate',
  ),
  row(
    'network.inquiryRating',
    ['wallet', 'credential-provider'],
    'safe',
    'extensions/rating/inquiry-rating-request',
    'extensions/rating/agent-rating',
    'Ask for the trust rating of an agent',
  ),

  row(
    'wallet.createAuthorization',
    ['network'],
    'unsafe',
    'wallet/create-authorization-request',
    'wallet/create-authorization-response',
    'Put an authorization before the user, S1 first',
  ),
  row(
    'wallet.inquiryAuthorization',
    ['network'],
    'safe',
    'wallet/inquiry-authorization-request',
    'wallet/inquiry-authorization-response',
    'Ask how an authorization stands',
  ),
  row(
    'wallet.checkIntent',
    ['network'],
    'safe',
    'payment/check-intent-request',
    'payment/check-intent-response',
    'Run S2',
  ),
  row(
    'wallet.pay',
    ['network'],
    'unsafe',
    'payment/wallet-pay-request',
    'payment/wallet-pay-response',
    'Run S3 and S4 and debit',
  ),
  row(
    'wallet.inquiryPayment',
    ['network'],
    'safe',
    'payment/wallet-inquiry-payment-request',
    'payment/wallet-pay-response',
    'Ask for a debit',
  ),
  row(
    'wallet.notifyMandate',
    ['network'],
    'unsafe',
    'trust/mandate-notification',
    'common/acknowledgement',
    'Tell a new mandate status',
  ),
  row(
    'wallet.inquiryLimits',
    ['user', 'network'],
    'safe',
    'wallet/inquiry-limits-request',
    'wallet/limits-view',
    'Read delegation limits',
  ),
  row('wallet.login', ['anyone'], 'safe', 'wallet/login-request', 'wallet/login-response', 'Open a session'),
  row(
    'wallet.completeIdv',
    ['user'],
    'unsafe',
    'wallet/complete-idv-request',
    'wallet/complete-idv-response',
    'Decide an authorization',
  ),
  row(
    'wallet.inquiryAccount',
    ['user'],
    'safe',
    'wallet/inquiry-account-request',
    'wallet/account-list',
    'Read balances',
  ),
  row(
    'wallet.inquiryAgentList',
    ['user'],
    'safe',
    'wallet/inquiry-agent-list-request',
    'wallet/agent-list',
    'List authorised agents',
  ),
  row(
    'wallet.inquiryMandateList',
    ['user'],
    'safe',
    'wallet/inquiry-mandate-list-request',
    'wallet/mandate-list',
    'List mandates',
  ),
  row('wallet.inquiryMandate', ['user'], 'safe', 'trust/inquiry-mandate-request', 'wallet/mandate', 'Read a mandate'),
  row('wallet.inquiryBillList', ['user'], 'safe', 'wallet/inquiry-bill-list-request', 'wallet/bill-list', 'List bills'),
  row(
    'wallet.cancelMandate',
    ['user'],
    'unsafe',
    'trust/cancel-mandate-request',
    'trust/cancel-mandate-response',
    'Cancel a mandate',
  ),
  row(
    'wallet.adjustMandate',
    ['user'],
    'unsafe',
    'trust/adjust-mandate-request',
    'trust/adjust-mandate-response',
    'Lower the limit of a mandate',
  ),
  row(
    'wallet.revokeBinding',
    ['user'],
    'unsafe',
    'payment/revoke-binding-request',
    'payment/revoke-binding-response',
    'End a binding',
  ),
  row(
    'wallet.setLimits',
    ['user'],
    'unsafe',
    'wallet/set-limits-request',
    'wallet/limits-view',
    'Set delegation limits',
  ),

  row(
    'merchant.searchProducts',
    ['anyone'],
    'safe',
    'payment/search-products-request',
    'payment/product-list',
    'Find products',
  ),
  row(
    'merchant.startCheckout',
    ['anyone'],
    'unsafe',
    'payment/start-checkout-request',
    'payment/start-checkout-response',
    'Fix an order',
  ),
  row(
    'merchant.startPayment',
    ['anyone'],
    'unsafe',
    'payment/start-payment-request',
    'payment/order-state',
    'Pay an order',
  ),
  row(
    'merchant.inquiryOrder',
    ['anyone'],
    'safe',
    'payment/inquiry-order-request',
    'payment/order-state',
    'Ask how an order stands',
  ),
  row(
    'merchant.notifyPayment',
    ['acquirer'],
    'unsafe',
    'payment/payment-notification',
    'common/acknowledgement',
    'Tell the result of a payment',
  ),

  row(
    'acquirer.pay',
    ['merchant'],
    'unsafe',
    'payment/acquirer-pay-request',
    'payment/payment',
    'Collect a verified order',
  ),
  row(
    'acquirer.inquiryPayment',
    ['merchant'],
    'safe',
    'payment/acquirer-inquiry-payment-request',
    'payment/payment',
    'Ask for a payment',
  ),
  row(
    'acquirer.notifyPayment',
    ['network'],
    'unsafe',
    'payment/payment-notification',
    'common/acknowledgement',
    'Tell the result of a payment',
  ),
] as const

type Rows = (typeof rows)[number]

/** Name of an operation with its role: `wallet.createAuthorization`. */
export type OperationName = Rows[0]

/** Request message of an operation. */
export type RequestOf<Name extends OperationName> = Message<Extract<Rows, readonly [Name, unknown]>[1]['request']>

/** Response message of an operation. */
export type ResponseOf<Name extends OperationName> = Message<Extract<Rows, readonly [Name, unknown]>[1]['response']>

/** Every operation by name. */
export const operations: ReadonlyMap<OperationName, Operation> = new Map<OperationName, Operation>(rows)
