/** Every rule of the shell can be left out by name, and leaving one out breaks what it says and nothing else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accept } from '../../../reference/core/index.ts'
import { makeKey } from '../../../reference/http/keys.ts'
import type { PartyKey } from '../../../reference/http/operation.ts'
import { digestOf } from '../../../reference/http/signing.ts'
import type { TinyShell } from './shell.ts'
import { type Answer, type Draft, draftOf, hooksSecret, notification, post, send, startTinyShell } from './shell.ts'

/** What is sent for a rule, and what an intact shell shows in return. */
type Row = readonly [rule: string, shown: string, stimulate: (shell: TinyShell) => Promise<string>]

let stranger: PartyKey
beforeAll(async () => {
  stranger = await makeKey('https://stranger.example')
})

const json = { 'content-type': 'application/json', 'amp-version': '2026-11-20' }
const shownBy = ({ status, body }: Answer): string => String(body.code ?? status)
const login = (shell: TinyShell, body: string, headers = {}, method: 'POST' | 'PUT' = 'POST') =>
  post(`${shell.url}/wallet/login`, { ...json, ...headers }, body, method)
const hook = (shell: TinyShell, name: string, body: object, headers = {}) =>
  post(`${shell.url}/hooks/${name}`, { ...json, ...headers }, JSON.stringify(body))
const unknown = (shell: TinyShell) => post(`${shell.url}/wallet/unknown`, json, '{}')

const drafted =
  (change: (shell: TinyShell) => Partial<Draft>) =>
  async (shell: TinyShell): Promise<string> =>
    shownBy(await send(shell, { ...draftOf(shell), ...change(shell) }))
const withHeader = (name: string, change: (value: string) => string | undefined) =>
  drafted(() => ({
    after: [
      (headers) => {
        const value = change(headers[name] ?? '')
        if (value === undefined) delete headers[name]
        else headers[name] = value
      },
    ],
  }))

const invalidBody = JSON.stringify({ ...notification, mandateStatus: 'x' })
const otherBody = JSON.stringify({ ...notification, reason: 'other' })

const rows: readonly Row[] = [
  ['EXT-HTTP-2', 'operation-unknown', async (shell) => shownBy(await unknown(shell))],
  ['EXT-HTTP-3', 'method-not-allowed', async (shell) => shownBy(await login(shell, '{}', {}, 'PUT'))],
  ['EXT-HTTP-4', 'media-type-unsupported', withHeader('content-type', () => 'text/plain')],
  ['EXT-HTTP-5', 'json-malformed', drafted(() => ({ body: '{"a":1,"a":2}' }))],
  ['EXT-HTTP-6', 'request-invalid', drafted(() => ({ body: invalidBody }))],
  ['EXT-HTTP-9', 'body-too-large', async (shell) => shownBy(await login(shell, `{"loginId":"${'a'.repeat(70_000)}"}`))],
  ['EXT-HTTP-10', 'json-malformed', async (shell) => shownBy(await login(shell, '['.repeat(17) + ']'.repeat(17)))],
  [
    'EXT-HTTP-11',
    'headers-too-large',
    async (shell) => shownBy(await login(shell, '{}', { 'x-a': 'a'.repeat(17_000) })),
  ],
  [
    'EXT-HTTP-13',
    'application/problem+json',
    async (shell) => String((await unknown(shell)).headers['content-type']).replace(/;.*/, ''),
  ],
  ['EXT-HTTP-14', 'caller-not-allowed', drafted(({ keys }) => ({ key: keys.merchant, body: invalidBody }))],
  ['EXT-HTTP-16', 'true', async (shell) => String('amp-request-id' in (await login(shell, '{}')).headers)],
  ['EXT-HTTP-18', 'version-unsupported', withHeader('amp-version', () => '2020-01-01')],
  ['EXT-HTTP-19', '2026-11-20', async (shell) => String((await login(shell, '{}')).headers['amp-version'])],
  [
    'EXT-HTTP-21',
    '2',
    async (shell) =>
      String(((await post(`${shell.url}/.well-known/amp`, {}, '', 'GET')).body.roles as object[]).length),
  ],
  ['EXT-HTTP-24', 'signature-missing', withHeader('signature', () => undefined)],
  ['EXT-HTTP-25', 'signature-malformed', withHeader('signature-input', (value) => value.replace('"@path" ', ''))],
  [
    'EXT-HTTP-26',
    'signature-algorithm-not-allowed',
    withHeader('signature-input', (value) => value.replace(/alg="[^"]*"/, 'alg="ed25519"')),
  ],
  ['EXT-HTTP-27', 'signature-key-unknown', drafted(() => ({ keyId: 'https://nobody.example#key' }))],
  ['EXT-HTTP-28', 'signature-expired', drafted(() => ({ shift: -400 }))],
  ['EXT-HTTP-29', 'signature-invalid', drafted(() => ({ privateKey: stranger.privateKey }))],
  ['EXT-HTTP-30', 'digest-mismatch', withHeader('content-digest', () => digestOf('other'))],
  [
    'EXT-HTTP-31',
    'signature-replayed',
    async (shell) => {
      const nonce = shell.world.nonce()
      await send(shell, { ...draftOf(shell), nonce })
      return shownBy(await send(shell, { ...draftOf(shell), nonce }))
    },
  ],
  [
    'EXT-HTTP-32',
    '200',
    async (shell) => {
      const nonce = shell.world.nonce()
      await send(shell, { ...draftOf(shell), nonce, privateKey: stranger.privateKey })
      return shownBy(await send(shell, { ...draftOf(shell), nonce }))
    },
  ],
  ['EXT-HTTP-33', 'caller-not-allowed', drafted(({ keys }) => ({ key: keys.merchant }))],
  [
    'EXT-HTTP-35',
    'session-missing',
    async (shell) => shownBy(await post(`${shell.url}/wallet/inquiryAccount`, json, '{}')),
  ],
  ['EXT-HTTP-37', 'idempotency-key-missing', drafted(() => ({ idempotencyKey: undefined }))],
  [
    'EXT-HTTP-38',
    'once',
    async (shell) => {
      const draft = draftOf(shell)
      const before = shell.probe.runs
      await send(shell, draft)
      await send(shell, draft)
      return shell.probe.runs - before === 1 ? 'once' : 'more'
    },
  ],
  [
    'EXT-HTTP-39',
    'idempotency-key-reused',
    async (shell) => {
      const draft = draftOf(shell)
      await send(shell, draft)
      return shownBy(await send(shell, { ...draft, body: otherBody }))
    },
  ],
  [
    'EXT-HTTP-40',
    'once',
    async (shell) => {
      const { probe } = shell
      const [before, { act }, draft] = [probe.runs, { ...probe }, draftOf(shell)]
      probe.act = () => new Promise((resolve) => setTimeout(() => resolve(accept({ received: true })), 100))
      await Promise.all([send(shell, draft), send(shell, draft)])
      probe.act = act
      return probe.runs - before === 1 ? 'once' : 'more'
    },
  ],
  ['EXT-HTTP-47', 'operation-unknown', async (shell) => shownBy(await hook(shell, 'setClock', { offsetSeconds: 0 }))],
  [
    'EXT-HTTP-49',
    'request-invalid',
    async (shell) => shownBy(await hook(shell, 'reset', { more: 1 }, { 'amp-hook-secret': hooksSecret })),
  ],
]

/** Rules that rest on another: without the first the others cannot hold either. */
const restOn: Readonly<Record<string, readonly string[]>> = {
  'EXT-HTTP-2': ['EXT-HTTP-47'],
  'EXT-HTTP-5': ['EXT-HTTP-10'],
  'EXT-HTTP-29': ['EXT-HTTP-32'],
  'EXT-HTTP-33': ['EXT-HTTP-14'],
  'EXT-HTTP-38': ['EXT-HTTP-39', 'EXT-HTTP-40'],
}

const brokenIn = async (shell: TinyShell): Promise<string[]> => {
  const broken: string[] = []
  for (const [rule, shown, stimulate] of rows) if ((await stimulate(shell)) !== shown) broken.push(rule)
  return broken
}

describe('a shell', () => {
  let shell: TinyShell
  beforeAll(async () => {
    shell = await startTinyShell()
  })
  afterAll(() => shell.stop())

  it('that is intact breaks no rule', async () => {
    expect(await brokenIn(shell)).toEqual([])
  })

  it.each(rows.map(([rule]) => rule))('without %s breaks it and what rests on it', async (rule) => {
    const mutant = await startTinyShell({ deviation: { ignores: new Set([rule]) } })
    try {
      expect((await brokenIn(mutant)).sort()).toEqual([rule, ...(restOn[rule] ?? [])].sort())
    } finally {
      await mutant.stop()
    }
  })
})
