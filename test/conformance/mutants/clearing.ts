/** Clearings, and networks that lend to them, that break one rule each. */
import { answering, asking, type Json, type Mutant, type MutantRow, mutantsOf, without } from './mutant.ts'

const list = (body: Json, name: string): readonly Json[] => body[name] as readonly Json[]

const more = (amount: unknown): Json => {
  const { currency, value } = amount as { currency: string; value: string }
  return { currency, value: (BigInt(value) + 1n).toString() }
}

/** Changes the answer to whatever is asked a second time of the same operation. */
const secondly = (operation: string, nameOf: (body: Json) => unknown, change: (body: Json) => Json) => {
  const seen = new Set<unknown>()
  return answering(operation, (body) => {
    if (seen.has(nameOf(body))) return change(body)
    seen.add(nameOf(body))
    return body
  })
}

const closed = (change: (body: Json) => Json) => answering('clearing.closeCycle', change)

const rows: readonly MutantRow[] = [
  [
    'AnswersFractions',
    'EXT-CLEARING-1',
    'WrongAnswer',
    answering('clearing.openChannel', (body) => ({ ...body, cap: `${body.cap}.0` })),
  ],
  ['TakesAnyAmount', 'EXT-CLEARING-2', 'MissingCheck', without('EXT-CLEARING-2')],
  [
    'NamesChannelsItself',
    'EXT-CLEARING-3',
    'WrongAnswer',
    answering('clearing.openChannel', (body) => ({ ...body, channelId: `A${String(body.channelId).slice(1)}` })),
  ],
  ['OpensForAnybody', 'EXT-CLEARING-4', 'ScopeWiden', without('EXT-CLEARING-4')],
  ['TakesWeakSigners', 'EXT-CLEARING-5', 'UnsignedAccepted', without('EXT-CLEARING-5')],
  ['OpensNothingTwice', 'EXT-CLEARING-6', 'WrongReasonRefusal', without('EXT-CLEARING-6')],
  [
    'BorrowsTooLittle',
    'EXT-CLEARING-7',
    'BudgetEscape',
    asking('network.grantClearing', (body) => ({ ...body, amount: { ...(body.amount as Json), value: '1' } })),
  ],
  ['TopsUpTwice', 'EXT-CLEARING-8', 'IdempotencyCheckThenAct', without('EXT-CLEARING-8')],
  ['VerifiesNoVoucher', 'EXT-CLEARING-9', 'UnsignedAccepted', without('EXT-CLEARING-9')],
  ['TakesOldSequences', 'EXT-CLEARING-10', 'MissingCheck', without('EXT-CLEARING-10')],
  ['CorrectsTheNewest', 'EXT-CLEARING-11', 'WrongAnswer', without('EXT-CLEARING-11')],
  ['CorrectsWithoutProof', 'EXT-CLEARING-12', 'WrongAnswer', without('EXT-CLEARING-12')],
  ['TakesVouchersOverTheCap', 'EXT-CLEARING-13', 'CapOffByOne', without('EXT-CLEARING-13')],
  ['VerifiesNoAnchor', 'EXT-CLEARING-14', 'UnsignedAccepted', without('EXT-CLEARING-14')],
  ['TakesAnyLink', 'EXT-CLEARING-15', 'MissingCheck', without('EXT-CLEARING-15')],
  ['SkipsAnyDistance', 'EXT-CLEARING-16', 'MissingCheck', without('EXT-CLEARING-16')],
  ['CorrectsWithoutLink', 'EXT-CLEARING-17', 'WrongAnswer', without('EXT-CLEARING-17')],
  ['ShowsChannelsToAll', 'EXT-CLEARING-18', 'ScopeWiden', without('EXT-CLEARING-18')],
  ['TicksAfterRevocation', 'EXT-CLEARING-19', 'StaleRevocation', without('EXT-CLEARING-19')],
  ['ForgetsRevocations', 'EXT-CLEARING-19', 'StaleRevocation', without('EXT-CLEARING-19:notice')],
  ['TicksAtAnyTime', 'EXT-CLEARING-20', 'ClockSkew', without('EXT-CLEARING-20')],
  ['TicksWhenClosed', 'EXT-CLEARING-21', 'MissingCheck', without('EXT-CLEARING-21')],
  ['DeliversTooMuch', 'EXT-CLEARING-22', 'BudgetEscape', without('EXT-CLEARING-22')],
  ['ClosesAtAuthorised', 'EXT-CLEARING-23', 'BudgetEscape', without('EXT-CLEARING-23')],
  ['ClosesTheWrongWay', 'EXT-CLEARING-24', 'MissingCheck', without('EXT-CLEARING-24')],
  ['AnswersBeforeItKeeps', 'EXT-CLEARING-25', 'SilentLoss', without('EXT-CLEARING-25')],
  [
    'LosesTransfers',
    'EXT-CLEARING-26',
    'SilentLoss',
    answering('clearing.inquiryStatement', (body) => ({ ...body, transfers: list(body, 'transfers').slice(1) })),
  ],
  [
    'RoundsLegsUp',
    'EXT-CLEARING-27',
    'WrongAnswer',
    closed((body) => ({ ...body, legs: list(body, 'legs').map((leg) => ({ ...leg, amount: more(leg.amount) })) })),
  ],
  [
    'CarriesNothing',
    'EXT-CLEARING-28',
    'SilentLoss',
    closed((body) => ({ ...body, positions: list(body, 'positions').map((row) => ({ ...row, carriedOut: '0' })) })),
  ],
  [
    'NetsOffByOne',
    'EXT-CLEARING-29',
    'WrongAnswer',
    closed((body) => ({
      ...body,
      positions: list(body, 'positions').map((row, at) =>
        at === 0 ? { ...row, net: (BigInt(String(row.net)) + 1n).toString() } : row,
      ),
    })),
  ],
  [
    'NetsAnewEachTime',
    'EXT-CLEARING-30',
    'IdempotencyCheckThenAct',
    secondly(
      'clearing.closeCycle',
      ({ cycleId }) => cycleId,
      (body) => ({ ...body, legs: [] }),
    ),
  ],
  ['EndsLegsAgain', 'EXT-CLEARING-31', 'SettleTwice', without('EXT-CLEARING-31')],
  ['LendsBeyondCredit', 'EXT-CLEARING-33', 'BudgetEscape', without('EXT-CLEARING-33')],
  ['NamesWhatIsNotThere', 'EXT-CLEARING-35', 'SilentLoss', without('EXT-CLEARING-35')],
  ['OpensNoSecondStream', 'EXT-CLEARING-36', 'WrongReasonRefusal', without('EXT-CLEARING-36')],
  ['OpensStreamsTwice', 'EXT-CLEARING-37', 'ReplayNonce', without('EXT-CLEARING-37')],
  ['TakesTheNewestRecordAlone', 'EXT-CLEARING-47', 'MissingCheck', without('EXT-CLEARING-47')],
  ['TakesTornRecords', 'EXT-CLEARING-48', 'MissingCheck', without('EXT-CLEARING-48')],
  ['PassesOverUnnamedHandles', 'EXT-CLEARING-48', 'SilentLoss', without('EXT-CLEARING-48:handle')],
  ['AdmitsStrangers', 'EXT-CLEARING-44', 'ScopeWiden', without('EXT-CLEARING-44')],
  ['KeepsWhatItBorrowed', 'EXT-CLEARING-45', 'BudgetEscape', without('EXT-CLEARING-45')],
  [
    'WritesWrongSums',
    'EXT-CLEARING-46',
    'WrongAnswer',
    answering('clearing.inquiryCycleFile', (body) => ({
      ...body,
      content: String(body.content).replaceAll(/<CtrlSum>[\d.]+/g, '<CtrlSum>0.01'),
    })),
  ],
]

const lending: readonly MutantRow[] = [
  ['LendsUnderOtherMandates', 'EXT-CLEARING-38', 'ScopeWiden', without('EXT-CLEARING-38:mandateHash')],
  ['LendsToOtherAgents', 'EXT-CLEARING-38', 'ScopeWiden', without('EXT-CLEARING-38:payerAgentId')],
  ['LendsUnderOneOrder', 'EXT-CLEARING-38', 'ScopeWiden', without('EXT-CLEARING-38:mandateId', 'EXT-CLEARING-43')],
  ['LendsForTooLong', 'EXT-CLEARING-38', 'ScopeWiden', without('EXT-CLEARING-38:notAfter')],
  ['LendsToStoppedAgents', 'EXT-CLEARING-38', 'StaleRevocation', without('EXT-CLEARING-38:suspended')],
  ['LendsWithoutHolding', 'EXT-CLEARING-39', 'BudgetEscape', without('EXT-CLEARING-39')],
  ['LendsTwice', 'EXT-CLEARING-40', 'IdempotencyCheckThenAct', without('EXT-CLEARING-40')],
  ['CapturesEverything', 'EXT-CLEARING-41', 'BudgetEscape', without('EXT-CLEARING-41')],
  ['TellsNoClearing', 'EXT-CLEARING-42', 'StaleRevocation', without('EXT-CLEARING-42')],
  ['LendsForAnyPayee', 'EXT-CLEARING-43', 'ScopeWiden', without('EXT-CLEARING-43')],
  ['LendsAnyAmount', 'EXT-CLEARING-43', 'BudgetEscape', without('EXT-CLEARING-43:amount')],
]

export const clearingMutants: readonly Mutant[] = [...mutantsOf('clearing', rows), ...mutantsOf('network', lending)]
