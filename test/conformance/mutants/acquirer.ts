/** Acquirers that are wrong in one thing each. */
import { answering, asking, type Json, type MutantRow, mutantsOf, without } from './mutant.ts'

const rows: readonly MutantRow[] = [
  [
    'HidesThatAnAgentPays',
    'AMP-PAY-042',
    'SilentLoss',
    asking('network.pay', ({ paymentFactor: _factor, ...body }) => ({
      ...body,
      paymentFactor: { isTokenizationPayment: 'true', tokenizationPaymentScenario: 'Other' },
    })),
  ],
  [
    'RenumbersOrders',
    'AMP-PAY-014',
    'CheckoutSwap',
    asking('network.pay', ({ order, ...body }) => ({
      ...body,
      order: { ...(order as Json), referenceOrderId: 'order-of-the-acquirer' },
    })),
  ],
  ['BelievesWhatMerchantsSayTheyAre', 'AMP-PAY-042', 'ScopeWiden', without('AMP-PAY-042:attested')],
  [
    'KeepsTheLastLayer',
    'AMP-PAY-054',
    'MissingLayer',
    asking('network.pay', ({ assurance, ...body }) => ({
      ...body,
      assurance: { ...(assurance as Json), tokenRequest: undefined },
    })),
  ],
  ['CollectsForAnybody', 'EXT-HTTP-33', 'TrustGateBypass', without('EXT-HTTP-33:contract')],
  ['CollectsTwice', 'AMP-PAY-054', 'IdempotencyCheckThenAct', without('AMP-PAY-054:acquirer')],
  ['TakesAnotherOrderUnderOneNumber', 'AMP-PAY-052', 'CheckoutSwap', without('AMP-PAY-052:acquirer')],
  ['ShowsPaymentsOfOtherMerchants', 'EXT-HTTP-34', 'ScopeWiden', without('EXT-HTTP-34')],
  ['PassesOnAnotherOrder', 'AMP-PAY-047', 'CheckoutSwap', without('AMP-PAY-047:order')],
  [
    'AnswersAnotherPayment',
    'AMP-PAY-047',
    'WrongAnswer',
    answering('acquirer.pay', (body) => ({ ...body, paymentId: 'payment-of-the-acquirer' })),
  ],
  ['TellsNobody', 'AMP-PAY-047', 'SilentLoss', asking('merchant.notifyPayment', () => undefined)],
  [
    'HidesWhyPaymentsFailedLater',
    'AMP-PAY-049',
    'SilentLoss',
    asking('merchant.notifyPayment', ({ failure: _failure, ...body }) => body),
  ],
  [
    'HidesWhyPaymentsFail',
    'AMP-PAY-049',
    'WrongReasonRefusal',
    { refuses: (_name, { stage: _stage, ...problem }) => problem },
  ],
]

export const acquirerMutants = mutantsOf('acquirer', rows)
