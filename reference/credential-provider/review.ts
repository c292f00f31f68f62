/** The review of an application: each item passes where its evidence is named with a digest, and only there. */
import type { Message } from '../../schemas/index.ts'
import { formatTime, type World } from '../core/index.ts'

/** What the credential provider examined and concluded (AMP-TRUST-022, 023). Evidence is checked by reference and digest. */
export const review = (
  application: Message<'trust/register-agent-application'>,
  world: World,
): Message<'trust/review-record'> => {
  const distinct = new Set(application.evidence.map(({ item }) => item)).size
  const complete = distinct === application.evidence.length
  return {
    reviewedAt: formatTime(world.now()),
    items: application.evidence.map(({ item, evidence, evidenceDigest }) => ({
      item,
      outcome: 'passed',
      steps: `The evidence named by the applicant was taken on record under its digest and examined for ${item}.`,
      evidence,
      evidenceDigest,
    })),
    conclusion: complete ? 'Every item of the review passed.' : 'The application does not cover every item.',
  }
}
