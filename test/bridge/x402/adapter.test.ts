/** Proves that x402 there and back is what went, that amounts are exact or refused, and that signatures are viem's. */
import { computeChannelId } from '@x402/evm/batch-settlement/client'
import fc from 'fast-check'
import { hashTypedData } from 'viem'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../../bridge/json.ts'
import { readDescription } from '../../../bridge/message.ts'
import { adapterOf } from '../../../bridge/registry.ts'
import { translate } from '../../../bridge/translate.ts'
import { translateOut } from '../../../bridge/translate-out.ts'
import { amountOfAtomic, atomicOfAmount, networkOf } from '../../../bridge/x402/assets.ts'
import { digestOf, signerOf } from '../../../bridge/x402/typed-data.ts'
import { a2aExtensions } from '../../../bridge/x402/wire.ts'
import { accept } from '../../../reference/core/outcome.ts'
import { everybody } from '../parties.ts'
import { now } from '../tap-agent.ts'
import { due } from './outbound.ts'
import { account, authorise, chain, requirements, settings, usdc } from './samples.ts'

const adapter = adapterOf('x402')
if (!adapter) throw new Error('x402 is not registered')

const post = (body: unknown, headers: Record<string, string> = {}) => ({
  method: 'POST',
  url: 'https://bridge.example/',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})
const run = (message: unknown, context = everybody(settings)) => translate(readDescription(message), context)

describe('there and back', () => {
  it('is the identity on what was carried, in every version, scheme and carrier', async () => {
    await fc.assert(
      fc.asyncProperty(due, async (document) => {
        if (document.kind !== 'checkout') return
        const gone = translateOut(accept(document as unknown as Json), adapter, { now, settings: {} })
        if (gone.outcome !== 'translated') throw new Error(gone.problem.code)
        const { given, value } = document
        const isA2a = given.carrier === 'a2a'
        const { currency } = value.total_amount
        const known = {
          protocols: { x402: { assets: [{ network: chain, asset: usdc, decimals: given.decimals ?? 0, currency }] } },
        }
        const body = isA2a ? { result: { status: { message: { metadata: gone.message.body } } } } : gone.message.body
        const back = await run(post(body), everybody(known))
        if (back.outcome !== 'translated' || !back.draft) throw new Error('it did not come back')
        if (given.scheme === 'upto') {
          expect(back.draft.mode).toBe('AUTONOMOUS')
          expect(back.draft.intent).toMatchObject({
            constraints: { budget_amount: value.total_amount, merchant_name_list: [value.merchant.merchant_name] },
          })
        } else expect(back.draft).toMatchObject({ mode: 'IMMEDIATE', checkout: value })
        const named = gone.message.headers?.['X-A2A-Extensions']
        expect(named).toBe(isA2a ? a2aExtensions[given.extension === '0.1' ? '0.1' : '0.2'] : undefined)
      }),
      { numRuns: 100 },
    )
  })
})

describe('amounts', () => {
  const currencies = fc.constantFrom(['JPY', 0], ['USD', 2], ['KWD', 3]) as fc.Arbitrary<[string, number]>
  it('are exact in assets of 0, 2, 3, 6 and 18 decimals, or refused', () => {
    fc.assert(
      fc.property(
        currencies,
        fc.constantFrom(0, 2, 3, 6, 18),
        fc.bigInt({ min: 0n, max: 10n ** 17n }),
        ([currency, exponent], decimals, count) => {
          const atomic = count.toString()
          const minor = amountOfAtomic(atomic, { currency, decimals }, 'x')
          // Exact: count / 10^decimals = value / 10^exponent, with integers alone.
          if (minor.ok) {
            expect(BigInt(minor.value.value) * 10n ** BigInt(decimals)).toBe(count * 10n ** BigInt(exponent))
            expect(atomicOfAmount(minor.value, decimals, 'x')).toEqual(accept(atomic))
          } else if (minor.refusal.code === 'micro-amount-fractional')
            expect((count * 10n ** BigInt(exponent)) % 10n ** BigInt(decimals)).not.toBe(0n)
          else expect((count * 10n ** BigInt(exponent)) / 10n ** BigInt(decimals)).toBeGreaterThanOrEqual(10n ** 18n)
        },
      ),
      { numRuns: 300 },
    )
  })

  it.each(['', '01', '-1', '1.5', '1e3', ' 1', 'ten'])('of %j are none', (text) => {
    expect(amountOfAtomic(text, { currency: 'USD', decimals: 6 }, 'x')).toMatchObject({
      ok: false,
      refusal: { code: 'message-malformed' },
    })
  })

  it('leave where the asset is fine enough', () => {
    expect(atomicOfAmount({ currency: 'KWD', value: '1' }, 2, 'x')).toMatchObject({
      refusal: { code: 'micro-amount-fractional' },
    })
    expect(atomicOfAmount({ currency: 'KWD', value: '10' }, 2, 'x')).toEqual(accept('1'))
  })
})

describe('signatures', () => {
  const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString('hex')}`
  const word = fc.stringMatching(/^[0-9a-f]{64}$/).map((text) => `0x${text}` as `0x${string}`)
  const place = fc.stringMatching(/^[0-9a-f]{40}$/).map((text) => `0x${text}` as `0x${string}`)

  it('are over the digests that viem and the stock client make', () => {
    fc.assert(
      fc.property(
        place,
        place,
        word,
        fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
        fc.integer({ min: 900, max: 99_999 }),
        (a, b, salt, most, delay) => {
          const domain = {
            name: 'x402 Batch Settlement',
            version: '1',
            chainId: 84_532,
            verifyingContract: '0x4020074e9dF2ce1deE5A9C1b5c3f541D02a10003' as const,
          }
          const config = {
            payer: a,
            payerAuthorizer: a,
            receiver: b,
            receiverAuthorizer: b,
            token: usdc as `0x${string}`,
            withdrawDelay: delay,
            salt,
          }
          const id = computeChannelId(config, chain)
          expect(hex(digestOf(domain, 'ChannelConfig', config))).toBe(id)
          const theirs = hashTypedData({
            domain,
            types: {
              Voucher: [
                { name: 'channelId', type: 'bytes32' },
                { name: 'maxClaimableAmount', type: 'uint128' },
              ],
            },
            primaryType: 'Voucher',
            message: { channelId: id, maxClaimableAmount: most },
          })
          expect(hex(digestOf(domain, 'Voucher', { channelId: id, maxClaimableAmount: most }))).toBe(theirs)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('recover to the account that signed, and to nobody when mirrored', async () => {
    const { signature, authorization } = await authorise({ value: '10000', nonce: 'ab'.repeat(32) })
    const domain = { name: 'USDC', version: '2', chainId: 84_532, verifyingContract: usdc }
    const digest = digestOf(domain, 'TransferWithAuthorization', authorization)
    expect(signerOf(digest, signature)).toBe(account.address.toLowerCase())
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const s = order - BigInt(`0x${signature.slice(66, 130)}`)
    const flipped = signature.slice(130) === '1b' ? '1c' : '1b'
    const mirrored = `${signature.slice(0, 66)}${s.toString(16).padStart(64, '0')}${flipped}`
    expect(signerOf(digest, mirrored)).toBeUndefined()
    expect(signerOf(digest, '0x00')).toBeUndefined()
  })
})

describe('a payment', () => {
  const paid = async (value = '10000', more: object = {}) => {
    const payload = await authorise({ value, nonce: 'cd'.repeat(32), ...more })
    return post({ x402Version: 2, resource: { url: 'https://shop.example/tea' }, accepted: requirements(1), payload })
  }

  it('comes once, names its payer, and proves no more than that', async () => {
    const context = everybody(settings)
    const first = await run(await paid(), context)
    expect(first).toMatchObject({
      outcome: 'translated',
      identity: { agent: { id: `did:pkh:${chain}:${account.address.toLowerCase()}` }, proof: 'none' },
      evidence: expect.arrayContaining([
        expect.objectContaining({ kind: 'payment-authorisation', status: 'verified' }),
      ]),
      draft: { status: 'inactive', checkout: { total_amount: { currency: 'USD', value: '1' } } },
    })
    expect(await run(await paid(), context)).toMatchObject({
      outcome: 'refused',
      problem: { code: 'foreign-nonce-replayed' },
    })
  })

  it.each([
    ['not valid yet', { validAfter: String(now + 61) }, 'foreign-not-yet-valid'],
    ['expired', { validBefore: String(now) }, 'foreign-expired'],
  ])('that is %s is refused', async (_, more, code) => {
    expect(await run(await paid('10000', more))).toMatchObject({ problem: { code } })
  })

  it('of a contract, or of another chain, is taken for what it is: unverified', async () => {
    const accepted = { ...requirements(1), network: 'solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp' }
    const known = {
      protocols: { x402: { assets: [{ network: 'solana', asset: usdc, decimals: 6, currency: 'USD' }] } },
    }
    const message = post({ x402Version: 2, accepted, payload: { transaction: 'AAAA' } })
    expect(await run(message, everybody(known))).toMatchObject({
      identity: { agent: { id: 'unknown' } },
      evidence: expect.arrayContaining([
        expect.objectContaining({ kind: 'payment-authorisation', status: 'unverified' }),
      ]),
    })
    const { authorization } = await authorise({ value: '10000', nonce: 'cd'.repeat(32) })
    const contract = post({
      x402Version: 2,
      accepted: requirements(1),
      payload: { authorization, signature: `0x${'ab'.repeat(80)}` },
    })
    expect(await run(contract)).toMatchObject({
      evidence: expect.arrayContaining([
        expect.objectContaining({ kind: 'payment-authorisation', status: 'unverified' }),
      ]),
    })
  })

  it('on an amp network goes on to its facilitator, whoever else looks at the message', async () => {
    const accepted = { ...requirements(1), network: 'amp:main', asset: 'USD', extra: { scale: 6, request: 'x' } }
    expect(await run(post({ x402Version: 2, accepted, payload: {} }))).toMatchObject({ outcome: 'not-this-protocol' })
  })

  it('by a voucher of a channel is checked and proposes nothing; a deposit proposes bounds', async () => {
    const config = {
      payer: account.address,
      payerAuthorizer: account.address,
      receiver: requirements(1).payTo as `0x${string}`,
      receiverAuthorizer: requirements(1).payTo as `0x${string}`,
      token: usdc as `0x${string}`,
      withdrawDelay: 900,
      salt: `0x${'00'.repeat(32)}` as const,
    }
    const channelId = computeChannelId(config, chain)
    const signature = await account.signTypedData({
      domain: {
        name: 'x402 Batch Settlement',
        version: '1',
        chainId: 84_532,
        verifyingContract: '0x4020074e9dF2ce1deE5A9C1b5c3f541D02a10003',
      },
      types: {
        Voucher: [
          { name: 'channelId', type: 'bytes32' },
          { name: 'maxClaimableAmount', type: 'uint128' },
        ],
      },
      primaryType: 'Voucher',
      message: { channelId, maxClaimableAmount: 10_000n },
    })
    const voucher = { channelId, maxClaimableAmount: '10000', signature }
    const message = (payload: object) =>
      post({ x402Version: 2, accepted: requirements(1, 'batch-settlement'), payload })
    const checked = await run(message({ type: 'voucher', channelConfig: config, voucher }))
    expect(checked).toMatchObject({
      outcome: 'translated',
      evidence: expect.arrayContaining([
        expect.objectContaining({ kind: 'payment-authorisation', status: 'verified' }),
      ]),
    })
    expect(checked).not.toHaveProperty('draft')
    const deposit = { amount: '5000000', authorization: {} }
    expect(await run(message({ type: 'deposit', channelConfig: config, voucher, deposit }))).toMatchObject({
      draft: { mode: 'AUTONOMOUS', intent: { constraints: { budget_amount: { currency: 'USD', value: '500' } } } },
    })
    const lower = { ...voucher, maxClaimableAmount: '10001' }
    expect(await run(message({ channelConfig: config, voucher: lower }))).toMatchObject({
      problem: { code: 'foreign-signature-invalid' },
    })
    const salted = { ...config, salt: `0x${'01'.repeat(32)}` }
    expect(await run(message({ channelConfig: salted, voucher }))).toMatchObject({
      problem: { code: 'foreign-object-mismatch' },
    })
  })
})

it('names of networks are those of version 2', () => {
  expect([networkOf('base-sepolia'), networkOf('eip155:1'), networkOf('constructor')]).toEqual([
    chain,
    'eip155:1',
    'constructor',
  ])
})
