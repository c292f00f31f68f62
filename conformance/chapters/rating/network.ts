/** The Agent Trust Rating as a network shows it: signed, bounded, recomputed by the suite from its own events. */
import { compactVerify, importJWK } from 'jose'
import { isMessage, type Message } from '../../../schemas/index.ts'
import { chapterOf } from '../../check.ts'
import { accepted, equal, holds, needed, taken } from '../../expect.ts'
import { rateAnew } from '../../rating.ts'
import { type NetworkStage, networkStage } from '../../stages/network.ts'
import { usd } from '../../stages/orders.ts'

const check = chapterOf('rating', 'network', networkStage)

/** The rating of an agent, with every event, and the claims of its statement where the network signed it. */
const read = async (stage: NetworkStage, agentId: string) => {
  const ask = async (fromPosition: number) =>
    accepted(
      'network.inquiryRating',
      await stage.client.call('network.inquiryRating', { agentId, fromPosition }, stage.provider),
    )
  const { statement, policy, events } = await ask(0)
  const verified = await compactVerify(statement, async ({ kid }) => {
    const jwk = stage.network.jwks.keys.find((key) => key.kid === kid)
    return importJWK(needed(jwk, 'the statement names no key of the network'), 'ES256')
  }).catch(() => undefined)
  holds(verified?.protectedHeader.typ === 'amp-rating+jwt', 'a statement signed by the network', statement)
  const claims: unknown = JSON.parse(Buffer.from(verified?.payload ?? '').toString('utf8'))
  holds(isMessage('extensions/rating/statement-claims', claims), 'claims as the schema has them', claims)
  return { claims: claims as Message<'extensions/rating/statement-claims'>, policy, events, ask }
}

const recomputed = ({ claims, policy, events }: Awaited<ReturnType<typeof read>>): void => {
  const { iss: _iss, sub: _sub, iat, registered_at, ...numbers } = claims
  equal(numbers, rateAnew(policy, events, { iat, registered_at }), 'what the statement says')
}

export const networkRatingChecks = [
  check(['EXT-RATING-4', 'EXT-RATING-9'], 'a new agent has the score the policy starts with, signed', async (stage) => {
    const { agentId } = await stage.register()
    const rating = await read(stage, agentId)
    const { iss, sub, score } = rating.claims
    equal([iss, sub, score], [stage.network.id, agentId, rating.policy.start], 'issuer, agent and score')
    equal(rating.events, [], 'the events of an agent that did nothing')
    recomputed(rating)
  }),
  check(
    ['EXT-RATING-1', 'EXT-RATING-2', 'EXT-RATING-10'],
    'every number of a rating is recomputed from the payments it rests on',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(90_000))
      for (const value of [2_000, 3_000]) taken(await stage.pay(await stage.token(held, value)))
      const rating = await read(stage, held.agent.agentId)
      equal(
        rating.events.map(({ kind, amount }) => [kind, amount]),
        [2_000, 3_000].map((value) => ['payment-succeeded', usd(value)]),
        'the payments on record',
      )
      recomputed(rating)
      equal((await rating.ask(1)).events, rating.events.slice(1), 'the events from the second on')
    },
  ),
  check(['EXT-RATING-6', 'EXT-RATING-8'], 'tiny payments and one merchant buy little trust', async (stage) => {
    const held = await stage.hold(stage.autonomous(90_000))
    taken(await stage.pay(await stage.token(held, 1)))
    const tiny = await read(stage, held.agent.agentId)
    equal([tiny.claims.score, tiny.claims.credit], [tiny.policy.start, 0], 'score and credit after a tiny payment')
    for (const value of [5_000, 5_000, 5_000]) taken(await stage.pay(await stage.token(held, value)))
    const { claims, policy } = await read(stage, held.agent.agentId)
    const most = Math.min(policy.earning.perMerchantMax, 2 * policy.earning.perDayMax)
    holds(claims.credit > 0 && claims.credit <= most, `trust of at most ${most}`, claims.credit)
  }),
]
