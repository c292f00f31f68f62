/** Channels under load: streams of links and of vouchers, made before the clock runs, and offered as fast as they are taken. */
import type { ClearingEngine } from '../../../reference/clearing/engine.ts'
import type { LiveChannel } from '../../../reference/clearing/records.ts'
import type { Listener } from '../../../reference/clearing/waiting.ts'
import type { SignedVoucher } from '../../../reference/core/clearing/index.ts'
import { linkBytes } from '../../../reference/core/clearing/index.ts'
import { type Opened, open, type Wish } from '../../reference/clearing/house.ts'
import { timed } from './measure.ts'

/** A listener that counts what became durable and remembers the first refusal; a refusal fails the measurement. */
export const counting = () => {
  const heard = { durable: 0, refused: '' }
  const listener: Listener = {
    durable: () => {
      heard.durable++
    },
    stale: (_, result) => {
      heard.refused ||= result
    },
    refused: (_, { code }) => {
      heard.refused ||= code
    },
  }
  return { heard, listener }
}

/** Opens this many channels of their own words. */
export const openMany = async (
  engine: ClearingEngine,
  count: number,
  word: string,
  wish: (index: number) => Wish,
): Promise<readonly Opened[]> => {
  const opened: Opened[] = []
  for (let index = 0; index < count; index++)
    opened.push(await open(engine, { word: `${word} ${index}`, ...wish(index) }))
  return opened
}

/** A channel with links to offer: `links` holds those from `first` on, 32 bytes each. */
export type LinkStream = { readonly live: LiveChannel; readonly links: Uint8Array; readonly first: number }

/** The next links of each channel, up to `count`. */
export const nextLinks = (opened: readonly Opened[], count: number): readonly LinkStream[] =>
  opened.map(({ live, chain }) => {
    const first = (live.cursor?.index ?? 0) + 1
    const links = new Uint8Array(count * linkBytes)
    for (let at = 0; at < count; at++) links.set(chain.link(first + at), at * linkBytes)
    return { live, links, first }
  })

/** Offers every link, channel by channel in turns, and waits until all are durable. `burst`: ticks before it waits. */
export const offerLinks = async (
  engine: ClearingEngine,
  streams: readonly LinkStream[],
  burst = Number.POSITIVE_INFINITY,
): Promise<void> => {
  const { heard, listener } = counting()
  const count = (streams[0]?.links.length ?? 0) / linkBytes
  let offered = 0
  for (let at = 0; at < count; at++)
    for (const { live, links, first } of streams) {
      if (engine.waiting >= engine.bounds.waitingMax) await engine.room()
      const refusal = engine.offerLink(live, first + at, links, at * linkBytes, 'payer', listener)
      if (refusal) throw new Error(refusal.code)
      if (++offered % burst === 0) await engine.idle()
    }
  await engine.idle()
  if (heard.refused || heard.durable === 0) throw new Error(heard.refused || 'nothing became durable')
}

/** A channel with signed vouchers to offer, lowest first. */
export type VoucherStream = { readonly live: LiveChannel; readonly vouchers: readonly SignedVoucher[] }

/** The next vouchers of each channel, each signed. */
export const nextVouchers = (opened: readonly Opened[], count: number): readonly VoucherStream[] =>
  opened.map(({ live, voucher }) => ({
    live,
    vouchers: Array.from({ length: count }, (_, at) => voucher(live.state.authorised + BigInt(at + 1))),
  }))

/** Offers every voucher, channel by channel in turns, and waits until all are durable. */
export const offerVouchers = async (engine: ClearingEngine, streams: readonly VoucherStream[]): Promise<void> => {
  const { heard, listener } = counting()
  const count = streams[0]?.vouchers.length ?? 0
  for (let at = 0; at < count; at++)
    for (const { live, vouchers } of streams) {
      if (engine.waiting >= engine.bounds.waitingMax) await engine.room()
      const refusal = engine.offerVoucher(live, vouchers[at] as SignedVoucher, 'payer', listener)
      if (refusal) throw new Error(refusal.code)
    }
  await engine.idle()
  if (heard.refused || heard.durable === 0) throw new Error(heard.refused || 'nothing became durable')
}

/** Ticks a second over prepared links. */
export const linkRate = async (engine: ClearingEngine, opened: readonly Opened[], each: number): Promise<number> => {
  const streams = nextLinks(opened, each)
  return (streams.length * each * 1_000) / (await timed(() => offerLinks(engine, streams)))
}

/** Ticks a second over prepared vouchers. */
export const voucherRate = async (engine: ClearingEngine, opened: readonly Opened[], each: number): Promise<number> => {
  const streams = nextVouchers(opened, each)
  return (streams.length * each * 1_000) / (await timed(() => offerVouchers(engine, streams)))
}
