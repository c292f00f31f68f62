/** What crosses between payers and a clearing that is about to be killed: the channels, and lines of text both ways. */
import type { LiveChannel } from '../../reference/clearing/records.ts'
import type { SignedVoucher } from '../../reference/core/clearing/index.ts'
import { plan, type Wish } from '../reference/clearing/house.ts'

/** What a clearing was told to have done, or says it has: cumulative figures of one channel. */
export type Figures = { readonly authorised: bigint; readonly delivered: bigint; readonly cap: bigint }

export const none: Figures = { authorised: 0n, delivered: 0n, cap: 0n }

/** Ticks that one channel may have on the way. */
export const inFlightMax = 300

const cap = 10n ** 9n
const length = 40_000

/** The channels of one set of books: chains and vouchers, several payers, one payee. */
export const wishes = (books: string): readonly Wish[] =>
  Array.from({ length: 6 }, (_, index) => ({
    payer: `payer-${index % 3}`,
    payee: 'seller',
    word: `${books} ${index}`,
    mandateId: `mandate-${books}-${index}`,
    cap,
    granted: cap * 2n,
    ...(index < 4 ? { profile: 'hash-chain' as const, length } : {}),
  }))

/** Who has accounts in the books. */
export const participants = ['payer-0', 'payer-1', 'payer-2', 'seller'] as const

/** The payer's side of a channel: what it can send, and what it was told. */
export type Paying = ReturnType<typeof plan> & {
  readonly index: number
  readonly chained: boolean
  /** Highest figures ever sent; nothing above them may ever be in the books. */
  sent: Figures
  /** Highest figures that were acknowledged; nothing below them may ever be in the books. */
  told: Figures
  /** Newest tick on the way to the present clearing; after a crash it goes on from what was found. */
  newest: bigint
  topUps: number
}

export const payingOf = (books: string): readonly Paying[] =>
  wishes(books).map((wish, index) => ({
    ...plan(wish),
    index,
    chained: wish.profile === 'hash-chain',
    sent: { ...none, cap },
    told: none,
    newest: 0n,
    topUps: 0,
  }))

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

/** One line to the clearing. */
export type Order =
  | { readonly kind: 'link'; readonly index: number; readonly at: number; readonly link: Uint8Array }
  | { readonly kind: 'voucher'; readonly index: number; readonly voucher: SignedVoucher }
  | { readonly kind: 'deliver'; readonly index: number; readonly amount: bigint }
  | { readonly kind: 'top-up'; readonly index: number; readonly id: string; readonly amount: bigint }
  | { readonly kind: 'cycle' }

export const writeOrder = (order: Order): string => {
  if (order.kind === 'cycle') return 'cycle\n'
  const head = `${order.kind} ${order.index}`
  if (order.kind === 'link') return `${head} ${order.at} ${base64url(order.link)}\n`
  if (order.kind === 'deliver') return `${head} ${order.amount}\n`
  if (order.kind === 'top-up') return `${head} ${order.id} ${order.amount}\n`
  const { cumulative, sequence, signature } = order.voucher
  return `${head} ${cumulative} ${sequence} ${base64url(signature)}\n`
}

export const readOrder = (line: string, lives: readonly LiveChannel[]): Order => {
  const [kind, index = '', first = '', second = '', third = ''] = line.split(' ')
  const at = Number(index)
  if (kind === 'cycle') return { kind }
  if (kind === 'link') return { kind, index: at, at: Number(first), link: Buffer.from(second, 'base64url') }
  if (kind === 'deliver') return { kind, index: at, amount: BigInt(first) }
  if (kind === 'top-up') return { kind, index: at, id: first, amount: BigInt(second) }
  const live = lives[at]
  if (kind !== 'voucher' || !live) throw new Error(`no order: ${line}`)
  const voucher = {
    channelId: live.idBytes,
    cumulative: BigInt(first),
    sequence: BigInt(second),
    expiresAt: 0n,
    contextHash: new Uint8Array(32),
    signature: Buffer.from(third, 'base64url'),
  }
  return { kind, index: at, voucher }
}

/** What a clearing says it has made durable of one channel. */
export const figuresOf = ({ state }: LiveChannel): Figures => ({
  authorised: state.authorised,
  delivered: state.delivered,
  cap: state.cap,
})

export const higher = (a: Figures, b: Figures): Figures => ({
  authorised: a.authorised > b.authorised ? a.authorised : b.authorised,
  delivered: a.delivered > b.delivered ? a.delivered : b.delivered,
  cap: a.cap > b.cap ? a.cap : b.cap,
})
