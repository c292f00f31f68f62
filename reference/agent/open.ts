/** An agent ready to act: registered, with its credential provider, the merchants it may visit and the tokens it holds. */
import type { Logger } from 'pino'
import { canonicalJson, type Message, type Role } from '../../schemas/index.ts'
import { type BuyerAgent, createBuyerAgent, evidenceOf, type HeldMandate, type Shop } from '../buyer-agent/index.ts'
import { accept, type Outcome, refuse, sha256, type World } from '../core/index.ts'
import { createClock } from '../http/clock.ts'
import { createLog } from '../http/log.ts'
import { readDiscovery, readPeerAddress } from '../peers.ts'
import { openIdentity } from './identity.ts'

type Checkout = Message<'common/checkout'>
type Profile = Message<'trust/agent-profile'>

/** Where an agent acts and as whom. */
export type AgentOptions = {
  /** Base URLs whose discovery documents name credential provider, network, wallets and merchants; nothing else is ever called. */
  readonly amp: readonly string[]
  /** File that keeps key and agent identifier; made where there is none. Without it both die with the process. */
  readonly keyFile?: string | undefined
  readonly profile?: Profile | undefined
  /** Where the evidence of the eight review items is kept, an https URL. */
  readonly evidence?: string | undefined
  readonly world?: World | undefined
  readonly log?: Logger | undefined
}

/** A token for one checkout, and the chain a merchant verifies with it. */
export type IssuedToken = {
  readonly token: Message<'payment/apply-credential-response'>
  readonly assurance: Message<'trust/assurance'>
}

/** An agent that can act. */
export type OpenAgent = {
  readonly agentId: string
  readonly profile: Profile
  readonly buyer: BuyerAgent
  readonly world: World
  readonly log: Logger
  /** The wallet asked for where nobody names one. */
  readonly walletId: string | undefined
  readonly shopOf: (merchantId?: string) => Outcome<Shop>
  /** The token of a mandate for a checkout: applied for once, however often it is asked for. */
  readonly tokenFor: (held: HeldMandate, checkout: Checkout) => Promise<Outcome<IssuedToken>>
  /** Forgets a token that can pay no more. */
  readonly drop: (held: HeldMandate, checkout: Checkout) => void
}

/** What the agent says it is unless told otherwise. */
export const sampleProfile: Profile = {
  name: 'Reference buyer agent',
  developer: 'Agentic Mobile Protocol reference',
  operator: 'Whoever started it',
  modelFamily: 'unspecified',
  version: '0.1.0',
  capabilities: ['shopping'],
  prohibitedScenarios: ['weapons', 'gambling'],
}

type Party = Message<'common/served-role'>

/** Every party the told addresses serve. An endpoint at an origin nobody told is refused: a document cannot send the agent anywhere. */
const partiesOf = async (addresses: readonly string[]): Promise<readonly Party[]> => {
  const bases = addresses.map(readPeerAddress)
  const told = new Set(bases.map((base) => new URL(base).origin))
  const documents = await Promise.all(bases.map(readDiscovery))
  return documents
    .flatMap(({ roles }) => roles)
    .map((party) => {
      const { origin } = new URL(party.endpoint)
      if (!told.has(origin)) throw new Error(`${party.id} is said to be at ${origin}, which was not told with --amp`)
      return party
    })
}

const tokensMax = 1_000

/** Tokens by mandate and checkout: what is being applied for is waited for, what expired is applied for again. */
const createPurse = (buyer: BuyerAgent, now: () => number) => {
  const purse = new Map<string, { readonly issued: Promise<Outcome<IssuedToken>>; until: number }>()
  const nameOf = ({ mandateId }: HeldMandate, checkout: Checkout): string =>
    `${mandateId} ${sha256(canonicalJson(checkout))}`
  const tokenFor: OpenAgent['tokenFor'] = async (held, checkout) => {
    const name = nameOf(held, checkout)
    const known = purse.get(name)
    if (known && known.until > now()) return known.issued
    const entry = { issued: buyer.applyForToken(held, checkout), until: Number.POSITIVE_INFINITY }
    const [oldest] = purse.keys()
    if (purse.size >= tokensMax && oldest !== undefined) purse.delete(oldest)
    purse.set(name, entry)
    const issued = await entry.issued
    if (issued.ok) entry.until = Date.parse(issued.value.token.expiresAt) / 1000
    else purse.delete(name)
    return issued
  }
  return { tokenFor, drop: (held: HeldMandate, checkout: Checkout) => void purse.delete(nameOf(held, checkout)) }
}

/** Merchants by identifier; without one the only merchant there is. */
const choose =
  (buyer: BuyerAgent, merchants: readonly Party[]): OpenAgent['shopOf'] =>
  (merchantId) => {
    const [first, second] = merchants
    const found =
      merchantId === undefined && second === undefined ? first : merchants.find(({ id }) => id === merchantId)
    if (found) return accept(buyer.visit(found.endpoint))
    const detail = `the merchants are ${merchants.map(({ id }) => id).join(', ') || 'not known'}`
    return refuse('request-invalid', { field: '/merchantId', detail: detail.slice(0, 1024) })
  }

/** Opens an agent: finds the parties, reads or makes its key, and registers it where that was not done yet. Throws where it cannot. */
export const openAgent = async (options: AgentOptions): Promise<OpenAgent> => {
  const world = options.world ?? createClock().world
  const parties = await partiesOf(options.amp)
  const first = (role: Role): Party | undefined => parties.find((party) => party.role === role)
  const provider = first('credential-provider')
  const network = first('network')
  if (!provider || !network)
    throw new Error('an agent needs a credential provider and its network: tell both with --amp')
  const identity = await openIdentity(options.keyFile)
  const buyer = createBuyerAgent({
    key: identity.key,
    credentialProviderEndpoint: provider.endpoint,
    networkId: network.id,
    world,
    ...(identity.agentId === undefined ? {} : { agentId: identity.agentId }),
  })
  const profile = options.profile ?? sampleProfile
  if (identity.agentId === undefined) {
    const registered = await buyer.register(profile, evidenceOf(options.evidence ?? 'https://evidence.example/agent'))
    if (!registered.ok) throw new Error(`the credential provider refused the agent: ${registered.refusal.code}`)
    await identity.keep(registered.value.agentId)
  }
  return {
    agentId: buyer.agentId(),
    profile,
    buyer,
    world,
    log: options.log ?? createLog('silent'),
    walletId: first('wallet')?.id,
    shopOf: choose(
      buyer,
      parties.filter(({ role }) => role === 'merchant'),
    ),
    ...createPurse(buyer, world.now),
  }
}
