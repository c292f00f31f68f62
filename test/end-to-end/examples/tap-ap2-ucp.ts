/** Example: a TAP agent with an AP2 open mandate buys from a UCP shop by an AMP wallet. `npx tsx test/end-to-end/examples/tap-ap2-ucp.ts`. */
import { randomBytes, randomUUID } from 'node:crypto'
import express from 'express'
import { dataPartsOf, wrapA2a } from '../../../bridge/a2a.ts'
import { sealAdapter } from '../../../bridge/adapter.ts'
import { extensionUris } from '../../../bridge/ap2/agent-card.ts'
import { ap2 } from '../../../bridge/ap2/index.ts'
import { writeAmount } from '../../../bridge/currency.ts'
import {
  type ForeignIdentity,
  gatewayRouter,
  makeAmpInstrument,
  memoryNonces,
  type OpenDraft,
  signTapRequest,
  signUcpRequest,
  soleTenant,
  staticDirectory,
  type TapRequest,
} from '../../../bridge/index.ts'
import type { JsonObject } from '../../../bridge/json.ts'
import { handlerIn, toAmpCheckout } from '../../../bridge/ucp/checkout.ts'
import { visaTap } from '../../../bridge/visa-tap/index.ts'
import { must } from '../../../demo/people.ts'
import { referenceMerchant } from '../../../reference/catalogue.ts'
import { refuse } from '../../../reference/core/index.ts'
import { hopOf, provider } from '../../bridge/ap2/chains.ts'
import { ucpPlatform } from '../../bridge/parties.ts'
import { jwkOf } from '../../bridge/signers.ts'
import { keySet, agent as tapAgent } from '../../bridge/tap-agent.ts'
import { listening } from '../../bridge/x402/house.ts'
import { createCast, pin } from '../cast.ts'
import { hire, network } from './agents.ts'
import { type Example, runDirectly, type Tell } from './scene.ts'
import { openUcpShop } from './ucp-shop.ts'

/** Where an A2A answer of the bridge carries the mandate session. */
const sessionKey = 'amp.session'
type Session = { readonly sessionId: string; readonly mandateId: string; readonly authorizeUrl: string }

/** Everybody whose key is known to the shop and to the bridge: the agent by TAP, its platform by UCP, the user's provider by AP2. */
const directory = staticDirectory(
  {
    keys: keySet.keys,
    issuers: {
      [ucpPlatform.issuer]: { keys: [jwkOf(ucpPlatform.key, { kid: ucpPlatform.kid })] },
      [provider.issuer]: { keys: [jwkOf(provider.key, { kid: provider.kid })] },
    },
  },
  { name: 'directory of the example' },
)

/** What the user signed on the other rail: up to $130.00 at one shop, for this agent's key. */
const openMandate = (jwk: object, now: number): string =>
  hopOf(
    'example+sd-jwt',
    provider.key,
    { iss: provider.issuer, iat: now - 60 },
    [
      {
        vct: 'mandate.payment.open.1',
        constraints: [
          { type: 'payment.amount_range', currency: 'USD', min: 1, max: 13_000 },
          {
            type: 'payment.allowed_payees',
            allowed: [{ id: referenceMerchant.reference_merchant_id, name: referenceMerchant.merchant_name }],
          },
        ],
        cnf: { jwk },
        iat: now - 60,
        exp: now + 86_400,
      },
    ],
    { kid: provider.kid },
  ).text

/** Signs a request as a TAP agent signs, beside whatever signature it carries already. */
const withTap = async (
  request: TapRequest,
  tag: 'agent-browser-auth' | 'agent-payer-auth',
  now: number,
): Promise<TapRequest> => {
  const { 'signature-input': input, signature, ...headers } = request.headers
  const signed = await signTapRequest({ ...request, headers }, tapAgent, {
    tag,
    nonce: randomBytes(16).toString('base64url'),
    created: now,
    expires: now + 300,
  })
  const both = (first: string | undefined, second = ''): string => [first, second].filter(Boolean).join(', ')
  return {
    ...request,
    headers: {
      ...headers,
      'signature-input': both(input, signed.headers['signature-input']),
      signature: both(signature, signed.headers.signature),
    },
  }
}

const send = async ({ method, url, headers, body }: TapRequest): Promise<{ status: number; json: JsonObject }> => {
  const response = await fetch(url, { method, headers, body: body ?? null })
  return { status: response.status, json: (await response.json()) as JsonObject }
}

/** The bridge of the agent's platform: TAP says who calls, AP2 what its user allowed, and AMP is asked for no more. */
const openBridge = async (openDraft: OpenDraft, now: () => number, tell: Tell) => {
  let origin = ''
  let caller: ForeignIdentity | undefined
  const tenants = soleTenant(() => [origin], { merchants: [] })
  const parts = { tenants, directory, nonces: memoryNonces(), now }
  const app = express()
  app.use(gatewayRouter({ ...parts, adapters: [sealAdapter(visaTap)], openDraft, passesOn: true }))
  app.use((_request, response, next) => {
    const { ampBridge } = response.locals
    if (ampBridge?.outcome !== 'translated') return void response.status(401).json({ code: 'not-identified' })
    caller = ampBridge.identity
    tell('bridge', 'bridge', `knows ${caller?.agent.name} by TAP`)
    next()
  })
  app.use(gatewayRouter({ ...parts, adapters: [sealAdapter(ap2)], openDraft }))
  const served = await listening(app)
  origin = served.url
  return served
}

export const tapAp2Ucp: Example = {
  title: 'A TAP agent with an AP2 open mandate buys from a UCP shop and pays by an AMP wallet',
  picture: 'bridge/pictures/tap-ap2-ucp.svg',
  play: async (tell) => {
    const cast = await createCast()
    const { world } = cast.reference
    const user = await cast.seedUser('50000')
    const { buyer, key } = await hire(cast, 'Shop Agent')
    const bindingId = await cast.bind(buyer, user)
    const openDraft: OpenDraft = async (draft, { agent }) => {
      if (draft.mode !== 'AUTONOMOUS') throw new Error('an open mandate is not for one order')
      // AP2 names an agent by its key, AMP knows it by the same: nobody else's mandate is opened for it.
      if (!agent.id.endsWith(key.publicJwk.kid)) return refuse('agent-unknown')
      const budget = draft.intent.constraints.budget_amount
      tell(
        'bridge',
        'AMP network',
        `draft, inactive: up to ${writeAmount(budget)} at ${draft.intent.constraints.merchant_name_list}`,
      )
      const session = await buyer.requestAutonomous(bindingId, draft.intent)
      if (!session.ok) return session
      const { sessionId, mandateId, authUrl } = session.value
      return { ok: true, value: { sessionId, mandateId, authorizeUrl: authUrl, status: 'inactive' } }
    }
    const bridge = await openBridge(openDraft, world.now, tell)
    const shop = await openUcpShop({
      amp: cast.reference.url,
      network,
      merchant: referenceMerchant,
      directory,
      now: world.now,
      tell,
    })
    try {
      // 1. The open mandate of AP2 becomes a draft, and the user decides in the wallet.
      const data = [{ 'ap2.mandates.PaymentMandateSdJwt': openMandate(key.publicJwk, world.now()) }]
      const messageId = randomUUID()
      const [extension] = extensionUris
      const { headers, message } = wrapA2a('1.0', { messageId, role: 'user', extension, data })
      tell('agent', 'bridge', 'AP2 open mandate in an A2A message, TAP-signed')
      const proposed = await send(
        await withTap(
          {
            method: 'POST',
            url: `${bridge.url}/mandates`,
            headers: { 'content-type': 'application/json', ...headers },
            body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'SendMessage', params: { message } }),
          },
          'agent-browser-auth',
          world.now(),
        ),
      )
      // The bridge answers as A2A has it: a task that waits for input, with the session in a data part.
      const [session] = dataPartsOf({ json: proposed.json }).flatMap(({ data }) => (data[sessionKey] as Session) ?? [])
      if (!session) throw new Error(`the bridge answered ${JSON.stringify(proposed.json)}`)
      tell('bridge', 'agent', 'A2A task: input required, the user decides in the wallet')
      tell('AMP network', 'wallet', 'shows the draft to its owner (S1)')
      const authId = session.authorizeUrl.split('/').at(-1) ?? ''
      await cast.get('wallet.completeIdv', { authId, decision: 'approve', pin }, user.userToken)
      tell('wallet', 'AMP network', 'confirmed with a PIN, mandate signed (L2)')
      const held = await cast.held(buyer, session.sessionId)

      // 2. The agent buys at a shop that speaks UCP.
      const ask = async (path: string, tag: 'agent-browser-auth' | 'agent-payer-auth', body: object) => {
        const request = {
          method: 'POST',
          url: `${shop.url}${path}`,
          headers: {
            'content-type': 'application/json',
            'ucp-agent': `profile="${ucpPlatform.issuer}"`,
            'idempotency-key': randomUUID(),
          },
          body: JSON.stringify(body),
        }
        return send(
          await withTap(await signUcpRequest(request, ucpPlatform, { created: world.now() }), tag, world.now()),
        )
      }
      const order = async (quantity: number) => {
        const line = { item: { id: 'rain-jacket' }, quantity }
        tell('agent', 'UCP shop', `create checkout of ${quantity}, signed by UCP and TAP`)
        const { json } = await ask('/checkout-sessions', 'agent-browser-auth', { line_items: [line] })
        const seller = must(handlerIn(json))?.merchant
        if (!seller) throw new Error('the shop takes no AMP wallet')
        const checkout = must(toAmpCheckout(json, seller))
        tell('UCP shop', 'agent', `checkout, takes AMP wallets: ${writeAmount(checkout.total_amount)}`)
        return checkout
      }
      const tooMuch = await buyer.applyForToken(held, await order(2))
      if (tooMuch.ok) throw new Error('AMP allowed more than AP2 did')
      tell('AMP network', 'agent', `more than the AP2 mandate allows: ${tooMuch.refusal.code}`)
      const checkout = await order(1)
      const price = writeAmount(checkout.total_amount)

      // 3. The agent signs exactly this checkout, and the network issues a token for it.
      tell('agent', 'AMP network', 'checkout signed (L3), asks for a token')
      const { token, assurance } = must(await buyer.applyForToken(held, checkout))
      tell('AMP network', 'agent', 'one-time payment token (S2 passed)')
      const instrument = must(
        makeAmpInstrument(held.mandateId, 'amp', { token: token.paymentToken, assurance: assurance as never }),
      )
      tell('agent', 'UCP shop', 'complete with the AMP instrument')
      const path = `/checkout-sessions/${checkout.reference_checkout_id}/complete`
      const { json: completed } = await ask(path, 'agent-payer-auth', { payment: { instruments: [instrument] } })
      tell('UCP shop', 'AMP network', 'merchant and acquirer pay with the token')
      tell('AMP network', 'wallet', `debits ${price} (S3, S4 passed)`)
      tell('UCP shop', 'agent', `checkout ${String(completed.status)}`)
      const again = await buyer.applyForToken(held, await cast.checkout('sticker'))
      tell('AMP network', 'agent', `once was allowed, so again: ${again.ok ? 'paid' : again.refusal.code}`)
      return {
        status: String(completed.status),
        shows: JSON.stringify(completed).includes(token.paymentToken) ? 'the token' : 'no credential',
        balance: (await cast.balanceOf(user)) ?? '',
        over: tooMuch.refusal.code,
        again: again.ok ? 'paid' : again.refusal.code,
      }
    } finally {
      await shop.close()
      await bridge.close()
      await cast.reference.stop()
    }
  },
}

await runDirectly(import.meta.url, tapAp2Ucp)
