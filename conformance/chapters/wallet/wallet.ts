/** Wallet services: what the owner sees and controls, limits, cancellation, sessions. */
import type { Message, RequestOf } from '../../../schemas/index.ts'
import { momentOf } from '../../assurance.ts'
import { chapterOf } from '../../check.ts'
import { accepted, equal, given, holds, needed, refused, sandwich, taken, told } from '../../expect.ts'
import { usd } from '../../stages/orders.ts'
import { type Bound, type Held, type User, type WalletStage, walletStage } from '../../stages/wallet.ts'

const check = chapterOf('wallet', 'wallet', walletStage)

const cancel = ({ client }: WalletStage, { mandateId, bound }: Held) =>
  client.call('wallet.cancelMandate', { mandateId }, bound.user)

const setLimits = ({ client }: WalletStage, user: User, limits: RequestOf<'wallet.setLimits'>['limits']) =>
  client.call('wallet.setLimits', { limits }, user)

const proposalOver = (stage: WalletStage, bound: Bound, budget: number) =>
  stage.propose(bound, stage.autonomous(budget)).then(({ answer }) => answer)

/** Makes the network answer for one mandate as if it stood so. */
const standing = (
  stage: WalletStage,
  held: Held,
  mandateStatus: Message<'trust/mandate-status'>,
  view: Message<'wallet/mandate'>,
) => {
  const { statusText: _text, progress: _progress, bills: _bills, ...mandate } = view
  return stage.neighbours.script(
    'network.inquiryMandate',
    ({ mandateId }) => mandateId === held.mandateId,
    () => ({ ...mandate, mandateStatus }),
  )
}

/** Words that mean what the published wording of a status means. */
const wordings = [
  ['AMP-WALLET-015', 'activated', /process|active|running|ongoing/i],
  ['AMP-WALLET-017', 'finished', /closed|complete|finished|done/i],
  ['AMP-WALLET-020', 'revoked', /cancel|revoked/i],
  ['AMP-WALLET-021', 'expired', /expired|lapsed/i],
] as const

const views = [
  check(
    ['AMP-WALLET-010', 'AMP-FLOW-005'],
    'the owner sees every agent bound to the wallet, ended ones too',
    async (stage) => {
      const user = await stage.seedUser()
      const [one, other] = [await stage.bind(user), await stage.bind(user)]
      taken(await stage.client.call('wallet.revokeBinding', { bindingId: one.bindingId }, user))
      const { agents } = accepted(
        'wallet.inquiryAgentList',
        await stage.client.call('wallet.inquiryAgentList', {}, user),
      )
      const status = (bound: Bound) =>
        agents.find(({ bindingId }) => bindingId === bound.bindingId)?.bindingStatus ?? 'missing'
      equal([agents.length, status(one), status(other)], [2, 'revoked', 'activated'], 'agents and their bindings')
    },
  ),
  ...wordings.map(([id, mandateStatus, words]) =>
    check(id, `the status ${mandateStatus} is worded as published`, async (stage) => {
      const held = await stage.hold(await stage.bind(), stage.autonomous(5_000))
      const end = standing(stage, held, mandateStatus, await stage.view(held))
      const { statusText } = await stage.view(held)
      end()
      holds(words.test(statusText), `a wording of ${mandateStatus}`, statusText)
    }),
  ),
  check('AMP-WALLET-012', 'two statuses never read alike', async (stage) => {
    const held = await stage.hold(await stage.bind(), stage.autonomous(5_000))
    const view = await stage.view(held)
    const texts: string[] = []
    for (const status of ['inactive', 'activated', 'revoked', 'expired', 'finished'] as const) {
      const end = standing(stage, held, status, view)
      texts.push((await stage.view(held)).statusText)
      end()
    }
    equal(new Set(texts).size, texts.length, 'the number of different wordings')
  }),
  check(
    ['AMP-WALLET-025', 'AMP-WALLET-016', 'AMP-WALLET-024', 'AMP-WALLET-026', 'AMP-WALLET-044'],
    'the details of a mandate are those of the network',
    async (stage) => {
      const held = await stage.hold(await stage.bind(), stage.autonomous(5_000))
      const view = await stage.view(held)
      const { content } = held
      equal(
        [view.mandateId, view.mandateType, view.description, view.budget.total],
        [held.mandateId, content.mandateType, content.intent.desc, usd(5_000)],
        'the mandate',
      )
      const { statusText: _text, progress: _progress, bills: _bills, ...mandate } = view
      const spent = { ...mandate.budget, captured: usd(2_500), remaining: usd(2_500) }
      const end = stage.neighbours.script(
        'network.inquiryMandate',
        ({ mandateId }) => mandateId === held.mandateId,
        () => ({ ...mandate, budget: spent }),
      )
      const later = await stage.view(held)
      end()
      equal([later.budget.captured, later.progress], [usd(2_500), '50'], 'what was spent, and progress in percent')
    },
  ),
  check('AMP-WALLET-009', 'bills are shown as the network records them', async (stage) => {
    const held = await stage.hold(await stage.bind(), stage.autonomous(5_000))
    const bill: Message<'wallet/bill'> = {
      paymentId: `payment-${stage.dice.word()}`,
      mandateId: held.mandateId,
      time: momentOf(stage.session.now()),
      description: 'One thing',
      merchantName: 'Corner Shop',
      amount: usd(1_234),
      paymentStatus: 'SUCCESS',
    }
    const { userReference } = held.bound
    const end = stage.neighbours.script(
      'network.inquiryBillList',
      (message) => message.userReference === userReference,
      () => ({ bills: [bill] }),
    )
    const { bills } = accepted(
      'wallet.inquiryBillList',
      await stage.client.call('wallet.inquiryBillList', {}, held.bound.user),
    )
    const { bills: inDetail } = await stage.view(held)
    end()
    equal([bills, inDetail], [[bill], [bill]], 'bills in the list and under the mandate')
  }),
  check(
    ['AMP-WALLET-047', 'AMP-WALLET-013', 'AMP-WALLET-018', 'AMP-WALLET-019', 'AMP-WALLET-033', 'AMP-WALLET-048'],
    'the list of mandates keeps those that are over',
    async (stage) => {
      const held = await stage.hold(await stage.bind(), stage.autonomous(5_000))
      const {
        statusText: _text,
        progress: _progress,
        bills: _bills,
        events: _events,
        constraints: _constraints,
        checkout: _checkout,
        ...summary
      } = await stage.view(held)
      const statuses = ['activated', 'revoked', 'expired', 'finished'] as const
      const mandates = statuses.map((mandateStatus, index) => ({
        ...summary,
        mandateStatus,
        mandateId: `${held.mandateId}-${index}`,
      }))
      const end = stage.neighbours.script(
        'network.inquiryMandateList',
        ({ userReference }) => userReference === held.bound.userReference,
        () => ({ mandates }),
      )
      const list = accepted(
        'wallet.inquiryMandateList',
        await stage.client.call('wallet.inquiryMandateList', {}, held.bound.user),
      )
      end()
      equal(
        list.mandates.map(({ mandateStatus }) => mandateStatus),
        [...statuses],
        'statuses in the list',
      )
    },
  ),
  check('AMP-WALLET-004', 'a mandate of somebody else can be neither seen nor cancelled', async (stage) => {
    const held = await stage.hold(await stage.bind(), stage.autonomous(5_000))
    const stranger = await stage.seedUser()
    for (const answer of [
      await stage.client.call('wallet.inquiryMandate', { mandateId: held.mandateId }, stranger),
      await stage.client.call('wallet.cancelMandate', { mandateId: held.mandateId }, stranger),
      await stage.client.call('wallet.adjustMandate', { mandateId: held.mandateId, limit: usd(1) }, stranger),
      await stage.client.call('wallet.inquiryBillList', { mandateId: held.mandateId }, stranger),
    ])
      refused(answer, 'mandate-unknown')
    accepted('wallet.pay', await stage.pay(held, await stage.chosen(held, 1_000)))
  }),
  check('EXT-HTTP-34', 'an authorization of somebody else cannot be decided', async (stage) => {
    const bound = await stage.bind()
    const { authId } = await stage.propose(bound, stage.autonomous(5_000))
    refused(await stage.decide(await stage.seedUser(), authId, 'approve'), 'authorization-unknown')
    accepted('wallet.completeIdv', await stage.decide(bound.user, authId, 'approve'))
  }),
]

const control = [
  check('AMP-WALLET-029', 'a cancellation is told to the network', async (stage) => {
    const held = await stage.hold(await stage.bind(), stage.autonomous(5_000))
    const { mandateStatus } = accepted('wallet.cancelMandate', await cancel(stage, held))
    equal(mandateStatus, 'revoked', 'the status answered')
    const heard = await stage.neighbours.next('network.cancelMandate', ({ mandateId }) => mandateId === held.mandateId)
    holds(heard !== undefined, 'network.cancelMandate', 'nothing')
  }),
  check(
    'AMP-WALLET-030',
    'from the acknowledgement of a cancellation on, no debit passes, in flight or not',
    async (stage) => {
      const user = await stage.seedUser(usd(100_000))
      const held = await stage.hold(await stage.bind(user), stage.autonomous(90_000))
      const checkouts = []
      for (let one = 0; one < 16; one++) checkouts.push(await stage.chosen(held, 1_000))
      const early = checkouts.slice(0, 8).map((checkout) => stage.pay(held, checkout))
      accepted('wallet.cancelMandate', await cancel(stage, held))
      const late = await Promise.all(checkouts.slice(8).map((checkout) => stage.pay(held, checkout)))
      for (const answer of late) refused(answer, 'mandate-revoked')
      const passed = (await Promise.all(early)).filter(({ status }) => status === 200).length
      equal(await stage.balance(user), `USD ${100_000 - passed * 1_000}`, 'the balance')
    },
  ),
  check('AMP-WALLET-034', 'a limit is lowered through the network, and holds', async (stage) => {
    const held = await stage.hold(await stage.bind(), stage.autonomous(5_000))
    const adjust = (value: number) =>
      stage.client.call('wallet.adjustMandate', { mandateId: held.mandateId, limit: usd(value) }, held.bound.user)
    const checkout = await stage.chosen(held, 2_000)
    accepted('wallet.adjustMandate', await adjust(1_500))
    const heard = await stage.neighbours.next('network.adjustMandate', ({ mandateId }) => mandateId === held.mandateId)
    equal(heard?.message.limit ?? null, usd(1_500), 'the limit told to the network')
    refused(await stage.pay(held, checkout), 'budget-exceeded')
    accepted('wallet.pay', await stage.pay(held, await stage.chosen(held, 1_500)))
  }),
  check('AMP-TRUST-041', 'a limit is never raised by the wallet alone', async (stage) => {
    const held = await stage.hold(await stage.bind(), stage.autonomous(5_000))
    const answer = await stage.client.call(
      'wallet.adjustMandate',
      { mandateId: held.mandateId, limit: usd(9_000) },
      held.bound.user,
    )
    refused(answer, 'limit-not-lower')
  }),
]

const limits = [
  check('AMP-WALLET-062', 'a budget above the limit per mandate is refused before display', async (stage) => {
    const bound = await stage.bind()
    taken(await setLimits(stage, bound.user, { perMandate: usd(3_000) }))
    await sandwich({
      control: () => proposalOver(stage, bound, 3_000),
      changed: () => proposalOver(stage, bound, 3_001),
      refusedAs: 'limit-per-mandate-exceeded',
      where: { stage: 'S1' },
    })
  }),
  check('AMP-WALLET-064', 'budgets of one day together stay below the daily limit', async (stage) => {
    const bound = await stage.bind()
    taken(await setLimits(stage, bound.user, { perDay: usd(5_000) }))
    await stage.hold(bound, stage.autonomous(3_000))
    refused(await proposalOver(stage, bound, 2_001), 'limit-daily-exceeded', { stage: 'S1' })
    const [one, other] = [
      await stage.propose(bound, stage.autonomous(2_000)),
      await stage.propose(bound, stage.autonomous(2_000)),
    ]
    const answers = await Promise.all([one, other].map(({ authId }) => stage.decide(bound.user, authId, 'approve')))
    equal(answers.filter(({ status }) => status === 200).length, 1, 'approvals that passed')
  }),
  check(
    ['AMP-WALLET-050', 'AMP-WALLET-056', 'AMP-WALLET-051', 'AMP-WALLET-052'],
    'limits are set, altered and removed, and kept for each user',
    async (stage) => {
      const [user, other] = [await stage.seedUser(), await stage.seedUser()]
      const read = async (of: User) =>
        given('wallet.inquiryLimits', await stage.client.call('wallet.inquiryLimits', {}, of)).limits
      for (const wanted of [{ perMandate: usd(100), perDay: usd(200) }, { perDay: usd(300) }, {}]) {
        accepted('wallet.setLimits', await setLimits(stage, user, wanted))
        equal([await read(user), await read(other)], [wanted, {}], 'limits of the user and of another')
      }
    },
  ),
  check('AMP-WALLET-053', 'the network reads the limits of a user', async (stage) => {
    const bound = await stage.bind()
    taken(await setLimits(stage, bound.user, { perDay: usd(4_000) }))
    await stage.hold(bound, stage.autonomous(1_000))
    const { limits: read, delegatedToday } = accepted(
      'wallet.inquiryLimits',
      await stage.client.call('wallet.inquiryLimits', { userReference: bound.userReference }, stage.network),
    )
    equal([read, delegatedToday], [{ perDay: usd(4_000) }, usd(1_000)], 'limits and what was delegated today')
  }),
]

const sessions = [
  check(['EXT-HTTP-35', 'AMP-WALLET-006'], 'an operation of the owner needs an open session', async (stage) => {
    const user = await stage.seedUser()
    const ask = (authorization: string | null) =>
      stage.client.call('wallet.inquiryAccount', {}, user, { authorization })
    refused(await ask(null), 'session-missing')
    refused(await ask(`Bearer ${'x'.repeat(43)}`), 'session-invalid')
    refused(await ask('Basic dXNlcjpwYXNz'), 'session-invalid')
    const { userToken } = accepted(
      'wallet.login',
      await stage.client.call('wallet.login', { loginId: user.loginId, pin: user.pin }, undefined),
    )
    accepted('wallet.inquiryAccount', await ask(`Bearer ${userToken}`))
  }),
  check(
    'AMP-WALLET-001',
    'a session ends by itself',
    async (stage) => {
      const user = await stage.seedUser()
      const { expiresAt } = given(
        'wallet.login',
        await stage.client.call('wallet.login', { loginId: user.loginId, pin: user.pin }, undefined),
      )
      const seconds = Date.parse(expiresAt) / 1000 - stage.session.now()
      try {
        await stage.session.moveClock(Math.ceil(seconds) + 60)
        refused(await stage.client.call('wallet.inquiryAccount', {}, user), 'session-invalid')
      } finally {
        await stage.session.moveClock(0)
      }
    },
    'alone',
  ),
  check('EXT-HTTP-36', 'five wrong PINs lock the identity check', async (stage) => {
    const bound = await stage.bind()
    const { authId } = await stage.propose(bound, stage.autonomous(5_000))
    const wrong = bound.user.pin === '111111' ? '222222' : '111111'
    let locked: string | undefined
    for (let tries = 0; tries < 6 && locked === undefined; tries++) {
      const answer = await stage.decide(bound.user, authId, 'approve', wrong)
      if (told(answer).startsWith('identity-check-locked')) locked = told(answer)
    }
    holds(locked !== undefined, 'identity-check-locked after at most five wrong PINs', 'six refusals without it')
    const next = await stage.propose(bound, stage.autonomous(5_000))
    refused(await stage.decide(bound.user, next.authId, 'approve'), 'identity-check-locked')
    const report = await stage.reportOf(authId, 100)
    needed(
      report === undefined || report.message.outcome === 'FAILED' ? true : undefined,
      'a mandate was reported all the same',
    )
  }),
]

export const walletServiceChecks = [...views, ...control, ...limits, ...sessions]
