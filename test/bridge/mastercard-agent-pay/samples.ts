/** Generated Agent Pay requests, with and without a bundle of intent, with their fields counted apart. */
import fc from 'fast-check'
import { circumstances, everybody } from '../parties.ts'
import type { Sample, SampleSource } from '../samples.ts'
import { signedRequest } from '../signed-request.ts'
import { flipBit, requestFields, signatureFields } from '../signers.ts'
import { agent, now } from '../tap-agent.ts'
import { bundleOf } from '../verifiable-intent/bundles.ts'
import { bundlePlan, layerFields } from '../verifiable-intent/samples.ts'

const plan = fc.record({
  bundle: fc.option(bundlePlan, { freq: 3 }),
  kind: fc.option(fc.constantFrom('DYNAMIC_CARD_SECURITY_CODE', 'CARD_APPLICATION_CRYPTOGRAM_LONG_FORM')),
  eci: fc.option(fc.constantFrom('02', '06')),
  nonce: fc.stringMatching(/^[A-Za-z0-9_-]{8,30}$/),
  life: fc.integer({ min: 100, max: 470 }),
})

const build = async ({
  bundle,
  kind,
  eci,
  nonce,
  life,
}: typeof plan extends fc.Arbitrary<infer Value> ? Value : never): Promise<Sample> => {
  const made = bundle ? bundleOf(bundle) : undefined
  const plain = {
    method: 'POST',
    url: 'https://merchant.example/checkout',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      srcDigitalCardId: 'card-reference-1',
      srcCorrelationId: nonce,
      ...(kind === null ? {} : { dynamicDataType: kind }),
      ...(eci === null ? {} : { eci }),
      ...(made ? { verifiable_intent: made.tokens } : {}),
    }),
  }
  const message = await signedRequest(plain, {
    key: agent.key,
    keyid: agent.keyid,
    tag: 'web-bot-auth',
    created: now - 5,
    expires: now - 5 + life,
    nonce,
    components: ['@authority', '@path', 'content-digest'],
  })
  const fields = requestFields(message).filter(([name]) => !/\/l[123][ab]?$/.test(name))
  return {
    message,
    identityOnly: !bundle || bundle.mode === 'checkout',
    context: (more) => everybody({}, more),
    fields: new Map<string, unknown>([...fields, ...signatureFields(message), ...(made ? layerFields(made) : [])]),
  }
}

export const agentPaySamples: SampleSource = {
  valid: plan.map((made) => () => build(made)),
  tamperings: [
    ...circumstances(agent.keyid, 'signature/created', 'signature/expires', 60),
    {
      name: 'one bit of the signature',
      code: 'foreign-signature-invalid',
      apply: ({ message }, pick) => ({
        message: {
          ...message,
          headers: {
            ...message.headers,
            signature: (message.headers.signature ?? '').replace(/:(.+):/, (_, bytes) => `:${flipBit(bytes, pick)}:`),
          },
        },
      }),
    },
    {
      name: 'the body under the signed digest',
      code: 'foreign-object-mismatch',
      apply: ({ message }) => ({ message: { ...message, body: `${message.body} ` } }),
    },
    {
      name: 'what is covered, the body no more',
      code: 'foreign-fields-missing',
      apply: ({ message }) => ({
        message: {
          ...message,
          headers: {
            ...message.headers,
            'signature-input': (message.headers['signature-input'] ?? '').replace(' "content-digest"', ''),
          },
        },
      }),
    },
  ],
}
