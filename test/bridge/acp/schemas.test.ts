/** Proves that what we send is valid by ACP's own schemas in every version we write, where they are at hand (AMP_UPSTREAM_DATA). */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answer } from '../../../bridge/acp/answer.ts'
import { showCart } from '../../../bridge/acp/cart.ts'
import { adapterOf, type SealedAdapter, translateOut } from '../../../bridge/index.ts'
import type { Json, JsonObject } from '../../../bridge/json.ts'
import { readDescription } from '../../../bridge/message.ts'
import { accept } from '../../../reference/core/outcome.ts'
import { now } from '../tap-agent.ts'
import { acpOutbound } from './outbound.ts'
import { acpSample } from './samples.ts'

const folder = join(process.env.AMP_UPSTREAM_DATA ?? '', 'acp')
const isHere = process.env.AMP_UPSTREAM_DATA !== undefined && existsSync(folder)
if (!isHere) console.info('schemas of ACP are not at hand: set AMP_UPSTREAM_DATA to validate with them')

const root = 'https://acp.test/'
const checkoutBundle = 'schema.agentic_checkout.json'

type Check = (file: string, name: string | undefined, value: unknown) => readonly unknown[]

const checkerOf = (source: string): Check => {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  for (const file of readdirSync(source))
    ajv.addSchema({ ...JSON.parse(readFileSync(join(source, file), 'utf8')), $id: `${root}${file}` })
  return (file, name, value) => {
    const validate = ajv.getSchema(`${root}${file}${name === undefined ? '' : `#/$defs/${name}`}`)
    if (!validate) throw new Error(`there is no schema ${file} ${name}`)
    return validate(value) ? [] : (validate.errors ?? [])
  }
}

const adapter = adapterOf('acp') as SealedAdapter

describe.skipIf(!isHere).each(['2026-01-30', '2026-04-17'])('what we send in ACP %s', (version) => {
  const check: Check = isHere ? checkerOf(join(folder, 'spec', version, 'json-schema')) : () => []
  const handlers: Check = isHere ? checkerOf(join(folder, 'handler-schemas')) : () => []
  const inCheckout = (name: string, value: unknown) => check(checkoutBundle, name, value)

  it('is valid: sessions, completions, results, orders, errors', () => {
    const kinds = new Map<string, number>()
    fc.assert(
      fc.property(acpOutbound, ({ document, context }) => {
        const hasVersion = document.kind === 'checkout' || document.kind === 'mandate'
        const given = { ...document.given, ...(hasVersion ? { version } : {}) }
        const result = translateOut(accept({ ...document, given } as unknown as Json), adapter, context)
        if (result.outcome !== 'translated') throw new Error(`${result.problem.code} ${result.problem.detail}`)
        const { name } = result.message
        kinds.set(name, (kinds.get(name) ?? 0) + 1)
        const body = result.message.body as JsonObject
        if (document.kind === 'checkout') {
          expect(inCheckout('CheckoutSession', body)).toEqual([])
          const payment = (body.capabilities as JsonObject).payment as { handlers: Json[] }
          expect(handlers('payment_handler_json.json', undefined, payment.handlers[0])).toEqual([])
        }
        if (name.startsWith('completion')) {
          expect(inCheckout('CheckoutSessionCompleteRequest', body)).toEqual([])
          const { instrument } = body.payment_data as JsonObject
          expect(handlers('payment_instrument_json.json', undefined, instrument)).toEqual([])
        }
        if (document.kind === 'order') {
          const { type: _type, status: _status, totals: _totals, ...order } = body.data as JsonObject
          expect(inCheckout('Order', version === '2026-04-17' ? body.data : order)).toEqual([])
        }
        if (document.kind === 'problem') expect(inCheckout('Error', body)).toEqual([])
        if (name.startsWith('delegated')) {
          // Upstream knows cards alone there; what is ours is the method, all else is theirs.
          const method = { type: 'card', card_number_type: 'fpan', number: 'x', display_card_funding_type: 'credit' }
          const theirs = { ...body, payment_method: { ...method, metadata: {} } }
          const signals = version === '2026-04-17' ? [] : [{ type: 'card_testing', score: 1, action: 'authorized' }]
          expect(
            check('schema.delegate_payment.json', 'DelegatePaymentRequest', { ...theirs, risk_signals: signals }),
          ).toEqual([])
        }
      }),
      { numRuns: 150 },
    )
    expect(kinds.size).toBe(6)
  })

  it('is a session after its payment, with the order', () => {
    for (const paymentStatus of ['SUCCESS', 'FAIL', 'PROCESSING']) {
      const [session] = fc.sample(
        acpOutbound.filter(({ document }) => document.kind === 'checkout'),
        1,
      )
      if (!session) throw new Error('no session')
      const document = session.document as unknown as { value: JsonObject; given: JsonObject }
      const made = translateOut(
        accept({ kind: 'checkout', value: document.value, given: { ...document.given, version } } as Json),
        adapter,
        session.context,
      )
      if (made.outcome !== 'translated') throw new Error('no session')
      const paid = translateOut(
        accept({
          kind: 'payment',
          value: {
            paymentId: 'p',
            paymentRequestId: 'r',
            paymentStatus,
            paymentAmount: document.value.total_amount as Json,
          },
          given: { session: made.message.body as Json, orderId: 'o', permalinkUrl: 'https://tea.example/o' },
        }),
        adapter,
        session.context,
      )
      if (paid.outcome !== 'translated') throw new Error(paid.problem.code)
      const { order, ...rest } = paid.message.body as JsonObject
      expect(inCheckout('CheckoutSession', rest)).toEqual([])
      if (order) expect(inCheckout('Order', order)).toEqual([])
      expect(order !== undefined).toBe(paymentStatus === 'SUCCESS')
    }
  })

  it('is pending where the user has to decide, and an error where a message is refused', () => {
    const { message } = acpSample({ version: version as '2026-04-17' })
    const read = readDescription(message)
    if (!read.ok) throw new Error('unreadable')
    const session = { sessionId: 's', authorizeUrl: 'https://wallet.example/a', status: 'inactive' } as const
    const opened = answer(read.value, { kind: 'opened', translation: {} as never, session })
    const pending = opened?.body as { messages: Json[] } | undefined
    expect(inCheckout('MessageError', pending?.messages[0])).toEqual([])
    // Whoever names no version that is spoken is answered in the newest.
    const ofVersion = version === '2026-04-17' ? ['header/api-version'] : []
    for (const field of [...ofVersion, 'header/idempotency-key', 'body/id']) {
      const problem = { code: 'foreign-fields-missing', detail: 'x', field } as const
      const refused = answer(read.value, { kind: 'refused', problem, status: 400, title: 'A field is missing' })
      expect(inCheckout('Error', refused?.body)).toEqual([])
    }
  })
})

describe.skipIf(!isHere)('a cart and a discovery document', () => {
  const check: Check = isHere ? checkerOf(join(folder, 'spec', '2026-04-17', 'json-schema')) : () => []

  it('are valid in the version that has them', () => {
    const articles = new Map([['oolong', { id: 'oolong', name: 'Oolong', unitAmount: 1_250 }]])
    const cart = { id: 'cart_1', caller: 'a', items: [{ id: 'oolong', quantity: 2 }], expiresAt: now }
    expect(check('schema.cart.json', 'Cart', showCart(cart, articles, 'USD', ['gold']))).toEqual([])
    const discovery = {
      protocol: { name: 'acp', version: '2026-04-17', supported_versions: ['2026-01-30', '2026-04-17'] },
      api_base_url: 'https://tea.example/acp',
      transports: ['rest'],
      capabilities: { services: ['checkout', 'carts', 'orders'], supported_currencies: ['usd'] },
    }
    expect(check(checkoutBundle, 'DiscoveryResponse', discovery)).toEqual([])
  })
})
