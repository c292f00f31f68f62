/** The payers: send as much as may be on the way, remember what they sent and were told, and hold the books to both. */
import { audit } from '../../reference/clearing/audit.ts'
import type { ClearingDatabase } from '../../reference/clearing/tables.ts'
import { type Figures, higher, inFlightMax, type Order, type Paying, payingOf, writeOrder } from './traffic.ts'

/** Numbers from a seed (mulberry32), so that a run can be told again. */
export const dice = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export class Payers {
  readonly channels: readonly Paying[]
  readonly #random: () => number
  #send: (line: string) => void = () => {}
  #whenReady: () => void = () => {}
  /** Ticks sent and acknowledged since the start, over all lives of the clearing. */
  readonly count = { sent: 0, durable: 0, refused: 0, cycles: 0 }
  readonly codes = new Set<string>()
  ready = false

  constructor(books: string, random: () => number) {
    this.channels = payingOf(books)
    this.#random = random
  }

  /** A new clearing answers from now on; what was on the way to the last one may or may not have arrived. Resolves when it has opened. */
  connect(send: (line: string) => void): Promise<void> {
    this.#send = send
    this.ready = false
    return new Promise((resolve) => {
      this.#whenReady = resolve
    })
  }

  /** One tick more on a channel, now and then something else. */
  #next(paying: Paying): Order {
    const { index, told, chained } = paying
    const roll = this.#random()
    if (roll < 0.002) return { kind: 'cycle' }
    if (roll < 0.01 && paying.topUps < 500) {
      const amount = 1_000n
      paying.sent = { ...paying.sent, cap: paying.sent.cap + amount }
      return { kind: 'top-up', index, id: `top-up-${paying.topUps++}`, amount }
    }
    if (roll < 0.2 && told.authorised > told.delivered) {
      const left = told.authorised - told.delivered
      const amount = told.delivered + BigInt(Math.ceil(this.#random() * Number(left)))
      paying.sent = higher(paying.sent, { ...paying.sent, delivered: amount })
      return { kind: 'deliver', index, amount }
    }
    const authorised = paying.newest + BigInt(1 + Math.floor(this.#random() * 3))
    paying.newest = authorised
    paying.sent = higher(paying.sent, { ...paying.sent, authorised })
    const at = Number(authorised)
    if (chained) return { kind: 'link', index, at, link: paying.chain.link(at) }
    return { kind: 'voucher', index, voucher: paying.voucher(authorised) }
  }

  /** Sends until as much as may be is on the way. */
  pump(): void {
    if (!this.ready) return
    for (const paying of this.channels)
      while (
        Number(paying.newest - paying.told.authorised) < inFlightMax &&
        !(paying.chained && Number(paying.newest) + 3 > paying.chain.length)
      ) {
        this.count.sent++
        this.#send(writeOrder(this.#next(paying)))
      }
  }

  /** Hears a line of the clearing. Throws where it claims what nobody sent. */
  hear(line: string): void {
    const [kind, index = '', first = '', second = '', third = ''] = line.split(' ')
    if (kind === 'ready') {
      this.ready = true
      this.#whenReady()
    }
    if (kind === 'cycle') this.count.cycles++
    if (kind === 'refused') {
      this.count.refused++
      this.codes.add(first)
    }
    if (kind !== 'durable') return
    const paying = this.channels[Number(index)] as Paying
    const figures = { authorised: BigInt(first), delivered: BigInt(second), cap: BigInt(third) }
    this.hold(paying, figures, this.ready ? 'acknowledged' : 'found after the crash')
    if (this.ready) this.count.durable++
    paying.told = higher(paying.told, figures)
    if (!this.ready) paying.newest = figures.authorised
  }

  /** Nothing acknowledged may be missing from these figures, nothing in them may be unheard of. */
  hold({ index, sent, told }: Paying, found: Figures, where: string): void {
    for (const name of ['authorised', 'delivered', 'cap'] as const) {
      if (where !== 'acknowledged' && found[name] < told[name])
        throw new Error(`channel ${index} lost ${name} ${told[name]}: ${found[name]} was ${where}`)
      if (found[name] > sent[name])
        throw new Error(`channel ${index} made ${name} ${found[name]} of ${sent[name]}: it was ${where}`)
    }
  }

  /** Holds the books themselves to what was sent and told, and to their own laws. */
  async prove(database: ClearingDatabase): Promise<void> {
    const rows = await database.selectFrom('clearing_channels').selectAll().execute()
    for (const paying of this.channels) {
      const row = rows.find(({ channel_id }) => channel_id === paying.opening.grant.channelId)
      if (!row) {
        if (paying.told.cap > 0n) throw new Error(`channel ${paying.index} is not in the books`)
        continue
      }
      this.hold(paying, row, 'found in the books')
      const link = Number(row.link_index)
      if (paying.chained && link > 0 && row.proof !== Buffer.from(paying.chain.link(link)).toString('base64url'))
        throw new Error(`channel ${paying.index} holds a link that is not of its chain`)
    }
    const faults = await audit(database)
    if (faults.length > 0) throw new Error(`the books do not add up: ${JSON.stringify(faults[0])}`)
  }
}
