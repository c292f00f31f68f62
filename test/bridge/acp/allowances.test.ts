/** Proves that a token on an allowance is taken once, for what it was issued, and never beyond its mandate. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AllowanceParts,
  type Charge,
  issueAllowance,
  memoryAllowances,
  takeAllowance,
} from '../../../bridge/acp/allowances.ts'
import type { AcpAllowance } from '../../../bridge/acp/wire.ts'
import { memoryNonces } from '../../../bridge/nonces.ts'
import type { Message } from '../../../schemas/index.ts'
import { now } from '../tap-agent.ts'
import { activated } from '../ucp/outbound.ts'

type Mandate = Message<'trust/mandate'>

const allowance: AcpAllowance = {
  maxAmount: { currency: 'USD', value: '2000' },
  sessionId: 'session-1',
  merchantId: 'acct_tea_1',
  expiresAt: now + 600,
}
const charge: Charge = { merchantId: 'acct_tea_1', sessionId: 'session-1', amount: { currency: 'USD', value: '2000' } }

const setup = (change: Partial<Mandate> = {}, more: Partial<AllowanceParts> = {}) => {
  let clock = now
  let mandate: Mandate | undefined = { ...(activated('5000', 'USD') as unknown as Mandate), ...change }
  let count = 0
  const parts: AllowanceParts = {
    store: memoryAllowances(),
    nonces: memoryNonces(100),
    mandateOf: async (id) => (mandate?.mandateId === id ? mandate : undefined),
    now: () => clock,
    newToken: () => `token${(count += 1)}`,
    merchantOf: (account) => (account === 'acct_tea_1' ? 'tea-house' : account),
    ...more,
  }
  return {
    parts,
    issue: (with_: Partial<AcpAllowance> = {}) => issueAllowance({ ...allowance, ...with_ }, 'mandate-1', parts),
    take: (id: string, with_: Partial<Charge> = {}) => takeAllowance(id, { ...charge, ...with_ }, parts),
    wait: (seconds: number) => {
      clock += seconds
    },
    become: (mandateStatus: Mandate['mandateStatus']) => {
      mandate = mandate && { ...mandate, mandateStatus }
    },
  }
}

const codeOf = (outcome: { ok: boolean; refusal?: { code: string } }) => (outcome.ok ? 'ok' : outcome.refusal?.code)

const tokenOf = async ({ issue }: ReturnType<typeof setup>): Promise<string> => {
  const issued = await issue()
  if (!issued.ok) throw new Error(issued.refusal.code)
  return issued.value.id
}

describe('a token', () => {
  it('is taken once, also by a hundred at a time', async () => {
    const house = setup()
    const id = await tokenOf(house)
    expect(id).toMatch(/^vt_[a-zA-Z0-9]+$/)
    const all = await Promise.all(Array.from({ length: 100 }, () => house.take(id)))
    expect(all.filter(({ ok }) => ok)).toHaveLength(1)
    expect(new Set(all.filter(({ ok }) => !ok).map(codeOf))).toEqual(new Set(['payment-token-used']))
  })

  it.each([
    ['another merchant', { merchantId: 'acct_other' }, 'merchant-out-of-scope'],
    ['another session', { sessionId: 'session-2' }, 'checkout-mismatch'],
    ['another currency', { amount: { currency: 'EUR', value: '1' } }, 'currency-mismatch'],
    ['one minor unit more', { amount: { currency: 'USD', value: '2001' } }, 'amount-out-of-range'],
  ])('is not for %s, and stays as it was', async (_name, change, code) => {
    const house = setup()
    const id = await tokenOf(house)
    expect(codeOf(await house.take(id, change))).toBe(code)
    expect(codeOf(await house.take(id))).toBe('ok')
  })

  it('is worth nothing at its end, and unknown where nobody issued it', async () => {
    const house = setup()
    const id = await tokenOf(house)
    expect(codeOf(await house.take('vt_nobody'))).toBe('payment-token-unknown')
    house.wait(600)
    expect(codeOf(await house.take(id))).toBe('payment-token-expired')
  })

  it.each(['revoked', 'expired', 'finished', 'inactive'] as const)('dies with its mandate, %s', async (status) => {
    const house = setup()
    const id = await tokenOf(house)
    house.become(status)
    expect(codeOf(await house.take(id))).toBe(`mandate-${status}`)
    expect(codeOf(await house.issue())).toBe(`mandate-${status}`)
  })

  it('is not taken where nobody can record it', async () => {
    const house = setup({}, { nonces: memoryNonces(0) })
    expect(codeOf(await house.take(await tokenOf(house)))).toBe('peer-unavailable')
  })
})

describe('an allowance', () => {
  it('is never wider than its mandate, whatever is asked', async () => {
    const amount = fc.integer({ min: 1, max: 9_999 }).map(String)
    await fc.assert(
      fc.asyncProperty(amount, amount, fc.option(amount), async (asked, left, one) => {
        const usd = (value: string) => ({ currency: 'USD', value })
        const constraints = { budget_amount: usd('9999'), ...(one === null ? {} : { payment_amount_max: usd(one) }) }
        const budget = {
          total: usd('9999'),
          limit: usd('9999'),
          held: usd('0'),
          captured: usd('0'),
          remaining: usd(left),
        }
        const { issue } = setup({ budget, constraints })
        const most = Math.min(Number(left), one === null ? Number.POSITIVE_INFINITY : Number(one))
        const expected = Number(asked) <= most ? 'ok' : 'budget-exceeded'
        expect(codeOf(await issue({ maxAmount: usd(asked) }))).toBe(expected)
      }),
      { numRuns: 200 },
    )
  })

  it.each([
    ['ends after its mandate', { expiresAt: now + 100 * 86_400 }, {}, 'mandate-expired'],
    ['is over already', { expiresAt: now }, {}, 'payment-token-expired'],
    ['is in another currency', { maxAmount: { currency: 'EUR', value: '1' } }, {}, 'currency-mismatch'],
    [
      'is for a merchant the mandate does not name',
      {},
      { constraints: { budget_amount: { currency: 'USD', value: '5000' }, merchant_allow_list: ['coffee-house'] } },
      'merchant-out-of-scope',
    ],
    [
      'is for a merchant the mandate blocks',
      {},
      { constraints: { budget_amount: { currency: 'USD', value: '5000' }, merchant_block_list: ['tea-house'] } },
      'merchant-out-of-scope',
    ],
  ])('that %s is refused', async (_name, asked, change, code) => {
    expect(codeOf(await setup(change as Partial<Mandate>).issue(asked))).toBe(code)
  })

  it('on no mandate is refused', async () => {
    const { parts } = setup()
    expect(codeOf(await issueAllowance(allowance, 'mandate-2', parts))).toBe('mandate-unknown')
  })
})
