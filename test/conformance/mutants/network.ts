/** Networks that are wrong in one thing each. */
import { answering, asking, type Json, type MutantRow, mutantsOf, signingOf, without } from './mutant.ts'

const { signing, claim, header, withoutClaim } = signingOf('identity')

/** Rules that catch what another would let through, so that the one is left out with them. */
const besides: Readonly<Record<number, readonly number[]>> = { 133: [134, 135, 143, 144], 157: [158] }

/** Rules of the chain that are left out one by one. */
const chainRules = [
  ...Array.from({ length: 14 }, (_, index) => 119 + index),
  ...Array.from({ length: 26 }, (_, index) => 133 + index),
].map((number): MutantRow => {
  const rules = [number, ...(besides[number] ?? [])].map((one) => `AMP-TRUST-${one}`)
  return [`SkipsChainRule${number}`, `AMP-TRUST-${number}`, 'MissingCheck', without(...rules)]
})

/** A review of eight items that misses one holds another twice, so both rules are left out. */
const items = ['006', '007', '008', '009', '010', '011', '012', '013'].map((number): MutantRow => {
  const id = `AMP-TRUST-${number}`
  const twice = number === '006' ? 'AMP-TRUST-007' : 'AMP-TRUST-006'
  return [`SkipsReviewItem${number}`, id, 'MissingCheck', without(id, twice)]
})

const rows: readonly MutantRow[] = [
  [
    'AdmitsAnybody',
    'AMP-TRUST-003',
    'WrongReasonRefusal',
    {
      refuses: (_name, problem) =>
        problem.code === 'agent-unknown' ? { ...problem, code: 'session-unknown' } : problem,
    },
  ],
  ...items,
  ['AdmitsFailedReviews', 'AMP-TRUST-005', 'MissingCheck', without('AMP-TRUST-005')],
  ['AdmitsUnprovenKeys', 'AMP-TRUST-015', 'UnsignedAccepted', without('AMP-TRUST-015')],
  [
    'ForgetsTheKey',
    'AMP-TRUST-104',
    'WrongAnswer',
    answering('network.inquiryAgent', (body) => ({
      ...body,
      agentKey: { ...(body.agentKey as Json), x: 'A'.repeat(43) },
    })),
  ],
  ['MixesCredentialProviders', 'AMP-TRUST-020', 'ScopeWiden', without('AMP-TRUST-020')],
  ['TakesAnyCommitment', 'AMP-TRUST-022', 'UnsignedAccepted', without('AMP-TRUST-022')],
  ['LetsSuspendedAgentsAct', 'AMP-PAY-034', 'StaleRevocation', without('AMP-PAY-034')],
  ['LetsSuspendedAgentsPay', 'AMP-PAY-034', 'StaleRevocation', without('AMP-PAY-034:payment')],
  [
    'ShowsAnotherIntent',
    'AMP-TRUST-050',
    'CheckoutSwap',
    asking('wallet.createAuthorization', (body) =>
      body.authContext === 'MANDATE' ? { ...body, intent: { ...(body.intent as Json), raw: 'something else' } } : body,
    ),
  ],
  ['GoesOnAfterTheDisplayGuard', 'AMP-TRUST-093', 'TrustGateBypass', without('AMP-TRUST-093')],
  [
    'ActivatesAtOnce',
    'AMP-TRUST-053',
    'WrongAnswer',
    answering('network.inquiryMandate', (body) => ({
      ...body,
      mandateStatus: body.mandateStatus === 'inactive' ? 'activated' : body.mandateStatus,
    })),
  ],
  ['TokensOnInactiveMandates', 'AMP-TRUST-080', 'TrustGateBypass', without('AMP-TRUST-080')],
  [
    'TellsNobodyOfActivation',
    'AMP-TRUST-070',
    'SilentLoss',
    asking('credential-provider.notifyAuthorization', () => undefined),
  ],
  ['TakesWhateverWasSigned', 'AMP-TRUST-069', 'CheckoutSwap', without('AMP-TRUST-069')],
  ['TakesReportsOfOtherWallets', 'EXT-HTTP-34', 'ScopeWiden', without('EXT-HTTP-34')],
  ['TokensOnRevokedMandates', 'AMP-TRUST-076', 'StaleRevocation', without('AMP-TRUST-076:revoked')],
  ['TokensOnFinishedMandates', 'AMP-TRUST-071', 'StaleRevocation', without('AMP-TRUST-076:finished')],
  ['TokensOnExpiredMandates', 'AMP-TRUST-085', 'StaleRevocation', without('AMP-TRUST-076:expired')],
  [
    'InventsAStatus',
    'AMP-TRUST-074',
    'WrongAnswer',
    answering('network.inquiryMandate', (body) => ({
      ...body,
      mandateStatus: body.mandateStatus === 'expired' ? 'activated' : body.mandateStatus,
    })),
  ],
  [
    'RevivesMandates',
    'AMP-TRUST-075',
    'StaleRevocation',
    answering('network.inquiryMandate', (body) => ({
      ...body,
      mandateStatus: body.mandateStatus === 'revoked' ? 'activated' : body.mandateStatus,
    })),
  ],
  ['ForgetsEvents', 'AMP-TRUST-073', 'SilentLoss', without('AMP-TRUST-073')],
  [
    'HidesTheStatusInRefusals',
    'AMP-TRUST-081',
    'WrongAnswer',
    { refuses: (_name, { mandateStatus: _status, ...problem }) => problem },
  ],
  [
    'HidesTheStageInRefusals',
    'AMP-TRUST-097',
    'WrongAnswer',
    { refuses: (_name, { stage: _stage, ...problem }) => problem },
  ],
  ['NamesNoAlgorithm', 'AMP-TRUST-107', 'AlgNone', header('alg', 'none')],
  ['NamesAnotherType', 'AMP-TRUST-108', 'WrongSignature', header('typ', 'jwt')],
  ['NamesAnotherKey', 'AMP-TRUST-109', 'WrongSignature', header('kid', 'some-other-key')],
  ['NamesAnotherIssuer', 'AMP-TRUST-110', 'WrongSignature', claim('iss', 'https://other.example')],
  ['NamesNoUser', 'AMP-TRUST-111', 'WrongSignature', withoutClaim('sub')],
  ['StatesNoIssueTime', 'AMP-TRUST-112', 'WrongSignature', withoutClaim('iat')],
  [
    'ExpiresTooSoon',
    'AMP-TRUST-113',
    'WrongSignature',
    signing(({ claims }) => ({ claims: { ...claims, exp: Number(claims.iat) + 3_600 } })),
  ],
  [
    'BindsAnotherKey',
    'AMP-TRUST-114',
    'WrongSignature',
    signing(({ claims }) => ({
      claims: { ...claims, cnf: { jwk: { ...((claims.cnf as Json).jwk as Json), kid: 'other' } } },
    })),
  ],
  ['NamesNoKindOfProvider', 'AMP-TRUST-115', 'WrongSignature', withoutClaim('isp_type')],
  ['NamesAnotherProvider', 'AMP-TRUST-116', 'WrongSignature', claim('isp_name', 'OTHER_WALLET')],
  ['CarriesADigestAlgorithm', 'AMP-TRUST-117', 'ScopeWiden', claim('_sd_alg', 'sha-256')],
  ['CarriesDigests', 'AMP-TRUST-118', 'ScopeWiden', claim('_sd', ['x'.repeat(43)])],
  [
    'TellsAnotherBinding',
    'AMP-PAY-010',
    'WrongAnswer',
    asking('credential-provider.notifyAuthorization', (body) =>
      body.bindingId ? { ...body, bindingId: 'binding-of-others' } : body,
    ),
  ],
  ...chainRules,
  ['SkipsMandateSignature', 'AMP-TRUST-161', 'UnsignedAccepted', without('AMP-TRUST-161')],
  ['SkipsTokenRequestSignature', 'AMP-TRUST-163', 'UnsignedAccepted', without('AMP-TRUST-163')],
  ['TakesMandateNoncesTwice', 'AMP-TRUST-052', 'ReplayNonce', without('AMP-TRUST-123:replay')],
  ['TakesTokenRequestNoncesTwice', 'AMP-FLOW-018', 'ReplayNonce', without('AMP-TRUST-150:replay')],
  ['TakesAnotherCheckout', 'AMP-PAY-052', 'CheckoutSwap', without('AMP-TRUST-157:checkout')],
  ['TakesLayersOfOthers', 'AMP-TRUST-159', 'CheckoutSwap', without('AMP-TRUST-160')],
  ['TakesUnsignedRequests', 'AMP-TRUST-017', 'UnsignedAccepted', without('AMP-TRUST-017')],
  ['TakesRequestsTwice', 'AMP-TRUST-017', 'ReplayNonce', without('AMP-TRUST-017:replay')],
  ['UsesEndedBindings', 'AMP-PAY-018', 'StaleRevocation', without('AMP-PAY-018')],
  ['UsesBindingsOfOthers', 'AMP-PAY-011', 'ScopeWiden', without('AMP-PAY-017')],
  [
    'TellsTheWalletTooLittle',
    'AMP-PAY-024',
    'SilentLoss',
    asking('wallet.checkIntent', ({ tokenRequest: _layer, ...body }) => body),
  ],
  ['IssuesBeforeTheGuard', 'AMP-PAY-036', 'TrustGateBypass', without('AMP-PAY-036')],
  [
    'IssuesShortTokens',
    'AMP-PAY-038',
    'WrongAnswer',
    answering('network.applyCredential', (body) => ({ ...body, paymentToken: '2810012300000000000000000' })),
  ],
  [
    'HoldsNothing',
    'AMP-PAY-033',
    'BudgetEscape',
    answering('network.applyCredential', (body) => ({ ...body, heldAmount: { currency: 'USD', value: '0' } })),
  ],
  ['PaysOrdersTwice', 'AMP-PAY-023', 'IdempotencyCheckThenAct', without('AMP-TRUST-089:once')],
  [
    'PaysAnotherDirectOrder',
    'AMP-PAY-026',
    'CheckoutSwap',
    without('AMP-TRUST-157:checkout', 'AMP-TRUST-088:checkout'),
  ],
  ['KeepsTokensForEver', 'AMP-PAY-040', 'ClockSkew', without('AMP-PAY-040:lifetime')],
  ['LeaksHeldBudget', 'AMP-TRUST-095', 'LeakAfterFailure', without('AMP-TRUST-096:release')],
  [
    'TellsWrongAmounts',
    'AMP-PAY-043',
    'WrongAnswer',
    answering('network.pay', (body) => ({ ...body, paymentAmount: { currency: 'USD', value: '1' } })),
  ],
  ['PaysOneTokenTwice', 'AMP-PAY-044', 'IdempotencyCheckThenAct', without('AMP-PAY-040')],
  ['ReusesPaymentRequests', 'AMP-PAY-044', 'IdempotencyCheckThenAct', without('AMP-PAY-044:repeat')],
  ['PaysAnotherOrder', 'AMP-TRUST-089', 'CheckoutSwap', without('AMP-TRUST-089:order')],
  ['PaysAnotherMerchant', 'AMP-TRUST-089', 'CheckoutSwap', without('AMP-TRUST-089:merchant')],
  ['PaysAnotherOrderAmount', 'AMP-TRUST-089', 'CheckoutSwap', without('AMP-TRUST-089:order-amount')],
  ['PaysAnotherAmount', 'AMP-TRUST-089', 'CheckoutSwap', without('AMP-TRUST-089:payment-amount')],
  ['PaysAnotherCurrency', 'AMP-TRUST-089', 'CheckoutSwap', without('AMP-TRUST-089:payment-currency')],
  [
    'HidesWhyAPaymentFailed',
    'AMP-PAY-045',
    'SilentLoss',
    answering('network.inquiryPayment', ({ failure: _failure, ...body }) => body),
  ],
  [
    'GuessesUnknownDebits',
    'AMP-FLOW-016',
    'LeakAfterFailure',
    answering('network.pay', (body) => ({ ...body, paymentStatus: 'SUCCESS' })),
  ],
  [
    'KeepsNoEvidence',
    'AMP-PAY-037',
    'SilentLoss',
    answering('network.inquiryEvidence', (body) => ({ ...body, records: [] })),
  ],
  ['TakesAnyChainAtPayment', 'AMP-TRUST-099', 'CheckoutSwap', without('AMP-TRUST-160:payment')],
  ['ForgetsCancellations', 'AMP-WALLET-030', 'StaleRevocation', without('AMP-WALLET-030')],
  ['TokensAfterCancellation', 'AMP-WALLET-031', 'StaleRevocation', without('AMP-WALLET-031')],
  ['PaysAfterCancellation', 'AMP-WALLET-032', 'StaleRevocation', without('AMP-WALLET-032')],
  ['ForgetsLimitPerMandate', 'AMP-WALLET-062', 'BudgetEscape', without('AMP-WALLET-062')],
  ['ForgetsDailyLimit', 'AMP-WALLET-064', 'BudgetEscape', without('AMP-WALLET-064')],
  ['ForgetsBudget', 'AMP-TRUST-088', 'BudgetEscape', without('AMP-TRUST-088:budget', 'AMP-TRUST-088:hold')],
  [
    'HidesBills',
    'AMP-WALLET-027',
    'SilentLoss',
    answering('network.inquiryBillList', (body) => ({ ...body, bills: [] })),
  ],
  [
    'FindsNothing',
    'AMP-TRUST-084',
    'SilentLoss',
    answering('network.inquiryMandateList', (body) => ({ ...body, mandates: [] })),
  ],
  [
    'HidesEventsOfRatings',
    'EXT-RATING-10',
    'SilentLoss',
    answering('network.inquiryRating', (body) => ({ ...body, events: [] })),
  ],
  ['RecordsNoPayments', 'EXT-RATING-1', 'SilentLoss', without('EXT-RATING-1:record')],
  [
    'SignsRatingsWithNothing',
    'EXT-RATING-9',
    'WrongSignature',
    answering('network.inquiryRating', (body) => ({
      ...body,
      statement: `${String(body.statement).slice(0, -8)}AAAAAAAA`,
    })),
  ],
  ['StartsHigherThanThePolicy', 'EXT-RATING-4', 'ScopeWiden', without('EXT-RATING-4')],
  ['OverratesAgents', 'EXT-RATING-2', 'WrongAnswer', without('EXT-RATING-2')],
  ['PaysTrustForCents', 'EXT-RATING-6', 'ScopeWiden', without('EXT-RATING-6')],
  ['PaysTrustWithoutBound', 'EXT-RATING-8', 'ScopeWiden', without('EXT-RATING-8')],
  ['RaisesLimits', 'AMP-WALLET-034', 'ScopeWiden', without('AMP-WALLET-034')],
  ['MovesLimitsOfEndedMandates', 'AMP-WALLET-034', 'StaleRevocation', without('AMP-WALLET-034:status')],
  ['TokensWhileCancelled', 'AMP-WALLET-031', 'IdempotencyCheckThenAct', without('AMP-WALLET-031:issue')],
  ['ActivatesTheRejected', 'AMP-TRUST-065', 'TrustGateBypass', without('AMP-TRUST-065')],
  ['ActivatesAgain', 'AMP-TRUST-075', 'StaleRevocation', without('AMP-TRUST-065', 'AMP-TRUST-075')],
  ['RegistersAKeyTwice', 'AMP-TRUST-104', 'IdempotencyCheckThenAct', without('AMP-TRUST-104')],
  ['BindsTwice', 'AMP-FLOW-009', 'IdempotencyCheckThenAct', without('AMP-FLOW-009')],
  [
    'NamesEveryBindingAlike',
    'AMP-FLOW-009',
    'WrongAnswer',
    answering('network.notifyAuthorization', (body) =>
      body.bindingId ? { ...body, bindingId: 'binding-of-everybody' } : body,
    ),
  ],
  [
    'BindsAnotherAgent',
    'AMP-FLOW-009',
    'CheckoutSwap',
    asking('wallet.createAuthorization', (body) =>
      body.authContext === 'ENROLLMENT'
        ? { ...body, agent: { ...(body.agent as Json), agentId: 'agent-other' } }
        : body,
    ),
  ],
  ['TokensOnMandatesOfOthers', 'AMP-TRUST-030', 'ScopeWiden', without('AMP-PAY-034:mandate')],
  ['MixesCurrencies', 'AMP-TRUST-031', 'BudgetEscape', without('AMP-TRUST-088:currency')],
  [
    'ForgetsLoweredLimits',
    'AMP-TRUST-084',
    'BudgetEscape',
    answering('network.inquiryMandate', (body) => {
      const budget = body.budget as Json
      return { ...body, budget: { ...budget, limit: budget.total } }
    }),
  ],
  ['TakesLimitsForGranted', 'AMP-WALLET-060', 'TrustGateBypass', without('AMP-WALLET-060')],
  [
    'ReadsNoLimits',
    'AMP-WALLET-053',
    'MissingCheck',
    { ...without('AMP-WALLET-060'), ...asking('wallet.inquiryLimits', () => undefined) },
  ],
  [
    'ShowsAnotherAgent',
    'AMP-TRUST-050',
    'CheckoutSwap',
    asking('wallet.createAuthorization', (body) => ({
      ...body,
      agent: { ...(body.agent as Json), agentName: 'Somebody Else' },
    })),
  ],
  [
    'BindsAnotherAgentKey',
    'AMP-TRUST-054',
    'CheckoutSwap',
    asking('wallet.createAuthorization', (body) =>
      body.agentKey ? { ...body, agentKey: { ...(body.agentKey as Json), x: 'A'.repeat(43) } } : body,
    ),
  ],
  [
    'ShowsAnotherCheckout',
    'AMP-TRUST-050',
    'CheckoutSwap',
    asking('wallet.createAuthorization', (body) =>
      body.checkout
        ? { ...body, checkout: { ...(body.checkout as Json), reference_checkout_id: 'checkout-other' } }
        : body,
    ),
  ],
  [
    'DebitsAnotherUser',
    'AMP-PAY-043',
    'CheckoutSwap',
    asking('wallet.pay', (body) => ({ ...body, userReference: 'user-other' })),
  ],
  [
    'PromisesLongerTokens',
    'AMP-PAY-040',
    'ClockSkew',
    answering('network.applyCredential', (body) => ({ ...body, expiresAt: '2090-01-01T00:00:00Z' })),
  ],
  [
    'KnowsGuessedTokens',
    'AMP-PAY-040',
    'WrongReasonRefusal',
    {
      refuses: (_name, problem) =>
        problem.code === 'payment-token-unknown' ? { ...problem, code: 'payment-token-used' } : problem,
    },
  ],
  ['TellsNoAcquirer', 'AMP-PAY-046', 'SilentLoss', asking('acquirer.notifyPayment', () => undefined)],
  ['TellsNoWallet', 'AMP-TRUST-084', 'SilentLoss', asking('wallet.notifyMandate', () => undefined)],
  [
    'TellsNobodyOfTheEnd',
    'AMP-TRUST-071',
    'SilentLoss',
    asking('credential-provider.notifyMandate', (body) => (body.mandateStatus === 'finished' ? undefined : body)),
  ],
  ['ForgetsFailedPayments', 'AMP-TRUST-029', 'SilentLoss', without('AMP-TRUST-166:payment')],
  ['TakesAThirdLayer', 'AMP-TRUST-138', 'ScopeWiden', without('AMP-TRUST-138:layer')],
  ['ShowsPaymentsToOthers', 'EXT-HTTP-34', 'ScopeWiden', without('EXT-HTTP-34:payment')],
  ['ListsMandatesToOthers', 'EXT-HTTP-34', 'ScopeWiden', without('EXT-HTTP-34:lists')],
]

/** Rules that are looked at first and acted on later, so that what meets slips through. */
const racing: readonly MutantRow[] = [
  ['ClaimsCallsLate', 'EXT-HTTP-40', 'IdempotencyCheckThenAct', without('EXT-HTTP-40:claim')],
  ['WritesOverHeldBudget', 'AMP-TRUST-079', 'LostUpdate', without('AMP-TRUST-088:locked')],
  ['SettlesTokensTwice', 'AMP-PAY-052', 'SettleTwice', without('AMP-PAY-052:once')],
]

export const networkMutants = mutantsOf('network', [...rows, ...racing])
