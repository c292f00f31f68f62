/** Tenants of a gateway: whose hosts it answers for, how, and which messages each of them takes. */
import type { Refusal } from '../reference/core/outcome.ts'
import type { Message } from '../schemas/index.ts'
import type { BridgeResult, Draft, Settings } from './adapter.ts'
import { amountOfMajor } from './currency.ts'

/** What a tenant asks beyond what every adapter asks. Every member narrows. */
export type Policy = {
  /** Largest amount a draft may ask for, in major units by currency; a currency that is not listed is refused. */
  readonly amountMax?: Readonly<Record<string, string>>
  /** Agents that are taken, by the id their identity has; all if left out. */
  readonly agents?: readonly string[]
  /** Kinds of evidence that have to be `verified` wherever something is proposed. */
  readonly evidence?: readonly string[]
}

/** Whom the gateway works for. `shadow` translates and reports, and changes nothing. */
export type Tenant = {
  readonly name: string
  /** Origins, `https://merchant.example`: what agents sign as authority. */
  readonly origins: readonly string[]
  readonly settings: Settings
  readonly mode: 'live' | 'shadow'
  /** Protocols that are taken; all if left out. */
  readonly protocols?: readonly string[]
  readonly policy?: Policy
}

/** Origins as they are addressed: an operator names few, and every request asks. */
const addressed = new Map<string, URL>()

const addressOf = (origin: string): URL => {
  const url = addressed.get(origin) ?? new URL(origin)
  addressed.set(origin, url)
  return url
}

/** The tenant whose host a request names, with the origin it is addressed by. */
export const tenantOf = (
  tenants: readonly Tenant[],
  host: string | undefined,
): { readonly tenant: Tenant; readonly origin: string } | undefined => {
  const wanted = host?.toLowerCase()
  for (const tenant of tenants) {
    const origin = tenant.origins.find((known) => addressOf(known).host === wanted)
    if (origin !== undefined) return { tenant, origin: addressOf(origin).origin }
  }
  return undefined
}

type Amount = Message<'common/amount'>

const amountOf = (draft: Draft): Amount =>
  draft.mode === 'IMMEDIATE' ? draft.checkout.total_amount : draft.intent.constraints.budget_amount

const exceeds = ({ currency, value }: Amount, max: Readonly<Record<string, string>>): boolean => {
  const limit = Object.hasOwn(max, currency) ? amountOfMajor(max[currency] ?? '', currency, '') : undefined
  return !limit?.ok || BigInt(value) > BigInt(limit.value.value)
}

/** Why a tenant does not take a translation, or nothing. */
export const judge = (
  { identity, evidence, draft }: Extract<BridgeResult, { outcome: 'translated' }>,
  policy: Policy = {},
): Refusal | undefined => {
  if (policy.agents && !policy.agents.includes(identity.agent.id))
    return { code: 'foreign-agent-unknown', detail: 'this merchant does not take the agent' }
  if (!draft) return undefined
  const missing = policy.evidence?.find(
    (wanted) => !evidence.some(({ kind, status }) => kind === wanted && status === 'verified'),
  )
  if (missing !== undefined)
    return { code: 'foreign-fields-missing', detail: `this merchant wants verified evidence: ${missing}` }
  if (policy.amountMax && exceeds(amountOf(draft), policy.amountMax))
    return { code: 'amount-out-of-range', detail: 'this merchant takes no agent for this amount' }
  return undefined
}
