/** Disputes: their life under the event names Antom published, what each party is told, and reading that safely twice (EXT-DISPUTE). */
import type { Message } from '../../../schemas/index.ts'
import { accept, type Outcome, refuse } from '../outcome.ts'
import { days, formatTime, parseTime } from '../time.ts'

export type Dispute = Message<'extensions/dispute/dispute'>
export type Notification = Message<'extensions/dispute/notification'>
type Event = Notification['disputeNotificationType']

/** A dispute and everything that was told of it. */
export type Docket = { readonly dispute: Dispute; readonly told: readonly Notification[] }

/** Days a merchant has to defend itself, and days before the end of them at which it is reminded. */
export const defenseDays = 14
const alertDays = 1

const tell = (docket: Docket, dispute: Dispute, event: Event, id: () => string): Docket => ({
  dispute,
  told: [
    ...docket.told,
    {
      ...{ notifyId: id(), disputeId: dispute.disputeId, sequence: docket.told.length + 1 },
      ...{ disputeNotificationType: event, dispute },
    },
  ],
})

/** Opens a dispute in one step: payment, amount and the commitments of its evidence are bound at once (EXT-DISPUTE-1, 2). */
export const openDispute = (
  given: Pick<Dispute, 'disputeId' | 'paymentId' | 'disputeType' | 'disputeAmount' | 'evidence'>,
  refundable: bigint,
  now: number,
  id: () => string,
): Outcome<Docket> => {
  if (BigInt(given.disputeAmount.value) > refundable || given.disputeAmount.value === '0')
    return refuse('refund-exceeds-payment', { field: '/disputeAmount' })
  if (given.evidence.length === 0) return refuse('evidence-invalid', { field: '/evidence' })
  const times = { createdTime: formatTime(now), defenseDueTime: formatTime(now + days(defenseDays)) }
  const dispute: Dispute = { ...given, disputeStatus: 'CREATED', defense: [], ...times }
  return accept(tell({ dispute, told: [] }, dispute, 'DISPUTE_CREATED', id))
}

export type DisputeStep =
  | { readonly kind: 'supply'; readonly digest: string }
  | { readonly kind: 'accept' | 'cancel' | 'sweep' }
  | { readonly kind: 'judge'; readonly result: NonNullable<Dispute['disputeJudgedResult']> }

const isOpen = ({ disputeStatus }: Dispute): boolean =>
  disputeStatus === 'CREATED' || disputeStatus === 'DEFENSE_SUPPLIED'

/** What time does alone: a reminder before the end, and acceptance where nothing was supplied by then. */
const sweep = (docket: Docket, now: number, id: () => string): Docket => {
  const { dispute, told } = docket
  const due = parseTime(dispute.defenseDueTime) ?? 0
  if (dispute.disputeStatus !== 'CREATED') return docket
  if (now >= due) return tell(docket, { ...dispute, disputeStatus: 'ACCEPTED' }, 'DISPUTE_ACCEPTED', id)
  const reminded = told.some(({ disputeNotificationType }) => disputeNotificationType === 'DEFENSE_DUE_ALERT')
  return now >= due - days(alertDays) && !reminded ? tell(docket, dispute, 'DEFENSE_DUE_ALERT', id) : docket
}

/** Takes one step at a moment (epoch seconds), or refuses and leaves everything as it was. */
export const stepDispute = (docket: Docket, step: DisputeStep, now: number, id: () => string): Outcome<Docket> => {
  const { dispute } = docket
  if (step.kind === 'sweep') return accept(sweep(docket, now, id))
  if (!isOpen(dispute)) return refuse('dispute-state-invalid')
  const late = now >= (parseTime(dispute.defenseDueTime) ?? 0)
  switch (step.kind) {
    case 'supply': {
      if (late) return refuse('dispute-late')
      const defended: Dispute = {
        ...dispute,
        disputeStatus: 'DEFENSE_SUPPLIED',
        defense: [...dispute.defense, step.digest],
      }
      return accept(tell(docket, defended, 'DEFENSE_SUPPLIED', id))
    }
    case 'accept':
      return accept(tell(docket, { ...dispute, disputeStatus: 'ACCEPTED' }, 'DISPUTE_ACCEPTED', id))
    case 'cancel':
      return accept(tell(docket, { ...dispute, disputeStatus: 'CANCELLED' }, 'DISPUTE_CANCELLED', id))
    case 'judge':
      if ((dispute.disputeStatus === 'CREATED' && !late) || !fits(dispute, step.result))
        return refuse('dispute-state-invalid')
      return accept(
        tell(docket, { ...dispute, disputeStatus: 'JUDGED', disputeJudgedResult: step.result }, 'DISPUTE_JUDGED', id),
      )
  }
}

/**
 * What goes back to the payer: the disputed amount where the merchant accepted, or a chargeback was judged to be its
 * responsibility (`ACCEPT_BY_MERCHANT`); otherwise nothing.
 */
export const owedBy = ({ disputeStatus, disputeJudgedResult, disputeAmount }: Dispute): bigint =>
  disputeStatus === 'ACCEPTED' || (disputeStatus === 'JUDGED' && disputeJudgedResult === 'ACCEPT_BY_MERCHANT')
    ? BigInt(disputeAmount.value)
    : 0n

/** Results a kind of dispute can be judged to: a chargeback for one side, a request for documents as valid or not. */
const fits = ({ disputeType }: Dispute, result: NonNullable<Dispute['disputeJudgedResult']>): boolean =>
  (disputeType === 'CHARGEBACK') === result.startsWith('ACCEPT_BY')

/**
 * What a receiver does with a notification when it has taken those up to `taken`: act on it, drop it because it came
 * before, or leave it unacknowledged until what precedes it has come (EXT-DISPUTE-8).
 */
export const receive = (taken: number, { sequence }: Notification): 'act' | 'drop' | 'wait' => {
  if (sequence <= taken) return 'drop'
  return sequence === taken + 1 ? 'act' : 'wait'
}
