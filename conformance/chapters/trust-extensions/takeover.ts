/** What a wallet does when its owner reports a takeover: it stops first, then tells, claims and gives back. */
import { chapterOf } from '../../check.ts'
import { accepted, equal, given, holds, refused } from '../../expect.ts'
import { silence } from '../../neighbours/server.ts'
import { offering } from '../../stages/trust.ts'
import { type WalletStage, walletStage } from '../../stages/wallet.ts'

const check = chapterOf('guarantee', 'wallet', offering('guarantee', walletStage))

/** An agent that paid once, and may pay again. */
const paidOnce = async (stage: WalletStage) => {
  const held = await stage.hold(await stage.bind(), stage.autonomous(90_000))
  const { paymentId } = given('wallet.pay', await stage.pay(held, await stage.chosen(held, 2_000)))
  return { held, paymentId, next: await stage.chosen(held, 1_000) }
}

const report = (stage: WalletStage, { bindingId, user }: { bindingId: string; user: object }, paymentIds: string[]) =>
  stage.client.call('wallet.reportTakeover', { bindingId, paymentIds }, user as { userToken: string })

const evidence = chapterOf('evidence', 'wallet', offering('evidence', walletStage))

export const takeoverChecks = [
  evidence(
    'EXT-EVIDENCE-13',
    'the owner gets the bundle of a payment as the network gave it, and of no other',
    async (stage) => {
      const [mine, other] = [await paidOnce(stage), await paidOnce(stage)]
      const ask = ({ paymentId }: { paymentId: string }) =>
        stage.client.call('wallet.inquiryEvidenceBundle', { paymentId }, mine.held.bound.user)
      const bundle = accepted('wallet.inquiryEvidenceBundle', await ask(mine))
      const asked = await stage.neighbours.next(
        'network.inquiryEvidenceBundle',
        (one) => one.paymentId === mine.paymentId,
      )
      equal(bundle, asked?.answer, 'the bundle')
      refused(await ask(other), 'payment-unknown', { field: '/paymentId' })
    },
  ),
  check('EXT-GUARANTEE-17', 'a report stops every mandate of the binding before it is answered', async (stage) => {
    const { held, paymentId, next } = await paidOnce(stage)
    const about = ({ bindingId }: { bindingId: string }): boolean => bindingId === held.bound.bindingId
    const waiting = stage.neighbours.script('network.reportTakeover', about, () => silence)
    const unanswered = report(stage, held.bound, [paymentId]).catch(() => undefined)
    const heard = await stage.neighbours.next('network.reportTakeover', about)
    holds(heard !== undefined, 'the network to be told', 'nothing')
    refused(await stage.pay(held, next), 'mandate-revoked')
    waiting()
    await unanswered
  }),
  check('EXT-GUARANTEE-17', 'what was debited is claimed once and given back to the owner once', async (stage) => {
    const { held, paymentId } = await paidOnce(stage)
    const before = await stage.balance(held.bound.user)
    const told = accepted('wallet.reportTakeover', await report(stage, held.bound, [paymentId]))
    equal(told.report.paymentIds, [paymentId], 'payments of the report')
    equal(
      told.claims.map((claim) => [claim.paymentId, claim.claimed.value]),
      [[paymentId, '2000']],
      'the claims',
    )
    const after = await stage.balance(held.bound.user)
    const value = (text: string): number => Number(text.split(' ')[1])
    equal(value(after) - value(before), 2_000, 'what the owner got back')
    accepted('wallet.reportTakeover', await report(stage, held.bound, [paymentId]))
    equal(await stage.balance(held.bound.user), after, 'the balance after the same report again')
    const claims = stage.neighbours.all('network.submitClaim', (message) => message.paymentId === paymentId)
    equal(new Set(claims.map(({ message }) => message.claimRequestId)).size, 1, 'names the claim was made under')
  }),
  check('EXT-GUARANTEE-17', 'nobody reports the binding or the payments of another owner', async (stage) => {
    const [mine, other] = [await paidOnce(stage), await paidOnce(stage)]
    const stranger = { bindingId: mine.held.bound.bindingId, user: other.held.bound.user }
    refused(await report(stage, stranger, [mine.paymentId]), 'binding-unknown', { field: '/bindingId' })
    const mixed = [mine.paymentId, other.paymentId]
    refused(await report(stage, mine.held.bound, mixed), 'payment-unknown', { field: '/paymentIds/1' })
    given('wallet.pay', await stage.pay(mine.held, mine.next))
  }),
]
