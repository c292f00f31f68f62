/** Proves that the official MCP client, unmodified, buys in both modes, and is refused in MCP's own shape. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitationCompleteNotificationSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assuranceMeta } from '../../../reference/agent/index.ts'
import { isMessage, type Message } from '../../../schemas/index.ts'
import { type House, openHouse } from './house.ts'

type Checkout = Message<'common/checkout'>
type Session = Message<'trust/create-mandate-session-response'>
type Result = {
  readonly isError?: boolean
  readonly structuredContent: Record<string, unknown>
  readonly content: readonly { readonly text: string }[]
  readonly _meta?: Record<string, unknown>
}

let house: House
let client: Client
let bindingId: string
/** Pages the client was asked to open for its user. */
const opened: string[] = []
const completed: string[] = []

/** A client that can open a page for its user; it holds every answer against the output schema of the tool. */
const connect = async (url: string): Promise<Client> => {
  const fresh = new Client({ name: 'a-framework', version: '1' }, { capabilities: { elicitation: { url: {} } } })
  fresh.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    if (params.mode === 'url') opened.push(params.url)
    return { action: 'accept' }
  })
  fresh.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) => {
    completed.push(params.elicitationId)
  })
  await fresh.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)) as never)
  await fresh.listTools()
  return fresh
}

const call = async (name: string, input: object): Promise<Result> =>
  (await client.callTool({ name, arguments: { ...input } })) as unknown as Result

const granted = async <Value>(name: string, input: object): Promise<Value> => {
  const result = await call(name, input)
  expect(result.isError, JSON.stringify(result.structuredContent)).toBeFalsy()
  return result.structuredContent as Value
}

/** The problem a tool error carries, whole as AMP states it. */
const refused = async (name: string, input: object): Promise<Message<'common/problem'>> => {
  const result = await call(name, input)
  expect(result.isError).toBe(true)
  const problem = result.structuredContent
  expect(JSON.parse(result.content[0]?.text ?? '')).toEqual(problem)
  if (!isMessage('common/problem', problem)) throw new Error(`no problem: ${JSON.stringify(problem)}`)
  return problem
}

const order = async (productId: string): Promise<Checkout> =>
  (await granted<{ checkout: Checkout }>('start_checkout', { items: [{ productId, quantity: 1 }] })).checkout

const immediate = async (checkout: Checkout): Promise<Session> =>
  granted('request_immediate_mandate', { bindingId, intent: { raw: 'that one', desc: 'One order' }, checkout })

const autonomous = async (budget: string): Promise<Session> => {
  const session = await granted<Session>('request_autonomous_mandate', { bindingId, intent: house.intent(budget) })
  await house.decide(session.authUrl, 'approve')
  await granted('read_mandate', { sessionId: session.sessionId, waitSeconds: 10 })
  return session
}

beforeAll(async () => {
  house = await openHouse()
  client = await connect(house.url)
  const session = await granted<{ sessionId: string; authUrl: string }>('bind_wallet', {})
  await house.decide(session.authUrl, 'approve')
  const binding = await granted<{ bindingId: string }>('read_binding', {
    sessionId: session.sessionId,
    waitSeconds: 10,
  })
  bindingId = binding.bindingId
})
afterAll(async () => {
  await client?.close()
  await house?.stop()
})

describe('an MCP client', () => {
  it('pays one order the user confirms (IMMEDIATE), once', async () => {
    const { products } = await granted<Message<'payment/product-list'>>('search_products', { query: 'jacket' })
    const checkout = await order(products[0]?.productId ?? '')
    const before = BigInt((await house.cast.balanceOf(house.user)) ?? 0)
    const session = await immediate(checkout)
    expect(opened).toContain(session.authUrl)
    expect((await refused('pay_order', { sessionId: session.sessionId, checkout })).code).toBe('mandate-inactive')
    const waiting = await call('read_mandate', { sessionId: session.sessionId })
    expect(waiting.structuredContent.status).toBe('PENDING_IDV')
    await house.decide(session.authUrl, 'approve')
    const held = await granted<Session>('read_mandate', { sessionId: session.sessionId, waitSeconds: 10 })
    expect(held.mandateStatus).toBe('activated')
    expect(completed).toContain(session.sessionId)
    const paid = await granted<Message<'payment/order-state'>>('pay_order', { sessionId: session.sessionId, checkout })
    expect(paid.orderStatus).toBe('paid')
    expect(await granted('pay_order', { sessionId: session.sessionId, checkout })).toEqual(paid)
    expect(await granted('read_order', { checkoutId: checkout.reference_checkout_id })).toEqual(paid)
    const after = BigInt((await house.cast.balanceOf(house.user)) ?? 0)
    expect(before - after).toBe(BigInt(checkout.total_amount.value))
  })

  it('pays alone within bounds (AUTONOMOUS), and hands the chain to programs only', async () => {
    const { sessionId } = await autonomous('2000')
    const checkout = await order('water-bottle')
    const issued = await call('apply_for_token', { sessionId, checkout })
    expect(isMessage('payment/apply-credential-response', issued.structuredContent)).toBe(true)
    const assurance = issued._meta?.[assuranceMeta]
    expect(isMessage('trust/assurance', assurance)).toBe(true)
    const shown = JSON.stringify([issued.structuredContent, issued.content])
    for (const layer of Object.values(assurance as object)) expect(shown).not.toContain(layer)
    const [paid, again] = await Promise.all([
      granted<Message<'payment/order-state'>>('pay_order', { sessionId, checkout }),
      granted<Message<'payment/order-state'>>('pay_order', { sessionId, checkout }),
    ])
    expect([paid.orderStatus, again.orderStatus]).toEqual(['paid', 'paid'])
    expect(again.paymentId).toBe(paid.paymentId)
  })

  it('is told the budget is passed, at which stage and that it never helps to repeat', async () => {
    const { sessionId } = await autonomous('2000')
    const problem = await refused('pay_order', { sessionId, checkout: await order('rain-jacket') })
    expect(problem).toMatchObject({ code: 'budget-exceeded', status: 422, retry: 'never', stage: 'S2' })
  })

  it('is told the user declined', async () => {
    const session = await immediate(await order('sticker'))
    await house.decide(session.authUrl, 'reject')
    const problem = await refused('read_mandate', { sessionId: session.sessionId, waitSeconds: 10 })
    expect(problem.code).toBe('user-rejected')
    const binding = await granted<{ sessionId: string; authUrl: string }>('bind_wallet', {})
    await house.decide(binding.authUrl, 'reject')
    expect((await refused('read_binding', { sessionId: binding.sessionId, waitSeconds: 10 })).code).toBe(
      'binding-unknown',
    )
  })

  it('is told the mandate was revoked', async () => {
    const { sessionId, mandateId } = await autonomous('2000')
    await house.cancel(mandateId)
    const problem = await refused('pay_order', { sessionId, checkout: await order('sticker') })
    expect(problem).toMatchObject({ code: 'mandate-revoked', mandateStatus: 'revoked' })
  })

  it('is told an altered order is not the one confirmed', async () => {
    const checkout = await order('sticker')
    const session = await immediate(checkout)
    await house.decide(session.authUrl, 'approve')
    await granted('read_mandate', { sessionId: session.sessionId, waitSeconds: 10 })
    const altered = { ...checkout, total_amount: { currency: 'USD', value: '2' } }
    expect((await refused('apply_for_token', { sessionId: session.sessionId, checkout: altered })).code).toBe(
      'checkout-mismatch',
    )
  })

  it.each([
    ['start_checkout', { items: [] }, '/items'],
    ['start_checkout', { items: [{ productId: 'sticker', quantity: 1, price: 1 }] }, '/items/0/price'],
    ['pay_order', { sessionId: 'x' }, '/checkout'],
    ['search_products', { query: 'x'.repeat(200) }, '/query'],
    ['search_products', { merchantId: 'https://elsewhere.example' }, '/merchantId'],
    ['read_mandate', { sessionId: 'x', waitSeconds: 61 }, '/waitSeconds'],
  ])('is told which member of %s is wrong', async (name, input, field) => {
    expect(await refused(name, input)).toMatchObject({ code: 'request-invalid', field })
  })

  it('is told there is no such tool as the protocol has it: an error of JSON-RPC', async () => {
    await expect(call('steal', {})).rejects.toMatchObject({ code: -32_602, data: { code: 'operation-unknown' } })
  })

  it('gives every tool a closed input schema', async () => {
    const { tools } = await client.listTools()
    expect(tools.length).toBe(10)
    for (const { inputSchema } of tools)
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false })
  })
})
