/** Runs the checks the demo's API can be asked through its driver against a network of ours that speaks it. */

import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { checksFor } from '../../../conformance/certify.ts'
import { checksThrough, openDriven } from '../../../conformance/drivers/open.ts'
import { type CheckResult, runChecks } from '../../../conformance/run.ts'
import { type DemoNetworkOptions, startDemoNetwork } from './demo-network.ts'

/** A port nobody listens on. */
export const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The results of every check whose requirement the API can show, or of some of them. */
export const judged = async (
  options: Omit<DemoNetworkOptions, 'neighbours'> = {},
  only?: readonly string[],
  seed = 1,
): Promise<readonly CheckResult[]> => {
  const port = await freePort()
  const network = await startDemoNetwork({ ...options, neighbours: `http://127.0.0.1:${port}` })
  try {
    const session = await openDriven({ module: 'demo-api', settings: { ...network.settings, listen: port } }, { seed })
    try {
      const checks = checksThrough(session.driver, checksFor(['network'])).filter(
        ({ requirements }) => only === undefined || requirements.some((id) => only.includes(id)),
      )
      return await runChecks(session, checks, { reruns: 0 })
    } finally {
      await session.close()
    }
  } finally {
    await network.stop()
  }
}
