/** Proves that a tree kept as it grows gives the roots and proofs of RFC 9162 that the whole list of leaves gives. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consistencyProof, inclusionProof, leafHash, rootOf } from '../../../../reference/core/trust/merkle.ts'
import {
  consistencyRecipe,
  grow,
  inclusionRecipe,
  nameOf,
  type Peaks,
  proofOf,
  rootOfPeaks,
} from '../../../../reference/core/trust/tree.ts'

const grown = (size: number) => {
  const leaves: string[] = []
  const nodes = new Map<string, string>()
  let peaks: Peaks = []
  for (let index = 0; index < size; index += 1) {
    const leaf = leafHash(`leaf ${index}`)
    const next = grow(peaks, index, leaf)
    leaves.push(leaf)
    peaks = next.peaks
    for (const node of next.made) nodes.set(nameOf(node), node.hash)
  }
  return { leaves, nodes, peaks }
}

describe('a tree kept as it grows', () => {
  it('has the root and every inclusion proof of the whole tree', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), (size, chosen) => {
        const { leaves, nodes, peaks } = grown(size)
        const index = chosen % size
        expect(rootOfPeaks(peaks, '')).toBe(rootOf(leaves))
        expect(proofOf(inclusionRecipe(index, size), nodes)).toEqual(inclusionProof(leaves, index))
      }),
      { numRuns: 300 },
    )
  })

  it('proves every earlier size consistent, also of heads that are not the newest', () => {
    const { leaves, nodes } = grown(40)
    for (let size = 1; size <= 40; size += 1)
      for (let first = 1; first <= size; first += 1)
        expect(proofOf(consistencyRecipe(first, size), nodes)).toEqual(consistencyProof(leaves.slice(0, size), first))
  })

  it('keeps fewer than two nodes for each leaf, and one peak for each bit of its size', () => {
    const { nodes, peaks } = grown(63)
    expect(nodes.size).toBeLessThan(126)
    expect(peaks.length).toBe(6)
  })

  it('says so when a node is gone', () => {
    expect(() => proofOf(inclusionRecipe(0, 4), new Map())).toThrow('lacks a node')
  })
})
