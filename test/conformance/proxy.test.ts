/** No false alarm behind a proxy that is slow, adds headers and writes JSON members in another order. */
import { afterAll, expect, it } from 'vitest'
import { certify, closeClients } from '../../conformance/index.ts'
import { startReference } from '../../reference/index.ts'
import type { Role } from '../../schemas/index.ts'
import { startProxy } from './proxy.ts'

afterAll(closeClients)

const hooksSecret = 'proxy-test-proxy-test'
const roles: readonly Role[] = ['network', 'credential-provider', 'wallet', 'merchant', 'acquirer']

it('every role behind the proxy fails nothing', { timeout: 300_000 }, async () => {
  const { port, publicUrl, stop } = await startProxy()
  const reference = await startReference({ hooksSecret, port, publicUrl })
  // The server listens on a port of its own; what it tells of itself is the proxy.
  const peers = await reference.database.selectFrom('peers').select('endpoint').execute()
  expect(peers.every(({ endpoint }) => endpoint.startsWith(publicUrl))).toBe(true)
  try {
    const report = await certify({ url: publicUrl, roles, hooksSecret, seed: 11, pace: { together: 32 } })
    const alarms = report.results
      .filter(({ verdict }) => verdict !== 'pass' && verdict !== 'not-applicable')
      .map(({ id, verdict, reason }) => `${verdict} ${id}: ${reason}`)
    expect(alarms).toEqual([])
    expect(report.outcome).toBe('certified')
  } finally {
    await reference.stop()
    stop()
  }
})
