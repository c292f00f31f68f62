/** A right clearing whose streams of ticks are not: a clear verdict in time for every check of streams, and nothing crashes. */
import { afterAll, describe, expect, it } from 'vitest'
import { certify, closeClients } from '../../conformance/index.ts'
import { startReference } from '../../reference/index.ts'
import { type Streams, silentStreams, startProxy, writingStreams } from './proxy.ts'

afterAll(closeClients)

const hooksSecret = 'streams-streams-streams'
const answer = { channelId: 'A'.repeat(43), result: 'accepted', authorised: '1', delivered: '0' }

const slamming: Streams = {
  http: (incoming) => Boolean(incoming.socket.destroy()),
  upgrade: (_, client) => Boolean(client.destroy()),
}

/** Each with the verdict of the check that reads most of a stream, EXT-CLEARING-35. */
const manners: readonly [string, Streams, string][] = [
  ['babble', writingStreams('\u0000<html>{]\n', 50), 'fail'],
  ['name amounts that are none', writingStreams(`${JSON.stringify({ ...answer, authorised: '1.5' })}\n`, 50), 'fail'],
  ['write one line without an end', writingStreams('a'.repeat(8_192), 5), 'fail'],
  ['answer for ever, for somebody else', writingStreams(`${JSON.stringify(answer)}\n`.repeat(100), 5), 'fail'],
  ['hang', silentStreams, 'inconclusive'],
  ['slam the door', slamming, 'inconclusive'],
]

/** All at once: most of the time is waiting for answers that do not come. */
describe.concurrent('a clearing whose streams', () => {
  it.each(manners)('%s comes to a verdict in time', { timeout: 150_000 }, async (_, streams, verdict) => {
    const { port, publicUrl, stop } = await startProxy(streams)
    const reference = await startReference({ hooksSecret, port, publicUrl })
    try {
      const started = performance.now()
      const { results } = await certify({
        ...{ url: publicUrl, roles: ['clearing'], hooksSecret, seed: 3, only: 'stream' },
        pace: { reruns: 0, together: 16 },
      })
      const ofStreams = results.filter(({ requirements }) =>
        requirements.some((id) => /^EXT-CLEARING-3[567]$/.test(id)),
      )
      const judged = Object.fromEntries(ofStreams.map(({ title, verdict: found }) => [title, found]))
      expect(judged['answers on a stream cover what they name and nothing beyond']).toBe(verdict)
      expect(
        results.filter(({ verdict: found }) => found === 'harness-error').map(({ id, reason }) => [id, reason]),
      ).toEqual([])
      expect(ofStreams.length).toBeGreaterThanOrEqual(4)
      expect(performance.now() - started).toBeLessThan(120_000)
    } finally {
      await reference.stop()
      stop()
    }
  })
})
