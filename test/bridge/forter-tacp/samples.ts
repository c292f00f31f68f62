/** Generated TACP messages: sealed envelopes and opened messages, with their fields counted apart. */
import fc from 'fast-check'
import { circumstances, everybody, tacAgent } from '../parties.ts'
import type { Sample, SampleSource, Tampering } from '../samples.ts'
import { flipJws, jws, leaves, requestFields } from '../signers.ts'
import { now } from '../tap-agent.ts'

const word = fc.stringMatching(/^[e-o]{1,8}$/)
const plan = fc.record({
  isSealed: fc.boolean(),
  jti: fc.uuid(),
  life: fc.integer({ min: 60, max: 3_600 }),
  intent: word,
  count: fc.integer({ min: 1, max: 3 }),
})

const build = ({
  isSealed,
  jti,
  life,
  intent,
  count,
}: typeof plan extends fc.Arbitrary<infer Value> ? Value : never): Sample => {
  const header = { typ: 'JWT', kid: tacAgent.kid }
  const claims = {
    iss: tacAgent.issuer,
    aud: 'merchant.example',
    iat: now - 10,
    exp: now - 10 + life,
    jti,
    session: { intent, consent: 'said yes', channel: 'CHAT' },
    user: { email: { address: 'someone@example.com' } },
  }
  const envelope = {
    version: '2025-11-12',
    recipients: Array.from({ length: count }, (_, index) => ({
      kid: `merchant-${index}.example`,
      jwe: 'eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d',
    })),
  }
  const message = {
    method: 'POST',
    url: 'https://merchant.example/checkout',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(isSealed ? envelope : { tac: jws(header, claims, tacAgent.key), note: 'mine' }),
  }
  const request = requestFields(message)
  const opened = [
    ...request.filter(([name]) => name !== 'body/tac'),
    ...leaves({ alg: 'ES256', ...header }, 'tac/header'),
    ...leaves(claims, 'tac/claims'),
    ['tac/signature', undefined] as const,
  ]
  return {
    message,
    identityOnly: true,
    context: (more) => everybody({}, more),
    fields: new Map<string, unknown>(isSealed ? request : opened),
  }
}

const opened = (each: Tampering): Tampering => ({
  ...each,
  apply: (sample, pick) => (sample.fields.has('tac/signature') ? each.apply(sample, pick) : undefined),
})

export const tacSamples: SampleSource = {
  neverDrafts: true,
  valid: plan.map((made) => async () => build(made)),
  sometimesReplays: true,
  tamperings: (
    [
      ...circumstances(tacAgent.issuer, 'tac/claims/iat', 'tac/claims/exp', 300),
      {
        name: 'one bit of the signature',
        code: 'foreign-signature-invalid',
        apply: ({ message }, pick) => {
          const body = JSON.parse(message.body ?? '{}')
          return { message: { ...message, body: JSON.stringify({ ...body, tac: flipJws(body.tac, pick) }) } }
        },
      },
      {
        name: 'whom the operator speaks for',
        code: 'foreign-audience-mismatch',
        apply: () => ({ context: { settings: { protocols: { 'forter-tacp': { audiences: ['other.example'] } } } } }),
      },
    ] satisfies readonly Tampering[] as readonly Tampering[]
  ).map(opened),
}
