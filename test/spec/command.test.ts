/** Proves what `amp spec` prints and that each of its exit codes means one thing. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Judged, specCommand } from '../../spec/tools/command.ts'
import { diffVersions, isSame } from '../../spec/tools/diff.ts'
import type { Finding } from '../../spec/tools/markdown.ts'
import { folderOfTest } from '../folder.ts'
import { attributes, packageWith, published, trustFile } from './fixture.ts'

const first = '- **AMP-TRUST-001** A network MUST listen.'
const register = { [trustFile]: published(first, attributes) }
const judged: Judged = {
  checks: [{ id: 'it listens', requirements: ['AMP-TRUST-001'] }],
  excuses: {},
  killMatrix: [{ mutant: 'Deaf', killedBy: ['it listens'] }],
}

class Exit extends Error {}

/** Runs `spec` with these words over a package folder; an exit ends the run as it ends the process. */
const run = async (
  files: Record<string, string>,
  words: readonly string[],
  given: { judged?: Judged; schemas?: Finding[] } = {},
) => {
  const seen = { out: '', err: '', code: -1 }
  const command = specCommand({
    root: packageWith(files),
    judged: async () => given.judged ?? judged,
    lintSchemas: async () => given.schemas ?? [],
    print: (text) => {
      seen.out += text
    },
    complain: (text) => {
      seen.err += text
    },
    exit: (code) => {
      seen.code = code
      throw new Exit()
    },
  })
  for (const one of [command, ...command.commands]) {
    one.configureOutput({
      writeOut: (text) => {
        seen.out += text
      },
      writeErr: (text) => {
        seen.err += text
      },
    })
  }
  await command.parseAsync(words, { from: 'user' }).catch((error) => {
    if (!(error instanceof Exit)) throw error
  })
  return seen
}

test('coverage without gaps exits 0 and prints the promised JSON', async () => {
  const { out, code } = await run(register, ['coverage', '--json'])
  expect(JSON.parse(out)).toMatchObject({
    requirements: 1,
    checked: 1,
    excused: 0,
    neither: [],
    mutantsKilled: 1,
    mutants: 1,
  })
  expect(code).toBe(0)
})

test.each<[string, Partial<Judged>]>([
  ['a requirement that is neither checked nor excused', { checks: [] }],
  ['one that is both', { excuses: { 'AMP-TRUST-001': 'reason' } }],
  ['a mutant that survives', { killMatrix: [{ mutant: 'Deaf', killedBy: [] }] }],
])('coverage with %s exits 1', async (_, change) => {
  const { code } = await run(register, ['coverage'], { judged: { ...judged, ...change } })
  expect(code).toBe(1)
})

test('coverage in words names what is neither and what to do next', async () => {
  const { out } = await run(register, ['coverage'], { judged: { ...judged, checks: [] } })
  expect(out).toContain('neither:    1\n  AMP-TRUST-001')
  expect(out.split('\n').at(-1)).toBe('next: write a check for AMP-TRUST-001, or excuse it with a reason')
})

test('lint exits 0 when clean and 1 with findings of text or schemas', async () => {
  const clean = await run(register, ['lint'])
  expect(clean).toMatchObject({ code: 0, err: '' })
  expect(clean.out).toContain('0 findings')
  const finding = { file: 'schemas/x.json', line: 3, rule: 'closed', message: 'is open' }
  const schemas = await run(register, ['lint'], { schemas: [finding] })
  expect(schemas).toMatchObject({ code: 1 })
  expect(schemas.out).toContain('schemas/x.json:3 closed: is open')
  const text = await run({ ...register, 'spec/page.md': '[x](y.md)' }, ['lint', '--json'])
  expect(text).toMatchObject({ code: 1 })
  expect(JSON.parse(text.out)).toEqual({
    findings: [{ file: 'spec/page.md', line: 1, rule: 'dead-link', message: 'there is no y.md' }],
  })
})

test('touch prints the sentence and its places, and exits 3 for an unknown id', async () => {
  const known = await run(register, ['touch', 'AMP-TRUST-001'])
  expect(known.code).toBe(0)
  expect(known.out).toContain('AMP-TRUST-001 A network MUST listen.')
  expect(known.out).toContain(`sentence  ${trustFile}:7`)
  expect(await run(register, ['touch', 'AMP-TRUST-002'])).toMatchObject({
    code: 3,
    out: '',
    err: 'there is no requirement AMP-TRUST-002',
  })
})

const draft = {
  ...register,
  'schemas/2026-11-20/a.schema.json': '{ "$id": "https://x/2026-11-20/a", "type": "object" }',
  'schemas/2026-11-20/b.schema.json': '{ "title": "B", "type": "string" }',
  'schemas/2026-11-20/c.schema.json': '{}',
  'spec/draft/published/trust.md': published(
    '- **AMP-TRUST-001** A network SHOULD listen.',
    attributes,
    '- **AMP-TRUST-002** A network MAY speak.',
    attributes,
  ),
  'schemas/draft/problems.json': '{}',
  'schemas/draft/a.schema.json': '{ "type": "object", "$id": "https://x/draft/a" }',
  'schemas/draft/b.schema.json': '{ "title": "B", "type": "number" }',
  'schemas/draft/d.schema.json': '{}',
}

test('a difference between versions is told in full, whatever the order of members and the date in an $id', () => {
  const root = packageWith(draft)
  expect(diffVersions('2026-11-20', 'draft', root)).toEqual({
    requirements: {
      added: ['AMP-TRUST-002'],
      removed: [],
      reworded: [{ id: 'AMP-TRUST-001', before: 'A network MUST listen.', after: 'A network SHOULD listen.' }],
    },
    schemas: { added: ['d.schema.json'], removed: ['c.schema.json'], changed: ['b.schema.json'] },
  })
  expect(diffVersions('draft', '2026-11-20', root).requirements.removed).toEqual(['AMP-TRUST-002'])
  expect(isSame(diffVersions('draft', 'draft', root))).toBe(true)
})

test('diff exits 0 for the same, 1 for another, 3 for an unknown version', async () => {
  expect(await run(draft, ['diff', 'draft', 'draft'])).toMatchObject({ code: 0 })
  const other = await run(draft, ['diff', '2026-11-20', 'draft'])
  expect(other.code).toBe(1)
  expect(other.out).toContain('+ AMP-TRUST-002')
  expect(other.out).toContain('was A network MUST listen.')
  expect(await run(draft, ['diff', 'draft', '2030-01-01'])).toMatchObject({
    code: 3,
    err: 'there is no version 2030-01-01; there are 2026-11-20, draft',
  })
})

test.each([[['touch']], [['dance']], [['lint', '--quickly']], [['diff', 'draft']]])(
  'misuse (%j) exits 3 and says why',
  async (words) => {
    const { code, err } = await run(register, words)
    expect(code).toBe(3)
    expect(err).toContain('error:')
  },
)

test.each(['coverage', 'lint', 'touch', 'diff'])('%s --help shows an example and exits 0', async (verb) => {
  const { code, out } = await run(register, [verb, '--help'])
  expect(code).toBe(0)
  expect(out).toContain(`$ npx amp spec ${verb}`)
})

test.each([[['coverage']], [['lint']], [['touch', 'AMP-TRUST-001']], [['diff', 'draft', 'draft']]])(
  'the words of %j end with what to do next',
  async (words) => {
    const { out } = await run(draft, words)
    expect(out.split('\n').at(-1)).toMatch(/^next: /)
  },
)

test('lint writes its findings as SARIF, one result for each at its line', async () => {
  const file = join(folderOfTest('sarif'), 'findings.sarif')
  const finding = { file: 'schemas/a.json', line: 7, rule: 'closed-objects', message: 'an open object' }
  const { code } = await run(register, ['lint', '--sarif', file], { schemas: [finding] })
  const [{ tool, results }] = JSON.parse(readFileSync(file, 'utf8')).runs
  expect({ code, rules: tool.driver.rules.map(({ id }: { id: string }) => id).includes('closed-objects') }).toEqual({
    code: 1,
    rules: true,
  })
  expect(results).toContainEqual({
    ruleId: 'closed-objects',
    ruleIndex: 0,
    level: 'error',
    message: { text: 'an open object' },
    locations: [{ physicalLocation: { artifactLocation: { uri: 'schemas/a.json' }, region: { startLine: 7 } } }],
  })
})

test('word says what a word of ours means, by its name before its meaning, and exits 3 where there is none', async () => {
  const { out, code } = await run(register, ['word', 'guard', 'stage', '--json'])
  expect([code, JSON.parse(out).map(({ word }: { word: string }) => word)]).toEqual([0, ['guard stage']])
  expect((await run(register, ['word', 'S2'])).out).toContain('before token (S2)')
  expect((await run(register, ['word'])).out.split('\n').length).toBeGreaterThan(150)
  expect((await run(register, ['word', 'flux capacitor'])).code).toBe(3)
})
