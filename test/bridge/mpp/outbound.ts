/** Generated AMP documents that have words in the Payment scheme. */
import fc from 'fast-check'
import { decimals, dueOf, money, payments, problems } from '../documents.ts'
import type { OutboundSample } from '../outbound.ts'
import { now } from '../tap-agent.ts'

/** Checkouts, and how they are to be paid. */
export const due = fc
  .record({
    total: money,
    scale: decimals,
    token: fc.constantFrom('0x20c0000000000000000000000000000000000001', undefined),
    expires: fc.constantFrom('2026-11-20T12:00:00Z', undefined),
    name: fc.stringMatching(/^[a-z]{1,20}$/),
  })
  .map(({ total, scale, token, expires, name }) =>
    dueOf(total, name, scale, {
      id: 'challenge-1',
      realm: 'shop.example',
      method: 'tempo',
      recipient: 'shop-1',
      ...(token === undefined ? {} : { token }),
      ...(expires === undefined ? {} : { expires }),
      methodDetails: { chainId: 4_217 },
    }),
  )

export const mppOutbound: fc.Arbitrary<OutboundSample> = fc
  .oneof(due, payments({ method: 'amp', id: 'challenge-1' }), problems({ id: 'challenge-1' }))
  .map((document) => ({ document, context: { now, settings: {} } }))
