/** The clearing that is killed: opens its books, takes orders, and says what is durable, over whatever carries lines. */
import { topUpChannel } from '../../reference/clearing/channels.ts'
import { closeCycle, openCycle } from '../../reference/clearing/cycles.ts'
import type { ClearingEngine } from '../../reference/clearing/engine.ts'
import type { LiveChannel } from '../../reference/clearing/records.ts'
import type { Listener } from '../../reference/clearing/waiting.ts'
import { admitAll, open } from '../reference/clearing/house.ts'
import { figuresOf, participants, readOrder, wishes } from './traffic.ts'

export type Clearing = {
  readonly engine: ClearingEngine
  readonly lives: readonly LiveChannel[]
  readonly take: (line: string) => void
}

/** Opens every channel in the books, whatever of that was done before, and takes orders from then on. */
export const openClearing = async (
  engine: ClearingEngine,
  books: string,
  tell: (line: string) => void,
): Promise<Clearing> => {
  await admitAll(engine, participants)
  const lives: LiveChannel[] = []
  for (const wish of wishes(books)) lives.push((await open(engine, wish)).live)
  const durable = (live: LiveChannel): void => {
    const { authorised, delivered, cap } = figuresOf(live)
    tell(`durable ${lives.indexOf(live)} ${authorised} ${delivered} ${cap}\n`)
  }
  const listener: Listener = {
    durable,
    stale: () => {},
    refused: (live, { code }) => tell(`refused ${lives.indexOf(live)} ${code}\n`),
  }
  const cut = async (): Promise<void> => {
    const closed = await closeCycle(engine, await openCycle(engine.database))
    if (closed.ok) tell(`cycle ${closed.value.cycle}\n`)
  }
  const lost = (error: unknown): void => tell(`failed ${error instanceof Error ? error.message : error}\n`)
  const take = (line: string): void => {
    const order = readOrder(line, lives)
    if (order.kind === 'cycle') {
      cut().catch(lost)
      return
    }
    const live = lives[order.index] as LiveChannel
    if (order.kind === 'top-up') {
      const { id: topUpId, amount } = order
      topUpChannel(engine, live, { topUpId, amount })
        .then((outcome) =>
          outcome.ok ? durable(outcome.value) : tell(`refused ${order.index} ${outcome.refusal.code}\n`),
        )
        .catch(lost)
      return
    }
    const refusal =
      order.kind === 'link'
        ? engine.offerLink(live, order.at, order.link, 0, 'payer', listener)
        : order.kind === 'voucher'
          ? engine.offerVoucher(live, order.voucher, 'payer', listener)
          : engine.offerDelivery(live, order.amount, listener)
    if (refusal) tell(`refused ${order.index} ${refusal.code}\n`)
  }
  for (const live of lives) durable(live)
  tell('ready\n')
  return { engine, lives, take }
}
