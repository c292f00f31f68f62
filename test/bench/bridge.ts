/** Measures what the gateway costs: a verified and translated TAP request against the bare cost of its signatures. */

// Both over loopback in one run: npx tsx test/bench/bridge.ts [requests]
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import autocannon from 'autocannon'
import express from 'express'
import { createGateway, soleTenant } from '../../bridge/gateway.ts'
import { checkHttpSignature, readHttpSignature } from '../../bridge/http-signature.ts'
import { readDescription, readMessage } from '../../bridge/message.ts'
import { memoryNonces } from '../../bridge/nonces.ts'
import { translate } from '../../bridge/translate.ts'
import { verifyObject } from '../../bridge/visa-tap/objects.ts'
import type { TapRequest } from '../../bridge/visa-tap/sign.ts'
import { tapProfile } from '../../bridge/visa-tap/wire.ts'
import { accept } from '../../reference/core/outcome.ts'
import { agent, checkout, consumerObject, directory, keySet, now, tapRequest } from '../bridge/tap-agent.ts'

const count = Number(process.argv[2] ?? 6_000)
const host = 'merchant.example'

const open = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Reads a request, verifies its two signatures, and answers with as many bytes as the gateway does. */
const bare = (answer: string) => {
  const app = express()
  app.use(express.raw({ type: () => true }))
  app.use(async (req, res) => {
    const fields = Array.from({ length: req.rawHeaders.length / 2 }, (_, at) => ({
      name: req.rawHeaders[at * 2] ?? '',
      value: req.rawHeaders[at * 2 + 1] ?? '',
    }))
    const message = readMessage({
      method: req.method,
      url: `https://${host}${req.originalUrl}`,
      fields,
      body: req.body,
    })
    if (!message.ok) throw new Error('unread')
    const signature = readHttpSignature(message.value, tapProfile)
    const key = await directory.find(agent.keyid)
    if (!signature.ok || !key) throw new Error('unsigned')
    const invalid = await checkHttpSignature(message.value, signature.value, key, 'Ed25519', now)
    const members = (message.value.json as { agenticConsumer: Record<string, string> }).agenticConsumer
    const object = { members, ...members } as unknown as Parameters<typeof verifyObject>[1]
    const consumer = await verifyObject('consumer', object, signature.value.parameters.nonce ?? '', key, directory)
    res
      .status(invalid || !consumer.ok || consumer.value.status !== 'verified' ? 500 : 202)
      .type('json')
      .send(answer)
  })
  return app
}

const gateway = () =>
  createGateway({
    tenants: soleTenant(() => [`https://${host}`]),
    directory,
    nonces: memoryNonces(1_000_000),
    openDraft: async () =>
      accept({ sessionId: 's-1', authorizeUrl: 'https://wallet.example/1', status: 'inactive' } as const),
    now: () => now,
  })

const requests = await Promise.all(
  Array.from({ length: count * 2 }, async (_, index) => {
    const nonce = `bench-${index}`
    return tapRequest({ agenticConsumer: consumerObject({ nonce }, agent), checkout }, { nonce }, agent, {
      url: `https://${host}/checkout`,
    })
  }),
)

/** Requests a second that were answered 202. */
const measure = async (port: number, messages: readonly TapRequest[]): Promise<number> => {
  let next = 0
  let last = 0
  const started = performance.now()
  const result = await new Promise<autocannon.Result>((settle, fail) => {
    const run = autocannon(
      {
        url: `http://127.0.0.1:${port}`,
        amount: messages.length,
        connections: 8,
        requests: [
          {
            setupRequest: (request) => {
              const { method, headers, body, url } = messages[next++ % messages.length] as TapRequest
              const path = new URL(url).pathname
              return { ...request, method: method as 'POST', path, headers: { ...headers, host }, body: body ?? '' }
            },
          },
        ],
      },
      (error, made) => (error ? fail(error) : settle(made)),
    )
    // The tool looks at its clock once a second; the last answer came earlier.
    run.on('response', () => {
      last = performance.now()
    })
  })
  const passed = result['2xx']
  if (passed !== messages.length) throw new Error(`${passed} of ${messages.length} passed`)
  return (passed * 1_000) / (last - started)
}

const readSample = await translate(readDescription(requests[0]), {
  now,
  directory,
  nonces: memoryNonces(),
  settings: {},
})
const sample = JSON.stringify(readSample)
const [plain, whole] = [createServer(bare(sample)), createServer(gateway())]
const [plainPort, wholePort] = [await open(plain), await open(whole)]
const warm = Math.floor(count / 4)
await measure(plainPort, requests.slice(0, warm))
await measure(wholePort, requests.slice(0, warm))
const rates = {
  bare: await measure(plainPort, requests.slice(0, count)),
  gateway: await measure(wholePort, requests.slice(warm, warm + count)),
}
const ratio = rates.bare / rates.gateway
process.stdout.write(
  `${JSON.stringify({ requests: count, keys: keySet.keys.length, perSecond: rates, costRatio: Number(ratio.toFixed(3)) })}\n`,
)
plain.close()
whole.close()
