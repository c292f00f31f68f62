/** The bridge as a library: adapters, the way through them, the gateway and its middleware. */
export type {
  Adapter,
  AmpDocument,
  AutonomousDraft,
  BridgeContext,
  BridgeResult,
  Draft,
  Evidence,
  ForeignIdentity,
  ImmediateDraft,
  MerchantSetting,
  Outbound,
  OutboundContext,
  OutboundMessage,
  OutboundResult,
  SealedAdapter,
  Settings,
  Translation,
  Verified,
} from './adapter.ts'
export { refuseCardData } from './card-data.ts'
export {
  createGateway,
  type GatewayOptions,
  gatewayPaths,
  gatewayRouter,
  type OpenDraft,
  type OpenedDraft,
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
export { memoryNonces, type NonceStore, type NonceVerdict } from './nonces.ts'
export { adapterOf, adapters } from './registry.ts'
export { readMerchants } from './settings.ts'
export { translate } from './translate.ts'
export { documentSchemas, readDocument, translateOut } from './translate-out.ts'
export { signTapObject, signTapRequest, type TapRequest, type TapSigner, type TapSigning } from './visa-tap/sign.ts'
