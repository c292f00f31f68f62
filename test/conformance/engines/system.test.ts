/** What the suite makes of answers to a program of commands: seen once each, unknown where nobody can tell, and never two answers to one call. */
import { describe, expect, it } from 'vitest'
import { AnsweredTwice, openPlay, type System } from '../../../conformance/engines/system.ts'
import { type Answer, NoAnswer } from '../../../conformance/target/client.ts'

type Command = { readonly do: 'pay' | 'look'; readonly slot?: number }

const answer = (status: number, body: unknown, text = JSON.stringify(body) ?? ''): Answer => ({
  ...{ status, headers: {}, text, body },
})
const done = (body: object = { resultCode: 'SUCCESS' }): Answer => answer(200, body)
const pay: Command = { do: 'pay', slot: 1 }
const other: Command = { do: 'pay', slot: 2 }
const look: Command = { do: 'look' }

/** A system that answers what it is told to, in turn; an error is thrown. */
const playing = (answers: readonly (Answer | Error)[]) => {
  const keys: string[] = []
  const left = [...answers]
  const system: System<Command> = {
    usable: () => true,
    prepare: async (_, key) => {
      keys.push(key)
      return async () => {
        const next = left.shift()
        if (!next || next instanceof Error) throw next ?? new Error('asked too often')
        return next
      }
    },
    read: (_, { status, body }) => `${status} ${(body as { resultCode?: string }).resultCode ?? 'no code'}`,
    look,
    isSafe: (command) => command.do === 'look',
  }
  return { keys, ...openPlay(system, (name) => `key of ${name}`) }
}

const silent = new NoAnswer('gone')
const unknown: readonly [string, Answer | Error][] = [
  ['nothing', silent],
  ['500', answer(500, {})],
  ['503', answer(503, {})],
  ['429', answer(429, {})],
  ['in progress', answer(409, { code: 'idempotency-in-progress' })],
]

describe('a program of commands', () => {
  it('has each command seen, under a key of its own that does not change', async () => {
    const { play, keys } = playing([done(), done(), done()])
    expect(await play([pay, other])).toEqual([
      { command: pay, seen: '200 SUCCESS' },
      { command: other, seen: '200 SUCCESS' },
    ])
    expect(await play([pay])).toEqual([])
    expect(keys).toEqual([
      'key of {"do":"pay","slot":1}',
      'key of {"do":"pay","slot":2}',
      'key of {"do":"pay","slot":1}',
    ])
  })

  it('has a call that is sent twice at once seen once', async () => {
    const { play } = playing([done(), done()])
    expect(await play([pay, pay])).toEqual([{ command: pay, seen: '200 SUCCESS' }])
  })

  it.each(unknown)('knows nothing of a call that was answered by %s, until that is told', async (_, odd) => {
    const { play } = playing([odd, odd, done(), odd])
    expect(await play([pay])).toEqual([{ command: pay, seen: undefined }])
    expect(await play([pay, pay])).toEqual([{ command: pay, seen: '200 SUCCESS' }])
    expect(await play([pay])).toEqual([])
  })

  it.each(unknown)('knows of a call that was sent twice by the one answer that is not %s', async (_, odd) => {
    for (const both of [
      [odd, done()],
      [done(), odd],
    ]) {
      const { play } = playing(both)
      expect(await play([pay, pay])).toEqual([{ command: pay, seen: '200 SUCCESS' }])
    }
  })

  it.each([
    [499, {}],
    [428, {}],
    [409, { code: 'idempotency-key-reused' }],
    [403, undefined],
  ])('knows what status %i with %j is', async (status, body) => {
    const { play } = playing([answer(status, body ?? {}, JSON.stringify(body) ?? '')])
    expect(await play([pay])).toEqual([{ command: pay, seen: `${status} no code` }])
  })

  it('sees every look, each as it is, and keeps none of them', async () => {
    const { play, look: see } = playing([done({ resultCode: 'A' }), done({ resultCode: 'B' }), answer(500, {}), silent])
    expect(await play([look, look])).toEqual([
      { command: look, seen: '200 A' },
      { command: look, seen: '200 B' },
    ])
    expect([await see(), await see()]).toEqual([
      [{ command: look, seen: undefined }],
      [{ command: look, seen: undefined }],
    ])
  })

  it('is broken by two answers to one call, and not by what names the occurrence of an answer', async () => {
    const first = { resultCode: 'SUCCESS', instance: '/1', paymentId: 'p' }
    const alike = { instance: '/2', paymentId: 'p', resultCode: 'SUCCESS' }
    expect(await playing([done(first), done(alike)]).play([pay, pay])).toHaveLength(1)
    const different = playing([done(first), done({ ...first, paymentId: 'q' })]).play([pay, pay])
    await expect(different).rejects.toThrow(AnsweredTwice)
    await expect(different).rejects.toThrow(
      `{"do":"pay","slot":1} answered ${JSON.stringify(first)} and ${JSON.stringify({ ...first, paymentId: 'q' })}`,
    )
    const long = 'x'.repeat(300)
    const texts = playing([answer(200, {}, long), answer(200, {}, `${long}y`)]).play([pay, pay])
    await expect(texts).rejects.toThrow(`answered ${'x'.repeat(240)} and ${'x'.repeat(240)}`)
    expect(await playing([answer(200, {}, 'no JSON'), answer(200, {}, 'no JSON')]).play([pay, pay])).toHaveLength(1)
  })

  it('lets a fault of its own through', async () => {
    const bug = new TypeError('no such thing')
    await expect(playing([bug]).play([pay])).rejects.toBe(bug)
  })
})
