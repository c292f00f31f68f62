/** A certificate is believed only as it was issued: for this target, by a pinned root, over this evidence, in its time. */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bindTarget } from '../../conformance/certificate/binding.ts'
import { issueCertificate, makeRunnerKey, rootsOf } from '../../conformance/certificate/issue.ts'
import { leafHash, pathOf, rootFrom, rootOf } from '../../conformance/certificate/merkle.ts'
import { signStatusList } from '../../conformance/certificate/status.ts'
import { openEntry, recordTranscript, transcriptRoot } from '../../conformance/certificate/transcript.ts'
import { certify, closeClients } from '../../conformance/index.ts'
import { buildRegistry } from '../../conformance/registry/build.ts'
import { registryCommand } from '../../conformance/registry/command.ts'
import { startReference } from '../../reference/index.ts'
import { canonicalJson } from '../../schemas/index.ts'
import { folderOfTest } from '../folder.ts'
import { claimsOf, letters, manners, placesIn, type Run, reasonOf, reissue, tampered, withLetter } from './tampering.ts'

const hooksSecret = 'certificate-test-secret'
const now = Math.floor(Date.now() / 1000)

/** Certifies a merchant of its own and gives what a runner keeps. */
const run = async (): Promise<Run> => {
  const reference = await startReference({ roles: ['merchant'], hooksSecret })
  const transcript = recordTranscript()
  const key = await makeRunnerKey()
  let issued: Run | undefined
  try {
    await certify(
      { url: reference.url, hooksSecret, seed: 5, only: 'AMP-PAY-048' },
      {
        onExchange: transcript.keep,
        onEnd: async (report, session) => {
          // What a merchant sends its acquirer is what proves its key; one payment is enough for that.
          const kept = transcript.close(session.neighbours)
          const bound = await bindTarget(session, report.roles, report.target.url)
          if ('cause' in bound) throw new Error(bound.cause)
          const certified = { report, bound, transcript: kept, attempts: 1, runner: 'ci' as const }
          issued = { certificate: await issueCertificate(certified, key, now), transcript: kept, key }
        },
      },
    )
  } finally {
    await reference.stop()
  }
  if (!issued) throw new Error('the run came to no end')
  return issued
}

let one: Run
let other: Run
beforeAll(async () => {
  one = await run()
  other = await run()
}, 60_000)
afterAll(closeClients)

const reissued = (change: (claims: Record<string, unknown>) => object): Promise<string> => reissue(one, change)

describe('a certificate', () => {
  it('verifies offline with its roots and its evidence', async () => {
    expect(await reasonOf(one.certificate, rootsOf(one.key), now, one.transcript)).toBe('valid')
  })

  it('is refused for a reason of its own in every other case', async () => {
    const roots = rootsOf(one.key)
    const { publicKey } = await generateKeyPair('ES256', { extractable: true })
    const stolenName = { keys: [{ ...(await exportJWK(publicKey)), kid: one.key.kid } as JWK], revoked: [] }
    const withoutProof = await reissued((claims) => ({ ...claims, proofs: [] }))
    const proofOfOthers = await reissued((claims) => ({
      ...claims,
      proofs: claimsOf(other.certificate).proofs,
      challenge: claimsOf(other.certificate).challenge,
    }))
    expect({
      selfRooted: await reasonOf(one.certificate, rootsOf(other.key)),
      sameNameOtherKey: await reasonOf(one.certificate, stolenName),
      early: await reasonOf(one.certificate, roots, now - 3_600),
      late: await reasonOf(one.certificate, roots, now + 366 * 86_400),
      revoked: await reasonOf(one.certificate, { ...roots, revoked: [String(claimsOf(one.certificate).jti)] }),
      withoutProof: await reasonOf(withoutProof, roots),
      proofOfOthers: await reasonOf(proofOfOthers, roots),
      evidenceOfOthers: await reasonOf(one.certificate, roots, now, other.transcript),
      noEvidence: await reasonOf(one.certificate, roots, now, { format: 'x' }),
      noCertificate: await reasonOf('a.b.c', roots),
    }).toEqual({
      selfRooted: 'root-unknown',
      sameNameOtherKey: 'signature-invalid',
      early: 'not-yet-valid',
      late: 'expired',
      revoked: 'revoked',
      withoutProof: 'target-proof-invalid',
      proofOfOthers: 'target-proof-invalid',
      evidenceOfOthers: 'evidence-mismatch',
      noEvidence: 'evidence-malformed',
      noCertificate: 'malformed',
    })
  })

  it('is looked up in the status list it names, and in no other', async () => {
    const roots = rootsOf(one.key)
    const uri = 'https://registry.example/status'
    const listed = await reissued((claims) => ({ ...claims, status: { status_list: { idx: 4_711, uri } } }))
    const ask = async (at: number, list: string, text = listed) => reasonOf(text, roots, at, undefined, list)
    const revoking = await signStatusList(uri, [4_711, 9], one.key, now)
    expect({
      unasked: await reasonOf(listed, roots),
      clean: await ask(now, await signStatusList(uri, [4_710, 4_712], one.key, now)),
      revoked: await ask(now, revoking),
      ofAnother: await ask(now, await signStatusList('https://other.example/status', [], one.key, now)),
      byAnother: await ask(now, await signStatusList(uri, [], other.key, now)),
      old: await ask(now + 8 * 86_400, revoking),
      torn: await ask(now, revoking.slice(0, -2)),
      withoutEntry: await ask(now, revoking, one.certificate),
    }).toEqual({
      unasked: 'valid',
      clean: 'valid',
      revoked: 'revoked',
      ofAnother: 'status-unknown',
      byAnother: 'status-unknown',
      old: 'status-unknown',
      torn: 'status-unknown',
      withoutEntry: 'status-unknown',
    })
  })

  it('is refused after a change of one byte, wherever it is and whatever it becomes, 1,000 of them', async () => {
    const text = one.certificate
    const place = fc.oneof(
      fc.nat(text.length - 1),
      fc.constant(text.length - 1),
      fc.constant(text.lastIndexOf('.') - 1),
    )
    await fc.assert(
      fc.asyncProperty(place, fc.constantFrom(...letters), async (at, letter) => {
        fc.pre(text[at] !== letter)
        expect(await reasonOf(withLetter(text, at, letter), rootsOf(one.key), now)).not.toBe('valid')
      }),
      { numRuns: 1_000 },
    )
  })

  it('is refused after a change of one claim, each of them changed, left out and added to', async () => {
    const [head, , signature] = one.certificate.split('.')
    const places = placesIn(claimsOf(one.certificate))
    expect(places.length).toBeGreaterThan(60)
    for (const place of places)
      for (const manner of manners) {
        const claims = Buffer.from(JSON.stringify(tampered(claimsOf(one.certificate), place, manner))).toString(
          'base64url',
        )
        expect([place, manner, await reasonOf([head, claims, signature].join('.'), rootsOf(one.key))]).toEqual([
          place,
          manner,
          'signature-invalid',
        ])
      }
  })

  it('does not stand for evidence with one byte changed, 1,000 of them', async () => {
    const text = JSON.stringify(one.transcript)
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.constantFrom(...letters), async (at, letter) => {
        fc.pre(text[at] !== letter)
        let evidence: unknown
        try {
          evidence = JSON.parse(withLetter(text, at, letter))
        } catch {
          return
        }
        fc.pre(canonicalJson(evidence) !== canonicalJson(one.transcript))
        expect(['evidence-mismatch', 'evidence-malformed']).toContain(
          await reasonOf(one.certificate, rootsOf(one.key), now, evidence),
        )
      }),
      { numRuns: 1_000 },
    )
  })

  it('does not stand for evidence with one value changed, left out, added to or out of its place', async () => {
    const { entries } = one.transcript
    for (const place of placesIn(one.transcript))
      for (const manner of manners) {
        const reason = await reasonOf(one.certificate, rootsOf(one.key), now, tampered(one.transcript, place, manner))
        expect([place, manner, reason]).toEqual([place, manner, expect.stringMatching(/^evidence-/)])
      }
    for (const cut of [entries.slice(1), [...entries, ...entries.slice(0, 1)], [...entries].reverse()])
      expect(await reasonOf(one.certificate, rootsOf(one.key), now, { ...one.transcript, entries: cut })).toBe(
        'evidence-mismatch',
      )
  })
})

describe('a registry', () => {
  it('says of each certificate of a folder whether it is valid, on a page that loads nothing', async () => {
    const folder = folderOfTest('registry')
    writeFileSync(join(folder, 'one.jws'), one.certificate)
    writeFileSync(join(folder, 'other.jws'), other.certificate)
    const listed = await buildRegistry(folder, rootsOf(one.key), now)
    expect(listed.map(({ file, verified }) => [file, verified.valid])).toEqual([
      ['one.jws', true],
      ['other.jws', false],
    ])
    const page = readFileSync(join(folder, 'index.html'), 'utf8')
    expect(page).toContain('1 of 2 certificates are valid')
    expect(page).toContain('root-unknown')
    expect(page).not.toMatch(/<(script|link|img|iframe)\b|https?:/)
  })
})

describe('amp registry revoke', () => {
  it('takes a certificate back for everybody who reads the folder', async () => {
    const folder = folderOfTest('registry')
    const at = (name: string): string => join(folder, name)
    const uri = 'https://registry.example/status'
    const listedAt = (idx: number) => reissued((claims) => ({ ...claims, status: { status_list: { idx, uri } } }))
    writeFileSync(at('first.jws'), await listedAt(5))
    writeFileSync(at('second.jws'), await listedAt(6))
    writeFileSync(at('key.json'), JSON.stringify(one.key))
    const states = async () =>
      (await buildRegistry(folder, rootsOf(one.key), now)).map(({ verified }) =>
        verified.valid ? 'valid' : verified.reason,
      )
    const revoke = (file: string) =>
      registryCommand().parseAsync(['revoke', folder, file, '--key', at('key.json'), '--now', String(now)], {
        from: 'user',
      })
    expect(await states()).toEqual(['valid', 'valid'])
    await revoke('first.jws')
    expect(await states()).toEqual(['revoked', 'valid'])
    await revoke('second.jws')
    expect(await states()).toEqual(['revoked', 'revoked'])
  })
})

describe('a transcript', () => {
  it('opens one request that leads to the root, and hides secrets', () => {
    for (let index = 0; index < one.transcript.entries.length; index++) {
      const opened = openEntry(one.transcript, index)
      if (!opened) throw new Error('nothing opened')
      const { salt, exchange, of, path, root } = opened
      const leaf = leafHash(canonicalJson({ salt, exchange }))
      const found = rootFrom(
        leaf,
        index,
        of,
        path.map((hash) => Buffer.from(hash, 'base64url')),
      )
      expect(found.toString('base64url')).toBe(root)
    }
    expect(transcriptRoot(one.transcript)).toBe(openEntry(one.transcript, 0)?.root)
    expect(JSON.stringify(one.transcript)).not.toContain(hooksSecret)
  })
})

describe('a Merkle tree', () => {
  const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
    const hash = createHash('sha256')
    for (const part of parts) hash.update(part)
    return hash.digest()
  }

  it('is that of RFC 9162 for one, two and three leaves', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((text) => sha256(Uint8Array.of(0), Buffer.from(text))) as [
      Buffer,
      Buffer,
      Buffer,
    ]
    const ab = sha256(Uint8Array.of(1), a, b)
    expect(rootOf([])).toEqual(sha256())
    expect(rootOf([a])).toEqual(a)
    expect(rootOf([a, b])).toEqual(ab)
    expect(rootOf([a, b, c])).toEqual(sha256(Uint8Array.of(1), ab, c))
  })

  it('leads from every leaf to its root, for 1 to 40 leaves', () => {
    for (let size = 1; size <= 40; size++) {
      const hashes = Array.from({ length: size }, (_, index) => leafHash(String(index)))
      for (let index = 0; index < size; index++)
        expect(rootFrom(leafHash(String(index)), index, size, pathOf(hashes, index))).toEqual(rootOf(hashes))
    }
  })
})
