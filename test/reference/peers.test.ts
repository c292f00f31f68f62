/** Finding parties by their discovery document: what answers with anything else, or never ends, is none. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readDiscovery } from '../../reference/peers.ts'

const answers: Record<string, RequestListener> = {
  text: (_, answer) => void answer.end('good morning'),
  other: (_, answer) => void answer.end('{"a":1}'),
  elsewhere: (_, answer) => void answer.writeHead(302, { location: '/text' }).end(),
  endless: (_, answer) => {
    const more = setInterval(() => answer.write(' '.repeat(65_536)), 1)
    answer.on('close', () => clearInterval(more))
  },
  slow: (_, answer) => {
    const more = setInterval(() => answer.write(' '), 100)
    answer.on('close', () => clearInterval(more))
  },
}

let server: Server
let base: string
beforeAll(async () => {
  server = createServer((request, answer) => answers[request.url?.split('/')[1] ?? '']?.(request, answer))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

it.each(Object.keys(answers))('is none where the answer is %s, and that is known in time', async (kind) => {
  const started = performance.now()
  await expect(readDiscovery(`${base}/${kind}`)).rejects.toThrow()
  expect(performance.now() - started).toBeLessThan(8_000)
})
