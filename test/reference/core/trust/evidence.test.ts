/** Proofs of RFC 9162 for every tree, a bundle that any change breaks, deletion that breaks none, and the command line. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { forget, verifyBundle } from '../../../../reference/core/index.ts'
import {
  consistencyProof,
  inclusionProof,
  leafHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from '../../../../reference/core/trust/merkle.ts'
import { makeKey } from '../../../../reference/http/keys.ts'
import { evidenceCommand } from '../../../../reference/trust/command.ts'
import { isMessage } from '../../../../schemas/index.ts'
import { folderOfTest } from '../../../folder.ts'
import { takeover } from './story.ts'

const leavesOf = (size: number) => Array.from({ length: size }, (_, index) => leafHash(String(index)))
const hex = (hash: string) => Buffer.from(hash, 'base64url').toString('hex')

describe('the tree', () => {
  it('has the roots that Certificate Transparency publishes for its test leaves', () => {
    /** Hashes of RFC 6962 trees, which RFC 9162 keeps: of no leaf, and of one empty leaf. */
    expect(hex(rootOf([]))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(hex(leafHash(''))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d')
  })

  it('proves each leaf of each tree, and no other leaf, place, size or root', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), (size, which, other) => {
        const leaves = leavesOf(size)
        const index = which % size
        const leaf = leaves[index] ?? ''
        const proof = inclusionProof(leaves, index)
        const root = rootOf(leaves)
        expect(verifyInclusion(leaf, index, size, proof, root)).toBe(true)
        expect(verifyInclusion(leafHash('stranger'), index, size, proof, root)).toBe(false)
        expect(verifyInclusion(leaf, index, size, [...proof, leaf], root)).toBe(false)
        expect(verifyInclusion(leaf, index, size, proof, leafHash('stranger'))).toBe(false)
        if (other % size !== index) expect(verifyInclusion(leaf, other % size, size, proof, root)).toBe(false)
        if (proof.length > 0) expect(verifyInclusion(leaf, index, size, proof.slice(1), root)).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })

  it('proves that it only grew, and never that it was rewritten', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), (size, shorter, which) => {
        const leaves = leavesOf(size)
        const first = 1 + (shorter % size)
        const before = { size: first, root: rootOf(leaves.slice(0, first)) }
        const proof = consistencyProof(leaves, first)
        expect(verifyConsistency(before, { size, root: rootOf(leaves) }, proof)).toBe(true)
        const rewritten = leaves.with(which % first, leafHash('rewritten'))
        const after = { size, root: rootOf(rewritten) }
        expect(verifyConsistency(before, after, consistencyProof(rewritten, first))).toBe(false)
        expect(verifyConsistency(before, { size, root: rootOf(leaves) }, [...proof, before.root])).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('the bundle of a takeover', async () => {
  let story: Awaited<ReturnType<typeof takeover>>
  let text = ''
  beforeAll(async () => {
    story = await takeover()
    text = JSON.stringify(await story.bundle())
  })
  const keys = () => ({ keys: [story.key.publicJwk] })

  it('verifies, and every decision in it is recomputed', async () => {
    expect(isMessage('extensions/evidence/bundle', JSON.parse(text))).toBe(true)
    expect(await verifyBundle(JSON.parse(text), keys())).toEqual({
      ok: true,
      value: {
        ...{ subject: 'payment-1', treeSize: 8, records: 6, deleted: 0 },
        recomputed: ['gate-decision', 'rating-statement', 'claim-decision'],
      },
    })
  })

  it('tells the story: paid once, balanced, and trusted less', () => {
    const claim = story.guarantee.claims.get('payment-1')
    expect(claim).toMatchObject({ status: 'paid', paid: 2000n })
    expect(story.guarantee.balance + (claim?.paid ?? 0n)).toBe(10_000n)
    expect(story.after.score).toBeLessThan(story.before.score)
    expect(story.decision.disposition).toBe('auto-execute')
    expect(story.after.dimensions.find(({ dimension }) => dimension === 'runtime-security')?.score).toBe(100)
  })

  it('is refused when any one character of it is another', async () => {
    const own = text.indexOf('"jwks"')
    const ownEnd = text.indexOf('"treeHead"')
    const alphabet = 'ABCxyz012-_"}'
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.constantFrom(...alphabet), async (at, letter) => {
        fc.pre(text[at] !== letter && (at < own || at >= ownEnd))
        let changed: unknown
        try {
          changed = JSON.parse(`${text.slice(0, at)}${letter}${text.slice(at + 1)}`)
        } catch {
          return
        }
        expect((await verifyBundle(changed, keys())).ok).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })

  it('is refused under keys of somebody else, and when records are left out of a linked pair or reordered', async () => {
    const stranger = await makeKey('https://network.example')
    expect((await verifyBundle(JSON.parse(text), { keys: [stranger.publicJwk] })).ok).toBe(false)
    const bundle = JSON.parse(text)
    expect((await verifyBundle({ ...bundle, records: bundle.records.toReversed() }, keys())).ok).toBe(false)
    expect((await verifyBundle({ ...bundle, subject: 'payment-0' }, keys())).ok).toBe(false)
  })

  it('still verifies when contents were deleted, and says how many', async () => {
    for (const position of [1, 4, 7]) {
      const bundle = await story.bundle(forget(story.log, position))
      expect(JSON.stringify(bundle.records.find(({ entry }) => entry.position === position))).not.toContain('content')
      const outcome = await verifyBundle(bundle, keys())
      expect(outcome).toMatchObject({ ok: true, value: { deleted: 1, records: 6 } })
    }
  })

  it('is judged by the command line: 0 when it verifies, 1 when not, 3 when it cannot be read', async () => {
    const folder = folderOfTest('evidence')
    const file = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    }
    const run = async (...words: string[]) => {
      const written: string[] = []
      const write = process.stdout.write
      process.exitCode = 0
      process.stdout.write = ((chunk: string) => written.push(chunk) > 0) as typeof write
      const command = evidenceCommand()
      for (const each of [command, ...command.commands]) each.exitOverride()
      let code = 0
      try {
        await command.parseAsync(words, { from: 'user' })
        code = Number(process.exitCode)
      } catch (error) {
        code = (error as { exitCode: number }).exitCode
      } finally {
        process.stdout.write = write
        process.exitCode = 0
      }
      return { code, out: written.join('') }
    }
    const good = file('good.json', text)
    const jwks = file('jwks.json', JSON.stringify(keys()))
    expect(await run('verify', good, '--jwks', jwks)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^pass {2}payment-1/),
    })
    expect(JSON.parse((await run('verify', good, '--json')).out)).toMatchObject({ verifies: true, records: 6 })
    const bad = file('bad.json', text.replace('auto-execute', 'observe'))
    expect(await run('verify', bad)).toMatchObject({ code: 1, out: expect.stringMatching(/^FAIL/) })
    expect(await run('verify', join(folder, 'nowhere.json'))).toMatchObject({ code: 3 })
  })
})
