/** Servers that break the HTTP binding in one thing each, whatever role they serve. */
import type { Deviation } from '../../../reference/core/index.ts'
import type { Role } from '../../../schemas/index.ts'
import { type FaultClass, type Mutant, without } from './mutant.ts'

type Row = readonly [mutant: string, breaks: string, fault: FaultClass, deviation: Deviation]

const rows: readonly Row[] = [
  ['ServesNotEverything', 'EXT-HTTP-1', 'SilentLoss', without('EXT-HTTP-1')],
  ['KnowsEveryPath', 'EXT-HTTP-2', 'WrongReasonRefusal', without('EXT-HTTP-2')],
  ['HidesWrongMethods', 'EXT-HTTP-3', 'WrongReasonRefusal', without('EXT-HTTP-3')],
  ['ReadsAnyMediaType', 'EXT-HTTP-4', 'MissingCheck', without('EXT-HTTP-4')],
  ['ReadsBrokenJson', 'EXT-HTTP-5', 'MissingCheck', without('EXT-HTTP-5')],
  ['ValidatesNothing', 'EXT-HTTP-6', 'MissingCheck', without('EXT-HTTP-6')],
  ['AnswersOffSchema', 'EXT-HTTP-8', 'WrongAnswer', { answers: (_name, body) => ({ ...body, debug: true }) }],
  ['ReadsAnyLength', 'EXT-HTTP-9', 'MissingCheck', without('EXT-HTTP-9')],
  ['ReadsAnyDepth', 'EXT-HTTP-10', 'MissingCheck', without('EXT-HTTP-10')],
  ['ReadsLongHeaders', 'EXT-HTTP-11', 'MissingCheck', without('EXT-HTTP-11')],
  ['SendsPlainProblems', 'EXT-HTTP-13', 'WrongAnswer', without('EXT-HTTP-13')],
  ['LooksBeforeItKnowsWho', 'EXT-HTTP-14', 'WrongReasonRefusal', without('EXT-HTTP-14')],
  ['RepeatsWhatWasSent', 'EXT-HTTP-15', 'SilentLoss', without('EXT-HTTP-15')],
  ['SendsNoRequestId', 'EXT-HTTP-16', 'WrongAnswer', without('EXT-HTTP-16')],
  ['SendsAnOldVersion', 'EXT-HTTP-17', 'WrongAnswer', without('EXT-HTTP-17')],
  ['SpeaksAnyVersion', 'EXT-HTTP-18', 'MissingCheck', without('EXT-HTTP-18')],
  ['AnswersWithoutVersion', 'EXT-HTTP-19', 'WrongAnswer', without('EXT-HTTP-19')],
  ['PublishesAPrivateKey', 'EXT-HTTP-22', 'SilentLoss', without('EXT-HTTP-22')],
  ['TakesUnsigned', 'EXT-HTTP-24', 'UnsignedAccepted', without('EXT-HTTP-24')],
  ['TakesHalfCovered', 'EXT-HTTP-25', 'UnsignedAccepted', without('EXT-HTTP-25')],
  ['TakesAnyAlgorithm', 'EXT-HTTP-26', 'AlgNone', without('EXT-HTTP-26')],
  ['TakesUnknownKeys', 'EXT-HTTP-27', 'UnsignedAccepted', without('EXT-HTTP-27')],
  ['TakesAnyTime', 'EXT-HTTP-28', 'ClockSkew', without('EXT-HTTP-28')],
  ['VerifiesNothing', 'EXT-HTTP-29', 'UnsignedAccepted', without('EXT-HTTP-29')],
  ['TakesOtherBodies', 'EXT-HTTP-30', 'UnsignedAccepted', without('EXT-HTTP-30')],
  ['TakesNoncesTwice', 'EXT-HTTP-31', 'ReplayNonce', without('EXT-HTTP-31')],
  ['BurnsNoncesOfOthers', 'EXT-HTTP-32', 'ReplayNonce', without('EXT-HTTP-32')],
  ['TakesAnyCaller', 'EXT-HTTP-33', 'ScopeWiden', without('EXT-HTTP-33')],
  ['WantsNoKeys', 'EXT-HTTP-37', 'MissingCheck', without('EXT-HTTP-37')],
  ['DoesEverythingTwice', 'EXT-HTTP-38', 'IdempotencyCheckThenAct', without('EXT-HTTP-38')],
  ['ForgetsTheBodyOfAKey', 'EXT-HTTP-39', 'IdempotencyCheckThenAct', without('EXT-HTTP-39')],
  ['RunsBothThatMeet', 'EXT-HTTP-40', 'IdempotencyCheckThenAct', without('EXT-HTTP-40')],
  ['ForgetsAfterAnHour', 'EXT-HTTP-41', 'IdempotencyCheckThenAct', without('EXT-HTTP-41')],
  ['IgnoresPageSize', 'EXT-HTTP-42', 'WrongAnswer', without('EXT-HTTP-42')],
  ['SkipsBetweenPages', 'EXT-HTTP-43', 'SilentLoss', without('EXT-HTTP-43')],
  ['TakesAnyPageToken', 'EXT-HTTP-44', 'ScopeWiden', without('EXT-HTTP-44')],
  ['TellsUnderNewKeys', 'EXT-HTTP-45', 'IdempotencyCheckThenAct', without('EXT-HTTP-45')],
  ['RefusesOldNews', 'EXT-HTTP-46', 'WrongReasonRefusal', without('EXT-HTTP-46')],
  ['ShowsItsHooks', 'EXT-HTTP-47', 'TrustGateBypass', without('EXT-HTTP-47')],
  ['HooksTakeAnything', 'EXT-HTTP-49', 'MissingCheck', without('EXT-HTTP-49')],
]

/** What a role cannot show or get wrong: no notifications or lists, no notice it remembers, two runs that meet in one payment. */
const unshown: { readonly [Name in Role]?: readonly string[] } = {
  network: ['EXT-HTTP-46'],
  'credential-provider': ['EXT-HTTP-45'],
  acquirer: ['EXT-HTTP-38', 'EXT-HTTP-40', 'EXT-HTTP-42', 'EXT-HTTP-43', 'EXT-HTTP-44'],
  clearing: ['EXT-HTTP-40'],
  merchant: ['EXT-HTTP-42', 'EXT-HTTP-43', 'EXT-HTTP-44', 'EXT-HTTP-45', 'EXT-HTTP-46'],
}

/** Mutants of the binding in a role. */
export const httpMutants = (role: Role): readonly Mutant[] =>
  rows
    .filter(([, breaks]) => !unshown[role]?.includes(breaks))
    .map(([mutant, breaks, fault, deviation]) => ({
      mutant: `${role} ${mutant}`,
      role,
      class: fault,
      breaks,
      deviation,
    }))
