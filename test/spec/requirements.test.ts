/** Proves that the reader of requirements is strict: each kind of error is found, at the right file and line. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { keywordsIn, levelOf } from '../../spec/tools/keyword.ts'
import { readRequirements } from '../../spec/tools/requirements.ts'
import { attributes, packageWith, published, trustFile } from './fixture.ts'

const read = (files: Record<string, string>) => {
  const root = packageWith(files)
  return readRequirements(join(root, 'spec', '2026-11-20'), root)
}

const readTrust = (...lines: string[]) => read({ [trustFile]: published(...lines) })

const sound = ['- **AMP-TRUST-001** A network MUST listen.', attributes] as const

test('a sound requirement is read with all it says', () => {
  const { requirements, findings } = readTrust(
    '- **AMP-TRUST-001** A mandate in a terminal state MUST NOT return to `inactive`.',
    '  `actor: network, wallet` `observable: artefact` `profile: core-artefact` conflicts [1](../contradictions.md#conflict-1), [12](../contradictions.md#conflict-12)',
  )
  const sentence = 'A mandate in a terminal state MUST NOT return to `inactive`.'
  expect(findings).toEqual([])
  expect(requirements).toEqual([
    {
      id: 'AMP-TRUST-001',
      keyword: 'MUST NOT',
      level: 'MUST',
      sentence,
      hash: createHash('sha256').update(sentence).digest('hex'),
      actor: 'network',
      coActors: ['wallet'],
      observable: 'artefact',
      profile: 'core-artefact',
      conflicts: [1, 12],
      source: 'Document > Heading',
      file: trustFile,
      line: 7,
      extension: false,
    },
  ])
})

test('an extension is read from its own file, numbered without padding', () => {
  const file = 'spec/2026-11-20/extensions/http.md'
  const { requirements, findings } = read({
    [file]: '# HTTP\n\n- **EXT-HTTP-1** A server MAY rest.\n  `actor: any` `observable: http` `profile: http`\n',
  })
  expect(findings).toEqual([])
  expect(requirements).toMatchObject([{ id: 'EXT-HTTP-1', level: 'MAY', extension: true, line: 3 }])
})

const malformed = 'a requirement reads "- **ID** sentence." on one line'

test.each<[string, string[], { line: number; rule: string; message: string }]>([
  [
    'an id used twice',
    [...sound, ...sound],
    { line: 9, rule: 'duplicate-id', message: `AMP-TRUST-001 is already used at ${trustFile}:7` },
  ],
  [
    'a missing number',
    [...sound, '- **AMP-TRUST-003** A network MUST speak.', attributes],
    { line: 9, rule: 'sequence', message: 'AMP-TRUST-003 stands where AMP-TRUST-002 is expected' },
  ],
  [
    'a sentence with two keywords',
    ['- **AMP-TRUST-001** A network MUST listen and SHOULD NOT speak.', attributes],
    { line: 7, rule: 'two-keywords', message: 'AMP-TRUST-001 has 2 keywords: MUST, SHOULD NOT' },
  ],
  [
    'a sentence without keyword',
    ['- **AMP-TRUST-001** A network must listen.', attributes],
    { line: 7, rule: 'no-keyword', message: 'AMP-TRUST-001 has no keyword' },
  ],
  [
    'an id in the wrong file',
    ['- **AMP-PAY-001** A network MUST listen.', attributes],
    { line: 7, rule: 'misplaced', message: 'AMP-PAY-001 does not belong in this file' },
  ],
  [
    'an id without padding',
    ['- **AMP-TRUST-1** A network MUST listen.', attributes],
    { line: 7, rule: 'malformed', message: malformed },
  ],
  [
    'a sentence without a full stop',
    ['- **AMP-TRUST-001** A network MUST listen', attributes],
    { line: 7, rule: 'malformed', message: malformed },
  ],
  [
    'another bullet',
    ['* **AMP-TRUST-001** A network MUST listen.', attributes],
    { line: 7, rule: 'malformed', message: malformed },
  ],
  [
    'missing attributes',
    ['- **AMP-TRUST-001** A network MUST listen.'],
    {
      line: 8,
      rule: 'attributes',
      message:
        'AMP-TRUST-001: the line below a requirement reads "  `actor: …` `observable: …` `profile: …`", then its conflicts',
    },
  ],
  [
    'an unknown actor',
    [sound[0], attributes.replace('network', 'network, broker')],
    { line: 8, rule: 'attributes', message: 'AMP-TRUST-001: "network, broker" does not name actors' },
  ],
  [
    'an unknown observability',
    [sound[0], attributes.replace('observable: http', 'observable: telepathy')],
    { line: 8, rule: 'attributes', message: 'AMP-TRUST-001: "telepathy" is no observability' },
  ],
  [
    'a profile of another area',
    [sound[0], attributes.replace('core-http', 'http')],
    { line: 8, rule: 'attributes', message: 'AMP-TRUST-001: "http" is no profile of AMP-TRUST' },
  ],
  [
    'a conflict that links to another one',
    [sound[0], `${attributes} conflicts [3](../contradictions.md#conflict-4)`],
    {
      line: 8,
      rule: 'attributes',
      message: 'AMP-TRUST-001: conflicts are links "[n](../contradictions.md#conflict-n)" in rising order',
    },
  ],
  [
    'a heading without source',
    ['## Another heading', ...sound],
    { line: 8, rule: 'source', message: 'AMP-TRUST-001 stands below no "Source: …" line' },
  ],
])('%s is found', (_, lines, finding) => {
  expect(readTrust(...lines).findings).toEqual([{ file: trustFile, ...finding }])
})

test('an id used in two files is found in the second', () => {
  const file = 'spec/2026-11-20/published/sub/published/trust.md'
  const { findings } = read({ [trustFile]: published(...sound), [file]: published(...sound) })
  expect(findings).toMatchObject([{ rule: 'duplicate-id', line: 7 }])
})

test('what stands in a fenced block is no requirement', () => {
  expect(readTrust('```md', ...sound, '```')).toEqual({ requirements: [], findings: [], ids: new Set() })
})

test('negated keywords count once and take the grade of the plain one', () => {
  expect(keywordsIn('MUST NOT, SHALL NOT, NOT RECOMMENDED, MAYBE, Must')).toEqual([
    'MUST NOT',
    'SHALL NOT',
    'NOT RECOMMENDED',
  ])
  expect(levelOf('SHALL')).toBe('MUST')
  expect(levelOf('NOT RECOMMENDED')).toBe('SHOULD')
  expect(levelOf('OPTIONAL')).toBe('MAY')
})
