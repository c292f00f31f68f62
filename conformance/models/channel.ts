/** A channel as a clearing keeps it: what was authorised, delivered and held, whatever its two sides and its network do. */
import type { Model, Possible } from '../engines/model.ts'

/** A channel with a cap of 1,000, and what it may be topped up by. */
export const cap = 1_000
export const topUps = [500, 300] as const

/** `key` tells calls apart that are otherwise alike. */
export type ChannelCommand =
  | { readonly do: 'tick'; readonly by: 'payer' | 'payee'; readonly amount: number }
  | { readonly do: 'deliver'; readonly amount: number }
  | { readonly do: 'topUp'; readonly slot: number; readonly key: number }
  | { readonly do: 'close'; readonly by: 'payer' | 'payee'; readonly key: number }
  | { readonly do: 'revoke'; readonly key: number }
  | { readonly do: 'look' }

export type ChannelState = {
  readonly status: 'open' | 'closing' | 'closed'
  readonly revoked: boolean
  readonly cap: number
  readonly authorised: number
  readonly delivered: number
  readonly topped: readonly number[]
}

/** What a look shows, as text. */
export const figures = ({ status, cap, authorised, delivered }: Omit<ChannelState, 'revoked' | 'topped'>): string =>
  JSON.stringify({ status, cap, authorised, delivered })

type Possibles = readonly Possible<ChannelState>[]

const one = (seen: string, after: ChannelState): Possibles => [{ seen, after }]

/** Why this side may not act now; the payee redeems through the grace, which no program outlasts. */
const why = ({ status, revoked }: ChannelState, by: 'payer' | 'payee'): string | undefined => {
  if (status === 'closed') return 'channel-closed'
  if (by === 'payee') return undefined
  if (revoked) return 'mandate-revoked'
  return status === 'closing' ? 'channel-closing' : undefined
}

const tick = (
  state: ChannelState,
  { by, amount }: ChannelCommand & { do: 'tick' },
  beside: readonly ChannelCommand[],
): Possibles => {
  const reason = why(state, by)
  if (reason) return one(reason, state)
  if (amount < state.authorised) return one('corrected', state)
  if (amount === state.authorised) {
    /** The same twice in one window is one tick, and both are told that it was taken. */
    const twin = beside.some((other) => other.do === 'tick' && other.amount === amount)
    return [...one('unchanged', state), ...(twin ? one('accepted', state) : [])]
  }
  return amount > state.cap ? one('channel-cap-exceeded', state) : one('accepted', { ...state, authorised: amount })
}

const deliver = (state: ChannelState, amount: number): Possibles => {
  if (state.status === 'closed') return one('channel-closed', state)
  if (amount > state.authorised) return one('delivered-exceeds-authorised', state)
  return one('accepted', { ...state, delivered: Math.max(amount, state.delivered) })
}

const topUp = (state: ChannelState, slot: number): Possibles => {
  if (state.topped.includes(slot)) return one('topped', state)
  const reason = why(state, 'payer')
  if (reason) return one(reason, state)
  const topped = [...state.topped, slot].sort()
  return one('topped', { ...state, cap: state.cap + (topUps[slot] as number), topped })
}

const close = (state: ChannelState, by: 'payer' | 'payee'): Possibles => {
  if (state.status === 'closed' || by === 'payee') return one('closed', { ...state, status: 'closed' })
  return one('closing', { ...state, status: 'closing' })
}

/** A channel just opened, and what may come of what is asked of it (EXT-CLEARING-8 to 13, 19, 21 to 24). */
export const channelModel: Model<ChannelState, ChannelCommand> = {
  initial: { status: 'open', revoked: false, cap, authorised: 0, delivered: 0, topped: [] },
  possible: (state, command, beside) => {
    if (command.do === 'tick') return tick(state, command, beside)
    if (command.do === 'deliver') return deliver(state, command.amount)
    if (command.do === 'topUp') return topUp(state, command.slot)
    if (command.do === 'close') return close(state, command.by)
    if (command.do === 'look') return one(figures(state), state)
    const status = state.status === 'closed' ? 'closed' : 'closing'
    return one('received', { ...state, status, revoked: true })
  },
}
