/** No word of ours meets a reader of a page without its meaning on that page. */
import { describe, expect, it } from 'vitest'
import { page as playground } from '../../bridge/playground/page.ts'
import type { Report } from '../../conformance/index.ts'
import { registryPage } from '../../conformance/registry/build.ts'
import { htmlReport } from '../../conformance/report/html.ts'
import { page } from '../../conformance/studio/page.ts'
import { readWords } from '../../schemas/words.ts'

/** Words of ours that pages, options and findings use, each as its definition begins. */
const used: Readonly<Record<string, readonly string[]>> = {
  report: [
    'mandate',
    'wallet',
    'guard stage',
    'binding',
    'hook tier',
    'seed',
    'reach',
    'program, proof',
    'stable, flaky',
  ],
  studio: ['target', 'test hook', 'hook tier', 'doctor', 'role', 'check', 'verdict', 'seed'],
  registry: [
    'certificate',
    'registry',
    'root',
    'runner',
    'status list',
    'driver',
    'errand',
    'thumbprint',
    'challenge, statement',
  ],
  playground: [
    'bridge',
    'adapter',
    'detection',
    'read, card data, detect, parse, verify, translate',
    'card data',
    'trusted keys',
    'foreign evidence',
    'draft',
    'carried, derived',
    'loss',
    'mandate',
    'checkout',
    'problem',
  ],
}

const counts = { pass: 0, fail: 0, warn: 0, 'not-applicable': 0, untestable: 0, inconclusive: 0, 'harness-error': 0 }
const report: Report = {
  format: 'amp-conformance-report/1',
  suite: { name: 'suite', version: '1', protocol: '2026-11-20' },
  target: { url: 'http://127.0.0.1:1' },
  roles: [],
  hooks: 'none',
  seed: 1,
  started: '2026-11-20T00:00:00Z',
  milliseconds: 0,
  requests: 0,
  outcome: 'configuration',
  counts: { MUST: counts, SHOULD: counts, MAY: counts },
  doctor: [],
  results: [],
}
const pages = { report: htmlReport(report), studio: page('nonce'), registry: registryPage([], 0), playground }

describe('the words', () => {
  it('are read whole, each with a meaning, and none is there twice', () => {
    const words = readWords()
    expect(words.length).toBeGreaterThan(80)
    expect(words.filter(({ word, meaning }) => word === '' || meaning === '')).toEqual([])
    expect(new Set(words.map(({ word }) => word)).size).toBe(words.length)
  })

  it.each(Object.entries(pages))('of the %s are defined on it, one click away', (name, html) => {
    const defined = [...html.matchAll(/<dt>([^<]*)<\/dt>/g)].map(([, word]) => word)
    expect(used[name]?.filter((word) => !defined.includes(word))).toEqual([])
    expect(html).toContain('<summary>What the words mean</summary>')
  })
})
