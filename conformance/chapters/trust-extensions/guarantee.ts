/** The guarantee at a network: a takeover is reported, decided from what is on record, and paid once. */
import { momentOf } from '../../assurance.ts'
import { chapterOf } from '../../check.ts'
import { decideAnew } from '../../evidence.ts'
import { accepted, equal, given, holds, refused, taken } from '../../expect.ts'
import { usd } from '../../stages/orders.ts'
import { offering, type Paid, type TrustStage, trustStage } from '../../stages/trust.ts'

const check = chapterOf('guarantee', 'network', offering('guarantee', trustStage))

const day = 86_400

/** A claim that comes to a rejection for exactly these reasons. */
const rejected = async (
  stage: TrustStage,
  paid: Paid,
  reasons: readonly string[],
  change: Parameters<TrustStage['claimOf']>[1] = {},
): Promise<void> => {
  const claim = accepted('network.submitClaim', await stage.submit(stage.claimOf(paid, change)))
  equal([claim.claimStatus, claim.decision?.reasons], ['rejected', reasons], 'status and reasons of the claim')
}

/** A claim that is paid. */
const paidOut = async (stage: TrustStage, paid: Paid, change: Parameters<TrustStage['claimOf']>[1] = {}) => {
  const claim = given('network.submitClaim', await stage.submit(stage.claimOf(paid, change)))
  holds(claim.claimStatus === 'paid', 'the claim to be paid', claim)
  return claim
}

const later = (stage: TrustStage, days: number, play: () => Promise<void>): Promise<void> =>
  stage.session
    .moveClock(days * day)
    .then(play)
    .finally(() => stage.session.moveClock(0))

const cover = [
  check('EXT-GUARANTEE-1', 'merchandise that disappoints is not covered', async (stage) =>
    rejected(stage, await stage.stolen(), ['cause-not-covered'], { cause: 'merchandise' }),
  ),
  check(
    ['EXT-GUARANTEE-1', 'EXT-GUARANTEE-4'],
    'a payment the user confirmed is not covered, nor one no agent made alone',
    async (stage) => {
      const held = await stage.hold(stage.immediate(stage.order(2_000)))
      const paid = await stage.delegated(2_000, held)
      given('network.reportTakeover', await stage.report(paid))
      await rejected(stage, paid, ['not-agent-initiated', 'user-confirmed'])
    },
  ),
  check(
    'EXT-GUARANTEE-2',
    'a report and a claim after their days are rejected',
    async (stage) => {
      const [paid, early] = [await stage.delegated(), await stage.stolen()]
      const { policy } = await stage.state()
      await later(stage, policy.reportWithinDays + 1, async () => {
        given('network.reportTakeover', await stage.report(paid))
        await rejected(stage, paid, ['reported-late'])
      })
      await later(stage, policy.submitWithinDays + 1, () => rejected(stage, early, ['submitted-late']))
    },
    'alone',
  ),
  check('EXT-GUARANTEE-3', 'a payment to the operator of the agent itself is not covered', async (stage) => {
    const held = await stage.hold(stage.autonomous(90_000))
    const order = stage.order(2_000)
    const checkout = { ...order, merchant: { ...order.merchant, merchant_name: ' suite ' } }
    const { paymentToken } = given('network.applyCredential', await stage.apply(held, checkout))
    const { paymentId } = given('network.pay', await stage.pay({ paymentToken, checkout }))
    const paid = { held, paymentId, value: 2_000 }
    given('network.reportTakeover', await stage.report(paid))
    await rejected(stage, paid, ['linked-parties'])
  }),
  check('EXT-GUARANTEE-5', 'without a report there is no revoked key, and the claim is rejected', async (stage) =>
    rejected(stage, await stage.delegated(), ['key-not-revoked']),
  ),
  check('EXT-GUARANTEE-5', 'a claim whose evidence was deleted is rejected', async (stage) => {
    const paid = await stage.stolen()
    const { userReference } = paid.held
    const erasure = { paymentId: paid.paymentId, userReference, basis: 'user-request' as const }
    given('network.eraseEvidence', await stage.client.call('network.eraseEvidence', erasure, stage.wallet))
    await rejected(stage, paid, ['evidence-missing'])
  }),
  check(
    'EXT-GUARANTEE-6',
    'a decision is what its policy makes of its facts, and those are the facts',
    async (stage) => {
      const paid = await stage.stolen()
      const { policy } = await stage.state()
      const { decision } = accepted('network.submitClaim', await stage.submit(stage.claimOf(paid)))
      holds(decision !== undefined, 'a decision', 'none')
      if (!decision) return
      const { facts, ...told } = decision
      equal(told, decideAnew(policy, facts), 'the decision')
      const { records } = await stage.recomputed(paid.paymentId)
      const known = new Set(records.map(({ entry }) => entry.commitment))
      equal(
        facts.evidence.filter((commitment) => !known.has(commitment)),
        [],
        'evidence that is not in the bundle',
      )
      equal([facts.paymentAmount, facts.claimant, facts.keyRevoked], [usd(2_000), stage.wallet.id, true], 'the facts')
    },
  ),
  check('EXT-GUARANTEE-6', 'a rejection on record holds every reason it was told with', async (stage) => {
    const paid = await stage.delegated()
    await rejected(stage, paid, ['cause-not-covered', 'key-not-revoked'], { cause: 'other' })
    await stage.recomputed(paid.paymentId)
  }),
]

const life = [
  check(['EXT-GUARANTEE-7', 'EXT-GUARANTEE-10'], 'a payment has one claim, under whatever name', async (stage) => {
    const paid = await stage.stolen()
    const request = stage.claimOf(paid)
    const first = given('network.submitClaim', await stage.submit(request))
    refused(await stage.submit(stage.claimOf(paid)), 'claim-duplicate', { field: '/paymentId' })
    const other = { ...request, claimed: usd(1_999) }
    refused(await stage.submit(other), 'claim-request-reused', { field: '/claimRequestId' })
    const again = accepted('network.submitClaim', await stage.submit(request))
    equal(again.claimId, first.claimId, 'the claim of the same request again')
  }),
  check(
    ['EXT-GUARANTEE-7', 'EXT-GUARANTEE-10'],
    'twenty claims at once for one payment leave one claim',
    async (stage) => {
      const paid = await stage.stolen()
      const answers = await Promise.all(Array.from({ length: 20 }, () => stage.submit(stage.claimOf(paid))))
      const won = answers.filter(({ status }) => status === 200)
      equal(won.length, 1, 'claims that were taken')
    },
  ),
  check(
    ['EXT-GUARANTEE-10', 'EXT-GUARANTEE-11'],
    'the pool pays a claim once, however often it is asked for',
    async (stage) => {
      const paid = await stage.stolen()
      const before = await stage.pool()
      const request = stage.claimOf(paid)
      const claim = given('network.submitClaim', await stage.submit(request))
      for (const _ of [1, 2, 3]) taken(await stage.submit(request))
      equal(
        String(before.balance - (await stage.pool()).balance),
        claim.payout?.value ?? 'nothing',
        'what left the pool',
      )
    },
    'alone',
  ),
  check('EXT-GUARANTEE-8', 'a rejected claim is appealed once, and with evidence that is new', async (stage) => {
    const paid = await stage.delegated()
    const { claimId } = accepted('network.submitClaim', await stage.submit(stage.claimOf(paid)))
    const appeal = () => stage.client.call('network.appealClaim', { claimId }, stage.wallet)
    refused(await appeal(), 'evidence-invalid')
    given('network.reportTakeover', await stage.report(paid))
    const won = accepted('network.appealClaim', await appeal())
    equal([won.claimStatus, won.appealed, won.claimed], ['paid', true, usd(2_000)], 'the claim after its appeal')
    refused(await appeal(), 'claim-state-invalid')
  }),
  check('EXT-GUARANTEE-8', 'a second appeal is refused, whatever it brings', async (stage) => {
    const paid = await stage.delegated()
    const late = stage.claimOf(paid, { cause: 'other' })
    const { claimId } = accepted('network.submitClaim', await stage.submit(late))
    const appeal = () => stage.client.call('network.appealClaim', { claimId }, stage.wallet)
    given('network.reportTakeover', await stage.report(paid))
    equal(accepted('network.appealClaim', await appeal()).claimStatus, 'rejected', 'the claim after its appeal')
    given('network.reportTakeover', await stage.report(paid, { paymentIds: [] }))
    refused(await appeal(), 'claim-state-invalid')
  }),
  check(
    'EXT-GUARANTEE-8',
    'an appeal after its days is refused',
    async (stage) => {
      const paid = await stage.delegated()
      const { claimId } = accepted('network.submitClaim', await stage.submit(stage.claimOf(paid)))
      const { policy } = await stage.state()
      await later(stage, policy.appealWithinDays + 1, async () => {
        given('network.reportTakeover', await stage.report(paid))
        refused(await stage.client.call('network.appealClaim', { claimId }, stage.wallet), 'claim-late')
      })
    },
    'alone',
  ),
  check('EXT-GUARANTEE-9', 'a payout stays within the bound of the policy', async (stage) => {
    const held = await stage.hold(stage.autonomous(90_000_000))
    const paid = await stage.delegated(900_000, held)
    given('network.reportTakeover', await stage.report(paid))
    const { policy } = await stage.state()
    const { payout } = await paidOut(stage, paid)
    equal(
      payout,
      policy.payoutMax.find(({ currency }) => currency === 'USD'),
      'the payout',
    )
  }),
  check('EXT-GUARANTEE-9', 'more than the payment cannot be claimed', async (stage) => {
    const paid = await stage.stolen()
    refused(await stage.submit(stage.claimOf(paid, { claimed: usd(2_001) })), 'claim-exceeds-loss')
    await paidOut(stage, paid)
  }),
  check('EXT-HTTP-34', 'a claim of another wallet is not known', async (stage) => {
    const { claimId } = await paidOut(stage, await stage.stolen())
    const other = await stage.newParty('wallet')
    refused(await stage.client.call('network.inquiryClaim', { claimId }, other), 'claim-unknown')
    const recovery = { claimId, recoveryRequestId: `recovery-${stage.dice.word()}`, recovered: usd(1) }
    refused(await stage.client.call('network.recoverClaim', recovery, other), 'claim-unknown')
    taken(await stage.client.call('network.inquiryClaim', { claimId }, stage.wallet))
  }),
]

const pool = [
  check(
    'EXT-GUARANTEE-11',
    'what comes back after a payout returns to the pool as far as it exceeds the loss that is left',
    async (stage) => {
      const { claimId } = await paidOut(stage, await stage.stolen(2_000), { claimed: usd(1_500) })
      const before = await stage.pool()
      const recover = (value: number, name: string) =>
        stage.client.call(
          'network.recoverClaim',
          { claimId, recoveryRequestId: name, recovered: usd(value) },
          stage.wallet,
        )
      const [first, second] = [`recovery-${stage.dice.word()}`, `recovery-${stage.dice.word()}`]
      equal(accepted('network.recoverClaim', await recover(500, first)).payout, usd(1_500), 'what the partner keeps')
      equal(accepted('network.recoverClaim', await recover(700, second)).payout, usd(800), 'what the partner keeps')
      equal(accepted('network.recoverClaim', await recover(700, second)).payout, usd(800), 'after the same again')
      refused(await recover(701, second), 'claim-request-reused', { field: '/recoveryRequestId' })
      equal(String((await stage.pool()).balance - before.balance), '700', 'what returned to the pool')
    },
    'alone',
  ),
  check(
    ['EXT-GUARANTEE-11', 'EXT-GUARANTEE-12'],
    'a pool shows what it paid and what it owes, and never falls below nothing',
    async (stage) => {
      const paid = await stage.stolen(3_000)
      const before = await stage.pool()
      holds(before.balance >= 3_000n && before.solvent === true, 'a pool with money in it', String(before.balance))
      await paidOut(stage, paid)
      const after = await stage.pool()
      equal(
        [String(before.balance - after.balance), String(after.owed)],
        ['3000', String(before.owed)],
        'paid and owed',
      )
      equal((await stage.state()).overdue, [], 'claims that are overdue')
    },
    'alone',
  ),
]

const reports = [
  check('EXT-GUARANTEE-13', 'a report revokes key, binding and mandates in one request', async (stage) => {
    const paid = await stage.delegated()
    const { held } = paid
    const told = accepted('network.reportTakeover', await stage.report(paid))
    equal([told.agentId, told.mandatesRevoked], [held.agent.agentId, 1], 'agent and mandates of the report')
    const { agentStatus } = accepted(
      'network.inquiryAgent',
      await stage.client.call('network.inquiryAgent', { agentId: held.agent.agentId }, stage.provider),
    )
    equal([agentStatus, (await stage.mandateOf(held)).mandateStatus], ['revoked', 'revoked'], 'agent and mandate')
    const again = accepted('network.reportTakeover', await stage.report(paid))
    equal([again.reportId, again.keyRevokedAt], [told.reportId, told.keyRevokedAt], 'the same report again')
  }),
  check('EXT-GUARANTEE-14', 'a revoked agent gets no token and cannot use one, for any of its users', async (stage) => {
    const { agent, ...mine } = await stage.hold(stage.autonomous(90_000))
    const other = await stage.hold(stage.autonomous(90_000), await stage.bind(agent))
    const ready = await stage.token(other)
    const paid = await stage.delegated(2_000, { agent, ...mine })
    given('network.reportTakeover', await stage.report(paid))
    refused(await stage.apply(other, stage.order(1_000)), 'agent-revoked')
    refused(await stage.pay(ready), 'agent-revoked')
  }),
  check(
    'EXT-GUARANTEE-14',
    'no token is issued after a report, though it was asked for before, whoever its user is',
    async (stage) => {
      const reported = await stage.hold(stage.autonomous(90_000))
      const held = await stage.hold(stage.autonomous(90_000), await stage.bind(reported.agent))
      const waiting = stage.neighbours.script(
        'wallet.checkIntent',
        ({ mandateId }) => mandateId === held.mandateId,
        async () => {
          const paid = { held: reported, paymentId: '', value: 0 }
          given('network.reportTakeover', await stage.report(paid, { paymentIds: [] }))
          return { stage: 'S2', decision: 'pass', checkedAt: momentOf(stage.session.now()) }
        },
      )
      const answer = await stage.apply(held, stage.order(1_000))
      waiting()
      refused(answer, 'agent-revoked')
    },
  ),
  check('EXT-GUARANTEE-15', 'a revoked agent is not reinstated', async (stage) => {
    const { held } = await stage.stolen()
    const { agentId } = held.agent
    refused(await stage.client.call('network.reinstateAgent', { agentId }, stage.provider), 'agent-revoked')
    const { agentStatus } = accepted(
      'network.inquiryAgent',
      await stage.client.call('network.inquiryAgent', { agentId }, stage.provider),
    )
    equal(agentStatus, 'revoked', 'the agent')
  }),
  check('EXT-GUARANTEE-16', 'nobody reports for another user, wallet or binding', async (stage) => {
    const [paid, foreign] = [await stage.delegated(), await stage.delegated()]
    const wrong = [
      await stage.report(paid, {}, await stage.newParty('wallet')),
      await stage.report(paid, { userReference: foreign.held.userReference }),
    ]
    for (const answer of wrong) refused(answer, 'binding-unknown', { field: '/bindingId' })
    const mixed = await stage.report(paid, { paymentIds: [paid.paymentId, foreign.paymentId] })
    refused(mixed, 'payment-unknown', { field: '/paymentIds/1' })
    equal((await stage.mandateOf(paid.held)).mandateStatus, 'activated', 'the mandate nobody reported')
    given('network.reportTakeover', await stage.report(paid))
  }),
  check('EXT-GUARANTEE-18', 'an approved claim lowers the rating, and the bundle shows it', async (stage) => {
    const paid = await stage.stolen()
    const { agentId } = paid.held.agent
    const before = await stage.ratingOf(agentId)
    await paidOut(stage, paid)
    const after = await stage.ratingOf(agentId)
    holds(after.score < before.score, `a score below ${before.score}`, after.score)
    const { records } = await stage.recomputed(paid.paymentId)
    equal(records.filter(({ entry }) => entry.kind === 'rating-statement').length, 2, 'ratings on record')
  }),
]

export const guaranteeChecks = [...cover, ...life, ...pool, ...reports]
