/** One simulated run: payers, sellers and tricksters, a network between them and clearings that lose their power. */
import { admit, prefund } from '../../reference/clearing/admission.ts'
import { openChannel, topUpChannel } from '../../reference/clearing/channels.ts'
import { closeCycle, dischargeCycle, openCycle } from '../../reference/clearing/cycles.ts'
import { closeChannel, endMandate, sweepChannels } from '../../reference/clearing/endings.ts'
import { ClearingEngine } from '../../reference/clearing/engine.ts'
import type { LiveChannel } from '../../reference/clearing/records.ts'
import type { ClearingDatabase } from '../../reference/clearing/tables.ts'
import type { Listener } from '../../reference/clearing/waiting.ts'
import type { SignedVoucher } from '../../reference/core/clearing/index.ts'
import { accept, type Outcome, type Refusal } from '../../reference/core/index.ts'
import { start } from '../reference/clearing/house.ts'
import { isSimulatedSignature, mandateOf, Payer, participants } from './agents.ts'
import { openSimulated, type PortFaults } from './books.ts'
import { Clockwork, numbersOf } from './clockwork.ts'
import { Disk, type DiskFaults } from './disk.ts'
import { holdLaws } from './laws.ts'
import { channelCount, type Script, type Step, type Trick } from './script.ts'

/** Ways to build the clearing wrong, beside its port and its disk. */
export type Mutation = {
  readonly port?: PortFaults
  readonly disk?: Partial<DiskFaults>
  readonly verifiesNothing?: boolean
  /** Judges what a payer offers as if its payee had. */
  readonly confusesSides?: boolean
}

/** A law that was broken. */
export class Broken extends Error {}

const money = { currency: 'USD', scale: 3 } as const
const funds = 1_000_000n

export class World {
  readonly clockwork = new Clockwork()
  readonly payers = Array.from({ length: channelCount }, (_, channel) => new Payer(channel))
  readonly disk: Disk
  readonly #script: Script
  readonly #mutation: Mutation
  readonly #random: () => number
  #database: ClearingDatabase | undefined
  #engines: readonly ClearingEngine[] = []
  /** Counts the lives of the clearing; what was planned in an earlier one does not happen. */
  #life = 0
  #seconds = start
  #trouble: 'none' | 'before' | 'after' = 'none'
  /** Mandates whose end is acknowledged. */
  readonly #ended = new Set<number>()
  /** Who was not answered yet, of this life of the clearing. */
  #unanswered = new Map<Listener, number>()
  #calm = false
  /** Ticks offered and answers heard, so that a run that does nothing is seen. */
  readonly count = { offered: 0, durable: 0, refused: 0, crashes: 0, codes: new Set<string>() }
  #broken: Error | undefined

  constructor(script: Script, mutation: Mutation = {}) {
    this.#script = script
    this.#mutation = mutation
    this.#random = numbersOf(script.seed ^ 0x5eed)
    this.disk = new Disk({ lostSyncs: script.lostSyncs, ...mutation.disk }, numbersOf(script.seed ^ 0xd15c))
  }

  /** Plays the script, then lets the payers finish in calm weather, and holds every law. */
  async play(): Promise<void> {
    await this.#start()
    for (const step of this.#script.steps) this.clockwork.plan(() => this.#begin(step), step.at)
    await this.clockwork.play()
    if (this.#broken) throw this.#broken
    this.#calm = true
    await this.#finish()
    await this.#database?.destroy()
    if (this.#broken) throw this.#broken
  }

  #fail(error: unknown): void {
    this.#broken ??= error instanceof Error ? error : new Broken(String(error))
  }

  /** Opens the books as the disk holds them, and holds them to what was acknowledged before. */
  async #start(): Promise<void> {
    const life = ++this.#life
    this.#unanswered = new Map()
    const alive = (run: () => void) => () => {
      if (life === this.#life) run()
    }
    const { clockwork } = this
    const weather = {
      wait: () =>
        new Promise<void>((resolve) => {
          clockwork.plan(alive(resolve), this.#random() * 12)
        }),
      trouble: () => {
        const trouble = this.#trouble
        this.#trouble = 'none'
        return trouble
      },
    }
    const database = await openSimulated(this.disk, weather, this.#mutation.port ?? {})
    this.#database = database
    this.#engines = Array.from({ length: this.#script.twoNodes ? 2 : 1 }, () => {
      const engine = new ClearingEngine({
        database,
        engine: 'sqlite',
        now: () => this.#seconds,
        bounds: { delayMsMax: 5, ticksMax: 16, waitingMax: 64 },
        verify: (_, bytes, signature) =>
          new Promise((resolve) => {
            const valid = this.#mutation.verifiesNothing || isSimulatedSignature(this.payers, bytes, signature)
            clockwork.plan(
              alive(() => resolve(valid)),
              this.#random() * 3,
            )
          }),
        clock: {
          soon: (run) => clockwork.plan(alive(run), 0.01),
          later: (run, ms) => clockwork.plan(alive(run), ms),
          cancel: (cancel) => (cancel as (() => void) | undefined)?.(),
          elapsed: () => clockwork.now,
        },
      })
      return engine
    })
    await this.#hold()
    for (const participantId of participants) {
      const engine = this.#engines[0] as ClearingEngine
      this.#ask(admit(engine, { participantId, ...money, creditLimit: 0n }))
      this.#ask(prefund(engine, participantId, { ...money, value: funds }, `first ${participantId}`))
    }
  }

  async #hold(): Promise<void> {
    try {
      if (this.#database) await holdLaws(this.#database, this.payers, !this.disk.lied)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Something that is asked and may fail; what is heard of it is told. */
  #ask<Value>(asked: Promise<Outcome<Value>>, told: (value: Value) => void = () => {}): void {
    const life = this.#life
    asked
      .then((outcome) => {
        if (life !== this.#life) return
        if (outcome.ok) told(outcome.value)
        else this.count.codes.add(outcome.refusal.code)
      })
      .catch((error: unknown) => {
        if (
          life === this.#life &&
          !/connection broke|UNIQUE|taken|overtaken|not what it was|closed elsewhere/i.test(String(error))
        )
          this.#fail(error)
      })
  }

  #engine(node: number): ClearingEngine {
    return (this.#engines[node] ?? this.#engines[0]) as ClearingEngine
  }

  /** Finds a channel and does something with it, where it is there. */
  #with(
    engine: ClearingEngine,
    channel: number,
    work: (live: NonNullable<Awaited<ReturnType<ClearingEngine['find']>>>) => void,
  ): void {
    const life = this.#life
    const { id } = this.payers[channel] as Payer
    engine
      .find(id)
      .then((live) => {
        if (live && life === this.#life) work(live)
      })
      .catch((error: unknown) => {
        if (life === this.#life) this.#fail(error)
      })
  }

  #begin(step: Step): void {
    const random = numbersOf(step.luck)
    const engine = this.#engine('node' in step ? step.node : 0)
    const steps: { readonly [Kind in Step['kind']]: (step: Extract<Step, { kind: Kind }>) => void } = {
      open: ({ channel }) => this.#ask(openChannel(engine, (this.payers[channel] as Payer).plan.opening)),
      tick: (tick) => this.#tick(tick, random),
      trick: ({ channel, trick }) => this.#trick(channel, trick, random),
      deliver: ({ channel }) =>
        this.#with(engine, channel, (live) => {
          const share = BigInt(Math.floor(random() * 1_000))
          this.#deliver(engine, channel, (live.state.authorised * share) / 1_000n, random)
        }),
      'top-up': ({ channel, id }) => this.#topUp(engine, channel, id),
      close: ({ channel, side }) => this.#with(engine, channel, (live) => this.#ask(closeChannel(engine, live, side))),
      revoke: ({ mandate }) => this.#revoke(engine, mandate),
      clock: ({ seconds }) => {
        this.#seconds += seconds
      },
      sweep: () => this.#ask(sweepChannels(engine).then((value) => ({ ok: true, value }))),
      cycle: () => this.#ask(openCycle(engine.database).then((cycle) => closeCycle(engine, cycle))),
      discharge: () => this.#ask(this.#discharge(engine, random)),
      trouble: ({ when }) => {
        this.#trouble = when
      },
      crash: () => this.#crash(),
    }
    const begin = steps[step.kind] as (step: Step) => void
    begin(step)
  }

  /** Discharges the cycle before the open one over a rail that fails now and then. */
  async #discharge(engine: ClearingEngine, random: () => number): Promise<Outcome<unknown>> {
    const cycle = await openCycle(engine.database)
    if (cycle === 1n) return accept(undefined)
    return dischargeCycle(engine, cycle - 1n, async () => (random() < 0.4 ? 'failed' : 'settled'))
  }

  #crash(): void {
    this.count.crashes++
    this.#life++
    this.disk.crash()
    this.#trouble = 'none'
    this.#start().catch((error: unknown) => this.#fail(error))
  }

  #topUp(engine: ClearingEngine, channel: number, topUpId: string): void {
    const payer = this.payers[channel] as Payer
    const amount = 250n
    this.#with(engine, channel, (live) => {
      payer.asked.set(topUpId, amount)
      this.#ask(topUpChannel(engine, live, { topUpId, amount }))
    })
  }

  #revoke(engine: ClearingEngine, mandate: number): void {
    const ended = endMandate(engine, `mandate-${mandate}`).then((value) => ({ ok: true as const, value }))
    this.#ask(ended, () => {
      if (this.disk.lied) return
      this.#ended.add(mandate)
    })
  }

  /** Carries a message: late, twice, or not at all. */
  #carry(random: () => number, deliver: () => void): void {
    const { lost, doubled, delayMs } = this.#script.network
    const late = (): void => {
      const life = this.#life
      this.clockwork.plan(() => {
        if (life === this.#life) deliver()
      }, random() * delayMs)
    }
    if (this.#calm) deliver()
    else if (random() >= lost) {
      late()
      if (random() < doubled) late()
    }
  }

  /** Hears what becomes of one tick, once: an acknowledgement is a promise that no crash may break. */
  #listener(channel: number, side: 'payer' | 'payee', claim: { authorised?: bigint; delivered?: bigint }): Listener {
    const payer = this.payers[channel] as Payer
    const life = this.#life
    const { authorised = 0n, delivered = 0n } = claim
    const once = (): boolean => {
      if (life !== this.#life) return false
      if (!this.#unanswered.delete(listener)) this.#fail(new Broken(`channel ${channel} answered a tick twice`))
      return true
    }
    const holds = ({ state }: LiveChannel, answer: string): void => {
      if (state.authorised < authorised || state.delivered < delivered)
        this.#fail(new Broken(`channel ${channel} ${answer} what it does not hold`))
      if (authorised > payer.told) payer.told = authorised
      if (delivered > payer.toldDelivered) payer.toldDelivered = delivered
    }
    const listener: Listener = {
      durable: (live) => {
        if (!once()) return
        this.count.durable++
        if (side === 'payer' && authorised > 0n && this.#ended.has(mandateOf(channel)))
          this.#fail(new Broken(`channel ${channel} took a tick after its mandate ended`))
        holds(live, 'acknowledged')
      },
      stale: (live, result) => {
        if (once()) holds(live, `answered ${result}`)
      },
      refused: (_, { code }) => {
        if (!once()) return
        this.count.refused++
        this.count.codes.add(code)
      },
    }
    this.#unanswered.set(listener, channel)
    return listener
  }

  /** Offers a tick; a refusal at once is an answer too. */
  #offer(listener: Listener, refusal: Refusal | undefined): void {
    this.count.offered++
    if (!refusal) return
    this.#unanswered.delete(listener)
    this.count.codes.add(refusal.code)
  }

  /** An honest tick: the next one of its channel, over the network. */
  #tick(step: Extract<Step, { kind: 'tick' }>, random: () => number): void {
    const payer = this.payers[step.channel] as Payer
    const cap = BigInt(payer.plan.descriptor.cap)
    if (payer.chained) {
      const index = Number(payer.newest / payer.worth(1)) + 1 + Math.floor(random() * 40)
      const worth = payer.worth(index)
      if (index >= payer.plan.chain.length || worth > cap) return
      payer.newest = worth
      if (worth > payer.signed) payer.signed = worth
    } else {
      const next = payer.newest + 1n + BigInt(Math.floor(random() * 120))
      if (next > cap) return
      payer.newest = next
      payer.voucher(next)
    }
    this.#send(step.channel, step.node, step.side, payer.newest, random)
  }

  /** Offers a tick of this worth. */
  #send(channel: number, node: number, side: 'payer' | 'payee', worth: bigint, random: () => number): void {
    const payer = this.payers[channel] as Payer
    this.#carry(random, () => {
      const engine = this.#engine(node)
      this.#with(engine, channel, (live) => {
        const listener = this.#listener(channel, side, { authorised: worth })
        const index = Number(worth / payer.worth(1))
        const as = this.#mutation.confusesSides ? 'payee' : side
        this.#offer(
          listener,
          payer.chained
            ? engine.offerLink(live, index, payer.link(index), 0, as, listener)
            : engine.offerVoucher(live, payer.voucher(worth), as, listener),
        )
      })
    })
  }

  #deliver(engine: ClearingEngine, channel: number, amount: bigint, random: () => number): void {
    this.#carry(random, () =>
      this.#with(engine, channel, (live) => {
        const listener = this.#listener(channel, 'payee', { delivered: amount })
        this.#offer(listener, engine.offerDelivery(live, amount, listener))
      }),
    )
  }

  #trick(channel: number, trick: Trick, random: () => number): void {
    const payer = this.payers[channel] as Payer
    const engine = this.#engine(0)
    const side = 'payer'
    this.#with(engine, channel, (live) => {
      const { authorised, cap } = live.state
      const index = Number(authorised / payer.worth(1))
      const link = (at: number, bytes: Uint8Array): void => {
        const listener = this.#listener(channel, side, { authorised: payer.worth(at) })
        this.#offer(listener, engine.offerLink(live, at, bytes, 0, side, listener))
      }
      const voucher = (offered: SignedVoucher): void => {
        const listener = this.#listener(channel, side, { authorised: offered.cumulative })
        this.#offer(listener, engine.offerVoucher(live, offered, side, listener))
      }
      const forged = { ...payer.voucher(0n), cumulative: authorised + 50n, sequence: authorised + 50n }
      const tricksters: Readonly<Record<Trick, () => void>> = {
        'greedy-delivery': () => this.#deliver(engine, channel, authorised + 1_000n, random),
        'wrong-link': () => link(index + 3, payer.link(index + 1)),
        'far-link': () => {
          const far = Math.min(index + 1_100, payer.plan.chain.length)
          if (payer.worth(far) > payer.signed) payer.signed = payer.worth(far)
          link(far, payer.link(far))
        },
        forged: () => voucher({ ...forged, signature: new Uint8Array(64).fill(7) }),
        foreign: () => {
          const other = this.payers[(channel + 1) % channelCount] as Payer
          voucher({ ...forged, signature: other.voucher(1n).signature })
        },
        'over-cap': () => voucher(payer.voucher(cap + 1n)),
        lower: () => voucher(payer.voucher(authorised / 2n + 1n, 1n)),
        conflict: () => voucher(payer.voucher(authorised, authorised + 7n)),
        expired: () => voucher(payer.voucher(authorised + 5n, authorised + 5n, BigInt(this.#seconds - 1))),
      }
      tricksters[trick]()
    })
  }

  /** Calm weather: every honest payer sends its newest tick again, and has to be answered; then the laws. */
  async #finish(): Promise<void> {
    const calm = () => 0.999
    for (const { channel, newest } of this.payers) if (newest > 0n) this.#send(channel, 0, 'payer', newest, calm)
    await this.clockwork.play()
    const engine = this.#engine(0)
    this.#ask(openCycle(engine.database).then((cycle) => closeCycle(engine, cycle)))
    await this.clockwork.play()
    for (const channel of this.#unanswered.values())
      this.#fail(new Broken(`channel ${channel} left a tick without an answer`))
    for (const payer of this.payers) {
      const live = await engine.find(payer.id)
      const open = live?.state.status === 'open' && live.state.revokedAt === undefined
      if (open && this.#seconds < live.state.notAfter && live.state.authorised < payer.newest && !this.disk.lied)
        this.#fail(
          new Broken(`channel ${payer.channel} never took ${payer.newest}, it stays at ${live.state.authorised}`),
        )
    }
    await this.#hold()
  }
}
