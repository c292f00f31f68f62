/** Proves that binding a wallet takes at most half the steps of its user and half the round trips that binding a card takes, each flow driven step by step. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cardSteps, startCardPlatform } from './card-platform.ts'
import { authIdOf, type Cast, createCast, pin, walletId } from './cast.ts'

type Count = { readonly steps: string[]; readonly trips: number }

/** Walks the card flow as a cardholder and an agent platform have to. */
const bindCard = async (leaveOut?: number): Promise<Count & { readonly bound: boolean }> => {
  const platform = await startCardPlatform()
  const steps: string[] = []
  for (const [index, { path, user }] of cardSteps.entries()) {
    if (index === leaveOut) continue
    if (user !== undefined) steps.push(user)
    const [method = '', route = ''] = path.replace('{token}', 'token-1').split(' ')
    await fetch(`${platform.url}${route}`, { method, body: '{}' })
  }
  const [bound, trips] = [platform.bound(), platform.trips()]
  await platform.stop()
  return { steps, trips, bound }
}

/** How often the server was asked for an operation so far. */
const askedOf = async (cast: Cast, operation: string): Promise<number> => {
  const text = await (await fetch(`${cast.reference.url}/metrics`)).text()
  return text
    .split('\n')
    .filter((line) => /_(count|total)\{/.test(line) && line.includes(`"${operation}"`))
    .reduce((most, line) => Math.max(most, Number(line.split(' ').at(-1))), 0)
}

describe('binding a wallet beside binding a card', () => {
  let cast: Cast
  beforeAll(async () => {
    cast = await createCast()
  })
  afterAll(() => cast.reference.stop())

  /** Walks the wallet flow: what the agent asks, what the owner does, and how the agent learns of it. */
  const bindWallet = async (): Promise<Count & { readonly bound: boolean }> => {
    const user = await cast.seedUser()
    const agent = await cast.registerAgent()
    const steps: string[] = []
    let trips = 0
    const trip = <Value>(asked: Promise<Value>): Promise<Value> => {
      trips += 1
      return asked
    }
    const { authUrl, sessionId } = cast.granted(await trip(agent.bind(walletId)))
    steps.push('reads who asks, at the wallet', 'approves with the PIN')
    const decision = { authId: authIdOf(authUrl), decision: 'approve' as const, pin }
    const decided = await trip(cast.get('wallet.completeIdv', decision, user.userToken))
    expect(decided.authStatus).toBe('SUCCESS')
    await cast.reference.sweep()
    const binding = await trip(agent.binding(sessionId))
    return { steps, trips, bound: binding !== undefined }
  }

  it('takes at most half of both', async () => {
    const [wallet, card] = [await bindWallet(), await bindCard()]
    expect([wallet.bound, card.bound]).toEqual([true, true])
    expect({ wallet: wallet.steps.length, card: card.steps.length }).toEqual({ wallet: 2, card: 6 })
    expect({ wallet: wallet.trips, card: card.trips }).toEqual({ wallet: 3, card: 8 })
    expect(wallet.steps.length * 2).toBeLessThanOrEqual(card.steps.length)
    expect(wallet.trips * 2).toBeLessThanOrEqual(card.trips)
  })

  it('counts what was really asked: the server of the wallet saw no other call of agent or owner', async () => {
    const operations = [
      'credential-provider.addPaymentMethod',
      'wallet.completeIdv',
      'credential-provider.queryPaymentMethodList',
    ]
    const before = await Promise.all(operations.map((name) => askedOf(cast, name)))
    const { trips } = await bindWallet()
    const after = await Promise.all(operations.map((name) => askedOf(cast, name)))
    const seen = after.reduce((sum, count, index) => sum + count - (before[index] ?? 0), 0)
    expect(seen).toBe(trips)
  })

  it('leaves nothing out of the card flow: without any one of its steps no card is bound', async () => {
    for (const index of cardSteps.keys()) expect((await bindCard(index)).bound).toBe(false)
  })
})
