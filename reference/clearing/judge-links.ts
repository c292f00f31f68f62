/** What a window makes of the links of a channel; they were verified as they came, and each side is judged by itself. */
import {
  ChainCursor,
  type Channel,
  chainRefusals,
  type Side,
  type SignedAnchor,
  sameChain,
  whyNoTick,
  worthOf,
  writeWords,
} from '../core/clearing/index.ts'
import { type Refusal, refuse } from '../core/index.ts'
import { rewind, tipOf } from './records.ts'
import { type Answers, heard, type Links, type Waiting } from './waiting.ts'

/** A newest link; without a tip it is the one of the books. */
type Newest = { readonly index: number; readonly tip?: Uint8Array }

/** Why no link is taken from a side any more. */
type Whys = Readonly<Record<Side, Refusal | undefined>>

const sides = ['payer', 'payee'] as const
const busy = refuse('clearing-busy').refusal

/** The newest link of the sides that may tick. */
const newestOf = (waiting: Waiting, anchor: SignedAnchor, whys: Whys): Newest => {
  let index = waiting.live.state.linkIndex
  let tip: Int32Array | undefined
  for (const side of sides) {
    const links = waiting[side]
    if (!links || whys[side] || links.index <= index || !sameChain(links.anchor, anchor)) continue
    index = links.index
    tip = links.tip
  }
  return tip ? { index, tip: writeWords(tip, new Uint8Array(tip.byteLength)) } : { index }
}

/** Answers links that came again as they were to be, and takes those that are ahead now that others came to nothing. */
const takeRepeats = (
  { live, repeats }: Waiting,
  anchor: SignedAnchor,
  newest: Newest,
  whys: Whys,
  answers: Answers,
): Newest => {
  let cursor: ChainCursor | undefined
  for (const { anchor: own, index, link, side, result, listener } of repeats) {
    const note = (what: typeof result): void => void answers.notes.push({ result: what, listener })
    const why = whys[side]
    if (why) note(why)
    else if (!sameChain(own, anchor)) note(busy)
    else if (index <= (cursor ?? newest).index) note(result)
    else {
      cursor ??= new ChainCursor(live.idBytes, Number(anchor.length), newest.index, newest.tip ?? tipOf(live))
      const step = cursor.advance(index, link)
      if (step === 'advanced' || step === 'known') heard(answers, listener)
      else note(refuse(chainRefusals[step]).refusal)
    }
  }
  return cursor ? { index: cursor.index, tip: cursor.tip } : newest
}

/** Whether links are in the books with the newest one of a chain: of an earlier chain those it starts from or above. */
const covers = (chain: SignedAnchor, newest: number, { anchor, index }: Links): boolean =>
  sameChain(anchor, chain) ? index <= newest : worthOf(anchor, index) <= chain.base

/** The channel after its links (EXT-CLEARING-15, 17), none of a side that may not tick any more (EXT-CLEARING-19, 20). */
export const judgeLinks = (
  waiting: Waiting,
  now: number,
  answers: Answers,
): { readonly next: Channel; readonly link: string | undefined } => {
  const { live } = waiting
  const base = live.state
  const { anchor } = base
  if (!anchor) return { next: base, link: undefined }
  const whys = { payer: whyNoTick(base, 'payer', now), payee: whyNoTick(base, 'payee', now) }
  const { index, tip } = takeRepeats(waiting, anchor, newestOf(waiting, anchor, whys), whys, answers)
  const next = tip ? { ...base, authorised: worthOf(anchor, index), linkIndex: index } : base
  let refused = false
  for (const side of sides) {
    const links = waiting[side]
    if (!links) continue
    const why = whys[side]
    refused ||= why !== undefined
    const reached = !why && covers(anchor, index, links)
    for (const listener of links.listeners)
      if (reached) heard(answers, listener)
      else answers.notes.push({ result: why ?? busy, listener })
  }
  if (refused || (live.cursor && live.cursor.index < index)) rewind(live, index, tip)
  return { next, link: tip && Buffer.from(tip).toString('base64url') }
}
