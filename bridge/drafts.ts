/** Drafts as every adapter makes them: inactive, in AMP's shape, with words nobody made up. */
import { accept, type Outcome, refuse } from '../reference/core/outcome.ts'
import { type Message, validate } from '../schemas/index.ts'
import type { AutonomousDraft, DraftSource, Evidence, ForeignIdentity, ImmediateDraft } from './adapter.ts'
import { neverCrosses } from './adapter.ts'
import { exponentOf, writeAmount } from './currency.ts'
import type { TrustedKey } from './keys.ts'

type Checkout = Message<'common/checkout'>

/** What holds for every message of another rail: it is no mandate of an AMP user. */
export const noMandate: Evidence = { kind: 'user-mandate', status: 'absent' }

/** Words for the user where the agent sent none. They say who speaks: nobody's words are made up. */
export const composed = '(The agent sent no words of the user. The bridge composed this from what the agent proposes.)'

/** What a key of a directory proves about the sender, for an identity. */
export const keyProof = (key: TrustedKey, algorithm: string) =>
  ({ proof: 'signature', keyid: key.kid, thumbprint: key.thumbprint, algorithm }) as const

const malformed = (reason: { readonly path: string; readonly message: string }, field: string) =>
  refuse('message-malformed', {
    detail: `what it asks for is no AMP message: ${reason.path.slice(0, 128)} ${reason.message.slice(0, 128)}`,
    field,
  })

const currencyMissing = (field: string) =>
  refuse('foreign-currency-missing', { detail: 'the currency is not one of ISO 4217', field })

/** A draft of one checkout. `words` are the user's where some came; `field` is blamed where it makes no AMP checkout. */
export const immediateDraft = (
  source: DraftSource,
  agent: ForeignIdentity['agent'],
  checkout: Checkout,
  words: Message<'trust/intent-immediate'> | undefined,
  field: string,
): Outcome<ImmediateDraft> => {
  const [reason] = validate('common/checkout', checkout)
  if (reason) return malformed(reason, field)
  const { total_amount: total, merchant } = checkout
  if (exponentOf(total.currency) === undefined) return currencyMissing(field)
  const intent = words ?? {
    raw: composed,
    desc: `The agent ${(agent.name ?? agent.id).slice(0, 128)} asks to pay ${writeAmount(total)} to ${merchant.merchant_name}`,
  }
  const [unclear] = validate('trust/intent-immediate', intent)
  if (unclear) return malformed(unclear, field)
  return accept({
    kind: 'mandate-draft',
    status: 'inactive',
    source,
    ...neverCrosses,
    mode: 'IMMEDIATE',
    intent,
    checkout,
  })
}

/** A draft of bounds; `field` is blamed where they make no AMP intent. */
export const autonomousDraft = (
  source: DraftSource,
  intent: Message<'trust/intent-autonomous'>,
  field: string,
): Outcome<AutonomousDraft> => {
  const [reason] = validate('trust/intent-autonomous', intent)
  if (reason) return malformed(reason, field)
  if (exponentOf(intent.constraints.budget_amount.currency) === undefined) return currencyMissing(field)
  return accept({ kind: 'mandate-draft', status: 'inactive', source, ...neverCrosses, mode: 'AUTONOMOUS', intent })
}
