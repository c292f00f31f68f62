/** Clearing, ticks: vouchers, chains, who may tick and when, delivery. */
import { momentOf } from '../../assurance.ts'
import { chapterOf } from '../../check.ts'
import { accepted, equal, given, holds, refused, sandwich, taken, unitsIn } from '../../expect.ts'
import { type ClearingStage, clearingStage, type Planned } from '../../stages/clearing.ts'
import { signerOf } from '../../ticks.ts'

const check = chapterOf('clearing', 'clearing', clearingStage)

/** Ticks that are accepted, one unit higher each time. */
const rising = (stage: ClearingStage, planned: Planned, from = 1n) => {
  let cumulative = from - 1n
  return () => {
    cumulative++
    return stage.tick(planned, { voucher: stage.voucher(planned, cumulative) })
  }
}

const vouchers = [
  check('EXT-CLEARING-9', 'a voucher counts only with the signature of its channel over every byte', async (stage) => {
    const planned = await stage.open()
    const next = rising(stage, planned)
    taken(await next())
    const forger = { ...planned, signer: signerOf(stage.dice) }
    const foreign = await stage.open()
    const right = stage.voucher(planned, 500n)
    const wrong = [
      stage.voucher(forger, 500n),
      stage.voucher({ ...foreign, signer: planned.signer }, 500n),
      { ...right, cumulative: '501', sequence: '500' },
      { ...right, sequence: '501' },
      { ...right, expiresAt: '9999999999' },
      { ...right, contextHash: Buffer.alloc(32, 9).toString('base64url') },
      { ...right, signature: Buffer.alloc(64).toString('base64url') },
    ]
    for (const voucher of wrong) {
      const before = await stage.figures(planned)()
      refused(await stage.tick(planned, { voucher }), 'voucher-signature-invalid')
      equal(await stage.figures(planned)(), before, 'the channel')
    }
    accepted('clearing.tick', await stage.tick(planned, { voucher: right }))
  }),
  check('EXT-CLEARING-10', 'a voucher is higher in amount and in sequence than the newest', async (stage) => {
    const planned = await stage.open()
    const first = accepted('clearing.tick', await stage.tick(planned, { voucher: stage.voucher(planned, 10n) }))
    equal([first.result, first.authorised], ['accepted', '10'], 'the first')
    for (const sequence of ['10', '9'])
      refused(await stage.tick(planned, { voucher: stage.voucher(planned, 20n, { sequence }) }), 'voucher-conflict')
    equal((await stage.channel(planned)).authorised, '10', 'authorised')
    const next = stage.voucher(planned, 20n, { sequence: '11' })
    equal(accepted('clearing.tick', await stage.tick(planned, { voucher: next })).authorised, '20', 'authorised')
  }),
  check('EXT-CLEARING-11', 'the newest voucher again is unchanged, another of its amount a conflict', async (stage) => {
    const planned = await stage.open()
    const voucher = stage.voucher(planned, 10n)
    for (const result of ['accepted', 'unchanged', 'unchanged'])
      equal(accepted('clearing.tick', await stage.tick(planned, { voucher })).result, result, 'what came of it')
    const other = stage.voucher(planned, 10n, { sequence: '99' })
    refused(await stage.tick(planned, { voucher: other }), 'voucher-conflict')
  }),
  check('EXT-CLEARING-12', 'a lower voucher is corrected, with the newest as proof', async (stage) => {
    const planned = await stage.open()
    const newest = stage.voucher(planned, 50n)
    taken(await stage.tick(planned, { voucher: newest }))
    const low = stage.voucher(planned, 20n, { sequence: '99' })
    const answer = accepted('clearing.tick', await stage.tick(planned, { voucher: low }))
    equal([answer.result, answer.authorised, answer.voucher ?? null], ['corrected', '50', newest], 'the correction')
  }),
  check('EXT-CLEARING-13', 'a voucher above the cap, or past its expiry, is refused', async (stage) => {
    const planned = await stage.open({ cap: 1_000n })
    const now = stage.session.now()
    const next = rising(stage, planned)
    for (const [voucher, code] of [
      [stage.voucher(planned, 1_001n), 'channel-cap-exceeded'],
      [stage.voucher(planned, 500n, { expiresAt: String(now - 100) }), 'voucher-expired'],
    ] as const)
      await sandwich({
        control: next,
        changed: () => stage.tick(planned, { voucher }),
        refusedAs: code,
        state: stage.figures(planned),
      })
    accepted(
      'clearing.tick',
      await stage.tick(planned, { voucher: stage.voucher(planned, 1_000n, { expiresAt: String(now + 900) }) }),
    )
  }),
]

const chained = { profile: 'hash-chain' as const, unitPrice: 3n }

const chains = [
  check('EXT-CLEARING-14', 'an anchor has to be signed by the channel, start at nothing and fit', async (stage) => {
    const wrong = [
      { signature: Buffer.alloc(64).toString('base64url') },
      { unitPrice: '4' },
      { length: 51 },
      { anchor: Buffer.alloc(32, 5).toString('base64url') },
    ]
    for (const anchor of wrong) {
      const planned = await stage.plan({ ...chained, anchor })
      refused(await stage.opening(planned), 'chain-anchor-invalid')
      refused(await stage.inquiry(planned), 'channel-unknown')
    }
    const based = await stage.plan({ ...chained, anchor: { base: '1' } })
    refused(await stage.opening(based), 'chain-anchor-invalid')
    const planned = await stage.open(chained)
    const answer = accepted('clearing.tick', await stage.tick(planned, { link: stage.link(planned, 2) }))
    equal(answer.authorised, '6', 'what two links are worth')
  }),
  check('EXT-CLEARING-15', 'a link that does not hash to the newest one is refused', async (stage) => {
    const planned = await stage.open(chained)
    let index = 0
    await sandwich({
      control: () => stage.tick(planned, { link: stage.link(planned, ++index) }),
      changed: () => stage.tick(planned, { link: { ...stage.link(planned, 9), index: 8 } }),
      refusedAs: 'chain-link-wrong',
      state: stage.figures(planned),
    })
    const answer = accepted('clearing.tick', await stage.tick(planned, { link: stage.link(planned, 12) }))
    equal(answer.authorised, '36', 'what twelve links are worth, ten of them at once')
  }),
  check('EXT-CLEARING-16', 'a link is at most 1024 ahead and not behind the end', async (stage) => {
    const planned = await stage.open({ ...chained, length: 1_100, cap: 1_000_000n })
    const state = stage.figures(planned)
    const before = await state()
    refused(await stage.tick(planned, { link: stage.link(planned, 1_025) }), 'chain-skip-too-long')
    equal(await state(), before, 'the channel')
    accepted('clearing.tick', await stage.tick(planned, { link: stage.link(planned, 1_024) }))
    refused(await stage.tick(planned, { link: { ...stage.link(planned, 1_100), index: 1_101 } }), 'chain-exhausted')
    const last = accepted('clearing.tick', await stage.tick(planned, { link: stage.link(planned, 1_100) }))
    equal(last.authorised, '3300', 'what the whole chain is worth')
  }),
  check('EXT-CLEARING-17', 'an older link is corrected with the newest, which again is unchanged', async (stage) => {
    const planned = await stage.open(chained)
    const tick = async (index: number) =>
      accepted('clearing.tick', await stage.tick(planned, { link: stage.link(planned, index) }))
    equal((await tick(5)).result, 'accepted', 'the newest')
    const older = await tick(3)
    equal([older.result, older.link ?? null], ['corrected', stage.link(planned, 5)], 'the correction')
    equal((await tick(5)).result, 'unchanged', 'the newest again')
  }),
]

/** Whoever is neither payer nor payee. */
const strangers = check(
  'EXT-CLEARING-18',
  'nobody but payer and payee ticks, reads or closes a channel',
  async (stage) => {
    const planned = await stage.open()
    const stranger = await stage.agent()
    const next = rising(stage, planned)
    const { channelId } = planned
    for (const changed of [
      () => stage.tick(planned, { voucher: stage.voucher(planned, 500n) }, stranger),
      () => stage.client.call('clearing.inquiryStatement', { channelId }, stranger),
      () => stage.close(planned, stranger),
    ])
      await sandwich({ control: next, changed, refusedAs: 'channel-unknown' })
    equal((await stage.channel(planned)).status, 'open', 'the status')
  },
)

const times = [
  check('EXT-CLEARING-19', 'a revoked mandate stops its payer at once, its payee redeems', async (stage) => {
    const planned = await stage.open()
    taken(await stage.tick(planned, { voucher: stage.voucher(planned, 10n) }))
    given('clearing.notifyMandate', await stage.revoke(planned))
    refused(await stage.tick(planned, { voucher: stage.voucher(planned, 20n) }), 'mandate-revoked')
    const redeemed = { voucher: stage.voucher(planned, 15n), delivered: '15' }
    equal(accepted('clearing.tick', await stage.tick(planned, redeemed, planned.payee)).delivered, '15', 'delivered')
    const { descriptor, payer } = planned
    const next = await stage.plan({ payer, descriptor: { mandateId: descriptor.mandateId } })
    refused(await stage.opening(next), 'mandate-revoked')
  }),
  check(
    'EXT-CLEARING-19',
    'after the grace nobody redeems under a revoked mandate',
    async (stage) => {
      const planned = await stage.open({ descriptor: { graceSeconds: 60 } })
      given('clearing.notifyMandate', await stage.revoke(planned))
      try {
        await stage.session.moveClock(61)
        const late = { voucher: stage.voucher(planned, 15n), delivered: '15' }
        refused(await stage.tick(planned, late, planned.payee), ['mandate-revoked', 'channel-closed'])
        equal((await stage.channel(planned)).status, 'closed', 'the status')
      } finally {
        await stage.session.moveClock(0)
      }
    },
    'alone',
  ),
  check(
    'EXT-CLEARING-20',
    'no tick counts before a channel begins, and no channel opens after its end',
    async (stage) => {
      const now = stage.session.now()
      const early = await stage.open({ descriptor: { notBefore: momentOf(now + 1_800) } })
      refused(await stage.tick(early, { voucher: stage.voucher(early, 1n) }), 'channel-not-started')
      const over = await stage.plan({
        descriptor: { notBefore: momentOf(now - 7_200), notAfter: momentOf(now - 3_600) },
      })
      refused(await stage.opening(over), 'channel-expired')
    },
  ),
  check(
    'EXT-CLEARING-20',
    'from its end on a channel takes no tick of its payer',
    async (stage) => {
      const planned = await stage.open()
      taken(await stage.tick(planned, { voucher: stage.voucher(planned, 1n) }))
      try {
        await stage.session.moveClock(3_601)
        refused(await stage.tick(planned, { voucher: stage.voucher(planned, 2n) }), 'channel-expired')
        const redeemed = { voucher: stage.voucher(planned, 3n), delivered: '3' }
        accepted('clearing.tick', await stage.tick(planned, redeemed, planned.payee))
      } finally {
        await stage.session.moveClock(0)
      }
    },
    'alone',
  ),
  check('EXT-CLEARING-21', 'a channel that is closed takes no tick', async (stage) => {
    const planned = await stage.open()
    taken(await stage.tick(planned, { voucher: stage.voucher(planned, 1n) }))
    taken(await stage.close(planned, planned.payee))
    const state = stage.figures(planned)
    const before = await state()
    for (const by of [planned.payer, planned.payee])
      refused(await stage.tick(planned, { voucher: stage.voucher(planned, 2n) }, by), 'channel-closed')
    refused(await stage.tick(planned, { delivered: '1' }, planned.payee), 'channel-closed')
    equal(await state(), before, 'the channel')
  }),
]

const delivery = [
  check('EXT-CLEARING-22', 'delivered never exceeds authorised and never falls', async (stage) => {
    const planned = await stage.open()
    taken(await stage.tick(planned, { voucher: stage.voucher(planned, 100n) }))
    const deliver = (delivered: string) => stage.tick(planned, { delivered }, planned.payee)
    equal(accepted('clearing.tick', await deliver('60')).delivered, '60', 'delivered')
    refused(await deliver('101'), 'delivered-exceeds-authorised')
    equal(accepted('clearing.tick', await deliver('20')).delivered, '60', 'delivered after less')
    equal(accepted('clearing.tick', await deliver('100')).delivered, '100', 'delivered in the end')
    equal(String(await stage.balance(planned.payee)), '100', 'the balance of the payee')
  }),
]

const durability = check('EXT-CLEARING-25', 'an answered tick is in the books when it is answered', async (stage) => {
  const planned = await stage.open()
  let answered = 0n
  await Promise.all(
    Array.from({ length: 12 }, async (_, index) => {
      const cumulative = BigInt(index + 1)
      const answer = await stage.tick(planned, { voucher: stage.voucher(planned, cumulative) })
      if (answer.status !== 200) return
      if (cumulative > answered) answered = cumulative
      const { authorised } = await stage.channel(planned)
      holds(unitsIn(authorised) >= cumulative, `at least ${cumulative} authorised`, authorised)
    }),
  )
  const { transfers } = await stage.statement(planned)
  const sum = transfers.filter(({ kind }) => kind === 'tick').reduce((total, { amount }) => total + unitsIn(amount), 0n)
  holds(answered > 0n && sum === answered, `transfers of ${answered}`, sum.toString())
})

export const clearingTickChecks = [...vouchers, ...chains, strangers, ...times, ...delivery, durability]
