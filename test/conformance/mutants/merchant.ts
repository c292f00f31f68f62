/** Merchants that are wrong in one thing each. */
import { answering, asking, type Json, type MutantRow, mutantsOf, without } from './mutant.ts'

/** Chain rules whose absence a merchant shows. */
const chainRules = [107, 108, 109, 110, 111, 113, 119, 124, 126, 127, 128, 146, 151, 153, 154].map(
  (number): MutantRow => [`SkipsChainRule${number}`, 'AMP-PAY-053', 'MissingCheck', without(`AMP-TRUST-${number}`)],
)

const rows: readonly MutantRow[] = [
  ['VerifiesNoChain', 'AMP-PAY-053', 'UnsignedAccepted', without('AMP-PAY-053')],
  ...chainRules,
  ['SkipsIdentitySignature', 'AMP-PAY-053', 'UnsignedAccepted', without('AMP-TRUST-159')],
  ['SkipsMandateSignature', 'AMP-FLOW-015', 'UnsignedAccepted', without('AMP-TRUST-161')],
  ['SkipsTokenRequestSignature', 'AMP-PAY-053', 'MissingLayer', without('AMP-TRUST-163')],
  ['TakesAnotherCheckout', 'AMP-PAY-052', 'CheckoutSwap', without('AMP-TRUST-157:checkout')],
  [
    'SendsAnotherOrder',
    'AMP-PAY-042',
    'CheckoutSwap',
    asking('acquirer.pay', ({ assurance, ...body }) => ({
      ...body,
      assurance: { ...(assurance as Json), tokenRequest: undefined },
    })),
  ],
  [
    'KeepsPaidOrdersOpen',
    'AMP-PAY-048',
    'WrongAnswer',
    answering('merchant.inquiryOrder', (body) => ({
      ...body,
      orderStatus: body.orderStatus === 'paid' ? 'open' : body.orderStatus,
    })),
  ],
  [
    'HidesWhyPaymentsFailed',
    'AMP-PAY-049',
    'SilentLoss',
    answering('merchant.inquiryOrder', ({ failure: _failure, ...body }) => body),
  ],
  ['PaysTwiceAtOnce', 'AMP-PAY-054', 'IdempotencyCheckThenAct', without('AMP-PAY-054:merchant')],
  [
    'GuessesSilentPayments',
    'AMP-FLOW-016',
    'LeakAfterFailure',
    answering('merchant.startPayment', (body) => ({ ...body, orderStatus: 'paid' })),
  ],
  ['TakesAnyAmount', 'AMP-PAY-046', 'BudgetEscape', without('AMP-PAY-046:merchant')],
  ['SellsForEver', 'AMP-FLOW-018', 'ClockSkew', without('AMP-FLOW-018:merchant')],
  [
    'AddsUpWrong',
    'AMP-PAY-039',
    'WrongAnswer',
    answering('merchant.startCheckout', (body) => ({ ...body, expiresAt: '2020-01-01T00:00:00Z' })),
  ],
]

export const merchantMutants = mutantsOf('merchant', rows)
