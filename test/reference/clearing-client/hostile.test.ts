/** A payer whose clearing writes anything to its streams: it goes on where it can, gives up by name where it cannot, and never dies of it. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { gatherTraders, type Traders } from '../../../demo/traders.ts'
import type { Via } from '../../../reference/clearing-client/wire.ts'
import { createPayer, type Reference, startReference } from '../../../reference/index.ts'
import { type Streams, silentStreams, startProxy, writingStreams } from '../../conformance/proxy.ts'

const hooksSecret = randomBytes(16).toString('base64url')

type Town = { readonly reference: Reference; readonly traders: Traders; readonly stop: () => Promise<void> }

const townWith = async (streams: Streams): Promise<Town> => {
  const { port, publicUrl, stop } = await startProxy(streams)
  const reference = await startReference({ hooksSecret, port, publicUrl })
  return {
    reference,
    traders: await gatherTraders(reference, hooksSecret, undefined, publicUrl),
    stop: async () => {
      await reference.stop()
      stop()
    },
  }
}

/** Opens a channel, pays ten ticks of one unit, and says what became of them, and how often it was connected. */
const pay = async ({ reference, traders }: Town, via: Via) => {
  const payer = createPayer(traders.buyer, { via })
  const opened = await payer.openChannel({
    ...{ payeeId: traders.seller.agentId, mandate: traders.mandate, currency: 'USD', cap: 100n },
    ...{ profile: 'hash-chain', notAfter: reference.world.now() + 3_600 },
  })
  if (!opened.ok) throw new Error(opened.refusal.code)
  const channel = opened.value
  for (let tick = 0; tick < 10; tick++) await channel.tick(1n)
  const outcome = await channel.durable()
  const inquiry = await channel.inquire()
  return {
    came: outcome.ok ? outcome.value.toString() : outcome.refusal.code,
    booked: inquiry.ok ? inquiry.value.authorised : inquiry.refusal.code,
    connections: payer.line.connections,
  }
}

const ways: readonly Via[] = ['websocket', 'websocket-lines', 'http']
const answer = { channelId: 'A'.repeat(43), result: 'accepted', authorised: '1.5', delivered: '0' }
const babble: readonly [string, string][] = [
  ['no JSON', '\u0000<html>{]\n'],
  ['JSON of no meaning', 'null\n'],
  ['amounts that are none', `${JSON.stringify(answer)}\n`],
  ['a line without an end', 'a'.repeat(131_072)],
]

describe.concurrent.each(ways)('over %s', (via) => {
  it.each(babble)('is given up where the clearing goes on writing %s', { timeout: 60_000 }, async (_, text) => {
    const town = await townWith(writingStreams(text, 20))
    const { came, booked, connections } = await pay(town, via)
    await town.stop()
    expect([came, booked]).toEqual(['peer-answer-invalid', '0'])
    expect(connections).toBeLessThanOrEqual(6)
  })

  it('goes on where that passes, and pays everything once', { timeout: 60_000 }, async () => {
    let babbled = 0
    const town = await townWith(writingStreams('null\n', 20, () => babbled++ < 2))
    const { came, booked, connections } = await pay(town, via)
    await town.stop()
    expect([came, booked]).toEqual(['10', '10'])
    expect(connections).toBe(3)
  })
})

describe.concurrent.each(ways)('over %s', (via) => {
  it('knocks again where nobody answers, and pays once somebody does', { timeout: 60_000 }, async () => {
    let knocks = 0
    const town = await townWith({
      http: (...call) => knocks++ < 1 && silentStreams.http(...call),
      upgrade: (...call) => knocks++ < 1 && silentStreams.upgrade(...call),
    })
    const { came } = await pay(town, via)
    await town.stop()
    expect([came, knocks]).toEqual(['10', 2])
  })
})
