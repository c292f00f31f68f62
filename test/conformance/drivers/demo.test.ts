/** A network that speaks the API of the published demo is judged through its driver: right it passes, and each defect of the demo is named. */
import { afterAll, describe, expect, it } from 'vitest'
import {
  amountSpellings,
  openEnvelope,
  readAmount,
  writeAmount,
} from '../../../conformance/drivers/demo-api/spelling.ts'
import { closeClients } from '../../../conformance/target/client.ts'
import { judged } from './demo.ts'
import type { DemoNetworkOptions } from './demo-network.ts'

afterAll(closeClients)

const trust = (number: number): string => `AMP-TRUST-${String(number).padStart(3, '0')}`
const skipping = (...numbers: readonly number[]) => ({ ignores: numbers.map(trust) })

/** Defects found in the published demo that show at its API: what is wrong, how it is built in, and the requirement it breaks. */
const defects: readonly (readonly [what: string, built: Omit<DemoNetworkOptions, 'neighbours'>, breaks: string])[] = [
  ['a private key in the identity layer', { defects: ['private-key'] }, trust(114)],
  ['the key named by a mandate layer is not compared', skipping(122), trust(122)],
  ['the type of a mandate layer is not looked at', skipping(120), trust(120)],
  [
    'the mode of a mandate layer is not looked at',
    { defects: ['any-mode'], ...skipping(130, 133, 134, 135, 136, 137, 138, 139, 140, 141, 142, 143, 144, 145) },
    trust(130),
  ],
  ['a mandate layer needs no expiry', skipping(126), trust(126)],
  ['a mandate layer needs no nonce', skipping(123), trust(123)],
  ['a nonce counts twice', { defects: ['nonce-replay'] }, trust(52)],
  ['the key named by a token request layer is not compared', skipping(149), trust(149)],
  ['the type of a token request layer is not looked at', skipping(147), trust(147)],
  ['a token request layer needs no nonce', skipping(150), trust(150)],
  ['a token request layer needs no expiry', skipping(153), trust(153)],
  ['an intent may be stripped from a mandate layer', skipping(133, 134, 135, 143, 144), trust(133)],
  ['a checkout may be stripped from a token request layer', skipping(157, 158), trust(157)],
  ['amounts are told in major units', { defects: ['major-units'] }, trust(39)],
  ['names beyond ASCII are an internal error', { defects: ['ascii-only'] }, 'AMP-PAY-052'],
  ['any audience will do for a mandate layer', skipping(124), trust(124)],
  ['any audience will do for a token request layer', skipping(151), trust(151)],
  ['any word will do for the identity check', skipping(128), trust(128)],
  ['the payment is not compared with the order of its token', { defects: ['no-order-guard'] }, trust(89)],
  ['a payment repeated with another amount is told as a success', { defects: ['repeats-whatever'] }, 'AMP-PAY-044'],
  ['a token that failed eats its budget', { defects: ['no-release'] }, trust(31)],
  ['a mandate is active before anybody confirmed it', { defects: ['active-at-once'] }, trust(80)],
  ['a payment token is shorter than its form', { defects: ['short-token'] }, 'AMP-PAY-038'],
  ['a delegated mandate needs no token request layer', skipping(163), trust(163)],
  ['the checkout asked for is not the one the agent signed', { defects: ['unsigned-copy'] }, 'AMP-PAY-052'],
]

describe('a network behind the API of the published demo', () => {
  it.each([
    ...amountSpellings.map((amounts) => ({ names: 'camel' as const, amounts })),
    { names: 'snake' as const, amounts: 'cent-code' as const },
  ])('fails nothing, spelling $names and $amounts', { timeout: 120_000 }, async (spelling) => {
    const results = await judged(spelling)
    expect(results.length).toBeGreaterThan(60)
    expect(results.filter(({ verdict }) => verdict !== 'pass').map(({ id, reason }) => `${id}: ${reason}`)).toEqual([])
  })

  it.each(defects)('is found where %s', { timeout: 60_000 }, async (_what, built, breaks) => {
    const failed = (await judged(built, [breaks])).filter(({ verdict }) => verdict === 'fail' || verdict === 'warn')
    expect(failed.flatMap(({ requirements }) => requirements)).toContain(breaks)
  })
})

describe('the spelling of the demo', () => {
  it('reads every amount it writes', () => {
    const amount = { currency: 'USD', value: '50000' }
    for (const spelling of amountSpellings) expect(readAmount(writeAmount(amount, spelling))).toEqual(amount)
  })

  it('opens both envelopes', () => {
    const data = { paymentToken: 'x' }
    expect(openEnvelope({ success: true, resultCode: 'SUCCESS', data })).toEqual({
      success: true,
      code: 'SUCCESS',
      data,
    })
    const result = { resultCode: 'PARAM_ILLEGAL', resultStatus: 'F', resultMessage: 'no' }
    expect(openEnvelope({ result, authId: 'a' })).toEqual({
      success: false,
      code: 'PARAM_ILLEGAL',
      data: { authId: 'a' },
    })
  })
})
