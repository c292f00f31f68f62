/** Generated ERC-8004 files: registrations and feedback, with their fields counted apart. */
import fc from 'fast-check'
import { everybody } from '../parties.ts'
import type { Sample, SampleSource } from '../samples.ts'
import { requestFields } from '../signers.ts'

const word = fc.stringMatching(/^[e-o]{1,8}$/)
const registry = 'eip155:1:0xabcdefabcdefabcdefabcdefabcdefabcdefabcd'

const file = fc.oneof(
  fc.record({
    type: fc.constant('https://eips.ethereum.org/EIPS/eip-8004#registration-v1'),
    name: word,
    description: word,
    services: fc.array(fc.record({ name: word, endpoint: fc.constant('https://agent.example/') }), { maxLength: 2 }),
    active: fc.boolean(),
    x402Support: fc.boolean(),
    registrations: fc.array(fc.record({ agentId: fc.nat(999), agentRegistry: fc.constant(registry) }), {
      minLength: 1,
      maxLength: 2,
    }),
  }),
  fc.record(
    {
      agentRegistry: fc.constant(registry),
      agentId: fc.nat(999),
      clientAddress: fc.constant('eip155:1:0xfeedfeedfeedfeedfeedfeedfeedfeedfeedfeed'),
      value: fc.integer({ min: -100, max: 100 }),
      valueDecimals: fc.integer({ min: 0, max: 18 }),
      tag1: word,
    },
    { requiredKeys: ['agentRegistry', 'agentId', 'clientAddress', 'value'] },
  ),
)

const build = (body: object, isWellKnown: boolean): Sample => {
  const message = {
    method: 'GET',
    url: `https://agent.example/${isWellKnown ? '.well-known/agent-registration.json' : 'file'}`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
  return {
    message,
    identityOnly: true,
    context: (more) => everybody({}, more),
    fields: new Map(requestFields(message)),
  }
}

const without = (name: string) => (sample: Sample) => {
  const { [name]: gone, ...body } = JSON.parse(sample.message.body ?? '{}')
  return gone === undefined
    ? undefined
    : {
        message: {
          ...sample.message,
          body: JSON.stringify({ ...body, ...(name === 'agentId' ? { agentId: '22' } : {}) }),
        },
      }
}

export const ercSamples: SampleSource = {
  neverDrafts: true,
  neverReplays: true,
  valid: fc.tuple(file, fc.boolean()).map(
    ([body, isWellKnown]) =>
      async () =>
        build(body, isWellKnown),
  ),
  tamperings: [
    { name: 'the name, which is gone', code: 'foreign-fields-missing', apply: without('name') },
    { name: 'the id, which is no number', code: 'foreign-fields-missing', apply: without('agentId') },
    { name: 'the registrations, which are gone', code: 'foreign-fields-missing', apply: without('registrations') },
  ],
}
