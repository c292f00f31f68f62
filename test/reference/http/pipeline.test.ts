/** The pipeline: each refusal, its precedence over all others, and calls that happen once. */
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accept, type Outcome, refuse } from '../../../reference/core/index.ts'
import { makeKey } from '../../../reference/http/keys.ts'
import type { PartyKey } from '../../../reference/http/operation.ts'
import { digestOf } from '../../../reference/http/signing.ts'
import { isMessage } from '../../../schemas/index.ts'
import { type Answer, type Draft, draftOf, notification, post, send, startTinyShell, type TinyShell } from './shell.ts'

let shell: TinyShell
let stranger: PartyKey
const usedNonce = 'A'.repeat(22)

beforeAll(async () => {
  shell = await startTinyShell()
  stranger = await makeKey('https://stranger.example')
  for (const key of [shell.keys.network, shell.keys.merchant])
    await send(shell, { ...draftOf(shell), key, nonce: usedNonce })
})
afterAll(() => shell.stop())
beforeEach(() => {
  shell.probe.runs = 0
  shell.probe.act = async () => accept({ received: true })
})

const header =
  (name: string, change: (value: string) => string | undefined) =>
  (draft: Draft): void =>
    void draft.after.push((headers) => {
      const value = change(headers[name] ?? '')
      if (value === undefined) delete headers[name]
      else headers[name] = value
    })

/** Ways to be wrong, in the order of precedence. Later rows are applied first, so that an earlier one prevails. */
const wrongs: readonly (readonly [code: string, spoil: (draft: Draft) => void])[] = [
  ['media-type-unsupported', header('content-type', () => 'text/plain')],
  ['version-unsupported', header('amp-version', () => '2020-01-01')],
  ['digest-missing', header('content-digest', () => undefined)],
  ['digest-mismatch', header('content-digest', () => digestOf('other'))],
  ['json-malformed', (draft) => Object.assign(draft, { body: '{"a":1,"a":2}' })],
  ['signature-missing', header('signature', () => undefined)],
  ['signature-malformed', header('signature-input', (value) => value.replace('"@path" ', ''))],
  [
    'signature-algorithm-not-allowed',
    header('signature-input', (value) => value.replace(/alg="[^"]*"/, 'alg="ed25519"')),
  ],
  ['signature-key-unknown', (draft) => Object.assign(draft, { keyId: 'https://nobody.example#key' })],
  ['signature-expired', (draft) => Object.assign(draft, { shift: -400 })],
  ['signature-invalid', (draft) => Object.assign(draft, { privateKey: stranger.privateKey })],
  ['signature-replayed', (draft) => Object.assign(draft, { nonce: usedNonce })],
  ['caller-not-allowed', (draft) => Object.assign(draft, { key: shell.keys.merchant })],
  [
    'request-invalid',
    (draft) => Object.assign(draft, { body: JSON.stringify({ ...notification, mandateStatus: 'x' }) }),
  ],
  ['idempotency-key-missing', (draft) => Object.assign(draft, { idempotencyKey: undefined })],
  ['idempotency-key-malformed', (draft) => Object.assign(draft, { idempotencyKey: 'short' })],
]

const spoiled = (which: readonly number[]): Draft => {
  const draft = draftOf(shell)
  for (const at of [...which].sort((a, b) => b - a)) wrongs[at]?.[1](draft)
  return draft
}

const expectProblem = (answer: Answer, code: string): void => {
  expect(answer.body.code).toBe(code)
  expect(isMessage('common/problem', answer.body)).toBe(true)
  expect(answer.status).toBe(answer.body.status)
  expect(answer.headers['content-type']).toContain('application/problem+json')
  expect(answer.headers['amp-version']).toBe('2026-11-20')
  expect(answer.body.instance).toBe(answer.headers['amp-request-id'])
}

describe('a request', () => {
  it('that is right is answered with version and request identifier', async () => {
    const answer = await send(shell, draftOf(shell))
    expect(answer).toMatchObject({ status: 200, body: { received: true }, headers: { 'amp-version': '2026-11-20' } })
    expect(String(answer.headers['amp-request-id']).length).toBeGreaterThan(16)
    expect(shell.probe.runs).toBe(1)
  })

  it.each(wrongs.map(([code], at) => [code, at] as const))('is refused with %s', async (code, at) => {
    expectProblem(await send(shell, spoiled([at])), code)
    expect(shell.probe.runs).toBe(0)
  })

  it('with several faults is refused for the first in the table (EXT-HTTP-14), and changes nothing (EXT-HTTP-7)', async () => {
    const place = (code: string): number => wrongs.findIndex(([name]) => name === code)
    // Only a signed request owes a digest.
    const [unsigned, undigested] = [place('signature-missing'), place('digest-missing')]
    const some = fc
      .uniqueArray(fc.nat(wrongs.length - 1), { minLength: 2, maxLength: 6 })
      .filter((which) => !(which.includes(unsigned) && which.includes(undigested)))
    await fc.assert(
      fc.asyncProperty(some, async (which) => {
        expectProblem(await send(shell, spoiled(which)), String(wrongs[Math.min(...which)]?.[0]))
      }),
      { numRuns: 150 },
    )
    expect(shell.probe.runs).toBe(0)
  })

  const inputs: readonly (readonly [string, string, (value: string) => string])[] = [
    [
      'covers part of a component',
      'signature-malformed',
      (value) => value.replace('"content-digest"', '"content-digest";bs'),
    ],
    ['has no nonce', 'signature-malformed', (value) => value.replace(/;nonce="[^"]*"/, '')],
    ['has no end', 'signature-malformed', (value) => value.replace(/;expires=\d+/, '')],
    ['has another tag', 'signature-malformed', (value) => value.replace('tag="amp"', 'tag="web-bot-auth"')],
    ['has another label', 'signature-malformed', (value) => value.replace(/^amp=/, 'sig1=')],
    [
      'lives longer than signed',
      'signature-invalid',
      (value) => value.replace(/expires=(\d+)/, (_, at) => `expires=${Number(at) - 1}`),
    ],
    [
      'lives too long',
      'signature-expired',
      (value) => value.replace(/expires=(\d+)/, (_, at) => `expires=${Number(at) + 1}`),
    ],
  ]
  it.each(inputs)('whose signature %s is refused with %s', async (_, code, change) => {
    const draft = draftOf(shell)
    header('signature-input', change)(draft)
    expectProblem(await send(shell, draft), code)
  })

  it('whose clock is 60 seconds away is taken, and 70 is not (EXT-HTTP-28)', async () => {
    for (const [shift, code] of [
      [58, undefined],
      [70, 'signature-expired'],
      [-355, undefined],
      [-365, 'signature-expired'],
    ] as const)
      expect((await send(shell, { ...draftOf(shell), shift })).body.code).toBe(code)
  })

  it('does not use up its nonce before it verified (EXT-HTTP-32)', async () => {
    const nonce = shell.world.nonce()
    const forged = { ...draftOf(shell), nonce, privateKey: stranger.privateKey }
    expectProblem(await send(shell, forged), 'signature-invalid')
    expect((await send(shell, { ...draftOf(shell), nonce })).status).toBe(200)
    expectProblem(await send(shell, { ...draftOf(shell), nonce }), 'signature-replayed')
  })

  it('for another path or body than was signed is refused', async () => {
    const draft = draftOf(shell)
    draft.after.push((headers) => {
      headers['content-digest'] = digestOf(draft.body.replace('test', 'tess'))
    })
    expectProblem(await send(shell, draft), 'digest-mismatch')
    const key = draftOf(shell)
    header('idempotency-key', () => 'another-key-0123456789')(key)
    expectProblem(await send(shell, key), 'signature-invalid')
  })

  it('that was signed for another server is refused, though whoever passes it on keeps its Host (EXT-HTTP-29)', async () => {
    const draft = draftOf(shell)
    const [{ signRequest }, { key, world }] = [
      await import('../../../reference/http/signing.ts'),
      { ...draft, ...shell },
    ]
    for (const [authority, status] of [
      ['evil.example', 401],
      [`localhost:${Number(new URL(shell.url).port) + 1}`, 401],
      [`localhost:${new URL(shell.url).port}`, 200],
    ] as const) {
      const headers = await signRequest(
        {
          url: `http://${authority}${draft.path}`,
          body: draft.body,
          keyId: `${key.id}#${key.publicJwk.kid}`,
          privateKey: key.privateKey,
          idempotencyKey: world.nonce(),
        },
        world,
      )
      const answer = await post(`${shell.url}${draft.path}`, { ...headers, host: authority }, draft.body)
      expect([authority, answer.status]).toEqual([authority, status])
      if (status === 401) expectProblem(answer, 'signature-invalid')
    }
    expect(shell.probe.runs).toBe(1)
  })

  it('of an agent is verified with its registered key only', async () => {
    const { agent } = shell.keys
    const draft = {
      ...draftOf(shell),
      path: '/credential-provider/queryPaymentMethodList',
      body: '{"agentId":"agent-1"}',
      key: agent,
      idempotencyKey: undefined,
    }
    expect((await send(shell, draft)).body).toEqual({ paymentMethods: [] })
    expectProblem(await send(shell, { ...draft, privateKey: stranger.privateKey }), 'signature-invalid')
    expectProblem(await send(shell, { ...draft, keyId: `agent-2#${agent.publicJwk.kid}` }), 'signature-key-unknown')
    expectProblem(await send(shell, { ...draft, key: shell.keys.network }), 'caller-not-allowed')
  })
})

describe('an unsafe call', () => {
  const keyed = (idempotencyKey: string, change: Partial<Draft> = {}): Draft => ({
    ...draftOf(shell),
    idempotencyKey,
    ...change,
  })

  it('that comes again is answered again and carried out once (EXT-HTTP-38)', async () => {
    const key = shell.world.nonce()
    const first = await send(shell, keyed(key))
    const again = await send(shell, keyed(key))
    expect(again.text).toBe(first.text)
    expect([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([undefined, 'true'])
    expect(shell.probe.runs).toBe(1)
  })

  it('that comes 20 times at once is carried out once (EXT-HTTP-40)', async () => {
    const key = shell.world.nonce()
    shell.probe.act = () => new Promise((resolve) => setTimeout(() => resolve(accept({ received: true })), 100))
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(shell, keyed(key))))
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1)
    expect(shell.probe.runs).toBe(1)
  })

  it('with another body is refused (EXT-HTTP-39), and the key of another operation or key is free', async () => {
    const key = shell.world.nonce()
    await send(shell, keyed(key))
    const other = keyed(key, { body: JSON.stringify({ ...notification, reason: 'other' }) })
    expectProblem(await send(shell, other), 'idempotency-key-reused')
    expect(shell.probe.runs).toBe(1)
    expect((await send(shell, { ...other, idempotencyKey: shell.world.nonce() })).status).toBe(200)
  })

  it('that was refused is refused again without a second try', async () => {
    const key = shell.world.nonce()
    shell.probe.act = async () => refuse('mandate-unknown', { detail: 'first' })
    const first = await send(shell, keyed(key))
    shell.probe.act = async () => accept({ received: true })
    const again = await send(shell, keyed(key))
    expect([first.status, again.status, again.text]).toEqual([404, 404, first.text])
    expect(again.headers['content-type']).toContain('application/problem+json')
    expect(shell.probe.runs).toBe(1)
  })

  it.each([
    ['peer-unavailable', async () => refuse('peer-unavailable')],
    ['rate-limited', async () => refuse('rate-limited')],
    ['shutting-down', async () => refuse('shutting-down')],
    ['internal-error', () => Promise.reject(new Error('the text of a secret'))],
    ['internal-error', async () => accept({ received: 'not what the schema allows' })],
  ] as [string, () => Promise<Outcome<object>>][])('that failed with %s may be tried again', async (code, act) => {
    const key = shell.world.nonce()
    shell.probe.act = act
    const first = await send(shell, keyed(key))
    expectProblem(first, code)
    expect(first.text).not.toContain('secret')
    shell.probe.act = async () => accept({ received: true })
    expect((await send(shell, keyed(key))).status).toBe(200)
    expect(shell.probe.runs).toBe(2)
  })

  it('that meets one still running waits, and is told so in the end', async () => {
    const key = shell.world.nonce()
    let finish = (): void => {}
    const running = new Promise<void>((begun) => {
      shell.probe.act = () =>
        new Promise((resolve) => {
          finish = () => resolve(accept({ received: true }))
          begun()
        })
    })
    const first = send(shell, keyed(key))
    await running
    const second = await send(shell, keyed(key))
    expectProblem(second, 'idempotency-in-progress')
    expect(second.headers['retry-after']).toBe('1')
    finish()
    expect((await first).status).toBe(200)
    expect((await send(shell, keyed(key))).headers['idempotency-replayed']).toBe('true')
    expect(shell.probe.runs).toBe(1)
  })
})

describe('a wallet owner', () => {
  const ask = (authorization?: string) =>
    post(
      `${shell.url}/wallet/inquiryAccount`,
      {
        'content-type': 'application/json',
        'amp-version': '2026-11-20',
        ...(authorization === undefined ? {} : { authorization }),
      },
      '{}',
    )

  it('is known by the session alone (EXT-HTTP-35)', async () => {
    expectProblem(await ask(), 'session-missing')
    expectProblem(await ask('Bearer nobody-0123456789abcdefghijklmnopqrst'), 'session-invalid')
    expectProblem(await ask('Basic dXNlcjpwYXNz'), 'session-invalid')
    expect((await ask('Bearer user-token-0123456789abcdefghijklmnop')).body).toEqual({ accounts: [] })
  })
})
