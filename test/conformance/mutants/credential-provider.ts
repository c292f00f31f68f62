/** Credential providers that are wrong in one thing each. */
import { answering, asking, type Json, type MutantRow, mutantsOf, without } from './mutant.ts'

const status = 'credential-provider.inquiryMandateSession'
const list = 'credential-provider.queryPaymentMethodList'

const rows: readonly MutantRow[] = [
  [
    'AdmitsWhomTheNetworkRefused',
    'AMP-TRUST-003',
    'WrongReasonRefusal',
    {
      refuses: (_name, problem) =>
        problem.code === 'review-failed' ? { ...problem, code: 'review-incomplete' } : problem,
    },
  ],
  [
    'HandsOverAnotherKey',
    'AMP-TRUST-015',
    'WrongAnswer',
    asking('network.registerAgent', (body) => ({
      ...body,
      agentKey: { ...(body.agentKey as Json), kid: 'another-key' },
    })),
  ],
  ['CallsUnderAnotherName', 'AMP-TRUST-020', 'WrongSignature', without('AMP-TRUST-020:sender')],
  [
    'CommitsToNothing',
    'AMP-TRUST-022',
    'WrongSignature',
    asking('network.registerAgent', (body) => ({
      ...body,
      profile: { ...(body.profile as Json), name: 'Somebody else' },
    })),
  ],
  [
    'VouchesForMissingEvidence',
    'AMP-TRUST-005',
    'MissingCheck',
    asking('network.registerAgent', (body) => ({
      ...body,
      review: { ...(body.review as Json), items: itemsOf(body) },
    })),
  ],
  [
    'TellsActivatedTooEarly',
    'AMP-TRUST-053',
    'WrongAnswer',
    answering('credential-provider.createMandateSession', (body) => ({ ...body, mandateStatus: 'activated' })),
  ],
  ['KeepsMandatesToItself', 'AMP-TRUST-070', 'SilentLoss', answering(status, ({ mandate: _mandate, ...body }) => body)],
  [
    'TellsNoFailures',
    'AMP-TRUST-065',
    'SilentLoss',
    answering(status, (body) => ({ ...body, status: body.status === 'FAILED' ? 'PENDING_IDV' : body.status })),
  ],
  [
    'TellsOldStatuses',
    'AMP-TRUST-073',
    'StaleRevocation',
    answering(status, (body) => ({
      ...body,
      mandateStatus: body.mandateStatus === 'revoked' ? 'activated' : body.mandateStatus,
    })),
  ],
  ['LetsMandatesComeBack', 'AMP-TRUST-075', 'StaleRevocation', without('AMP-TRUST-075')],
  [
    'HidesStagesAndLimits',
    'AMP-TRUST-097',
    'WrongAnswer',
    { refuses: (_name, { stage: _stage, limit: _limit, ...problem }) => problem },
  ],
  ['BelievesOtherNetworks', 'EXT-HTTP-34', 'ScopeWiden', without('EXT-HTTP-34')],
  [
    'ShowsAnotherLogin',
    'AMP-PAY-010',
    'WrongAnswer',
    answering(list, (body) => ({
      ...body,
      paymentMethods: (body.paymentMethods as Json[]).map((method) => ({
        ...method,
        maskedLoginId: 'x***@example.com',
      })),
    })),
  ],
  [
    'ShowsEndedBindingsAsLive',
    'AMP-PAY-018',
    'StaleRevocation',
    answering(list, (body) => ({
      ...body,
      paymentMethods: (body.paymentMethods as Json[]).map((method) => ({ ...method, bindingStatus: 'activated' })),
    })),
  ],
  [
    'ChangesTokenRequests',
    'AMP-PAY-023',
    'CheckoutSwap',
    asking('network.applyCredential', (body) => ({
      ...body,
      checkout: { ...(body.checkout as Json), total_amount: { currency: 'USD', value: '1' } },
    })),
  ],
]

function itemsOf(body: Json): Json[] {
  const { items } = body.review as { items: Json[] }
  const names = [
    'agent-profile',
    'know-your-customer',
    'anti-money-laundering-and-sanctions',
    'cyber-and-data-security',
  ]
  const more = ['privacy', 'anti-bribery-and-corruption', 'ai-compliance', 'prohibited-scenarios']
  return [...names, ...more].map((item) => ({ ...items[0], item, outcome: 'passed' }))
}

export const credentialProviderMutants = mutantsOf('credential-provider', rows)
