/** Trust, as a network shows it: onboarding, authorisation, activation, the life of a mandate. */
import type { Message, ProblemCode } from '../../../schemas/index.ts'
import { chapterOf } from '../../check.ts'
import { accepted, equal, given, holds, needed, refused, sandwich, taken, told } from '../../expect.ts'
import { Refusal } from '../../neighbours/server.ts'
import { type Drafted, type Held, type NetworkStage, networkStage, reviewItems } from '../../stages/network.ts'
import { usd } from '../../stages/orders.ts'

const check = chapterOf('trust', 'network', networkStage)

type Review = Message<'trust/review-record'>

/** Requirements of the eight items of the review, in the order of the items. */
const itemIds = ['006', '007', '008', '009', '010', '011', '012', '013'].map((number) => `AMP-TRUST-${number}`)

const fresh = async (stage: NetworkStage, change: Parameters<NetworkStage['registrationOf']>[1] = {}, claims = {}) =>
  stage.send(await stage.registrationOf(await stage.dice.party(`agent-key-${stage.dice.word()}`), change, claims))

/** A review in which one item is missing and another stands twice. */
const withoutItem = (name: string) => async (stage: NetworkStage) => {
  const { review } = await stage.registrationOf(await stage.dice.party('somebody'))
  const other = needed(
    review.items.find(({ item }) => item !== name),
    'no other item',
  )
  return fresh(stage, {
    items: review.items.map((one) => (one.item === name ? other : one)) as unknown as Review['items'],
  })
}

const onboarding = [
  check(
    ['AMP-TRUST-003', 'AMP-PAY-004', 'AMP-PAY-021'],
    'an agent nobody registered asks for nothing',
    async (stage) => {
      await sandwich({
        control: async () => stage.enrol(await stage.register()),
        changed: async () => stage.enrol({ ...(await stage.register()), agentId: `agent-${stage.dice.word()}` }),
        refusedAs: 'agent-unknown',
      })
    },
  ),
  ...reviewItems.map((name, index) =>
    check(itemIds[index] ?? '', `a review without ${name} is refused`, (stage) =>
      sandwich({
        control: () => fresh(stage),
        changed: () => withoutItem(name)(stage),
        refusedAs: 'review-incomplete',
      }),
    ),
  ),
  check(['AMP-TRUST-005', 'AMP-FLOW-007'], 'a review with a failed item registers nobody', async (stage) => {
    const whole = await stage.registrationOf(await stage.dice.party('somebody'))
    const [first, ...rest] = whole.review.items
    await sandwich({
      control: () => fresh(stage),
      changed: () =>
        fresh(stage, {
          items: [{ ...needed(first, 'no item'), outcome: 'failed' }, ...rest] as unknown as Review['items'],
        }),
      refusedAs: 'review-failed',
    })
  }),
  check('AMP-TRUST-015', 'a key is registered only with proof that the agent holds it, once', async (stage) => {
    const key = await stage.dice.party('agent')
    const registration = await stage.registrationOf(key)
    const other = await stage.dice.party('other')
    const control = () => fresh(stage)
    const forged = await stage.registrationOf(other)
    await sandwich({
      control,
      changed: () => stage.send({ ...registration, proofOfPossession: forged.proofOfPossession }),
      refusedAs: 'proof-of-possession-invalid',
    })
    await sandwich({
      control,
      changed: () => fresh(stage, {}, { proof: { aud: 'https://other.example' } }),
      refusedAs: 'proof-of-possession-invalid',
    })
    await sandwich({
      control,
      changed: () => fresh(stage, {}, { proof: { iat: stage.session.now() - 3_600 } }),
      refusedAs: 'proof-of-possession-invalid',
    })
    accepted('network.registerAgent', await stage.send(registration))
    const again = await stage.registrationOf(key)
    refused(await stage.send(again), 'agent-key-taken')
  }),
  check('AMP-TRUST-104', 'the key of an agent is on record at the network', async (stage) => {
    const { agentId, key } = await stage.register()
    const agent = accepted(
      'network.inquiryAgent',
      await stage.client.call('network.inquiryAgent', { agentId }, stage.provider),
    )
    equal([agent.agentKey.x, agent.agentKey.y, agent.agentStatus], [key.jwk.x, key.jwk.y, 'active'], 'key and status')
  }),
  check('AMP-TRUST-020', 'a credential provider acts for its own agents alone', async (stage) => {
    const agent = await stage.register()
    const stranger = await stage.newParty('credential-provider')
    const ask = (by: typeof stranger) => stage.client.call('network.inquiryAgent', { agentId: agent.agentId }, by)
    await sandwich({ control: () => ask(stage.provider), changed: () => ask(stranger), refusedAs: 'agent-unknown' })
    const enrolled = await stage.client.call(
      'network.createAuthorization',
      {
        authContext: 'ENROLLMENT',
        sessionId: `session-${stage.dice.word()}`,
        agentId: agent.agentId,
        walletId: stage.wallet.id,
      },
      stranger,
    )
    refused(enrolled, 'agent-unknown')
  }),
  check(
    'AMP-TRUST-022',
    'a review counts only with the commitment of the credential provider that sends it',
    async (stage) => {
      const control = () => fresh(stage)
      const changes = [
        { commitment: { iss: 'https://other.example' } },
        { commitment: { aud: 'https://other.example' } },
        { commitment: { application_hash: 'x'.repeat(43) } },
        { by: { ...(await stage.dice.party('forger')), id: stage.provider.id } },
      ]
      for (const claims of changes)
        await sandwich({ control, changed: () => fresh(stage, {}, claims), refusedAs: 'commitment-invalid' })
    },
  ),
  check(
    ['AMP-PAY-034', 'AMP-TRUST-026'],
    'a suspended agent gets neither binding nor token nor payment until it is reinstated',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(50_000))
      const { agentId } = held.agent
      const bought = await stage.token(held)
      accepted(
        'network.suspendAgent',
        await stage.client.call('network.suspendAgent', { agentId, reason: 'risk' }, stage.provider),
      )
      refused(await stage.enrol(held.agent), 'agent-suspended')
      refused(await stage.apply(held, stage.order(1_000)), 'agent-suspended')
      refused(await stage.pay(bought), 'agent-suspended')
      accepted('network.reinstateAgent', await stage.client.call('network.reinstateAgent', { agentId }, stage.provider))
      accepted('network.applyCredential', await stage.apply(held, stage.order(1_000)))
    },
  ),
]

/** Makes the suite's wallet refuse one proposal as its guard would. */
const refusingDisplay = (stage: NetworkStage, description: string) =>
  stage.neighbours.script(
    'wallet.createAuthorization',
    (message) => message.authContext === 'MANDATE' && message.intent.desc === description,
    () => new Refusal('intent-unclear', { stage: 'S1', field: '/intent/desc' }),
  )

const authorisation = [
  check(
    ['AMP-TRUST-050', 'AMP-TRUST-056'],
    'a mandate is put before the user at the wallet, as it was asked for',
    async (stage) => {
      const bound = await stage.bind()
      const content = stage.autonomous(5_000)
      const drafted = await stage.draft(bound, content)
      const shown = await stage.neighbours.next('wallet.createAuthorization', ({ authId }) => authId === drafted.authId)
      const message = needed(shown?.message, 'the wallet was not asked')
      if (message.authContext !== 'MANDATE') return holds(false, 'a mandate', message)
      equal(
        [message.mandateId, message.mandateType, message.intent, message.identity, message.userReference],
        [drafted.mandateId, 'AUTONOMOUS', content.intent, bound.identity, bound.userReference],
        'what the wallet was asked to show',
      )
    },
  ),
  check(
    ['AMP-TRUST-050', 'AMP-TRUST-054'],
    'a mandate is put before the user with the agent that asks for it and the key it would bind',
    async (stage) => {
      const bound = await stage.bind()
      const drafted = await stage.draft(bound, stage.autonomous(5_000))
      const shown = await stage.neighbours.next('wallet.createAuthorization', ({ authId }) => authId === drafted.authId)
      const { agent, ...message } = needed(shown?.message, 'the wallet was not asked')
      const key = 'agentKey' in message ? message.agentKey : undefined
      const { jwk } = bound.agent.key
      equal(
        [agent.agentId, agent.agentName, agent.credentialProviderId, key?.kid, key?.x, key?.y],
        [bound.agent.agentId, bound.agent.name, stage.provider.id, jwk.kid, jwk.x, jwk.y],
        'the agent the wallet was asked to show',
      )
    },
  ),
  check(
    ['AMP-TRUST-050', 'AMP-TRUST-032'],
    'a direct mandate is put before the user with the checkout it was asked for',
    async (stage) => {
      const checkout = stage.order(2_000)
      const drafted = await stage.draft(await stage.bind(), stage.immediate(checkout))
      const shown = await stage.neighbours.next('wallet.createAuthorization', ({ authId }) => authId === drafted.authId)
      const message = needed(shown?.message, 'the wallet was not asked')
      equal('checkout' in message ? message.checkout : null, checkout, 'the checkout the wallet was asked to show')
    },
  ),
  check(
    ['AMP-TRUST-049', 'AMP-TRUST-093', 'AMP-TRUST-048', 'AMP-TRUST-092'],
    'a mandate its wallet refused before display is never activated',
    async (stage) => {
      const bound = await stage.bind()
      const content = stage.autonomous(5_000)
      const end = refusingDisplay(stage, content.intent.desc)
      refused(await stage.askFor(bound, content), 'intent-unclear', { stage: 'S1' })
      end()
      const asked = await stage.neighbours.next(
        'wallet.createAuthorization',
        (message) => message.authContext === 'MANDATE' && message.intent.desc === content.intent.desc,
      )
      const message = needed(asked?.message, 'the wallet was not asked')
      if (message.authContext !== 'MANDATE') return
      const drafted: Drafted = {
        ...bound,
        content,
        authId: message.authId,
        mandateId: message.mandateId,
        sessionId: '',
      }
      const answer = await stage.approve(drafted, await stage.sign(drafted))
      holds(answer.status !== 200, 'a refusal of the late approval', told(answer))
      equal((await stage.mandateOf(drafted)).mandateStatus, 'inactive', 'the status')
    },
  ),
  check(
    ['AMP-TRUST-053', 'AMP-TRUST-054', 'AMP-TRUST-055'],
    'before authorisation the mandate is on record, tied to user and agent, and inactive',
    async (stage) => {
      const bound = await stage.bind()
      const content = stage.autonomous(7_000)
      const drafted = await stage.draft(bound, content)
      const mandate = await stage.mandateOf(drafted)
      equal(
        [mandate.mandateStatus, mandate.agentId, mandate.bindingId, mandate.budget.total],
        ['inactive', bound.agent.agentId, bound.bindingId, usd(7_000)],
        'status, agent, binding and budget',
      )
    },
  ),
  check(
    ['AMP-TRUST-065', 'AMP-TRUST-066', 'AMP-TRUST-080'],
    'a mandate the user rejected stays inactive and backs nothing',
    async (stage) => {
      const drafted = await stage.draft(await stage.bind(), stage.autonomous(5_000))
      accepted(
        'network.notifyAuthorization',
        await stage.report({
          authContext: 'MANDATE',
          outcome: 'FAILED',
          authId: drafted.authId,
          failure: 'user-rejected',
        }),
      )
      equal((await stage.mandateOf(drafted)).mandateStatus, 'inactive', 'the status')
      const mandate = await stage.sign(drafted)
      refused(await stage.approve(drafted, mandate), 'authorization-decided')
      refused(await stage.apply({ ...drafted, mandate }, stage.order(1_000)), 'mandate-inactive')
      const notice = await stage.heard(
        'credential-provider.notifyAuthorization',
        ({ sessionId }) => sessionId === drafted.sessionId,
      )
      equal(notice?.message.outcome ?? 'nothing', 'FAILED', 'what the credential provider was told')
    },
  ),
  check(
    ['AMP-TRUST-070', 'AMP-FLOW-013', 'AMP-TRUST-032', 'AMP-PAY-020'],
    'a confirmed mandate becomes activated and backs a token',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(5_000))
      equal((await stage.mandateOf(held)).mandateStatus, 'activated', 'the status')
      const notice = await stage.heard(
        'credential-provider.notifyAuthorization',
        ({ sessionId }) => sessionId === held.sessionId,
      )
      const message = notice?.message
      equal(
        message?.outcome === 'SUCCESS' && message.authContext === 'MANDATE'
          ? [message.mandateStatus, message.mandate]
          : null,
        ['activated', held.mandate],
        'what the credential provider was told',
      )
      accepted('network.applyCredential', await stage.apply(held, stage.order(1_000)))
    },
  ),
  check('AMP-TRUST-069', 'what the wallet signed has to be the mandate on record', async (stage) => {
    const bound = await stage.hold(stage.autonomous(5_000))
    const drafted = await stage.draft(bound, stage.autonomous(5_000))
    const wider = { ...drafted, content: stage.autonomous(9_000) }
    const other = await stage.draft(bound, stage.autonomous(5_000))
    const stranger = { ...drafted, agent: { ...drafted.agent, key: await stage.dice.party('stranger') } }
    for (const signed of [
      wider,
      { ...drafted, mandateId: other.mandateId },
      stranger,
      { ...drafted, bindingId: `binding-${stage.dice.word()}` },
    ]) {
      refused(await stage.approve(drafted, await stage.sign(signed)), 'assurance-mandate-mismatch')
      equal((await stage.mandateOf(drafted)).mandateStatus, 'inactive', 'the status')
    }
    accepted('network.notifyAuthorization', await stage.approve(drafted, await stage.sign(drafted)))
  }),
  check(
    ['AMP-TRUST-030', 'AMP-TRUST-054'],
    'an agent gets no token on the mandate of another agent of the same user',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(5_000))
      const other = await stage.bind(await stage.register(), held.userReference)
      const { agent, bindingId } = other
      const state = stage.stateOf(held)
      const before = await state()
      refused(await stage.apply({ ...held, agent, bindingId }, stage.order(1_000)), 'binding-mismatch')
      equal(await state(), before, 'status and budget')
      accepted('network.applyCredential', await stage.apply(held, stage.order(1_000)))
    },
  ),
  check('EXT-HTTP-34', 'another wallet cannot report for a user', async (stage) => {
    const drafted = await stage.draft(await stage.hold(stage.autonomous(5_000)), stage.autonomous(5_000))
    const stranger = await stage.newParty('wallet')
    const mandate = await stage.sign(drafted)
    refused(await stage.approve(drafted, mandate, stranger), 'authorization-unknown')
    accepted('network.notifyAuthorization', await stage.approve(drafted, mandate))
  }),
]

/** Every use of a mandate that is over, or not yet there. */
const unusable = async (stage: NetworkStage, held: Held, code: ProblemCode, status: string): Promise<void> => {
  const checkout = held.content.mandateType === 'IMMEDIATE' ? held.content.checkout : stage.order(1_000)
  const problem = refused(await stage.apply(held, checkout), code)
  equal(problem.mandateStatus ?? 'none', status, 'the status named in the refusal')
}

const life = [
  check(
    ['AMP-TRUST-076', 'AMP-TRUST-081', 'AMP-TRUST-077'],
    'a revoked mandate yields no token, and the refusal names the state',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(5_000))
      accepted('network.cancelMandate', await stage.cancel(held))
      await unusable(stage, held, 'mandate-revoked', 'revoked')
    },
  ),
  check('AMP-TRUST-071', 'a finished mandate yields no further token', async (stage) => {
    const held = await stage.hold(stage.immediate(stage.order(2_000)))
    accepted('network.pay', await stage.pay(await stage.token(held)))
    equal((await stage.mandateOf(held)).mandateStatus, 'finished', 'the status')
    await unusable(stage, held, 'mandate-finished', 'finished')
  }),
  check(
    ['AMP-TRUST-085', 'AMP-TRUST-074'],
    'a mandate past its end is expired and yields neither token nor payment',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(5_000, {}, 300))
      const bought = await stage.token(held)
      try {
        await stage.session.moveClock(400)
        equal((await stage.mandateOf(held)).mandateStatus, 'expired', 'the status')
        await unusable(stage, held, 'mandate-expired', 'expired')
        refused(await stage.pay(bought), ['mandate-expired', 'payment-token-expired'])
      } finally {
        await stage.session.moveClock(0)
      }
    },
    'alone',
  ),
  check('AMP-TRUST-075', 'a mandate that ended does not come back', async (stage) => {
    const held = await stage.hold(stage.autonomous(5_000))
    taken(await stage.cancel(held))
    const answer = await stage.approve(held, await stage.sign(held))
    holds(answer.status !== 200, 'a refusal', told(answer))
    equal((await stage.mandateOf(held)).mandateStatus, 'revoked', 'the status')
  }),
  check('AMP-TRUST-073', 'every event in the life of a mandate is on record, oldest first', async (stage) => {
    const held = await stage.hold(stage.autonomous(5_000))
    taken(await stage.cancel(held))
    const { events } = await stage.mandateOf(held)
    equal(
      events.map(({ mandateStatus }) => mandateStatus),
      ['inactive', 'activated', 'revoked'],
      'statuses on record',
    )
  }),
  check(
    ['AMP-TRUST-097', 'AMP-TRUST-078'],
    'a refusal of the guard is passed on with stage and reason',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(5_000, { payment_amount_max: usd(1_000) }))
      refused(await stage.apply(held, stage.order(1_001)), 'amount-out-of-range', { stage: 'S2' })
    },
  ),
  check(['AMP-TRUST-084', 'AMP-WALLET-008'], 'mandates are found by user, agent and status', async (stage) => {
    const bound = await stage.bind()
    const [live, over] = [
      await stage.hold(stage.autonomous(5_000), bound),
      await stage.hold(stage.autonomous(5_000), bound),
    ]
    taken(await stage.cancel(over))
    const list = async (more: object) =>
      given(
        'network.inquiryMandateList',
        await stage.client.call(
          'network.inquiryMandateList',
          { userReference: bound.userReference, ...more },
          stage.wallet,
        ),
      )
        .mandates.map(({ mandateId }) => mandateId)
        .sort()
    equal(
      [
        await list({}),
        await list({ mandateStatus: 'revoked' }),
        await list({ agentId: bound.agent.agentId }),
        await list({ agentId: `agent-${stage.dice.word()}` }),
      ],
      [[live.mandateId, over.mandateId].sort(), [over.mandateId], [live.mandateId, over.mandateId].sort(), []],
      'mandates by user, status and agent',
    )
  }),
]

export const networkTrustChecks = [...onboarding, ...authorisation, ...life]
