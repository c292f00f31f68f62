/** TACP in AMP's words: who sent data about a purchase, as evidence, never as a proposal. */
import { accept, type Outcome } from '../../reference/core/outcome.ts'
import { account } from '../accounting.ts'
import type { ForeignIdentity, Translation, Verified } from '../adapter.ts'
import { keyProof, noMandate } from '../drafts.ts'
import { isObject, member } from '../json.ts'
import { openedRules, sealedRules, tacFieldsOf } from './fields.ts'
import type { TacTrusted } from './verify.ts'

/** The repository the adapter was written against. */
export const tacVersion = 'forter/trusted-agentic-commerce-protocol@5805a45'

const identityOf = ({ wire, directory, key, algorithm }: TacTrusted): ForeignIdentity => {
  const { content } = wire
  const base = { protocol: 'forter-tacp', interaction: 'browse' } as const
  if (content.kind === 'sealed' || !key || !algorithm) return { ...base, agent: { id: 'unknown' }, proof: 'none' }
  return {
    ...base,
    agent: { id: content.issuer, domain: content.issuer },
    directory,
    ...keyProof(key, algorithm),
    audience: content.audience,
    created: content.issuedAt,
    expires: content.expires,
  }
}

/** Translates. The consent in such a message is free text about a user, and so no mandate. */
export const toAmp = (trusted: Verified<TacTrusted>): Outcome<Translation> => {
  const { content } = trusted.wire
  if (content.kind === 'sealed')
    return accept({
      identity: identityOf(trusted),
      evidence: [
        { kind: 'envelope', status: 'unverified', why: `sealed for ${content.recipients.length} recipients` },
        noMandate,
      ],
      ...account(tacFieldsOf(trusted.wire), sealedRules),
    })
  const session = member(content.jws.claims, 'session')
  const hasConsent = isObject(session) && (Object.hasOwn(session, 'consent') || Object.hasOwn(session, 'intent'))
  return accept({
    identity: identityOf(trusted),
    evidence: [
      { kind: 'message', status: 'verified' },
      { kind: 'audience', status: trusted.isAudienceKnown ? 'verified' : 'unverified' },
      {
        kind: 'consent',
        status: hasConsent ? 'unverified' : 'absent',
        ...(hasConsent ? { why: 'words about a user' } : {}),
      },
      noMandate,
    ],
    ...account(tacFieldsOf(trusted.wire), openedRules),
  })
}
