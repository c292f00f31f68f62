/** Proves that the specification as committed is complete, well-formed, and says what is published and what is ours. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { packageFile } from '../../schemas/index.ts'
import { lintSpec } from '../../spec/tools/lint.ts'
import { filesBelow } from '../../spec/tools/markdown.ts'
import { readRequirements } from '../../spec/tools/requirements.ts'

const { requirements, findings } = readRequirements()
const amp = requirements.filter(({ extension }) => !extension)

const countBy = (words: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}

test('the specification has no findings', () => {
  expect(findings).toEqual([])
  expect(lintSpec()).toEqual([])
})

test('all 305 published statements are there', () => {
  expect(amp).toHaveLength(305)
  expect(countBy(amp.map(({ id }) => id.replace(/-\d+$/, '')))).toEqual({
    'AMP-TRUST': 167,
    'AMP-PAY': 54,
    'AMP-WALLET': 66,
    'AMP-FLOW': 18,
  })
})

test('keywords are those of the published statements', () => {
  expect(countBy(amp.map(({ keyword }) => keyword))).toEqual({
    MUST: 117,
    'MUST NOT': 25,
    SHALL: 1,
    SHOULD: 92,
    'SHOULD NOT': 4,
    MAY: 63,
    OPTIONAL: 3,
  })
  expect(countBy(amp.map(({ level }) => level))).toEqual({ MUST: 143, SHOULD: 96, MAY: 66 })
})

test('attributes are those of the published statements', () => {
  expect(countBy(amp.map(({ observable }) => observable))).toEqual({
    http: 171,
    artefact: 65,
    inside: 13,
    organisational: 56,
  })
  expect(countBy(amp.map(({ profile }) => profile))).toEqual({
    'core-artefact': 79,
    'core-http': 104,
    'wallet-service': 66,
    governance: 56,
  })
  expect(countBy(amp.map(({ actor }) => actor))).toEqual({
    network: 82,
    'buyer-agent': 58,
    wallet: 59,
    'identity-signature-provider': 33,
    'credential-provider': 18,
    user: 10,
    merchant: 8,
    acquirer: 3,
    any: 34,
  })
  expect(amp.filter(({ coActors }) => coActors.length > 0)).toHaveLength(8)
})

test('all 54 conflicts are named by requirements', () => {
  const numbers = new Set(amp.flatMap(({ conflicts }) => conflicts))
  expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 54 }, (_, index) => index + 1))
})

test('no two requirements read alike', () => {
  expect(new Set(requirements.map(({ hash }) => hash)).size).toBe(requirements.length)
})

test('a wallet is never called by the ambiguous abbreviation', () => {
  for (const { id, sentence } of requirements) {
    expect(sentence.replaceAll('`MPP`', ''), id).not.toMatch(/\b(MPP|CP|ISP|Alipay\+)(?!\w)/)
  }
})

test('each file says in its opening whose it is', () => {
  for (const [folder, words] of [
    ['published', 'ant-intl/AMP@2d7cb03'],
    ['published', 'not endorsed'],
    ['extensions', 'This extension is ours'],
  ] as const) {
    for (const file of filesBelow(packageFile('spec', '2026-11-20', folder), '.md')) {
      expect(readFileSync(file, 'utf8').split('\n')[2], file).toContain(words)
    }
  }
})
