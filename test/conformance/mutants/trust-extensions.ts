/** Mutants of the trust extensions: evidence, guarantee and what belongs to them, each with one rule broken. */
import { answering, type Json, type MutantRow, mutantsOf, without } from './mutant.ts'

const bundle = (change: (body: Json) => Json) => answering('network.inquiryEvidenceBundle', change)

const records = (body: Json): readonly Json[] => body.records as readonly Json[]

const network: readonly MutantRow[] = [
  ['ForgetsTheMandateLayer', 'EXT-EVIDENCE-1', 'SilentLoss', without('EXT-EVIDENCE-1:mandate')],
  ['ForgetsItsGuards', 'EXT-EVIDENCE-1', 'SilentLoss', without('EXT-EVIDENCE-1:guard-decision')],
  ['ForgetsClaimDecisions', 'EXT-EVIDENCE-1', 'SilentLoss', without('EXT-EVIDENCE-1:claim-decision')],
  ['LinksNoEntries', 'EXT-EVIDENCE-2', 'MissingCheck', without('EXT-EVIDENCE-2')],
  ['SignsTheRootOfNothing', 'EXT-EVIDENCE-3', 'WrongSignature', without('EXT-EVIDENCE-3')],
  ['ProvesNoConsistency', 'EXT-EVIDENCE-4', 'WrongAnswer', without('EXT-EVIDENCE-4')],
  ['RewritesHistory', 'EXT-EVIDENCE-5', 'SilentLoss', without('EXT-EVIDENCE-5')],
  ['SaltsEverythingAlike', 'EXT-EVIDENCE-6', 'ReplayNonce', without('EXT-EVIDENCE-6')],
  ['KeepsWhatItDeletes', 'EXT-EVIDENCE-7', 'LeakAfterFailure', without('EXT-EVIDENCE-7')],
  [
    'DropsProofsOfTheDeleted',
    'EXT-EVIDENCE-8',
    'SilentLoss',
    bundle((body) => ({
      ...body,
      records: records(body).map((one) => (one.content === undefined ? { ...one, inclusion: [] } : one)),
    })),
  ],
  ['ProvesNoRecord', 'EXT-EVIDENCE-9', 'MissingLayer', without('EXT-EVIDENCE-9')],
  ['BundlesWithoutPolicies', 'EXT-EVIDENCE-11', 'MissingLayer', without('EXT-EVIDENCE-11')],
  ['KeepsEverythingForever', 'EXT-EVIDENCE-14', 'SilentLoss', without('EXT-EVIDENCE-14')],
  ['ShowsBundlesToAnyWallet', 'EXT-HTTP-34', 'TrustGateBypass', without('EXT-HTTP-34:bundle')],
  ['CoversEverything', 'EXT-GUARANTEE-1', 'ScopeWiden', without('EXT-GUARANTEE-1')],
  ['CoversWhateverIsLate', 'EXT-GUARANTEE-2', 'ClockSkew', without('EXT-GUARANTEE-2')],
  ['CoversLinkedParties', 'EXT-GUARANTEE-3', 'ScopeWiden', without('EXT-GUARANTEE-3')],
  ['CoversWhatTheUserConfirmed', 'EXT-GUARANTEE-4', 'ScopeWiden', without('EXT-GUARANTEE-4')],
  ['CoversWithoutARevokedKey', 'EXT-GUARANTEE-5', 'MissingCheck', without('EXT-GUARANTEE-5')],
  ['RecordsNoReasons', 'EXT-GUARANTEE-6', 'WrongAnswer', without('EXT-GUARANTEE-6')],
  ['TakesAClaimTwice', 'EXT-GUARANTEE-7', 'IdempotencyCheckThenAct', without('EXT-GUARANTEE-7')],
  ['AppealsForever', 'EXT-GUARANTEE-8', 'StaleRevocation', without('EXT-GUARANTEE-8')],
  ['PaysWhateverIsClaimed', 'EXT-GUARANTEE-9', 'BudgetEscape', without('EXT-GUARANTEE-9')],
  ['PaysAClaimTwice', 'EXT-GUARANTEE-10', 'IdempotencyCheckThenAct', without('EXT-GUARANTEE-10')],
  ['KeepsNothingThatComesBack', 'EXT-GUARANTEE-11', 'SilentLoss', without('EXT-GUARANTEE-11')],
  ['ShowsEmptyPools', 'EXT-GUARANTEE-12', 'WrongAnswer', without('EXT-GUARANTEE-12')],
  ['ReportsWithoutRevoking', 'EXT-GUARANTEE-13', 'StaleRevocation', without('EXT-GUARANTEE-13')],
  ['IssuesToTheRevoked', 'EXT-GUARANTEE-14', 'StaleRevocation', without('EXT-GUARANTEE-14')],
  ['IssuesInFlightToTheRevoked', 'EXT-GUARANTEE-14', 'IdempotencyCheckThenAct', without('EXT-GUARANTEE-14:flight')],
  ['ReinstatesTheRevoked', 'EXT-GUARANTEE-15', 'StaleRevocation', without('EXT-GUARANTEE-15')],
  ['TakesReportsOfStrangers', 'EXT-GUARANTEE-16', 'TrustGateBypass', without('EXT-GUARANTEE-16')],
  ['ForgivesTakeovers', 'EXT-GUARANTEE-18', 'SilentLoss', without('EXT-GUARANTEE-18')],
  ['ShowsClaimsToAnyWallet', 'EXT-HTTP-34', 'TrustGateBypass', without('EXT-HTTP-34:claim')],
  ['RefundsMoreThanWasPaid', 'EXT-REFUND-1', 'BudgetEscape', without('EXT-REFUND-1')],
  ['RefundsWhatFailed', 'EXT-REFUND-2', 'MissingCheck', without('EXT-REFUND-2')],
  ['RefundsUnderAUsedName', 'EXT-REFUND-3', 'IdempotencyCheckThenAct', without('EXT-REFUND-3')],
  ['RefundsInPart', 'EXT-REFUND-4', 'WrongAnswer', without('EXT-REFUND-4')],
  ['RestoresEveryBudget', 'EXT-REFUND-5', 'BudgetEscape', without('EXT-REFUND-5')],
  ['FailsRefundsOfTheSilent', 'EXT-REFUND-8', 'SilentLoss', without('EXT-REFUND-8')],
  ['DisputesWithoutEvidence', 'EXT-DISPUTE-1', 'MissingLayer', without('EXT-DISPUTE-1')],
  ['DisputesMoreThanIsLeft', 'EXT-DISPUTE-2', 'BudgetEscape', without('EXT-DISPUTE-2')],
  ['ReopensDisputes', 'EXT-DISPUTE-3', 'StaleRevocation', without('EXT-DISPUTE-3')],
  ['TakesLateDefenses', 'EXT-DISPUTE-4', 'ClockSkew', without('EXT-DISPUTE-4')],
  ['WaitsForSilentMerchants', 'EXT-DISPUTE-5', 'SilentLoss', without('EXT-DISPUTE-5')],
  ['JudgesToAnything', 'EXT-DISPUTE-6', 'ScopeWiden', without('EXT-DISPUTE-6')],
  ['SkipsNumbers', 'EXT-DISPUTE-7', 'WrongAnswer', without('EXT-DISPUTE-7')],
  ['RemindsNobody', 'EXT-DISPUTE-9', 'SilentLoss', without('EXT-DISPUTE-9')],
  ['LosesWhatItGaveUp', 'EXT-DISPUTE-10', 'SilentLoss', without('EXT-DISPUTE-10')],
  ['TakesAnyDisclosure', 'EXT-KYA-2', 'StrippedDisclosure', without('EXT-KYA-2')],
  ['TakesCredentialsOfOtherKeys', 'EXT-KYA-3', 'WrongSignature', without('EXT-KYA-3')],
  ['TakesOverdueCredentials', 'EXT-KYA-4', 'ClockSkew', without('EXT-KYA-4')],
  ['TakesRevokedCredentials', 'EXT-KYA-5', 'StaleRevocation', without('EXT-KYA-5')],
  ['TakesSuspendedCredentials', 'EXT-KYA-5', 'StaleRevocation', without('EXT-KYA-5:suspended')],
  ['TrustsOldLists', 'EXT-KYA-6', 'StaleRevocation', without('EXT-KYA-6')],
  ['IgnoresCapabilities', 'EXT-KYA-7', 'ScopeWiden', without('EXT-KYA-7')],
  ['RotatesWithoutProof', 'EXT-KYA-8', 'UnsignedAccepted', without('EXT-KYA-8')],
  ['RotatesTheSuspended', 'EXT-KYA-8', 'StaleRevocation', without('EXT-KYA-8:suspended')],
  ['TakesAnyVersion', 'EXT-KYA-10', 'MissingCheck', without('EXT-KYA-10')],
  ['TakesChallengesTwice', 'EXT-KYA-11', 'ReplayNonce', without('EXT-KYA-11')],
  ['TakesOldAttestations', 'EXT-KYA-12', 'ClockSkew', without('EXT-KYA-12')],
  ['TellsWhichPartFailed', 'EXT-KYA-13', 'LeakAfterFailure', without('EXT-KYA-13')],
  ['KeepsMandatesOfTheRevoked', 'EXT-KYA-14', 'StaleRevocation', without('EXT-KYA-14')],
  ['TellsNoProvider', 'EXT-KYA-15', 'SilentLoss', without('EXT-KYA-15')],
  ['KeepsMandatesOfOldKeys', 'EXT-KYA-17', 'StaleRevocation', without('EXT-KYA-17')],
]

const provider: readonly MutantRow[] = [
  ['IssuesWithoutReview', 'EXT-KYA-1', 'MissingLayer', without('EXT-KYA-1')],
  ['RotatesTheSuspended', 'EXT-KYA-8', 'StaleRevocation', without('EXT-KYA-8')],
  ['ForgetsAnnualReviews', 'EXT-KYA-9', 'ClockSkew', without('EXT-KYA-9')],
  ['ListsTheRevokedAsValid', 'EXT-KYA-16', 'StaleRevocation', without('EXT-KYA-16')],
]

const merchant: readonly MutantRow[] = [
  ['ActsOnWhateverComes', 'EXT-DISPUTE-8', 'IdempotencyCheckThenAct', without('EXT-DISPUTE-8')],
]

const acquirer: readonly MutantRow[] = [
  ['AnswersForOtherMerchants', 'EXT-DISPUTE-11', 'TrustGateBypass', without('EXT-HTTP-34:refund')],
  ['RefundsOrdersOfOthers', 'EXT-REFUND-7', 'TrustGateBypass', without('EXT-HTTP-34:refund')],
]

const wallet: readonly MutantRow[] = [
  ['ReportsBeforeItStops', 'EXT-GUARANTEE-17', 'StaleRevocation', without('EXT-GUARANTEE-17:stop')],
  ['ShowsBundlesOfOthers', 'EXT-EVIDENCE-13', 'TrustGateBypass', without('EXT-EVIDENCE-13')],
  ['CreditsMoreThanItDebited', 'EXT-REFUND-6', 'BudgetEscape', without('EXT-REFUND-1')],
  ['ConfirmsWhatItCannotShow', 'EXT-DEVICES-1', 'TrustGateBypass', without('EXT-DEVICES-1')],
  ['TakesWornForProved', 'EXT-DEVICES-2', 'TrustGateBypass', without('EXT-DEVICES-2')],
  ['HandsNothingOver', 'EXT-DEVICES-3', 'MissingCheck', without('EXT-DEVICES-3')],
  ['TrustsUnattestedDevices', 'EXT-DEVICES-4', 'UnsignedAccepted', without('EXT-DEVICES-4')],
  ['ShowsScreensToDrivers', 'EXT-DEVICES-5', 'MissingCheck', without('EXT-DEVICES-5')],
  ['ChecksTheSuspended', 'EXT-CONTROL-1', 'StaleRevocation', without('EXT-CONTROL-1:guard')],
  ['DebitsTheSuspended', 'EXT-CONTROL-1', 'StaleRevocation', without('EXT-CONTROL-1:debit')],
  ['ResumesWhatEnded', 'EXT-CONTROL-2', 'StaleRevocation', without('EXT-CONTROL-2')],
  ['SuspendsForAnybody', 'EXT-CONTROL-3', 'TrustGateBypass', without('EXT-CONTROL-3')],
  [
    'HidesWhoDidWhat',
    'EXT-CONTROL-4',
    'SilentLoss',
    answering('wallet.inquiryMandate', (body) => ({ ...body, events: [] })),
  ],
  ['ClaimsNothing', 'EXT-GUARANTEE-17', 'SilentLoss', without('EXT-GUARANTEE-17:claim')],
]

export const trustExtensionMutants = [
  ...mutantsOf('network', network),
  ...mutantsOf('credential-provider', provider),
  ...mutantsOf('wallet', wallet),
  ...mutantsOf('merchant', merchant),
  ...mutantsOf('acquirer', acquirer),
]
