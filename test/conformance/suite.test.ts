/** The suite inside somebody else's test runner, here vitest and node:test: one test for each check, against a server that starts late. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { suite } from '../../conformance/index.ts'
import { type Reference, startReference } from '../../reference/index.ts'
import { packageFile } from '../../schemas/index.ts'
import { folderOfTest } from '../folder.ts'

const hooksSecret = 'suite-test-suite-test'
let reference: Reference
beforeAll(async () => {
  reference = await startReference({ roles: ['merchant'], hooksSecret })
})
afterAll(async () => reference.stop())

suite(
  { url: () => reference.url, roles: ['merchant'], hooksSecret, only: 'EXT-HTTP-3' },
  { describe, it, beforeAll, afterAll },
)

describe('a suite in a runner', () => {
  it('fails the test of a check that fails', async () => {
    const broken = await startReference({
      roles: ['merchant'],
      hooksSecret,
      deviation: { ignores: new Set(['EXT-HTTP-3']) },
    })
    const tests: (() => Promise<void>)[] = []
    let [open, close] = [async () => {}, async () => {}]
    suite(
      { url: broken.url, roles: ['merchant'], hooksSecret, only: 'EXT-HTTP-3' },
      {
        describe: (_name, body) => body(),
        it: (_name, body) => tests.push(body),
        beforeAll: (body) => {
          open = body
        },
        afterAll: (body) => {
          close = body
        },
      },
    )
    await open()
    const outcomes = await Promise.allSettled(tests.map((test) => test()))
    await close()
    await broken.stop()
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected'])
  })
})

describe('a suite in node:test', () => {
  /** Runs a file of tests as an implementer has it, with nothing but node and what the README shows. */
  const nodeTest = (url: string): Promise<{ readonly code: number | null; readonly out: string }> => {
    const file = join(folderOfTest('node-test'), 'amp.test.mjs')
    writeFileSync(
      file,
      `import { after, before, describe, it } from 'node:test'
       import { suite } from ${JSON.stringify(pathToFileURL(packageFile('conformance', 'index.ts')).href)}
       suite(
         { url: ${JSON.stringify(url)}, roles: ['merchant'], hooksSecret: ${JSON.stringify(hooksSecret)}, only: 'EXT-HTTP-3' },
         { describe, it, beforeAll: before, afterAll: after },
       )`,
    )
    return new Promise((resolve) => {
      const tsx = pathToFileURL(packageFile('node_modules', 'tsx', 'dist', 'loader.mjs')).href
      // What tells node that it is run by a test runner would silence it.
      const { NODE_TEST_CONTEXT: _context, ...env } = process.env
      const child = spawn(process.execPath, ['--import', tsx, '--test', file], { env })
      let out = ''
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk
      })
      child.on('close', (code) => resolve({ code, out }))
    })
  }

  it('passes an intact target and fails a broken one', { timeout: 60_000 }, async () => {
    const broken = await startReference({
      roles: ['merchant'],
      hooksSecret,
      deviation: { ignores: new Set(['EXT-HTTP-3']) },
    })
    const [good, bad] = [await nodeTest(reference.url), await nodeTest(broken.url)]
    await broken.stop()
    expect([good.code, bad.code]).toEqual([0, 1])
    expect(good.out).toContain('(EXT-HTTP-3)')
    expect(bad.out).toContain('fail: ')
  })
})
