/** Example: an x402 client streams against an MPP server through AMP clearing. `npx tsx test/end-to-end/examples/x402-mpp.ts`. */
import { createServer } from 'node:http'
import { HTTPFacilitatorClient } from '@x402/core/server'
import { paymentMiddleware, x402ResourceServer } from '@x402/express'
import express from 'express'
import { Errors } from 'mppx'
import { Mppx } from 'mppx/server'
import { ampServer } from '../../../bridge/mpp/index.ts'
import type { Payer } from '../../../bridge/settlement/index.ts'
import { createFacilitator } from '../../../bridge/x402/facilitator.ts'
import { facilitatorRouter } from '../../../bridge/x402/router.ts'
import { ampServerSchemes } from '../../../bridge/x402/server.ts'
import { audit } from '../../../reference/clearing/audit.ts'
import { peerClient } from '../../bridge/mpp/house.ts'
import { listening, paying } from '../../bridge/x402/house.ts'
import { type Cast, createCast } from '../cast.ts'
import { awaitRevocation, closeCycle, type Hired, hire, payerUnder, tillOf } from './agents.ts'
import { type Example, runDirectly, type Tell } from './scene.ts'

const network = 'amp:example'
/** Atomic units of a millionth of a dollar: $0.001400 for each piece. */
const price = 1_400n
const pieces = 40

/** A model behind an unmodified mppx server: a session, one unit for each piece. */
const openModel = async (cast: Cast, agent: Hired) => {
  const { till, close: closeTill } = await tillOf(cast, agent)
  const { now } = cast.reference.world
  const methods = ampServer({ till, network, now, payee: agent.own.agentId, errors: Errors })
  const secretKey = 'a secret of thirty-two bytes or more'
  // biome-ignore lint/suspicious/noExplicitAny: the types of mppx follow from the schemas of zod, which ours are not
  const mppx = Mppx.create({ methods: methods as any, secretKey, realm: 'model.example' }) as any
  const session = mppx['amp/session']({ amount: String(price), currency: 'USD', unitType: 'piece' })
  const seen = { served: 0 }
  const server = createServer(async (request, response) => {
    const { status } = await Mppx.toNodeListener(session)(request, response)
    if (status === 402 || response.writableEnded) return
    seen.served += 1
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ piece: request.url }))
  })
  const { url, close } = await listening(server as never)
  return { url, seen, close: () => close().then(closeTill) }
}

/** The gateway: charges by unmodified @x402/express, and pays the model by the unmodified client of mppx. */
const openGateway = async (cast: Cast, agent: Hired, modelUrl: string, payer: Payer, tell: Tell) => {
  const { till, close: closeTill } = await tillOf(cast, agent)
  const bank = express()
  bank.use('/x402', facilitatorRouter(createFacilitator({ till, network })))
  const facilitating = await listening(bank)
  const server = new x402ResourceServer(new HTTPFacilitatorClient({ url: `${facilitating.url}/x402` }))
  for (const scheme of ampServerSchemes()) server.register('amp:*', scheme as never)
  const client = peerClient(payer)
  let isFirst = true
  const app = express()
  const accepts = {
    scheme: 'batch-settlement',
    network,
    payTo: agent.own.agentId,
    price: { asset: 'USD', amount: String(price) },
  } as const
  app.use(paymentMiddleware({ 'GET /*': { accepts } }, server))
  app.get('/{*path}', async (request, response) => {
    if (isFirst) {
      tell('gateway', 'clearing', 'facilitator: the signature holds, the amount is set aside')
      tell('gateway', 'MPP server', 'asks, is told 402 with a challenge, pays by a voucher')
    }
    // The key of the request goes on with it: who asks again pays nobody again.
    const key = request.get('idempotency-key') ?? ''
    const answer = await client.fetch(`${modelUrl}${request.path}`, { headers: { 'Idempotency-Key': key } })
    if (isFirst) {
      tell('MPP server', 'clearing', 'takes one unit of the session')
      tell('MPP server', 'gateway', `${answer.status} with a receipt`)
    }
    isFirst = false
    response.set('Payment-Receipt', answer.headers.get('payment-receipt') ?? '')
    response.status(answer.status).json(await answer.json())
  })
  const served = await listening(app)
  const end = (path: string) =>
    // biome-ignore lint/suspicious/noExplicitAny: the context is our method's own
    client.fetch(`${modelUrl}${path}`, { context: { action: 'close' } } as any)
  const close = () => served.close().then(facilitating.close).then(closeTill)
  return { url: served.url, till, end, close }
}

const receiptOf = (response: Response): { readonly spent?: string } =>
  JSON.parse(Buffer.from(response.headers.get('payment-receipt') ?? '', 'base64url').toString() || '{}')

export const x402Mpp: Example = {
  title: 'An x402 client streams against an MPP server through AMP clearing',
  picture: 'bridge/pictures/x402-mpp.svg',
  play: async (tell) => {
    const cast = await createCast()
    const [user, operator] = [await cast.seedUser(), await cast.seedUser()]
    const [client, gate, server] = [await hire(cast, 'client'), await hire(cast, 'gateway'), await hire(cast, 'model')]
    const paid = await payerUnder(cast, user, client, gate, '500')
    tell('wallet', 'clearing', 'its owner lets the client spend up to $5.00 at the gateway')
    const onward = await payerUnder(cast, operator, gate, server, '500')
    const model = await openModel(cast, server)
    const gateway = await openGateway(cast, gate, model.url, onward.payer, tell)
    try {
      const pay = paying(paid.payer)
      const ask = (at: number): Promise<Response> =>
        pay(`${gateway.url}/pieces/${at}`, { headers: { 'Idempotency-Key': `piece-${at}-of-the-example` } })
      const piece = async (at: number): Promise<Response> => {
        const response = await ask(at)
        if (response.status !== 200) throw new Error(`piece ${at}: ${response.status}`)
        return response
      }
      tell('x402 client', 'gateway', 'GET, answered 402: batch-settlement on amp, $0.0014')
      tell('x402 client', 'gateway', 'GET again with a voucher signed for this request')
      const first = await piece(0)
      tell(
        'gateway',
        'x402 client',
        `200 with the piece${first.headers.has('payment-response') ? ' and what was charged' : ''}`,
      )
      for (let at = 1; at < pieces; at++) await (await piece(at)).arrayBuffer()
      tell('x402 client', 'gateway', `streams ${pieces - 1} pieces more, each paid on the way`)
      const { served } = model.seen
      await piece(7)
      tell('x402 client', 'gateway', 'asks for a piece again, under its key: nobody pays again')
      await cast.get('wallet.cancelMandate', { mandateId: paid.mandate.mandateId }, user.userToken)
      await awaitRevocation(cast, gate, paid.payer)
      tell('wallet', 'clearing', 'its owner cancels the mandate')
      const late = await ask(pieces)
      const { error } = JSON.parse(Buffer.from(late.headers.get('payment-required') ?? '', 'base64').toString())
      tell('gateway', 'x402 client', `the next piece: ${late.status}, ${error}`)
      const { spent = '' } = receiptOf(await gateway.end('/pieces/0'))
      tell('gateway', 'MPP server', `closes the session: $${(Number(spent) / 1e6).toFixed(6)} spent`)
      const stuck = await gateway.till.sweep()
      tell('gateway', 'clearing', `redeems the batch of ${pieces} payments at once`)
      const { positions, legs } = await closeCycle(cast)
      const of = ({ own }: Hired) => positions.find(({ participantId }) => participantId === own.agentId)
      const cents = (agent: Hired) => {
        const leg = legs.find(({ participantId }) => participantId === agent.own.agentId)
        return `${leg?.direction} ${leg?.amount.value} (${of(agent)?.carriedOut} carried)`
      }
      const nets = [client, gate, server].map((agent) => of(agent)?.net ?? '0')
      tell('clearing', 'clearing', `nets in millionths: ${nets.join(', ')}`)
      tell('clearing', 'x402 client', `in cents: ${cents(client)}`)
      tell('clearing', 'MPP server', `in cents: ${cents(server)}`)
      return {
        served: String(served),
        late: `${late.status} ${error}`,
        spent,
        nets: nets.join(', '),
        legs: `${cents(client)}, ${cents(server)}`,
        stuck: String(stuck.length),
        faults: String((await audit(cast.reference.database as never)).length),
      }
    } finally {
      await gateway.close()
      await model.close()
      await cast.reference.stop()
    }
  },
}

await runDirectly(import.meta.url, x402Mpp)
