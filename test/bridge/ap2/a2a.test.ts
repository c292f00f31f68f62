/** Proves that `@a2a-js/sdk`, unmodified, brings AP2 data through the gateway in A2A 0.3 and 1.0 and reads its answers. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AgentCard, Message, type Task, TaskState } from '@a2a-js/sdk'
import { JsonRpcTransportFactory } from '@a2a-js/sdk/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { wrapA2a } from '../../../bridge/a2a.ts'
import type { Draft } from '../../../bridge/adapter.ts'
import { extensionUris, makeAgentExtension, readAgentCard } from '../../../bridge/ap2/agent-card.ts'
import { createGateway, soleTenant } from '../../../bridge/gateway.ts'
import type { JsonObject } from '../../../bridge/json.ts'
import { memoryNonces } from '../../../bridge/nonces.ts'
import { accept } from '../../../reference/core/outcome.ts'
import { now } from '../tap-agent.ts'
import { agentKey, cnfOf, join, nextOf, orderOf, rootOf, tea } from './chains.ts'
import { ap2Directory } from './samples.ts'

const session = {
  sessionId: 'session-1',
  authorizeUrl: 'https://wallet.example/authorize/1',
  status: 'inactive',
} as const
const drafts: Draft[] = []
let server: Server
let url = ''

beforeAll(async () => {
  const gateway = createGateway({
    tenants: soleTenant(() => [new URL(url).origin]),
    directory: ap2Directory,
    nonces: memoryNonces(),
    openDraft: async (draft) => {
      drafts.push(draft)
      return accept(session)
    },
    now: () => now,
  })
  server = gateway.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a2a`
})

afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

const extension = makeAgentExtension(['merchant'])
const cardOf = (protocolVersion: string) => ({
  name: 'Tea House',
  description: 'Sells tea',
  version: '1.0.0',
  supportedInterfaces: [{ url, protocolBinding: 'JSONRPC', protocolVersion }],
  capabilities: { extensions: [extension] },
  skills: [],
})

const send = async (protocolVersion: '0.3' | '1.0', data: JsonObject): Promise<Task> => {
  const card = AgentCard.fromJSON(cardOf(protocolVersion))
  const transport = await new JsonRpcTransportFactory({ legacyCompat: { enabled: true } }).create(url, card)
  const { message } = wrapA2a('1.0', {
    messageId: `message-${protocolVersion}-${drafts.length}`,
    contextId: 'context-1',
    role: 'user',
    extension: extensionUris[0],
    data: [data],
  })
  const answer = await transport.sendMessage({
    tenant: '',
    message: Message.fromJSON(message),
    configuration: undefined,
    metadata: undefined,
  })
  if (!('status' in answer)) throw new Error('a message came where a task belongs')
  return answer
}

const partsOf = (task: Task) => (task.status?.message?.parts ?? []).map(({ content }) => content?.value)

const order = orderOf({ id: 'order-1', currency: 'KWD', lines: [{ item: 'oolong', price: 1_250, quantity: 2 }] })

const chainOf = (nonce: string, amount = order.total): string => {
  const root = rootOf({
    vct: 'mandate.payment.open.1',
    constraints: [{ type: 'payment.amount_range', currency: 'KWD', max: order.total }],
    cnf: cnfOf(agentKey),
    iat: now - 10,
  })
  const closed = {
    vct: 'mandate.payment.1',
    transaction_id: order.hash,
    payee: tea,
    payment_amount: { amount, currency: 'KWD' },
    payment_instrument: { id: 'wallet-1', type: 'amp' },
  }
  return join(root, nextOf(root, agentKey, closed, { aud: 'provider', nonce }))
}

const key = 'ap2.mandates.PaymentMandateSdJwt'

describe.each(['0.3', '1.0'] as const)('A2A %s', (version) => {
  it('brings a closed mandate, and waits for the user', async () => {
    drafts.length = 0
    const task = await send(version, { [key]: chainOf(`paid-${version}`) })
    expect(task.status?.state).toBe(TaskState.TASK_STATE_INPUT_REQUIRED)
    expect(task).toMatchObject({ id: 'session-1', contextId: 'context-1' })
    expect(partsOf(task)).toEqual([`The user decides at ${session.authorizeUrl}`, { 'amp.session': session }])
    expect(drafts).toHaveLength(1)
    expect(drafts[0]?.mode === 'IMMEDIATE' && drafts[0].checkout.total_amount).toEqual({
      currency: 'KWD',
      value: '2500',
    })
  })

  it('is told why it was rejected, once and again', async () => {
    const tooMuch = await send(version, { [key]: chainOf(`more-${version}`, order.total + 1) })
    expect(tooMuch.status?.state).toBe(TaskState.TASK_STATE_REJECTED)
    expect(partsOf(tooMuch)[1]).toEqual({
      error: 'invalid_mandate',
      error_description: 'the amount is larger than allowed',
      code: 'foreign-object-mismatch',
    })
    const chain = chainOf(`twice-${version}`)
    await send(version, { [key]: chain })
    const again = await send(version, { [key]: chain })
    expect(partsOf(again)[1]).toMatchObject({ error: 'invalid_credential', code: 'foreign-nonce-replayed' })
  })

  it('is read to its end where nothing is asked for', async () => {
    const receipt = { payment_mandate_id: 'pm', payment_id: 'p', payment_status: { error_message: 'no' } }
    const task = await send(version, { 'ap2.PaymentReceipt': receipt })
    expect(task.status?.state).toBe(TaskState.TASK_STATE_COMPLETED)
  })
})

describe('what the bridge wraps', () => {
  const made = {
    messageId: 'm-1',
    contextId: 'c-1',
    role: 'user',
    extension: extensionUris[0],
    data: [{ [key]: 'chain' }],
  } as const

  it('is a message of 1.0 the library reads, and writes again', () => {
    const { headers, message } = wrapA2a('1.0', made)
    const read = Message.fromJSON(message)
    expect(read.parts.map(({ content }) => content)).toEqual([{ $case: 'data', value: { [key]: 'chain' } }])
    expect(Message.toJSON(read)).toEqual(message)
    expect(headers).toEqual({ 'a2a-extensions': extensionUris[0], 'a2a-version': '1.0' })
  })

  it('is a message of 0.3 with parts by kind', () => {
    const { headers, message } = wrapA2a('0.3', made)
    expect(message).toEqual({
      kind: 'message',
      messageId: 'm-1',
      contextId: 'c-1',
      role: 'user',
      parts: [{ kind: 'data', data: { [key]: 'chain' } }],
    })
    expect(headers).toEqual({ 'x-a2a-extensions': extensionUris[0] })
  })
})

describe('the extension of a card', () => {
  it('survives the library, and is read back by every name it was published under', () => {
    for (const uri of extensionUris) {
      const own = { ...cardOf('1.0'), capabilities: { extensions: [makeAgentExtension(['shopper', 'merchant'], uri)] } }
      const card = readAgentCard(AgentCard.toJSON(AgentCard.fromJSON(own)) as JsonObject)
      expect(card).toMatchObject({ uri, name: 'Tea House', url, roles: ['shopper', 'merchant'], isRequired: true })
    }
  })

  it('names roles AP2 has; others are told apart, and a card without the extension is none', () => {
    const params = { roles: ['shopper', 'king'] }
    const card = { name: 'n', capabilities: { extensions: [{ uri: extensionUris[1], params }] } }
    expect(readAgentCard(card)).toEqual({
      uri: extensionUris[1],
      name: 'n',
      roles: ['shopper'],
      isRequired: false,
      otherRoles: ['king'],
    })
    expect(
      readAgentCard({ name: 'n', capabilities: { extensions: [{ uri: 'https://other.example' }] } }),
    ).toBeUndefined()
  })
})
