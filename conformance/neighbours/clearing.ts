/** The network as clearings meet it: lends what it is asked for, and remembers what was given back. */
import type { Message } from '../../schemas/index.ts'
import { type Parts, Refusal } from './server.ts'

type Grant = Message<'extensions/clearing/grant'>

/** How far the suite's network stands in for everybody, in minor units. */
const creditMinor = '100000000000000'

export const networkForClearings = (): Parts => {
  const grants = new Map<string, Grant>()
  return {
    'network.grantClearing': ({ message: { grantId, channelId, mandateId, amount } }) => {
      const known = grants.get(grantId)
      if (known) return known
      const wire = (value: string) => ({ currency: amount.currency, value })
      const grant: Grant = {
        grantId,
        channelId,
        mandateId,
        status: 'held',
        amount,
        delivered: wire('0'),
        creditLimit: wire(creditMinor),
        budget: { total: amount, limit: amount, held: amount, captured: wire('0'), remaining: wire('0') },
      }
      grants.set(grantId, grant)
      return grant
    },
    'network.releaseClearing': ({ message: { grantId, delivered } }) => {
      const grant = grants.get(grantId)
      if (!grant) return new Refusal('mandate-unknown')
      const released: Grant = { ...grant, status: 'released', delivered }
      grants.set(grantId, released)
      return released
    },
  }
}
