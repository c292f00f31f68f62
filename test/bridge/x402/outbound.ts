/** Generated AMP documents that have words in x402. */
import fc from 'fast-check'
import { decimals, dueOf, money, payments, problems } from '../documents.ts'
import type { OutboundSample } from '../outbound.ts'
import { now } from '../tap-agent.ts'

/** Checkouts, and where they are to be paid. */
export const due = fc
  .record({
    total: money,
    version: fc.constantFrom(1, 2, undefined),
    scheme: fc.constantFrom('exact', 'upto', 'batch-settlement', undefined),
    scale: decimals,
    carrier: fc.constantFrom('a2a', undefined),
    extension: fc.constantFrom('0.1', '0.2', undefined),
    name: fc.stringMatching(/^[a-z]{1,20}$/),
  })
  .map(({ total, version, scheme, scale, carrier, extension, name }) =>
    dueOf(total, name, scale, {
      network: 'eip155:84532',
      asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
      payTo: '0x209693Bc6afc0C5328bA36FaF03C514EF312287C',
      resource: 'https://shop.example/tea',
      ...(version === undefined ? {} : { version }),
      ...(scheme === undefined || version === 1 ? {} : { scheme }),
      ...(carrier === undefined ? {} : { carrier }),
      ...(extension === undefined ? {} : { extension }),
      extra: { name: 'USDC', version: '2' },
    }),
  )

const settled = { network: 'amp:main', decimals: 6 }

export const x402Outbound: fc.Arbitrary<OutboundSample> = fc
  .oneof(due, payments(settled), payments({ ...settled, payer: 'agent-1' }), problems({}))
  .map((document) => ({ document, context: { now, settings: {} } }))
