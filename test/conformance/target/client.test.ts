/** The suite's own connections: kept while they are used, and let go before a server would close them under a request. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { exchangeOf } from '../../../conformance/target/client.ts'

/** The keep-alive of the hastiest server in wide use, gunicorn, in milliseconds. */
const hasty = 2_000

let server: Server
let url: string
const ports: (number | undefined)[] = []
beforeAll(async () => {
  server = createServer({ keepAliveTimeout: 60_000 }, ({ socket }, answer) => {
    ports.push(socket.remotePort)
    answer.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterAll(() => void server.closeAllConnections())
afterAll(() => server.close())

it('asks over the connection it has, and over another where that was idle for as long as a server may keep it', async () => {
  await exchangeOf('POST', url, {}, '{}')
  await after(hasty / 10)
  await exchangeOf('POST', url, {}, '{}')
  await after(hasty - 100)
  await exchangeOf('POST', url, {}, '{}')
  const [first, soon, late] = ports
  expect(soon).toBe(first)
  expect(late).not.toBe(first)
})
