/** Proves what Web Bot Auth says about URLs, windows and forms, and the published vectors where a copy is at hand. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { staticDirectory } from '../../../bridge/keys.ts'
import { readDescription } from '../../../bridge/message.ts'
import { memoryNonces } from '../../../bridge/nonces.ts'
import { translate } from '../../../bridge/translate.ts'
import { bot } from '../parties.ts'
import { signedRequest } from '../signed-request.ts'
import { jwkOf } from '../signers.ts'
import { contextOf, now } from '../tap-agent.ts'

const request = (life: number) =>
  signedRequest(
    { method: 'GET', url: 'https://shop.example/', headers: { 'signature-agent': `sig1="${bot.issuer}"` } },
    {
      key: bot.key,
      keyid: bot.kid,
      tag: 'web-bot-auth',
      created: now,
      expires: now + life,
      nonce: 'n-1',
      components: ['@authority', 'signature-agent;key="sig1"'],
    },
  )

const run = async (agent: unknown, life = 300, at = now) => {
  const directory = staticDirectory({ keys: [jwkOf(bot.key, { kid: bot.kid, agent })] }, { name: 'd' })
  return translate(readDescription(await request(life)), contextOf({}, { directory, now: at }))
}
const evidenceOf = (result: Awaited<ReturnType<typeof run>>) =>
  result.evidence.find(({ kind }) => kind === 'signature-agent')?.status

describe('the URL of an agent', () => {
  it('is verified where the directory says so, evidence where it says nothing, and refused where it says another', async () => {
    expect(evidenceOf(await run({ id: 'bot', domain: bot.issuer }))).toBe('verified')
    expect(evidenceOf(await run(bot.issuer))).toBe('verified')
    const silent = await run('bot')
    expect(silent).toMatchObject({ outcome: 'translated', identity: { agent: { id: 'bot' } } })
    expect(evidenceOf(silent)).toBe('unverified')
    expect(await run({ id: 'bot', domain: 'https://other.example' })).toMatchObject({
      outcome: 'refused',
      problem: { code: 'foreign-agent-unknown' },
    })
  })

  it('is believed for a day, however long the signature says', async () => {
    const years = 100 * 365 * 86_400
    expect((await run('bot', years, now + 86_399)).outcome).toBe('translated')
    expect(await run('bot', years, now + 86_400)).toMatchObject({
      outcome: 'refused',
      problem: { code: 'foreign-expired' },
    })
  })
})

const folder = join(process.env.AMP_UPSTREAM_DATA ?? '', 'web-bot-auth')
const isHere = process.env.AMP_UPSTREAM_DATA !== undefined && existsSync(folder)
if (!isHere) console.info('Web Bot Auth vectors are not at hand: set AMP_UPSTREAM_DATA to run them')

type Vector = {
  readonly key: Record<string, string>
  readonly target_url: string
  readonly created_ms: number
  readonly signature: string
  readonly signature_input: string
  readonly signature_agent?: string
}

describe.skipIf(!isHere)('the published vectors', () => {
  const vectors: readonly Vector[] = isHere
    ? ['web_bot_auth_architecture_v1.json', 'web_bot_auth_architecture_v2.json'].flatMap((name) =>
        JSON.parse(readFileSync(join(folder, name), 'utf8')),
      )
    : []

  it.each(vectors.map((vector, index) => [index, vector] as const))('%i', async (_index, vector) => {
    const [, keyid = ''] = /keyid="([^"]+)"/.exec(vector.signature_input) ?? []
    const { kty = '', crv, x, n, e } = vector.key
    const jwk = Object.fromEntries(
      Object.entries({ kty, crv, x, n, e, kid: keyid }).filter(([, value]) => value !== undefined),
    )
    const headers = {
      signature: vector.signature,
      'signature-input': vector.signature_input,
      ...(vector.signature_agent === undefined ? {} : { 'signature-agent': vector.signature_agent }),
    }
    const result = await translate(readDescription({ method: 'GET', url: vector.target_url, headers }), {
      now: vector.created_ms / 1_000 + 10,
      directory: staticDirectory({ keys: [jwk] }, { name: 'vectors', allowPublicTestKeys: true }),
      nonces: memoryNonces(),
      settings: {},
    })
    expect(result).toMatchObject({
      outcome: 'translated',
      protocol: 'web-bot-auth',
      identity: { interaction: 'browse', keyid },
    })
  })
})
