/** Proves that the lint finds what the specification points at in vain, at the right file and line. */
import { expect, test } from 'vitest'
import { lintSpec } from '../../spec/tools/lint.ts'
import { anchorOf, parseMarkdown } from '../../spec/tools/markdown.ts'
import { attributes, packageWith, published, trustFile } from './fixture.ts'

const page = 'spec/page.md'
const requirement = ['- **AMP-TRUST-001** A network MUST listen.', attributes]
const register = { [trustFile]: published(...requirement) }

const lintPage = (...lines: string[]) => lintSpec(packageWith({ ...register, [page]: lines.join('\n') }))

test('a page that points at what exists has no findings', () => {
  expect(
    lintPage(
      '# A page, with `code`',
      'See [here](#a-page-with-code), [the register](2026-11-20/published/trust.md#heading),',
      '[one](2026-11-20/published/trust.md#AMP-TRUST-001), [elsewhere](https://example.com/nowhere), AMP-TRUST-001.',
      '`[not a link](nowhere.md)`',
      '```text',
      'It MUST NOT matter what [stands](nowhere.md) here.',
      '```',
      '```json schema=common/amount',
      '{ "currency": "JPY", "value": "1" }',
      '```',
    ),
  ).toEqual([])
})

test.each<[string, string[], { line: number; rule: string; message: string }]>([
  [
    'a keyword in prose',
    ['# Page', '', 'A page SHOULD NOT say so.'],
    { line: 3, rule: 'untagged-keyword', message: 'SHOULD NOT stands outside a requirement' },
  ],
  [
    'a link to no file',
    ['# Page', 'See [there](nowhere.md).'],
    { line: 2, rule: 'dead-link', message: 'there is no nowhere.md' },
  ],
  [
    'a link to no anchor',
    ['# Page', '', '[up](#above)'],
    { line: 3, rule: 'dead-link', message: 'this file has no anchor #above' },
  ],
  [
    'a link to no anchor elsewhere',
    ['[x](2026-11-20/published/trust.md#AMP-TRUST-002-x)'],
    { line: 1, rule: 'dead-link', message: '2026-11-20/published/trust.md has no anchor #AMP-TRUST-002-x' },
  ],
  [
    'an id nobody bears',
    ['', 'As EXT-HTTP-12 says.'],
    { line: 2, rule: 'unknown-id', message: 'there is no requirement EXT-HTTP-12' },
  ],
  [
    'a JSON block without schema',
    ['```json', '{}', '```'],
    { line: 1, rule: 'json-block', message: 'a JSON block names its schema: ```json schema=payment/checkout' },
  ],
  [
    'a JSON block of an unknown schema',
    ['', '```json schema=common/nothing', '{}', '```'],
    { line: 2, rule: 'json-block', message: 'there is no schema common/nothing' },
  ],
  [
    'a JSON block that does not match',
    ['```json schema=common/amount', '{ "currency": "USD", "value": 5 }', '```'],
    { line: 1, rule: 'json-block', message: '/value must be string' },
  ],
])('%s is found', (_, lines, finding) => {
  const findings = lintPage(...lines).filter(({ rule }) => rule === finding.rule)
  expect(findings).toEqual([{ file: page, ...finding }])
})

test('a JSON block that is no JSON is found', () => {
  expect(lintPage('```json schema=common/amount', '{', '```')).toMatchObject([
    { file: page, line: 1, rule: 'json-block', message: expect.stringContaining('the block is no JSON') },
  ])
})

test('an unknown id is found in schemas and code, and left alone in tests', () => {
  const root = packageWith({
    ...register,
    'reference/core/rule.ts': '/** AMP-TRUST-001 */\n/** AMP-TRUST-002 */\n',
    'test/rule.test.ts': '// AMP-TRUST-003\n',
  })
  expect(lintSpec(root)).toEqual([
    { file: 'reference/core/rule.ts', line: 2, rule: 'unknown-id', message: 'there is no requirement AMP-TRUST-002' },
  ])
})

test('a problem that points at nothing is found', () => {
  const root = packageWith({
    ...register,
    'schemas/2026-11-20/problems.json':
      '{\n  "spec": "published/trust.md#AMP-TRUST-001"\n  "spec": "published/trust.md#nothing"\n}',
  })
  expect(lintSpec(root)).toMatchObject([{ file: 'schemas/2026-11-20/problems.json', line: 3, rule: 'dead-link' }])
})

test('conflicts and requirements have to name each other, in sequence', () => {
  const conflicts = ' conflicts [1](../contradictions.md#conflict-1), [2](../contradictions.md#conflict-2)'
  const root = packageWith({
    [trustFile]: published(
      `${requirement[0]}`,
      `${attributes}${conflicts}`,
      '- **AMP-TRUST-002** A MAY b.',
      attributes,
    ),
    'spec/2026-11-20/contradictions.md': [
      '### Conflict 1',
      '',
      'Concerns AMP-TRUST-001, AMP-TRUST-002.',
      '### Conflict 2',
      'Concerns nothing.',
      '### Conflict 4',
    ].join('\n'),
  })
  const file = 'spec/2026-11-20/contradictions.md'
  expect(lintSpec(root)).toEqual([
    { file, line: 1, rule: 'conflict-mismatch', message: 'AMP-TRUST-002 does not name conflict 1' },
    { file, line: 4, rule: 'conflict-mismatch', message: 'conflict 2 does not concern AMP-TRUST-001' },
    { file, line: 6, rule: 'sequence', message: 'conflict 4 is out of sequence' },
  ])
})

test('the findings of the register are among those of the lint', () => {
  const root = packageWith({ [trustFile]: published('- **AMP-TRUST-001** A network may listen.', attributes) })
  expect(lintSpec(root)).toMatchObject([{ file: trustFile, line: 7, rule: 'no-keyword' }])
})

test('anchors are those GitHub gives', () => {
  expect(anchorOf('Direct payment: the `acquirer` submits (S1)')).toBe('direct-payment-the-acquirer-submits-s1')
  expect([...parseMarkdown('x.md', '# Use\n## Use\n```\n# Not\n```\n').anchors]).toEqual(['use', 'use-1'])
})
