/** Generated AMP documents that have words in Visa Intelligent Commerce. */
import fc from 'fast-check'
import type { AmpDocument } from '../../../bridge/adapter.ts'
import type { OutboundSample } from '../outbound.ts'
import { checkout, now } from '../tap-agent.ts'

const dialect = fc.constantFrom('vic', 'icc')
const cents = fc.integer({ min: 1, max: 9_999_999 }).map(String)
const usd = (value: string) => ({ currency: 'USD', value })

const mandate = fc
  .record({
    dialect,
    budget: cents,
    one: fc.option(cents),
    status: fc.constantFrom('activated', 'activated', 'revoked'),
    isImmediate: fc.boolean(),
    mcc: fc.boolean(),
    merchant: fc.boolean(),
  })
  .map(
    ({ dialect: spelling, budget, one, status, isImmediate, mcc, merchant }): AmpDocument => ({
      kind: 'mandate',
      value: {
        mandateId: 'mandate-1',
        mandateType: isImmediate ? 'IMMEDIATE' : 'AUTONOMOUS',
        mandateStatus: status as 'activated',
        agentId: 'agent-1',
        agentName: 'Tea Agent',
        bindingId: 'binding-1',
        description: 'Tea for a month',
        createdAt: '2026-11-20T10:00:00Z',
        validUntil: '2026-12-20T10:00:00Z',
        budget: { total: usd(budget), limit: usd(budget), held: usd('0'), captured: usd('0'), remaining: usd(budget) },
        ...(isImmediate
          ? { checkout }
          : {
              constraints: {
                budget_amount: usd(budget),
                ...(one === null ? {} : { payment_amount_max: usd(one) }),
                ...(merchant ? { merchant_name_list: ['Tea House'] } : {}),
                ...(mcc ? { merchant_mcc_list: ['5499'] } : {}),
              },
            }),
        events: [{ at: '2026-11-20T10:00:00Z', event: 'activated', mandateStatus: 'activated', by: 'user' }],
      },
      given: {
        dialect: spelling,
        clientReferenceId: 'client-1',
        tokenId: 'token-1',
        ...(status === 'revoked' ? { instructionId: 'in-1' } : {}),
        assuranceData: [{ verificationMethod: '23', verificationResults: '01' }],
      },
    }),
  )

const payment = fc.record({ dialect, value: cents, status: fc.constantFrom('SUCCESS', 'FAIL', 'PROCESSING') }).map(
  ({ dialect: spelling, value, status }): AmpDocument => ({
    kind: 'payment',
    value: {
      paymentId: 'payment-1',
      paymentRequestId: 'request-1',
      paymentStatus: status as 'SUCCESS',
      paymentAmount: usd(value),
      ...(status === 'SUCCESS' ? { paymentTime: '2026-11-20T10:00:01Z' } : {}),
      ...(status === 'FAIL' ? { failure: { code: 'balance-insufficient', title: 'The balance is not enough' } } : {}),
    },
    given: {
      dialect: spelling,
      clientReferenceId: 'client-1',
      tokenId: 'token-1',
      instructionId: 'in-1',
      transactionReferenceId: 'txn-1',
    },
  }),
)

const problem = fc.boolean().map(
  (detailed): AmpDocument => ({
    kind: 'problem',
    value: {
      type: 'https://example.com/budget-exceeded',
      title: 'The budget is used up',
      status: 422,
      code: 'budget-exceeded',
      retry: 'never',
      ...(detailed ? { detail: 'nothing remains', field: 'paymentAmount' } : {}),
    },
    given: {},
  }),
)

export const vicOutbound: fc.Arbitrary<OutboundSample> = fc
  .oneof(mandate, payment, problem)
  .map((document) => ({ document, context: { now, settings: {} } }))
