/** The onboarding review: eight items, each once, all passed (AMP-TRUST-005 to AMP-TRUST-013, AMP-TRUST-022). */
import type { Message } from '../../schemas/index.ts'
import type { Rule } from './rule.ts'

/** The eight items with the requirement each stands for. */
export const reviewItems = {
  'agent-profile': 'AMP-TRUST-006',
  'know-your-customer': 'AMP-TRUST-007',
  'anti-money-laundering-and-sanctions': 'AMP-TRUST-008',
  'cyber-and-data-security': 'AMP-TRUST-009',
  privacy: 'AMP-TRUST-010',
  'anti-bribery-and-corruption': 'AMP-TRUST-011',
  'ai-compliance': 'AMP-TRUST-012',
  'prohibited-scenarios': 'AMP-TRUST-013',
} as const

type Review = Message<'trust/review-record'>

export const reviewRules: readonly Rule<Review>[] = [
  ...Object.entries(reviewItems).map(
    ([name, id]): Rule<Review> => ({
      id,
      code: 'review-incomplete',
      holds: ({ items }) => items.filter(({ item }) => item === name).length === 1,
      occurrence: () => ({ field: '/review/items', detail: `the item ${name} has to be there exactly once` }),
    }),
  ),
  {
    id: 'AMP-TRUST-005',
    code: 'review-failed',
    holds: ({ items }) => items.every(({ outcome }) => outcome === 'passed'),
    occurrence: ({ items }) => ({ field: `/review/items/${items.findIndex(({ outcome }) => outcome === 'failed')}` }),
  },
]
