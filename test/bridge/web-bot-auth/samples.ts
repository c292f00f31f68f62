/** Generated Web Bot Auth requests, in the drafted and the legacy form, with their fields counted apart. */
import fc from 'fast-check'
import { bot, circumstances, everybody } from '../parties.ts'
import type { Sample, SampleSource } from '../samples.ts'
import { signedRequest } from '../signed-request.ts'
import { flipBit, requestFields, signatureFields } from '../signers.ts'
import { now } from '../tap-agent.ts'

const plan = fc.record({
  form: fc.constantFrom('draft', 'legacy'),
  nonce: fc.option(fc.stringMatching(/^[A-Za-z0-9+/=_-]{4,40}$/)),
  age: fc.integer({ min: 0, max: 3_000 }),
  life: fc.integer({ min: 3_100, max: 86_400 }),
  path: fc.stringMatching(/^(\/[a-z][a-z0-9._~-]{0,8}){1,4}$/),
  body: fc.option(fc.constant({ checkout: { total_amount: 'ignored' } })),
})

const build = async (made: typeof plan extends fc.Arbitrary<infer Value> ? Value : never): Promise<Sample> => {
  const { form, nonce, age, life, path, body } = made
  const covered = form === 'draft' ? '"signature-agent";key="sig1"' : '"signature-agent"'
  const message = await signedRequest(
    {
      method: body ? 'POST' : 'GET',
      url: `https://shop.example${path}`,
      headers: {
        'signature-agent': form === 'draft' ? `sig1="${bot.issuer}"` : `"${bot.issuer}"`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    },
    {
      key: bot.key,
      keyid: bot.kid,
      tag: 'web-bot-auth',
      created: now - age,
      expires: now - age + life,
      ...(nonce === null ? {} : { nonce }),
      components: ['@authority', form === 'draft' ? 'signature-agent;key="sig1"' : covered.replaceAll('"', '')],
    },
  )
  return {
    message,
    identityOnly: true,
    context: (more) => everybody({}, more),
    fields: new Map<string, unknown>([...requestFields(message), ...signatureFields(message)]),
  }
}

const withHeader = (sample: Sample, name: string, change: (value: string) => string) => ({
  message: {
    ...sample.message,
    headers: { ...sample.message.headers, [name]: change(sample.message.headers[name] ?? '') },
  },
})

export const botSamples: SampleSource = {
  neverDrafts: true,
  valid: plan.map((made) => () => build(made)),
  tamperings: [
    ...circumstances(bot.issuer, 'signature/created', 'signature/expires', 60),
    {
      name: 'one bit of the signature',
      code: 'foreign-signature-invalid',
      apply: (sample, pick) =>
        withHeader(sample, 'signature', (text) => text.replace(/:(.+):/, (_, bytes) => `:${flipBit(bytes, pick)}:`)),
    },
    {
      name: 'the host',
      code: 'foreign-signature-invalid',
      apply: ({ message }) => ({ message: { ...message, url: message.url.replace('shop.', 'shops.') } }),
    },
    {
      name: 'the agent it says it is',
      code: 'foreign-agent-unknown',
      apply: (sample) => withHeader(sample, 'signature-agent', (text) => text.replace('bot.example', 'evil.example')),
    },
    {
      name: 'what is covered, the agent no more',
      code: 'foreign-fields-missing',
      apply: (sample) =>
        withHeader(sample, 'signature-input', (text) => text.replace(/ "signature-agent"(;key="sig1")?/, '')),
    },
    {
      name: 'the algorithm, to HMAC',
      code: 'foreign-algorithm-not-allowed',
      apply: (sample) => withHeader(sample, 'signature-input', (text) => text.replace('"ed25519"', '"hmac-sha256"')),
    },
    {
      name: 'the time, to a day after the start',
      code: 'foreign-expired',
      apply: ({ fields }) => ({ context: { now: Number(fields.get('signature/created')) + 86_400 } }),
    },
  ],
}
