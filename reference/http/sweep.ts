/** What a server does on its own: notifications, expiry, and forgetting what need not be kept. */
import type { OperationName, Role } from '../../schemas/index.ts'
import { enforces } from '../core/index.ts'
import { deliver, forgetCalls, forgetNonces } from '../ledger/index.ts'
import type { ServedRole, ShellParts } from './server.ts'

/** Delivers notifications and repairs what time ended; never two runs at once, and asked again while running runs once more. */
export const createSweep = (parts: ShellParts) => {
  const { database, world, log } = parts
  const deliverFor = async ({ key, neighbours }: ServedRole): Promise<void> => {
    await deliver(database, key.id, world.now(), async ({ id, operation, peerId, body }) => {
      const outcome = await neighbours.call(operation as OperationName, peerId, body as never, { idempotencyKey: id })
      return outcome.ok
    })
  }
  const sweepAll = async (): Promise<void> => {
    for (const { module } of parts.roles) await module.sweep?.()
    await forgetNonces(database, world.now())
    await forgetCalls(database, world.now() + (enforces(world, 'EXT-HTTP-41') ? 0 : 82_800))
    for (const role of parts.roles) await deliverFor(role)
  }
  const exclusive = (work: () => Promise<void>) => {
    let running: Promise<void> | undefined
    let again = false
    const start = async (): Promise<void> => {
      do {
        again = false
        await work().catch((error: unknown) => log.error({ err: error }, 'sweep failed'))
      } while (again)
      running = undefined
    }
    return (): Promise<void> => {
      if (running) again = true
      else running = start()
      return running
    }
  }
  const kicks = new Map(parts.roles.map((role) => [role.module.role, exclusive(() => deliverFor(role))]))
  return {
    /** Sends what an operation of this role left to be told. */
    kick: async (role: Role): Promise<void> => kicks.get(role)?.(),
    sweep: exclusive(sweepAll),
  }
}
