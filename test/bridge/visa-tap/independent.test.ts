/** Proves that an independent verifier and signer of RFC 9421 agrees with ours, both ways. */
import { createPublicKey, sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { httpbis } from 'http-message-signatures'
import { describe, expect, it } from 'vitest'
import { readDescription } from '../../../bridge/message.ts'
import { translate } from '../../../bridge/translate.ts'
import { agent, contextOf, tapRequest } from '../tap-agent.ts'

// The other library reads the clock itself, so these requests are signed now.
const now = Math.floor(Date.now() / 1000)
const publicKey = createPublicKey(agent.key)

const verifiesElsewhere = async (request: { method: string; url: string; headers: Record<string, string> }) => {
  try {
    return await httpbis.verifyMessage(
      {
        keyLookup: async ({ keyid }) =>
          keyid === agent.keyid
            ? {
                id: agent.keyid,
                algs: ['ed25519'],
                verify: async (data, signature) => verify(null, data, publicKey, signature),
              }
            : null,
        requiredFields: ['@authority', '@path'],
        requiredParams: ['created', 'expires', 'keyid', 'alg', 'nonce', 'tag'],
      },
      request,
    )
  } catch {
    return false
  }
}

const verifiesHere = async (request: unknown) =>
  (await translate(readDescription(request), contextOf({}, { now }))).outcome === 'translated'

describe('an independent library', () => {
  it('verifies what we sign, and fails where we fail', async () => {
    const change = fc.constantFrom('nothing', 'path', 'host', 'signature', 'nonce')
    await fc.assert(
      fc.asyncProperty(
        change,
        fc.stringMatching(/^\/([a-z][a-z0-9/_~-]{0,20})?$/),
        fc.stringMatching(/^[A-Za-z0-9]{1,20}$/),
        async (changed, path, nonce) => {
          const request = await tapRequest(undefined, { nonce, created: now - 1, expires: now + 300 }, agent, {
            url: `https://merchant.example${path}`,
          })
          const { signature = '', 'signature-input': input = '' } = request.headers
          const other =
            changed === 'signature'
              ? signature.replace(/:(.)/, (_, first) => `:${first === 'A' ? 'B' : 'A'}`)
              : signature
          const message = {
            method: 'GET',
            url:
              changed === 'path'
                ? `${request.url}x`
                : changed === 'host'
                  ? request.url.replace('.example', '.test')
                  : request.url,
            headers: {
              signature: other,
              'signature-input': changed === 'nonce' ? input.replace('nonce="', 'nonce="x') : input,
            },
          }
          const here = await verifiesHere(message)
          expect(here).toBe(changed === 'nothing')
          expect((await verifiesElsewhere(message)) === true).toBe(here)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('signs what we verify', async () => {
    const signed = await httpbis.signMessage(
      {
        key: { id: agent.keyid, alg: 'ed25519', sign: async (data) => sign(null, data, agent.key) },
        name: 'other',
        fields: ['@authority', '@path'],
        params: ['created', 'expires', 'keyid', 'alg', 'nonce', 'tag'],
        paramValues: {
          created: new Date(now * 1000),
          expires: new Date((now + 200) * 1000),
          nonce: 'n',
          tag: 'agent-payer-auth',
        },
      },
      { method: 'GET', url: 'https://merchant.example/a?b=c', headers: {} },
    )
    expect(await verifiesHere({ ...signed, url: String(signed.url) })).toBe(true)
  })
})
