/** `amp demo --clearing`: a buyer agent pays a seller agent tick by tick, a hundred thousand times, and the books add up. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { callOperation, createMeter, createPayer, createSeller, makeKey, startReference } from '../reference/index.ts'
import type { Message, OperationName, RequestOf, ResponseOf } from '../schemas/index.ts'
import { must } from './people.ts'
import { gatherTraders, type Traders } from './traders.ts'

const price = '0.000002'
const unitPrice = 2n

export type ClearingDemo = { readonly ticks: number; readonly json: boolean; readonly out: string }

/** Atomic units as dollars, exact to the last digit. */
const dollars = (units: bigint): string => {
  const digits = units.toString().padStart(7, '0')
  return `$${digits.slice(0, -6)}.${digits.slice(-6)}`
}

/** One line that is written over while the trade runs; on a terminal only. */
const liveLine = (silent: boolean) => {
  const live = !silent && process.stdout.isTTY === true
  return {
    show: (text: string): void => void (live && process.stdout.write(`\r\x1b[2K  ${text}`)),
    end: (): void => void (live && process.stdout.write('\r\x1b[2K')),
  }
}

const showEveryMilliseconds = 100

/** The trade: the seller serves a word for each tick it verified, hands the tick in, and tells what it delivered. */
const trade = async ({ buyer, seller, mandate, reference }: Traders, ticks: number, show: (text: string) => void) => {
  const payer = createPayer(buyer)
  const shop = createSeller(seller)
  const channel = must(
    await payer.openChannel({
      payeeId: seller.agentId,
      mandate,
      currency: 'USD',
      cap: unitPrice * BigInt(ticks) + 1_000_000n,
      unitPrice,
      notAfter: reference.world.now() + 3_600,
    }),
  )
  const till = must(await shop.join(channel.channelId))
  const meter = createMeter({ price })
  const latencies: number[] = []
  const started = performance.now()
  let shown = 0
  for (let count = 1; count <= ticks; count++) {
    const tick = must(channel.next(unitPrice))
    const authorised = must(till.take(tick))
    if (!meter.covers(authorised, 1)) throw new Error('the seller would serve what is not paid for')
    meter.count(1)
    const refusal = await till.redeem(tick)
    if (refusal) throw new Error(refusal.code)
    if (count % 1_000 === 0 || count === ticks) {
      await till.deliver(meter.delivered())
      const asked = performance.now()
      if (count % 10_000 === 0) {
        must(await till.durable())
        latencies.push(performance.now() - asked)
      }
    }
    const now = performance.now()
    if (now - shown > showEveryMilliseconds) {
      shown = now
      const { authorised: durable } = shop.line.standing(channel.channelId)
      const rate = Math.round((count * 1_000) / (now - started))
      show(
        `${count} ticks made, ${durable / unitPrice} durable, ${dollars(durable)} of $${price} each, ${rate} a second`,
      )
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  must(await till.durable())
  const seconds = (performance.now() - started) / 1_000
  const closed = must(await till.close())
  const statement = must(await till.statement())
  await payer.stop()
  await shop.stop()
  return { closed, statement, seconds, latencies }
}

type Statement = Message<'extensions/clearing/statement'>

/** What the transfers of a statement come to, by kind. */
const sumsOf = ({ transfers }: Statement): Readonly<Record<string, bigint>> => {
  const sums: Record<string, bigint> = { hold: 0n, tick: 0n, deliver: 0n, release: 0n }
  for (const { kind, amount } of transfers) sums[kind] = (sums[kind] ?? 0n) + BigInt(amount)
  return sums
}

/** Whether a closing statement adds up: what was held was delivered or given back, to the last unit. */
const addsUp = (statement: Statement): boolean => {
  const { hold = 0n, tick = 0n, deliver = 0n, release = 0n } = sumsOf(statement)
  const { cap, authorised, delivered } = statement.channel
  return (
    hold === BigInt(cap) && tick === BigInt(authorised) && deliver === BigInt(delivered) && hold === deliver + release
  )
}

/** The network of the demo as the operator of the rail: it cuts the cycle off and reads its files. */
const operator = async ({ buyer }: Traders, networkKey: Awaited<ReturnType<typeof makeKey>>) => {
  const { clearing, world } = buyer
  const exchange = {
    endpoint: clearing.endpoint,
    keyId: `${networkKey.id}#${networkKey.publicJwk.kid}`,
    privateKey: networkKey.privateKey,
  }
  return async <Name extends Extract<OperationName, `clearing.${string}`>>(
    name: Name,
    request: RequestOf<Name>,
  ): Promise<ResponseOf<Name>> => must(await callOperation(name, request, exchange, world))
}

/** A key the clearing knows as one of its network: the operator's own, told by the hook a test server has. */
const operatorKey = async (url: string, hooksSecret: string) => {
  const key = await makeKey('https://operator.amp.example')
  const response = await fetch(`${url}/hooks/registerPeer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'amp-hook-secret': hooksSecret },
    body: JSON.stringify({
      role: 'network',
      id: key.id,
      name: 'Operator',
      endpoint: `${url}/network`,
      jwks: { keys: [key.publicJwk] },
    }),
  })
  if (!response.ok) throw new Error(`the operator was not taken: ${response.status}`)
  return key
}

/** Cuts the cycle off, nets it, and writes the files a bank would take. */
const settle = async (traders: Traders, hooksSecret: string, out: string) => {
  const call = await operator(traders, await operatorKey(traders.reference.url, hooksSecret))
  const { cycleId } = await call('clearing.inquiryCycle', { currency: 'USD', scale: 6 })
  const cycle = await call('clearing.closeCycle', { cycleId })
  mkdirSync(out, { recursive: true })
  const files: string[] = []
  const goes = (direction: string): boolean => cycle.legs.some((leg) => leg.direction === direction)
  const formats = [
    'csv' as const,
    ...(goes('pay') ? ['pain.001' as const] : []),
    ...(goes('collect') ? ['pain.008' as const] : []),
  ]
  for (const format of formats) {
    const { fileName, content } = await call('clearing.inquiryCycleFile', { cycleId, format })
    files.push(join(out, fileName))
    writeFileSync(join(out, fileName), content)
  }
  return { cycle, files }
}

/** Runs the demo. Gives back whether everything added up. */
export const showClearing = async ({ ticks, json, out }: ClearingDemo): Promise<boolean> => {
  const say = (line: string): void => void (json || process.stdout.write(`${line}\n`))
  const hooksSecret = randomBytes(24).toString('base64url')
  const reference = await startReference({ database: 'sqlite::memory:', hooksSecret })
  try {
    say('two agents are registered; the owner of a wallet lets one of them spend USD 5.00 at the other')
    const traders = await gatherTraders(reference, hooksSecret)
    say(`the buyer opens a channel; the network lends the budget to the clearing; $${price} a tick`)
    const line = liveLine(json)
    const { closed, statement, seconds, latencies } = await trade(traders, ticks, line.show)
    line.end()
    const rate = Math.round(ticks / seconds)
    const slowest = Math.round(Math.max(0, ...latencies))
    say(
      `${ticks} ticks in ${seconds.toFixed(1)} s: made, verified by the seller, streamed, verified and posted by the clearing`,
    )
    say(
      `that is ${rate} a second on this machine, both agents and every role in one process; the longest wait was ${slowest} ms`,
    )
    const sums = sumsOf(statement)
    const right = addsUp(statement)
    say('\nclosing statement')
    for (const kind of ['hold', 'tick', 'deliver', 'release'])
      say(`  ${kind.padEnd(8)} ${dollars(sums[kind] ?? 0n).padStart(14)}`)
    say(
      `  ${statement.transfers.length} transfers; held = delivered + released: ${right ? 'adds up' : 'DOES NOT ADD UP'}`,
    )
    const { cycle, files } = await settle(traders, hooksSecret, out)
    const nets = cycle.positions.reduce((sum, { net, carriedIn }) => sum + BigInt(net) - BigInt(carriedIn), 0n)
    say(`\ncycle ${cycle.cycleId}: the nets sum to ${nets}`)
    for (const { participantId, net, carriedOut } of cycle.positions)
      say(`  ${participantId}  net ${net}, carried on ${carriedOut} millionths`)
    for (const { participantId, direction, amount } of cycle.legs)
      say(
        `  ${direction === 'pay' ? 'pay' : 'collect from'} ${participantId}: ${amount.currency} ${amount.value} minor units`,
      )
    say(`files: ${files.join('   ')}`)
    const ok = right && nets === 0n && closed.delivered === closed.authorised
    const summary = {
      ticks,
      seconds,
      ticksPerSecond: rate,
      channel: closed,
      transfers: statement.transfers.length,
      sums: Object.fromEntries(Object.entries(sums).map(([kind, sum]) => [kind, sum.toString()])),
      addsUp: right,
      cycle,
      files,
    }
    if (json) process.stdout.write(`${JSON.stringify(summary)}\n`)
    return ok
  } finally {
    await reference.stop()
  }
}
