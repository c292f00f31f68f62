/** ERC-8004 in AMP's words: an alias and evidence that nobody signed, never a proposal. */
import { accept, type Outcome } from '../../reference/core/outcome.ts'
import { account } from '../accounting.ts'
import type { Evidence, Translation, Verified } from '../adapter.ts'
import { noMandate } from '../drafts.ts'
import { member } from '../json.ts'
import { textOf } from '../jws.ts'
import { fieldsOf } from '../message.ts'
import { feedbackRules, registrationRules } from './fields.ts'
import type { ErcTrusted } from './verify.ts'

/** The standard and the contracts the adapter was written against. */
export const ercVersion = 'ethereum/ERCs@503591a'

const evidenceOf = ({ wire, isHost }: ErcTrusted): readonly Evidence[] => {
  if (wire.kind === 'registration')
    return [
      { kind: 'registration', status: 'unsigned' },
      { kind: 'domain', status: isHost ? 'unverified' : 'absent' },
    ]
  const [value, decimals] = [Number(member(wire.file, 'value')), Number(member(wire.file, 'valueDecimals') ?? 0)]
  const reviewer = (textOf(wire.file, 'clientAddress') ?? '').slice(0, 96)
  return [{ kind: 'reputation', status: 'unsigned', why: `${value}e-${decimals} by ${reviewer} alone` }]
}

/** Translates. Reputation never opens a payment path and never raises a rating by itself. */
export const toAmp = (trusted: Verified<ErcTrusted>): Outcome<Translation> => {
  const { wire } = trusted
  return accept({
    identity: {
      protocol: 'erc-8004',
      interaction: 'browse',
      agent: { id: wire.agent, ...(wire.name === undefined ? {} : { name: wire.name }) },
      proof: 'none',
    },
    evidence: [...evidenceOf(trusted), noMandate],
    ...account(fieldsOf(wire.message), wire.kind === 'registration' ? registrationRules : feedbackRules),
  })
}
