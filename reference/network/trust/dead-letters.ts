/** Notifications that were given up, shown to the party they were for (EXT-DISPUTE-10). */
import { accept, enforces, formatTime } from '../../core/index.ts'
import type { ServedOperations } from '../../http/operation.ts'
import { givenUp, pageOf } from '../../ledger/index.ts'
import type { NetworkContext } from '../context.ts'

export const letterOperations = ({ database, key, world }: NetworkContext): ServedOperations => ({
  'network.inquiryDeadLetters': async (request, { caller }) => {
    const addressee = enforces(world, 'EXT-DISPUTE-10') ? caller.id : key.id
    const query = givenUp(database, { sender: key.id, peerId: addressee, now: world.now() })
    const page = await pageOf(query, { time: 'created_at', id: 'id' }, request, caller.id, world)
    if (!page.ok) return page
    const notices = page.value.rows.map(({ id, operation, created_at, attempts, body }) => ({
      ...{ noticeId: id, operation, createdAt: formatTime(Number(created_at)), attempts: Number(attempts), body },
    }))
    return accept({ notices, ...page.value.next })
  },
})
