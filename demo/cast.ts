/** The cast of the demo: every role on loopback, a wallet owner, a bound agent, and the bridge at the merchant's edge. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createGateway,
  memoryNonces,
  type OpenDraft,
  signTapRequest,
  soleTenant,
  staticDirectory,
} from '../bridge/index.ts'
import {
  type BuyerAgent,
  createBuyerAgent,
  evidenceOf,
  type HeldMandate,
  makeKey,
  type Reference,
  startReference,
} from '../reference/index.ts'
import type { Message, Role } from '../schemas/index.ts'
import { call, hook, must } from './people.ts'

const pin = '482913'

/** Everybody, with what the story does with them. */
export type Cast = {
  readonly reference: Reference
  readonly hooksSecret: string
  readonly agent: BuyerAgent
  readonly bindingId: string
  readonly owner: Owner
  /** Sends a body to the merchant's edge, signed as a Visa TAP agent signs. */
  readonly sendTap: (
    body: object,
    tag: 'agent-payer-auth' | 'agent-browser-auth',
  ) => Promise<{ readonly status: number; readonly body: Record<string, unknown> }>
  readonly stop: () => Promise<void>
}

/** The wallet owner: decides, cancels, looks at the balance. */
export type Owner = {
  readonly userToken: string
  readonly approve: (authUrl: string) => Promise<void>
  readonly cancel: (mandateId: string) => Promise<void>
  readonly balance: () => Promise<Message<'common/amount'>>
}

const authIdOf = (authUrl: string): string => authUrl.split('/').at(-1) ?? ''

/** A wallet owner with USD 500.00 and a session. */
export const openWallet = async (url: string, secret: string): Promise<Owner> => {
  const loginId = `mina-${randomBytes(4).toString('hex')}`
  await hook(url, 'seedUser', secret, { loginId, pin, balance: { currency: 'USD', value: '50000' } })
  const { userToken } = must(await call(url, 'wallet.login', { loginId, pin }))
  return {
    userToken,
    approve: async (authUrl) => {
      must(await call(url, 'wallet.completeIdv', { authId: authIdOf(authUrl), decision: 'approve', pin }, userToken))
    },
    cancel: async (mandateId) => {
      must(await call(url, 'wallet.cancelMandate', { mandateId }, userToken))
    },
    balance: async () => {
      const { accounts } = must(await call(url, 'wallet.inquiryAccount', {}, userToken))
      return accounts[0]?.balance ?? { currency: 'USD', value: '0' }
    },
  }
}

/** Waits until something is there; what is told by notification takes a moment. */
export const until = async <Value>(what: string, look: () => Promise<Value | undefined>): Promise<Value> => {
  for (let tries = 0; tries < 200; tries++) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`${what} did not happen within five seconds`)
}

/** The mandate of a session, once the wallet owner confirmed it. */
export const heldMandate = (agent: BuyerAgent, sessionId: string): Promise<HeldMandate> =>
  until('the mandate', async () => {
    const { status, failure, identity, mandate, mandateId, bindingId, mandateType } = must(
      await agent.session(sessionId),
    )
    if (status === 'FAILED') throw new Error(`the authorization failed: ${failure}`)
    return identity === undefined || mandate === undefined
      ? undefined
      : { mandateId, bindingId, mandateType, identity, mandate }
  })

const profile: Message<'trust/agent-profile'> = {
  name: 'Concierge',
  developer: 'Example Agents Ltd',
  operator: 'Example Agents Ltd',
  modelFamily: 'example',
  version: '1.0.0',
  capabilities: ['shopping'],
  prohibitedScenarios: ['weapons', 'gambling'],
}

/** Identifiers of the parties, by role, from the discovery document. */
const discover = async (url: string): Promise<(role: Role) => string> => {
  const document = (await (await fetch(`${url}/.well-known/amp`)).json()) as Message<'common/discovery'>
  return (role) => {
    const served = document.roles.find((candidate) => candidate.role === role)
    if (!served) throw new Error(`${url} serves no ${role}`)
    return served.id
  }
}

const hireAgent = async (
  { url, world }: Reference,
  owner: Owner,
): Promise<{ agent: BuyerAgent; bindingId: string }> => {
  const idOf = await discover(url)
  const agent = createBuyerAgent({
    key: await makeKey('applicant'),
    credentialProviderEndpoint: `${url}/credential-provider`,
    networkId: idOf('network'),
    world,
  })
  must(await agent.register(profile, evidenceOf('https://agents.example/evidence')))
  const { sessionId, authUrl } = must(await agent.bind(idOf('wallet')))
  await owner.approve(authUrl)
  const { bindingId } = await until('the binding', () => agent.binding(sessionId))
  return { agent, bindingId }
}

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The bridge at the merchant's edge: a draft becomes a mandate session of the bound agent. */
const openBridge = async (agent: BuyerAgent, bindingId: string, now: () => number) => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const keyid = 'concierge-1'
  const jwks = {
    keys: [{ ...publicKey.export({ format: 'jwk' }), kid: keyid, agent: { id: 'tap-concierge', name: 'Concierge' } }],
  }
  const openDraft: OpenDraft = async (draft) => {
    const session =
      draft.mode === 'IMMEDIATE'
        ? await agent.requestImmediate(bindingId, draft.intent, draft.checkout)
        : await agent.requestAutonomous(bindingId, draft.intent)
    if (!session.ok) return session
    const { sessionId, mandateId, authUrl } = session.value
    return { ok: true, value: { sessionId, mandateId, authorizeUrl: authUrl, status: 'inactive' } }
  }
  let origin = ''
  const gateway = createGateway({
    tenants: soleTenant(() => [origin]),
    directory: staticDirectory(jwks, { name: 'demo directory' }),
    nonces: memoryNonces(),
    openDraft,
    now,
  })
  const server = createServer(gateway)
  origin = await listen(server)
  const sendTap: Cast['sendTap'] = async (body, tag) => {
    const created = now()
    const unsigned = {
      method: 'POST',
      url: `${origin}/checkout`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }
    const signed = await signTapRequest(
      unsigned,
      { keyid, key: privateKey },
      { tag, nonce: randomBytes(16).toString('base64url'), created, expires: created + 300, coversBody: true },
    )
    const response = await fetch(signed.url, { method: 'POST', headers: signed.headers, body: signed.body ?? null })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  return { sendTap, close: () => new Promise<void>((resolve) => server.close(() => resolve())) }
}

/** Starts everybody. `database` as `amp start` takes it. */
export const gather = async (database: string): Promise<Cast> => {
  const hooksSecret = randomBytes(24).toString('base64url')
  const reference = await startReference({ database, hooksSecret })
  const owner = await openWallet(reference.url, hooksSecret)
  const { agent, bindingId } = await hireAgent(reference, owner)
  const bridge = await openBridge(agent, bindingId, reference.world.now)
  return {
    reference,
    hooksSecret,
    agent,
    bindingId,
    owner,
    sendTap: bridge.sendTap,
    stop: async () => {
      await bridge.close()
      await reference.stop()
    },
  }
}
