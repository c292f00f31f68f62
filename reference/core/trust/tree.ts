/** A Merkle tree kept as it grows: what a new leaf completes, and which kept nodes a root or a proof is made of (RFC 9162). */
import { nodeHash, split } from './merkle.ts'

/** A whole subtree: 2^level leaves, the index-th of its level. */
export type Place = { readonly level: number; readonly index: number }
export type TreeNode = Place & { readonly hash: string }

/** The whole subtrees that make up a tree, from left to right: as few as its size has bits. */
export type Peaks = readonly { readonly level: number; readonly hash: string }[]

/** Leaves from one position up to another. */
type Range = readonly [from: number, to: number]

/** A tree with one more leaf: its peaks, and every node that came to be with it. */
export const grow = (
  peaks: Peaks,
  size: number,
  leaf: string,
): { readonly peaks: Peaks; readonly made: TreeNode[] } => {
  const made: TreeNode[] = [{ level: 0, index: size, hash: leaf }]
  const rest = [...peaks]
  let top = { level: 0, hash: leaf }
  for (let last = rest.at(-1); last?.level === top.level; last = rest.at(-1)) {
    rest.pop()
    top = { level: top.level + 1, hash: nodeHash(last.hash, top.hash) }
    made.push({ ...top, index: Math.floor(size / 2 ** top.level) })
  }
  return { peaks: [...rest, top], made }
}

/** Root over whole subtrees from left to right; `undefined` where there are none. */
const fold = (hashes: readonly string[]): string | undefined =>
  hashes.length === 0 ? undefined : hashes.reduceRight((right, left) => nodeHash(left, right))

/** Root of a tree by its peaks; that of no leaves is given. */
export const rootOfPeaks = (peaks: Peaks, empty: string): string => fold(peaks.map(({ hash }) => hash)) ?? empty

/** Whole subtrees that make up a range, from left to right. A range of RFC 9162 begins where its largest one may begin. */
const placesOf = ([from, to]: Range): Place[] => {
  const places: Place[] = []
  for (let at = from; at < to; ) {
    let level = 0
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= to) level += 1
    places.push({ level, index: at / 2 ** level })
    at += 2 ** level
  }
  return places
}

const besides = (index: number, [from, to]: Range): Range[] => {
  if (to - from <= 1) return []
  const middle = from + split(to - from)
  return index < middle
    ? [...besides(index, [from, middle]), [middle, to]]
    : [...besides(index, [middle, to]), [from, middle]]
}

const between = (first: number, [from, to]: Range, whole: boolean): Range[] => {
  if (first === to - from) return whole ? [] : [[from, to]]
  const half = split(to - from)
  return first <= half
    ? [...between(first, [from, from + half], whole), [from + half, to]]
    : [...between(first - half, [from + half, to], false), [from, from + half]]
}

/** What a proof is made of: for each of its hashes, the kept nodes that hash folds. */
export type Recipe = readonly (readonly Place[])[]

/** Inclusion of a leaf in the tree of a size (RFC 9162, 2.1.3.1). */
export const inclusionRecipe = (index: number, size: number): Recipe => besides(index, [0, size]).map(placesOf)

/** Consistency of the tree of the first leaves with that of a size (RFC 9162, 2.1.4.1). */
export const consistencyRecipe = (first: number, size: number): Recipe => between(first, [0, size], true).map(placesOf)

/** Name of a place among nodes that were looked up. */
export const nameOf = ({ level, index }: Place): string => `${level}/${index}`

/** The proof a recipe comes to. Throws where a node is missing: a tree that was kept has them all. */
export const proofOf = (recipe: Recipe, nodes: ReadonlyMap<string, string>): string[] =>
  recipe.map((places) => {
    const hashes = places.map((place) => nodes.get(nameOf(place)))
    const root = fold(hashes.filter((hash) => hash !== undefined))
    if (root === undefined || hashes.includes(undefined)) throw new Error('the tree lacks a node')
    return root
  })
