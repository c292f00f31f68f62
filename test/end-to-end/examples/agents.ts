/** Agents of the examples: registered with AMP by a key of their own, with a mandate for somebody where they pay. */
import { exportJWK } from 'jose'
import { type AmpAgent, type AmpCall, ampCalls } from '../../../bridge/amp-calls.ts'
import { clearingPayer, clearingRail, openPayments, openTill, type Payer } from '../../../bridge/settlement/index.ts'
import { must } from '../../../demo/people.ts'
import { sampleProfile } from '../../../reference/agent/open.ts'
import {
  type BuyerAgent,
  callOperation,
  createBuyerAgent,
  evidenceOf,
  type HeldMandate,
  makeKey,
} from '../../../reference/index.ts'
import type { Message } from '../../../schemas/index.ts'
import type { Cast, User } from '../cast.ts'

export const network = 'https://network.amp.example'
const clearingId = 'https://clearing.amp.example'

/** An agent as AMP knows it. */
export type Hired = {
  readonly buyer: BuyerAgent
  readonly key: Awaited<ReturnType<typeof makeKey>>
  /** The same agent as the bridge calls AMP for it. */
  readonly own: AmpAgent
  readonly call: AmpCall
}

/** Registers an agent with a key made here. */
export const hire = async ({ reference: { url, world } }: Cast, name: string): Promise<Hired> => {
  const key = await makeKey('agent')
  const buyer = createBuyerAgent({
    key,
    credentialProviderEndpoint: `${url}/credential-provider`,
    networkId: network,
    world,
  })
  must(await buyer.register({ ...sampleProfile, name }, evidenceOf(`https://evidence.example/${name}`)))
  const privateJwk = { ...(await exportJWK(key.privateKey)), kid: key.publicJwk.kid ?? '' }
  const own = { agentId: buyer.agentId(), privateJwk }
  return { buyer, key, own, call: ampCalls(own, { now: world.now }) }
}

/** A mandate of a wallet owner: this agent may pay that one, up to a budget, for a day. */
const delegate = async (cast: Cast, owner: User, { buyer }: Hired, to: Hired, budget: string): Promise<HeldMandate> => {
  const bindingId = await cast.bind(buyer, owner)
  const { expiry_time } = cast.autonomousIntent(budget)
  const constraints = {
    budget_amount: { currency: 'USD', value: budget },
    merchant_allow_list: [to.own.agentId],
  }
  const intent = { raw: 'Let my agent buy from that one', desc: 'Pieces from one agent', expiry_time, constraints }
  const session = must(await buyer.requestAutonomous(bindingId, intent))
  await cast.decide(session.authUrl)
  return cast.held(buyer, session.sessionId)
}

/** A payer with a channel to another agent, under a mandate of the owner. */
export const payerUnder = async (
  cast: Cast,
  owner: User,
  agent: Hired,
  to: Hired,
  budget: string,
): Promise<{ readonly payer: Payer; readonly mandate: HeldMandate }> => {
  const { url, world } = cast.reference
  const mandate = await delegate(cast, owner, agent, to, budget)
  const payer = clearingPayer({
    agent: agent.own,
    call: agent.call,
    clearing: { id: clearingId, endpoint: `${url}/clearing` },
    networkId: network,
    mandate: { ...mandate, until: world.now() + 80_000 },
    // A tenth of a budget in cents, counted in millionths: the rest stays for other channels.
    cap: BigInt(budget) * 1_000n,
    now: world.now,
  })
  return { payer, mandate }
}

/** The till of an agent that is paid, over the clearing as it is served. */
export const tillOf = async ({ reference: { url, world } }: Cast, agent: Hired) => {
  const payments = await openPayments('sqlite::memory:')
  const rail = clearingRail({ call: agent.call, endpoint: `${url}/clearing`, now: world.now })
  return { till: openTill({ rail, payments, now: world.now }), close: payments.close }
}

/** Waits until the clearing was told that the mandate of a channel ended. */
export const awaitRevocation = async ({ reference: { url } }: Cast, payee: Hired, payer: Payer): Promise<void> => {
  const due = { payee: payee.own.agentId, currency: 'USD', scale: 6, amount: 1n, seconds: 60 }
  const { channelId } = await payer.channelTo(due)
  for (let tries = 0; tries < 400; tries += 1) {
    const { revokedAt } = must(await payee.call(`${url}/clearing`, 'clearing.inquiryChannel', { channelId }))
    if (revokedAt !== undefined) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error('the clearing was not told within ten seconds')
}

type Cycle = Message<'extensions/clearing/cycle'>

/** Cuts the open cycle off, as the operator of the network does. */
export const closeCycle = async ({ reference: { url, world }, hook }: Cast): Promise<Cycle> => {
  const key = await makeKey('https://operator.amp.example')
  await hook('registerPeer', {
    role: 'network',
    id: key.id,
    name: 'Operator',
    endpoint: `${url}/network`,
    jwks: { keys: [key.publicJwk] },
  })
  const exchange = {
    endpoint: `${url}/clearing`,
    keyId: `${key.id}#${key.publicJwk.kid}`,
    privateKey: key.privateKey,
  }
  const { cycleId } = must(await callOperation('clearing.inquiryCycle', { currency: 'USD', scale: 6 }, exchange, world))
  return must(await callOperation('clearing.closeCycle', { cycleId }, exchange, world))
}
