/** Proves one effect per key, the same answer again, and a conflict of 409 or 422 by the version. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AcpAnswer, actOnce, memoryIdempotency } from '../../../bridge/acp/idempotency.ts'
import { type AcpVersion, acpVersions } from '../../../bridge/acp/versions.ts'
import type { Json } from '../../../bridge/json.ts'

const setup = () => {
  let clock = 1_000
  let effects = 0
  const store = memoryIdempotency(100)
  const act = async (): Promise<AcpAnswer> => {
    effects += 1
    return { status: 201, body: { effect: effects } }
  }
  const send = (
    version: AcpVersion,
    body: Json,
    { key = 'k-1' as string | undefined, path = '/x', caller = 'a', how = act } = {},
  ) => actOnce({ version, caller, path, body, ...(key === undefined ? {} : { key }) }, store, () => clock, how)
  return {
    send,
    effects: () => effects,
    wait: (seconds: number) => {
      clock += seconds
    },
  }
}

describe.each(acpVersions)('in %s', (version) => {
  it('the same request again gets the first answer, without a second effect', async () => {
    const { send, effects } = setup()
    const first = await send(version, { a: 1 })
    const again = await send(version, { a: 1 })
    expect(again).toMatchObject({ status: 201, body: first.body })
    expect(again.headers).toMatchObject({ 'idempotent-replayed': 'true', 'idempotency-key': 'k-1' })
    expect(effects()).toBe(1)
  })

  it('another body under the key is a conflict', async () => {
    const { send, effects } = setup()
    await send(version, { a: 1 })
    const { status, body } = await send(version, { a: 2 })
    expect([status, body.code]).toEqual([version === '2026-04-17' ? 422 : 409, 'idempotency_conflict'])
    expect(body.type).toBe(version === '2026-04-17' ? 'invalid_request' : 'request_not_idempotent')
    expect(effects()).toBe(1)
  })

  it('a request without a key acts, or is refused where a key is demanded', async () => {
    const { send, effects } = setup()
    const store = memoryIdempotency()
    const answer = await actOnce(
      { version, caller: 'a', path: '/x', body: {} },
      store,
      () => 0,
      async () => ({ status: 201, body: {} }),
    )
    expect(answer.status).toBe(version === '2026-04-17' ? 400 : 201)
    expect((await send(version, {}, { key: 'k'.repeat(256) })).status).toBe(400)
    expect(effects()).toBe(0)
  })
})

describe('a key', () => {
  it('tells bodies apart by their values, not by their texts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (one, other) => {
        const { send, effects } = setup()
        const again = JSON.parse(JSON.stringify(one), (_, value) =>
          value !== null && typeof value === 'object' && !Array.isArray(value)
            ? Object.fromEntries(Object.entries(value).reverse())
            : value,
        )
        await send('2026-04-17', one as Json)
        expect((await send('2026-04-17', again)).status).toBe(201)
        const isSame = JSON.stringify(one) === JSON.stringify(other)
        if (!isSame && JSON.stringify(again) !== JSON.stringify(other)) await send('2026-04-17', other as Json)
        expect(effects()).toBe(1)
      }),
      { numRuns: 100 },
    )
  })

  it('tells null from absent, callers and paths apart', async () => {
    const { send, effects } = setup()
    await send('2026-04-17', { a: null })
    expect((await send('2026-04-17', {})).status).toBe(422)
    expect((await send('2026-04-17', { a: null }, { caller: 'b' })).status).toBe(201)
    expect((await send('2026-04-17', { a: null }, { path: '/y' })).status).toBe(201)
    expect(effects()).toBe(3)
  })

  it('is held while its request is worked on: a copy neither acts nor waits', async () => {
    const { send, effects } = setup()
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const slow = send('2026-04-17', {}, {
      how: async () => {
        await gate
        return { status: 200, body: { slow: true } }
      },
    } as never)
    const copy = await send('2026-04-17', {})
    expect([copy.status, copy.body.code, copy.headers?.['retry-after']]).toEqual([409, 'idempotency_in_flight', '1'])
    release()
    expect((await slow).body).toEqual({ slow: true })
    expect((await send('2026-04-17', {})).body).toEqual({ slow: true })
    expect(effects()).toBe(0)
  })

  it('is free again after a failure of the server, and a day after an answer', async () => {
    const { send, effects, wait } = setup()
    const failing = async (): Promise<AcpAnswer> => ({ status: 503, body: {} })
    expect((await send('2026-04-17', {}, { how: failing } as never)).status).toBe(503)
    await expect(
      send('2026-04-17', {}, {
        how: async () => {
          throw new Error('broken')
        },
      } as never),
    ).rejects.toThrow('broken')
    await send('2026-04-17', {})
    wait(86_399)
    await send('2026-04-17', {})
    expect(effects()).toBe(1)
    wait(1)
    await send('2026-04-17', {})
    expect(effects()).toBe(2)
  })
})
