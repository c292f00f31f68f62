/** The evidence log: entries that commit to what they record, linked by hash, anchored in a tree with a signed head (EXT-EVIDENCE). */
import type { CryptoKey, JWK } from 'jose'
import { canonicalJson, isMessage, type Message } from '../../../schemas/index.ts'
import { hashOf, sha256 } from '../canonical.ts'
import { accept, type Outcome, refuse } from '../outcome.ts'
import { formatTime } from '../time.ts'
import { inclusionProof, leafHash, rootOf } from './merkle.ts'
import { readJson, signJson } from './statement.ts'

export type Entry = Message<'extensions/evidence/entry'>
export type EvidenceRecord = Message<'extensions/evidence/record'>
export type Bundle = Message<'extensions/evidence/bundle'>
export type TreeHead = Message<'extensions/evidence/tree-head-claims'>

/** One thing on record. Without `salt` and `content` it was deleted: its entry and every proof remain. */
export type Kept = { readonly entry: Entry; readonly salt?: string; readonly content?: string }

const treeHeadType = 'amp-tree-head+jwt'

/** What an entry commits to: without the salt nobody can try contents until one fits (EXT-EVIDENCE-7). */
export const commitmentOf = (salt: string, content: string): string => hashOf([salt, content])

/** Hash that the next entry names. */
export const linkTo = (entry: Entry | undefined): string => (entry ? hashOf(entry) : sha256(''))

/** The leaf of an entry. */
export const leafOf = (entry: Entry): string => leafHash(canonicalJson(entry))

/** A log with one more thing on record. */
export const append = (
  log: readonly Kept[],
  { kind, subject, content }: { readonly kind: Entry['kind']; readonly subject: string; readonly content: string },
  { at, salt }: { readonly at: number; readonly salt: string },
): readonly Kept[] => {
  const previous = linkTo(log.at(-1)?.entry)
  const entry = {
    position: log.length,
    at: formatTime(at),
    kind,
    subject,
    commitment: commitmentOf(salt, content),
    previous,
  }
  return [...log, { entry, salt, content }]
}

/** A log in which one content is gone for good (EXT-EVIDENCE-8). */
export const forget = (log: readonly Kept[], position: number): readonly Kept[] =>
  log.map((kept) => (kept.entry.position === position ? { entry: kept.entry } : kept))

/** The head of a log at a moment. */
export const headOf = (log: readonly Kept[], iss: string, iat: number): TreeHead => ({
  ...{ iss, iat, size: log.length },
  root: rootOf(log.map(({ entry }) => leafOf(entry))),
})

export const signHead = (
  head: TreeHead,
  signer: { readonly kid: string; readonly privateKey: CryptoKey },
): Promise<string> => signJson(treeHeadType, head, signer)

/** Claims of a tree head that one of these keys signed. Refuses `evidence-invalid`. */
export const verifyHead = async (jws: string, keys: { readonly keys: readonly JWK[] }): Promise<Outcome<TreeHead>> => {
  const head = await readJson(treeHeadType, jws, keys)
  return isMessage('extensions/evidence/tree-head-claims', head)
    ? accept(head)
    : refuse('evidence-invalid', { field: '/treeHead' })
}

/** The records of a subject with their proofs against the whole log. */
export const recordsOf = (log: readonly Kept[], subject: string): EvidenceRecord[] => {
  const leaves = log.map(({ entry }) => leafOf(entry))
  return log
    .filter(({ entry }) => entry.subject === subject)
    .map((kept) => ({ ...kept, inclusion: [...inclusionProof(leaves, kept.entry.position)] }))
}
