/** Clearing, streams: answers that cover what they name, streams that go on, tokens that open one, records as good as lines. */
import { chapterOf } from '../../check.ts'
import { equal, Failed, given, holds, NotApplicable, needed, unitsIn } from '../../expect.ts'
import { type ClearingStage, clearingStage, type Planned } from '../../stages/clearing.ts'
import type { Stream, Way } from '../../target/stream.ts'
import { type Link, recordOf } from '../../ticks.ts'

const check = chapterOf('clearing', 'clearing', clearingStage)

const sum = (values: readonly string[]): bigint => values.reduce((total, value) => total + unitsIn(value), 0n)

/** Links of a channel as one message of records, the channel named first. */
const recordsOf = (channelId: string, links: readonly Link[], handle = 0): Buffer =>
  Buffer.concat([recordOf(handle, 0, channelId), ...links.map(({ index, link }) => recordOf(handle, index, link))])

const linksOf = (stage: ClearingStage, planned: Planned, from: number, to: number): readonly Link[] =>
  Array.from({ length: to - from + 1 }, (_, at) => stage.link(planned, from + at))

/** Sends links, each in a line or as a record. */
const pay = (way: Way, stream: Stream, { channelId }: Planned, links: readonly Link[]): void => {
  if (way === 'records') stream.sendBytes(recordsOf(channelId, links))
  else for (const link of links) stream.send({ channelId, link })
}

const codeOf = (line: Readonly<Record<string, unknown>> | undefined): unknown =>
  (line?.problem as { code?: string } | undefined)?.code

const streams = [
  check('EXT-CLEARING-35', 'answers on a stream cover what they name and nothing beyond', async (stage) => {
    for (const way of await stage.ways()) {
      const planned = await stage.open({ profile: 'hash-chain', length: 400 })
      const stream = await stage.stream(way, planned.payer)
      const { channelId } = planned
      pay(way, stream, planned, [...linksOf(stage, planned, 1, 300), { ...stage.link(planned, 350), index: 351 }])
      const refusal = await stream.until(({ problem }) => problem !== undefined)
      equal([codeOf(refusal), refusal?.channelId], ['chain-link-wrong', channelId], 'the refusal of a wrong link')
      await stream.until(({ authorised }) => unitsIn(authorised ?? '0') >= 300n)
      const named = stream.lines.flatMap(({ authorised }) => (authorised === undefined ? [] : [unitsIn(authorised)]))
      const { authorised } = await stage.channel(planned)
      equal([authorised, String(named.at(-1) ?? 0n)], ['300', '300'], `authorised and named over ${way}`)
      holds(
        named.every((one, at) => one <= 300n && (at === 0 || one >= (named[at - 1] as bigint))),
        'amounts that rise to 300',
        named.map(String),
      )
      await stream.close()
    }
  }),
  check('EXT-CLEARING-36', 'a stream that broke off goes on from an inquiry', async (stage) => {
    for (const way of await stage.ways()) {
      const planned = await stage.open({ profile: 'hash-chain', length: 200 })
      const send = async (from: number, to: number) => {
        const opened = await stage.connect(way, await stage.token(planned.payer))
        if (!('stream' in opened)) throw new Failed('a stream', `status ${opened.status}`)
        const { stream } = opened
        pay(way, stream, planned, linksOf(stage, planned, from, to))
        const found = await stream.until(({ authorised }) => unitsIn(authorised ?? '0') >= BigInt(to))
        await stream.close()
        return found
      }
      await send(1, 80)
      const { link } = await stage.channel(planned)
      const newest = link?.index ?? 0
      // Some are sent that are there already: they count once.
      await send(Math.max(1, newest - 10), 160)
      equal((await stage.channel(planned)).authorised, '160', `authorised over ${way}`)
      const { transfers } = await stage.statement(planned)
      const ticks = transfers.filter(({ kind }) => kind === 'tick').map(({ amount }) => amount)
      equal(sum(ticks).toString(), '160', 'what the transfers come to')
    }
  }),
  check('EXT-CLEARING-37', 'the token of a stream opens one stream', async (stage) => {
    const payer = await stage.agent()
    for (const way of await stage.ways()) {
      const token = await stage.token(payer)
      const first = await stage.connect(way, token)
      holds('stream' in first, 'a stream', first)
      const second = await stage.connect(way, token)
      if ('stream' in second) await second.stream.close()
      if ('stream' in first) await first.stream.close()
      holds('status' in second && second.status === 401, 'no second stream', 'status' in second ? second.status : 'one')
      const made = await stage.connect(way, Buffer.alloc(32, 3).toString('base64url'))
      holds(
        'status' in made && made.status === 401,
        'no stream for a made-up token',
        'status' in made ? made.status : 'one',
      )
    }
  }),
  check(
    'EXT-CLEARING-37',
    'the token of a stream is over when it expires',
    async (stage) => {
      const { client } = stage
      const payer = await stage.agent()
      const { streamToken, expiresAt } = given(
        'clearing.openStream',
        await client.call('clearing.openStream', {}, payer),
      )
      const left = Math.ceil(Date.parse(expiresAt) / 1_000 - stage.session.now())
      try {
        await stage.session.moveClock(left + 2)
        const late = await stage.connect('http', streamToken)
        if ('stream' in late) await late.stream.close()
        holds('status' in late && late.status === 401, 'no stream', 'status' in late ? late.status : 'one')
      } finally {
        await stage.session.moveClock(0)
      }
    },
    'alone',
  ),
]

/** A stream that takes records, or nothing to ask where the clearing takes none. */
const recordStream = async (stage: ClearingStage, planned: Planned): Promise<Stream> => {
  const ways = await stage.ways()
  if (!ways.includes('records')) throw new NotApplicable('the clearing names no subprotocol of records')
  return stage.stream('records', planned.payer)
}

const reaches = (stream: Stream, channelId: string, amount: bigint) =>
  stream.until((line) => line.channelId === channelId && unitsIn(line.authorised ?? '0') >= amount)

const chained = { profile: 'hash-chain' as const, length: 400 }

const records = [
  check('EXT-CLEARING-47', 'records are ticks one by one, as lines are', async (stage) => {
    const planned = await stage.open(chained)
    const { channelId } = planned
    const stream = await recordStream(stage, planned)
    stream.sendBytes(recordOf(7, 0, channelId))
    const wrong = { ...stage.link(planned, 350), index: 61 }
    const links = [...linksOf(stage, planned, 1, 60), wrong, ...linksOf(stage, planned, 62, 80)]
    stream.sendBytes(Buffer.concat(links.map(({ index, link }) => recordOf(7, index, link))))
    await reaches(stream, channelId, 80n)
    equal(stream.lines.map(codeOf).filter(Boolean), ['chain-link-wrong'], 'what was refused of the records')
    const other = await stage.open({ ...chained, payer: planned.payer })
    // The same handle for another channel, and a link in a line between records.
    stream.send({ channelId, link: stage.link(planned, 90) })
    stream.sendBytes(recordsOf(other.channelId, linksOf(stage, other, 1, 30), 7))
    needed(await reaches(stream, other.channelId, 30n), 'no answer named the other channel')
    await stream.close()
    const authorised = [(await stage.channel(planned)).authorised, (await stage.channel(other)).authorised]
    equal(authorised, ['90', '30'], 'what both channels authorise')
  }),
  check(
    'EXT-CLEARING-48',
    'a message that is not whole records ends the stream, and nothing of it is taken',
    async (stage) => {
      const planned = await stage.open(chained)
      const { channelId } = planned
      const whole = recordsOf(channelId, linksOf(stage, planned, 1, 20))
      const bad = [whole.subarray(0, whole.length - 1), Buffer.concat([whole, Buffer.alloc(39)]), Buffer.alloc(0)]
      for (const message of [...bad, recordOf(16_384, 0, channelId)]) {
        const stream = await recordStream(stage, planned)
        stream.sendBytes(message)
        const refusal = await stream.until(({ problem }) => problem !== undefined)
        equal(codeOf(refusal), 'tick-records-malformed', `the refusal of ${message.length} bytes`)
        holds(await stream.ends(), 'the stream to end', 'a stream that goes on')
        equal((await stage.channel(planned)).authorised, '0', 'authorised')
      }
    },
  ),
  check(
    'EXT-CLEARING-48',
    'a record of a handle that names nothing ends the stream, what came before is taken',
    async (stage) => {
      const planned = await stage.open(chained)
      const stream = await recordStream(stage, planned)
      const { index, link } = stage.link(planned, 21)
      const before = recordsOf(planned.channelId, linksOf(stage, planned, 1, 20), 3)
      stream.sendBytes(Buffer.concat([before, recordOf(4, index, link), recordOf(3, index, link)]))
      equal(codeOf(await stream.until(({ problem }) => problem !== undefined)), 'tick-handle-unknown', 'the refusal')
      holds(await stream.ends(), 'the stream to end', 'a stream that goes on')
      equal((await stage.channel(planned)).authorised, '20', 'authorised')
      const next = await recordStream(stage, planned)
      next.sendBytes(recordOf(3, index, link))
      equal(
        codeOf(await next.until(({ problem }) => problem !== undefined)),
        'tick-handle-unknown',
        'on the next stream',
      )
      await next.ends()
    },
  ),
]

export const clearingStreamChecks = [...streams, ...records]
