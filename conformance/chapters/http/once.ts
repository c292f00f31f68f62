/** EXT-HTTP, what happens once: idempotency, pages, notifications. */
import { randomUUID } from 'node:crypto'
import type { Role } from '../../../schemas/index.ts'
import { type Check, chapterOf } from '../../check.ts'
import { equal, holds, Inconclusive, NotApplicable, refused, sandwich, taken, told } from '../../expect.ts'
import { isObject } from '../../layers.ts'
import type { Scene } from '../../scene.ts'
import { type BindingStage, type Listing, type Probe, send } from '../../stages/binding.ts'
import { answerOf, type Exchange } from '../../target/client.ts'

const listed = async (
  { scene }: BindingStage,
  listing: Listing,
  more: object,
): Promise<{ ids: readonly string[]; next: string | undefined }> => {
  const answer = taken(await send(scene, { ...listing, message: { ...listing.message, ...more } as never }))
  const { nextPageToken } = answer.body as { nextPageToken?: string }
  return { ids: listing.idsOf(answer.body), next: nextPageToken }
}

const listingOf = async (stage: BindingStage): Promise<Listing> => {
  if (!stage.listing) throw new NotApplicable('the role keeps no list the suite can fill')
  return stage.listing()
}

export const onceChecks = (role: Role, open: (scene: Scene) => BindingStage): readonly Check[] => {
  const check = chapterOf('http', role, open)
  return [
    check('EXT-HTTP-37', 'an unsafe call needs an idempotency key of the given form', async (stage) => {
      const control = async () => send(stage.scene, await stage.signed())
      await sandwich({
        control,
        changed: async () => send(stage.scene, await stage.signed(), { idempotencyKey: null }),
        refusedAs: 'idempotency-key-missing',
      })
      for (const key of ['short', 'a'.repeat(129), 'with a space in it'])
        await sandwich({
          control,
          changed: async () => send(stage.scene, await stage.signed(), { idempotencyKey: key }),
          refusedAs: 'idempotency-key-malformed',
        })
    }),
    check('EXT-HTTP-38', 'the same call with the same key is carried out once and answered alike', async (stage) => {
      const probe = await stage.once()
      const idempotencyKey = stage.scene.dice.nonce()
      const first = taken(await send(stage.scene, probe, { idempotencyKey }))
      const second = await send(stage.scene, probe, { idempotencyKey })
      holds(second.status === 200, 'the first answer again', told(second))
      equal(second.body, first.body, 'the second answer')
    }),
    check('EXT-HTTP-39', 'a key that comes back with another body is refused', async (stage) => {
      const idempotencyKey = stage.scene.dice.nonce()
      const [one, other] = stage.pair ? await stage.pair() : [await stage.signed(), await stage.signed()]
      taken(await send(stage.scene, one, { idempotencyKey }))
      refused(await send(stage.scene, other, { idempotencyKey }), 'idempotency-key-reused')
      taken(await send(stage.scene, other))
    }),
    check('EXT-HTTP-40', 'of calls with one key that meet, one is carried out', async (stage) => {
      for (let round = 0; round < 3; round++) {
        const probe = await (stage.meeting ?? stage.once)()
        const idempotencyKey = stage.scene.dice.nonce()
        const answers = await Promise.all(Array.from({ length: 6 }, () => send(stage.scene, probe, { idempotencyKey })))
        const bodies = answers.filter(({ status }) => status === 200).map(({ text }) => text)
        holds(bodies.length > 0 && new Set(bodies).size === 1, 'one answer for all', answers.map(told).join('; '))
        for (const answer of answers.filter(({ status }) => status !== 200)) refused(answer, 'idempotency-in-progress')
      }
    }),
    check(
      'EXT-HTTP-41',
      'the answer to an unsafe call is kept for a day',
      async (stage) => {
        const { session, dice } = stage.scene
        const idempotencyKey = dice.nonce()
        const [one, other] = stage.pair ? await stage.pair() : [await stage.signed(), await stage.signed()]
        taken(await send(stage.scene, one, { idempotencyKey }))
        try {
          await session.moveClock(86_400 - 60)
          refused(await send(stage.scene, other, { idempotencyKey }), 'idempotency-key-reused')
        } finally {
          await session.moveClock(0)
        }
      },
      'alone',
    ),
    check(['EXT-HTTP-42', 'EXT-HTTP-43'], 'pages hold what was asked for and every item once', async (stage) => {
      const listing = await listingOf(stage)
      const found: string[] = []
      let next: string | undefined
      for (let page = 0; page < listing.count + 1; page++) {
        const got = await listed(stage, listing, { pageSize: 2, ...(next === undefined ? {} : { pageToken: next }) })
        holds(got.ids.length <= 2, 'at most two items on a page of two', got.ids)
        found.push(...got.ids)
        holds(found.length < listing.count === (got.next !== undefined), 'a next page exactly while there is more', {
          found,
          next: got.next ?? null,
        })
        next = got.next
        if (next === undefined) break
      }
      equal([found.length, new Set(found).size], [listing.count, listing.count], 'items found, and different ones')
    }),
    check('EXT-HTTP-44', 'a page token of another list or caller, or a made-up one, is refused', async (stage) => {
      const listing = await listingOf(stage)
      const { next } = await listed(stage, listing, { pageSize: 1 })
      if (next === undefined) throw new Inconclusive('the list has no second page')
      const ask = (probe: Probe, pageToken: string) =>
        send(stage.scene, { ...probe, message: { ...probe.message, pageSize: 1, pageToken } as never })
      const flipped = `${next.slice(0, -1)}${next.endsWith('A') ? 'B' : 'A'}`
      refused(await ask(listing, `${flipped}`), 'page-token-invalid')
      if (listing.foreign) refused(await ask(listing.foreign, next), 'page-token-invalid')
      taken(await ask(listing, next))
    }),
    check(
      'EXT-HTTP-45',
      'what was not acknowledged is told again under the same key',
      async (stage) => {
        if (!stage.untold) throw new NotApplicable('the role tells nobody anything')
        const tellings = await stage.untold()
        holds(tellings.length >= 2, 'a second telling within fifteen seconds', `${tellings.length} tellings`)
        equal(
          new Set(tellings.map(({ idempotencyKey }) => idempotencyKey ?? randomUUID())).size,
          1,
          'the number of keys used',
        )
      },
      'first',
    ),
    check('EXT-HTTP-46', 'a notification taken before is acknowledged and changes nothing', async (stage) => {
      if (!stage.notice) throw new NotApplicable('the role takes no notifications')
      const probe = await stage.notice()
      taken(await send(stage.scene, probe))
      const again = await send(stage.scene, probe)
      holds(again.status === 200, 'an acknowledgement', told(again))
    }),
    check('EXT-HTTP-47', 'a hook without the right secret is like an unknown path', async ({ scene }) => {
      const { hooks, session } = scene
      if (!session.hooked) throw new NotApplicable('the target declares no hooks')
      const strip = (exchange: Exchange): unknown => {
        const { body, text } = answerOf(exchange)
        return isObject(body) ? { ...body, instance: undefined } : text
      }
      const unknown = await hooks.send('noSuchHook', {}, null)
      for (const secret of [null, 'wrong-secret-wrong-secret']) {
        const answer = await hooks.send('setClock', { offsetSeconds: 0 }, secret)
        equal([answer.status, strip(answer)], [unknown.status, strip(unknown)], 'the answer')
      }
    }),
    check('EXT-HTTP-49', 'a hook obeys its schema', async ({ scene }) => {
      if (!scene.session.hooked) throw new NotApplicable('the target declares no hooks')
      const broken = {
        role: 'wallet',
        id: `https://broken-${scene.dice.word()}.example`,
        name: 'Broken',
        endpoint: 7,
        jwks: 7,
      }
      const answer = await scene.hooks.send('registerPeer', broken)
      const { code } = (answerOf(answer).body ?? {}) as { code?: string }
      equal([answer.status, code ?? null], [400, 'request-invalid'], 'status and code')
    }),
  ]
}
