/** Generated from the schemas by `npm run generate`: the type of every message. Do not edit. */

/**
 * Currency of the amount.
 */
export type CommonCurrency = string
/**
 * Website of the merchant.
 */
export type CommonUrl = string
/**
 * The merchant's identifier of this checkout.
 */
export type CommonIdentifier = string
/**
 * A JWS in compact serialisation (RFC 7515).
 */
export type CommonCompactJws = string
/**
 * ISO 4217 alphabetic currency code.
 */
export type CommonCurrency1 = string
/**
 * A role a server may say it has: one that serves operations, or a bridge from other protocols.
 */
export type CommonJudgedRole =
  'network' | 'credential-provider' | 'wallet' | 'merchant' | 'acquirer' | 'clearing' | 'bridge'
/**
 * Who serves it.
 */
export type CommonPartyUri = string
/**
 * Base URL of its operations.
 */
export type CommonUrl1 = string
/**
 * Key identifier, unique for its holder.
 */
export type CommonIdentifier1 = string
/**
 * Base URL of the hooks.
 */
export type CommonUrl2 = string
/**
 * Human-readable page.
 */
export type CommonUrl3 = string
/**
 * OpenAPI document.
 */
export type CommonUrl4 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier2 = string
/**
 * How many items one page holds at most.
 */
export type CommonPageSize = number
/**
 * Opaque place in a list, as the server handed it out.
 */
export type CommonPageToken = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri1 = string
/**
 * Guard stage that refused.
 */
export type TrustGuardStage = 'S1' | 'S2' | 'S3' | 'S4'
/**
 * Newest status of the mandate concerned (AMP-TRUST-081, AMP-TRUST-097).
 */
export type TrustMandateStatus = 'inactive' | 'activated' | 'revoked' | 'expired' | 'finished'
/**
 * A role a server may serve.
 */
export type CommonRole = 'network' | 'credential-provider' | 'wallet' | 'merchant' | 'acquirer' | 'clearing'
/**
 * A serialised SD-JWT (RFC 9901): compact JWS, then every disclosure, each ended by a tilde.
 */
export type CommonSdJwt = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp = string
/**
 * An absolute http or https URL a party can be reached at.
 */
export type CommonUrl5 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier3 = string
/**
 * What each link is worth.
 */
export type ExtensionsClearingUnits = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri2 = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri3 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier4 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier5 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier6 = string
/**
 * How it ticks.
 */
export type ExtensionsClearingChannelProfile = 'voucher' | 'hash-chain'
/**
 * Atomic units held at opening.
 */
export type ExtensionsClearingUnits1 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp1 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp2 = string
/**
 * Where it stands.
 */
export type ExtensionsClearingChannelStatus = 'open' | 'closing' | 'closed'
/**
 * Atomic units held, all top-ups included.
 */
export type ExtensionsClearingUnits2 = string
/**
 * What the payer signed for.
 */
export type ExtensionsClearingUnits3 = string
/**
 * What the payee delivered.
 */
export type ExtensionsClearingUnits4 = string
/**
 * Everything authorised so far.
 */
export type ExtensionsClearingUnits5 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp3 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp4 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp5 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp6 = string
/**
 * How ticks of a channel are made.
 */
export type ExtensionsClearingChannelProfile1 = 'voucher' | 'hash-chain'
/**
 * Where a channel stands: closing once its payer asked to end it or its time is over, closed once it is settled in the books.
 */
export type ExtensionsClearingChannelStatus1 = 'open' | 'closing' | 'closed'
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier7 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier8 = string
/**
 * Where it stands.
 */
export type ExtensionsClearingCycleStatus = 'open' | 'closed' | 'settled'
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp7 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier9 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier10 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier11 = string
/**
 * Which way.
 */
export type ExtensionsClearingLegDirection = 'collect' | 'pay'
/**
 * Where it stands.
 */
export type ExtensionsClearingLegStatus = 'pending' | 'failed' | 'settled' | 'unwound'
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier12 = string
/**
 * Which file.
 */
export type ExtensionsClearingCycleFileFormat = 'csv' | 'pain.001' | 'pain.008'
/**
 * csv: RFC 4180. pain.001: ISO 20022 customer credit transfers to who is owed. pain.008: direct debits of who owes.
 */
export type ExtensionsClearingCycleFileFormat1 = 'csv' | 'pain.001' | 'pain.008'
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier13 = string
/**
 * csv: RFC 4180. pain.001: ISO 20022 customer credit transfers to who is owed. pain.008: direct debits of who owes.
 */
export type ExtensionsClearingCycleFileFormat2 = 'csv' | 'pain.001' | 'pain.008'
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier14 = string
/**
 * open takes transfers; closed is netted; settled has no open leg.
 */
export type ExtensionsClearingCycleStatus1 = 'open' | 'closed' | 'settled'
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier15 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier16 = string
/**
 * Where it stands.
 */
export type ExtensionsClearingGrantStatus = 'held' | 'released'
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier17 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier18 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier19 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier20 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp8 = string
/**
 * held: budget is held for the channel. released: what was delivered is captured, the rest is free again.
 */
export type ExtensionsClearingGrantStatus1 = 'held' | 'released'
/**
 * collect from a net debtor, pay to a net creditor.
 */
export type ExtensionsClearingLegDirection1 = 'collect' | 'pay'
/**
 * What the rail said, or unwound: given up.
 */
export type ExtensionsClearingLegResult = 'settled' | 'failed' | 'unwound'
/**
 * failed legs are tried again; unwound ones go back onto the position of their participant.
 */
export type ExtensionsClearingLegStatus1 = 'pending' | 'failed' | 'settled' | 'unwound'
/**
 * Atomic units.
 */
export type ExtensionsClearingUnits6 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier21 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier22 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier23 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier24 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier25 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier26 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier27 = string
/**
 * What the rail said, or unwound: given up.
 */
export type ExtensionsClearingLegResult1 = 'settled' | 'failed' | 'unwound'
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier28 = string
/**
 * Why.
 */
export type ExtensionsClearingTransferKind = 'prefund' | 'hold' | 'tick' | 'deliver' | 'release' | 'settle'
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier29 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier30 = string
/**
 * Atomic units.
 */
export type ExtensionsClearingUnits7 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp9 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp10 = string
/**
 * Payee only: everything delivered so far.
 */
export type ExtensionsClearingUnits8 = string
/**
 * What became of it.
 */
export type ExtensionsClearingTickResult = 'accepted' | 'unchanged' | 'corrected'
/**
 * Authorised now.
 */
export type ExtensionsClearingUnits9 = string
/**
 * Delivered now.
 */
export type ExtensionsClearingUnits10 = string
/**
 * accepted: durable and newer than before. unchanged: the same was taken before. corrected: lower than what was taken before, whose proof is in the answer.
 */
export type ExtensionsClearingTickResult1 = 'accepted' | 'unchanged' | 'corrected'
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier31 = string
/**
 * Atomic units to hold on top.
 */
export type ExtensionsClearingUnits11 = string
/**
 * Why money moved in the books.
 */
export type ExtensionsClearingTransferKind1 = 'prefund' | 'hold' | 'tick' | 'deliver' | 'release' | 'settle'
/**
 * A count of atomic units as a decimal string. The form is wide on purpose: what is no positive whole number within bounds is refused by its own name (EXT-CLEARING-2).
 */
export type ExtensionsClearingUnits12 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier32 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp11 = string
/**
 * A JWS in compact serialisation (RFC 7515).
 */
export type CommonCompactJws1 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier33 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier34 = string
/**
 * A merchant accepts a dispute or supplies what defends it.
 */
export type ExtensionsDisputeAnswerDisputeRequest =
  ExtensionsDisputeAnswerDisputeRequestAccept | ExtensionsDisputeAnswerDisputeRequestDefend
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier35 = string
/**
 * Its kind, as Antom names it.
 */
export type ExtensionsDisputeType = 'CHARGEBACK' | 'RETRIEVAL_REQUEST' | 'COMPLIANCE_REQUEST'
/**
 * How a dispute stands.
 */
export type ExtensionsDisputeStatus = 'CREATED' | 'DEFENSE_SUPPLIED' | 'ACCEPTED' | 'JUDGED' | 'CANCELLED'
/**
 * For whom it was judged, as Antom names it.
 */
export type ExtensionsDisputeJudgedResult =
  'ACCEPT_BY_CUSTOMER' | 'ACCEPT_BY_MERCHANT' | 'VALIDATE_SUCCESS' | 'VALIDATE_FAIL'
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier36 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier37 = string
/**
 * What was recorded.
 */
export type ExtensionsEvidenceRecordKind =
  | 'identity'
  | 'mandate'
  | 'token-request'
  | 'guard-decision'
  | 'rating-statement'
  | 'gate-decision'
  | 'message'
  | 'claim-decision'
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier38 = string
/**
 * One of the six dimensions published for the trust assessment (ant-intl/AMP@2d7cb03).
 */
export type ExtensionsRatingDimension =
  | 'transaction-compliance'
  | 'authorization-consistency'
  | 'abnormal-behaviour'
  | 'entity-qualification'
  | 'runtime-security'
  | 'intent-accuracy'
/**
 * What happened.
 */
export type ExtensionsRatingEventKind =
  | 'payment-succeeded'
  | 'payment-refunded'
  | 'guard-refused'
  | 'mandate-mismatch'
  | 'anomaly'
  | 'entity-changed'
  | 'entity-disqualified'
  | 'attestation-failed'
  | 'intent-mismatch'
  | 'dispute-lost'
  | 'claim-approved'
/**
 * How far an agent may act alone: L0, every payment confirmed, to L4. L5, without bounds, exists as a name and is never given.
 */
export type ExtensionsRatingTier = 'L0' | 'L1' | 'L2' | 'L3' | 'L4'
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp12 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier39 = string
/**
 * IMMEDIATE: the user is present. AUTONOMOUS: the agent acts later within bounds (AMP-TRUST-032).
 */
export type TrustMandateType = 'IMMEDIATE' | 'AUTONOMOUS'
/**
 * What the device of the user can do.
 */
export type ExtensionsRatingDeviceAbility = 'shows-and-proves' | 'shows' | 'cannot-show'
/**
 * State of the attestation of the runtime.
 */
export type ExtensionsRatingRuntimeState = 'attested' | 'unattested' | 'failed'
/**
 * What to do.
 */
export type ExtensionsRatingDisposition = 'auto-execute' | 'observe' | 'escalate' | 'deny'
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier40 = string
/**
 * A JWS in compact serialisation (RFC 7515).
 */
export type CommonCompactJws2 = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri4 = string
/**
 * What is said to have happened.
 */
export type ExtensionsGuaranteeCause = 'account-takeover' | 'merchandise' | 'other'
/**
 * Where a claim stands.
 */
export type ExtensionsGuaranteeClaimStatus = 'submitted' | 'under-review' | 'approved' | 'rejected' | 'paid'
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp13 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp14 = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri5 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp15 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier41 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier42 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier43 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier44 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier45 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier46 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier47 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp16 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier48 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier49 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier50 = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri6 = string
/**
 * CGCP code: 28, one version digit, three institution digits, business type 23, payload of at least 16 characters (AMP-PAY-038). One use, minutes, one checkout.
 */
export type PaymentPaymentToken = string
/**
 * A serialised SD-JWT (RFC 9901): compact JWS, then every disclosure, each ended by a tilde.
 */
export type CommonSdJwt1 = string
/**
 * A serialised SD-JWT (RFC 9901): compact JWS, then every disclosure, each ended by a tilde.
 */
export type CommonSdJwt2 = string
/**
 * A serialised SD-JWT (RFC 9901): compact JWS, then every disclosure, each ended by a tilde.
 */
export type CommonSdJwt3 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier51 = string
/**
 * An absolute http or https URL a party can be reached at.
 */
export type CommonUrl6 = string
/**
 * An absolute http or https URL a party can be reached at.
 */
export type CommonUrl7 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier52 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier53 = string
/**
 * Whether an agent may act.
 */
export type TrustAgentStatus = 'active' | 'suspended' | 'revoked'
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri7 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier54 = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri8 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier55 = string
/**
 * What a Token Status List says of a credential.
 */
export type ExtensionsKyaCredentialStatus = 'valid' | 'revoked' | 'suspended'
/**
 * A serialised SD-JWT (RFC 9901): compact JWS, then every disclosure, each ended by a tilde.
 */
export type CommonSdJwt4 = string
/**
 * A JWS in compact serialisation (RFC 7515).
 */
export type CommonCompactJws3 = string
/**
 * An absolute http or https URL a party can be reached at.
 */
export type CommonUrl8 = string
/**
 * A JWS in compact serialisation (RFC 7515).
 */
export type CommonCompactJws4 = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri9 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier56 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier57 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier58 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier59 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier60 = string
/**
 * Has the merchant answer a dispute, as its staff would.
 */
export type HooksAnswerDisputeRequest =
  ExtensionsDisputeAnswerDisputeRequestAccept | ExtensionsDisputeAnswerDisputeRequestDefend
/**
 * An absolute http or https URL a party can be reached at.
 */
export type CommonUrl9 = string
/**
 * What came of the call.
 */
export type HooksCallBackResponse = HooksCallBackResponseReached | HooksCallBackResponseUnreached
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier61 = string
/**
 * An absolute http or https URL a party can be reached at.
 */
export type CommonUrl10 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier62 = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri10 = string
/**
 * Where an authorization stands.
 */
export type TrustAuthorizationStatus = 'PENDING_IDV' | 'COMPLETED' | 'FAILED'
/**
 * An absolute http or https URL a party can be reached at.
 */
export type CommonUrl11 = string
/**
 * A serialised SD-JWT (RFC 9901): compact JWS, then every disclosure, each ended by a tilde.
 */
export type CommonSdJwt5 = string
/**
 * A JWS in compact serialisation (RFC 7515).
 */
export type CommonCompactJws5 = string
/**
 * A JWS in compact serialisation (RFC 7515).
 */
export type CommonCompactJws6 = string
/**
 * Life of a mandate (AMP-TRUST-074). Only activated is usable; revoked, expired and finished are terminal.
 */
export type TrustMandateStatus1 = 'inactive' | 'activated' | 'revoked' | 'expired' | 'finished'
/**
 * Whether a binding may be used.
 */
export type PaymentBindingStatus = 'activated' | 'revoked'
/**
 * A serialised SD-JWT (RFC 9901): compact JWS, then every disclosure, each ended by a tilde.
 */
export type CommonSdJwt6 = string
/**
 * Where an authorization stands.
 */
export type TrustAuthorizationStatus1 = 'PENDING_IDV' | 'COMPLETED' | 'FAILED'
/**
 * A serialised SD-JWT (RFC 9901): compact JWS, then every disclosure, each ended by a tilde.
 */
export type CommonSdJwt7 = string
/**
 * A serialised SD-JWT (RFC 9901): compact JWS, then every disclosure, each ended by a tilde.
 */
export type CommonSdJwt8 = string
/**
 * Stage of the Intent Guard: S1 before display, S2 before the token, S3 before payment, S4 before debit.
 */
export type TrustGuardStage1 = 'S1' | 'S2' | 'S3' | 'S4'
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier63 = string
/**
 * Where a payment stands. PROCESSING: not known yet, ask again.
 */
export type PaymentPaymentStatus = 'SUCCESS' | 'FAIL' | 'PROCESSING'
/**
 * How a dispute stands.
 */
export type ExtensionsDisputeStatus1 = 'CREATED' | 'DEFENSE_SUPPLIED' | 'ACCEPTED' | 'JUDGED' | 'CANCELLED'
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier64 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier65 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp17 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier66 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp18 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier67 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier68 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier69 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier70 = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri11 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp19 = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri12 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier71 = string
/**
 * The network tells a credential provider how an authorization ended.
 */
export type TrustAuthorizationNotification =
  | TrustAuthorizationNotificationEnrollment
  | TrustAuthorizationNotificationMandate
  | TrustAuthorizationNotificationFailure
/**
 * A serialised SD-JWT (RFC 9901): compact JWS, then every disclosure, each ended by a tilde.
 */
export type CommonSdJwt9 = string
/**
 * A serialised SD-JWT (RFC 9901): compact JWS, then every disclosure, each ended by a tilde.
 */
export type CommonSdJwt10 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier72 = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri13 = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri14 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier73 = string
/**
 * A credential provider asks the network to have a user bind a wallet or authorise a mandate.
 */
export type TrustCreateAuthorizationRequest =
  | TrustCreateAuthorizationRequestEnrollment
  | TrustCreateAuthorizationRequestImmediate
  | TrustCreateAuthorizationRequestAutonomous
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier74 = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri15 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier75 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier76 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier77 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier78 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp20 = string
/**
 * An absolute http or https URL a party can be reached at.
 */
export type CommonUrl12 = string
/**
 * An agent asks its credential provider for a mandate.
 */
export type TrustCreateMandateSessionRequest =
  TrustCreateMandateSessionRequestImmediate | TrustCreateMandateSessionRequestAutonomous
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier79 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier80 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier81 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier82 = string
/**
 * An absolute http or https URL a party can be reached at.
 */
export type CommonUrl13 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier83 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp21 = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri16 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier84 = string
/**
 * A serialised SD-JWT (RFC 9901): compact JWS, then every disclosure, each ended by a tilde.
 */
export type CommonSdJwt11 = string
/**
 * A serialised SD-JWT (RFC 9901): compact JWS, then every disclosure, each ended by a tilde.
 */
export type CommonSdJwt12 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp22 = string
/**
 * Life of a mandate (AMP-TRUST-074). Only activated is usable; revoked, expired and finished are terminal.
 */
export type TrustMandateStatus2 = 'inactive' | 'activated' | 'revoked' | 'expired' | 'finished'
/**
 * Claims of the mandate layer in either mode.
 */
export type TrustMandateClaims = TrustMandateClaimsImmediate | TrustMandateClaimsAutonomous
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri17 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp23 = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri18 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp24 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier85 = string
/**
 * IMMEDIATE: the user is present. AUTONOMOUS: the agent acts later within bounds (AMP-TRUST-032).
 */
export type TrustMandateType1 = 'IMMEDIATE' | 'AUTONOMOUS'
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp25 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp26 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp27 = string
/**
 * A wallet reports to the network what the user decided.
 */
export type TrustNotifyAuthorizationRequest =
  | TrustNotifyAuthorizationRequestEnrollment
  | TrustNotifyAuthorizationRequestMandate
  | TrustNotifyAuthorizationRequestFailure
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp28 = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri19 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier86 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp29 = string
/**
 * A serialised SD-JWT (RFC 9901): compact JWS, then every disclosure, each ended by a tilde.
 */
export type CommonSdJwt13 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier87 = string
/**
 * A serialised SD-JWT (RFC 9901): compact JWS, then every disclosure, each ended by a tilde.
 */
export type CommonSdJwt14 = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri20 = string
/**
 * A JWS in compact serialisation (RFC 7515).
 */
export type CommonCompactJws7 = string
/**
 * A JWS in compact serialisation (RFC 7515).
 */
export type CommonCompactJws8 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp30 = string
/**
 * A JWS in compact serialisation (RFC 7515).
 */
export type CommonCompactJws9 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier88 = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri21 = string
/**
 * The https URI that identifies a party. It is compared as an exact string and is not an endpoint (decision 0004).
 */
export type CommonPartyUri22 = string
/**
 * Where an authorization stands at the wallet.
 */
export type WalletAuthorizationStatus = 'AUTH_IN_PROCESS' | 'SUCCESS' | 'FAILED'
/**
 * The network hands an authorization to the wallet, which runs S1 before it shows a mandate.
 */
export type WalletCreateAuthorizationRequest =
  | WalletCreateAuthorizationRequestEnrollment
  | WalletCreateAuthorizationRequestImmediate
  | WalletCreateAuthorizationRequestAutonomous
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier89 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier90 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier91 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier92 = string
/**
 * A serialised SD-JWT (RFC 9901): compact JWS, then every disclosure, each ended by a tilde.
 */
export type CommonSdJwt15 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier93 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier94 = string
/**
 * An opaque identifier chosen by the party that issues it.
 */
export type CommonIdentifier95 = string
/**
 * A serialised SD-JWT (RFC 9901): compact JWS, then every disclosure, each ended by a tilde.
 */
export type CommonSdJwt16 = string
/**
 * An absolute http or https URL a party can be reached at.
 */
export type CommonUrl14 = string
/**
 * A serialised SD-JWT (RFC 9901): compact JWS, then every disclosure, each ended by a tilde.
 */
export type CommonSdJwt17 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp31 = string
/**
 * A moment as RFC 3339 with an offset.
 */
export type CommonTimestamp32 = string

/** Every message by schema path. */
export interface Messages {
  'common/acknowledgement': CommonAcknowledgement
  'common/amount': CommonAmount
  'common/checkout': CommonCheckout
  'common/compact-jws': CommonCompactJws
  'common/currency': CommonCurrency1
  'common/discovery': CommonDiscovery
  'common/goods': CommonGoods
  'common/identifier': CommonIdentifier2
  'common/judged-role': CommonJudgedRole
  'common/jwks': CommonJwks1
  'common/merchant': CommonMerchant1
  'common/page-size': CommonPageSize
  'common/page-token': CommonPageToken
  'common/party-uri': CommonPartyUri1
  'common/problem': CommonProblem
  'common/public-jwk': CommonPublicJwk
  'common/role': CommonRole
  'common/sd-jwt': CommonSdJwt
  'common/served-role': CommonServedRole
  'common/timestamp': CommonTimestamp
  'common/url': CommonUrl5
  'extensions/clearing/admit-participant-request': ExtensionsClearingAdmitParticipantRequest
  'extensions/clearing/anchor': ExtensionsClearingAnchor
  'extensions/clearing/channel': ExtensionsClearingChannel
  'extensions/clearing/channel-profile': ExtensionsClearingChannelProfile1
  'extensions/clearing/channel-request': ExtensionsClearingChannelRequest
  'extensions/clearing/channel-status': ExtensionsClearingChannelStatus1
  'extensions/clearing/close-cycle-request': ExtensionsClearingCloseCycleRequest
  'extensions/clearing/credit-transfers': ExtensionsClearingCreditTransfers
  'extensions/clearing/cycle': ExtensionsClearingCycle
  'extensions/clearing/cycle-file': ExtensionsClearingCycleFile
  'extensions/clearing/cycle-file-format': ExtensionsClearingCycleFileFormat1
  'extensions/clearing/cycle-file-request': ExtensionsClearingCycleFileRequest
  'extensions/clearing/cycle-request': ExtensionsClearingCycleRequest
  'extensions/clearing/cycle-status': ExtensionsClearingCycleStatus1
  'extensions/clearing/descriptor': ExtensionsClearingDescriptor1
  'extensions/clearing/direct-debits': ExtensionsClearingDirectDebits
  'extensions/clearing/grant': ExtensionsClearingGrant
  'extensions/clearing/grant-request': ExtensionsClearingGrantRequest
  'extensions/clearing/grant-status': ExtensionsClearingGrantStatus1
  'extensions/clearing/leg-direction': ExtensionsClearingLegDirection1
  'extensions/clearing/leg-result': ExtensionsClearingLegResult
  'extensions/clearing/leg-status': ExtensionsClearingLegStatus1
  'extensions/clearing/link': ExtensionsClearingLink1
  'extensions/clearing/micro-amount': ExtensionsClearingMicroAmount
  'extensions/clearing/open-channel-request': ExtensionsClearingOpenChannelRequest
  'extensions/clearing/open-stream-request': ExtensionsClearingOpenStreamRequest
  'extensions/clearing/participant': ExtensionsClearingParticipant
  'extensions/clearing/participant-request': ExtensionsClearingParticipantRequest
  'extensions/clearing/position': ExtensionsClearingPosition
  'extensions/clearing/prefund-request': ExtensionsClearingPrefundRequest
  'extensions/clearing/release-grant-request': ExtensionsClearingReleaseGrantRequest
  'extensions/clearing/report-leg-request': ExtensionsClearingReportLegRequest
  'extensions/clearing/settlement-leg': ExtensionsClearingSettlementLeg
  'extensions/clearing/statement': ExtensionsClearingStatement
  'extensions/clearing/statement-request': ExtensionsClearingStatementRequest
  'extensions/clearing/stream': ExtensionsClearingStream
  'extensions/clearing/tick-refusal': ExtensionsClearingTickRefusal
  'extensions/clearing/tick-request': ExtensionsClearingTickRequest
  'extensions/clearing/tick-response': ExtensionsClearingTickResponse
  'extensions/clearing/tick-result': ExtensionsClearingTickResult1
  'extensions/clearing/top-up-channel-request': ExtensionsClearingTopUpChannelRequest
  'extensions/clearing/transfer': ExtensionsClearingTransfer
  'extensions/clearing/transfer-kind': ExtensionsClearingTransferKind1
  'extensions/clearing/units': ExtensionsClearingUnits12
  'extensions/clearing/voucher': ExtensionsClearingVoucher3
  'extensions/control/suspend-request': ExtensionsControlSuspendRequest
  'extensions/control/suspension': ExtensionsControlSuspension
  'extensions/devices/confirmation': ExtensionsDevicesConfirmation
  'extensions/devices/confirmed-on': ExtensionsDevicesConfirmedOn
  'extensions/devices/profile': ExtensionsDevicesProfile
  'extensions/devices/proof-claims': ExtensionsDevicesProofClaims
  'extensions/devices/route-request': ExtensionsDevicesRouteRequest
  'extensions/devices/routed': ExtensionsDevicesRouted
  'extensions/devices/situation': ExtensionsDevicesSituation
  'extensions/dispute/answer-dispute-request': ExtensionsDisputeAnswerDisputeRequest
  'extensions/dispute/answer-dispute-request-accept': ExtensionsDisputeAnswerDisputeRequestAccept
  'extensions/dispute/answer-dispute-request-defend': ExtensionsDisputeAnswerDisputeRequestDefend
  'extensions/dispute/cancel-dispute-request': ExtensionsDisputeCancelDisputeRequest
  'extensions/dispute/dead-letter': ExtensionsDisputeDeadLetter
  'extensions/dispute/dead-letters': ExtensionsDisputeDeadLetters
  'extensions/dispute/dispute': ExtensionsDisputeDispute
  'extensions/dispute/inquiry-dead-letters-request': ExtensionsDisputeInquiryDeadLettersRequest
  'extensions/dispute/inquiry-dispute-request': ExtensionsDisputeInquiryDisputeRequest
  'extensions/dispute/judged-result': ExtensionsDisputeJudgedResult
  'extensions/dispute/notification': ExtensionsDisputeNotification
  'extensions/dispute/open-dispute-request': ExtensionsDisputeOpenDisputeRequest
  'extensions/dispute/status': ExtensionsDisputeStatus
  'extensions/dispute/type': ExtensionsDisputeType
  'extensions/dispute/wallet-open-dispute-request': ExtensionsDisputeWalletOpenDisputeRequest
  'extensions/evidence/bundle': ExtensionsEvidenceBundle
  'extensions/evidence/entry': ExtensionsEvidenceEntry
  'extensions/evidence/erase-evidence-request': ExtensionsEvidenceEraseEvidenceRequest
  'extensions/evidence/erased-evidence': ExtensionsEvidenceErasedEvidence
  'extensions/evidence/inquiry-evidence-bundle-request': ExtensionsEvidenceInquiryEvidenceBundleRequest
  'extensions/evidence/inquiry-tree-head-request': ExtensionsEvidenceInquiryTreeHeadRequest
  'extensions/evidence/record': ExtensionsEvidenceRecord
  'extensions/evidence/record-kind': ExtensionsEvidenceRecordKind
  'extensions/evidence/tree-head': ExtensionsEvidenceTreeHead
  'extensions/evidence/tree-head-claims': ExtensionsEvidenceTreeHeadClaims
  'extensions/guarantee/appeal-claim-request': ExtensionsGuaranteeAppealClaimRequest
  'extensions/guarantee/cause': ExtensionsGuaranteeCause
  'extensions/guarantee/claim': ExtensionsGuaranteeClaim
  'extensions/guarantee/claim-status': ExtensionsGuaranteeClaimStatus
  'extensions/guarantee/decision': ExtensionsGuaranteeDecision
  'extensions/guarantee/facts': ExtensionsGuaranteeFacts
  'extensions/guarantee/guarantee-state': ExtensionsGuaranteeGuaranteeState
  'extensions/guarantee/inquiry-claim-request': ExtensionsGuaranteeInquiryClaimRequest
  'extensions/guarantee/inquiry-guarantee-request': ExtensionsGuaranteeInquiryGuaranteeRequest
  'extensions/guarantee/policy': ExtensionsGuaranteePolicy
  'extensions/guarantee/pool': ExtensionsGuaranteePool
  'extensions/guarantee/recover-claim-request': ExtensionsGuaranteeRecoverClaimRequest
  'extensions/guarantee/report-takeover-request': ExtensionsGuaranteeReportTakeoverRequest
  'extensions/guarantee/submit-claim-request': ExtensionsGuaranteeSubmitClaimRequest
  'extensions/guarantee/takeover-report': ExtensionsGuaranteeTakeoverReport
  'extensions/guarantee/wallet-report': ExtensionsGuaranteeWalletReport
  'extensions/guarantee/wallet-report-request': ExtensionsGuaranteeWalletReportRequest
  'extensions/handler/config': ExtensionsHandlerConfig
  'extensions/handler/credential': ExtensionsHandlerCredential
  'extensions/handler/declaration': ExtensionsHandlerDeclaration
  'extensions/handler/instrument': ExtensionsHandlerInstrument
  'extensions/kya/agent-notification': ExtensionsKyaAgentNotification
  'extensions/kya/attestation-claims': ExtensionsKyaAttestationClaims
  'extensions/kya/challenge': ExtensionsKyaChallenge
  'extensions/kya/challenge-request': ExtensionsKyaChallengeRequest
  'extensions/kya/credential-claims': ExtensionsKyaCredentialClaims
  'extensions/kya/credential-status': ExtensionsKyaCredentialStatus
  'extensions/kya/inquiry-kya-request': ExtensionsKyaInquiryKyaRequest
  'extensions/kya/inquiry-status-list-request': ExtensionsKyaInquiryStatusListRequest
  'extensions/kya/kya': ExtensionsKyaKya
  'extensions/kya/rotate-key-request': ExtensionsKyaRotateKeyRequest
  'extensions/kya/runtime-identity': ExtensionsKyaRuntimeIdentity
  'extensions/kya/status-list': ExtensionsKyaStatusList
  'extensions/kya/status-list-claims': ExtensionsKyaStatusListClaims
  'extensions/rating/agent-rating': ExtensionsRatingAgentRating
  'extensions/rating/device-ability': ExtensionsRatingDeviceAbility
  'extensions/rating/dimension': ExtensionsRatingDimension
  'extensions/rating/disposition': ExtensionsRatingDisposition
  'extensions/rating/event': ExtensionsRatingEvent
  'extensions/rating/event-kind': ExtensionsRatingEventKind
  'extensions/rating/gate-decision': ExtensionsRatingGateDecision
  'extensions/rating/gate-input': ExtensionsRatingGateInput
  'extensions/rating/gate-policy': ExtensionsRatingGatePolicy
  'extensions/rating/inquiry-rating-request': ExtensionsRatingInquiryRatingRequest
  'extensions/rating/policy': ExtensionsRatingPolicy
  'extensions/rating/runtime-state': ExtensionsRatingRuntimeState
  'extensions/rating/statement-claims': ExtensionsRatingStatementClaims
  'extensions/rating/tier': ExtensionsRatingTier
  'extensions/refund/acquirer-refund-request': ExtensionsRefundAcquirerRefundRequest
  'extensions/refund/inquiry-refund-request': ExtensionsRefundInquiryRefundRequest
  'extensions/refund/refund': ExtensionsRefundRefund
  'extensions/refund/refund-request': ExtensionsRefundRefundRequest
  'extensions/refund/wallet-refund': ExtensionsRefundWalletRefund
  'extensions/refund/wallet-refund-request': ExtensionsRefundWalletRefundRequest
  'hooks/answer-dispute-request': HooksAnswerDisputeRequest
  'hooks/call-back-request': HooksCallBackRequest
  'hooks/call-back-response': HooksCallBackResponse
  'hooks/call-back-response-reached': HooksCallBackResponseReached
  'hooks/call-back-response-unreached': HooksCallBackResponseUnreached
  'hooks/decide-authorization-request': HooksDecideAuthorizationRequest
  'hooks/export-ledger-request': HooksExportLedgerRequest
  'hooks/judge-dispute-request': HooksJudgeDisputeRequest
  'hooks/ledger': HooksLedger
  'hooks/ledger-account': HooksLedgerAccount
  'hooks/refund-order-request': HooksRefundOrderRequest
  'hooks/register-merchant-request': HooksRegisterMerchantRequest
  'hooks/register-peer-request': HooksRegisterPeerRequest
  'hooks/reset-request': HooksResetRequest
  'hooks/seed-device-request': HooksSeedDeviceRequest
  'hooks/seed-user-request': HooksSeedUserRequest
  'hooks/seed-user-response': HooksSeedUserResponse
  'hooks/set-clock-request': HooksSetClockRequest
  'hooks/set-clock-response': HooksSetClockResponse
  'hooks/step-kya-request': HooksStepKyaRequest
  'hooks/take-asset-request': HooksTakeAssetRequest
  'hooks/trust-attester-request': HooksTrustAttesterRequest
  'hooks/trust-keys-request': HooksTrustKeysRequest
  'payment/acquirer-inquiry-payment-request': PaymentAcquirerInquiryPaymentRequest
  'payment/acquirer-pay-request': PaymentAcquirerPayRequest
  'payment/add-payment-method-request': PaymentAddPaymentMethodRequest
  'payment/add-payment-method-response': PaymentAddPaymentMethodResponse
  'payment/apply-credential-request': PaymentApplyCredentialRequest
  'payment/apply-credential-response': PaymentApplyCredentialResponse
  'payment/binding': PaymentBinding
  'payment/binding-list': PaymentBindingList
  'payment/binding-status': PaymentBindingStatus
  'payment/check-intent-request': PaymentCheckIntentRequest
  'payment/check-intent-response': PaymentCheckIntentResponse
  'payment/checkout-item': PaymentCheckoutItem
  'payment/failure': PaymentFailure
  'payment/inquiry-order-request': PaymentInquiryOrderRequest
  'payment/inquiry-payment-request': PaymentInquiryPaymentRequest
  'payment/order': PaymentOrder
  'payment/order-state': PaymentOrderState
  'payment/pay-request': PaymentPayRequest
  'payment/payment': PaymentPayment
  'payment/payment-notification': PaymentPaymentNotification
  'payment/payment-status': PaymentPaymentStatus
  'payment/payment-token': PaymentPaymentToken
  'payment/product': PaymentProduct
  'payment/product-list': PaymentProductList
  'payment/query-payment-method-list-request': PaymentQueryPaymentMethodListRequest
  'payment/revoke-binding-request': PaymentRevokeBindingRequest
  'payment/revoke-binding-response': PaymentRevokeBindingResponse
  'payment/search-products-request': PaymentSearchProductsRequest
  'payment/start-checkout-request': PaymentStartCheckoutRequest
  'payment/start-checkout-response': PaymentStartCheckoutResponse
  'payment/start-payment-request': PaymentStartPaymentRequest
  'payment/wallet-inquiry-payment-request': PaymentWalletInquiryPaymentRequest
  'payment/wallet-pay-request': PaymentWalletPayRequest
  'payment/wallet-pay-response': PaymentWalletPayResponse
  'trust/adjust-mandate-request': TrustAdjustMandateRequest
  'trust/adjust-mandate-response': TrustAdjustMandateResponse
  'trust/agent': TrustAgent
  'trust/agent-profile': TrustAgentProfile
  'trust/agent-status': TrustAgentStatus
  'trust/agent-summary': TrustAgentSummary
  'trust/assurance': TrustAssurance
  'trust/assurance-header': TrustAssuranceHeader
  'trust/authorization-notification': TrustAuthorizationNotification
  'trust/authorization-notification-enrollment': TrustAuthorizationNotificationEnrollment
  'trust/authorization-notification-failure': TrustAuthorizationNotificationFailure
  'trust/authorization-notification-mandate': TrustAuthorizationNotificationMandate
  'trust/authorization-status': TrustAuthorizationStatus
  'trust/binding-info': TrustBindingInfo
  'trust/budget': TrustBudget1
  'trust/cancel-mandate-request': TrustCancelMandateRequest
  'trust/cancel-mandate-response': TrustCancelMandateResponse
  'trust/commitment-claims': TrustCommitmentClaims
  'trust/confirmation': TrustConfirmation
  'trust/constraints': TrustConstraints
  'trust/create-authorization-request': TrustCreateAuthorizationRequest
  'trust/create-authorization-request-autonomous': TrustCreateAuthorizationRequestAutonomous
  'trust/create-authorization-request-enrollment': TrustCreateAuthorizationRequestEnrollment
  'trust/create-authorization-request-immediate': TrustCreateAuthorizationRequestImmediate
  'trust/create-authorization-response': TrustCreateAuthorizationResponse
  'trust/create-mandate-session-request': TrustCreateMandateSessionRequest
  'trust/create-mandate-session-request-autonomous': TrustCreateMandateSessionRequestAutonomous
  'trust/create-mandate-session-request-immediate': TrustCreateMandateSessionRequestImmediate
  'trust/create-mandate-session-response': TrustCreateMandateSessionResponse
  'trust/evidence': TrustEvidence
  'trust/evidence-record': TrustEvidenceRecord
  'trust/frequency': TrustFrequency1
  'trust/guard-stage': TrustGuardStage1
  'trust/identity-claims': TrustIdentityClaims
  'trust/inquiry-agent-request': TrustInquiryAgentRequest
  'trust/inquiry-evidence-request': TrustInquiryEvidenceRequest
  'trust/inquiry-mandate-list-request': TrustInquiryMandateListRequest
  'trust/inquiry-mandate-request': TrustInquiryMandateRequest
  'trust/inquiry-mandate-session-request': TrustInquiryMandateSessionRequest
  'trust/inquiry-mandate-session-response': TrustInquiryMandateSessionResponse
  'trust/intent-autonomous': TrustIntentAutonomous
  'trust/intent-immediate': TrustIntentImmediate
  'trust/mandate': TrustMandate
  'trust/mandate-claims': TrustMandateClaims
  'trust/mandate-claims-autonomous': TrustMandateClaimsAutonomous
  'trust/mandate-claims-immediate': TrustMandateClaimsImmediate
  'trust/mandate-disclosures-autonomous': TrustMandateDisclosuresAutonomous
  'trust/mandate-disclosures-immediate': TrustMandateDisclosuresImmediate
  'trust/mandate-event': TrustMandateEvent
  'trust/mandate-info': TrustMandateInfo
  'trust/mandate-list': TrustMandateList
  'trust/mandate-notification': TrustMandateNotification
  'trust/mandate-status': TrustMandateStatus1
  'trust/mandate-summary': TrustMandateSummary
  'trust/mandate-type': TrustMandateType
  'trust/notify-authorization-request': TrustNotifyAuthorizationRequest
  'trust/notify-authorization-request-enrollment': TrustNotifyAuthorizationRequestEnrollment
  'trust/notify-authorization-request-failure': TrustNotifyAuthorizationRequestFailure
  'trust/notify-authorization-request-mandate': TrustNotifyAuthorizationRequestMandate
  'trust/notify-authorization-response': TrustNotifyAuthorizationResponse
  'trust/proof-of-possession-claims': TrustProofOfPossessionClaims
  'trust/register-agent-application': TrustRegisterAgentApplication
  'trust/register-agent-request': TrustRegisterAgentRequest
  'trust/request-signature-claims': TrustRequestSignatureClaims
  'trust/review-evidence': TrustReviewEvidence
  'trust/review-item': TrustReviewItem
  'trust/review-record': TrustReviewRecord
  'trust/suspend-agent-request': TrustSuspendAgentRequest
  'trust/token-request-claims': TrustTokenRequestClaims
  'trust/token-request-disclosures': TrustTokenRequestDisclosures
  'trust/wallet-account': TrustWalletAccount
  'wallet/account': WalletAccount
  'wallet/account-list': WalletAccountList
  'wallet/agent-list': WalletAgentList
  'wallet/authorization-status': WalletAuthorizationStatus
  'wallet/authorized-agent': WalletAuthorizedAgent
  'wallet/bill': WalletBill
  'wallet/bill-list': WalletBillList
  'wallet/complete-idv-request': WalletCompleteIdvRequest
  'wallet/complete-idv-response': WalletCompleteIdvResponse
  'wallet/create-authorization-request': WalletCreateAuthorizationRequest
  'wallet/create-authorization-request-autonomous': WalletCreateAuthorizationRequestAutonomous
  'wallet/create-authorization-request-enrollment': WalletCreateAuthorizationRequestEnrollment
  'wallet/create-authorization-request-immediate': WalletCreateAuthorizationRequestImmediate
  'wallet/create-authorization-response': WalletCreateAuthorizationResponse
  'wallet/inquiry-account-request': WalletInquiryAccountRequest
  'wallet/inquiry-agent-list-request': WalletInquiryAgentListRequest
  'wallet/inquiry-authorization-request': WalletInquiryAuthorizationRequest
  'wallet/inquiry-authorization-response': WalletInquiryAuthorizationResponse
  'wallet/inquiry-bill-list-request': WalletInquiryBillListRequest
  'wallet/inquiry-limits-request': WalletInquiryLimitsRequest
  'wallet/inquiry-mandate-list-request': WalletInquiryMandateListRequest
  'wallet/limits': WalletLimits
  'wallet/limits-view': WalletLimitsView
  'wallet/login-request': WalletLoginRequest
  'wallet/login-response': WalletLoginResponse
  'wallet/mandate': WalletMandate
  'wallet/mandate-list': WalletMandateList
  'wallet/mandate-summary': WalletMandateSummary
  'wallet/network-bill-list-request': WalletNetworkBillListRequest
  'wallet/set-limits-request': WalletSetLimitsRequest
}
/**
 * A notification was stored durably.
 */
export interface CommonAcknowledgement {
  /**
   * Always true.
   */
  received: true
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * What is bought, from whom, for how much: the one shape of an order, signed and unsigned alike (decision 0003).
 */
export interface CommonCheckout {
  total_amount: CommonAmount1
  merchant: CommonMerchant
  /**
   * What is sold.
   *
   * @minItems 1
   * @maxItems 100
   */
  goods: CommonGoods[]
  reference_checkout_id: CommonIdentifier
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount1 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Who sells.
 */
export interface CommonMerchant {
  /**
   * Identifier of the merchant as its acquirer attests it.
   */
  reference_merchant_id: string
  /**
   * Name shown to the user.
   */
  merchant_name: string
  /**
   * ISO 18245 merchant category code.
   */
  merchant_mcc: string
  merchant_website_url?: CommonUrl
  /**
   * ISO 3166-1 alpha-2 code of the region the merchant trades in.
   */
  merchant_region?: string
}
/**
 * One line of a checkout (published claim names).
 */
export interface CommonGoods {
  /**
   * Name of the goods.
   */
  goods_name: string
  goods_unit_amount: CommonAmount2
  /**
   * Number of units.
   */
  goods_quantity: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount2 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * What `GET /.well-known/amp` answers: roles, versions, extensions, endpoints, keys and test hooks.
 */
export interface CommonDiscovery {
  /**
   * Versions the server speaks, newest first.
   *
   * @minItems 1
   * @maxItems 16
   *
   * Items: A version.
   */
  versions: string[]
  /**
   * The implementation.
   */
  software: {
    /**
     * Name of the implementation.
     */
    name: string
    /**
     * Its version.
     */
    version: string
  }
  /**
   * Roles served here.
   *
   * @minItems 1
   * @maxItems 8
   */
  roles: CommonServedRole[]
  /**
   * Extensions served here.
   *
   * @maxItems 64
   *
   * Items: Extension name.
   */
  extensions: string[]
  /**
   * Bounds the server keeps.
   */
  limits: {
    /**
     * Largest request body in bytes.
     */
    bodyBytesMax: number
    /**
     * Largest page.
     */
    pageSizeMax: number
    /**
     * Clock difference that is tolerated.
     */
    clockSkewSecondsMax: number
  }
  /**
   * Test hooks (EXT-HTTP, test hooks).
   */
  hooks: {
    /**
     * What the test hooks can do.
     */
    tier: 'H0' | 'H1' | 'H2' | 'H3'
    endpoint?: CommonUrl2
  }
  documentation?: CommonUrl3
  openapi?: CommonUrl4
}
/**
 * One role with its identity, endpoint and keys.
 */
export interface CommonServedRole {
  role: CommonJudgedRole
  id: CommonPartyUri
  /**
   * Name shown to people, for a wallet also its isp_name.
   */
  name: string
  endpoint: CommonUrl1
  jwks: CommonJwks
}
/**
 * Its public keys.
 */
export interface CommonJwks {
  /**
   * Public keys.
   *
   * @maxItems 16
   */
  keys: CommonPublicJwk[]
}
/**
 * A P-256 public key as a JWK. The object is closed, so that a private member makes it invalid (AMP-TRUST-114, contradiction 2).
 */
export interface CommonPublicJwk {
  /**
   * Key type.
   */
  kty: 'EC'
  /**
   * Curve.
   */
  crv: 'P-256'
  /**
   * X coordinate, base64url.
   */
  x: string
  /**
   * Y coordinate, base64url.
   */
  y: string
  kid: CommonIdentifier1
  /**
   * Key use.
   */
  use?: 'sig'
  /**
   * Algorithm.
   */
  alg?: 'ES256'
}
/**
 * The public keys of one party.
 */
export interface CommonJwks1 {
  /**
   * Public keys.
   *
   * @maxItems 16
   */
  keys: CommonPublicJwk[]
}
/**
 * A merchant as it appears inside a signed checkout (published claim names).
 */
export interface CommonMerchant1 {
  /**
   * Identifier of the merchant as its acquirer attests it.
   */
  reference_merchant_id: string
  /**
   * Name shown to the user.
   */
  merchant_name: string
  /**
   * ISO 18245 merchant category code.
   */
  merchant_mcc: string
  merchant_website_url?: CommonUrl
  /**
   * ISO 3166-1 alpha-2 code of the region the merchant trades in.
   */
  merchant_region?: string
}
/**
 * A refusal on the wire: RFC 9457 problem details with a code from problems.json.
 */
export interface CommonProblem {
  /**
   * URI reference of the problem type.
   */
  type: string
  /**
   * What went wrong, the same words for every occurrence.
   */
  title: string
  /**
   * HTTP status code.
   */
  status: number
  /**
   * Code from problems.json.
   */
  code: string
  /**
   * What went wrong this time, without secrets.
   */
  detail?: string
  /**
   * Request identifier of this occurrence.
   */
  instance?: string
  /**
   * JSON pointer or header name of the member at fault.
   */
  field?: string
  /**
   * Whether and how the same request may be tried again.
   */
  retry: 'never' | 'same' | 'after' | 'with-new-key'
  /**
   * Seconds to wait before trying again.
   */
  retryAfterSeconds?: number
  stage?: TrustGuardStage
  mandateStatus?: TrustMandateStatus
  limit?: CommonAmount3
  /**
   * Result code of the published demonstration services, where one exists.
   */
  resultCode?: string
  /**
   * Versions the server speaks.
   *
   * @maxItems 16
   *
   * Items: A version.
   */
  supportedVersions?: string[]
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount3 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Admits a participant, or changes how far it may owe.
 */
export interface ExtensionsClearingAdmitParticipantRequest {
  participantId: CommonIdentifier3
  currency: CommonCurrency1
  /**
   * Decimal digits.
   */
  scale: number
  agentKey?: CommonPublicJwk1
  /**
   * Atomic units its balance may fall below nothing.
   */
  creditLimit: string
}
/**
 * A P-256 public key as a JWK. The object is closed, so that a private member makes it invalid (AMP-TRUST-114, contradiction 2).
 */
export interface CommonPublicJwk1 {
  /**
   * Key type.
   */
  kty: 'EC'
  /**
   * Curve.
   */
  crv: 'P-256'
  /**
   * X coordinate, base64url.
   */
  x: string
  /**
   * Y coordinate, base64url.
   */
  y: string
  kid: CommonIdentifier1
  /**
   * Key use.
   */
  use?: 'sig'
  /**
   * Algorithm.
   */
  alg?: 'ES256'
}
/**
 * The JSON view of a chain anchor; the 136 bytes it stands for are what is signed.
 */
export interface ExtensionsClearingAnchor {
  /**
   * Link 0.
   */
  anchor: string
  unitPrice: ExtensionsClearingUnits
  /**
   * What was authorised before link 1.
   */
  base: string
  /**
   * Links after the anchor.
   */
  length: number
  /**
   * Epoch seconds; 0 never.
   */
  expiresAt: string
  /**
   * Ed25519 over the 136 bytes.
   */
  signature: string
}
/**
 * A channel as the clearing keeps it. What was authorised and what was delivered are different figures.
 */
export interface ExtensionsClearingChannel {
  /**
   * SHA-256 of the descriptor.
   */
  channelId: string
  descriptor: ExtensionsClearingDescriptor
  status: ExtensionsClearingChannelStatus
  cap: ExtensionsClearingUnits2
  authorised: ExtensionsClearingUnits3
  delivered: ExtensionsClearingUnits4
  voucher?: ExtensionsClearingVoucher
  anchor?: ExtensionsClearingAnchor1
  link?: ExtensionsClearingLink
  openedAt: CommonTimestamp3
  revokedAt?: CommonTimestamp4
  closesAt?: CommonTimestamp5
  closedAt?: CommonTimestamp6
}
/**
 * What it is bound to.
 */
export interface ExtensionsClearingDescriptor {
  /**
   * Version of the protocol.
   */
  version: string
  network: CommonPartyUri2
  clearing: CommonPartyUri3
  payerAgentId: CommonIdentifier4
  /**
   * RFC 7638 thumbprint of the registered key of the payer.
   */
  payerKeyThumbprint: string
  /**
   * Ed25519 key that signs vouchers and anchors, 32 bytes.
   */
  signerKey: string
  payeeId: CommonIdentifier5
  mandateId: CommonIdentifier6
  /**
   * SHA-256 of what the mandate allows, as the network answers it.
   */
  mandateHash: string
  currency: CommonCurrency1
  /**
   * Decimal digits below the major unit.
   */
  scale: number
  profile: ExtensionsClearingChannelProfile
  cap: ExtensionsClearingUnits1
  notBefore: CommonTimestamp1
  notAfter: CommonTimestamp2
  /**
   * How long the payee may redeem after the end.
   */
  graceSeconds: number
  /**
   * 16 random bytes.
   */
  salt: string
  /**
   * Counts the channels of this payer, so that none comes back.
   */
  incarnation: number
}
/**
 * The newest voucher taken.
 */
export interface ExtensionsClearingVoucher {
  cumulative: ExtensionsClearingUnits5
  /**
   * Rises with every voucher.
   */
  sequence: string
  /**
   * Epoch seconds; 0 never.
   */
  expiresAt: string
  /**
   * SHA-256 of what it answers, or 32 zero bytes.
   */
  contextHash: string
  /**
   * Ed25519 over the 120 bytes.
   */
  signature: string
}
/**
 * The JSON view of a chain anchor; the 136 bytes it stands for are what is signed.
 */
export interface ExtensionsClearingAnchor1 {
  /**
   * Link 0.
   */
  anchor: string
  unitPrice: ExtensionsClearingUnits
  /**
   * What was authorised before link 1.
   */
  base: string
  /**
   * Links after the anchor.
   */
  length: number
  /**
   * Epoch seconds; 0 never.
   */
  expiresAt: string
  /**
   * Ed25519 over the 136 bytes.
   */
  signature: string
}
/**
 * The newest link taken.
 */
export interface ExtensionsClearingLink {
  /**
   * Number of the link.
   */
  index: number
  /**
   * The 32 bytes.
   */
  link: string
}
/**
 * Names a channel.
 */
export interface ExtensionsClearingChannelRequest {
  /**
   * The channel.
   */
  channelId: string
}
/**
 * Cuts the open cycle off and nets it. The same request again answers the same cycle.
 */
export interface ExtensionsClearingCloseCycleRequest {
  cycleId: CommonIdentifier7
}
/**
 * What an ISO 20022 pain.001.001.09 file of a cycle holds, element by element and in this order; a name with @ is an attribute.
 */
export interface ExtensionsClearingCreditTransfers {
  /**
   * Customer credit transfer initiation.
   */
  CstmrCdtTrfInitn: {
    /**
     * Group header.
     */
    GrpHdr: {
      /**
       * The message.
       */
      MsgId: string
      CreDtTm: CommonTimestamp
      /**
       * Number of transactions.
       */
      NbOfTxs: string
      /**
       * Their sum.
       */
      CtrlSum: string
      /**
       * Who initiates.
       */
      InitgPty: {
        /**
         * Name.
         */
        Nm: string
      }
    }
    /**
     * Payment information.
     */
    PmtInf: {
      /**
       * The batch.
       */
      PmtInfId: string
      /**
       * Transfer.
       */
      PmtMtd: 'TRF'
      /**
       * Number of transactions.
       */
      NbOfTxs: string
      /**
       * Their sum.
       */
      CtrlSum: string
      /**
       * When to execute.
       */
      ReqdExctnDt: {
        /**
         * Day.
         */
        Dt: string
      }
      /**
       * Who pays.
       */
      Dbtr: {
        /**
         * Name.
         */
        Nm: string
      }
      /**
       * From where.
       */
      DbtrAcct: {
        /**
         * Which account.
         */
        Id: {
          /**
           * Named otherwise than by IBAN.
           */
          Othr: {
            /**
             * Identifier.
             */
            Id: string
          }
        }
      }
      /**
       * At which bank.
       */
      DbtrAgt: {
        /**
         * Which institution.
         */
        FinInstnId: {
          /**
           * Named otherwise than by BIC.
           */
          Othr: {
            /**
             * The bank knows it.
             */
            Id: 'NOTPROVIDED'
          }
        }
      }
      /**
       * One for each leg.
       *
       * @minItems 1
       * @maxItems 100000
       *
       * Items: A leg.
       */
      CdtTrfTxInf: {
        /**
         * Identifiers of the transaction.
         */
        PmtId: {
          /**
           * The leg.
           */
          InstrId: string
          /**
           * The leg.
           */
          EndToEndId: string
        }
        /**
         * How much.
         */
        Amt: {
          /**
           * Amount.
           */
          InstdAmt: {
            /**
             * Currency.
             */
            '@Ccy': string
            /**
             * In major units.
             */
            '#text': string
          }
        }
        /**
         * At which bank.
         */
        CdtrAgt: {
          /**
           * Which institution.
           */
          FinInstnId: {
            /**
             * Named otherwise than by BIC.
             */
            Othr: {
              /**
               * The bank knows it.
               */
              Id: 'NOTPROVIDED'
            }
          }
        }
        /**
         * Who is paid.
         */
        Cdtr: {
          /**
           * Name.
           */
          Nm: string
        }
        /**
         * To where.
         */
        CdtrAcct: {
          /**
           * Which account.
           */
          Id: {
            /**
             * Named otherwise than by IBAN.
             */
            Othr: {
              /**
               * Identifier.
               */
              Id: string
            }
          }
        }
      }[]
    }
  }
}
/**
 * A cycle: who owes and is owed what, and the legs that discharge it.
 */
export interface ExtensionsClearingCycle {
  cycleId: CommonIdentifier8
  currency: CommonCurrency1
  /**
   * Decimal digits.
   */
  scale: number
  status: ExtensionsClearingCycleStatus
  cutOffAt?: CommonTimestamp7
  /**
   * One for each participant; their nets less what was carried in sum to zero.
   *
   * @maxItems 100000
   */
  positions: ExtensionsClearingPosition[]
  /**
   * One for each net debtor and creditor.
   *
   * @maxItems 100000
   */
  legs: ExtensionsClearingSettlementLeg[]
}
/**
 * Net position of a participant in a cycle, exactly.
 */
export interface ExtensionsClearingPosition {
  participantId: CommonIdentifier9
  /**
   * Delivered by it.
   */
  received: string
  /**
   * Delivered to it.
   */
  paid: string
  /**
   * Left over from before.
   */
  carriedIn: string
  /**
   * received - paid + carriedIn.
   */
  net: string
  /**
   * What no minor unit holds; it stays on the balance.
   */
  carriedOut: string
}
/**
 * One instruction to the rail, in minor units.
 */
export interface ExtensionsClearingSettlementLeg {
  legId: CommonIdentifier10
  participantId: CommonIdentifier11
  direction: ExtensionsClearingLegDirection
  amount: CommonAmount
  status: ExtensionsClearingLegStatus
  /**
   * How often it was tried.
   */
  attempts: number
}
/**
 * A closed cycle as a file for a bank or a human.
 */
export interface ExtensionsClearingCycleFile {
  cycleId: CommonIdentifier12
  format: ExtensionsClearingCycleFileFormat
  /**
   * Name to keep it under.
   */
  fileName: string
  /**
   * text/csv or application/xml.
   */
  mediaType: string
  /**
   * SHA-256 of the content in UTF-8.
   */
  sha256: string
  /**
   * The file.
   */
  content: string
}
/**
 * Asks for a closed cycle as a file.
 */
export interface ExtensionsClearingCycleFileRequest {
  cycleId: CommonIdentifier13
  format: ExtensionsClearingCycleFileFormat2
}
/**
 * Names a cycle, or asks for the open one of a currency and scale.
 */
export interface ExtensionsClearingCycleRequest {
  cycleId?: CommonIdentifier14
  currency?: CommonCurrency1
  /**
   * Decimal digits.
   */
  scale?: number
}
/**
 * Everything a channel is bound to. The SHA-256 of its RFC 8785 form is the identifier of the channel, so a change of anything is another channel.
 */
export interface ExtensionsClearingDescriptor1 {
  /**
   * Version of the protocol.
   */
  version: string
  network: CommonPartyUri2
  clearing: CommonPartyUri3
  payerAgentId: CommonIdentifier4
  /**
   * RFC 7638 thumbprint of the registered key of the payer.
   */
  payerKeyThumbprint: string
  /**
   * Ed25519 key that signs vouchers and anchors, 32 bytes.
   */
  signerKey: string
  payeeId: CommonIdentifier5
  mandateId: CommonIdentifier6
  /**
   * SHA-256 of what the mandate allows, as the network answers it.
   */
  mandateHash: string
  currency: CommonCurrency1
  /**
   * Decimal digits below the major unit.
   */
  scale: number
  profile: ExtensionsClearingChannelProfile
  cap: ExtensionsClearingUnits1
  notBefore: CommonTimestamp1
  notAfter: CommonTimestamp2
  /**
   * How long the payee may redeem after the end.
   */
  graceSeconds: number
  /**
   * 16 random bytes.
   */
  salt: string
  /**
   * Counts the channels of this payer, so that none comes back.
   */
  incarnation: number
}
/**
 * What an ISO 20022 pain.008.001.08 file of a cycle holds, element by element and in this order; a name with @ is an attribute.
 */
export interface ExtensionsClearingDirectDebits {
  /**
   * Customer direct debit initiation.
   */
  CstmrDrctDbtInitn: {
    /**
     * Group header.
     */
    GrpHdr: {
      /**
       * The message.
       */
      MsgId: string
      CreDtTm: CommonTimestamp
      /**
       * Number of transactions.
       */
      NbOfTxs: string
      /**
       * Their sum.
       */
      CtrlSum: string
      /**
       * Who initiates.
       */
      InitgPty: {
        /**
         * Name.
         */
        Nm: string
      }
    }
    /**
     * Payment information.
     */
    PmtInf: {
      /**
       * The batch.
       */
      PmtInfId: string
      /**
       * Direct debit.
       */
      PmtMtd: 'DD'
      /**
       * Number of transactions.
       */
      NbOfTxs: string
      /**
       * Their sum.
       */
      CtrlSum: string
      /**
       * Day.
       */
      ReqdColltnDt: string
      /**
       * Who collects.
       */
      Cdtr: {
        /**
         * Name.
         */
        Nm: string
      }
      /**
       * To where.
       */
      CdtrAcct: {
        /**
         * Which account.
         */
        Id: {
          /**
           * Named otherwise than by IBAN.
           */
          Othr: {
            /**
             * Identifier.
             */
            Id: string
          }
        }
      }
      /**
       * At which bank.
       */
      CdtrAgt: {
        /**
         * Which institution.
         */
        FinInstnId: {
          /**
           * Named otherwise than by BIC.
           */
          Othr: {
            /**
             * The bank knows it.
             */
            Id: 'NOTPROVIDED'
          }
        }
      }
      /**
       * One for each leg.
       *
       * @minItems 1
       * @maxItems 100000
       *
       * Items: A leg.
       */
      DrctDbtTxInf: {
        /**
         * Identifiers of the transaction.
         */
        PmtId: {
          /**
           * The leg.
           */
          InstrId: string
          /**
           * The leg.
           */
          EndToEndId: string
        }
        /**
         * Amount.
         */
        InstdAmt: {
          /**
           * Currency.
           */
          '@Ccy': string
          /**
           * In major units.
           */
          '#text': string
        }
        /**
         * At which bank.
         */
        DbtrAgt: {
          /**
           * Which institution.
           */
          FinInstnId: {
            /**
             * Named otherwise than by BIC.
             */
            Othr: {
              /**
               * The bank knows it.
               */
              Id: 'NOTPROVIDED'
            }
          }
        }
        /**
         * Who owes.
         */
        Dbtr: {
          /**
           * Name.
           */
          Nm: string
        }
        /**
         * From where.
         */
        DbtrAcct: {
          /**
           * Which account.
           */
          Id: {
            /**
             * Named otherwise than by IBAN.
             */
            Othr: {
              /**
               * Identifier.
               */
              Id: string
            }
          }
        }
      }[]
    }
  }
}
/**
 * Budget of a mandate in the keeping of a clearing.
 */
export interface ExtensionsClearingGrant {
  grantId: CommonIdentifier15
  /**
   * The channel.
   */
  channelId: string
  mandateId: CommonIdentifier16
  status: ExtensionsClearingGrantStatus
  amount: CommonAmount4
  delivered: CommonAmount5
  creditLimit: CommonAmount6
  budget: TrustBudget
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount4 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount5 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount6 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * The budget of the mandate now.
 */
export interface TrustBudget {
  total: CommonAmount7
  limit: CommonAmount8
  held: CommonAmount9
  captured: CommonAmount10
  remaining: CommonAmount11
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount7 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount8 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount9 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount10 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount11 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Asks the network to hold budget of a mandate for a channel.
 */
export interface ExtensionsClearingGrantRequest {
  grantId: CommonIdentifier17
  /**
   * The channel.
   */
  channelId: string
  mandateId: CommonIdentifier18
  /**
   * SHA-256 of the mandate layer the payer holds.
   */
  mandateHash: string
  payerAgentId: CommonIdentifier19
  /**
   * RFC 7638 thumbprint of its registered key.
   */
  payerKeyThumbprint: string
  payeeId: CommonIdentifier20
  amount: CommonAmount12
  notAfter: CommonTimestamp8
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount12 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * A tick of a hash chain.
 */
export interface ExtensionsClearingLink1 {
  /**
   * Number of the link.
   */
  index: number
  /**
   * The 32 bytes.
   */
  link: string
}
/**
 * Money below minor units: `value` counts units of 10^-scale of the major unit.
 */
export interface ExtensionsClearingMicroAmount {
  currency: CommonCurrency1
  /**
   * Decimal digits below the major unit.
   */
  scale: number
  value: ExtensionsClearingUnits6
}
/**
 * Opens a channel and holds its cap. The same descriptor again is the same channel.
 */
export interface ExtensionsClearingOpenChannelRequest {
  descriptor: ExtensionsClearingDescriptor2
  anchor?: ExtensionsClearingAnchor2
}
/**
 * Everything a channel is bound to. The SHA-256 of its RFC 8785 form is the identifier of the channel, so a change of anything is another channel.
 */
export interface ExtensionsClearingDescriptor2 {
  /**
   * Version of the protocol.
   */
  version: string
  network: CommonPartyUri2
  clearing: CommonPartyUri3
  payerAgentId: CommonIdentifier4
  /**
   * RFC 7638 thumbprint of the registered key of the payer.
   */
  payerKeyThumbprint: string
  /**
   * Ed25519 key that signs vouchers and anchors, 32 bytes.
   */
  signerKey: string
  payeeId: CommonIdentifier5
  mandateId: CommonIdentifier6
  /**
   * SHA-256 of what the mandate allows, as the network answers it.
   */
  mandateHash: string
  currency: CommonCurrency1
  /**
   * Decimal digits below the major unit.
   */
  scale: number
  profile: ExtensionsClearingChannelProfile
  cap: ExtensionsClearingUnits1
  notBefore: CommonTimestamp1
  notAfter: CommonTimestamp2
  /**
   * How long the payee may redeem after the end.
   */
  graceSeconds: number
  /**
   * 16 random bytes.
   */
  salt: string
  /**
   * Counts the channels of this payer, so that none comes back.
   */
  incarnation: number
}
/**
 * The JSON view of a chain anchor; the 136 bytes it stands for are what is signed.
 */
export interface ExtensionsClearingAnchor2 {
  /**
   * Link 0.
   */
  anchor: string
  unitPrice: ExtensionsClearingUnits
  /**
   * What was authorised before link 1.
   */
  base: string
  /**
   * Links after the anchor.
   */
  length: number
  /**
   * Epoch seconds; 0 never.
   */
  expiresAt: string
  /**
   * Ed25519 over the 136 bytes.
   */
  signature: string
}
/**
 * Asks for a stream of ticks.
 */
export interface ExtensionsClearingOpenStreamRequest {
  /**
   * How long the stream may stay silent.
   */
  idleSeconds?: number
}
/**
 * Who takes part in clearing, and how far it may owe.
 */
export interface ExtensionsClearingParticipant {
  participantId: CommonIdentifier21
  currency: CommonCurrency1
  /**
   * Decimal digits.
   */
  scale: number
  agentKey?: CommonPublicJwk2
  /**
   * Atomic units its balance may fall below nothing.
   */
  creditLimit: string
  /**
   * Atomic units, negative where it owes.
   */
  balance: string
}
/**
 * A P-256 public key as a JWK. The object is closed, so that a private member makes it invalid (AMP-TRUST-114, contradiction 2).
 */
export interface CommonPublicJwk2 {
  /**
   * Key type.
   */
  kty: 'EC'
  /**
   * Curve.
   */
  crv: 'P-256'
  /**
   * X coordinate, base64url.
   */
  x: string
  /**
   * Y coordinate, base64url.
   */
  y: string
  kid: CommonIdentifier1
  /**
   * Key use.
   */
  use?: 'sig'
  /**
   * Algorithm.
   */
  alg?: 'ES256'
}
/**
 * Asks for a participant.
 */
export interface ExtensionsClearingParticipantRequest {
  participantId: CommonIdentifier22
  currency: CommonCurrency1
  /**
   * Decimal digits.
   */
  scale: number
}
/**
 * Money that arrived for a participant over the rail.
 */
export interface ExtensionsClearingPrefundRequest {
  participantId: CommonIdentifier23
  reference: CommonIdentifier24
  amount: ExtensionsClearingMicroAmount1
}
/**
 * Money below minor units: `value` counts units of 10^-scale of the major unit.
 */
export interface ExtensionsClearingMicroAmount1 {
  currency: CommonCurrency1
  /**
   * Decimal digits below the major unit.
   */
  scale: number
  value: ExtensionsClearingUnits6
}
/**
 * Gives a grant back: what was delivered is captured, the rest is free again.
 */
export interface ExtensionsClearingReleaseGrantRequest {
  grantId: CommonIdentifier25
  /**
   * The channel.
   */
  channelId: string
  mandateId: CommonIdentifier26
  delivered: CommonAmount13
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount13 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * How the rail took a leg.
 */
export interface ExtensionsClearingReportLegRequest {
  legId: CommonIdentifier27
  result: ExtensionsClearingLegResult1
}
/**
 * A channel and its transfers, newest first.
 */
export interface ExtensionsClearingStatement {
  channel: ExtensionsClearingChannel1
  /**
   * Its transfers.
   *
   * @maxItems 100
   */
  transfers: ExtensionsClearingTransfer[]
  nextPageToken?: CommonPageToken
}
/**
 * A channel as the clearing keeps it. What was authorised and what was delivered are different figures.
 */
export interface ExtensionsClearingChannel1 {
  /**
   * SHA-256 of the descriptor.
   */
  channelId: string
  descriptor: ExtensionsClearingDescriptor
  status: ExtensionsClearingChannelStatus
  cap: ExtensionsClearingUnits2
  authorised: ExtensionsClearingUnits3
  delivered: ExtensionsClearingUnits4
  voucher?: ExtensionsClearingVoucher
  anchor?: ExtensionsClearingAnchor1
  link?: ExtensionsClearingLink
  openedAt: CommonTimestamp3
  revokedAt?: CommonTimestamp4
  closesAt?: CommonTimestamp5
  closedAt?: CommonTimestamp6
}
/**
 * One movement of the books: what one account gives, another takes.
 */
export interface ExtensionsClearingTransfer {
  transferId: CommonIdentifier28
  kind: ExtensionsClearingTransferKind
  from: CommonIdentifier29
  to: CommonIdentifier30
  amount: ExtensionsClearingUnits7
  at: CommonTimestamp9
}
/**
 * Asks for the transfers of a channel, newest first.
 */
export interface ExtensionsClearingStatementRequest {
  /**
   * The channel.
   */
  channelId: string
  pageSize?: CommonPageSize
  pageToken?: CommonPageToken
}
/**
 * What a stream is opened with, once.
 */
export interface ExtensionsClearingStream {
  /**
   * Bearer token of the stream; it opens one.
   */
  streamToken: string
  expiresAt: CommonTimestamp10
  /**
   * Longest line the clearing reads.
   */
  lineBytesMax: number
  /**
   * Ticks that may wait; the clearing reads on when there is room.
   */
  waitingMax: number
  /**
   * Subprotocols of a WebSocket that the clearing takes beside lines.
   *
   * @maxItems 16
   *
   * Items: A subprotocol, to be asked for when the WebSocket is opened.
   */
  protocols?: string[]
}
/**
 * A line of a stream: a tick that was refused.
 */
export interface ExtensionsClearingTickRefusal {
  /**
   * The channel, where the line named one.
   */
  channelId?: string
  problem: CommonProblem1
}
/**
 * A refusal on the wire: RFC 9457 problem details with a code from problems.json.
 */
export interface CommonProblem1 {
  /**
   * URI reference of the problem type.
   */
  type: string
  /**
   * What went wrong, the same words for every occurrence.
   */
  title: string
  /**
   * HTTP status code.
   */
  status: number
  /**
   * Code from problems.json.
   */
  code: string
  /**
   * What went wrong this time, without secrets.
   */
  detail?: string
  /**
   * Request identifier of this occurrence.
   */
  instance?: string
  /**
   * JSON pointer or header name of the member at fault.
   */
  field?: string
  /**
   * Whether and how the same request may be tried again.
   */
  retry: 'never' | 'same' | 'after' | 'with-new-key'
  /**
   * Seconds to wait before trying again.
   */
  retryAfterSeconds?: number
  stage?: TrustGuardStage
  mandateStatus?: TrustMandateStatus
  limit?: CommonAmount3
  /**
   * Result code of the published demonstration services, where one exists.
   */
  resultCode?: string
  /**
   * Versions the server speaks.
   *
   * @maxItems 16
   *
   * Items: A version.
   */
  supportedVersions?: string[]
}
/**
 * One tick; exactly one of voucher and link. A payee may say at once what it delivered.
 */
export interface ExtensionsClearingTickRequest {
  /**
   * The channel.
   */
  channelId: string
  voucher?: ExtensionsClearingVoucher1
  link?: ExtensionsClearingLink2
  delivered?: ExtensionsClearingUnits8
}
/**
 * Voucher profile.
 */
export interface ExtensionsClearingVoucher1 {
  cumulative: ExtensionsClearingUnits5
  /**
   * Rises with every voucher.
   */
  sequence: string
  /**
   * Epoch seconds; 0 never.
   */
  expiresAt: string
  /**
   * SHA-256 of what it answers, or 32 zero bytes.
   */
  contextHash: string
  /**
   * Ed25519 over the 120 bytes.
   */
  signature: string
}
/**
 * A tick of a hash chain.
 */
export interface ExtensionsClearingLink2 {
  /**
   * Number of the link.
   */
  index: number
  /**
   * The 32 bytes.
   */
  link: string
}
/**
 * What became of a tick. It is sent only after the tick is durable.
 */
export interface ExtensionsClearingTickResponse {
  /**
   * The channel.
   */
  channelId: string
  result: ExtensionsClearingTickResult
  authorised: ExtensionsClearingUnits9
  delivered: ExtensionsClearingUnits10
  voucher?: ExtensionsClearingVoucher2
  link?: ExtensionsClearingLink3
}
/**
 * Corrected: the newest voucher, as proof.
 */
export interface ExtensionsClearingVoucher2 {
  cumulative: ExtensionsClearingUnits5
  /**
   * Rises with every voucher.
   */
  sequence: string
  /**
   * Epoch seconds; 0 never.
   */
  expiresAt: string
  /**
   * SHA-256 of what it answers, or 32 zero bytes.
   */
  contextHash: string
  /**
   * Ed25519 over the 120 bytes.
   */
  signature: string
}
/**
 * A tick of a hash chain.
 */
export interface ExtensionsClearingLink3 {
  /**
   * Number of the link.
   */
  index: number
  /**
   * The 32 bytes.
   */
  link: string
}
/**
 * Raises the cap of a channel, or puts a new chain in the place of one that is used up.
 */
export interface ExtensionsClearingTopUpChannelRequest {
  /**
   * The channel.
   */
  channelId: string
  topUpId: CommonIdentifier31
  amount?: ExtensionsClearingUnits11
  anchor?: ExtensionsClearingAnchor3
}
/**
 * The JSON view of a chain anchor; the 136 bytes it stands for are what is signed.
 */
export interface ExtensionsClearingAnchor3 {
  /**
   * Link 0.
   */
  anchor: string
  unitPrice: ExtensionsClearingUnits
  /**
   * What was authorised before link 1.
   */
  base: string
  /**
   * Links after the anchor.
   */
  length: number
  /**
   * Epoch seconds; 0 never.
   */
  expiresAt: string
  /**
   * Ed25519 over the 136 bytes.
   */
  signature: string
}
/**
 * The JSON view of a voucher; the 120 bytes it stands for are what is signed.
 */
export interface ExtensionsClearingVoucher3 {
  cumulative: ExtensionsClearingUnits5
  /**
   * Rises with every voucher.
   */
  sequence: string
  /**
   * Epoch seconds; 0 never.
   */
  expiresAt: string
  /**
   * SHA-256 of what it answers, or 32 zero bytes.
   */
  contextHash: string
  /**
   * Ed25519 over the 120 bytes.
   */
  signature: string
}
/**
 * The owner suspends a mandate, or every mandate of a binding, or lets it go on.
 */
export interface ExtensionsControlSuspendRequest {
  /**
   * What.
   */
  scope: 'mandate' | 'binding'
  id: CommonIdentifier32
  /**
   * Suspended, or going on.
   */
  suspended: boolean
}
/**
 * How it stands now.
 */
export interface ExtensionsControlSuspension {
  /**
   * What.
   */
  scope: 'mandate' | 'binding'
  id: CommonIdentifier2
  /**
   * Suspended, or going on.
   */
  suspended: boolean
  at: CommonTimestamp11
}
/**
 * Where a confirmation goes.
 */
export interface ExtensionsDevicesConfirmation {
  /**
   * Here, over to another device, or nowhere.
   */
  route: 'here' | 'hand-over' | 'refused'
  /**
   * Kind of device it goes to.
   */
  to?: 'phone' | 'watch' | 'glasses' | 'car'
  /**
   * How it is presented.
   */
  modality?: 'screen' | 'voice'
  /**
   * How it is proved.
   */
  authenticator?: 'pin' | 'fingerprint' | 'face' | 'voice-biometric' | 'wrist-detection'
}
/**
 * The device a decision was made on, with its proof.
 */
export interface ExtensionsDevicesConfirmedOn {
  deviceId: CommonIdentifier2
  situation: ExtensionsDevicesSituation
  proof: CommonCompactJws1
}
/**
 * Where and how the device is used now.
 */
export interface ExtensionsDevicesSituation {
  /**
   * The car drives, or the speed of a car is measured.
   */
  moving: boolean
  /**
   * The user drives.
   */
  driver: boolean
}
/**
 * What the user can see, say and prove on a device.
 */
export interface ExtensionsDevicesProfile {
  /**
   * Kind of device.
   */
  device: 'phone' | 'watch' | 'glasses' | 'car'
  /**
   * How much it shows of a mandate or checkout.
   */
  shows: 'everything' | 'summary' | 'nothing'
  /**
   * It reads out and listens.
   */
  speaks: boolean
  /**
   * How the user proves who confirms.
   *
   * @maxItems 8
   *
   * Items: An authenticator.
   */
  authenticators: ('pin' | 'fingerprint' | 'face' | 'voice-biometric' | 'wrist-detection')[]
  /**
   * Its platform attests key and state.
   */
  attested: boolean
}
/**
 * Claims of what a device signs once it recognised its user (JWS, typ amp-confirmation+jwt).
 */
export interface ExtensionsDevicesProofClaims {
  auth_id: CommonIdentifier2
  /**
   * What the user decided.
   */
  decision: 'approve' | 'reject'
  /**
   * How it was presented.
   */
  modality: 'screen' | 'voice'
  /**
   * How the user was recognised.
   */
  authenticator: 'pin' | 'fingerprint' | 'face' | 'voice-biometric' | 'wrist-detection'
  /**
   * Epoch seconds.
   */
  iat: number
}
/**
 * Asks where an authorization can be confirmed, given the device in hand.
 */
export interface ExtensionsDevicesRouteRequest {
  authId: CommonIdentifier2
  deviceId: CommonIdentifier33
  situation: ExtensionsDevicesSituation
}
/**
 * The device that takes a confirmation, and how.
 */
export interface ExtensionsDevicesRouted {
  /**
   * Here, or over to another device of the user.
   */
  route: 'here' | 'hand-over'
  deviceId: CommonIdentifier34
  /**
   * How it is presented.
   */
  modality: 'screen' | 'voice'
  /**
   * How it is proved.
   */
  authenticator: 'pin' | 'fingerprint' | 'face' | 'voice-biometric'
}
/**
 * A merchant accepts a dispute.
 */
export interface ExtensionsDisputeAnswerDisputeRequestAccept {
  disputeId: CommonIdentifier2
  /**
   * Accepts.
   */
  answer: 'ACCEPT'
}
/**
 * A merchant supplies what defends it.
 */
export interface ExtensionsDisputeAnswerDisputeRequestDefend {
  disputeId: CommonIdentifier2
  /**
   * Defends itself.
   */
  answer: 'DEFEND'
  /**
   * SHA-256 of what was supplied.
   */
  defenseDigest: string
}
/**
 * The payer withdraws a dispute.
 */
export interface ExtensionsDisputeCancelDisputeRequest {
  disputeId: CommonIdentifier2
}
/**
 * A notification that was not taken within a day.
 */
export interface ExtensionsDisputeDeadLetter {
  noticeId: CommonIdentifier35
  /**
   * The operation it was sent to.
   */
  operation: string
  createdAt: CommonTimestamp
  /**
   * How often it was sent.
   */
  attempts: number
  /**
   * The message as it was sent, JSON.
   */
  body: string
}
/**
 * One page, newest first.
 */
export interface ExtensionsDisputeDeadLetters {
  /**
   * What was given up.
   *
   * @maxItems 100
   */
  notices: ExtensionsDisputeDeadLetter[]
  nextPageToken?: CommonPageToken
}
/**
 * A dispute about a payment, bound to its evidence.
 */
export interface ExtensionsDisputeDispute {
  disputeId: CommonIdentifier2
  paymentId: CommonIdentifier2
  disputeType: ExtensionsDisputeType
  disputeAmount: CommonAmount
  disputeStatus: ExtensionsDisputeStatus
  disputeJudgedResult?: ExtensionsDisputeJudgedResult
  /**
   * Commitments of the entries it is bound to.
   *
   * @maxItems 100
   *
   * Items: A commitment.
   */
  evidence: string[]
  /**
   * Digests of what the merchant supplied.
   *
   * @maxItems 100
   *
   * Items: A digest.
   */
  defense: string[]
  defenseDueTime: CommonTimestamp
  createdTime: CommonTimestamp
}
/**
 * Notifications to the caller that were given up.
 */
export interface ExtensionsDisputeInquiryDeadLettersRequest {
  pageSize?: CommonPageSize
  pageToken?: CommonPageToken
}
/**
 * Which dispute.
 */
export interface ExtensionsDisputeInquiryDisputeRequest {
  disputeId: CommonIdentifier2
}
/**
 * What the parties of a dispute are told, in order.
 */
export interface ExtensionsDisputeNotification {
  notifyId: CommonIdentifier2
  disputeId: CommonIdentifier2
  /**
   * From 1, without gap, for each dispute.
   */
  sequence: number
  /**
   * What happened, as Antom names it.
   */
  disputeNotificationType:
    | 'DISPUTE_CREATED'
    | 'DISPUTE_JUDGED'
    | 'DISPUTE_CANCELLED'
    | 'DEFENSE_SUPPLIED'
    | 'DEFENSE_DUE_ALERT'
    | 'DISPUTE_ACCEPTED'
  dispute: ExtensionsDisputeDispute
}
/**
 * A wallet opens a dispute for its user.
 */
export interface ExtensionsDisputeOpenDisputeRequest {
  disputeRequestId: CommonIdentifier36
  userReference: CommonIdentifier2
  paymentId: CommonIdentifier2
  disputeType: ExtensionsDisputeType
  disputeAmount: CommonAmount14
  /**
   * Why, in the words of the user.
   */
  disputeReason?: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount14 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * The owner of a wallet disputes a payment.
 */
export interface ExtensionsDisputeWalletOpenDisputeRequest {
  paymentId: CommonIdentifier2
  /**
   * Why.
   */
  disputeReason?: string
}
/**
 * Everything about one payment, to be verified by anyone, offline.
 */
export interface ExtensionsEvidenceBundle {
  /**
   * Version of the protocol.
   */
  version: '2026-11-20'
  subject: CommonIdentifier37
  treeHead: CommonCompactJws
  jwks: CommonJwks2
  /**
   * In the order of the log.
   *
   * @minItems 1
   * @maxItems 1000
   */
  records: ExtensionsEvidenceRecord[]
  ratingPolicy?: ExtensionsRatingPolicy
  /**
   * What the rating statement rests on.
   *
   * @maxItems 10000
   */
  ratingEvents?: ExtensionsRatingEvent[]
  gatePolicy?: ExtensionsRatingGatePolicy
  guaranteePolicy?: ExtensionsGuaranteePolicy
}
/**
 * The public keys of one party.
 */
export interface CommonJwks2 {
  /**
   * Public keys.
   *
   * @maxItems 16
   */
  keys: CommonPublicJwk[]
}
/**
 * One entry with the proof that it is in the tree, and its content unless that was deleted.
 */
export interface ExtensionsEvidenceRecord {
  entry: ExtensionsEvidenceEntry
  /**
   * Inclusion proof (RFC 9162), from the leaf up.
   *
   * @maxItems 64
   *
   * Items: SHA-256, base64url.
   */
  inclusion: string[]
  /**
   * Random text of the commitment; left out when the content was deleted.
   */
  salt?: string
  /**
   * What was recorded, byte for byte; left out when it was deleted.
   */
  content?: string
}
/**
 * One entry of the log, a leaf of its tree. It commits to its content without holding it.
 */
export interface ExtensionsEvidenceEntry {
  /**
   * From 0.
   */
  position: number
  at: CommonTimestamp
  kind: ExtensionsEvidenceRecordKind
  subject: CommonIdentifier38
  /**
   * SHA-256 of the RFC 8785 form of [salt, content].
   */
  commitment: string
  /**
   * SHA-256 of the RFC 8785 form of the entry before; of the empty text for the first.
   */
  previous: string
}
/**
 * How events become a score: all numbers of a rating, none of its arithmetic.
 */
export interface ExtensionsRatingPolicy {
  policyId: CommonIdentifier2
  /**
   * Score of an agent nothing is known of.
   */
  start: number
  /**
   * How trust is earned.
   */
  earning: {
    /**
     * Points of one counted payment.
     */
    perPayment: number
    /**
     * Most points that one merchant can give, at any time.
     */
    perMerchantMax: number
    /**
     * Most points of one day (UTC).
     */
    perDayMax: number
    /**
     * Most merchants that are remembered.
     */
    merchantsMax: number
    /**
     * Points that each merchant's share loses in a day.
     */
    decayPerDay: number
    /**
     * Smallest payment that counts, one amount for each currency; payments in other currencies never count.
     *
     * @minItems 1
     * @maxItems 32
     */
    countedFrom: CommonAmount[]
  }
  /**
   * Weight of each dimension in thousandths; together 1000.
   *
   * @minItems 6
   * @maxItems 6
   *
   * Items: One weight.
   */
  weights: {
    dimension: ExtensionsRatingDimension
    /**
     * Thousandths.
     */
    weight: number
    /**
     * Lost points that come back in a day.
     */
    recoveryPerDay: number
  }[]
  /**
   * What each adverse kind costs.
   *
   * @minItems 1
   * @maxItems 32
   *
   * Items: One cost.
   */
  kinds: {
    kind: ExtensionsRatingEventKind
    dimension: ExtensionsRatingDimension
    /**
     * Points lost at severity 1.
     */
    points: number
  }[]
  /**
   * Lowest score of each tier, rising, from L0 at 0.
   *
   * @minItems 5
   * @maxItems 5
   *
   * Items: One tier.
   */
  tiers: {
    tier: ExtensionsRatingTier
    /**
     * Lowest score.
     */
    from: number
  }[]
}
/**
 * Something that happened to an agent, as its network recorded it.
 */
export interface ExtensionsRatingEvent {
  eventId: CommonIdentifier2
  agentId: CommonIdentifier2
  at: CommonTimestamp12
  kind: ExtensionsRatingEventKind
  /**
   * How grave an adverse event is; it multiplies the points of its kind.
   */
  severity?: number
  merchantId?: CommonIdentifier39
  amount?: CommonAmount15
  /**
   * Payments: payer, operator and merchant are linked, as far as onboarding shows.
   */
  related?: boolean
  /**
   * base64url SHA-256 of what shows the event.
   */
  evidenceDigest: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount15 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Rules of the gate. Each condition can only be met by more: a larger amount, a worse signal, less trust.
 */
export interface ExtensionsRatingGatePolicy {
  policyId: CommonIdentifier2
  /**
   * Currencies the rules speak of; a payment in another is escalated.
   *
   * @minItems 1
   * @maxItems 64
   */
  currencies: CommonCurrency1[]
  /**
   * Every rule that matches has its say; the strictest wins.
   *
   * @maxItems 2000
   *
   * Items: One rule.
   */
  rules: {
    /**
     * Name of the rule, its reason in a decision.
     */
    id: string
    /**
     * What has to be so, all together; nothing given means always.
     */
    when: {
      mode?: TrustMandateType
      tierAtMost?: ExtensionsRatingTier
      /**
       * Lowest dimension is below.
       */
      lowestBelow?: number
      amountAbove?: CommonAmount
      deviceAtMost?: ExtensionsRatingDeviceAbility
      runtimeAtMost?: ExtensionsRatingRuntimeState
      /**
       * External risk score.
       */
      riskAtLeast?: number
    }
    disposition: ExtensionsRatingDisposition
  }[]
}
/**
 * What the guarantee covers, and how long each step may take.
 */
export interface ExtensionsGuaranteePolicy {
  policyId: CommonIdentifier2
  /**
   * Most that is paid for one payment, by currency; other currencies are not covered.
   *
   * @minItems 1
   * @maxItems 32
   */
  payoutMax: CommonAmount[]
  /**
   * From payment to claim.
   */
  submitWithinDays: number
  /**
   * From payment to the report of the user.
   */
  reportWithinDays: number
  /**
   * From claim, or appeal, to decision.
   */
  decideWithinDays: number
  /**
   * From rejection to appeal.
   */
  appealWithinDays: number
}
/**
 * Contents about a payment have to be deleted.
 */
export interface ExtensionsEvidenceEraseEvidenceRequest {
  paymentId: CommonIdentifier2
  userReference: CommonIdentifier40
  /**
   * Why.
   */
  basis: 'user-request' | 'legal-order' | 'retention-over'
}
/**
 * Contents and salts are gone; entries and proofs stay.
 */
export interface ExtensionsEvidenceErasedEvidence {
  paymentId: CommonIdentifier2
  /**
   * How many contents were deleted now.
   */
  erased: number
}
/**
 * Which payment.
 */
export interface ExtensionsEvidenceInquiryEvidenceBundleRequest {
  paymentId: CommonIdentifier2
}
/**
 * Asks for the newest head of the log.
 */
export interface ExtensionsEvidenceInquiryTreeHeadRequest {
  /**
   * Size of a head the caller has; the answer shows that the newest begins with it.
   */
  firstSize?: number
}
/**
 * The newest signed head of the log.
 */
export interface ExtensionsEvidenceTreeHead {
  treeHead: CommonCompactJws2
  /**
   * Consistency proof (RFC 9162) from the head the caller has.
   *
   * @maxItems 128
   *
   * Items: SHA-256, base64url.
   */
  consistency?: string[]
}
/**
 * Claims of a signed tree head (JWS, typ amp-tree-head+jwt).
 */
export interface ExtensionsEvidenceTreeHeadClaims {
  iss: CommonPartyUri4
  /**
   * Epoch seconds.
   */
  iat: number
  /**
   * How many entries.
   */
  size: number
  /**
   * Root of the Merkle tree (RFC 9162).
   */
  root: string
}
/**
 * A rejected claim is decided anew on what is on record now.
 */
export interface ExtensionsGuaranteeAppealClaimRequest {
  claimId: CommonIdentifier2
}
/**
 * A claim as it stands.
 */
export interface ExtensionsGuaranteeClaim {
  claimId: CommonIdentifier2
  claimRequestId: CommonIdentifier2
  paymentId: CommonIdentifier2
  claimStatus: ExtensionsGuaranteeClaimStatus
  since: CommonTimestamp13
  claimed: CommonAmount
  decideBy: CommonTimestamp14
  /**
   * It was appealed.
   */
  appealed: boolean
  decision?: ExtensionsGuaranteeDecision
  payout?: CommonAmount19
  transferId?: CommonIdentifier41
}
/**
 * What a claim comes to, recomputable from its facts.
 */
export interface ExtensionsGuaranteeDecision {
  /**
   * SHA-256 of the RFC 8785 form of the policy.
   */
  policyDigest: string
  facts: ExtensionsGuaranteeFacts
  /**
   * Paid or not.
   */
  outcome: 'approved' | 'rejected'
  payout: CommonAmount18
  /**
   * Why it was rejected, in the order of the specification.
   *
   * @maxItems 11
   *
   * Items: A reason.
   */
  reasons: (
    | 'not-agent-initiated'
    | 'cause-not-covered'
    | 'submitted-late'
    | 'reported-late'
    | 'linked-parties'
    | 'user-confirmed'
    | 'gate-ignored'
    | 'key-not-revoked'
    | 'evidence-missing'
    | 'currency-not-covered'
    | 'no-loss-left'
  )[]
}
/**
 * What a decision rests on.
 */
export interface ExtensionsGuaranteeFacts {
  claimId: CommonIdentifier2
  paymentId: CommonIdentifier2
  claimant: CommonPartyUri5
  paymentAmount: CommonAmount
  refunded: CommonAmount16
  recovered: CommonAmount17
  claimed: CommonAmount
  paidAt: CommonTimestamp
  reportedAt: CommonTimestamp15
  submittedAt: CommonTimestamp
  cause: ExtensionsGuaranteeCause
  /**
   * A token request of an agent stands behind the payment.
   */
  agentInitiated: boolean
  /**
   * The key that signed was revoked because of the report.
   */
  keyRevoked: boolean
  /**
   * The user confirmed this very payment on a device that shows and proves.
   */
  userConfirmed: boolean
  /**
   * Claimant or merchant is linked to the operator of the agent.
   */
  linked: boolean
  gate: ExtensionsRatingDisposition
  /**
   * Commitments of the entries it rests on.
   *
   * @maxItems 100
   *
   * Items: A commitment.
   */
  evidence: string[]
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount16 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount17 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount18 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount19 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Policy, pools, and claims whose decision is overdue.
 */
export interface ExtensionsGuaranteeGuaranteeState {
  policy: ExtensionsGuaranteePolicy
  /**
   * One for each currency.
   *
   * @maxItems 64
   */
  pools: ExtensionsGuaranteePool[]
  /**
   * Claims of the caller that should have been decided.
   *
   * @maxItems 1000
   */
  overdue: CommonIdentifier42[]
}
/**
 * The guarantee of one currency.
 */
export interface ExtensionsGuaranteePool {
  currency: CommonCurrency1
  balance: CommonAmount20
  owed: CommonAmount21
  paidOut: CommonAmount22
  /**
   * It holds what it owes.
   */
  solvent: boolean
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount20 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount21 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount22 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Which claim.
 */
export interface ExtensionsGuaranteeInquiryClaimRequest {
  claimId: CommonIdentifier2
}
/**
 * Asks for policy and pools.
 */
export interface ExtensionsGuaranteeInquiryGuaranteeRequest {}
/**
 * The partner got part of its loss back otherwise.
 */
export interface ExtensionsGuaranteeRecoverClaimRequest {
  claimId: CommonIdentifier2
  recoveryRequestId: CommonIdentifier43
  recovered: CommonAmount
}
/**
 * A wallet says, for its user, that an agent bound to the account was taken over and which payments the user did not want.
 */
export interface ExtensionsGuaranteeReportTakeoverRequest {
  userReference: CommonIdentifier44
  bindingId: CommonIdentifier45
  /**
   * Payments the user did not want.
   *
   * @minItems 0
   * @maxItems 50
   */
  paymentIds: CommonIdentifier46[]
}
/**
 * A payment partner claims its loss.
 */
export interface ExtensionsGuaranteeSubmitClaimRequest {
  claimRequestId: CommonIdentifier47
  paymentId: CommonIdentifier2
  claimed: CommonAmount23
  cause: ExtensionsGuaranteeCause
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount23 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * From this answer on nothing signed with the key of the agent is taken.
 */
export interface ExtensionsGuaranteeTakeoverReport {
  reportId: CommonIdentifier2
  agentId: CommonIdentifier2
  /**
   * JWK thumbprint (RFC 7638) of the key that was revoked.
   */
  keyThumbprint: string
  keyRevokedAt: CommonTimestamp16
  reportedAt: CommonTimestamp
  /**
   * Mandates that this report ended.
   */
  mandatesRevoked: number
  /**
   * Payments on record as not wanted, of this report.
   *
   * @minItems 0
   * @maxItems 50
   */
  paymentIds: CommonIdentifier48[]
}
/**
 * What became of the report of an owner.
 */
export interface ExtensionsGuaranteeWalletReport {
  report: ExtensionsGuaranteeTakeoverReport
  /**
   * Claims of the wallet for what it debited.
   *
   * @maxItems 50
   */
  claims: ExtensionsGuaranteeClaim[]
}
/**
 * The owner of a wallet reports that an agent was taken over.
 */
export interface ExtensionsGuaranteeWalletReportRequest {
  bindingId: CommonIdentifier49
  /**
   * Payments the owner did not want.
   *
   * @minItems 0
   * @maxItems 50
   */
  paymentIds: CommonIdentifier50[]
}
/**
 * Where AMP payments of a merchant clear. A merchant names itself; a platform names the network alone.
 */
export interface ExtensionsHandlerConfig {
  network: CommonPartyUri6
  merchant?: CommonMerchant2
  /**
   * Names of the wallets that are taken; every wallet of the network where it is left out.
   *
   * @minItems 1
   * @maxItems 100
   *
   * Items: Name of a wallet.
   */
  wallets?: string[]
}
/**
 * A merchant as it appears inside a signed checkout (published claim names).
 */
export interface CommonMerchant2 {
  /**
   * Identifier of the merchant as its acquirer attests it.
   */
  reference_merchant_id: string
  /**
   * Name shown to the user.
   */
  merchant_name: string
  /**
   * ISO 18245 merchant category code.
   */
  merchant_mcc: string
  merchant_website_url?: CommonUrl
  /**
   * ISO 3166-1 alpha-2 code of the region the merchant trades in.
   */
  merchant_region?: string
}
/**
 * What pays one checkout once: a payment token with the assurance chain it was issued on.
 */
export interface ExtensionsHandlerCredential {
  /**
   * Kind of credential.
   */
  type: 'amp_payment_token'
  token: PaymentPaymentToken
  assurance: TrustAssurance
}
/**
 * The layers as serialised: identity and mandate for a direct payment, all three for a delegated one.
 */
export interface TrustAssurance {
  identity: CommonSdJwt1
  mandate: CommonSdJwt2
  tokenRequest?: CommonSdJwt3
}
/**
 * One entry of the handler registry of a UCP profile or checkout, under the name of the handler.
 */
export interface ExtensionsHandlerDeclaration {
  id: CommonIdentifier51
  /**
   * Version of AMP.
   */
  version: string
  spec?: CommonUrl6
  schema?: CommonUrl7
  config: ExtensionsHandlerConfig
  /**
   * Instruments the handler takes: one kind.
   *
   * @minItems 1
   * @maxItems 1
   *
   * Items: A kind of instrument.
   */
  available_instruments?: {
    /**
     * The AMP wallet.
     */
    type: 'amp_wallet'
  }[]
}
/**
 * An AMP wallet as the payment instrument of a checkout of another protocol.
 */
export interface ExtensionsHandlerInstrument {
  id: CommonIdentifier52
  handler_id: CommonIdentifier53
  /**
   * Kind of instrument.
   */
  type: 'amp_wallet'
  credential?: ExtensionsHandlerCredential1
  /**
   * What a platform shows of it.
   */
  display?: {
    /**
     * Name of the wallet.
     */
    wallet_name?: string
    /**
     * Masked account.
     */
    account_hint?: string
  }
  /**
   * The user chose it.
   */
  selected?: boolean
}
/**
 * What pays one checkout once: a payment token with the assurance chain it was issued on.
 */
export interface ExtensionsHandlerCredential1 {
  /**
   * Kind of credential.
   */
  type: 'amp_payment_token'
  token: PaymentPaymentToken
  assurance: TrustAssurance
}
/**
 * The network stopped an agent by itself.
 */
export interface ExtensionsKyaAgentNotification {
  agentId: CommonIdentifier2
  agentStatus: TrustAgentStatus
  /**
   * Why.
   */
  reason: string
  at: CommonTimestamp
}
/**
 * Claims of an attestation result of a runtime (EAT, RFC 9711, as a JWT of type eat+jwt).
 */
export interface ExtensionsKyaAttestationClaims {
  iss: CommonPartyUri7
  /**
   * Epoch seconds.
   */
  iat: number
  /**
   * Epoch seconds.
   */
  exp: number
  /**
   * Challenge of the network.
   */
  eat_nonce: string
  /**
   * Identifier of the device.
   */
  ueid: string
  /**
   * The key the runtime holds.
   */
  cnf: {
    /**
     * RFC 7638 thumbprint.
     */
    jkt: string
  }
  swname: CommonIdentifier54
  /**
   * Exact version that runs.
   */
  swversion: string
  /**
   * Debugging.
   */
  dbgstat: 'enabled' | 'disabled' | 'disabled-since-boot' | 'disabled-permanently' | 'disabled-fully-and-permanently'
}
/**
 * What an attestation has to name; it counts once.
 */
export interface ExtensionsKyaChallenge {
  /**
   * Random text.
   */
  challenge: string
  expiresAt: CommonTimestamp
}
/**
 * A runtime of an agent is about to be attested.
 */
export interface ExtensionsKyaChallengeRequest {
  agentId: CommonIdentifier2
}
/**
 * Claims of a KYA credential (SD-JWT VC, typ dc+sd-jwt), disclosed ones included.
 */
export interface ExtensionsKyaCredentialClaims {
  iss: CommonPartyUri8
  sub: CommonIdentifier55
  /**
   * Type of the credential.
   */
  vct: 'https://schemas.agentic-mobile-protocol.example/2026-11-20/kya'
  /**
   * Issued, epoch seconds.
   */
  iat: number
  /**
   * End of validity, epoch seconds.
   */
  exp: number
  /**
   * The next annual review, epoch seconds.
   */
  review_due: number
  /**
   * The key of the agent.
   */
  cnf: {
    jwk: CommonPublicJwk
  }
  /**
   * Where its status stands.
   */
  status: {
    /**
     * Token Status List reference.
     */
    status_list: {
      /**
       * Index.
       */
      idx: number
      uri: CommonUrl5
    }
  }
  /**
   * Exact version the review was about.
   */
  agent_version: string
  /**
   * Buys or sells.
   */
  kind: 'buyer-agent' | 'seller-agent'
  /**
   * What it may do.
   *
   * @minItems 1
   * @maxItems 32
   *
   * Items: A capability.
   */
  capabilities: string[]
  /**
   * Legal name of the operator.
   */
  operator?: string
  /**
   * Legal name of the developer.
   */
  developer?: string
  /**
   * SHA-256 of the RFC 8785 form of the review record.
   */
  review_digest: string
}
/**
 * An agent asks for its KYA credential.
 */
export interface ExtensionsKyaInquiryKyaRequest {
  agentId: CommonIdentifier2
  /**
   * Claims that are not disclosed.
   *
   * @minItems 0
   * @maxItems 2
   *
   * Items: A claim.
   */
  withhold?: ('operator' | 'developer')[]
}
/**
 * Which list, as a credential names it.
 */
export interface ExtensionsKyaInquiryStatusListRequest {
  uri: CommonUrl5
}
/**
 * The KYA credential of an agent, and how it stands.
 */
export interface ExtensionsKyaKya {
  credential: CommonSdJwt4
  credentialStatus: ExtensionsKyaCredentialStatus
}
/**
 * An agent takes another key.
 */
export interface ExtensionsKyaRotateKeyRequest {
  agentId: CommonIdentifier2
  agentKey: CommonPublicJwk3
  proofOfPossession: CommonCompactJws3
}
/**
 * A P-256 public key as a JWK. The object is closed, so that a private member makes it invalid (AMP-TRUST-114, contradiction 2).
 */
export interface CommonPublicJwk3 {
  /**
   * Key type.
   */
  kty: 'EC'
  /**
   * Curve.
   */
  crv: 'P-256'
  /**
   * X coordinate, base64url.
   */
  x: string
  /**
   * Y coordinate, base64url.
   */
  y: string
  kid: CommonIdentifier1
  /**
   * Key use.
   */
  use?: 'sig'
  /**
   * Algorithm.
   */
  alg?: 'ES256'
}
/**
 * User, exact agent version and attested runtime, all three at one moment.
 */
export interface ExtensionsKyaRuntimeIdentity {
  userReference: CommonIdentifier2
  agentId: CommonIdentifier2
  /**
   * Version.
   */
  agentVersion: string
  /**
   * Identifier of the device.
   */
  runtimeId: string
  attestedAt: CommonTimestamp
}
/**
 * A Token Status List.
 */
export interface ExtensionsKyaStatusList {
  /**
   * JWT, typ statuslist+jwt.
   */
  statusList: string
}
/**
 * Claims of a status list token (typ statuslist+jwt).
 */
export interface ExtensionsKyaStatusListClaims {
  sub: CommonUrl8
  /**
   * Epoch seconds.
   */
  iat: number
  /**
   * Epoch seconds.
   */
  exp: number
  /**
   * Seconds it may be cached.
   */
  ttl: number
  /**
   * The list.
   */
  status_list: {
    /**
     * Bits of each status.
     */
    bits: number
    /**
     * Zlib-compressed list, base64url.
     */
    lst: string
  }
}
/**
 * The rating of an agent now, and a stretch of its events in the order of their record.
 */
export interface ExtensionsRatingAgentRating {
  statement: CommonCompactJws4
  policy: ExtensionsRatingPolicy
  /**
   * From the position asked for; ask again from behind the last for more.
   *
   * @maxItems 100
   */
  events: ExtensionsRatingEvent[]
  /**
   * How many there are.
   */
  eventsTotal: number
}
/**
 * What the gate decided, recomputable from its input.
 */
export interface ExtensionsRatingGateDecision {
  /**
   * SHA-256 of the RFC 8785 form of the policy.
   */
  policyDigest: string
  input: ExtensionsRatingGateInput
  disposition: ExtensionsRatingDisposition
  /**
   * Every rule that matched, the strictest first, then in the order of the policy.
   *
   * @maxItems 2002
   *
   * Items: A rule, or currency-unlisted, risk-unavailable.
   */
  reasons: string[]
}
/**
 * What the gate knows of one payment.
 */
export interface ExtensionsRatingGateInput {
  tier: ExtensionsRatingTier
  /**
   * Score of the lowest dimension.
   */
  lowest: number
  mode: TrustMandateType
  amount: CommonAmount
  device: ExtensionsRatingDeviceAbility
  runtime: ExtensionsRatingRuntimeState
  /**
   * External risk score, 0 to 1000; left out where the source did not answer, which counts as 1000.
   */
  risk?: number
}
/**
 * Asks for the rating of an agent and the events it rests on.
 */
export interface ExtensionsRatingInquiryRatingRequest {
  agentId: CommonIdentifier2
  /**
   * First event wanted, from 0.
   */
  fromPosition?: number
}
/**
 * Claims of the signed rating statement (JWS, typ amp-rating+jwt).
 */
export interface ExtensionsRatingStatementClaims {
  iss: CommonPartyUri9
  sub: CommonIdentifier56
  /**
   * Epoch seconds at which it holds.
   */
  iat: number
  /**
   * Epoch seconds from which the agent is rated.
   */
  registered_at: number
  /**
   * SHA-256 of the RFC 8785 form of the policy.
   */
  policy_digest: string
  /**
   * 0 to 1000.
   */
  score: number
  tier: ExtensionsRatingTier
  /**
   * Trust earned by payments.
   */
  credit: number
  /**
   * Score of each dimension, in the order of the policy.
   *
   * @minItems 6
   * @maxItems 6
   *
   * Items: One dimension.
   */
  dimensions: {
    dimension: ExtensionsRatingDimension
    /**
     * 0 to 1000.
     */
    score: number
  }[]
  /**
   * The events it rests on.
   */
  evidence: {
    /**
     * How many.
     */
    count: number
    /**
     * Hash over all of them, in order.
     */
    head: string
  }
}
/**
 * A merchant gives back what an order cost, or a part of it.
 */
export interface ExtensionsRefundAcquirerRefundRequest {
  refundRequestId: CommonIdentifier57
  merchantOrderId: CommonIdentifier58
  refundAmount: CommonAmount24
  /**
   * Why.
   */
  refundReason?: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount24 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Which refund.
 */
export interface ExtensionsRefundInquiryRefundRequest {
  refundRequestId: CommonIdentifier2
}
/**
 * A refund that was made.
 */
export interface ExtensionsRefundRefund {
  refundRequestId: CommonIdentifier2
  refundId: CommonIdentifier2
  paymentId: CommonIdentifier2
  refundAmount: CommonAmount
  /**
   * How it stands.
   */
  refundStatus: 'SUCCESS' | 'PROCESSING' | 'FAIL'
  refundTime: CommonTimestamp
  refundedTotal: CommonAmount25
  budgetRestored: CommonAmount26
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount25 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount26 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * A refund, with the field names of Antom.
 */
export interface ExtensionsRefundRefundRequest {
  refundRequestId: CommonIdentifier59
  paymentId: CommonIdentifier2
  refundAmount: CommonAmount27
  /**
   * Why.
   */
  refundReason?: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount27 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * What was given back to the user.
 */
export interface ExtensionsRefundWalletRefund {
  refundId: CommonIdentifier2
  paymentId: CommonIdentifier2
  creditAmount: CommonAmount
  creditTime: CommonTimestamp
  budgetRestored: CommonAmount28
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount28 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * The network has a debit given back, or a part of it.
 */
export interface ExtensionsRefundWalletRefundRequest {
  refundId: CommonIdentifier60
  paymentId: CommonIdentifier2
  mandateId: CommonIdentifier2
  userReference: CommonIdentifier2
  refundAmount: CommonAmount29
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount29 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * H1, may be left out: the target calls a URL of the suite as it calls its peers, through the same client, proxy and rules for addresses: POST with the body {}, unsigned, following no redirect, given up after five seconds.
 */
export interface HooksCallBackRequest {
  url: CommonUrl9
}
/**
 * Something answered the call.
 */
export interface HooksCallBackResponseReached {
  /**
   * There was an answer.
   */
  reached: true
  /**
   * Its HTTP status.
   */
  status: number
}
/**
 * Nothing answered the call.
 */
export interface HooksCallBackResponseUnreached {
  /**
   * There was no answer.
   */
  reached: false
  /**
   * Why, as the client of the target has it: refused, no route, no such name, TLS, an address it may not call.
   */
  says: string
}
/**
 * H1: decides a pending authorization as the user would.
 */
export interface HooksDecideAuthorizationRequest {
  authId: CommonIdentifier2
  /**
   * What the user decides.
   */
  decision: 'approve' | 'reject'
  userId?: CommonIdentifier61
  /**
   * Outcome of the identity check.
   */
  identityCheck?: 'pass' | 'fail'
}
/**
 * H2: asks for every balance.
 */
export interface HooksExportLedgerRequest {}
/**
 * Judges a dispute as the operator of the network would.
 */
export interface HooksJudgeDisputeRequest {
  disputeId: CommonIdentifier2
  result: ExtensionsDisputeJudgedResult
}
/**
 * Every account. The balances of one currency sum to zero.
 */
export interface HooksLedger {
  /**
   * The accounts.
   *
   * @maxItems 100000
   */
  accounts: HooksLedgerAccount[]
}
/**
 * One account with its balance; liabilities to users are positive.
 */
export interface HooksLedgerAccount {
  accountId: CommonIdentifier2
  /**
   * What the account is for.
   */
  kind: 'user' | 'clearing' | 'funding'
  currency: CommonCurrency1
  /**
   * Signed minor units.
   */
  balance: string
}
/**
 * Has the merchant give an order back, or a part of it, as its staff would.
 */
export interface HooksRefundOrderRequest {
  checkoutId: CommonIdentifier2
  refundRequestId: CommonIdentifier2
  refundAmount: CommonAmount
}
/**
 * H2: puts a merchant under contract with the acquirer under test, its keys come from registerPeer; or has the bridge under test list it, by the host of its address, until reset.
 */
export interface HooksRegisterMerchantRequest {
  id: CommonPartyUri1
  merchant: CommonMerchant3
}
/**
 * A merchant as it appears inside a signed checkout (published claim names).
 */
export interface CommonMerchant3 {
  /**
   * Identifier of the merchant as its acquirer attests it.
   */
  reference_merchant_id: string
  /**
   * Name shown to the user.
   */
  merchant_name: string
  /**
   * ISO 18245 merchant category code.
   */
  merchant_mcc: string
  merchant_website_url?: CommonUrl
  /**
   * ISO 3166-1 alpha-2 code of the region the merchant trades in.
   */
  merchant_region?: string
}
/**
 * H2: makes the target trust and reach a neighbour for this run.
 */
export interface HooksRegisterPeerRequest {
  role: CommonRole
  id: CommonPartyUri1
  /**
   * Name.
   */
  name: string
  endpoint: CommonUrl10
  jwks: CommonJwks1
}
/**
 * H2: forgets every peer and user the hooks made and restores the clock.
 */
export interface HooksResetRequest {}
/**
 * Puts a device of a user on record as its platform attested it.
 */
export interface HooksSeedDeviceRequest {
  userId: CommonIdentifier2
  deviceId: CommonIdentifier2
  profile: ExtensionsDevicesProfile
  deviceKey: CommonPublicJwk
}
/**
 * H2: makes a user with an account and a balance.
 */
export interface HooksSeedUserRequest {
  /**
   * Login.
   */
  loginId: string
  /**
   * Payment PIN.
   */
  pin: string
  balance: CommonAmount
}
/**
 * The user and an open session.
 */
export interface HooksSeedUserResponse {
  userId: CommonIdentifier2
  /**
   * Bearer token.
   */
  userToken: string
}
/**
 * H1: moves the clock of the target relative to real time.
 */
export interface HooksSetClockRequest {
  /**
   * Seconds the clock is ahead of real time; 0 restores it.
   */
  offsetSeconds: number
}
/**
 * The clock of the target.
 */
export interface HooksSetClockResponse {
  now: CommonTimestamp
}
/**
 * Does with a credential what the staff of its credential provider would.
 */
export interface HooksStepKyaRequest {
  agentId: CommonIdentifier2
  /**
   * The step.
   */
  step: 'suspend' | 'resume' | 'revoke' | 'review'
}
/**
 * H2: makes a bridge take an asset of another network for money of a currency, until reset.
 */
export interface HooksTakeAssetRequest {
  /**
   * The network, as the other protocol names it: eip155:84532.
   */
  network: string
  /**
   * The asset, as the network names it.
   */
  asset: string
  /**
   * Decimals of its atomic unit.
   */
  decimals: number
  currency: CommonCurrency1
}
/**
 * Makes the network trust what an attestation verifier says.
 */
export interface HooksTrustAttesterRequest {
  issuer: CommonPartyUri1
  jwks: CommonJwks1
}
/**
 * H2: makes a bridge trust the keys of an agent of another protocol, of somebody who issues tokens about agents, or of a server that asks to be paid, until reset.
 */
export interface HooksTrustKeysRequest {
  /**
   * Whose keys they are.
   */
  holder: 'agent' | 'issuer' | 'server'
  /**
   * The agent as the directory names it, the issuer as its tokens do, or the server by its realm.
   */
  id: string
  /**
   * Name of the agent.
   */
  name?: string
  /**
   * What the bridge shares with the holder where its protocol needs it: the bearer token of an agent, or what a server makes its challenges with.
   */
  secret?: string
  /**
   * Public keys; an empty list without a secret takes the trust back.
   *
   * @maxItems 4
   *
   * Items: A public JWK.
   */
  keys: {
    /**
     * Kind of key.
     */
    kty: 'OKP' | 'EC'
    /**
     * Curve.
     */
    crv: 'Ed25519' | 'P-256'
    /**
     * Coordinate.
     */
    x: string
    /**
     * Coordinate, of P-256 alone.
     */
    y?: string
    /**
     * Identifier of the key.
     */
    kid: string
    /**
     * What it is for.
     */
    use?: 'sig'
    /**
     * The one algorithm it is for.
     */
    alg?: 'EdDSA' | 'ES256'
  }[]
}
/**
 * Asks for the payment of one order.
 */
export interface PaymentAcquirerInquiryPaymentRequest {
  merchantOrderId: CommonIdentifier2
}
/**
 * A merchant hands a verified order to its acquirer.
 */
export interface PaymentAcquirerPayRequest {
  merchantOrderId: CommonIdentifier62
  checkout: CommonCheckout
  paymentToken: PaymentPaymentToken
  assurance: TrustAssurance
}
/**
 * An agent asks to be bound to a wallet of the user.
 */
export interface PaymentAddPaymentMethodRequest {
  agentId: CommonIdentifier2
  walletId: CommonPartyUri10
}
/**
 * The binding waits for the user.
 */
export interface PaymentAddPaymentMethodResponse {
  sessionId: CommonIdentifier2
  status: TrustAuthorizationStatus
  authUrl: CommonUrl11
}
/**
 * An agent asks for a payment token for one checkout, through its credential provider, which forwards it unchanged.
 */
export interface PaymentApplyCredentialRequest {
  agentId: CommonIdentifier2
  bindingId: CommonIdentifier2
  mandateId: CommonIdentifier2
  checkout: CommonCheckout1
  assurance: TrustAssurance
  kyaCredential?: CommonSdJwt5
  runtimeAttestation?: CommonCompactJws5
  requestSignature: CommonCompactJws6
}
/**
 * What is bought, from whom, for how much: the one shape of an order, signed and unsigned alike (decision 0003).
 */
export interface CommonCheckout1 {
  total_amount: CommonAmount1
  merchant: CommonMerchant
  /**
   * What is sold.
   *
   * @minItems 1
   * @maxItems 100
   */
  goods: CommonGoods[]
  reference_checkout_id: CommonIdentifier
}
/**
 * A token for one payment of one checkout.
 */
export interface PaymentApplyCredentialResponse {
  paymentToken: PaymentPaymentToken
  expiresAt: CommonTimestamp
  mandateId: CommonIdentifier2
  mandateType: TrustMandateType
  mandateStatus: TrustMandateStatus1
  heldAmount: CommonAmount30
  budget: TrustBudget1
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount30 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * What a mandate may cost and what became of it. remaining = limit - held - captured.
 */
export interface TrustBudget1 {
  total: CommonAmount7
  limit: CommonAmount8
  held: CommonAmount9
  captured: CommonAmount10
  remaining: CommonAmount11
}
/**
 * A wallet account an agent may use.
 */
export interface PaymentBinding {
  bindingId: CommonIdentifier2
  bindingStatus: PaymentBindingStatus
  walletId: CommonPartyUri1
  /**
   * Name of the wallet.
   */
  walletName: string
  /**
   * Masked login.
   */
  maskedLoginId: string
  identity: CommonSdJwt6
  createdAt: CommonTimestamp
}
/**
 * One page of bindings, newest first.
 */
export interface PaymentBindingList {
  status?: TrustAuthorizationStatus1
  /**
   * The bindings.
   *
   * @maxItems 100
   */
  paymentMethods: PaymentBinding[]
  nextPageToken?: CommonPageToken
}
/**
 * The network hands the wallet what S2 needs (AMP-PAY-024).
 */
export interface PaymentCheckIntentRequest {
  mandateId: CommonIdentifier2
  userReference: CommonIdentifier2
  checkout: CommonCheckout2
  mandate: CommonSdJwt7
  tokenRequest?: CommonSdJwt8
}
/**
 * What is bought, from whom, for how much: the one shape of an order, signed and unsigned alike (decision 0003).
 */
export interface CommonCheckout2 {
  total_amount: CommonAmount1
  merchant: CommonMerchant
  /**
   * What is sold.
   *
   * @minItems 1
   * @maxItems 100
   */
  goods: CommonGoods[]
  reference_checkout_id: CommonIdentifier
}
/**
 * The checkout lies inside the mandate.
 */
export interface PaymentCheckIntentResponse {
  /**
   * Always S2.
   */
  stage: 'S2'
  /**
   * A refusal is a problem.
   */
  decision: 'pass'
  checkedAt: CommonTimestamp
}
/**
 * One line of a checkout request.
 */
export interface PaymentCheckoutItem {
  productId: CommonIdentifier2
  /**
   * Units.
   */
  quantity: number
}
/**
 * Why a payment failed.
 */
export interface PaymentFailure {
  /**
   * Code from problems.json.
   */
  code: string
  /**
   * In words.
   */
  title: string
  stage?: TrustGuardStage1
}
/**
 * Asks how an order stands.
 */
export interface PaymentInquiryOrderRequest {
  checkoutId: CommonIdentifier2
}
/**
 * Asks for one payment by the identifier of the acquirer.
 */
export interface PaymentInquiryPaymentRequest {
  paymentRequestId: CommonIdentifier2
}
/**
 * The order as the acquirer sends it (names of the published rail).
 */
export interface PaymentOrder {
  referenceOrderId: CommonIdentifier63
  /**
   * Description.
   */
  orderDescription: string
  orderAmount: CommonAmount
  /**
   * Who sells, attested by the acquirer.
   */
  merchant: {
    /**
     * Merchant identifier.
     */
    referenceMerchantId: string
    /**
     * Name.
     */
    merchantName: string
    /**
     * Category code.
     */
    merchantMCC: string
  }
}
/**
 * Where an order stands at the merchant.
 */
export interface PaymentOrderState {
  checkoutId: CommonIdentifier2
  /**
   * Where it stands.
   */
  orderStatus: 'open' | 'paying' | 'paid' | 'failed' | 'expired'
  paymentStatus?: PaymentPaymentStatus
  paymentId?: CommonIdentifier2
  paymentAmount?: CommonAmount
  disputeStatus?: ExtensionsDisputeStatus1
  failure?: PaymentFailure
}
/**
 * An acquirer asks the network to be paid (names of the published rail).
 */
export interface PaymentPayRequest {
  paymentRequestId: CommonIdentifier64
  order: PaymentOrder
  paymentAmount: CommonAmount
  /**
   * The payment token.
   */
  paymentMethod: {
    /**
     * As published.
     */
    paymentMethodType: 'CONNECT_WALLET'
    paymentMethodId: PaymentPaymentToken
  }
  /**
   * Marks an agent payment.
   */
  paymentFactor: {
    /**
     * As published.
     */
    isTokenizationPayment: 'true'
    /**
     * As published.
     */
    tokenizationPaymentScenario: 'AgenticPay'
  }
  assurance?: TrustAssurance1
}
/**
 * The layers as serialised: identity and mandate for a direct payment, all three for a delegated one.
 */
export interface TrustAssurance1 {
  identity: CommonSdJwt1
  mandate: CommonSdJwt2
  tokenRequest?: CommonSdJwt3
}
/**
 * A payment as the network knows it.
 */
export interface PaymentPayment {
  paymentId: CommonIdentifier65
  paymentRequestId: CommonIdentifier2
  paymentStatus: PaymentPaymentStatus
  paymentAmount: CommonAmount
  paymentTime?: CommonTimestamp17
  failure?: PaymentFailure
}
/**
 * A payment became final.
 */
export interface PaymentPaymentNotification {
  paymentId: CommonIdentifier66
  paymentRequestId: CommonIdentifier2
  paymentStatus: PaymentPaymentStatus
  paymentAmount: CommonAmount
  paymentTime?: CommonTimestamp18
  failure?: PaymentFailure
  referenceOrderId: CommonIdentifier2
}
/**
 * Something a merchant sells.
 */
export interface PaymentProduct {
  productId: CommonIdentifier2
  /**
   * Name.
   */
  name: string
  unitAmount: CommonAmount
}
/**
 * One page of products.
 */
export interface PaymentProductList {
  /**
   * The products.
   *
   * @maxItems 100
   */
  products: PaymentProduct[]
  nextPageToken?: CommonPageToken
}
/**
 * Asks for the bindings of an agent.
 */
export interface PaymentQueryPaymentMethodListRequest {
  agentId: CommonIdentifier2
  sessionId?: CommonIdentifier67
  pageSize?: CommonPageSize
  pageToken?: CommonPageToken
}
/**
 * Ends a binding and revokes every mandate under it.
 */
export interface PaymentRevokeBindingRequest {
  bindingId: CommonIdentifier2
  /**
   * Why.
   */
  reason?: string
}
/**
 * From this answer on nothing under the binding can be used.
 */
export interface PaymentRevokeBindingResponse {
  bindingId: CommonIdentifier2
  bindingStatus: PaymentBindingStatus
  /**
   * How many mandates were revoked with it.
   */
  mandatesRevoked: number
}
/**
 * Finds products by words.
 */
export interface PaymentSearchProductsRequest {
  /**
   * Words.
   */
  query?: string
  pageSize?: CommonPageSize
  pageToken?: CommonPageToken
}
/**
 * Fixes an order and its price.
 */
export interface PaymentStartCheckoutRequest {
  /**
   * What is bought.
   *
   * @minItems 1
   * @maxItems 100
   */
  items: PaymentCheckoutItem[]
}
/**
 * The order at a fixed price until expiresAt.
 */
export interface PaymentStartCheckoutResponse {
  checkout: CommonCheckout
  expiresAt: CommonTimestamp
}
/**
 * An agent pays a checkout and hands over the assurance chain.
 */
export interface PaymentStartPaymentRequest {
  checkoutId: CommonIdentifier68
  paymentToken: PaymentPaymentToken
  assurance: TrustAssurance
}
/**
 * Asks what became of a debit.
 */
export interface PaymentWalletInquiryPaymentRequest {
  paymentId: CommonIdentifier2
}
/**
 * The network asks the wallet to debit, with what S3 and S4 need.
 */
export interface PaymentWalletPayRequest {
  paymentId: CommonIdentifier69
  mandateId: CommonIdentifier2
  userReference: CommonIdentifier2
  checkout: CommonCheckout3
  order: PaymentOrder1
  paymentAmount: CommonAmount31
}
/**
 * What is bought, from whom, for how much: the one shape of an order, signed and unsigned alike (decision 0003).
 */
export interface CommonCheckout3 {
  total_amount: CommonAmount1
  merchant: CommonMerchant
  /**
   * What is sold.
   *
   * @minItems 1
   * @maxItems 100
   */
  goods: CommonGoods[]
  reference_checkout_id: CommonIdentifier
}
/**
 * The order as the acquirer sends it (names of the published rail).
 */
export interface PaymentOrder1 {
  referenceOrderId: CommonIdentifier63
  /**
   * Description.
   */
  orderDescription: string
  orderAmount: CommonAmount
  /**
   * Who sells, attested by the acquirer.
   */
  merchant: {
    /**
     * Merchant identifier.
     */
    referenceMerchantId: string
    /**
     * Name.
     */
    merchantName: string
    /**
     * Category code.
     */
    merchantMCC: string
  }
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount31 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * The money left the account of the user.
 */
export interface PaymentWalletPayResponse {
  paymentId: CommonIdentifier2
  paymentStatus: PaymentPaymentStatus
  debitAmount?: CommonAmount
  debitTime?: CommonTimestamp
  failure?: PaymentFailure
}
/**
 * The user lowers the limit of an activated mandate; raising needs a new mandate (contradiction 38).
 */
export interface TrustAdjustMandateRequest {
  mandateId: CommonIdentifier2
  limit: CommonAmount32
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount32 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * The budget after the adjustment.
 */
export interface TrustAdjustMandateResponse {
  mandateId: CommonIdentifier2
  mandateStatus: TrustMandateStatus1
  budget: TrustBudget1
}
/**
 * A registered agent as the network knows it.
 */
export interface TrustAgent {
  agentId: CommonIdentifier70
  agentStatus: TrustAgentStatus
  credentialProviderId: CommonPartyUri11
  profile: TrustAgentProfile
  agentKey: CommonPublicJwk4
  registeredAt: CommonTimestamp
  reviewDueAt: CommonTimestamp19
}
/**
 * Who an agent is and what it is for.
 */
export interface TrustAgentProfile {
  /**
   * Name shown to users.
   */
  name: string
  /**
   * Legal name of the developer.
   */
  developer: string
  /**
   * Legal name of the operator.
   */
  operator: string
  /**
   * Model family.
   */
  modelFamily: string
  /**
   * Version of the agent.
   */
  version: string
  /**
   * What the agent can do.
   *
   * @minItems 1
   * @maxItems 32
   *
   * Items: A capability.
   */
  capabilities: string[]
  /**
   * What the agent must never be used for.
   *
   * @minItems 1
   * @maxItems 32
   *
   * Items: A scenario.
   */
  prohibitedScenarios: string[]
}
/**
 * A P-256 public key as a JWK. The object is closed, so that a private member makes it invalid (AMP-TRUST-114, contradiction 2).
 */
export interface CommonPublicJwk4 {
  /**
   * Key type.
   */
  kty: 'EC'
  /**
   * Curve.
   */
  crv: 'P-256'
  /**
   * X coordinate, base64url.
   */
  x: string
  /**
   * Y coordinate, base64url.
   */
  y: string
  kid: CommonIdentifier1
  /**
   * Key use.
   */
  use?: 'sig'
  /**
   * Algorithm.
   */
  alg?: 'ES256'
}
/**
 * What a wallet shows of an agent.
 */
export interface TrustAgentSummary {
  agentId: CommonIdentifier2
  /**
   * Name shown to the user.
   */
  agentName: string
  credentialProviderId: CommonPartyUri12
}
/**
 * JOSE header of every assurance layer (AMP-TRUST-107 to 109, 119 to 121, 146 to 148).
 */
export interface TrustAssuranceHeader {
  /**
   * Only this algorithm.
   */
  alg: 'ES256'
  /**
   * Only this type.
   */
  typ: 'sd+jwt'
  kid: CommonIdentifier71
}
/**
 * The network tells a credential provider how an authorization ended. Variant: binding confirmed.
 */
export interface TrustAuthorizationNotificationEnrollment {
  /**
   * A wallet was bound.
   */
  authContext: 'ENROLLMENT'
  /**
   * The user confirmed.
   */
  outcome: 'SUCCESS'
  sessionId: CommonIdentifier2
  bindingId: CommonIdentifier2
  identity: CommonSdJwt9
  /**
   * Name of the wallet.
   */
  walletName: string
  /**
   * Masked login.
   */
  maskedLoginId: string
}
/**
 * The network tells a credential provider how an authorization ended. Variant: mandate confirmed.
 */
export interface TrustAuthorizationNotificationMandate {
  /**
   * A mandate was authorised.
   */
  authContext: 'MANDATE'
  /**
   * The user confirmed.
   */
  outcome: 'SUCCESS'
  sessionId: CommonIdentifier2
  mandateId: CommonIdentifier2
  mandateType: TrustMandateType
  mandateStatus: TrustMandateStatus1
  mandate: CommonSdJwt10
}
/**
 * The network tells a credential provider how an authorization ended. Variant: not confirmed.
 */
export interface TrustAuthorizationNotificationFailure {
  /**
   * What was to be authorised.
   */
  authContext: 'ENROLLMENT' | 'MANDATE'
  /**
   * No authorization.
   */
  outcome: 'FAILED'
  sessionId: CommonIdentifier2
  /**
   * Why.
   */
  failure: 'user-rejected' | 'identity-check-failed' | 'authorization-expired' | 'binding-exists'
}
/**
 * The disclosure token_info: which binding pays (contradiction 36). A payment token in it is refused.
 */
export interface TrustBindingInfo {
  token_unique_reference: CommonIdentifier72
  /**
   * Status of the binding when signed; the live status decides.
   */
  token_status: string
  /**
   * Masked login of the user.
   */
  user_login_id: string
  /**
   * Name of the wallet.
   */
  wallet_name: string
}
/**
 * The user cancels a mandate; it becomes revoked.
 */
export interface TrustCancelMandateRequest {
  mandateId: CommonIdentifier2
  /**
   * Why.
   */
  reason?: string
}
/**
 * From this answer on no token is issued and no debit passes.
 */
export interface TrustCancelMandateResponse {
  mandateId: CommonIdentifier2
  mandateStatus: TrustMandateStatus1
  at: CommonTimestamp
}
/**
 * Letter of authenticity commitment: what the credential provider signs over profile, key and review record; JWS typ amp-commitment+jwt.
 */
export interface TrustCommitmentClaims {
  iss: CommonPartyUri13
  aud: CommonPartyUri14
  /**
   * Issued at, epoch seconds.
   */
  iat: number
  /**
   * base64url SHA-256 over the RFC 8785 form of {agentKey, profile, review}.
   */
  application_hash: string
  /**
   * The promise in words: authentic, lawful.
   */
  statement: string
}
/**
 * The key that signs the next layer (RFC 7800), public members only.
 */
export interface TrustConfirmation {
  jwk: CommonPublicJwk5
  kid?: CommonIdentifier73
}
/**
 * A P-256 public key as a JWK. The object is closed, so that a private member makes it invalid (AMP-TRUST-114, contradiction 2).
 */
export interface CommonPublicJwk5 {
  /**
   * Key type.
   */
  kty: 'EC'
  /**
   * Curve.
   */
  crv: 'P-256'
  /**
   * X coordinate, base64url.
   */
  x: string
  /**
   * Y coordinate, base64url.
   */
  y: string
  kid: CommonIdentifier1
  /**
   * Key use.
   */
  use?: 'sig'
  /**
   * Algorithm.
   */
  alg?: 'ES256'
}
/**
 * Bounds of an AUTONOMOUS mandate (published claim names; those of AMP-TRUST-042 as extensions). Every member narrows, none widens, and refunds_restore_budget says how the budget is counted. An empty list is not allowed: the member is left out.
 */
export interface TrustConstraints {
  budget_amount: CommonAmount33
  /**
   * What is refunded may be spent again (EXT-REFUND-5).
   */
  refunds_restore_budget?: boolean
  /**
   * Names of merchants the agent may buy from.
   *
   * @minItems 1
   * @maxItems 64
   *
   * Items: Merchant name.
   */
  merchant_name_list?: string[]
  /**
   * Merchant categories the agent may buy from.
   *
   * @minItems 1
   * @maxItems 64
   *
   * Items: ISO 18245 code.
   */
  merchant_mcc_list?: string[]
  payment_amount_max?: CommonAmount34
  payment_amount_min?: CommonAmount35
  /**
   * Only these merchants (AMP-TRUST-042).
   *
   * @minItems 1
   * @maxItems 64
   *
   * Items: Merchant identifier.
   */
  merchant_allow_list?: string[]
  /**
   * Never these merchants (AMP-TRUST-042).
   *
   * @minItems 1
   * @maxItems 64
   *
   * Items: Merchant identifier.
   */
  merchant_block_list?: string[]
  /**
   * Only merchants of these regions (AMP-TRUST-042).
   *
   * @minItems 1
   * @maxItems 64
   *
   * Items: ISO 3166-1 alpha-2 code.
   */
  merchant_region_list?: string[]
  /**
   * The only address goods may go to; a checkout cannot change it (AMP-TRUST-042).
   */
  delivery_address?: string
  payment_frequency?: TrustFrequency
  /**
   * Payment tokens that may fail before the mandate yields no more (AMP-TRUST-042).
   */
  retries_max?: number
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount33 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount34 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount35 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * How often the agent may pay (AMP-TRUST-042).
 */
export interface TrustFrequency {
  /**
   * Payments allowed in the period.
   */
  count: number
  /**
   * The period, in UTC.
   */
  period: 'day' | 'week' | 'month'
}
/**
 * A credential provider asks the network to have a user bind a wallet or authorise a mandate. Variant: binding.
 */
export interface TrustCreateAuthorizationRequestEnrollment {
  /**
   * A wallet is bound.
   */
  authContext: 'ENROLLMENT'
  sessionId: CommonIdentifier74
  agentId: CommonIdentifier2
  walletId: CommonPartyUri15
}
/**
 * A credential provider asks the network to have a user bind a wallet or authorise a mandate. Variant: mandate with the user present.
 */
export interface TrustCreateAuthorizationRequestImmediate {
  /**
   * A mandate is authorised.
   */
  authContext: 'MANDATE'
  sessionId: CommonIdentifier75
  agentId: CommonIdentifier2
  bindingId: CommonIdentifier76
  /**
   * The user is present.
   */
  mandateType: 'IMMEDIATE'
  intent: TrustIntentImmediate
  checkout: CommonCheckout4
}
/**
 * What the user asked for, in the words used and as a description (AMP-TRUST-133 to AMP-TRUST-135).
 */
export interface TrustIntentImmediate {
  /**
   * The words of the user: evidence only, no bound is read from it (contradiction 35).
   */
  raw: string
  /**
   * What the user confirms, in plain words.
   */
  desc: string
}
/**
 * What is bought, from whom, for how much: the one shape of an order, signed and unsigned alike (decision 0003).
 */
export interface CommonCheckout4 {
  total_amount: CommonAmount1
  merchant: CommonMerchant
  /**
   * What is sold.
   *
   * @minItems 1
   * @maxItems 100
   */
  goods: CommonGoods[]
  reference_checkout_id: CommonIdentifier
}
/**
 * A credential provider asks the network to have a user bind a wallet or authorise a mandate. Variant: delegated mandate.
 */
export interface TrustCreateAuthorizationRequestAutonomous {
  /**
   * A mandate is authorised.
   */
  authContext: 'MANDATE'
  sessionId: CommonIdentifier77
  agentId: CommonIdentifier2
  bindingId: CommonIdentifier78
  /**
   * The agent acts later.
   */
  mandateType: 'AUTONOMOUS'
  intent: TrustIntentAutonomous
}
/**
 * What the user asked for, until when and within which bounds (AMP-TRUST-143, AMP-TRUST-144).
 */
export interface TrustIntentAutonomous {
  /**
   * The words of the user: evidence only, no bound is read from it (contradiction 35).
   */
  raw: string
  /**
   * What the user confirms, in plain words.
   */
  desc: string
  expiry_time: CommonTimestamp20
  constraints: TrustConstraints1
}
/**
 * Bounds of an AUTONOMOUS mandate (published claim names; those of AMP-TRUST-042 as extensions). Every member narrows, none widens, and refunds_restore_budget says how the budget is counted. An empty list is not allowed: the member is left out.
 */
export interface TrustConstraints1 {
  budget_amount: CommonAmount33
  /**
   * What is refunded may be spent again (EXT-REFUND-5).
   */
  refunds_restore_budget?: boolean
  /**
   * Names of merchants the agent may buy from.
   *
   * @minItems 1
   * @maxItems 64
   *
   * Items: Merchant name.
   */
  merchant_name_list?: string[]
  /**
   * Merchant categories the agent may buy from.
   *
   * @minItems 1
   * @maxItems 64
   *
   * Items: ISO 18245 code.
   */
  merchant_mcc_list?: string[]
  payment_amount_max?: CommonAmount34
  payment_amount_min?: CommonAmount35
  /**
   * Only these merchants (AMP-TRUST-042).
   *
   * @minItems 1
   * @maxItems 64
   *
   * Items: Merchant identifier.
   */
  merchant_allow_list?: string[]
  /**
   * Never these merchants (AMP-TRUST-042).
   *
   * @minItems 1
   * @maxItems 64
   *
   * Items: Merchant identifier.
   */
  merchant_block_list?: string[]
  /**
   * Only merchants of these regions (AMP-TRUST-042).
   *
   * @minItems 1
   * @maxItems 64
   *
   * Items: ISO 3166-1 alpha-2 code.
   */
  merchant_region_list?: string[]
  /**
   * The only address goods may go to; a checkout cannot change it (AMP-TRUST-042).
   */
  delivery_address?: string
  payment_frequency?: TrustFrequency
  /**
   * Payment tokens that may fail before the mandate yields no more (AMP-TRUST-042).
   */
  retries_max?: number
}
/**
 * An authorization waits for the user on the trusted authorization surface.
 */
export interface TrustCreateAuthorizationResponse {
  authId: CommonIdentifier2
  sessionId: CommonIdentifier2
  status: TrustAuthorizationStatus
  authUrl: CommonUrl12
  mandateId?: CommonIdentifier2
  mandateStatus?: TrustMandateStatus1
}
/**
 * An agent asks its credential provider for a mandate. Variant: user present.
 */
export interface TrustCreateMandateSessionRequestImmediate {
  agentId: CommonIdentifier79
  bindingId: CommonIdentifier80
  /**
   * The user is present.
   */
  mandateType: 'IMMEDIATE'
  intent: TrustIntentImmediate
  checkout: CommonCheckout5
}
/**
 * What is bought, from whom, for how much: the one shape of an order, signed and unsigned alike (decision 0003).
 */
export interface CommonCheckout5 {
  total_amount: CommonAmount1
  merchant: CommonMerchant
  /**
   * What is sold.
   *
   * @minItems 1
   * @maxItems 100
   */
  goods: CommonGoods[]
  reference_checkout_id: CommonIdentifier
}
/**
 * An agent asks its credential provider for a mandate. Variant: delegated.
 */
export interface TrustCreateMandateSessionRequestAutonomous {
  agentId: CommonIdentifier81
  bindingId: CommonIdentifier82
  /**
   * The agent acts later.
   */
  mandateType: 'AUTONOMOUS'
  intent: TrustIntentAutonomous
}
/**
 * The mandate exists as inactive and waits for the user.
 */
export interface TrustCreateMandateSessionResponse {
  sessionId: CommonIdentifier2
  status: TrustAuthorizationStatus
  mandateId: CommonIdentifier2
  mandateStatus: TrustMandateStatus1
  authUrl: CommonUrl13
}
/**
 * The evidence of one mandate from binding to settlement (AMP-TRUST-166).
 */
export interface TrustEvidence {
  mandateId: CommonIdentifier2
  mandateStatus: TrustMandateStatus1
  /**
   * Oldest first.
   *
   * @maxItems 1000
   */
  records: TrustEvidenceRecord[]
}
/**
 * One stored layer or event, byte for byte.
 */
export interface TrustEvidenceRecord {
  /**
   * What it is.
   */
  kind: 'identity' | 'mandate' | 'token-request' | 'token' | 'payment' | 'debit'
  reference: CommonIdentifier83
  at: CommonTimestamp21
  /**
   * base64url SHA-256 of content.
   */
  digest: string
  /**
   * The layer as serialised, or the event in RFC 8785 form.
   */
  content: string
}
/**
 * How often an agent may pay.
 */
export interface TrustFrequency1 {
  /**
   * Payments allowed in the period.
   */
  count: number
  /**
   * The period, in UTC.
   */
  period: 'day' | 'week' | 'month'
}
/**
 * Claims the network signs once per binding: the user is known to this identity signature provider.
 */
export interface TrustIdentityClaims {
  iss: CommonPartyUri16
  sub: CommonIdentifier84
  /**
   * Issued at, epoch seconds.
   */
  iat: number
  /**
   * Expires at, epoch seconds.
   */
  exp: number
  cnf: TrustConfirmation1
  /**
   * Kind of identity signature provider: MPP, as published, is a wallet (AMP-TRUST-115).
   */
  isp_type: 'MPP' | 'OTHER'
  /**
   * Name of the identity signature provider, e.g. ALIPAY_HK (AMP-TRUST-116).
   */
  isp_name: string
}
/**
 * The key that signs the next layer (RFC 7800), public members only.
 */
export interface TrustConfirmation1 {
  jwk: CommonPublicJwk5
  kid?: CommonIdentifier73
}
/**
 * Asks for one agent.
 */
export interface TrustInquiryAgentRequest {
  agentId: CommonIdentifier2
}
/**
 * Asks for the assurance evidence of one mandate.
 */
export interface TrustInquiryEvidenceRequest {
  mandateId: CommonIdentifier2
}
/**
 * Asks for the mandates of a user.
 */
export interface TrustInquiryMandateListRequest {
  userReference: CommonIdentifier2
  agentId?: CommonIdentifier2
  mandateStatus?: TrustMandateStatus1
  pageSize?: CommonPageSize
  pageToken?: CommonPageToken
}
/**
 * Asks for one mandate.
 */
export interface TrustInquiryMandateRequest {
  mandateId: CommonIdentifier2
}
/**
 * Asks how a mandate session stands.
 */
export interface TrustInquiryMandateSessionRequest {
  sessionId: CommonIdentifier2
}
/**
 * How a mandate session stands; the layers once the user confirmed.
 */
export interface TrustInquiryMandateSessionResponse {
  sessionId: CommonIdentifier2
  status: TrustAuthorizationStatus
  bindingId: CommonIdentifier2
  mandateId: CommonIdentifier2
  mandateType: TrustMandateType
  mandateStatus: TrustMandateStatus1
  identity?: CommonSdJwt11
  mandate?: CommonSdJwt12
  /**
   * Problem code of a failed authorization.
   */
  failure?: string
}
/**
 * A mandate with everything the network knows of it.
 */
export interface TrustMandate {
  mandateId: CommonIdentifier2
  mandateType: TrustMandateType
  mandateStatus: TrustMandateStatus1
  agentId: CommonIdentifier2
  /**
   * Name of the agent.
   */
  agentName: string
  bindingId: CommonIdentifier2
  /**
   * What the user confirmed.
   */
  description: string
  createdAt: CommonTimestamp
  validUntil: CommonTimestamp22
  budget: TrustBudget1
  checkout?: CommonCheckout6
  constraints?: TrustConstraints2
  /**
   * Its life, oldest first.
   *
   * @maxItems 1000
   */
  events: TrustMandateEvent[]
}
/**
 * What is bought, from whom, for how much: the one shape of an order, signed and unsigned alike (decision 0003).
 */
export interface CommonCheckout6 {
  total_amount: CommonAmount1
  merchant: CommonMerchant
  /**
   * What is sold.
   *
   * @minItems 1
   * @maxItems 100
   */
  goods: CommonGoods[]
  reference_checkout_id: CommonIdentifier
}
/**
 * Bounds of an AUTONOMOUS mandate (published claim names; those of AMP-TRUST-042 as extensions). Every member narrows, none widens, and refunds_restore_budget says how the budget is counted. An empty list is not allowed: the member is left out.
 */
export interface TrustConstraints2 {
  budget_amount: CommonAmount33
  /**
   * What is refunded may be spent again (EXT-REFUND-5).
   */
  refunds_restore_budget?: boolean
  /**
   * Names of merchants the agent may buy from.
   *
   * @minItems 1
   * @maxItems 64
   *
   * Items: Merchant name.
   */
  merchant_name_list?: string[]
  /**
   * Merchant categories the agent may buy from.
   *
   * @minItems 1
   * @maxItems 64
   *
   * Items: ISO 18245 code.
   */
  merchant_mcc_list?: string[]
  payment_amount_max?: CommonAmount34
  payment_amount_min?: CommonAmount35
  /**
   * Only these merchants (AMP-TRUST-042).
   *
   * @minItems 1
   * @maxItems 64
   *
   * Items: Merchant identifier.
   */
  merchant_allow_list?: string[]
  /**
   * Never these merchants (AMP-TRUST-042).
   *
   * @minItems 1
   * @maxItems 64
   *
   * Items: Merchant identifier.
   */
  merchant_block_list?: string[]
  /**
   * Only merchants of these regions (AMP-TRUST-042).
   *
   * @minItems 1
   * @maxItems 64
   *
   * Items: ISO 3166-1 alpha-2 code.
   */
  merchant_region_list?: string[]
  /**
   * The only address goods may go to; a checkout cannot change it (AMP-TRUST-042).
   */
  delivery_address?: string
  payment_frequency?: TrustFrequency
  /**
   * Payment tokens that may fail before the mandate yields no more (AMP-TRUST-042).
   */
  retries_max?: number
}
/**
 * One recorded event in the life of a mandate (AMP-TRUST-073).
 */
export interface TrustMandateEvent {
  at: CommonTimestamp
  /**
   * What happened.
   */
  event: string
  mandateStatus: TrustMandateStatus2
  /**
   * Who caused it.
   */
  by: string
}
/**
 * Claims the identity signature provider signs when the user confirmed one checkout; no agent key (AMP-TRUST-138).
 */
export interface TrustMandateClaimsImmediate {
  /**
   * Random, at least 16 bytes as base64url.
   */
  nonce: string
  aud: CommonPartyUri17
  /**
   * Issued at, epoch seconds.
   */
  iat: number
  /**
   * Expires at, epoch seconds.
   */
  exp: number
  /**
   * base64url SHA-256 over the identity layer as serialised.
   */
  sd_hash: string
  /**
   * Outcome of the identity check. PASS is written; the other two spellings of success are read; anything else is a failure (contradiction 9).
   */
  idv_result: 'PASS' | 'true' | 'SUCCESS'
  idv_time: CommonTimestamp23
  /**
   * Mode of the mandate.
   */
  mode: 'IMMEDIATE'
  /**
   * Digest algorithm.
   */
  _sd_alg: 'sha-256'
  /**
   * Digests of the disclosures.
   *
   * @minItems 4
   * @maxItems 16
   *
   * Items: Digest of one disclosure.
   */
  _sd: string[]
}
/**
 * Claims the identity signature provider signs when the user delegated within bounds; binds the agent key (AMP-TRUST-142).
 */
export interface TrustMandateClaimsAutonomous {
  /**
   * Random, at least 16 bytes as base64url.
   */
  nonce: string
  aud: CommonPartyUri18
  /**
   * Issued at, epoch seconds.
   */
  iat: number
  /**
   * Expires at, epoch seconds.
   */
  exp: number
  /**
   * base64url SHA-256 over the identity layer as serialised.
   */
  sd_hash: string
  /**
   * Outcome of the identity check. PASS is written; the other two spellings of success are read; anything else is a failure (contradiction 9).
   */
  idv_result: 'PASS' | 'true' | 'SUCCESS'
  idv_time: CommonTimestamp24
  /**
   * Mode of the mandate.
   */
  mode: 'AUTONOMOUS'
  cnf: TrustConfirmation2
  /**
   * Digest algorithm.
   */
  _sd_alg: 'sha-256'
  /**
   * Digests of the disclosures.
   *
   * @minItems 3
   * @maxItems 16
   *
   * Items: Digest of one disclosure.
   */
  _sd: string[]
}
/**
 * The key that signs the next layer (RFC 7800), public members only.
 */
export interface TrustConfirmation2 {
  jwk: CommonPublicJwk5
  kid?: CommonIdentifier73
}
/**
 * Disclosures of an AUTONOMOUS mandate layer; no checkout (AMP-TRUST-145).
 */
export interface TrustMandateDisclosuresAutonomous {
  intent: TrustIntentAutonomous
  token_info: TrustBindingInfo
  mandate_info: TrustMandateInfo
}
/**
 * The disclosure mandate_info: which mandate this is (AMP-TRUST-137).
 */
export interface TrustMandateInfo {
  mandate_id: CommonIdentifier85
  mandate_type: TrustMandateType1
  /**
   * Status when signed; the live status at the network decides (contradiction 51).
   */
  mandate_status: string
  mandate_expiry_time: CommonTimestamp25
}
/**
 * Disclosures of an IMMEDIATE mandate layer.
 */
export interface TrustMandateDisclosuresImmediate {
  intent: TrustIntentImmediate
  token_info: TrustBindingInfo
  mandate_info: TrustMandateInfo
  checkout: CommonCheckout
}
/**
 * One page of mandates, newest first.
 */
export interface TrustMandateList {
  /**
   * The mandates.
   *
   * @maxItems 100
   */
  mandates: TrustMandateSummary[]
  nextPageToken?: CommonPageToken
}
/**
 * A mandate as it stands in a list.
 */
export interface TrustMandateSummary {
  mandateId: CommonIdentifier2
  mandateType: TrustMandateType
  mandateStatus: TrustMandateStatus1
  agentId: CommonIdentifier2
  /**
   * Name of the agent.
   */
  agentName: string
  bindingId: CommonIdentifier2
  /**
   * What the user confirmed.
   */
  description: string
  createdAt: CommonTimestamp
  validUntil: CommonTimestamp26
  budget: TrustBudget1
}
/**
 * The status of a mandate changed.
 */
export interface TrustMandateNotification {
  mandateId: CommonIdentifier2
  mandateStatus: TrustMandateStatus1
  /**
   * Why.
   */
  reason: string
  at: CommonTimestamp27
}
/**
 * A wallet reports to the network what the user decided. Variant: binding confirmed.
 */
export interface TrustNotifyAuthorizationRequestEnrollment {
  /**
   * A wallet is bound.
   */
  authContext: 'ENROLLMENT'
  /**
   * The user confirmed.
   */
  outcome: 'SUCCESS'
  authId: CommonIdentifier2
  /**
   * Outcome of the identity check.
   */
  idvResult: 'PASS'
  idvTime: CommonTimestamp28
  ispKey: CommonPublicJwk6
  walletAccount: TrustWalletAccount
}
/**
 * A P-256 public key as a JWK. The object is closed, so that a private member makes it invalid (AMP-TRUST-114, contradiction 2).
 */
export interface CommonPublicJwk6 {
  /**
   * Key type.
   */
  kty: 'EC'
  /**
   * Curve.
   */
  crv: 'P-256'
  /**
   * X coordinate, base64url.
   */
  x: string
  /**
   * Y coordinate, base64url.
   */
  y: string
  kid: CommonIdentifier1
  /**
   * Key use.
   */
  use?: 'sig'
  /**
   * Algorithm.
   */
  alg?: 'ES256'
}
/**
 * A wallet account without anything that names the user in clear (AMP-PAY-013).
 */
export interface TrustWalletAccount {
  walletId: CommonPartyUri19
  /**
   * Name of the wallet.
   */
  walletName: string
  userReference: CommonIdentifier86
  /**
   * Masked login.
   */
  maskedLoginId: string
}
/**
 * A wallet reports to the network what the user decided. Variant: mandate confirmed.
 */
export interface TrustNotifyAuthorizationRequestMandate {
  /**
   * A mandate is authorised.
   */
  authContext: 'MANDATE'
  /**
   * The user confirmed.
   */
  outcome: 'SUCCESS'
  authId: CommonIdentifier2
  /**
   * Outcome of the identity check.
   */
  idvResult: 'PASS'
  idvTime: CommonTimestamp29
  mandate: CommonSdJwt13
}
/**
 * A wallet reports to the network what the user decided. Variant: not confirmed.
 */
export interface TrustNotifyAuthorizationRequestFailure {
  /**
   * What was to be authorised.
   */
  authContext: 'ENROLLMENT' | 'MANDATE'
  /**
   * No authorization.
   */
  outcome: 'FAILED'
  authId: CommonIdentifier2
  /**
   * Why.
   */
  failure: 'user-rejected' | 'identity-check-failed' | 'authorization-expired'
}
/**
 * What the network made of it.
 */
export interface TrustNotifyAuthorizationResponse {
  authId: CommonIdentifier2
  bindingId?: CommonIdentifier87
  identity?: CommonSdJwt14
  mandateId?: CommonIdentifier2
  mandateStatus?: TrustMandateStatus1
}
/**
 * What an agent signs to show that it holds the key it registers; JWS typ amp-proof+jwt.
 */
export interface TrustProofOfPossessionClaims {
  aud: CommonPartyUri20
  /**
   * Issued at, epoch seconds.
   */
  iat: number
  /**
   * Random.
   */
  nonce: string
  /**
   * RFC 7638 thumbprint of the key.
   */
  jkt: string
}
/**
 * An agent applies at its credential provider.
 */
export interface TrustRegisterAgentApplication {
  profile: TrustAgentProfile
  agentKey: CommonPublicJwk7
  proofOfPossession: CommonCompactJws7
  /**
   * One entry for each of the eight items.
   *
   * @minItems 8
   * @maxItems 8
   */
  evidence: TrustReviewEvidence[]
}
/**
 * A P-256 public key as a JWK. The object is closed, so that a private member makes it invalid (AMP-TRUST-114, contradiction 2).
 */
export interface CommonPublicJwk7 {
  /**
   * Key type.
   */
  kty: 'EC'
  /**
   * Curve.
   */
  crv: 'P-256'
  /**
   * X coordinate, base64url.
   */
  x: string
  /**
   * Y coordinate, base64url.
   */
  y: string
  kid: CommonIdentifier1
  /**
   * Key use.
   */
  use?: 'sig'
  /**
   * Algorithm.
   */
  alg?: 'ES256'
}
/**
 * What an applicant hands in for one review item.
 */
export interface TrustReviewEvidence {
  /**
   * Which item.
   */
  item:
    | 'agent-profile'
    | 'know-your-customer'
    | 'anti-money-laundering-and-sanctions'
    | 'cyber-and-data-security'
    | 'privacy'
    | 'anti-bribery-and-corruption'
    | 'ai-compliance'
    | 'prohibited-scenarios'
  /**
   * Reference to the evidence.
   */
  evidence: string
  /**
   * base64url SHA-256 of the evidence.
   */
  evidenceDigest: string
}
/**
 * A credential provider registers an agent it reviewed.
 */
export interface TrustRegisterAgentRequest {
  profile: TrustAgentProfile
  agentKey: CommonPublicJwk8
  proofOfPossession: CommonCompactJws8
  review: TrustReviewRecord
  commitment: CommonCompactJws9
}
/**
 * A P-256 public key as a JWK. The object is closed, so that a private member makes it invalid (AMP-TRUST-114, contradiction 2).
 */
export interface CommonPublicJwk8 {
  /**
   * Key type.
   */
  kty: 'EC'
  /**
   * Curve.
   */
  crv: 'P-256'
  /**
   * X coordinate, base64url.
   */
  x: string
  /**
   * Y coordinate, base64url.
   */
  y: string
  kid: CommonIdentifier1
  /**
   * Key use.
   */
  use?: 'sig'
  /**
   * Algorithm.
   */
  alg?: 'ES256'
}
/**
 * What the credential provider examined and concluded (AMP-TRUST-022, AMP-TRUST-023).
 */
export interface TrustReviewRecord {
  reviewedAt: CommonTimestamp30
  /**
   * The eight items, each once.
   *
   * @minItems 8
   * @maxItems 8
   */
  items: TrustReviewItem[]
  /**
   * Compliance conclusion.
   */
  conclusion: string
}
/**
 * One of the eight items every onboarding review examines (AMP-TRUST-006 to AMP-TRUST-013).
 */
export interface TrustReviewItem {
  /**
   * Which item.
   */
  item:
    | 'agent-profile'
    | 'know-your-customer'
    | 'anti-money-laundering-and-sanctions'
    | 'cyber-and-data-security'
    | 'privacy'
    | 'anti-bribery-and-corruption'
    | 'ai-compliance'
    | 'prohibited-scenarios'
  /**
   * What the review found.
   */
  outcome: 'passed' | 'failed'
  /**
   * What was done.
   */
  steps: string
  /**
   * Reference to the evidence.
   */
  evidence: string
  /**
   * base64url SHA-256 of the evidence.
   */
  evidenceDigest: string
}
/**
 * What an agent signs over a token request with its registered key in both modes (AMP-TRUST-017, contradiction 1); JWS typ amp-request+jwt.
 */
export interface TrustRequestSignatureClaims {
  iss: CommonIdentifier88
  aud: CommonPartyUri21
  /**
   * Issued at, epoch seconds.
   */
  iat: number
  /**
   * Random.
   */
  nonce: string
  /**
   * base64url SHA-256 over the RFC 8785 form of the request without requestSignature.
   */
  request_hash: string
}
/**
 * Stops an agent; reversible by reinstateAgent.
 */
export interface TrustSuspendAgentRequest {
  agentId: CommonIdentifier2
  /**
   * Why.
   */
  reason: string
}
/**
 * Claims the agent signs over the chosen checkout.
 */
export interface TrustTokenRequestClaims {
  /**
   * Random, at least 16 bytes as base64url.
   */
  nonce: string
  aud: CommonPartyUri22
  /**
   * Issued at, epoch seconds.
   */
  iat: number
  /**
   * Expires at, epoch seconds.
   */
  exp: number
  /**
   * base64url SHA-256 over the mandate layer as serialised.
   */
  sd_hash: string
  /**
   * Digest algorithm.
   */
  _sd_alg: 'sha-256'
  /**
   * Digests of the disclosures.
   *
   * @minItems 1
   * @maxItems 16
   *
   * Items: Digest of one disclosure.
   */
  _sd: string[]
}
/**
 * Disclosures of the token request layer.
 */
export interface TrustTokenRequestDisclosures {
  checkout: CommonCheckout
}
/**
 * A balance of the user.
 */
export interface WalletAccount {
  accountId: CommonIdentifier2
  balance: CommonAmount
}
/**
 * The accounts of the user.
 */
export interface WalletAccountList {
  /**
   * The accounts.
   *
   * @maxItems 100
   */
  accounts: WalletAccount[]
}
/**
 * One page of authorised agents, newest first.
 */
export interface WalletAgentList {
  /**
   * The agents.
   *
   * @maxItems 100
   */
  agents: WalletAuthorizedAgent[]
  nextPageToken?: CommonPageToken
}
/**
 * An agent bound to an account of the user (AMP-WALLET-010).
 */
export interface WalletAuthorizedAgent {
  agentId: CommonIdentifier2
  /**
   * Name.
   */
  agentName: string
  credentialProviderId: CommonPartyUri1
  bindingId: CommonIdentifier2
  bindingStatus: PaymentBindingStatus
  boundAt: CommonTimestamp
}
/**
 * One payment under a mandate as the wallet shows it (AMP-WALLET-028).
 */
export interface WalletBill {
  paymentId: CommonIdentifier2
  mandateId: CommonIdentifier2
  time: CommonTimestamp
  /**
   * What was bought.
   */
  description: string
  /**
   * From whom.
   */
  merchantName: string
  amount: CommonAmount
  paymentStatus: PaymentPaymentStatus
}
/**
 * One page of bills, newest first.
 */
export interface WalletBillList {
  /**
   * The bills.
   *
   * @maxItems 100
   */
  bills: WalletBill[]
  nextPageToken?: CommonPageToken
}
/**
 * What the user decided on the trusted authorization surface, with the identity check.
 */
export interface WalletCompleteIdvRequest {
  authId: CommonIdentifier2
  /**
   * What the user decided.
   */
  decision: 'approve' | 'reject'
  confirmedOn?: ExtensionsDevicesConfirmedOn1
  /**
   * Payment PIN of the user, for approval.
   */
  pin?: string
}
/**
 * The device a decision was made on, with its proof.
 */
export interface ExtensionsDevicesConfirmedOn1 {
  deviceId: CommonIdentifier2
  situation: ExtensionsDevicesSituation
  proof: CommonCompactJws1
}
/**
 * How the authorization ended.
 */
export interface WalletCompleteIdvResponse {
  authId: CommonIdentifier2
  authStatus: WalletAuthorizationStatus
}
/**
 * The network hands an authorization to the wallet, which runs S1 before it shows a mandate. Variant: binding.
 */
export interface WalletCreateAuthorizationRequestEnrollment {
  /**
   * A wallet is bound.
   */
  authContext: 'ENROLLMENT'
  authId: CommonIdentifier89
  agent: TrustAgentSummary
}
/**
 * The network hands an authorization to the wallet, which runs S1 before it shows a mandate. Variant: mandate with the user present.
 */
export interface WalletCreateAuthorizationRequestImmediate {
  /**
   * A mandate is authorised.
   */
  authContext: 'MANDATE'
  authId: CommonIdentifier90
  agent: TrustAgentSummary
  mandateId: CommonIdentifier2
  bindingId: CommonIdentifier91
  userReference: CommonIdentifier92
  identity: CommonSdJwt15
  /**
   * The user is present.
   */
  mandateType: 'IMMEDIATE'
  intent: TrustIntentImmediate
  checkout: CommonCheckout7
}
/**
 * What is bought, from whom, for how much: the one shape of an order, signed and unsigned alike (decision 0003).
 */
export interface CommonCheckout7 {
  total_amount: CommonAmount1
  merchant: CommonMerchant
  /**
   * What is sold.
   *
   * @minItems 1
   * @maxItems 100
   */
  goods: CommonGoods[]
  reference_checkout_id: CommonIdentifier
}
/**
 * The network hands an authorization to the wallet, which runs S1 before it shows a mandate. Variant: delegated mandate.
 */
export interface WalletCreateAuthorizationRequestAutonomous {
  /**
   * A mandate is authorised.
   */
  authContext: 'MANDATE'
  authId: CommonIdentifier93
  agent: TrustAgentSummary
  mandateId: CommonIdentifier2
  bindingId: CommonIdentifier94
  userReference: CommonIdentifier95
  identity: CommonSdJwt16
  /**
   * The agent acts later.
   */
  mandateType: 'AUTONOMOUS'
  intent: TrustIntentAutonomous
  agentKey: CommonPublicJwk9
}
/**
 * A P-256 public key as a JWK. The object is closed, so that a private member makes it invalid (AMP-TRUST-114, contradiction 2).
 */
export interface CommonPublicJwk9 {
  /**
   * Key type.
   */
  kty: 'EC'
  /**
   * Curve.
   */
  crv: 'P-256'
  /**
   * X coordinate, base64url.
   */
  x: string
  /**
   * Y coordinate, base64url.
   */
  y: string
  kid: CommonIdentifier1
  /**
   * Key use.
   */
  use?: 'sig'
  /**
   * Algorithm.
   */
  alg?: 'ES256'
}
/**
 * S1 passed where a mandate is concerned; the user decides at authUrl.
 */
export interface WalletCreateAuthorizationResponse {
  authId: CommonIdentifier2
  authStatus: WalletAuthorizationStatus
  authUrl: CommonUrl14
}
/**
 * Asks for the accounts of the user.
 */
export interface WalletInquiryAccountRequest {}
/**
 * Asks for the agents of the user.
 */
export interface WalletInquiryAgentListRequest {
  pageSize?: CommonPageSize
  pageToken?: CommonPageToken
}
/**
 * Asks how an authorization stands.
 */
export interface WalletInquiryAuthorizationRequest {
  authId: CommonIdentifier2
}
/**
 * How an authorization stands at the wallet.
 */
export interface WalletInquiryAuthorizationResponse {
  authId: CommonIdentifier2
  /**
   * What is authorised.
   */
  authContext: 'ENROLLMENT' | 'MANDATE'
  authStatus: WalletAuthorizationStatus
  mandate?: CommonSdJwt17
  /**
   * Problem code of a failed authorization.
   */
  failure?: string
}
/**
 * Asks for the bills of the wallet owner.
 */
export interface WalletInquiryBillListRequest {
  mandateId?: CommonIdentifier2
  pageSize?: CommonPageSize
  pageToken?: CommonPageToken
}
/**
 * Asks for the limits of a user: the wallet owner for the own ones, the network by reference.
 */
export interface WalletInquiryLimitsRequest {
  userReference?: CommonIdentifier2
}
/**
 * Asks for the mandates of the wallet owner.
 */
export interface WalletInquiryMandateListRequest {
  agentId?: CommonIdentifier2
  mandateStatus?: TrustMandateStatus1
  pageSize?: CommonPageSize
  pageToken?: CommonPageToken
}
/**
 * Limits on what the user delegates, in wallet currency (AMP-WALLET-056). A limit left out is not set.
 */
export interface WalletLimits {
  perMandate?: CommonAmount36
  perDay?: CommonAmount37
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount36 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount37 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * The limits and what was delegated today.
 */
export interface WalletLimitsView {
  limits: WalletLimits
  delegatedToday: CommonAmount38
  /**
   * Time zone of the day.
   */
  timeZone: string
}
/**
 * Money as an integer count of minor units, written as a decimal string so that no JSON number ever carries it (AMP-TRUST-141, contradiction 7).
 */
export interface CommonAmount38 {
  currency: CommonCurrency
  /**
   * Minor units: 1.00 USD is "100", 1 JPY is "1", 1.000 KWD is "1000".
   */
  value: string
}
/**
 * Opens a session of the wallet owner.
 */
export interface WalletLoginRequest {
  /**
   * Login.
   */
  loginId: string
  /**
   * Payment PIN.
   */
  pin: string
}
/**
 * A session of the wallet owner.
 */
export interface WalletLoginResponse {
  /**
   * Bearer token.
   */
  userToken: string
  expiresAt: CommonTimestamp
}
/**
 * One mandate with its bounds, life and bills (AMP-WALLET-026).
 */
export interface WalletMandate {
  mandateId: CommonIdentifier2
  mandateType: TrustMandateType
  mandateStatus: TrustMandateStatus1
  agentId: CommonIdentifier2
  /**
   * Name of the agent.
   */
  agentName: string
  bindingId: CommonIdentifier2
  /**
   * What the user confirmed.
   */
  description: string
  createdAt: CommonTimestamp
  validUntil: CommonTimestamp31
  budget: TrustBudget1
  /**
   * The status in words for the user (AMP-WALLET-015 to 021).
   */
  statusText: string
  /**
   * How far the budget is used, in percent.
   */
  progress: string
  checkout?: CommonCheckout
  constraints?: TrustConstraints
  /**
   * Its life, oldest first.
   *
   * @maxItems 1000
   */
  events: TrustMandateEvent[]
  /**
   * Its payments, newest first.
   *
   * @maxItems 100
   */
  bills: WalletBill[]
}
/**
 * One page of mandates, newest first.
 */
export interface WalletMandateList {
  /**
   * The mandates.
   *
   * @maxItems 100
   */
  mandates: WalletMandateSummary[]
  nextPageToken?: CommonPageToken
}
/**
 * A mandate as the wallet shows it in a list.
 */
export interface WalletMandateSummary {
  mandateId: CommonIdentifier2
  mandateType: TrustMandateType
  mandateStatus: TrustMandateStatus1
  agentId: CommonIdentifier2
  /**
   * Name of the agent.
   */
  agentName: string
  bindingId: CommonIdentifier2
  /**
   * What the user confirmed.
   */
  description: string
  createdAt: CommonTimestamp
  validUntil: CommonTimestamp32
  budget: TrustBudget1
  /**
   * The status in words for the user (AMP-WALLET-015 to 021).
   */
  statusText: string
  /**
   * How far the budget is used, in percent.
   */
  progress: string
}
/**
 * The wallet asks for the bills of a user.
 */
export interface WalletNetworkBillListRequest {
  userReference: CommonIdentifier2
  mandateId?: CommonIdentifier2
  pageSize?: CommonPageSize
  pageToken?: CommonPageToken
}
/**
 * Replaces the limits of the user; they bind later mandates (AMP-WALLET-050, AMP-WALLET-051).
 */
export interface WalletSetLimitsRequest {
  limits: WalletLimits
}

/** The message a schema defines. */
export type Message<Path extends keyof Messages> = Messages[Path]
