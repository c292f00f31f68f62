/** What a failing lint writes as SARIF is SARIF 2.1.0, and leads a reader to the lines that are wrong. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { lintText, schemaRules } from '../../schemas/ruleset.ts'
import { specCommand } from '../../spec/tools/command.ts'
import { attributes, packageWith, published, trustFile } from './fixture.ts'

const closed = (properties: object, required = Object.keys(properties)) => ({
  ...{ type: 'object', additionalProperties: false, properties, required },
})
const text = { type: 'string', minLength: 1 }
const described = closed({ text })

/**
 * What SARIF 2.1.0 asks of the members a lint uses, each closed so that no other is there: `sarifLog` (3.13), `run` (3.14),
 * `tool` (3.18), `toolComponent` (3.19), `result` (3.27), `location` (3.28), `physicalLocation` (3.29), `region` (3.30) and
 * `reportingDescriptor` (3.49).
 */
const sarif = closed({
  $schema: { const: 'https://json.schemastore.org/sarif-2.1.0.json' },
  version: { const: '2.1.0' },
  runs: {
    type: 'array',
    minItems: 1,
    items: closed({
      tool: closed({
        driver: closed({
          name: text,
          version: text,
          rules: {
            type: 'array',
            uniqueItems: true,
            items: closed({ id: text, shortDescription: described }),
          },
        }),
      }),
      columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
      results: {
        type: 'array',
        items: closed({
          ruleId: text,
          ruleIndex: { type: 'integer', minimum: 0 },
          level: { enum: ['none', 'note', 'warning', 'error'] },
          message: described,
          locations: {
            type: 'array',
            items: closed({
              physicalLocation: closed({
                artifactLocation: closed({
                  uri: { type: 'string', pattern: "^([A-Za-z0-9._~!$&'()*+,;=@-]|%[0-9A-F]{2}|/)+$" },
                }),
                region: closed({ startLine: { type: 'integer', minimum: 1 } }),
              }),
            }),
          },
        }),
      },
    }),
  },
})
const isSarif = new Ajv2020({ allErrors: true }).compile(sarif)
const against = (document: unknown) => (isSarif(document) ? [] : isSarif.errors)

type Document = {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }
    readonly results: readonly {
      readonly ruleId: string
      readonly ruleIndex: number
      readonly message: { readonly text: string }
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string }
          readonly region: { readonly startLine: number }
        }
      }[]
    }[]
  }[]
}

const open = '{\n  "type": "object",\n  "properties": {\n    "a": { "type": "string" }\n  }\n}\n'
const odd = 'spec/2026-11-20/extensions/a name, 100 % ours: #1.md'
const schemaFile = 'schemas/2026-11-20/open.schema.json'

/** Lints a package in which text and a schema are wrong, and gives the file that comes out, and the exit code. */
const failing = async (files: Readonly<Record<string, string>>) => {
  const root = packageWith(files)
  const file = join(root, 'findings.sarif')
  let code = -1
  await specCommand({
    root,
    lintSchemas: async () =>
      files[schemaFile] === undefined ? [] : lintText(schemaFile, files[schemaFile] ?? '', schemaRules),
    print: () => {},
    exit: (exit) => {
      code = exit
    },
  }).parseAsync(['lint', '--sarif', file], { from: 'user' })
  const document: Document = JSON.parse(readFileSync(file, 'utf8'))
  return { code, document, root }
}

const sound = { [trustFile]: published('- **AMP-TRUST-001** A network MUST listen.', attributes) }
const wrong = {
  [trustFile]: `${sound[trustFile]}\nIt SHOULD answer, see [nowhere](gone.md).\nAs in AMP-TRUST-999.\n`,
  [odd]: 'Ours.\n\nIt MUST be found.\n',
  [schemaFile]: open,
}

describe('the SARIF of a lint', () => {
  test('is valid where there are findings and where there are none', async () => {
    const [found, clean] = [await failing(wrong), await failing(sound)]
    expect([found.code, against(found.document)]).toEqual([1, []])
    expect([clean.code, against(clean.document), clean.document.runs[0]?.results]).toEqual([0, [], []])
  })

  test('names a rule of its table with each result, and the line of a file that is there', async () => {
    const { document, root } = await failing(wrong)
    const [run] = document.runs
    const rules = run?.tool.driver.rules.map(({ id }) => id) ?? []
    expect(new Set(rules).size).toBe(rules.length)
    const told = run?.results.map(({ ruleId, ruleIndex, locations: [place] }) => {
      const { artifactLocation, region } = place?.physicalLocation ?? {}
      const line = readFileSync(new URL(artifactLocation?.uri ?? '', `file://${root}/`), 'utf8').split('\n')
      return [rules[ruleIndex] === ruleId, ruleId, line[(region?.startLine ?? 0) - 1]?.trim()]
    })
    expect(told).toEqual(
      expect.arrayContaining([
        [true, 'untagged-keyword', 'It MUST be found.'],
        [true, 'untagged-keyword', 'It SHOULD answer, see [nowhere](gone.md).'],
        [true, 'dead-link', 'It SHOULD answer, see [nowhere](gone.md).'],
        [true, 'unknown-id', 'As in AMP-TRUST-999.'],
        [true, 'schema-string-bounded', '"a": { "type": "string" }'],
      ]),
    )
    expect(told?.filter(([known]) => !known)).toEqual([])
  })

  test('is refused without any one of the members it needs', async () => {
    const { document } = await failing(wrong)
    const without = (value: unknown): readonly (() => unknown)[] => {
      if (Array.isArray(value)) return without(value[0]).map((make) => () => [make(), ...value.slice(1)])
      if (typeof value !== 'object' || value === null) return []
      const entries = Object.entries(value)
      return entries.flatMap(([name, inner]) => [
        () => Object.fromEntries(entries.filter(([other]) => other !== name)),
        ...without(inner).map((make) => () => ({ ...value, [name]: make() })),
      ])
    }
    const cut = without(document)
    expect(cut.length).toBeGreaterThanOrEqual(18)
    expect(cut.filter((make) => against(make())?.length === 0)).toEqual([])
  })
})
