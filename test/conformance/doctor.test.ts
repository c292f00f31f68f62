/** What the doctor finds wrong comes with its own name and a cure that fits it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { examine } from '../../conformance/doctor.ts'
import { closeClients } from '../../conformance/target/client.ts'
import { startReference } from '../../reference/index.ts'

afterAll(closeClients)

const wrongAt = async (url: string) => (await examine({ url })).findings.find(({ state }) => state === 'wrong')

describe('the doctor', { timeout: 30_000 }, () => {
  it('tells a name that is none from a port nobody listens on and a port without TLS', async () => {
    const server = createServer((_request, response) => response.end('hello'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const found = {
      name: await wrongAt('https://nowhere.invalid'),
      port: await wrongAt('http://127.0.0.1:1'),
      tls: await wrongAt(`https://127.0.0.1:${port}`),
      document: await wrongAt(`http://127.0.0.1:${port}`),
    }
    server.close()
    server.closeAllConnections()
    expect(found).toMatchObject({
      name: { about: 'reachability', cure: expect.stringContaining('DNS') },
      port: { about: 'reachability', cure: expect.stringContaining('port') },
      tls: { about: 'tls', cure: expect.stringContaining('http URL') },
      document: { about: 'discovery', cure: expect.stringContaining('EXT-HTTP-20') },
    })
  })

  it('says where a target elsewhere would call nobody', async () => {
    const reference = await startReference({ roles: ['merchant'], host: '0.0.0.0' })
    const { port } = new URL(reference.url)
    // Any address of 127.0.0.0/8 but the first is not this machine by name, and answers all the same.
    const url = `http://127.0.0.2:${port}`
    const callbackOf = async (callbackHost?: string) =>
      (await examine({ url, callbackHost })).findings.find(({ about }) => about === 'callback')
    const [untold, told] = [await callbackOf(), await callbackOf('192.0.2.7')]
    await reference.stop()
    expect(untold).toMatchObject({ state: 'note', cure: expect.stringContaining('--callback-host') })
    expect(told).toBeUndefined()
  })
})
