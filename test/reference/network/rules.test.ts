/** Proves every rule of the network twice: what breaks it is refused by name, and passes where that rule alone is left out. */
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../../reference/core/index.ts'
import { accept } from '../../../reference/core/index.ts'
import { makeKey } from '../../../reference/http/keys.ts'
import { checkoutOf, granted, type Held, type House, inHouse } from './house.ts'

type Attempt = (house: House) => Promise<Outcome<unknown>>
type Row = readonly [rule: string, code: string, attempt: Attempt]

const stranger = 'https://stranger.example'

const withoutItem: Attempt = async (house) => {
  const { review } = await house.registrationOf(await makeKey('agent'))
  const items = review.items.filter(({ item }) => item !== 'agent-profile')
  return house.asProvider('network.registerAgent', await house.registrationOf(await makeKey('agent'), { items }))
}

const withFailedItem: Attempt = async (house) => {
  const { review } = await house.registrationOf(await makeKey('agent'))
  const items = review.items.map((item, index) => (index === 3 ? { ...item, outcome: 'failed' as const } : item))
  return house.asProvider('network.registerAgent', await house.registrationOf(await makeKey('agent'), { items }))
}

const onboarding: readonly Row[] = [
  [
    'AMP-TRUST-015',
    'proof-of-possession-invalid',
    async (house) => {
      const { proofOfPossession } = await house.registrationOf(await makeKey('other'))
      const request = await house.registrationOf(await makeKey('agent'))
      return house.asProvider('network.registerAgent', { ...request, proofOfPossession })
    },
  ],
  [
    'AMP-TRUST-015:replay',
    'proof-of-possession-invalid',
    async (house) => {
      const request = await house.registrationOf(await makeKey('agent'))
      granted(await house.asProvider('network.registerAgent', request))
      await house.database.updateTable('network_agents').set({ key_thumbprint: 'another' }).execute()
      return house.asProvider('network.registerAgent', request)
    },
  ],
  ['AMP-TRUST-006', 'review-incomplete', withoutItem],
  ['AMP-TRUST-005', 'review-failed', withFailedItem],
  [
    'AMP-TRUST-022',
    'commitment-invalid',
    async (house) => {
      const { commitment } = await house.registrationOf(await makeKey('other'))
      const request = await house.registrationOf(await makeKey('agent'))
      return house.asProvider('network.registerAgent', { ...request, commitment })
    },
  ],
  [
    'AMP-TRUST-020',
    'agent-unknown',
    async (house) => {
      const { agentId } = await house.register()
      return house.as('credential-provider', stranger)('network.inquiryAgent', { agentId })
    },
  ],
]

const authorization: readonly Row[] = [
  [
    'AMP-PAY-017',
    'binding-unknown',
    async (house) => {
      const [own, other] = [await house.bind(await house.register()), await house.bind(await house.register())]
      return house.askFor({ ...own, bindingId: other.bindingId }, house.autonomous(own, '100'))
    },
  ],
  [
    'AMP-PAY-018',
    'binding-revoked',
    async (house) => {
      const bound = await house.bind(await house.register())
      granted(await house.asWallet('network.revokeBinding', { bindingId: bound.bindingId }))
      return house.askFor(bound, house.autonomous(bound, '100'))
    },
  ],
  [
    'AMP-WALLET-062',
    'limit-per-mandate-exceeded',
    async (house) => {
      const usd = (value: string) => ({ currency: 'USD', value })
      house.script['wallet.inquiryLimits'] = async () =>
        accept({ limits: { perMandate: usd('99') }, delegatedToday: usd('0'), timeZone: 'UTC' })
      const bound = await house.bind(await house.register())
      return house.askFor(bound, house.autonomous(bound, '100'))
    },
  ],
  [
    'AMP-WALLET-064',
    'limit-daily-exceeded',
    async (house) => {
      const usd = (value: string) => ({ currency: 'USD', value })
      house.script['wallet.inquiryLimits'] = async () =>
        accept({ limits: { perDay: usd('150') }, delegatedToday: usd('51'), timeZone: 'UTC' })
      const bound = await house.bind(await house.register())
      return house.askFor(bound, house.autonomous(bound, '100'))
    },
  ],
  [
    'EXT-HTTP-34',
    'authorization-unknown',
    async (house) => {
      const bound = await house.bind(await house.register())
      const drafted = await house.draft(bound, house.autonomous(bound, '100'))
      return house.as('wallet', stranger)('network.notifyAuthorization', {
        authContext: 'MANDATE',
        outcome: 'FAILED',
        authId: drafted.authId,
        failure: 'user-rejected',
      })
    },
  ],
  [
    'AMP-TRUST-069',
    'assurance-mandate-mismatch',
    async (house) => {
      const bound = await house.bind(await house.register())
      const drafted = await house.draft(bound, house.autonomous(bound, '100'))
      return house.report(drafted, await house.sign(drafted, { confirmed: house.autonomous(bound, '101') }))
    },
  ],
]

const replayed: Row = [
  'AMP-TRUST-123:replay',
  'assurance-nonce-replayed',
  async (house) => {
    const bound = await house.bind(await house.register())
    const [first, second] = [
      await house.draft(bound, house.autonomous(bound, '100')),
      await house.draft(bound, house.autonomous(bound, '100')),
    ]
    const layer = await house.sign(first)
    granted(await house.report(first, layer))
    const nonce = JSON.parse(Buffer.from(layer.split('.')[1] ?? '', 'base64url').toString()).nonce as string
    const original = house.world.nonce
    Object.assign(house.world, { nonce: () => nonce })
    const copied = await house.sign(second)
    Object.assign(house.world, { nonce: original })
    return house.report(second, copied)
  },
]

const closed: Row = [
  'AMP-TRUST-093',
  'authorization-decided',
  async (house) => {
    house.script['wallet.createAuthorization'] = async () => ({
      ok: false,
      refusal: { code: 'intent-unclear', stage: 'S1' },
    })
    const bound = await bindBefore(house)
    expect(await house.askFor(bound, house.autonomous(bound, '100'))).toMatchObject({
      ok: false,
      refusal: { code: 'intent-unclear', stage: 'S1' },
    })
    const { auth_id: authId, mandate_id: mandateId } = await house.database
      .selectFrom('network_authorizations')
      .selectAll()
      .where('context', '=', 'MANDATE')
      .executeTakeFirstOrThrow()
    const drafted = {
      ...bound,
      authId,
      mandateId: mandateId ?? '',
      sessionId: '',
      confirmed: house.autonomous(bound, '100'),
      expiresAt: house.clock.now + 86_400,
    }
    return house.report(drafted, await house.sign(drafted))
  },
]

/** Binds while the wallet still agrees. */
const bindBefore = async (house: House) => {
  const refusing = house.script['wallet.createAuthorization']
  house.script['wallet.createAuthorization'] = async ({ authId }) =>
    accept({ authId, authStatus: 'AUTH_IN_PROCESS', authUrl: 'https://wallet.example/a' })
  const bound = await house.bind(await house.register())
  if (refusing) house.script['wallet.createAuthorization'] = refusing
  return bound
}

const spentOnce = async (house: House, held: Held): Promise<string> => {
  const checkout = checkoutOf('10')
  const { paymentToken } = granted(await house.apply(held, checkout))
  granted(await house.asAcquirer('network.pay', house.paymentOf(paymentToken, checkout)))
  return paymentToken
}

const tokens: readonly Row[] = [
  [
    'AMP-PAY-034',
    'agent-suspended',
    async (house) => {
      const held = await house.delegate('100')
      granted(await house.asProvider('network.suspendAgent', { agentId: held.agent.agentId, reason: 'a test' }))
      return house.apply(held, checkoutOf('10'))
    },
  ],
  [
    'AMP-TRUST-076:revoked',
    'mandate-revoked',
    async (house) => {
      const held = await house.delegate('100')
      granted(await house.asWallet('network.cancelMandate', { mandateId: held.mandateId }))
      return house.apply(held, checkoutOf('10'))
    },
  ],
  [
    'AMP-WALLET-031',
    'mandate-revoked',
    async (house) => {
      const held = await house.delegate('100')
      house.script['wallet.checkIntent'] = async () => {
        granted(await house.asWallet('network.cancelMandate', { mandateId: held.mandateId }))
        return accept({ stage: 'S2', decision: 'pass', checkedAt: '2027-01-15T08:00:00Z' })
      }
      return house.apply(held, checkoutOf('10'))
    },
  ],
  [
    'AMP-TRUST-017',
    'request-signature-invalid',
    async (house) => {
      const held = await house.delegate('100')
      const { requestSignature } = await house.requestOf(held, checkoutOf('10'))
      const request = await house.requestOf(held, checkoutOf('10'))
      return house.asProvider('network.applyCredential', { ...request, requestSignature })
    },
  ],
  [
    'AMP-TRUST-150:replay',
    'assurance-nonce-replayed',
    async (house) => {
      const held = await house.delegate('100')
      const checkout = checkoutOf('10')
      const first = await house.requestOf(held, checkout)
      granted(await house.asProvider('network.applyCredential', first))
      house.clock.now += 601
      await house.sweep()
      house.clock.now -= 601
      const { assurance } = first
      return house.asProvider('network.applyCredential', await house.requestOf(held, checkout, { assurance }))
    },
  ],
  [
    'AMP-TRUST-160',
    'assurance-stored-mismatch',
    async (house) => {
      const held = await house.delegate('100')
      const other = { ...held, mandate: await house.sign(held) }
      return house.apply(other, checkoutOf('10'))
    },
  ],
  [
    'AMP-TRUST-089:once',
    'checkout-used',
    async (house) => {
      const held = await house.delegate('100')
      const checkout = checkoutOf('10')
      granted(await house.apply(held, checkout))
      return house.apply(held, checkout)
    },
  ],
  [
    'AMP-PAY-036',
    'budget-exceeded',
    async (house) => {
      const held = await house.delegate('100')
      house.script['wallet.checkIntent'] = async () => ({
        ok: false,
        refusal: { code: 'budget-exceeded', stage: 'S2' },
      })
      return house.apply(held, checkoutOf('10'))
    },
  ],
]

/** A token request under a mandate that is over, or not yet in force. */
const under =
  (end: (house: House, held: Held) => Promise<unknown>): Attempt =>
  async (house) => {
    const held = await house.delegate('10')
    const request = await house.requestOf(held, checkoutOf('10'))
    await end(house, held)
    await house.database.updateTable('network_mandates').set({ captured: 0n }).execute()
    return house.asProvider('network.applyCredential', request)
  }

const setStatus =
  (status: 'inactive' | 'expired' | 'finished') =>
  (house: House): Promise<unknown> =>
    house.database.updateTable('network_mandates').set({ status }).execute()

const states: readonly Row[] = [
  ['AMP-TRUST-076:inactive', 'mandate-inactive', under(setStatus('inactive'))],
  ['AMP-TRUST-080', 'mandate-inactive', under(setStatus('inactive'))],
  ['AMP-TRUST-076:expired', 'mandate-expired', under(setStatus('expired'))],
  ['AMP-TRUST-076:finished', 'mandate-finished', under((house, held) => house.buy(held, '10'))],
  [
    'AMP-PAY-034:mandate',
    'binding-mismatch',
    async (house) => {
      const bound = await house.bind(await house.register())
      const other = await house.delegate('100', {}, await house.bind(bound.agent))
      await house.database.updateTable('network_bindings').set({ identity_layer: other.identity }).execute()
      return house.apply({ ...other, bindingId: bound.bindingId }, checkoutOf('10'))
    },
  ],
  [
    'AMP-TRUST-017:replay',
    'assurance-nonce-replayed',
    async (house) => {
      const checkout = checkoutOf('10')
      const bound = await house.bind(await house.register())
      const held = await house.activate(await house.draft(bound, house.immediate(checkout)))
      const request = await house.requestOf(held, checkout)
      granted(await house.asProvider('network.applyCredential', request))
      await house.database.updateTable('network_tokens').set({ expires_at: 0n }).execute()
      await house.sweep()
      return house.asProvider('network.applyCredential', request)
    },
  ],
  [
    'AMP-TRUST-076:payment',
    'mandate-expired',
    async (house) => {
      const held = await house.delegate('100')
      const checkout = checkoutOf('10')
      const { paymentToken } = granted(await house.apply(held, checkout))
      await setStatus('expired')(house)
      return house.asAcquirer('network.pay', house.paymentOf(paymentToken, checkout))
    },
  ],
]

const payments: readonly Row[] = [
  [
    'AMP-PAY-040',
    'payment-token-used',
    async (house) => {
      const held = await house.delegate('100')
      const paymentToken = await spentOnce(house, held)
      return house.asAcquirer('network.pay', house.paymentOf(paymentToken, checkoutOf('10')))
    },
  ],
  [
    'AMP-PAY-040:lifetime',
    'payment-token-expired',
    async (house) => {
      const held = await house.delegate('100')
      const checkout = checkoutOf('10')
      const { paymentToken } = granted(await house.apply(held, checkout))
      house.clock.now += 600
      return house.asAcquirer('network.pay', house.paymentOf(paymentToken, checkout))
    },
  ],
  [
    'AMP-WALLET-032',
    'mandate-revoked',
    async (house) => {
      const held = await house.delegate('100')
      const checkout = checkoutOf('10')
      const { paymentToken } = granted(await house.apply(held, checkout))
      granted(await house.asWallet('network.cancelMandate', { mandateId: held.mandateId }))
      return house.asAcquirer('network.pay', house.paymentOf(paymentToken, checkout))
    },
  ],
  [
    'AMP-PAY-034:payment',
    'agent-suspended',
    async (house) => {
      const held = await house.delegate('100')
      const checkout = checkoutOf('10')
      const { paymentToken } = granted(await house.apply(held, checkout))
      granted(await house.asProvider('network.suspendAgent', { agentId: held.agent.agentId, reason: 'a test' }))
      return house.asAcquirer('network.pay', house.paymentOf(paymentToken, checkout))
    },
  ],
  [
    'AMP-TRUST-160:payment',
    'assurance-stored-mismatch',
    async (house) => {
      const held = await house.delegate('100')
      const checkout = checkoutOf('10')
      const request = await house.requestOf(held, checkout)
      const { paymentToken } = granted(await house.asProvider('network.applyCredential', request))
      const { tokenRequest: _, ...assurance } = request.assurance
      return house.asAcquirer('network.pay', house.paymentOf(paymentToken, checkout, { assurance }))
    },
  ],
  [
    'AMP-PAY-044:repeat',
    'payment-request-reused',
    async (house) => {
      const held = await house.delegate('100')
      const checkout = checkoutOf('10')
      const { paymentToken } = granted(await house.apply(held, checkout))
      const request = house.paymentOf(paymentToken, checkout)
      granted(await house.asAcquirer('network.pay', request))
      return house.asAcquirer('network.pay', { ...request, paymentAmount: { currency: 'USD', value: '11' } })
    },
  ],
  [
    'AMP-TRUST-089:payment-amount',
    'order-mismatch',
    async (house) => {
      const held = await house.delegate('100')
      const checkout = checkoutOf('10')
      const { paymentToken } = granted(await house.apply(held, checkout))
      const paymentAmount = { currency: 'USD', value: '11' }
      return house.asAcquirer('network.pay', house.paymentOf(paymentToken, checkout, { paymentAmount }))
    },
  ],
  [
    'EXT-HTTP-34',
    'mandate-unknown',
    async (house) => {
      const held = await house.delegate('100')
      return house.as('wallet', stranger)('network.inquiryEvidence', { mandateId: held.mandateId })
    },
  ],
]

describe.each([
  ['onboarding', onboarding],
  ['authorization', [...authorization, replayed, closed]],
  ['token requests', [...tokens, ...states]],
  ['payments and records', payments],
] as const)('%s', (_, rows) => {
  it.each(rows)('%s: refused as %s, and passes without the rule', async (rule, code, attempt) => {
    expect(await inHouse(attempt)).toMatchObject({ ok: false, refusal: { code } })
    expect(await inHouse(attempt, [rule])).toMatchObject({ ok: true })
  })
})
