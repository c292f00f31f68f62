/** The suite's own reading of evidence: heads, proofs, commitments and decisions, written apart from any implementation. */
import { createHash } from 'node:crypto'
import { compactVerify, importJWK, type JWK } from 'jose'
import { canonicalJson, isMessage, type Message } from '../schemas/index.ts'
import { epochOf } from './assurance.ts'
import { leafHash, rootFrom } from './certificate/merkle.ts'
import { signCompact } from './jws.ts'
import type { Party } from './parties.ts'
import { rateAnew } from './rating.ts'

export type Bundle = Message<'extensions/evidence/bundle'>
type Record = Bundle['records'][number]
type Head = Message<'extensions/evidence/tree-head-claims'>
type Policy = Message<'extensions/guarantee/policy'>
type Decision = Message<'extensions/guarantee/decision'>
type Keys = { readonly keys: readonly JWK[] }

const digestOf = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('base64url')
const bytes = (hash: string): Buffer => Buffer.from(hash, 'base64url')

/** Claims of a compact JWS of a type that one of these keys signed; nothing where anything is amiss. */
export const claimsOf = async (jws: string, typ: string, { keys }: Keys): Promise<unknown> => {
  const verified = await compactVerify(jws, async ({ kid }) => {
    const jwk = keys.find((key) => key.kid === kid)
    if (!jwk) throw new Error('no such key')
    return importJWK(jwk, 'ES256')
  }).catch(() => undefined)
  if (verified?.protectedHeader.typ !== typ || verified.protectedHeader.alg !== 'ES256') return undefined
  return JSON.parse(Buffer.from(verified.payload).toString('utf8'))
}

/** A head as the suite's own network signs it. */
export const signHead = async ({ jwk, privateKey }: Party, head: Head): Promise<string> =>
  signCompact({ alg: 'ES256', kid: jwk.kid, typ: 'amp-tree-head+jwt' }, canonicalJson(head), privateKey)

/** A head these keys signed. */
export const readHead = async (jws: string, keys: Keys): Promise<Head | undefined> => {
  const head = await claimsOf(jws, 'amp-tree-head+jwt', keys)
  return isMessage('extensions/evidence/tree-head-claims', head) ? head : undefined
}

const join = (left: Buffer, right: Buffer): Buffer =>
  createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest()

/** Both roots a consistency proof leads to, from the outermost hash inwards (RFC 9162, 2.1.4). */
const rootsBy = (
  first: number,
  size: number,
  proof: readonly Buffer[],
  known: Buffer | undefined,
): readonly [Buffer, Buffer] | undefined => {
  const last = proof.at(-1)
  if (first === size) {
    if (known) return proof.length === 0 ? [known, known] : undefined
    return last && proof.length === 1 ? [last, last] : undefined
  }
  if (!last) return undefined
  const half = 2 ** Math.ceil(Math.log2(size) - 1)
  const rest = proof.slice(0, -1)
  if (first <= half) {
    const inner = rootsBy(first, half, rest, known)
    return inner && [inner[0], join(inner[1], last)]
  }
  const inner = rootsBy(first - half, size - half, rest, undefined)
  return inner && [join(last, inner[0]), join(last, inner[1])]
}

/** Whether the log of the second head begins with that of the first. */
export const isConsistent = (first: Head, second: Head, proof: readonly string[]): boolean => {
  if (first.size > second.size) return false
  const roots = rootsBy(first.size, second.size, proof.map(bytes), bytes(first.root))
  return roots?.[0].equals(bytes(first.root)) === true && roots[1].equals(bytes(second.root))
}

/** Why a record is not what it says; nothing where it is. */
const whyNot = ({ entry, inclusion, salt, content }: Record, before: Record | undefined, head: Head) => {
  const follows = before?.entry.position === entry.position - 1
  if (follows && entry.previous !== digestOf(before?.entry)) return 'an entry does not follow the one before it'
  const root = rootFrom(leafHash(canonicalJson(entry)), entry.position, head.size, inclusion.map(bytes))
  if (!root.equals(bytes(head.root))) return 'an entry is not in the tree'
  if ((salt === undefined) !== (content === undefined)) return 'salt and content are not kept and deleted together'
  if (salt !== undefined && digestOf([salt, content]) !== entry.commitment)
    return 'a content is not what was committed to'
  return undefined
}

const later = (from: string, to: string, most: number): boolean =>
  epochOf(to) < epochOf(from) || epochOf(to) > epochOf(from) + most * 86_400

/** What a policy makes of facts, reason by reason in the order of the specification (EXT-GUARANTEE-1 to 5). */
export const decideAnew = (policy: Policy, facts: Decision['facts']): Omit<Decision, 'facts'> => {
  const { paymentAmount, refunded, recovered, claimed } = facts
  const { currency } = paymentAmount
  const left = BigInt(paymentAmount.value) - BigInt(refunded.value) - BigInt(recovered.value)
  const loss = left > 0n ? left : 0n
  const max = policy.payoutMax.find((one) => one.currency === currency)
  const reasons: Decision['reasons'] = []
  const object = (reason: Decision['reasons'][number], speaks: boolean): void => void (speaks && reasons.push(reason))
  object('not-agent-initiated', !facts.agentInitiated)
  object('cause-not-covered', facts.cause !== 'account-takeover')
  object('submitted-late', later(facts.paidAt, facts.submittedAt, policy.submitWithinDays))
  object('reported-late', later(facts.paidAt, facts.reportedAt, policy.reportWithinDays))
  object('linked-parties', facts.linked)
  object('user-confirmed', facts.userConfirmed)
  object('gate-ignored', facts.gate === 'deny' || facts.gate === 'escalate')
  object('key-not-revoked', !facts.keyRevoked)
  object('evidence-missing', facts.evidence.length === 0)
  object('currency-not-covered', !max || [refunded, recovered, claimed].some((one) => one.currency !== currency))
  object('no-loss-left', loss === 0n || BigInt(claimed.value) === 0n)
  const bounds = [BigInt(claimed.value), loss, BigInt(max?.value ?? 0)]
  const payout = reasons.length > 0 ? 0n : bounds.reduce((least, one) => (one < least ? one : least))
  return {
    policyDigest: digestOf(policy),
    outcome: reasons.length > 0 ? 'rejected' : 'approved',
    payout: { currency, value: String(payout) },
    reasons,
  }
}

const ladders = {
  tier: ['L4', 'L3', 'L2', 'L1', 'L0'],
  device: ['shows-and-proves', 'shows', 'cannot-show'],
  runtime: ['attested', 'unattested', 'failed'],
  disposition: ['auto-execute', 'observe', 'escalate', 'deny'],
} as const

/** What a gate policy decides on an input (EXT-RATING-11, 14, 15). */
const gateAnew = (policy: NonNullable<Bundle['gatePolicy']>, input: Message<'extensions/rating/gate-input'>) => {
  const atMost = (ladder: readonly string[], step: string, bound: string | undefined): boolean =>
    bound === undefined || ladder.indexOf(step) >= ladder.indexOf(bound)
  const risk = input.risk ?? 1000
  const said = policy.rules.filter(({ when }) => {
    const { amountAbove: above } = when
    return (
      (when.mode ?? input.mode) === input.mode &&
      atMost(ladders.tier, input.tier, when.tierAtMost) &&
      atMost(ladders.device, input.device, when.deviceAtMost) &&
      atMost(ladders.runtime, input.runtime, when.runtimeAtMost) &&
      input.lowest < (when.lowestBelow ?? 1001) &&
      risk >= (when.riskAtLeast ?? 0) &&
      (!above || (above.currency === input.amount.currency && BigInt(input.amount.value) > BigInt(above.value)))
    )
  })
  const reasons: { id: string; disposition: Message<'extensions/rating/disposition'> }[] = said.map(
    ({ id, disposition }) => ({ id, disposition }),
  )
  if (input.risk === undefined) reasons.push({ id: 'risk-unavailable', disposition: 'escalate' })
  if (!policy.currencies.includes(input.amount.currency))
    reasons.push({ id: 'currency-unlisted', disposition: 'escalate' })
  const strictness = ({ disposition }: (typeof reasons)[number]): number => ladders.disposition.indexOf(disposition)
  reasons.sort((one, other) => strictness(other) - strictness(one))
  return {
    policyDigest: digestOf(policy),
    disposition: reasons[0]?.disposition ?? 'auto-execute',
    reasons: reasons.map(({ id }) => id),
  }
}

/** Why a decision is not what the bundle makes of it; nothing where it is. */
const whyNotDecided = async ({ entry, content }: Record, bundle: Bundle, keys: Keys): Promise<string | undefined> => {
  if (content === undefined) return undefined
  const { ratingPolicy, ratingEvents, gatePolicy, guaranteePolicy } = bundle
  const same = (own: object, told: object): boolean => canonicalJson(own) === canonicalJson(told)
  if (entry.kind === 'rating-statement') {
    const claims = (await claimsOf(content, 'amp-rating+jwt', keys)) as
      | Message<'extensions/rating/statement-claims'>
      | undefined
    if (!claims || !ratingPolicy || !ratingEvents) return 'a rating comes without its signature, policy or events'
    const { iss: _iss, sub: _sub, iat, registered_at, ...numbers } = claims
    const own = rateAnew(ratingPolicy, ratingEvents.slice(0, claims.evidence.count), { iat, registered_at })
    return same(own, numbers) ? undefined : 'a rating comes to something else'
  }
  if (entry.kind === 'gate-decision') {
    const { input, ...told }: Message<'extensions/rating/gate-decision'> = JSON.parse(content)
    return gatePolicy && same(gateAnew(gatePolicy, input), told) ? undefined : 'a gate decision comes to something else'
  }
  if (entry.kind === 'claim-decision') {
    const { facts, ...told }: Decision = JSON.parse(content)
    return guaranteePolicy && same(decideAnew(guaranteePolicy, facts), told)
      ? undefined
      : 'a claim decision comes to something else'
  }
  return undefined
}

/** Why a bundle does not hold, from the bundle and the keys of its network alone; nothing where it does (EXT-EVIDENCE-2, 3, 9, 11). */
export const whyNoBundle = async (bundle: Bundle, keys: Keys): Promise<string | undefined> => {
  const head = await readHead(bundle.treeHead, keys)
  if (!head) return 'its head is not signed by the network'
  for (const [index, record] of bundle.records.entries()) {
    if (record.entry.subject !== bundle.subject) return 'an entry is about something else'
    const why = whyNot(record, bundle.records[index - 1], head) ?? (await whyNotDecided(record, bundle, keys))
    if (why) return `record ${index}: ${why}`
  }
  return undefined
}
