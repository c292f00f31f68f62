/** Two agents that trade: a buyer with a delegated mandate of a wallet owner, a seller it may pay, and one clearing. */
import { randomBytes } from 'node:crypto'
import {
  type BuyerAgent,
  createBuyerAgent,
  evidenceOf,
  type HeldMandate,
  makeKey,
  type PartyKey,
  type Reference,
  type Trader,
} from '../reference/index.ts'
import type { Message, Role } from '../schemas/index.ts'
import { heldMandate, openWallet, until } from './cast.ts'
import { must } from './people.ts'

/** Everybody of the trade. */
export type Traders = {
  readonly reference: Reference
  readonly buyer: Trader
  readonly seller: Trader
  readonly mandate: HeldMandate
  readonly owner: Awaited<ReturnType<typeof openWallet>>
}

type Discovered = Message<'common/discovery'>['roles'][number]

const discover = async (url: string): Promise<(role: Role) => Discovered> => {
  const document = (await (await fetch(`${url}/.well-known/amp`)).json()) as Message<'common/discovery'>
  return (role) => {
    const served = document.roles.find((candidate) => candidate.role === role)
    if (!served) throw new Error(`${url} serves no ${role}`)
    return served
  }
}

const profileOf = (name: string): Message<'trust/agent-profile'> => ({
  name,
  developer: 'Example Agents Ltd',
  operator: 'Example Agents Ltd',
  modelFamily: 'example',
  version: '1.0.0',
  capabilities: ['trading'],
  prohibitedScenarios: ['weapons', 'gambling'],
})

/** A mandate of the owner for one seller and nobody else, up to a budget, for a day. */
const delegate = async (
  agent: BuyerAgent,
  bindingId: string,
  owner: Traders['owner'],
  sellerId: string,
  budget: Message<'common/amount'>,
  now: number,
): Promise<HeldMandate> => {
  const { sessionId, authUrl } = must(
    await agent.requestAutonomous(bindingId, {
      raw: 'Let my agent buy answers from that agent today',
      desc: 'Answers from one agent, paid word by word',
      expiry_time: new Date((now + 86_400) * 1000).toISOString().replace('.000Z', 'Z'),
      constraints: { budget_amount: budget, merchant_allow_list: [sellerId] },
    }),
  )
  await owner.approve(authUrl)
  return heldMandate(agent, sessionId)
}

/** Registers both agents, binds the buyer to a wallet and has its owner delegate a budget for the seller. */
export const gatherTraders = async (
  reference: Reference,
  hooksSecret: string,
  budget: Message<'common/amount'> = { currency: 'USD', value: '500' },
  clearingUrl: string = reference.url,
): Promise<Traders> => {
  const { url, world } = reference
  const roleOf = await discover(url)
  const register = async (name: string): Promise<{ agent: BuyerAgent; key: PartyKey }> => {
    const key = await makeKey('applicant')
    const endpoint = roleOf('credential-provider').endpoint
    const agent = createBuyerAgent({
      key,
      credentialProviderEndpoint: endpoint,
      networkId: roleOf('network').id,
      world,
    })
    const evidence = evidenceOf(`https://agents.example/${randomBytes(6).toString('hex')}`)
    must(await agent.register(profileOf(name), evidence))
    return { agent, key }
  }
  const owner = await openWallet(url, hooksSecret)
  const [buyer, seller] = [await register('Buyer'), await register('Seller')]
  const { sessionId, authUrl } = must(await buyer.agent.bind(roleOf('wallet').id))
  await owner.approve(authUrl)
  const { bindingId } = await until('the binding', () => buyer.agent.binding(sessionId))
  const mandate = await delegate(buyer.agent, bindingId, owner, seller.agent.agentId(), budget, world.now())
  const { id, endpoint } = (await discover(clearingUrl))('clearing')
  const trader = ({ agent, key }: typeof buyer): Trader => ({
    agentId: agent.agentId(),
    key,
    clearing: { id, endpoint },
    networkId: roleOf('network').id,
    world,
  })
  return { reference, buyer: trader(buyer), seller: trader(seller), mandate, owner }
}
