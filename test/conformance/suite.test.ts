/** The suite inside somebody else's test runner, here vitest: one test for each check, against a server that starts late. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { suite } from '../../conformance/index.ts'
import { type Reference, startReference } from '../../reference/index.ts'

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
