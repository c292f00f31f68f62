/** What a window makes of a channel: its links, vouchers of which the newest is verified, deliveries; and the answers. */
import {
  type Channel,
  contradicts,
  deliver,
  judgeVoucher,
  takeVoucher,
  voucherPreimage,
  whyNoTick,
} from '../core/clearing/index.ts'
import { type Refusal, refuse } from '../core/index.ts'
import { judgeLinks } from './judge-links.ts'
import type { LiveChannel } from './records.ts'
import type { verifyAside } from './verify.ts'
import { type Answers, heard, type Listener, type Note, type VoucherTicket, type Waiting } from './waiting.ts'
import type { Change } from './window.ts'

type Verify = typeof verifyAside

/** What waited for a channel, judged: what is to be written, and who is told what once that is durable. */
export type Judged = {
  readonly live: LiveChannel
  readonly change: Change | undefined
  readonly notes: readonly Note[]
  readonly durable: readonly Listener[]
}

/** Whether the signature of a voucher holds; it is verified once. */
const isValid = ({ key }: LiveChannel, ticket: VoucherTicket, verify: Verify): Promise<boolean> => {
  const { voucher } = ticket
  ticket.verified ??= verify(key, voucherPreimage(voucher), voucher.signature)
  return ticket.verified
}

/** Begins to verify what the vouchers of each channel come down to. */
export const verifyAhead = (part: readonly Waiting[], now: number, verify: Verify): void => {
  for (const { live, vouchers } of part) {
    let newest: VoucherTicket | undefined
    for (const ticket of vouchers) if (!newest || ticket.voucher.cumulative > newest.voucher.cumulative) newest = ticket
    if (!newest || whyNoTick(live.state, newest.side, now)) continue
    const standing = judgeVoucher(live.state, newest.voucher, now)
    if (standing.ok && standing.value === 'newer') void isValid(live, newest, verify)
  }
}

/** The vouchers that stand above what was taken, lowest first; the others are answered. */
const newerOf = (channel: Channel, tickets: readonly VoucherTicket[], now: number, { notes }: Answers) => {
  const newer: VoucherTicket[] = []
  const refusals = { payer: whyNoTick(channel, 'payer', now), payee: whyNoTick(channel, 'payee', now) }
  let rising = true
  for (const ticket of tickets) {
    const { voucher, side, listener } = ticket
    const why = refusals[side]
    const standing = why ? undefined : judgeVoucher(channel, voucher, now)
    if (standing === undefined) notes.push({ result: why as Refusal, listener })
    else if (!standing.ok) notes.push({ result: standing.refusal, listener })
    else if (standing.value === 'newer') {
      const before = newer.at(-1)
      rising &&= before === undefined || before.voucher.cumulative <= voucher.cumulative
      newer.push(ticket)
    } else notes.push({ result: standing.value, listener })
  }
  if (!rising)
    newer.sort((a, b) =>
      a.voucher.cumulative < b.voucher.cumulative ? -1 : a.voucher.cumulative > b.voucher.cumulative ? 1 : 0,
    )
  return newer
}

/**
 * The channel after the vouchers of a window. Only the newest one that could be taken is verified, for it says what
 * all before it said; where its signature is wrong the next one is. EXT-CLEARING-10, 11
 */
const judgeVouchers = async (
  live: LiveChannel,
  channel: Channel,
  tickets: readonly VoucherTicket[],
  now: number,
  answers: Answers,
  verify: Verify,
): Promise<Channel> => {
  const newer = newerOf(channel, tickets, now, answers)
  for (let at = newer.length - 1; at >= 0; at--) {
    const newest = newer[at] as VoucherTicket
    const { voucher, listener } = newest
    if (await isValid(live, newest, verify)) {
      for (let lower = 0; lower <= at; lower++) {
        const ticket = newer[lower] as VoucherTicket
        if (lower < at && contradicts(ticket.voucher, voucher))
          answers.notes.push({ result: refuse('voucher-conflict').refusal, listener: ticket.listener })
        else heard(answers, ticket.listener)
      }
      return takeVoucher(channel, voucher)
    }
    answers.notes.push({ result: refuse('voucher-signature-invalid').refusal, listener })
  }
  return channel
}

/** Judges what waits for a channel, as of `now`. */
export const judge = async (waiting: Waiting, now: number, verify: Verify): Promise<Judged> => {
  const { live, vouchers, deliveries } = waiting
  const answers: Answers = { notes: [...waiting.notes], durable: [] }
  const base = live.state
  const { next: linked, link } = judgeLinks(waiting, now, answers)
  let next = vouchers.length > 0 ? await judgeVouchers(live, linked, vouchers, now, answers, verify) : linked
  for (const { delivered, listener } of deliveries) {
    const why = whyNoTick(next, 'payee', now)
    const outcome = why ? { ok: false as const, refusal: why } : deliver(next, delivered)
    if (outcome.ok) {
      next = outcome.value
      heard(answers, listener)
    } else answers.notes.push({ result: outcome.refusal, listener })
  }
  return { live, change: next === base ? undefined : { live, base, next, link }, ...answers }
}

/** Answers everybody who waited. */
export const tell = ({ live, notes, durable }: Judged): void => {
  for (const listener of durable) listener.durable(live)
  for (const { result, listener } of notes)
    if (typeof result === 'string') listener.stale(live, result)
    else listener.refused(live, result)
}
