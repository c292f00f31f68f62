/** EXT-HTTP-34 at a network: what concerns one party is nothing to another of the same role, operation by operation. */
import type { OperationName } from '../../../schemas/index.ts'
import { type Check, chapterOf } from '../../check.ts'
import { equal, holds, taken, told } from '../../expect.ts'
import type { Party } from '../../parties.ts'
import { type NetworkStage, networkStage } from '../../stages/network.ts'
import { usd } from '../../stages/orders.ts'
import type { Answer } from '../../target/client.ts'

const check = chapterOf('http', 'network', networkStage)

type Role = Parameters<NetworkStage['newParty']>[0]
type Send = (by: Party) => Promise<Answer>

/** Operation, role of its caller, and how to make an object of the suite's own that anybody may then ask about. */
const operations: readonly (readonly [OperationName, Role, (stage: NetworkStage) => Promise<Send>])[] = [
  [
    'network.suspendAgent',
    'credential-provider',
    async (stage) => {
      const { agentId } = await stage.register()
      return (by) => stage.client.call('network.suspendAgent', { agentId, reason: 'risk' }, by)
    },
  ],
  [
    'network.adjustMandate',
    'wallet',
    async (stage) => {
      const { mandateId } = await stage.hold(stage.autonomous(5_000))
      return (by) => stage.client.call('network.adjustMandate', { mandateId, limit: usd(4_000) }, by)
    },
  ],
  [
    'network.revokeBinding',
    'wallet',
    async (stage) => {
      const { bindingId } = await stage.bind()
      return (by) => stage.client.call('network.revokeBinding', { bindingId }, by)
    },
  ],
  [
    'network.inquiryEvidence',
    'credential-provider',
    async (stage) => {
      const { mandateId } = await stage.hold(stage.autonomous(5_000))
      return (by) => stage.client.call('network.inquiryEvidence', { mandateId }, by)
    },
  ],
  [
    'network.inquiryPayment',
    'acquirer',
    async (stage) => {
      const request = stage.paymentOf(await stage.token(await stage.hold(stage.autonomous(5_000))))
      taken(await stage.client.call('network.pay', request, stage.acquirer))
      const { paymentRequestId } = request
      return (by) => stage.client.call('network.inquiryPayment', { paymentRequestId }, by)
    },
  ],
  [
    'network.applyCredential',
    'credential-provider',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(5_000))
      const request = await stage.requestOf(held, stage.order(1_000))
      return (by) => stage.client.call('network.applyCredential', request, by)
    },
  ],
]

const ownership = operations.map(
  ([name, role, prepare]): Check =>
    check('EXT-HTTP-34', `${name} of another ${role} is refused, and moves nothing`, async (stage) => {
      const call = await prepare(stage)
      const answer = await call(await stage.newParty(role))
      const hidden = [403, 404].includes(answer.status)
      holds(hidden, 'a refusal that tells nothing of the object', told(answer))
      const parties = { 'credential-provider': stage.provider, wallet: stage.wallet, acquirer: stage.acquirer }
      const own = await call(parties[role])
      holds(own.status === 200, 'the call of the party itself to be accepted afterwards', told(own))
    }),
)

const lists = check('EXT-HTTP-34', 'another wallet finds nothing of a user in the lists', async (stage) => {
  const held = await stage.hold(stage.autonomous(5_000))
  taken(await stage.pay(await stage.token(held)))
  const { userReference } = held
  const ask = async (by: Party) => {
    const mandates = await stage.client.call('network.inquiryMandateList', { userReference }, by)
    const bills = await stage.client.call('network.inquiryBillList', { userReference }, by)
    return [mandates, bills].map(({ body }) => {
      const found = body as { readonly mandates?: readonly object[]; readonly bills?: readonly object[] }
      return (found.mandates ?? found.bills ?? []).length
    })
  }
  equal(await ask(stage.wallet), [1, 1], 'mandates and bills of the wallet itself')
  equal(await ask(await stage.newParty('wallet')), [0, 0], 'mandates and bills of another wallet')
})

export const networkOwnershipChecks = [...ownership, lists]
