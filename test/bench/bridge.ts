/** Measures what the gateway costs: a verified and translated TAP request against the bare cost of its signatures. */

// Both over loopback in one run, the agent being a process of its own: npx tsx test/bench/bridge.ts [requests]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createGateway, soleTenant } from '../../bridge/gateway.ts'
import { checkHttpSignature, readHttpSignature } from '../../bridge/http-signature.ts'
import { readDescription, readMessage } from '../../bridge/message.ts'
import { memoryNonces } from '../../bridge/nonces.ts'
import { translate } from '../../bridge/translate.ts'
import { verifyObject } from '../../bridge/visa-tap/objects.ts'
import { tapProfile } from '../../bridge/visa-tap/wire.ts'
import { accept } from '../../reference/core/outcome.ts'
import { packageFile } from '../../schemas/index.ts'
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

const readSample = await translate(readDescription(requests[0]), {
  now,
  directory,
  nonces: memoryNonces(),
  settings: {},
})
const servers = [createServer(bare(JSON.stringify(readSample))), createServer(gateway())] as const
const ports = [await open(servers[0]), await open(servers[1])] as const
const agents = fork(packageFile('test/bench/bridge-agents.ts'))
agents.send({ host, requests })
await once(agents, 'message')

/** Microseconds of CPU time that a part of the requests took of this process, which is the server's. */
const measure = async (port: number, from: number, to: number): Promise<number> => {
  const used = process.cpuUsage()
  agents.send({ port, from, to })
  const [{ passed }] = await once(agents, 'message')
  const { user, system } = process.cpuUsage(used)
  if (passed !== to - from) throw new Error(`${passed} of ${to - from} passed`)
  return user + system
}

// Turn by turn, so that whatever else the machine does falls on both.
const rounds = 12
const share = Math.floor(count / rounds)
const costs = [0, 0] as [number, number]
await measure(ports[0], 0, count)
await measure(ports[1], 0, count)
for (let round = 0; round < rounds; round += 1)
  for (const side of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const))
    costs[side] += await measure(ports[side], count + round * share, count + (round + 1) * share)

const [bareCost, gatewayCost] = costs.map((cost) => Math.round(cost / (share * rounds)))
const result = {
  requests: share * rounds,
  keys: keySet.keys.length,
  microseconds: { bare: bareCost, gateway: gatewayCost },
  costRatio: Number((costs[1] / costs[0]).toFixed(3)),
}
process.stdout.write(`${JSON.stringify(result)}\n`)
agents.disconnect()
for (const server of servers) server.close()
