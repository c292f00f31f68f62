/** The bridge as a library: adapters, the way through them, the gateway and its middleware. */

export { type A2aMessage, wrapA2a } from './a2a.ts'
export {
  type AllowanceParts,
  type AllowanceStore,
  type Allowed,
  type Charge,
  issueAllowance,
  memoryAllowances,
  takeAllowance,
} from './acp/allowances.ts'
export type { Article, CartItem } from './acp/cart.ts'
export { acpDelegatePayment } from './acp/delegate.ts'
export type { DoorParts } from './acp/door.ts'
export {
  type AcpAnswer,
  actOnce,
  type IdempotencyStore,
  type KeyedRequest,
  memoryIdempotency,
} from './acp/idempotency.ts'
export { acpShop, type ShopParts } from './acp/shop.ts'
export type { AcpVersion } from './acp/versions.ts'
export { isEventSigned, signEvent } from './acp/webhook.ts'
export type { AcpAllowance } from './acp/wire.ts'
export type {
  Adapter,
  AmpDocument,
  Answered,
  AutonomousDraft,
  BridgeContext,
  BridgeResult,
  Draft,
  Evidence,
  ForeignIdentity,
  ImmediateDraft,
  MerchantSetting,
  OpenedDraft,
  Outbound,
  OutboundContext,
  OutboundMessage,
  OutboundResult,
  SealedAdapter,
  Settings,
  Translation,
  Verified,
} from './adapter.ts'
export { type AmpAgent, type AmpCall, ampCalls, type CallOptions } from './amp-calls.ts'
export { ampSessions, type SessionAgent } from './amp-sessions.ts'
export { makeAgentExtension } from './ap2/agent-card.ts'
export { joinChain, splitChain } from './ap2/chain.ts'
export { type Ap2Binding, type Ap2Signer, signClaims, signNext, signRoot } from './ap2/sign.ts'
export { type Audit, type AuditEntry, brokenLine, openAudit } from './audit.ts'
export { refuseCardData } from './card-data.ts'
export { joinedDirectory, type RemoteOptions, readRoots, remoteDirectory, type Source } from './directories/index.ts'
export {
  ampBridge,
  createGateway,
  type GatewayOptions,
  gatewayPaths,
  gatewayRouter,
  type OpenDraft,
  soleTenant,
} from './gateway.ts'
export {
  type AgentKey,
  type AgentRecord,
  type KeyDirectory,
  Misconfigured,
  staticDirectory,
  type TrustedKey,
} from './keys.ts'
export { type ForeignMessage, readDescription, readMessage } from './message.ts'
export {
  ampClient,
  ampServer,
  type Price,
  payingCalls,
  payingFetch,
  priced,
  pricedCalls,
  type ServerParts,
  type Session,
} from './mpp/index.ts'
export { memoryNonces, type NonceStore, type NonceVerdict } from './nonces.ts'
export {
  type AmpInstrument,
  ampPayment,
  type GivenCredential,
  type HandlerConfig,
  makeAmpInstrument,
  paymentOf,
  readAmpInstrument,
  readHandlerConfig,
  saysAmp,
  withoutCredential,
} from './payment-handler.ts'
export { adapterOf, adapters } from './registry.ts'
export { readMerchants } from './settings.ts'
export {
  type ChannelKeep,
  type ClearingPayerOptions,
  type ClearingRailOptions,
  clearingPayer,
  clearingRail,
  type KeptChannel,
  type Order,
  openPayments,
  openPurse,
  openTill,
  type Payer,
  type PayerChannel,
  type Payment,
  type Payments,
  type Purse,
  type Rail,
  type RailChannel,
  type Standing,
  type Till,
} from './settlement/index.ts'
export { type SqlNonces, sqlNonces } from './sql-nonces.ts'
export type { Policy, Tenant } from './tenants.ts'
export { translate } from './translate.ts'
export { documentSchemas, readDocument, translateOut } from './translate-out.ts'
export { authorizeCheckout, type UcpSigner } from './ucp/merchant-authorization.ts'
export { type ProfileSetting, ucpProfile } from './ucp/profile.ts'
export { isUcpAnswerSigned, signUcpAnswer, signUcpRequest, type UcpAnswer, type UcpSigning } from './ucp/signature.ts'
export type { UcpVersion } from './ucp/versions.ts'
export { signTapObject, signTapRequest, type TapRequest, type TapSigner, type TapSigning } from './visa-tap/sign.ts'
export {
  type AmpClientScheme,
  type AmpServerScheme,
  ampClientSchemes,
  ampServerSchemes,
  createFacilitator,
  type Facilitator,
  type FacilitatorParts,
  facilitatorRouter,
} from './x402/index.ts'
