/** The gate: whether an agent goes on alone, is watched, has to ask its user, or stops (EXT-RATING-11 to 16). */
import type { Message } from '../../../schemas/index.ts'
import { hashOf, sameJson } from '../canonical.ts'

export type GatePolicy = Message<'extensions/rating/gate-policy'>
export type GateInput = Message<'extensions/rating/gate-input'>
export type GateDecision = Message<'extensions/rating/gate-decision'>
export type Disposition = Message<'extensions/rating/disposition'>

/** From the loosest to the strictest. */
const dispositions: readonly Disposition[] = ['auto-execute', 'observe', 'escalate', 'deny']
/** From the best to the worst. */
const tiers: readonly GateInput['tier'][] = ['L4', 'L3', 'L2', 'L1', 'L0']
const devices: readonly GateInput['device'][] = ['shows-and-proves', 'shows', 'cannot-show']
const runtimes: readonly GateInput['runtime'][] = ['attested', 'unattested', 'failed']

type When = GatePolicy['rules'][number]['when']

/** What a source of risk that gave no answer counts as: the worst there is (EXT-RATING-15). */
const unknownRisk = 1000

/** A policy made ready: positions instead of names, limits as integers, its digest. */
type Ready = {
  readonly digest: string
  readonly rules: readonly {
    readonly id: string
    readonly disposition: Disposition
    readonly when: When
    readonly above: bigint | undefined
    readonly tier: number
    readonly device: number
    readonly runtime: number
  }[]
}

const ready = new WeakMap<GatePolicy, Ready>()

const readyOf = (policy: GatePolicy): Ready => {
  const known = ready.get(policy)
  if (known) return known
  const position = <Step>(ladder: readonly Step[], step: Step | undefined) =>
    step === undefined ? 0 : ladder.indexOf(step)
  const rules = policy.rules.map(({ id, disposition, when }) => ({
    ...{ id, disposition, when },
    above: when.amountAbove && BigInt(when.amountAbove.value),
    tier: position(tiers, when.tierAtMost),
    device: position(devices, when.deviceAtMost),
    runtime: position(runtimes, when.runtimeAtMost),
  }))
  const made = { digest: hashOf(policy), rules }
  ready.set(policy, made)
  return made
}

/** Decides one payment: the strictest rule that matches wins, and every rule that matched is a reason. */
export const decideGate = (policy: GatePolicy, input: GateInput): GateDecision => {
  const { digest, rules } = readyOf(policy)
  const { mode, lowest, risk = unknownRisk } = input
  const { currency } = input.amount
  const value = BigInt(input.amount.value)
  const tier = tiers.indexOf(input.tier)
  const device = devices.indexOf(input.device)
  const runtime = runtimes.indexOf(input.runtime)
  /** Each condition is met by everything worse as well, so no policy can relax with a worse signal (EXT-RATING-12). */
  const matched: { readonly id: string; readonly disposition: Disposition }[] = rules.filter(
    (rule) =>
      (rule.when.mode === undefined || rule.when.mode === mode) &&
      tier >= rule.tier &&
      device >= rule.device &&
      runtime >= rule.runtime &&
      (rule.when.lowestBelow === undefined || lowest < rule.when.lowestBelow) &&
      (rule.when.riskAtLeast === undefined || risk >= rule.when.riskAtLeast) &&
      (rule.above === undefined || (currency === rule.when.amountAbove?.currency && value > rule.above)),
  )
  if (input.risk === undefined) matched.push({ id: 'risk-unavailable', disposition: 'escalate' })
  if (!policy.currencies.includes(currency)) matched.push({ id: 'currency-unlisted', disposition: 'escalate' })
  const strictness = ({ disposition }: { readonly disposition: Disposition }) => dispositions.indexOf(disposition)
  const ordered = [...matched].sort((a, b) => strictness(b) - strictness(a))
  return {
    policyDigest: digest,
    input,
    disposition: ordered[0]?.disposition ?? 'auto-execute',
    reasons: ordered.map(({ id }) => id),
  }
}

/** Whether a decision is what this policy decides on its input. */
export const isGateDecision = (decision: GateDecision, policy: GatePolicy): boolean =>
  sameJson(decideGate(policy, decision.input), decision)

/** How an escalation ends: with the user's answer in time, otherwise in a refusal (EXT-RATING-16). Epoch seconds. */
export const settleEscalation = (
  escalation: { readonly askedAt: number; readonly timeoutSeconds: number },
  now: number,
  answer?: { readonly at: number; readonly approved: boolean },
): 'waiting' | 'approved' | 'denied' => {
  const deadline = escalation.askedAt + escalation.timeoutSeconds
  if (answer && answer.at >= escalation.askedAt && answer.at < deadline) return answer.approved ? 'approved' : 'denied'
  return answer || now >= deadline ? 'denied' : 'waiting'
}
