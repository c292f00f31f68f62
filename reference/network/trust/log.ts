/** The evidence log in SQL: entries linked by hash over a tree kept as it grows, its head signed (EXT-EVIDENCE-1 to 6). */
import { canonicalJson, type Message } from '../../../schemas/index.ts'
import { enforces, formatTime, sha256, type World } from '../../core/index.ts'
import {
  commitmentOf,
  type Entry,
  type EvidenceRecord,
  leafOf,
  linkTo,
  signHead,
} from '../../core/trust/evidence-log.ts'
import {
  consistencyRecipe,
  grow,
  inclusionRecipe,
  nameOf,
  type Peaks,
  proofOf,
  type Recipe,
  rootOfPeaks,
  type TreeNode,
} from '../../core/trust/tree.ts'
import type { PartyKey } from '../../http/operation.ts'
import type { NetworkDatabase } from '../records.ts'

export type Item = { readonly kind: Entry['kind']; readonly content: string }

/** Longest content an entry keeps; of a longer one its digest is kept. */
const contentMax = 65_536

const contentOf = (content: string): string =>
  content.length <= contentMax ? content : canonicalJson({ digest: sha256(content) })

/** The row every appending transaction takes last of all but the outbox: whoever holds it is alone at the end of the log. */
const lockHead = (transaction: NetworkDatabase) =>
  transaction
    .updateTable('network_log_head')
    .set(({ ref }) => ({ size: ref('size') }))
    .where('id', '=', 1n)
    .returningAll()
    .executeTakeFirstOrThrow()

const saltOf = (world: World): string => (enforces(world, 'EXT-EVIDENCE-6') ? world.nonce() : 'A'.repeat(22))

/** Appends what belongs to one subject, in the transaction of what it records (EXT-EVIDENCE-1). */
export const record = async (
  transaction: NetworkDatabase,
  world: World,
  subject: string,
  items: readonly Item[],
): Promise<void> => {
  const wanted = items.filter(({ kind }) => enforces(world, `EXT-EVIDENCE-1:${kind}`))
  if (wanted.length === 0) return
  const head = await lockHead(transaction)
  let peaks: Peaks = JSON.parse(head.peaks)
  let size = Number(head.size)
  let link = head.link
  const made: TreeNode[] = []
  const rows = wanted.map(({ kind, content: whole }) => {
    const [salt, content] = [saltOf(world), contentOf(whole)]
    const previous = enforces(world, 'EXT-EVIDENCE-2') ? link : sha256('')
    const commitment = commitmentOf(salt, content)
    const entry: Entry = { position: size, at: formatTime(world.now()), kind, subject, commitment, previous }
    const grown = grow(peaks, size, leafOf(entry))
    made.push(...grown.made)
    peaks = grown.peaks
    link = linkTo(entry)
    size += 1
    return { position: BigInt(entry.position), subject, entry: canonicalJson(entry), salt, content }
  })
  await transaction.insertInto('network_log').values(rows).execute()
  await transaction
    .insertInto('network_log_nodes')
    .values(made.map(({ level, index, hash }) => ({ height: BigInt(level), place: BigInt(index), hash })))
    .execute()
  await transaction
    .updateTable('network_log_head')
    .set({ size: BigInt(size), link, peaks: JSON.stringify(peaks) })
    .where('id', '=', 1n)
    .execute()
}

/** The hashes recipes are made of, one query for each height. */
const nodesFor = async (
  database: NetworkDatabase,
  recipes: readonly Recipe[],
): Promise<ReadonlyMap<string, string>> => {
  const wanted = new Map<number, Set<number>>()
  for (const { level, index } of recipes.flat(2)) wanted.set(level, (wanted.get(level) ?? new Set()).add(index))
  const nodes = new Map<string, string>()
  for (const [level, indices] of wanted) {
    const rows = await database
      .selectFrom('network_log_nodes')
      .select(['place', 'hash'])
      .where('height', '=', BigInt(level))
      .where('place', 'in', [...indices].map(BigInt))
      .execute()
    for (const { place, hash } of rows) nodes.set(nameOf({ level, index: Number(place) }), hash)
  }
  return nodes
}

/** The log as it stands: its size and its head, signed. */
export const signedHead = async (
  database: NetworkDatabase,
  { world, key }: { readonly world: World; readonly key: PartyKey },
): Promise<{ readonly size: number; readonly treeHead: string }> => {
  const head = await database.selectFrom('network_log_head').selectAll().executeTakeFirstOrThrow()
  const size = Number(head.size)
  const root = rootOfPeaks(enforces(world, 'EXT-EVIDENCE-3') ? JSON.parse(head.peaks) : [], sha256(''))
  const claims = { iss: key.id, iat: world.now(), size, root }
  return { size, treeHead: await signHead(claims, { kid: key.publicJwk.kid, privateKey: key.privateKey }) }
}

/** The proof that a log of a size begins with that of a smaller one (EXT-EVIDENCE-4). */
export const consistencyIn = async (database: NetworkDatabase, first: number, size: number): Promise<string[]> => {
  const recipe = consistencyRecipe(first, size)
  return proofOf(recipe, await nodesFor(database, [recipe]))
}

/** Records of a subject with their proofs against the log of a size (EXT-EVIDENCE-8, 9). */
export const recordsAbout = async (
  database: NetworkDatabase,
  subject: string,
  size: number,
): Promise<EvidenceRecord[]> => {
  const rows = await database
    .selectFrom('network_log')
    .selectAll()
    .where('subject', '=', subject)
    .where('position', '<', BigInt(size))
    .orderBy('position')
    .limit(1000)
    .execute()
  const recipes = rows.map(({ position }) => inclusionRecipe(Number(position), size))
  const nodes = await nodesFor(database, recipes)
  return rows.map(({ entry, salt, content }, index) => ({
    entry: JSON.parse(entry) as Message<'extensions/evidence/entry'>,
    inclusion: proofOf(recipes[index] ?? [], nodes),
    ...(salt === null ? {} : { salt }),
    ...(content === null ? {} : { content }),
  }))
}

/** Commitments of what is still there about a subject, claim decisions left out: what a decision can rest on. */
export const commitmentsAbout = async (database: NetworkDatabase, subject: string): Promise<string[]> => {
  const rows = await database
    .selectFrom('network_log')
    .select('entry')
    .where('subject', '=', subject)
    .where('content', 'is not', null)
    .orderBy('position')
    .limit(200)
    .execute()
  return rows
    .map(({ entry }) => JSON.parse(entry) as Entry)
    .filter(({ kind }) => kind !== 'claim-decision')
    .map(({ commitment }) => commitment)
    .slice(0, 100)
}

/** Keeps a policy under its digest, for those who decide anew by it (EXT-EVIDENCE-11). */
export const keepPolicy = async (transaction: NetworkDatabase, digest: string, policy: object): Promise<void> => {
  await transaction
    .insertInto('network_policies')
    .values({ digest, policy: JSON.stringify(policy) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
