/** Wallets that are wrong in one thing each. */
import type { Deviation } from '../../../reference/core/index.ts'
import { answering, asking, type Json, type MutantRow, mutantsOf, signingOf, without } from './mutant.ts'

const { signing, claim, header, withoutClaim, withoutDisclosure } = signingOf('mandate')

const isDirect = ({ claims }: { claims: Json }): boolean => claims.mode === 'IMMEDIATE'
/** Changes only mandates for a payment with the user present, or only those for later. */
const directly = (change: Parameters<typeof signing>[0]): Deviation =>
  signing((draft) => (isDirect(draft) ? change(draft) : {}))
const later = (change: Parameters<typeof signing>[0]): Deviation =>
  signing((draft) => (isDirect(draft) ? {} : change(draft)))
const withIntent =
  (more: Json) =>
  ({ disclosures }: { disclosures: Json }) => ({
    disclosures: { ...disclosures, intent: { ...(disclosures.intent as Json), ...more } },
  })
const intentWith = (more: Json): Deviation => signing(withIntent(more))
const delegating = (more: Json): Deviation => later(withIntent(more))
const infoWithout: Deviation = signing(({ disclosures }) => ({
  disclosures: {
    ...disclosures,
    mandate_info: { ...(disclosures.mandate_info as Json), mandate_id: 'mandate-of-others' },
  },
}))
/** The layer names an algorithm nobody allows; the key underneath is the same. */
const unsignedLayer = header('alg', 'none')
/** Puts before the user what the guard refused: the guard says no, and the wallet goes on. */
const refusingDisplay = without('AMP-TRUST-049')

const rows: readonly MutantRow[] = [
  ['ShowsBlankDescription', 'AMP-TRUST-087', 'MissingCheck', without('AMP-TRUST-087:description')],
  ['ShowsNothingToPay', 'AMP-TRUST-087', 'MissingCheck', without('AMP-TRUST-087:amount')],
  ['ShowsWrongSum', 'AMP-TRUST-087', 'MissingCheck', without('AMP-TRUST-087:sum')],
  ['ShowsPastEnd', 'AMP-TRUST-047', 'MissingCheck', without('AMP-TRUST-087:validity')],
  ['ShowsNoMerchants', 'AMP-TRUST-087', 'MissingCheck', without('AMP-TRUST-087:merchants')],
  ['ShowsContradictingBounds', 'AMP-TRUST-087', 'MissingCheck', without('AMP-TRUST-087:bounds')],
  ['ShowsOtherCurrency', 'AMP-TRUST-087', 'MissingCheck', without('AMP-TRUST-087:currency')],
  ['ShowsWhatWasRefused', 'AMP-TRUST-049', 'LeakAfterFailure', refusingDisplay],
  ['TakesAnyIdentityLayer', 'AMP-TRUST-127', 'MissingCheck', without('AMP-TRUST-127:identity')],
  [
    'TellsSuccessEarly',
    'AMP-TRUST-062',
    'TrustGateBypass',
    answering('wallet.inquiryAuthorization', (body) => ({ ...body, authStatus: 'SUCCESS' })),
  ],
  ['SkipsIdentityCheck', 'AMP-TRUST-064', 'TrustGateBypass', without('AMP-TRUST-064')],
  [
    'RejectionToldAsSomethingElse',
    'AMP-TRUST-065',
    'WrongAnswer',
    asking('network.notifyAuthorization', (body) =>
      body.outcome === 'FAILED' ? { ...body, failure: 'authorization-expired' } : body,
    ),
  ],
  [
    'TellsOldIdentityCheck',
    'AMP-TRUST-068',
    'WrongAnswer',
    asking('network.notifyAuthorization', (body) =>
      body.authContext === 'MANDATE' && body.outcome === 'SUCCESS'
        ? { ...body, idvTime: '2020-01-01T00:00:00Z' }
        : body,
    ),
  ],
  [
    'SignsTheWords',
    'AMP-TRUST-051',
    'ScopeWiden',
    signing(({ claims, disclosures }) => ({ claims: { ...claims, words: (disclosures.intent as Json).raw } })),
  ],
  [
    'SignsMoreThanShown',
    'AMP-TRUST-052',
    'ScopeWiden',
    signing(({ disclosures }) => ({ disclosures: { ...disclosures, consent: 'to everything' } })),
  ],
  ['SignsWithAnotherKey', 'AMP-TRUST-067', 'WrongSignature', without('AMP-TRUST-067')],
  ['ForgetsCheckoutMatch', 'AMP-FLOW-016', 'CheckoutSwap', without('AMP-TRUST-088:checkout', 'AMP-TRUST-157:checkout')],
  ['TakesOtherCurrencyAtTheToken', 'AMP-TRUST-088', 'MissingCheck', without('AMP-TRUST-088:currency')],
  ['ForgetsMerchantNames', 'AMP-TRUST-088', 'ScopeWiden', without('AMP-TRUST-088:merchant-name')],
  ['ForgetsCategories', 'AMP-TRUST-088', 'ScopeWiden', without('AMP-TRUST-088:merchant-mcc')],
  ['ForgetsAllowList', 'AMP-TRUST-088', 'ScopeWiden', without('AMP-TRUST-088:merchant-allow')],
  ['ForgetsBlockList', 'AMP-TRUST-088', 'ScopeWiden', without('AMP-TRUST-088:merchant-block')],
  ['ForgetsRegions', 'AMP-TRUST-031', 'ScopeWiden', without('AMP-TRUST-088:merchant-region')],
  ['ForgetsAmountBounds', 'AMP-TRUST-088', 'CapOffByOne', without('AMP-TRUST-088:payment-amount')],
  ['ForgetsSumAtTheToken', 'AMP-TRUST-088', 'MissingCheck', without('AMP-TRUST-088:sum')],
  ['ForgetsBudgetAtTheToken', 'AMP-TRUST-088', 'BudgetEscape', without('AMP-TRUST-088:budget')],
  ['ForgetsFrequency', 'AMP-TRUST-042', 'ScopeWiden', without('AMP-TRUST-042:frequency')],
  ['ForgetsRetries', 'AMP-TRUST-042', 'ScopeWiden', without('AMP-TRUST-042:retries')],
  ['TakesAnotherMandateLayer', 'AMP-TRUST-086', 'CheckoutSwap', without('AMP-TRUST-086:mandate')],
  ['PaysAnotherOrder', 'AMP-TRUST-089', 'CheckoutSwap', without('AMP-TRUST-089:order')],
  ['PaysAnotherMerchant', 'AMP-TRUST-089', 'CheckoutSwap', without('AMP-TRUST-089:merchant')],
  ['PaysAnotherOrderAmount', 'AMP-TRUST-089', 'CheckoutSwap', without('AMP-TRUST-089:order-amount')],
  ['PaysAnotherAmount', 'AMP-TRUST-089', 'CheckoutSwap', without('AMP-TRUST-089:payment-amount')],
  ['PaysAnotherCurrency', 'AMP-TRUST-089', 'CheckoutSwap', without('AMP-TRUST-089:payment-currency')],
  ['PaysWhatNobodyChecked', 'AMP-TRUST-079', 'TrustGateBypass', without('AMP-TRUST-089:known')],
  ['ForgetsRunningTotal', 'AMP-TRUST-090', 'BudgetEscape', without('AMP-TRUST-090:running-total')],
  ['SkipsOrderGuard', 'AMP-PAY-044', 'TrustGateBypass', without('AMP-PAY-044:S3')],
  ['SkipsDebitGuard', 'AMP-PAY-044', 'TrustGateBypass', without('AMP-PAY-044:S4')],
  [
    'ForgetsStageInRefusals',
    'AMP-TRUST-091',
    'WrongAnswer',
    { refuses: (_name, { stage: _stage, ...problem }) => problem },
  ],
  ['PaysWithoutLiveMandate', 'AMP-TRUST-076', 'StaleRevocation', without('AMP-TRUST-076:debit')],
  ['ChecksIntentOfDeadMandates', 'AMP-TRUST-081', 'StaleRevocation', without('AMP-TRUST-088:validity')],
  ['RevivesEndedMandates', 'AMP-TRUST-075', 'StaleRevocation', without('AMP-TRUST-075')],
  ['MixesUsers', 'AMP-TRUST-083', 'ScopeWiden', without('AMP-TRUST-083')],
  ['ReusesPaymentIdentifiers', 'AMP-FLOW-018', 'IdempotencyCheckThenAct', without('AMP-PAY-044:repeat')],
  ['TellsTheLogin', 'AMP-PAY-015', 'SilentLoss', without('AMP-PAY-015:report')],
  ['UsesEndedBindings', 'AMP-PAY-018', 'StaleRevocation', without('AMP-PAY-018:wallet')],
  [
    'ReportsAnotherWallet',
    'AMP-PAY-009',
    'WrongAnswer',
    asking('network.notifyAuthorization', (body) =>
      body.walletAccount
        ? { ...body, walletAccount: { ...(body.walletAccount as Json), walletId: 'https://other.example' } }
        : body,
    ),
  ],
  [
    'TellsWrongDebit',
    'AMP-PAY-043',
    'WrongAnswer',
    answering('wallet.pay', (body) =>
      body.debitAmount ? { ...body, debitAmount: { currency: 'USD', value: '1' } } : body,
    ),
  ],
  ['ForgetsDeclinedDebits', 'AMP-PAY-045', 'SilentLoss', without('AMP-PAY-045')],
  ['KeepsCancellationsToItself', 'AMP-WALLET-029', 'SilentLoss', asking('network.cancelMandate', () => undefined)],
  ['PaysAfterCancellation', 'AMP-WALLET-030', 'StaleRevocation', without('AMP-WALLET-030:wallet')],
  ['RaisesLimits', 'AMP-TRUST-041', 'ScopeWiden', without('AMP-WALLET-034:wallet')],
  ['ForgetsLimitPerMandate', 'AMP-WALLET-062', 'BudgetEscape', without('AMP-WALLET-062')],
  ['ForgetsDailyLimit', 'AMP-WALLET-064', 'BudgetEscape', without('AMP-WALLET-064')],
  [
    'ForgetsWhatWasDelegated',
    'AMP-WALLET-053',
    'WrongAnswer',
    answering('wallet.inquiryLimits', (body) => ({ ...body, delegatedToday: { currency: 'USD', value: '0' } })),
  ],
  [
    'ForgetsLimits',
    'AMP-WALLET-051',
    'SilentLoss',
    answering('wallet.inquiryLimits', (body) => ({ ...body, limits: {} })),
  ],
  [
    'ListsNoAgents',
    'AMP-WALLET-010',
    'SilentLoss',
    answering('wallet.inquiryAgentList', (body) => ({ ...body, agents: [] })),
  ],
  [
    'WordsEveryStatusAlike',
    'AMP-WALLET-012',
    'WrongAnswer',
    answering('wallet.inquiryMandate', (body) => ({ ...body, statusText: 'Something' })),
  ],
  [
    'InventsDescriptions',
    'AMP-WALLET-025',
    'WrongAnswer',
    answering('wallet.inquiryMandate', (body) => ({ ...body, description: 'Shopping' })),
  ],
  [
    'HidesBills',
    'AMP-WALLET-009',
    'SilentLoss',
    answering('wallet.inquiryBillList', (body) => ({ ...body, bills: [] })),
  ],
  [
    'HidesHistory',
    'AMP-WALLET-048',
    'SilentLoss',
    answering('wallet.inquiryMandateList', (body) => ({ ...body, mandates: (body.mandates as Json[]).slice(0, 1) })),
  ],
  ['ShowsMandatesOfOthers', 'AMP-WALLET-004', 'ScopeWiden', without('EXT-HTTP-34')],
  ['ShowsBillsOfOthers', 'AMP-WALLET-004', 'ScopeWiden', without('EXT-HTTP-34:bills')],
  ['DecidesForOthers', 'EXT-HTTP-34', 'ScopeWiden', without('EXT-HTTP-34:authorization')],
  [
    'SendsTheUserElsewhere',
    'AMP-FLOW-001',
    'WrongAnswer',
    answering('wallet.createAuthorization', (body) => ({ ...body, authUrl: 'https://agent.example/approve' })),
  ],
  ['TakesForeignSessions', 'EXT-HTTP-35', 'WrongReasonRefusal', without('EXT-HTTP-35')],
  ['KeepsSessionsForEver', 'AMP-WALLET-001', 'ClockSkew', without('EXT-HTTP-35:lifetime')],
  ['NeverLocksThePin', 'EXT-HTTP-36', 'MissingCheck', without('EXT-HTTP-36')],
  ['SignsWithoutNonce', 'AMP-TRUST-123', 'ReplayNonce', claim('nonce', 'the-same-nonce-every-time')],
  ['NamesNoAlgorithm', 'AMP-TRUST-119', 'AlgNone', unsignedLayer],
  ['NamesAnotherType', 'AMP-TRUST-120', 'WrongSignature', header('typ', 'jwt')],
  ['NamesNoKey', 'AMP-TRUST-121', 'WrongSignature', header('kid', undefined)],
  ['NamesAnotherKey', 'AMP-TRUST-122', 'WrongSignature', header('kid', 'some-other-key')],
  ['NamesAnotherVerifier', 'AMP-TRUST-124', 'WrongSignature', claim('aud', 'https://other.example')],
  ['StatesNoIssueTime', 'AMP-TRUST-125', 'WrongSignature', withoutClaim('iat')],
  ['StatesExpiryAsText', 'AMP-TRUST-126', 'WrongSignature', claim('exp', 'tomorrow')],
  ['BindsNoIdentity', 'AMP-TRUST-127', 'MissingLayer', claim('sd_hash', 'x'.repeat(43))],
  ['HidesTheIdentityCheck', 'AMP-TRUST-128', 'WrongSignature', withoutClaim('idv_result')],
  ['HidesTheTimeOfTheCheck', 'AMP-TRUST-129', 'WrongSignature', withoutClaim('idv_time')],
  ['MixesModes', 'AMP-TRUST-130', 'WrongSignature', claim('mode', 'SOMETIMES')],
  ['NamesAnotherDigest', 'AMP-TRUST-131', 'WrongSignature', claim('_sd_alg', 'sha-512')],
  ['ListsNoDigests', 'AMP-TRUST-132', 'StrippedDisclosure', claim('_sd', [])],
  ['HidesTheIntent', 'AMP-TRUST-133', 'StrippedDisclosure', withoutDisclosure('intent')],
  ['HidesTheRequest', 'AMP-TRUST-134', 'StrippedDisclosure', intentWith({ raw: 'something else' })],
  ['HidesTheDescription', 'AMP-TRUST-135', 'StrippedDisclosure', intentWith({ desc: 'something else' })],
  ['HidesTheBinding', 'AMP-TRUST-136', 'StrippedDisclosure', withoutDisclosure('token_info')],
  ['HidesTheMandate', 'AMP-TRUST-137', 'StrippedDisclosure', infoWithout],
  [
    'BindsAnAgentDirectly',
    'AMP-TRUST-138',
    'ScopeWiden',
    directly(({ claims }) => ({ claims: { ...claims, cnf: { jwk: { kty: 'EC' } } } })),
  ],
  [
    'GivesDirectMandatesAnEnd',
    'AMP-TRUST-139',
    'ScopeWiden',
    directly(({ disclosures }) => ({
      disclosures: { ...disclosures, intent: { ...(disclosures.intent as Json), expiry_time: '2030-01-01T00:00:00Z' } },
    })),
  ],
  [
    'GivesDirectMandatesConstraints',
    'AMP-TRUST-140',
    'ScopeWiden',
    directly(({ disclosures }) => ({
      disclosures: { ...disclosures, intent: { ...(disclosures.intent as Json), constraints: {} } },
    })),
  ],
  ['HidesTheCheckout', 'AMP-TRUST-141', 'StrippedDisclosure', withoutDisclosure('checkout')],
  ['BindsNoAgent', 'AMP-TRUST-142', 'WrongSignature', withoutClaim('cnf')],
  ['HidesTheEnd', 'AMP-TRUST-143', 'StrippedDisclosure', delegating({ expiry_time: undefined })],
  ['HidesTheConstraints', 'AMP-TRUST-144', 'StrippedDisclosure', delegating({ constraints: undefined })],
  [
    'SignsACheckoutNobodyChose',
    'AMP-TRUST-145',
    'ScopeWiden',
    later(({ disclosures }) => ({ disclosures: { ...disclosures, checkout: {} } })),
  ],
]

/** Rules that are looked at first and acted on later, so that what meets slips through. */
const racing: readonly MutantRow[] = [
  ['DebitsOnePaymentTwice', 'AMP-TRUST-090', 'IdempotencyCheckThenAct', without('AMP-PAY-044:once')],
  ['WritesOverTheRunningTotal', 'AMP-TRUST-090', 'LostUpdate', without('AMP-TRUST-090:locked')],
  ['SettlesOneOrderTwice', 'AMP-TRUST-076', 'SettleTwice', without('AMP-TRUST-076:once')],
]

export const walletMutants = mutantsOf('wallet', [...rows, ...racing])
