/** Who may import whom, what the core may not reach, and how files begin: the house, held by a test. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../schemas/index.ts'

/** Folders a file may import from; the longest prefix of its path counts. `*` allows everything of ours. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'amp.ts': ['*'],
  demo: ['*'],
  test: ['*'],
  schemas: ['schemas'],
  'spec/tools': ['schemas', 'spec/tools'],
  'spec/tools/command.ts': ['schemas', 'spec/tools', 'conformance/index.ts'],
  'reference/core': ['schemas', 'reference/core'],
  'reference/ledger': ['schemas', 'reference/core', 'reference/ledger'],
  'reference/http': ['schemas', 'reference/core', 'reference/http', 'reference/ledger/index.ts'],
  reference: ['schemas', 'reference'],
  bridge: ['schemas', 'bridge', 'reference/core'],
  conformance: ['schemas', 'conformance'],
}

/** Packages a room may use where it is not free to choose. */
const packages: Readonly<Record<string, RegExp>> = {
  schemas: /^(node:.*|ajv|ajv\/.*|ajv-formats|canonicalize|json-schema-to-typescript|@stoplight\/.*)$/,
  'reference/core': /^(node:crypto|node:zlib|jose|@sd-jwt\/.*|@noble\/.*)$/,
  conformance: /^(node:.*|jose|fast-check|undici|ws|commander|picocolors|http-message-signatures|@noble\/.*)$/,
}

const bannedInCore = /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\brandomUUID\b|\bsetTimeout\b|\bfetch\(|\bprocess\./
const bannedNames = /^(?:export )?(?:class|function|const|type|interface) \w*(?:Manager|Service|Handler|Util)s?\b/m

type Files = ReadonlyMap<string, string>

const longest = <Value>(table: Readonly<Record<string, Value>>, path: string): Value | undefined =>
  Object.entries(table)
    .filter(([prefix]) => path === prefix || path.startsWith(`${prefix}/`))
    .sort(([a], [b]) => b.length - a.length)[0]?.[1]

const importsOf = (text: string): readonly string[] =>
  [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g), ...text.matchAll(/^import '([^']+)'/gm)].map(
    ([, name = '']) => name,
  )

/** What breaks the house, each as one line. */
const breaches = (files: Files): readonly string[] =>
  [...files].flatMap(([path, text]) => {
    const allowed = longest(mayImport, path)
    if (!allowed) return []
    const found: string[] = []
    for (const name of importsOf(text)) {
      if (name.startsWith('.')) {
        const target = join(path, '..', name)
        if (!allowed.includes('*') && !allowed.some((prefix) => target === prefix || target.startsWith(`${prefix}/`)))
          found.push(`${path} -> ${target}`)
      } else {
        const free = longest(packages, path)
        if (free && !free.test(name)) found.push(`${path} -> ${name}`)
      }
    }
    if (path.startsWith('reference/core/')) {
      const banned = bannedInCore.exec(text.replaceAll(/\/\*[\s\S]*?\*\//g, ''))
      if (banned) found.push(`${path}: ${banned[0]}`)
    }
    if (!/^(#!.*\n)?\/\*\* ?\S/.test(text)) found.push(`${path}: does not begin with what it is`)
    if (/^export default/m.test(text) && !path.endsWith('.config.ts')) found.push(`${path}: default export`)
    if (/\bmkdtempSync\(/.test(text) && !/\brmSync\(/.test(text)) found.push(`${path}: leaves its temporary folder`)
    const name = bannedNames.exec(text)
    if (name) found.push(`${path}: ${name[0]}`)
    if (!/(^|\/)[a-z0-9]+([-.][a-z0-9]+)*\.ts$/.test(path)) found.push(`${path}: not kebab-case`)
    return found
  })

const ours = (): Files => {
  const skipped = /^(node_modules|dist|schemas\/generated|\.git)(\/|$)/
  const paths = readdirSync(packageRoot, { recursive: true, encoding: 'utf8' })
  return new Map(
    paths
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && !skipped.test(path))
      .map((path) => [path, readFileSync(join(packageRoot, path), 'utf8')]),
  )
}

describe('the house', () => {
  it('is kept', () => {
    expect(breaches(ours())).toEqual([])
  })

  it.each([
    [
      'conformance/x.ts',
      "import { a } from '../reference/core/index.ts'",
      'conformance/x.ts -> reference/core/index.ts',
    ],
    ['bridge/x.ts', "import { a } from '../conformance/index.ts'", 'bridge/x.ts -> conformance/index.ts'],
    [
      'reference/http/x.ts',
      "import { a } from '../ledger/money.ts'",
      'reference/http/x.ts -> reference/ledger/money.ts',
    ],
    ['reference/core/x.ts', 'const a = Date.now()', 'reference/core/x.ts: Date.now'],
    ['reference/core/x.ts', "import { a } from 'express'", 'reference/core/x.ts -> express'],
    ['schemas/x.ts', "import { a } from '../reference/index.ts'", 'schemas/x.ts -> reference/index.ts'],
    ['bridge/x.ts', 'class KeyManager {}', 'bridge/x.ts: class KeyManager'],
    ['test/x.ts', `const folder = mkdtempSync${'('}'amp-')`, 'test/x.ts: leaves its temporary folder'],
  ])('sees a breach in %s', (path, line, breach) => {
    expect(breaches(new Map([[path, `/** A file. */\n${line}\n`]]))).toContain(breach)
  })
})
