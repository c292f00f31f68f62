/** What the checks of AP2 found, part by part, as evidence beside a draft. */
import type { Evidence } from '../adapter.ts'
import { type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { type Chains, referencesOf } from './pair.ts'
import type { Receipt } from './receipts.ts'
import type { Ap2Wire } from './wire.ts'

const families = ['checkout', 'payment'] as const

/** Constraints that count over many payments, which only who sees them all can. */
const counted = ['payment.agent_recurrence', 'payment.budget']

const referenceEvidence = ({ checkout, payment }: Chains): readonly Evidence[] => {
  const digest = payment?.constraints.flatMap(({ type, claims }) =>
    type === 'payment.reference' ? (textOf(claims, 'conditional_transaction_id') ?? []) : [],
  )[0]
  if (digest === undefined) return [{ kind: 'reference', status: 'absent' }]
  const found = checkout ? referencesOf(checkout) : []
  if (found.length === 0) return [{ kind: 'reference', status: 'unverified', why: 'the checkout did not come along' }]
  const isPresented = found.some(({ presented }) => presented === digest)
  const why = `digest of the open checkout ${isPresented ? 'as presented' : 'without its disclosures'}`
  return [{ kind: 'reference', status: 'verified', why }]
}

/** Who vouches that a user allowed it: the rest of a chain says no more than its root is trusted for. */
const rootEvidence = (chains: Chains): readonly Evidence[] =>
  [...new Set(families.flatMap((family) => chains[family]?.issuer ?? []))].map((issuer) => ({
    kind: 'root',
    status: 'verified',
    why: issuer.slice(0, 128),
  }))

/** Evidence of chains that hold. */
export const chainEvidence = (chains: Chains, isAudienceKnown: boolean, wire: Ap2Wire): readonly Evidence[] => {
  const all = families.flatMap((family) => chains[family]?.constraints ?? [])
  const isExecuted = families.some((family) => chains[family]?.closed && (chains[family]?.open.length ?? 0) > 0)
  const hasAudience = families.some((family) => chains[family]?.audience !== undefined)
  return [
    ...families.map((family): Evidence => {
      const chain = chains[family]
      if (!chain) return { kind: family, status: 'absent' }
      const state = chain.closed ? 'closed' : 'open'
      return { kind: family, status: 'verified', why: `${state}, ${chain.chain.hops.length} hops` }
    }),
    ...rootEvidence(chains),
    { kind: 'human', status: families.some((family) => chains[family]?.open.length) ? 'absent' : 'verified' },
    { kind: 'order', status: chains.order?.signature ?? 'absent' },
    isExecuted
      ? { kind: 'constraints', status: 'verified', why: `${all.length} kept` }
      : { kind: 'constraints', status: 'absent' },
    ...(all.some(({ type }) => counted.includes(type))
      ? ([{ kind: 'counts', status: 'unverified', why: 'budget and recurrence count over many payments' }] as const)
      : []),
    ...referenceEvidence(chains),
    { kind: 'audience', status: !hasAudience ? 'absent' : isAudienceKnown ? 'verified' : 'unverified' },
    { kind: 'envelope', status: wire.envelope === 'none' ? 'absent' : 'unsigned', why: `A2A ${wire.envelope}` },
  ]
}

/** Evidence of a receipt, with how it ended and which digest of the closed mandate it names. */
export const receiptEvidence = ({ family, status, error, reference }: Receipt): Evidence => {
  const ended = `${status}${error === undefined ? '' : ` ${error.slice(0, 64)}`}`
  const named = `names the closed mandate ${reference === 'presented' ? 'as presented' : 'without its disclosures'}`
  return {
    kind: `${family}-receipt`,
    status: 'verified',
    why: `${ended}; ${reference ? named : 'the closed mandate did not come along'}`,
  }
}

/** Evidence of a card: nobody but the agent says it. */
export const cardEvidence = ({ card, message }: Pick<Ap2Wire, 'card' | 'message'>): Evidence => {
  const said = card?.roles.length ? `says it is ${card.roles.join(' and ')}` : 'says nothing of its roles'
  const isSigned = message.json !== undefined && member(message.json as JsonObject, 'signatures') !== undefined
  const why = isSigned ? `${said}; signatures of the card are not tried` : said
  return { kind: 'agent-card', status: 'unsigned', why }
}
