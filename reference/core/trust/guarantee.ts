/** The guarantee: an agent was taken over, it paid, and the payment partner gets its loss back from a funded pool (EXT-GUARANTEE). */
import type { Message } from '../../../schemas/index.ts'
import { fromWire } from '../amount.ts'
import { hashOf, sameJson } from '../canonical.ts'
import { accept, type Outcome, refuse } from '../outcome.ts'
import { days, formatTime, parseTime } from '../time.ts'

export type GuaranteePolicy = Message<'extensions/guarantee/policy'>
export type Facts = Message<'extensions/guarantee/facts'>
export type ClaimDecision = Message<'extensions/guarantee/decision'>
export type ClaimStatus = Message<'extensions/guarantee/claim-status'>
type Reason = ClaimDecision['reasons'][number]

const least = (...values: readonly bigint[]): bigint => values.reduce((a, b) => (a < b ? a : b))

/** Loss that is left: the payment less what came back, never below nothing. */
export const lossOf = ({ paymentAmount, refunded, recovered }: Facts): bigint => {
  const loss = BigInt(paymentAmount.value) - BigInt(refunded.value) - BigInt(recovered.value)
  return loss > 0n ? loss : 0n
}

const within = (from: string, to: string, most: number): boolean => {
  const [start, end] = [parseTime(from), parseTime(to)]
  return start !== undefined && end !== undefined && end >= start && end <= start + days(most)
}

const maxFor = (policy: GuaranteePolicy, { paymentAmount }: Facts): bigint | undefined => {
  const max = policy.payoutMax.find(({ currency }) => currency === paymentAmount.currency)
  return max && BigInt(max.value)
}

const oneCurrency = ({ paymentAmount, refunded, recovered, claimed }: Facts): boolean =>
  [refunded, recovered, claimed].every(({ currency }) => currency === paymentAmount.currency)

/** What speaks against a claim, in the order of the specification (EXT-GUARANTEE-1 to 5). */
const objections: readonly (readonly [Reason, (policy: GuaranteePolicy, facts: Facts) => boolean])[] = [
  ['not-agent-initiated', (_, { agentInitiated }) => !agentInitiated],
  ['cause-not-covered', (_, { cause }) => cause !== 'account-takeover'],
  ['submitted-late', (policy, { paidAt, submittedAt }) => !within(paidAt, submittedAt, policy.submitWithinDays)],
  ['reported-late', (policy, { paidAt, reportedAt }) => !within(paidAt, reportedAt, policy.reportWithinDays)],
  ['linked-parties', (_, { linked }) => linked],
  ['user-confirmed', (_, { userConfirmed }) => userConfirmed],
  ['gate-ignored', (_, { gate }) => gate === 'deny' || gate === 'escalate'],
  ['key-not-revoked', (_, { keyRevoked }) => !keyRevoked],
  ['evidence-missing', (_, { evidence }) => evidence.length === 0],
  ['currency-not-covered', (policy, facts) => maxFor(policy, facts) === undefined || !oneCurrency(facts)],
  ['no-loss-left', (_, facts) => least(lossOf(facts), BigInt(facts.claimed.value)) === 0n],
]

/** Decides a claim from its facts alone, so that whoever has them comes to the same (EXT-GUARANTEE-6). */
export const decideClaim = (policy: GuaranteePolicy, facts: Facts): ClaimDecision => {
  const reasons = objections.filter(([, speaks]) => speaks(policy, facts)).map(([reason]) => reason)
  const approved = reasons.length === 0
  const payout = approved ? least(BigInt(facts.claimed.value), lossOf(facts), maxFor(policy, facts) ?? 0n) : 0n
  return {
    ...{ policyDigest: hashOf(policy), facts, outcome: approved ? 'approved' : 'rejected' },
    payout: { currency: facts.paymentAmount.currency, value: payout.toString() },
    reasons,
  }
}

/** Whether a decision is what this policy decides on its facts. */
export const isClaimDecision = (decision: ClaimDecision, policy: GuaranteePolicy): boolean =>
  sameJson(decideClaim(policy, decision.facts), decision)

/** A claim on its way. Times are epoch seconds; `since`: when it came to its status. */
export type Claim = {
  readonly facts: Facts
  readonly status: ClaimStatus
  readonly since: number
  readonly appealed: boolean
  readonly decision?: ClaimDecision
  readonly paid?: bigint
}

/** The pool of one currency and every claim by payment. `balance` is what is in the pool, `granted` what it owes. */
export type Guarantee = {
  readonly currency: string
  readonly balance: bigint
  readonly claims: ReadonlyMap<string, Claim>
}

/** What can happen to the guarantee. */
export type Step =
  | { readonly kind: 'fund'; readonly value: bigint }
  | { readonly kind: 'submit'; readonly facts: Facts }
  | { readonly kind: 'review'; readonly paymentId: string }
  | { readonly kind: 'decide'; readonly paymentId: string }
  | { readonly kind: 'appeal'; readonly paymentId: string; readonly facts: Facts }
  | { readonly kind: 'refunded' | 'recovered'; readonly paymentId: string; readonly value: bigint }
  | { readonly kind: 'pay'; readonly paymentId: string }

const withClaim = (guarantee: Guarantee, paymentId: string, claim: Claim): Guarantee => ({
  ...guarantee,
  claims: new Map(guarantee.claims).set(paymentId, claim),
})

/** One claim for one payment, whoever asks (EXT-GUARANTEE-7). */
const submit = (guarantee: Guarantee, facts: Facts, now: number): Outcome<Guarantee> => {
  if (guarantee.claims.has(facts.paymentId)) return refuse('claim-duplicate')
  if (facts.paymentAmount.currency !== guarantee.currency || !oneCurrency(facts)) return refuse('claim-not-covered')
  if (BigInt(facts.claimed.value) > lossOf(facts)) return refuse('claim-exceeds-loss')
  const stamped = { ...facts, submittedAt: formatTime(now) }
  return accept(
    withClaim(guarantee, facts.paymentId, { facts: stamped, status: 'submitted', since: now, appealed: false }),
  )
}

/** Money that comes back: before payment it lessens the loss, after it whatever exceeds the loss goes to the pool. */
const comesBack = (guarantee: Guarantee, claim: Claim, step: Extract<Step, { value: bigint; paymentId: string }>) => {
  const before = lossOf(claim.facts)
  const value = least(step.value, before)
  const member = claim.facts[step.kind]
  const facts = {
    ...claim.facts,
    [step.kind]: { ...member, value: (fromWire(member).value + value).toString() },
  }
  const left = before - value
  const paid = claim.paid ?? 0n
  const back = paid > left ? paid - left : 0n
  const kept = claim.paid === undefined ? {} : { paid: paid - back }
  return withClaim({ ...guarantee, balance: guarantee.balance + back }, step.paymentId, { ...claim, facts, ...kept })
}

/** Pays an approved claim once: what was granted, or the loss that is left where that is less (EXT-GUARANTEE-8 to 10). */
const pay = (guarantee: Guarantee, claim: Claim, now: number): Outcome<Guarantee> => {
  if (claim.status !== 'approved' || !claim.decision) return refuse('claim-state-invalid')
  const payout = least(BigInt(claim.decision.payout.value), lossOf(claim.facts))
  if (payout > guarantee.balance) return refuse('pool-insufficient')
  const paid: Claim = { ...claim, status: 'paid', since: now, paid: payout }
  return accept(withClaim({ ...guarantee, balance: guarantee.balance - payout }, claim.facts.paymentId, paid))
}

/** Takes one step at a moment (epoch seconds), or refuses and leaves everything as it was. */
export const stepGuarantee = (
  policy: GuaranteePolicy,
  guarantee: Guarantee,
  step: Step,
  now: number,
): Outcome<Guarantee> => {
  if (step.kind === 'fund') return accept({ ...guarantee, balance: guarantee.balance + step.value })
  if (step.kind === 'submit') return submit(guarantee, step.facts, now)
  const claim = guarantee.claims.get(step.paymentId)
  if (!claim) return refuse('claim-state-invalid')
  const to = (status: ClaimStatus, change: Partial<Claim> = {}) =>
    accept(withClaim(guarantee, step.paymentId, { ...claim, status, since: now, ...change }))
  switch (step.kind) {
    case 'review':
      return claim.status === 'submitted' ? to('under-review') : refuse('claim-state-invalid')
    case 'decide': {
      if (claim.status !== 'under-review') return refuse('claim-state-invalid')
      const decision = decideClaim(policy, claim.facts)
      return to(decision.outcome, { decision })
    }
    case 'appeal': {
      if (claim.status !== 'rejected' || claim.appealed) return refuse('claim-state-invalid')
      if (now > claim.since + days(policy.appealWithinDays)) return refuse('claim-late')
      /** An appeal brings evidence and what it shows; who, what and how much stay as they were. */
      const { evidence, keyRevoked, reportedAt, userConfirmed } = step.facts
      return to('under-review', {
        appealed: true,
        facts: { ...claim.facts, evidence, keyRevoked, reportedAt, userConfirmed },
      })
    }
    case 'refunded':
    case 'recovered':
      return accept(comesBack(guarantee, claim, step))
    case 'pay':
      return pay(guarantee, claim, now)
  }
}

/** What is in the pool, what it owes for approved claims, and claims whose decision is overdue. */
export const solvencyOf = (policy: GuaranteePolicy, guarantee: Guarantee, now: number) => {
  const claims = [...guarantee.claims.values()]
  const owed = claims
    .filter(({ status }) => status === 'approved')
    .reduce((sum, { decision, facts }) => sum + least(BigInt(decision?.payout.value ?? 0), lossOf(facts)), 0n)
  const overdue = claims
    .filter(
      ({ status, since }) =>
        ['submitted', 'under-review'].includes(status) && now > since + days(policy.decideWithinDays),
    )
    .map(({ facts }) => facts.claimId)
  return { balance: guarantee.balance, owed, solvent: guarantee.balance >= owed, overdue }
}
