/** Proves that a requirement is found wherever it lives, in a checkout and in an installed package. */
import { expect, test } from 'vitest'
import { packageFile } from '../../schemas/index.ts'
import { filesBelow } from '../../spec/tools/markdown.ts'
import { readRequirements } from '../../spec/tools/requirements.ts'
import { touch } from '../../spec/tools/touch.ts'
import { attributes, packageWith, published, trustFile } from './fixture.ts'

const spec = {
  [trustFile]: published('- **AMP-TRUST-001** A network MUST listen.', attributes),
  'spec/security.md': '| deafness | AMP-TRUST-001 |\n',
  'schemas/2026-11-20/problems.json': '{\n  "spec": "published/trust.md#AMP-TRUST-001"\n}',
  'schemas/2026-11-20/trust/ear.schema.json': '{ "description": "An ear (AMP-TRUST-001)." }',
  'schemas/generated/messages.ts': '/** AMP-TRUST-001 */',
}

const kinds = (places: ReturnType<typeof touch>) => places.map(({ kind, file, line }) => `${kind} ${file}:${line}`)

test('in a checkout every place is found and told apart by its folder', () => {
  const root = packageWith({
    ...spec,
    'reference/core/ear.ts': '/** Ear. */\n/** AMP-TRUST-001 */\n// AMP-TRUST-0010 is another one\n',
    'bridge/visa-tap/verify.ts': '/** AMP-TRUST-001 */\n',
    'conformance/chapters/trust.ts': "check('AMP-TRUST-001')\n",
    'conformance/untested.ts': "  'AMP-TRUST-001': 'reason',\n",
    'conformance/kill-matrix.json': '{ "breaks": "AMP-TRUST-001" }',
    'test/conformance/mutants/trust.ts': "{ breaks: 'AMP-TRUST-001' }\n",
    'test/reference/ear.test.ts': "test('AMP-TRUST-001')\n",
    'test/spec/fixture.ts': '// AMP-TRUST-001\n',
    'dist/reference/core/ear.js': '/** AMP-TRUST-001 */\n',
  })
  expect(kinds(touch('AMP-TRUST-001', root))).toEqual([
    `sentence ${trustFile}:7`,
    'text spec/security.md:1',
    'schema schemas/2026-11-20/trust/ear.schema.json:1',
    'problem schemas/2026-11-20/problems.json:2',
    'rule reference/core/ear.ts:2',
    'adapter bridge/visa-tap/verify.ts:1',
    'check conformance/chapters/trust.ts:1',
    'excuse conformance/untested.ts:1',
    'mutant conformance/kill-matrix.json:1',
    'mutant test/conformance/mutants/trust.ts:1',
    'test test/reference/ear.test.ts:1',
  ])
})

test('in an installed package code is found where it was built to', () => {
  const root = packageWith({
    ...spec,
    'dist/reference/core/ear.js': '/** AMP-TRUST-001 */\n',
    'dist/conformance/untested.js': '// AMP-TRUST-001\n',
    'dist/schemas/generated/messages.js': '// AMP-TRUST-001\n',
  })
  expect(kinds(touch('AMP-TRUST-001', root))).toEqual([
    `sentence ${trustFile}:7`,
    'text spec/security.md:1',
    'schema schemas/2026-11-20/trust/ear.schema.json:1',
    'problem schemas/2026-11-20/problems.json:2',
    'rule dist/reference/core/ear.js:1',
    'excuse dist/conformance/untested.js:1',
  ])
})

test('an id nobody cites has no place', () => {
  expect(touch('AMP-TRUST-999')).toEqual([])
})

test('each requirement of the specification has exactly one sentence', () => {
  const text = new Set(filesBelow(packageFile('spec'), '.md'))
  expect(text.size).toBeGreaterThan(0)
  for (const { id, file, line } of readRequirements().requirements.filter((_, index) => index % 25 === 0)) {
    expect(touch(id).filter(({ kind }) => kind === 'sentence')).toMatchObject([{ file, line }])
  }
})

test('known places of the state machine of mandates are found', () => {
  const places = kinds(touch('AMP-TRUST-076'))
  expect(places[0]).toMatch(/^sentence spec\/2026-11-20\/published\/trust\.md:\d+$/)
  expect(places.filter((place) => place.startsWith('problem schemas/2026-11-20/problems.json'))).toHaveLength(3)
})
