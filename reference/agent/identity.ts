/** Who a served agent is: its key and agent identifier, in a file only its owner can read, or for as long as it runs. */
import { closeSync, existsSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { exportJWK, type JWK } from 'jose'
import { makeKey, readKey } from '../http/keys.ts'
import type { PartyKey } from '../http/operation.ts'

/** A key, the agent identifier once registered, and how that is kept. */
export type Identity = {
  readonly key: PartyKey
  readonly agentId?: string
  readonly keep: (agentId: string) => Promise<void>
}

const writeOnce = (path: string, text: string): void => {
  const file = openSync(path, 'wx', 0o600)
  writeSync(file, text)
  closeSync(file)
}

const textOf = async ({ privateKey }: PartyKey, agentId?: string): Promise<string> =>
  `${JSON.stringify({ ...(agentId === undefined ? {} : { agentId }), key: await exportJWK(privateKey) })}\n`

const load = (path: string): { readonly agentId?: string; readonly key: JWK } => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    throw new Error(`${path} is no key file of an agent`)
  }
}

/** The identity in a file, made where there is none; without a file one that dies with the process. */
export const openIdentity = async (path?: string): Promise<Identity> => {
  if (path === undefined) return { key: await makeKey('agent'), keep: async () => {} }
  if (!existsSync(path)) writeOnce(path, await textOf(await makeKey('agent')))
  const { agentId, key: jwk } = load(path)
  const key = await readKey('agent', jwk)
  return {
    key,
    ...(agentId === undefined ? {} : { agentId }),
    keep: async (registered) => {
      const fresh = `${path}.${process.pid}`
      writeOnce(fresh, await textOf(key, registered))
      renameSync(fresh, path)
    },
  }
}
