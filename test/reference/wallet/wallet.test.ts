/** Proves the wallet against a network that the test plays: identity check, limits, guard, debit, cancellation, silence. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { proveBooks } from '../../../reference/ledger/index.ts'
import { seal, unseal } from '../../../reference/wallet/vault.ts'
import { type Alone, createAlone, pin } from './alone.ts'

let alone: Alone

beforeAll(async () => {
  alone = await createAlone()
})
afterAll(async () => {
  expect((await proveBooks(alone.wallet.database)).balanced).toBe(true)
  await alone.stop()
})

describe('identity check', () => {
  it('locks after five wrong PINs in a row, also with the right one, and opens again after five minutes', async () => {
    const user = await alone.openUser('1000')
    const { authId } = await alone.propose(user, '500')
    const attempt = (tried: string) =>
      alone.asOwner('completeIdv', { authId, decision: 'approve', pin: tried }, user.userToken)
    const wrong = await Promise.all(Array.from({ length: 12 }, () => attempt('000000')))
    const codes = wrong.map(({ body }) => body.code)
    expect(codes.filter((code) => code === 'identity-check-failed')).toHaveLength(5)
    expect(codes.filter((code) => code === 'identity-check-locked').length).toBeGreaterThanOrEqual(1)
    expect((await attempt(pin)).status).toBeGreaterThanOrEqual(400)
    const second = await alone.propose(user, '500')
    const locked = { authId: second.authId, decision: 'approve', pin }
    expect((await alone.asOwner('completeIdv', locked, user.userToken)).body.code).toBe('identity-check-locked')
    alone.wallet.setClockOffset(301)
    const third = await alone.propose(user, '500')
    const opened = { authId: third.authId, decision: 'approve', pin }
    expect((await alone.asOwner('completeIdv', opened, user.userToken)).body.authStatus).toBe('SUCCESS')
    alone.wallet.setClockOffset(0)
  })

  it('answers an unknown login as it answers a wrong PIN', async () => {
    const user = await alone.openUser('1000')
    const tries = async (loginId: string) => {
      const answers = []
      for (let n = 0; n < 7; n += 1) answers.push((await alone.asOwner('login', { loginId, pin: '999999' })).body.code)
      return answers
    }
    expect(await tries(user.loginId)).toEqual(await tries('nobody@example.com'))
  })

  it('signs nothing when the owner rejects, and tells the network', async () => {
    const user = await alone.openUser('1000')
    const { authId } = await alone.propose(user, '500')
    const rejected = await alone.asOwner('completeIdv', { authId, decision: 'reject' }, user.userToken)
    expect(rejected.body).toEqual({ authId, authStatus: 'FAILED' })
    const report = alone.heard.findLast(({ body }) => body.authId === authId)?.body
    expect(report).toEqual({ authContext: 'MANDATE', outcome: 'FAILED', authId, failure: 'user-rejected' })
    const again = await alone.asOwner('completeIdv', { authId, decision: 'approve', pin }, user.userToken)
    expect(again.body.code).toBe('authorization-decided')
  })

  it('shows and decides the authorizations of a user to nobody else', async () => {
    const [user, other] = [await alone.openUser('1000'), await alone.openUser('1000')]
    const { authId } = await alone.propose(user, '500')
    const decided = await alone.asOwner('completeIdv', { authId, decision: 'approve', pin }, other.userToken)
    expect(decided.body.code).toBe('authorization-unknown')
  })

  it('keeps a decision while the network is silent, and tells it later with the same key and bytes', async () => {
    const user = await alone.openUser('1000')
    const { notifyAuthorization } = alone.replies
    alone.replies.notifyAuthorization = () => 'silence'
    const { authId } = await alone.propose(user, '500')
    const waiting = await alone.asOwner('completeIdv', { authId, decision: 'approve', pin }, user.userToken)
    expect(waiting.body).toEqual({ authId, authStatus: 'AUTH_IN_PROCESS' })
    if (notifyAuthorization) alone.replies.notifyAuthorization = notifyAuthorization
    await alone.wallet.sweep()
    expect(await alone.asNetwork('wallet.inquiryAuthorization', { authId })).toMatchObject({
      value: { authStatus: 'SUCCESS' },
    })
    const told = alone.heard.filter(({ body }) => body.authId === authId)
    expect(told.length).toBeGreaterThanOrEqual(2)
    expect(new Set(told.map(({ key, body }) => `${key} ${JSON.stringify(body)}`)).size).toBe(1)
  })
})

describe('limits', () => {
  it('holds the limit per mandate and per day; what is unspent comes back the next day in the wallet time zone only', async () => {
    const user = await alone.openUser('100000')
    const usd = (value: string) => ({ currency: 'USD', value })
    const limits = { perMandate: usd('600'), perDay: usd('1000') }
    expect((await alone.asOwner('setLimits', { limits }, user.userToken)).status).toBe(200)
    expect((await alone.propose(user, '601')).created).toMatchObject({
      refusal: { code: 'limit-per-mandate-exceeded', stage: 'S1', limit: usd('600') },
    })
    const waiting = await alone.propose(user, '600')
    expect((await alone.approve(user, '600')).decided.body.authStatus).toBe('SUCCESS')
    expect((await alone.propose(user, '401')).created).toMatchObject({
      refusal: { code: 'limit-daily-exceeded', stage: 'S1' },
    })
    const late = { authId: waiting.authId, decision: 'approve', pin }
    expect((await alone.asOwner('completeIdv', late, user.userToken)).body.code).toBe('limit-daily-exceeded')
    expect((await alone.approve(user, '400')).decided.body.authStatus).toBe('SUCCESS')
    const singapore = 8 * 3600
    const untilMidnight = 86_400 - ((alone.wallet.world.now() + singapore) % 86_400)
    const { userToken } = (await alone.asOwner('login', { loginId: user.loginId, pin })).body as { userToken: string }
    if (untilMidnight > 120) {
      alone.wallet.setClockOffset(untilMidnight - 60)
      expect((await alone.propose(user, '1')).created).toMatchObject({ refusal: { code: 'limit-daily-exceeded' } })
    }
    alone.wallet.setClockOffset(untilMidnight + 1)
    expect((await alone.propose(user, '600')).created.ok).toBe(true)
    alone.wallet.setClockOffset(0)
    const cleared = await alone.asOwner('setLimits', { limits: {} }, userToken)
    expect(cleared.body).toMatchObject({ limits: {}, delegatedToday: usd('1000'), timeZone: 'Asia/Singapore' })
  })
})

describe('debit', () => {
  it('lets one of fifty concurrent debits take the last unit, and repeats one answer for one payment', async () => {
    const user = await alone.openUser('100000')
    const { mandateId, mandate } = await alone.approve(user, '1000')
    const checkouts = Array.from({ length: 50 }, () => alone.checkoutOf('1000'))
    for (const checkout of checkouts)
      expect(await alone.check(user, mandateId, mandate, checkout)).toMatchObject({ value: { decision: 'pass' } })
    const requests = checkouts.map((checkout) => alone.payRequest(user, mandateId, checkout))
    const answers = await Promise.all(requests.map((request) => alone.asNetwork('wallet.pay', request)))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await alone.balanceOf(user)).toBe('99000')
    const [won] = requests.filter((_, index) => answers[index]?.ok)
    if (!won) throw new Error('nobody won')
    expect(await alone.asNetwork('wallet.pay', won)).toMatchObject({ value: { paymentStatus: 'SUCCESS' } })
    const changed = { ...won, order: { ...won.order, orderDescription: 'Other tea' } }
    expect(await alone.asNetwork('wallet.pay', changed)).toMatchObject({ refusal: { code: 'payment-request-reused' } })
    expect(await alone.balanceOf(user)).toBe('99000')
  })

  it('refuses at S3 what did not pass S2 or is another order, at S4 what passes budget or balance, and takes nothing', async () => {
    const user = await alone.openUser('500')
    const { mandateId, mandate } = await alone.approve(user, '1000')
    const pay = async (request: ReturnType<Alone['payRequest']>) => {
      const answer = await alone.asNetwork('wallet.pay', request)
      return answer.ok ? 'paid' : `${answer.refusal.code} ${answer.refusal.stage}`
    }
    expect(await pay(alone.payRequest(user, mandateId, alone.checkoutOf('100')))).toBe('order-mismatch S3')
    const passed = alone.checkoutOf('100')
    await alone.check(user, mandateId, mandate, passed)
    const request = alone.payRequest(user, mandateId, passed)
    expect(await pay({ ...request, paymentAmount: { currency: 'USD', value: '101' } })).toBe('order-mismatch S3')
    const dear = alone.checkoutOf('600')
    await alone.check(user, mandateId, mandate, dear)
    expect(await pay(alone.payRequest(user, mandateId, dear))).toBe('balance-insufficient S4')
    expect(await pay(alone.payRequest(user, mandateId, passed))).toBe('paid')
    const rest = [alone.checkoutOf('300'), alone.checkoutOf('901')]
    expect(await alone.check(user, mandateId, mandate, rest[1] as never)).toMatchObject({
      refusal: { code: 'budget-exceeded', stage: 'S2' },
    })
    expect(await alone.balanceOf(user)).toBe('400')
  })

  it('refuses a merchant outside the mandate at S2', async () => {
    const user = await alone.openUser('500')
    const { mandateId, mandate } = await alone.approve(user, '400')
    const outside = await alone.check(user, mandateId, mandate, alone.checkoutOf('100', 'Casino'))
    expect(outside).toMatchObject({ refusal: { code: 'merchant-out-of-scope', stage: 'S2' } })
  })
})

describe('cancellation', () => {
  it('stops debits at once, although the network is silent, and tells it later', async () => {
    const user = await alone.openUser('5000')
    const { mandateId, mandate } = await alone.approve(user, '1000')
    const checkout = alone.checkoutOf('100')
    await alone.check(user, mandateId, mandate, checkout)
    const { cancelMandate } = alone.replies
    alone.replies.cancelMandate = () => 'silence'
    const cancelled = await alone.asOwner('cancelMandate', { mandateId }, user.userToken)
    expect(cancelled.body.code).toBe('peer-unavailable')
    const late = await alone.asNetwork('wallet.pay', alone.payRequest(user, mandateId, checkout))
    expect(late).toMatchObject({ refusal: { code: 'mandate-revoked', mandateStatus: 'revoked' } })
    expect(await alone.balanceOf(user)).toBe('5000')
    if (cancelMandate) alone.replies.cancelMandate = cancelMandate
    await alone.wallet.sweep()
    const told = () =>
      alone.heard.filter(({ operation, body }) => operation === 'cancelMandate' && body.mandateId === mandateId)
    expect(told().length).toBeGreaterThanOrEqual(2)
    expect(new Set(told().map(({ key }) => key)).size).toBe(1)
    const settled = told().length
    await alone.wallet.sweep()
    expect(told()).toHaveLength(settled)
  })

  it('is refused to anybody but the owner', async () => {
    const [user, other] = [await alone.openUser('500'), await alone.openUser('500')]
    const { mandateId } = await alone.approve(user, '400')
    expect((await alone.asOwner('cancelMandate', { mandateId }, other.userToken)).body.code).toBe('mandate-unknown')
  })
})

describe('the vault', () => {
  it('opens only with the same key, for the same owner, and unchanged', () => {
    const key = new Uint8Array(32).fill(7)
    const sealed = seal('secret', 'user-1', key)
    expect(sealed).not.toContain('secret')
    expect(unseal(sealed, 'user-1', key)).toBe('secret')
    expect(() => unseal(sealed, 'user-2', key)).toThrow()
    expect(() => unseal(sealed, 'user-1', new Uint8Array(32).fill(8))).toThrow()
    const bytes = Buffer.from(sealed, 'base64url')
    for (const at of [0, 13, bytes.length - 1]) {
      const bent = Buffer.from(bytes)
      bent[at] = (bent[at] ?? 0) ^ 1
      expect(() => unseal(bent.toString('base64url'), 'user-1', key)).toThrow()
    }
  })
})
