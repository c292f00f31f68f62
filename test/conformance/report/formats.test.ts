/** One report in every form others read: each verdict lands where that form has a place for it, and nothing breaks out of its text. */
import { stripVTControlCharacters } from 'node:util'
import { validate } from 'ctrf'
import { describe, expect, it } from 'vitest'
import type { Report } from '../../../conformance/certify.ts'
import { ctrfReport } from '../../../conformance/report/ctrf.ts'
import { curlOf } from '../../../conformance/report/curl.ts'
import { earlReport } from '../../../conformance/report/earl.ts'
import { junitReport } from '../../../conformance/report/junit.ts'
import { proofLines, reachOf, stepsOf } from '../../../conformance/report/proof.ts'
import { findingsText, terminalReport } from '../../../conformance/report/terminal.ts'
import { requirementOf } from '../../../conformance/requirements.ts'
import { type CheckResult, countsOf, type Verdict } from '../../../conformance/run.ts'

const result = (verdict: Verdict, change: Partial<CheckResult> = {}): CheckResult => ({
  id: `wallet: what is ${verdict}`,
  role: 'wallet',
  title: `what is ${verdict}`,
  chapter: 'payment',
  requirements: ['AMP-PAY-048'],
  level: 'MUST',
  verdict,
  milliseconds: 12.4,
  ...change,
})

const proof = {
  steps: [['{"do":"pay","slot":0}'], ['{"do":"cancel"}', '{"do":"look"}']],
  failed: 2,
  of: 3,
  repetitions: 10,
  played: 14,
}

const results: readonly CheckResult[] = [
  result('pass', { reach: { 'two met': 7, 'a debit was refused': 3 } }),
  result('fail', {
    reason: 'expected <a> & "b"; received \u0007c',
    expected: '<a> & "b"',
    received: 'c\u0000d',
    attempts: 4,
    failed: 4,
    proof,
  }),
  result('warn', { level: 'SHOULD', reason: 'late', attempts: 4, failed: 1 }),
  result('not-applicable', { role: 'merchant', reason: 'it has none' }),
  result('untestable', { reason: 'no hook' }),
  result('inconclusive', { reason: 'nothing answered' }),
  result('harness-error', { reason: 'TypeError: no\n    at line 1', requirements: ['AMP-PAY-048', 'AMP-PAY-052'] }),
]

const levels = (level: CheckResult['level']) => countsOf(results.filter((one) => one.level === level))

const report: Report = {
  format: 'amp-conformance-report/1',
  suite: { name: 'the suite', version: '1.2.3', protocol: '2026-11-20' },
  target: { url: 'http://127.0.0.1:1/?a=1&b=2', software: { name: 'tea', version: '9' } },
  roles: ['wallet', 'merchant'],
  hooks: 'H2',
  seed: 17,
  started: '2026-11-20T10:00:00.000Z',
  milliseconds: 61_234,
  requests: 99,
  outcome: 'failed',
  counts: { MUST: levels('MUST'), SHOULD: levels('SHOULD'), MAY: levels('MAY') },
  doctor: [],
  results,
}
const bare: Report = { ...report, target: { url: report.target.url }, results: [result('pass')], roles: ['wallet'] }
const shown = (of: Report): string => stripVTControlCharacters(terminalReport(of))

describe('JUnit', () => {
  const lines = () => junitReport(report).split('\n')

  it('counts each verdict of a role once, as a failure, an error or a skip', () => {
    expect(lines().slice(0, 3)).toEqual([
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuites name="amp conformance" time="61.234">',
      '  <testsuite name="wallet" tests="6" failures="1" errors="1" skipped="3" timestamp="2026-11-20T10:00:00.000Z" hostname="http://127.0.0.1:1/?a=1&amp;b=2">',
    ])
    expect(lines()).toContain(
      '  <testsuite name="merchant" tests="1" failures="0" errors="0" skipped="1" timestamp="2026-11-20T10:00:00.000Z" hostname="http://127.0.0.1:1/?a=1&amp;b=2">',
    )
    expect(lines().slice(-3)).toEqual(['  </testsuite>', '</testsuites>', ''])
  })

  it.each<[Verdict, string]>([
    ['pass', ''],
    ['warn', '<skipped message="warn: late"/>'],
    ['not-applicable', '<skipped message="not-applicable: it has none"/>'],
    ['untestable', '<skipped message="untestable: no hook"/>'],
    ['inconclusive', '<skipped message="inconclusive: nothing answered"/>'],
  ])('writes a case that is %s', (verdict, outcome) => {
    const role = verdict === 'not-applicable' ? 'merchant' : 'wallet'
    expect(lines()).toContain(
      `    <testcase classname="${role}.payment" name="what is ${verdict} (AMP-PAY-048)" time="0.012">${outcome}</testcase>`,
    )
  })

  it('writes a failure with what was expected and received, escaped, without what XML has no form for', () => {
    expect(lines().join('\n')).toContain(
      '<failure message="expected &lt;a&gt; &amp; &quot;b&quot;; received c">expected: &lt;a&gt; &amp; &quot;b&quot;\nreceived: cd</failure>',
    )
    expect(lines().join('\n')).toContain(
      '(AMP-PAY-048, AMP-PAY-052)" time="0.012"><error message="TypeError: no">TypeError: no\n    at line 1</error>',
    )
  })

  it('writes a failure that says nothing of what was expected', () => {
    expect(junitReport({ ...report, results: [result('fail')] })).toContain(
      '<failure message="">expected: \nreceived: </failure>',
    )
  })
})

describe('CTRF', () => {
  it('is valid, and each verdict has its status', () => {
    const ctrf = ctrfReport(report)
    expect(validate(ctrf as never).valid).toBe(true)
    expect(ctrf.results.tests.map(({ rawStatus, status }) => `${rawStatus}: ${status}`)).toEqual([
      'pass: passed',
      'fail: failed',
      'warn: other',
      'not-applicable: skipped',
      'untestable: other',
      'inconclusive: other',
      'harness-error: other',
    ])
    expect(ctrf.results.summary).toEqual({
      ...{ tests: 7, passed: 1, failed: 1, skipped: 1, pending: 0, other: 4 },
      start: Date.parse(report.started),
      stop: Date.parse(report.started) + 61_234,
    })
    expect(ctrf.timestamp).toBe('2026-11-20T10:01:01.234Z')
    expect(ctrf.generatedBy).toBe('the suite')
    expect(ctrf.results.tool).toEqual({ name: 'the suite', version: '1.2.3' })
    expect(ctrf.results.environment).toEqual({ testEnvironment: report.target.url, extra: { seed: 17 } })
  })

  it('says of each check what it is, and of one tried again whether it is flaky', () => {
    const [passed, failed, warned] = ctrfReport(report).results.tests
    expect(passed).toEqual({
      name: 'wallet: what is pass',
      status: 'passed',
      duration: 12,
      suite: ['wallet', 'payment'],
      rawStatus: 'pass',
      tags: ['AMP-PAY-048'],
    })
    expect(failed).toMatchObject({ message: results[1]?.reason, flaky: false })
    expect(warned).toMatchObject({ message: 'late', flaky: true })
  })
})

describe('EARL', () => {
  const graph = () => earlReport(report)['@graph']

  it('names suite and target', () => {
    const [suite, target] = graph()
    expect(suite).toEqual({
      '@id': '_:suite',
      '@type': ['earl:Assertor', 'earl:Software'],
      'dct:title': 'the suite',
      'dct:hasVersion': '1.2.3',
    })
    expect(target).toEqual({
      '@id': '_:target',
      '@type': ['earl:TestSubject'],
      'dct:title': 'tea',
      'dct:source': report.target.url,
    })
    expect(earlReport(bare)['@graph'][1]).toMatchObject({ 'dct:title': bare.target.url })
    expect(earlReport(report)['@context']).toEqual({
      earl: 'http://www.w3.org/ns/earl#',
      dct: 'http://purl.org/dc/terms/',
      xsd: 'http://www.w3.org/2001/XMLSchema#',
    })
  })

  it('asserts each requirement of each check once', () => {
    const [, , ...assertions] = graph()
    const outcomes = assertions.map((one) => 'earl:result' in one && one['earl:result']['earl:outcome']['@id'])
    expect(outcomes).toEqual([
      ...['earl:passed', 'earl:failed', 'earl:failed', 'earl:inapplicable', 'earl:untested', 'earl:cantTell'],
      ...['earl:cantTell', 'earl:cantTell'],
    ])
    expect(assertions[0]).toEqual({
      '@type': 'earl:Assertion',
      'earl:assertedBy': { '@id': '_:suite' },
      'earl:subject': { '@id': '_:target' },
      'earl:mode': { '@id': 'earl:automatic' },
      'earl:test': {
        '@id': expect.stringMatching(/requirements#AMP-PAY-048$/),
        '@type': 'earl:TestRequirement',
        'dct:title': 'AMP-PAY-048',
        'dct:description': requirementOf('AMP-PAY-048').sentence,
      },
      'earl:result': {
        '@type': 'earl:TestResult',
        'earl:outcome': { '@id': 'earl:passed' },
        'dct:date': { '@type': 'xsd:dateTime', '@value': report.started },
        'earl:info': 'wallet: what is pass',
      },
    })
    expect(assertions[2]).toMatchObject({ 'earl:result': { 'earl:info': 'what is warn: late' } })
  })
})

describe('the proof of a failure', () => {
  it('is its steps in order, with how often it failed again', () => {
    expect(stepsOf(proof)).toEqual([[{ do: 'pay', slot: 0 }], [{ do: 'cancel' }, { do: 'look' }]])
    expect(proofLines({ proof })).toEqual([
      'proof of 3 commands, again in 2 of 3 reruns (each plays it until it fails, 10 times at most: it failed 2 times of 14):',
      '1. {"do":"pay","slot":0}',
      '2. {"do":"cancel"}  at once with  {"do":"look"}',
    ])
    expect(proofLines({ proof: { ...proof, repetitions: 1, steps: [['{}']] } })).toEqual([
      'proof of 1 commands, again in 2 of 3 reruns:',
      '1. {}',
    ])
    expect(proofLines({})).toEqual([])
  })

  it('is one thing, and the reach of what passed another', () => {
    expect(reachOf(report)).toEqual([
      {
        id: 'wallet: what is pass',
        counters: [
          ['two met', 7],
          ['a debit was refused', 3],
        ],
      },
    ])
  })
})

describe('a request for curl', () => {
  const exchange = {
    ...{ method: 'POST', url: "http://a.example/it's", headers: { 'amp-version': '2026-11-20' }, body: '{"a":1}' },
    ...{ status: 200, answerHeaders: {}, answer: '', milliseconds: 1 },
  }

  it('is one command, quoted for a shell', () => {
    expect(curlOf(exchange)).toBe(
      "curl -sS -i -X POST 'http://a.example/it'\\''s' \\\n  -H 'amp-version: 2026-11-20' \\\n  --data-binary '{\"a\":1}'",
    )
    expect(curlOf({ ...exchange, method: 'GET', headers: {}, body: '' })).toBe(
      "curl -sS -i -X GET 'http://a.example/it'\\''s'",
    )
  })

  it.each([
    [2_000, 4_000, 2_000, 4_000],
    [2_001, 4_001, 60, 200],
  ])('shows what is %i and %i characters long as far as that helps', (header, body, headerShown, bodyShown) => {
    const text = curlOf({ ...exchange, headers: { x: 'h'.repeat(header) }, body: 'b'.repeat(body) })
    expect(text.match(/h{2,}…?/)?.[0].length).toBe(headerShown + (headerShown === header ? 0 : 1))
    expect(text.match(/b{2,}…?/)?.[0].length).toBe(bodyShown + (bodyShown === body ? 0 : 1))
    expect(text.includes('…')).toBe(header !== headerShown)
  })
})

describe('the terminal', () => {
  it('shows each verdict that is trouble with its sign, its requirement and what came of it', () => {
    const text = shown(report)
    const lines = text.split('\n')
    for (const line of [
      'X fail  wallet: what is fail',
      '! warn  wallet: what is warn',
      '? untestable  wallet: what is untestable',
      '~ inconclusive  wallet: what is inconclusive',
      '# harness-error  wallet: what is harness-error',
      '    expected: <a> & "b"',
      '    late',
      '    no hook',
      '    stable: 4 of 4 attempts',
      '    flaky: 1 of 4 attempts',
      '    1. {"do":"pay","slot":0}',
    ])
      expect(lines).toContain(line)
    expect(text).not.toContain('what is pass')
    expect(text).not.toContain('what is not-applicable')
    expect(text.replace(/\s+/g, ' ')).toContain(`AMP-PAY-048 ${requirementOf('AMP-PAY-048').sentence}`)
  })

  it('ends with a table by role, the reach that was least, and the verdict with its counts', () => {
    const end = shown(report).split('\n').slice(-8)
    expect(end).toEqual([
      '  role                   pass  fail  warn  inconclusive  untestable  not-applicable  harness-error    of',
      '  wallet                    1     1     1             1           1               0              1     6',
      '  merchant                  0     0     0             0           0               1              0     1',
      '',
      '  reach: a debit was refused 3 times; two met 7 times',
      '',
      'FAILED  wallet, merchant',
      '7 checks, 6 required: 1 passed, 1 failed; 99 requests in 61.2 s, seed 17',
    ])
  })

  it('is three lines where all is well, and leaves out what nothing came to', () => {
    expect(shown({ ...bare, outcome: 'certified', counts: { ...bare.counts, MUST: countsOf(bare.results) } })).toBe(
      [
        '  role                   pass  fail    of',
        '  wallet                    1     0     1',
        '',
        'CERTIFIED  wallet',
        '1 check, 1 required: 1 passed, 0 failed; 99 requests in 61.2 s, seed 17',
      ].join('\n'),
    )
  })

  it.each([
    ['inconclusive', 'INCONCLUSIVE'],
    ['configuration', 'NOT JUDGED: the configuration is wrong'],
    ['harness-error', 'NOT JUDGED: the suite failed'],
  ] as const)('says that it is %s', (outcome, word) => {
    expect(shown({ ...report, outcome, results: [], roles: [] }).split('\n')).toEqual([
      word,
      expect.stringMatching(/^0 checks, /),
    ])
  })

  it('shows the four counters that came up least, and no more', () => {
    const reach = { one: 5, two: 4, three: 3, four: 2, five: 1 }
    expect(shown({ ...bare, results: [result('pass', { reach })] })).toContain(
      '  reach: five 1 times; four 2 times; three 3 times; two 4 times\n',
    )
  })

  it('stays within 80 columns, and says when it shows a part', () => {
    const long = result('fail', { expected: 'word '.repeat(60), received: 'r'.repeat(401), attempts: 1, failed: 1 })
    const text = shown({ ...bare, results: [long] })
    const wide = text.split('\n').filter((line) => line.length > 80 && !line.includes('rrr'))
    expect(wide).toEqual([])
    expect(text.match(/r{300,}…?/)?.[0]).toBe(`${'r'.repeat(400)}…`)
    expect(text).not.toContain('attempts')
    const most = result('inconclusive', { reason: 's'.repeat(400) })
    expect(shown({ ...bare, results: [most] })).not.toContain('…')
  })

  it('breaks a line where the next word would pass the last column, and not before', () => {
    const words = (length: number) => result('inconclusive', { reason: `${'a'.repeat(40)} ${'b'.repeat(length)}` })
    const has = (length: number) => shown({ ...bare, results: [words(length)] }).includes(`a ${'b'.repeat(length)}`)
    expect([has(35), has(36)]).toEqual([true, false])
  })

  it('shows what the doctor found, each with its sign and its cure', () => {
    expect(
      findingsText([
        { about: 'discovery', state: 'fine', says: 'it is there' },
        {
          about: 'clock',
          state: 'note',
          says: 'it is off by a little, and this goes on for so long that it has to be broken',
        },
        { about: 'hooks', state: 'wrong', says: 'none', cure: 'give one' },
      ]),
    ).toBe(
      [
        '  + discovery    it is there',
        '  ! clock        it is off by a little, and this goes on for so long that it has',
        '                 to be broken',
        '  X hooks        none',
        '                 cure: give one',
      ].join('\n'),
    )
  })
})
