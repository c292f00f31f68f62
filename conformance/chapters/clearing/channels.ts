/** Clearing, channels: amounts, descriptors, what is held and lent, closing, statements, participants. */
import { momentOf } from '../../assurance.ts'
import { chapterOf } from '../../check.ts'
import { accepted, equal, given, holds, refused, sandwich, taken, unitsIn } from '../../expect.ts'
import { type Part, Refusal } from '../../neighbours/server.ts'
import { type ClearingStage, clearingStage, type Planned } from '../../stages/clearing.ts'
import { channelIdOf } from '../../ticks.ts'

const check = chapterOf('clearing', 'clearing', clearingStage)

const wrongAmounts = [
  ['-1', 'micro-amount-negative'],
  ['0', 'micro-amount-zero'],
  ['1.5', 'micro-amount-fractional'],
  ['9223372036854775808', 'micro-amount-overflow'],
  ['+1', 'micro-amount-malformed'],
] as const

/** An opening refused between two that are accepted, after which neither side has an account less or more. */
const refusesOpening = async (
  stage: ClearingStage,
  make: () => Promise<Planned>,
  code: Parameters<typeof refused>[1],
  field?: string,
): Promise<void> => {
  const wrong = await make()
  await sandwich({
    control: async () => stage.opening(await stage.plan()),
    changed: () => stage.opening(wrong),
    refusedAs: code,
    ...(field === undefined ? {} : { where: { field } }),
    state: async () => String(await stage.balance(wrong.payer)),
  })
  refused(await stage.inquiry(wrong), 'channel-unknown')
}

const amounts = [
  check('EXT-CLEARING-1', 'amounts from one unit to the largest come back as they went', async (stage) => {
    for (const cap of [1n, 999_999n, 9_007_199_254_740_993n]) {
      const planned = await stage.plan({ cap })
      const opened = accepted('clearing.openChannel', await stage.opening(planned))
      equal([opened.cap, opened.descriptor.cap], [cap.toString(), cap.toString()], 'the cap')
      for (const figure of [opened.cap, opened.authorised, opened.delivered])
        holds(/^(0|[1-9]\d{0,18})$/.test(figure), 'a whole number in decimal', figure)
    }
  }),
  check('EXT-CLEARING-2', 'a cap that is no amount is refused by its name', async (stage) => {
    for (const [cap, code] of wrongAmounts)
      await refusesOpening(stage, () => stage.plan({ descriptor: { cap } }), code, '/descriptor/cap')
    await refusesOpening(stage, () => stage.plan({ descriptor: { currency: 'XTS' } }), 'currency-mismatch')
  }),
  check('EXT-CLEARING-2', 'a mandate is drawn on in one currency and at one scale', async (stage) => {
    const first = await stage.open()
    const { mandateId } = first.descriptor
    for (const [currency, scale, code] of [
      ['JPY', 6, 'currency-mismatch'],
      ['USD', 4, 'scale-mismatch'],
    ] as const) {
      const other = await stage.plan({ currency, scale, descriptor: { mandateId } })
      refused(await stage.opening(other), code)
    }
  }),
  check('EXT-CLEARING-2', 'a tick or a delivery that is no amount is refused by its name', async (stage) => {
    const planned = await stage.open()
    for (const [value, code] of wrongAmounts) {
      if (value === '+1') continue
      const broken = { ...stage.voucher(planned, 1n), cumulative: value }
      refused(await stage.tick(planned, { voucher: broken }), code, { field: '/voucher/cumulative' })
      refused(await stage.tick(planned, { delivered: value }, planned.payee), code, { field: '/delivered' })
    }
    taken(await stage.tick(planned, { voucher: stage.voucher(planned, 1n) }))
  }),
]

const descriptors = [
  check('EXT-CLEARING-3', 'a channel is named by the hash of its descriptor', async (stage) => {
    const planned = await stage.plan()
    const opened = accepted('clearing.openChannel', await stage.opening(planned))
    equal(opened.channelId, channelIdOf(planned.descriptor), 'the identifier')
    equal(opened.descriptor, planned.descriptor, 'the descriptor')
    equal((await stage.channel(planned)).channelId, planned.channelId, 'the identifier it is asked for by')
  }),
  check('EXT-CLEARING-4', 'a descriptor for somebody else, or of somebody else, is refused', async (stage) => {
    const other = await stage.agent()
    for (const [field, value] of [
      ['clearing', 'https://clearing-of-others.example'],
      ['network', 'https://network-of-others.example'],
      ['version', '1999-01-01'],
      ['payerAgentId', other.id],
      ['payerKeyThumbprint', 'A'.repeat(43)],
    ] as const)
      await refusesOpening(
        stage,
        () => stage.plan({ descriptor: { [field]: value } }),
        'channel-descriptor-mismatch',
        `/descriptor/${field}`,
      )
    const payer = await stage.agent()
    await refusesOpening(stage, () => stage.plan({ payer, payee: payer }), 'channel-descriptor-mismatch')
  }),
  check('EXT-CLEARING-5', 'a signer key of small order is refused', async (stage) => {
    for (const hex of [
      '00'.repeat(32),
      `01${'00'.repeat(31)}`,
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
      `ec${'ff'.repeat(30)}7f`,
    ]) {
      const signerKey = Buffer.from(hex, 'hex').toString('base64url')
      await refusesOpening(stage, () => stage.plan({ descriptor: { signerKey } }), 'signer-key-invalid')
    }
  }),
  check('EXT-CLEARING-6', 'the same opening again is the same channel, also when it is closed', async (stage) => {
    const planned = await stage.plan()
    const first = accepted('clearing.openChannel', await stage.opening(planned))
    const held = await stage.balance(planned.payer)
    const again = accepted('clearing.openChannel', await stage.opening(planned))
    equal(again, first, 'the channel')
    equal(String(await stage.balance(planned.payer)), String(held), 'what is held')
    taken(await stage.close(planned, planned.payee))
    const late = accepted('clearing.openChannel', await stage.opening(planned))
    equal([late.channelId, late.status], [planned.channelId, 'closed'], 'identifier and status')
    equal(String(await stage.balance(planned.payer)), '0', 'the balance')
  }),
]

/** Has the network answer what one payer asks to be lent in another way. */
const lendingOf = (stage: ClearingStage, payerId: string, part: Part<'network.grantClearing'>) =>
  stage.neighbours.script('network.grantClearing', (message) => message.payerAgentId === payerId, part)

const budgets = [
  check('EXT-CLEARING-7', 'the cap is borrowed before a channel opens, and held on the balance', async (stage) => {
    const planned = await stage.plan({ cap: 1_234_567n })
    const opened = accepted('clearing.openChannel', await stage.opening(planned))
    const [asked] = stage.borrowed(planned)
    equal(asked?.message.amount ?? null, { currency: 'USD', value: '124' }, 'what the network was asked to hold')
    equal(
      [asked?.message.mandateId, asked?.message.mandateHash, asked?.message.payerAgentId, asked?.message.payeeId],
      [planned.descriptor.mandateId, planned.descriptor.mandateHash, planned.payer.id, planned.payee.id],
      'mandate and parties',
    )
    equal([opened.cap, String(await stage.balance(planned.payer))], ['1234567', '-1234567'], 'cap and balance')
  }),
  check('EXT-CLEARING-7', 'a channel does not open where the network lends nothing', async (stage) => {
    for (const code of ['budget-exceeded', 'mandate-revoked', 'mandate-unknown'] as const) {
      const planned = await stage.plan()
      const end = lendingOf(stage, planned.payer.id, () => new Refusal(code))
      refused(await stage.opening(planned), code)
      refused(await stage.inquiry(planned), 'channel-unknown')
      end()
      taken(await stage.opening(planned))
    }
  }),
  check('EXT-CLEARING-8', 'a top-up raises the cap once for each identifier', async (stage) => {
    const planned = await stage.open({ cap: 10_000n })
    const topUp = (topUpId: string, amount: string) =>
      stage.client.call('clearing.topUpChannel', { channelId: planned.channelId, topUpId, amount }, planned.payer)
    const id = `top-up-${stage.dice.word()}`
    equal(accepted('clearing.topUpChannel', await topUp(id, '5000')).cap, '15000', 'the cap')
    equal(accepted('clearing.topUpChannel', await topUp(id, '5000')).cap, '15000', 'the cap after the same again')
    equal(String(await stage.balance(planned.payer)), '-15000', 'what is held')
    refused(await topUp(id, '6000'), 'payment-request-reused')
    equal(accepted('clearing.topUpChannel', await topUp(`${id}-2`, '1')).cap, '15001', 'the cap after another')
    holds(stage.borrowed(planned).length >= 3, 'three grants asked for', stage.borrowed(planned).length)
  }),
  check('EXT-CLEARING-33', 'nobody owes more than the network stands in for', async (stage) => {
    const payer = await stage.agent()
    const lend = lendingOf(stage, payer.id, ({ message: { grantId, channelId, mandateId, amount } }) => {
      const wire = (value: string) => ({ currency: 'USD', value })
      const budget = { total: amount, limit: amount, held: amount, captured: wire('0'), remaining: wire('0') }
      const figures = { amount, delivered: wire('0'), creditLimit: wire('1'), budget }
      return { grantId, channelId, mandateId, status: 'held', ...figures }
    })
    const [small, large] = [await stage.plan({ payer, cap: 6_000n }), await stage.plan({ payer, cap: 6_000n })]
    accepted('clearing.openChannel', await stage.opening(small))
    refused(await stage.opening(large), 'credit-exceeded')
    equal(String(await stage.balance(payer)), '-6000', 'the balance')
    const funds = { currency: 'USD', scale: 6, value: '2000' }
    const prefund = { participantId: payer.id, reference: `rail-${stage.dice.word()}`, amount: funds }
    for (const _ of [1, 2]) taken(await stage.client.call('clearing.prefund', prefund, stage.network))
    equal(String(await stage.balance(payer)), '-4000', 'the balance after money came, told twice')
    accepted('clearing.openChannel', await stage.opening(large))
    lend()
  }),
  check('EXT-CLEARING-44', 'an agent its network does not know gets no account', async (stage) => {
    const stranger = await stage.stranger()
    const planned = await stage.plan({ payee: stranger })
    refused(await stage.opening(planned), 'participant-unknown', { field: '/descriptor/payeeId' })
    equal(stage.borrowed(planned).length, 0, 'grants asked for')
    const end = stage.neighbours.script(
      'network.inquiryAgent',
      ({ agentId }) => agentId === stranger.id,
      () => ({
        agentId: stranger.id,
        agentStatus: 'active' as const,
        credentialProviderId: 'https://provider.example',
        profile: {
          name: 'Suite',
          developer: 'Suite',
          operator: 'Suite',
          modelFamily: 'suite',
          version: '1.0.0',
          capabilities: ['selling'],
          prohibitedScenarios: ['gambling'],
        },
        agentKey: stranger.jwk,
        registeredAt: momentOf(stage.session.now()),
        reviewDueAt: momentOf(stage.session.now() + 86_400),
      }),
    )
    accepted('clearing.openChannel', await stage.opening(planned))
    accepted('clearing.inquiryChannel', await stage.inquiry(planned, stranger))
    end()
  }),
  check('EXT-CLEARING-45', 'what was borrowed is given back when a channel closes', async (stage) => {
    const planned = await stage.open({ cap: 1_000_000n })
    const message = { voucher: stage.voucher(planned, 250_001n), delivered: '250001' }
    taken(await stage.tick(planned, message, planned.payee))
    taken(await stage.close(planned, planned.payee))
    const told = await stage.neighbours.next(
      'network.releaseClearing',
      ({ channelId }) => channelId === planned.channelId,
    )
    equal(told?.message.delivered ?? null, { currency: 'USD', value: '26' }, 'what the network was told was delivered')
    equal(told?.message.grantId ?? null, stage.borrowed(planned)[0]?.message.grantId ?? '', 'the grant')
  }),
  check('EXT-CLEARING-45', 'what was borrowed for an opening that came to nothing is given back', async (stage) => {
    const planned = await stage.plan()
    given('clearing.notifyMandate', await stage.revoke(planned))
    refused(await stage.opening(planned), 'mandate-revoked')
    if (stage.borrowed(planned).length === 0) return
    const told = await stage.neighbours.next(
      'network.releaseClearing',
      ({ channelId }) => channelId === planned.channelId,
    )
    equal(told?.message.delivered ?? null, { currency: 'USD', value: '0' }, 'what the network was told was delivered')
  }),
]

const closing = [
  check('EXT-CLEARING-23', 'a channel closes at what was delivered, and the rest goes back', async (stage) => {
    const planned = await stage.open({ cap: 1_000n })
    const message = { voucher: stage.voucher(planned, 700n), delivered: '600' }
    taken(await stage.tick(planned, message, planned.payee))
    const closed = accepted('clearing.closeChannel', await stage.close(planned, planned.payee))
    equal([closed.authorised, closed.delivered], ['700', '600'], 'authorised and delivered')
    equal(
      [String(await stage.balance(planned.payer)), String(await stage.balance(planned.payee))],
      ['-600', '600'],
      'both balances',
    )
  }),
  check('EXT-CLEARING-24', 'a payee closes at once, a payer after the grace', async (stage) => {
    const [one, other] = [await stage.open(), await stage.open()]
    equal(accepted('clearing.closeChannel', await stage.close(one, one.payee)).status, 'closed', 'by the payee')
    const asked = accepted('clearing.closeChannel', await stage.close(other, other.payer))
    equal(asked.status, 'closing', 'by the payer')
    const left = Date.parse(asked.closesAt ?? '') / 1_000 - stage.session.now()
    holds(left > 500 && left <= 601, 'a closing after the grace of ten minutes', asked.closesAt ?? 'never')
    const late = { voucher: stage.voucher(other, 5n), delivered: '5' }
    accepted('clearing.tick', await stage.tick(other, late, other.payee))
    refused(await stage.tick(other, { voucher: stage.voucher(other, 6n) }), 'channel-closing')
  }),
  check(
    'EXT-CLEARING-24',
    'a channel closes by itself when its time and its grace are over',
    async (stage) => {
      const planned = await stage.open({ descriptor: { graceSeconds: 60 } })
      taken(await stage.tick(planned, { voucher: stage.voucher(planned, 9n), delivered: '4' }, planned.payee))
      try {
        await stage.session.moveClock(3_600 + 61)
        const { status, delivered } = await stage.channel(planned)
        equal([status, delivered], ['closed', '4'], 'status and delivered')
        equal(String(await stage.balance(planned.payer)), '-4', 'the balance of the payer')
      } finally {
        await stage.session.moveClock(0)
      }
    },
    'alone',
  ),
]

const statements = [
  check('EXT-CLEARING-26', 'a statement adds up, page by page', async (stage) => {
    const planned = await stage.open({ cap: 1_000n })
    for (const [cumulative, delivered] of [
      [100n, '50'],
      [300n, '300'],
      [450n, '310'],
    ] as const)
      taken(await stage.tick(planned, { voucher: stage.voucher(planned, cumulative), delivered }, planned.payee))
    const sumOf = async (kinds: readonly string[]) => {
      const { transfers } = await stage.statement(planned)
      const sum = transfers
        .filter(({ kind }) => kinds.includes(kind))
        .reduce((total, { amount }) => total + unitsIn(amount), 0n)
      return sum.toString()
    }
    equal(
      [await sumOf(['hold']), await sumOf(['tick']), await sumOf(['deliver'])],
      ['1000', '450', '310'],
      'what was held, authorised and delivered',
    )
    given('clearing.closeChannel', await stage.close(planned, planned.payee))
    equal(await sumOf(['deliver', 'release']), '1000', 'what was delivered and given back')
    const { transfers } = await stage.statement(planned)
    equal(new Set(transfers.map(({ transferId }) => transferId)).size, transfers.length, 'different transfers')
  }),
]

export const clearingChannelChecks = [...amounts, ...descriptors, ...budgets, ...closing, ...statements]
