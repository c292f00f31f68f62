/** Merkle trees of RFC 9162: roots, inclusion and consistency proofs, and their verification. Hashes are base64url SHA-256. */
import { createHash } from 'node:crypto'

const digest = (...parts: readonly Uint8Array[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('base64url')
}
const bytes = (hash: string): Uint8Array => Buffer.from(hash, 'base64url')

/** Hash of a leaf: 0x00 before its data, so that no node can pass for a leaf. */
export const leafHash = (data: string): string => digest(Uint8Array.of(0), Buffer.from(data, 'utf8'))

/** Hash of a node over its two children, 0x01 first. */
export const nodeHash = (left: string, right: string): string => digest(Uint8Array.of(1), bytes(left), bytes(right))

/** Largest power of two smaller than n (n > 1). */
export const split = (n: number): number => {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

/** Root over leaf hashes (RFC 9162, 2.1.1); that of no leaves is the hash of nothing. */
export const rootOf = (leaves: readonly string[]): string => {
  if (leaves.length <= 1) return leaves[0] ?? digest()
  const k = split(leaves.length)
  return nodeHash(rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)))
}

/** Proof that the leaf at an index is in the tree (RFC 9162, 2.1.3.1), from the leaf up. */
export const inclusionProof = (leaves: readonly string[], index: number): readonly string[] => {
  if (index < 0 || index >= leaves.length) throw new RangeError('there is no such leaf')
  if (leaves.length === 1) return []
  const k = split(leaves.length)
  return index < k
    ? [...inclusionProof(leaves.slice(0, k), index), rootOf(leaves.slice(k))]
    : [...inclusionProof(leaves.slice(k), index - k), rootOf(leaves.slice(0, k))]
}

const consistencyWithin = (leaves: readonly string[], first: number, whole: boolean): readonly string[] => {
  if (first === leaves.length) return whole ? [] : [rootOf(leaves)]
  const k = split(leaves.length)
  return first <= k
    ? [...consistencyWithin(leaves.slice(0, k), first, whole), rootOf(leaves.slice(k))]
    : [...consistencyWithin(leaves.slice(k), first - k, false), rootOf(leaves.slice(0, k))]
}

/** Proof that the tree of the first leaves is the beginning of this one (RFC 9162, 2.1.4.1). */
export const consistencyProof = (leaves: readonly string[], first: number): readonly string[] => {
  if (first < 1 || first > leaves.length) throw new RangeError('there is no such tree')
  return consistencyWithin(leaves, first, true)
}

const isOdd = (n: number): boolean => n % 2 === 1
const half = (n: number): number => Math.floor(n / 2)

/** Whether each hash is base64url in its one form, so that no bit of a proof can change unseen. */
const areExact = (hashes: readonly string[]): boolean =>
  hashes.every((hash) => Buffer.from(hash, 'base64url').toString('base64url') === hash)

/** Whether a leaf is in the tree of this size and root (RFC 9162, 2.1.3.2). */
export const verifyInclusion = (
  leaf: string,
  index: number,
  size: number,
  proof: readonly string[],
  root: string,
): boolean => {
  if (index < 0 || index >= size || !areExact(proof)) return false
  let fn = index
  let sn = size - 1
  let hash = leaf
  for (const step of proof) {
    if (sn === 0) return false
    if (isOdd(fn) || fn === sn) {
      hash = nodeHash(step, hash)
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else hash = nodeHash(hash, step)
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 && hash === root
}

/** Whether the second tree begins with the first (RFC 9162, 2.1.4.2). */
export const verifyConsistency = (
  first: { readonly size: number; readonly root: string },
  second: { readonly size: number; readonly root: string },
  proof: readonly string[],
): boolean => {
  if (first.size < 1 || first.size > second.size || !areExact(proof)) return false
  if (first.size === second.size) return proof.length === 0 && first.root === second.root
  let fn = first.size - 1
  let sn = second.size - 1
  while (isOdd(fn)) {
    fn = half(fn)
    sn = half(sn)
  }
  const path = fn === 0 ? [first.root, ...proof] : [...proof]
  const [begin, ...rest] = path
  if (begin === undefined) return false
  let fr = begin
  let sr = begin
  for (const step of rest) {
    if (sn === 0) return false
    if (isOdd(fn) || fn === sn) {
      fr = nodeHash(step, fr)
      sr = nodeHash(step, sr)
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else sr = nodeHash(sr, step)
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 && fr === first.root && sr === second.root
}
