/** Merkle trees as RFC 9162 section 2.1 hashes them: a root over leaves, and the path that shows one leaf is below it. */
import { createHash } from 'node:crypto'

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const leafMark = Uint8Array.of(0)
const nodeMark = Uint8Array.of(1)

/** Hash of one leaf. */
export const leafHash = (leaf: string): Buffer => sha256(leafMark, Buffer.from(leaf, 'utf8'))

const join = (left: Uint8Array, right: Uint8Array): Buffer => sha256(nodeMark, left, right)

/** The largest power of two below a count of at least two. */
const split = (count: number): number => 2 ** Math.ceil(Math.log2(count) - 1)

/** Root over hashes of leaves. */
export const rootOf = (hashes: readonly Buffer[]): Buffer => {
  const [only] = hashes
  if (hashes.length === 0) return sha256()
  if (hashes.length === 1 && only) return only
  const half = split(hashes.length)
  return join(rootOf(hashes.slice(0, half)), rootOf(hashes.slice(half)))
}

/** The neighbours on the way from one leaf to the root, lowest first. */
export const pathOf = (hashes: readonly Buffer[], index: number): readonly Buffer[] => {
  if (hashes.length <= 1) return []
  const half = split(hashes.length)
  const [left, right] = [hashes.slice(0, half), hashes.slice(half)]
  return index < half ? [...pathOf(left, index), rootOf(right)] : [...pathOf(right, index - half), rootOf(left)]
}

/** The root a leaf and its path lead to, in a tree of some size. */
export const rootFrom = (leaf: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer => {
  if (size <= 1) return leaf
  const half = split(size)
  const beside = path.at(-1)
  if (!beside) return leaf
  const rest = path.slice(0, -1)
  return index < half
    ? join(rootFrom(leaf, index, half, rest), beside)
    : join(beside, rootFrom(leaf, index - half, size - half, rest))
}
