/** Opens a server of the suite at the address the target is told, on a port of its own. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Gives the origin the target calls. Throws where this machine has no such address. */
export const listenAt = async (server: Server, host: string): Promise<string> => {
  const bare = host.replace(/^\[|\]$/g, '')
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, bare, resolve))
  const { port } = server.address() as AddressInfo
  return `http://${bare.includes(':') ? `[${bare}]` : bare}:${port}`
}
