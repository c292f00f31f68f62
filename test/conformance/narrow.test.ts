/** Where two targets part is made small: a program both are asked alone, or one call with those it draws on. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCase, writeCases } from '../../conformance/cases.ts'
import { certify, type Order } from '../../conformance/certify.ts'
import { allChecks } from '../../conformance/chapters/index.ts'
import { closeClients } from '../../conformance/index.ts'
import { drawnOn, narrow, partingText } from '../../conformance/narrow.ts'
import type { Exchange } from '../../conformance/target/client.ts'
import { type Reference, startReference } from '../../reference/index.ts'

const hooksSecret = 'narrow-narrow-narrow'
const folder = mkdtempSync(join(tmpdir(), 'amp-narrow-'))
let intact: Reference
let broken: Reference

beforeAll(async () => {
  intact = await startReference({ roles: ['network'], hooksSecret })
  const ignores = new Set(['AMP-TRUST-088:locked', 'EXT-HTTP-31'])
  broken = await startReference({ roles: ['network'], hooksSecret, deviation: { ignores } })
})

afterAll(async () => {
  await intact.stop()
  await broken.stop()
  await closeClients()
  rmSync(folder, { recursive: true, force: true })
})

const orderOf = ({ url }: Reference): Order => ({ url, roles: ['network'], hooksSecret, seed: 7 })

/** The check of the network that a word of its id tells. */
const checkCalled = (...words: readonly string[]): string => {
  const found = allChecks.filter(({ id, role }) => role === 'network' && words.every((word) => id.includes(word)))
  expect(found.map(({ id }) => id)).toHaveLength(1)
  return found[0]?.id ?? ''
}

describe('two networks, one of which forgets an update of a budget', () => {
  const check = checkCalled('different requests that meet on a mandate')

  it('part at a program of at most five commands, which is played alone on both', { timeout: 120_000 }, async () => {
    const parting = await narrow(orderOf(intact), orderOf(broken), check)
    if (!parting || !('steps' in parting)) throw new Error(`no program: ${JSON.stringify(parting)}`)
    expect(parting.steps.flat().length).toBeLessThanOrEqual(5)
    expect(parting.first).toBe('pass')
    expect(parting.second).toMatch(/^fail: expected /)
    expect(partingText(check, parting)).toMatch(/narrowed to one check, and \d commands of it:/)
  })

  it('leave a case whose program a replay plays first', { timeout: 120_000 }, async () => {
    const order = { ...orderOf(broken), only: check }
    const [file = ''] = await writeCases(await certify(order), folder)
    const one = await readCase(JSON.parse(readFileSync(file, 'utf8')))
    expect(one.program?.flat().length).toBeLessThanOrEqual(5)
    const program = { steps: one.program ?? [], alone: true }
    const verdictOf = async (target: Reference) =>
      (await certify({ ...orderOf(target), only: check, program })).results.map(({ verdict }) => verdict)
    expect(await verdictOf(broken)).toEqual(['fail'])
    expect(await verdictOf(intact)).toEqual(['pass'])
    // Nothing beside the program is looked for: without a command nothing is found.
    const nothing = { ...orderOf(broken), only: check, program: { steps: [], alone: true } }
    expect((await certify(nothing)).results).toMatchObject([{ verdict: 'pass' }])
  })
})

describe('two networks, one of which takes a nonce twice', () => {
  it('part at one call, with the calls it draws on', { timeout: 60_000 }, async () => {
    const check = checkCalled('the nonce of a verified signature is not taken twice')
    const parting = await narrow(orderOf(intact), orderOf(broken), check)
    if (!parting || 'steps' in parting) throw new Error(`no call: ${JSON.stringify(parting)}`)
    expect([parting.first, parting.second]).toEqual(['401 signature-replayed', '200'])
    expect(parting.draws.every(({ call }) => call < parting.call)).toBe(true)
  })

  it('answer alike what is no concern of nonces', { timeout: 60_000 }, async () => {
    const check = checkCalled('the discovery document matches its schema')
    expect(await narrow(orderOf(intact), orderOf(broken), check)).toBeUndefined()
    expect(partingText(check, undefined)).toContain('both answer alike')
  })
})

const exchange = (body: object, answer: object, headers: Record<string, string> = {}): Exchange => ({
  method: 'POST',
  url: 'https://wallet.example/wallet/pay',
  headers,
  body: JSON.stringify(body),
  status: 200,
  answerHeaders: {},
  answer: JSON.stringify(answer),
  milliseconds: 1,
})

const token = (claims: object): string =>
  ['{"alg":"ES256"}', JSON.stringify(claims), 'signature-of-64-bytes']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')

describe('a call draws on', () => {
  it.each<[string, readonly Exchange[], readonly number[]]>([
    [
      'nothing where nothing before it named what it holds',
      [exchange({}, { id: 'agent-123456' }), exchange({ id: 'agent-654321' }, {})],
      [],
    ],
    [
      'the call whose answer named what it holds',
      [exchange({}, { id: 'agent-123456' }), exchange({}, {}), exchange({ id: 'agent-123456' }, {})],
      [0],
    ],
    [
      'the call that asked with it first',
      [exchange({ a: 'order-123456' }, {}), exchange({ b: 'order-123456' }, {})],
      [0],
    ],
    [
      'those before through those between',
      [
        exchange({}, { id: 'agent-123456' }),
        exchange({ id: 'agent-123456' }, { mandate: 'mandate-123456' }),
        exchange({}, { id: 'agent-777777' }),
        exchange({ mandate: 'mandate-123456' }, {}),
      ],
      [0, 1],
    ],
    [
      'what stands inside a signed token',
      [exchange({}, { id: 'mandate-123456' }), exchange({ jws: token({ mandate: 'mandate-123456' }) }, {})],
      [0],
    ],
    [
      'whoever gave the session it comes with',
      [exchange({}, { userToken: 'token-1234567' }), exchange({}, {}, { authorization: 'Bearer token-1234567' })],
      [0],
    ],
    [
      'no other for a time or an address they share',
      [
        exchange({ at: '2026-11-20T10:00:00Z', who: 'https://network.example' }, {}),
        exchange({ at: '2026-11-20T10:00:00Z', who: 'https://network.example' }, {}),
      ],
      [],
    ],
    [
      'nothing where an answer is no JSON',
      [{ ...exchange({}, {}), answer: '<html>' }, exchange({ id: 'agent-123456' }, {})],
      [],
    ],
  ])('%s', (_says, calls, places) => {
    expect(drawnOn(calls)).toEqual(places)
  })
})
