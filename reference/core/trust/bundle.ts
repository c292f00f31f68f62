/** Verifies an evidence bundle offline: head, proofs, commitments, chain of layers, and every decision recomputed (EXT-EVIDENCE-9 to 12). */
import type { JWK } from 'jose'
import { isMessage, validate } from '../../../schemas/index.ts'
import { accept, type Outcome, refuse } from '../outcome.ts'
import { isSignedBy, linkOf, parseLayer } from '../sd-jwt.ts'
import { type Bundle, commitmentOf, type EvidenceRecord, leafOf, linkTo, verifyHead } from './evidence-log.ts'
import { isGateDecision } from './gate.ts'
import { isClaimDecision } from './guarantee.ts'
import { verifyInclusion } from './merkle.ts'
import { recompute, verifyStatement } from './statement.ts'

/** What was found: how many records, how many of them deleted, and what was recomputed. */
export type BundleReport = {
  readonly subject: string
  readonly treeSize: number
  readonly records: number
  readonly deleted: number
  readonly recomputed: readonly string[]
}

type Keys = { readonly keys: readonly JWK[] }

const invalid = (field: string, detail: string) => refuse('evidence-invalid', { field, detail })

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether a record is where it says, commits to what it holds, and follows the record before it. */
const whyNot = (
  record: EvidenceRecord,
  before: EvidenceRecord | undefined,
  head: { readonly size: number; readonly root: string },
  subject: string,
): string | undefined => {
  const { entry, inclusion, salt, content } = record
  if (entry.subject !== subject) return 'it is about something else'
  if (before && entry.position <= before.entry.position) return 'it stands out of order'
  if (before && entry.position === before.entry.position + 1 && entry.previous !== linkTo(before.entry))
    return 'it does not follow the entry before it'
  if (!verifyInclusion(leafOf(entry), entry.position, head.size, inclusion, head.root)) return 'it is not in the tree'
  if ((salt === undefined) !== (content === undefined)) return 'salt and content are kept or deleted together'
  if (salt !== undefined && content !== undefined && commitmentOf(salt, content) !== entry.commitment)
    return 'its content is not what was committed to'
  return undefined
}

/** Whether the layers follow each other: each signed by the key the one before names, each naming its hash. */
const chainHolds = async (layers: ReadonlyMap<string, string>, keys: Keys): Promise<boolean> => {
  let signers: readonly JWK[] = keys.keys
  let link: string | undefined
  for (const kind of ['identity', 'mandate', 'token-request']) {
    const serialized = layers.get(kind)
    if (serialized === undefined) continue
    const layer = parseLayer(serialized)
    const signer = signers.find(({ kid }) => kid === layer?.header.kid)
    if (!layer || !(await isSignedBy(layer, signer))) return false
    if (link !== undefined && layer.claims.sd_hash !== link) return false
    link = linkOf(serialized)
    const { jwk } = (layer.claims.cnf ?? {}) as { readonly jwk?: JWK }
    signers = jwk ? [jwk] : []
  }
  return true
}

/** Why a decision on record is not what its policy and inputs come to; nothing where it is. */
const whyNotRecomputed = async (
  kind: string,
  content: string,
  bundle: Bundle,
  keys: Keys,
): Promise<string | undefined> => {
  const { ratingPolicy, ratingEvents, gatePolicy, guaranteePolicy } = bundle
  if (kind === 'rating-statement') {
    const claims = await verifyStatement(content, keys)
    if (!claims.ok) return 'the rating statement does not verify'
    if (!ratingPolicy || !ratingEvents) return 'the rating comes without its policy and events'
    /** A statement rests on the events that were there when it was made; its chained hash says which. */
    const events = ratingEvents.slice(0, claims.value.evidence.count)
    return recompute(claims.value, ratingPolicy, events).ok ? undefined : 'the rating comes to something else'
  }
  const value = parse(content)
  if (kind === 'gate-decision') {
    if (!gatePolicy || !isMessage('extensions/rating/gate-decision', value))
      return 'the gate decision cannot be recomputed'
    return isGateDecision(value, gatePolicy) ? undefined : 'the gate comes to something else'
  }
  if (!guaranteePolicy || !isMessage('extensions/guarantee/decision', value))
    return 'the claim decision cannot be recomputed'
  return isClaimDecision(value, guaranteePolicy) ? undefined : 'the claim comes to something else'
}

const decisions: ReadonlySet<string> = new Set(['rating-statement', 'gate-decision', 'claim-decision'])
const layerKinds: ReadonlySet<string> = new Set(['identity', 'mandate', 'token-request'])

/**
 * Verifies a bundle against the keys of its network, those it carries itself unless others are given. Refuses
 * `evidence-invalid` with the member at fault.
 */
export const verifyBundle = async (value: unknown, keys?: Keys): Promise<Outcome<BundleReport>> => {
  const [reason] = validate('extensions/evidence/bundle', value)
  if (reason) return invalid(reason.path, reason.message)
  const bundle = value as Bundle
  const trusted: Keys = keys ?? (bundle.jwks as Keys)
  const head = await verifyHead(bundle.treeHead, trusted)
  if (!head.ok) return head
  const recomputed: string[] = []
  for (const [index, record] of bundle.records.entries()) {
    const why = whyNot(record, bundle.records[index - 1], head.value, bundle.subject)
    if (why) return invalid(`/records/${index}`, why)
    const { kind } = record.entry
    if (record.content === undefined || !decisions.has(kind)) continue
    const other = await whyNotRecomputed(kind, record.content, bundle, trusted)
    if (other) return invalid(`/records/${index}/content`, other)
    recomputed.push(kind)
  }
  const layers = bundle.records.flatMap(({ entry, content }): [string, string][] =>
    content !== undefined && layerKinds.has(entry.kind) ? [[entry.kind, content]] : [],
  )
  const gap = bundle.records.some(({ entry, content }) => layerKinds.has(entry.kind) && content === undefined)
  if (!gap && !(await chainHolds(new Map(layers), trusted)))
    return invalid('/records', 'the layers do not follow each other')
  return accept({
    ...{ subject: bundle.subject, treeSize: head.value.size, records: bundle.records.length, recomputed },
    deleted: bundle.records.filter(({ content }) => content === undefined).length,
  })
}
