/** Trust, as a credential provider shows it: onboarding, mandate sessions, statuses told to agents. */
import { compactVerify, importJWK, type JWK } from 'jose'
import { canonicalJson } from '../../../schemas/index.ts'
import { chapterOf } from '../../check.ts'
import { accepted, equal, holds, needed, refused, taken } from '../../expect.ts'
import { isObject } from '../../layers.ts'
import { Refusal } from '../../neighbours/server.ts'
import { sha256 } from '../../parties.ts'
import { providerStage } from '../../stages/credential-provider.ts'
import { usd } from '../../stages/orders.ts'

const check = chapterOf('trust', 'credential-provider', providerStage)

/** Applies as an agent and gives back what the network was sent. */
const applied = async (stage: ReturnType<typeof providerStage>) => {
  const key = await stage.applicant()
  const answer = await stage.sendApplication(await stage.applicationOf(key), key)
  const sent = await stage.neighbours.next('network.registerAgent', ({ agentKey }) => agentKey.x === key.jwk.x)
  return { key, answer, sent }
}

const onboarding = [
  check('AMP-TRUST-003', 'an agent the network refused acts for nobody', async (stage) => {
    const key = await stage.applicant()
    const end = stage.neighbours.script(
      'network.registerAgent',
      ({ agentKey }) => agentKey.x === key.jwk.x,
      () => new Refusal('review-failed'),
    )
    refused(await stage.sendApplication(await stage.applicationOf(key), key), 'review-failed')
    end()
    const agentId = `agent-${stage.dice.word()}`
    refused(await stage.askToBind({ agentId, key: { ...key, id: agentId } }), 'signature-key-unknown')
    const agent = await stage.register()
    accepted('credential-provider.addPaymentMethod', await stage.askToBind(agent))
  }),
  check('AMP-TRUST-015', 'the public key of an agent is handed to the network over a signed call', async (stage) => {
    const { key, answer, sent } = await applied(stage)
    accepted('credential-provider.registerAgent', answer)
    equal(
      [sent?.message.agentKey.x, sent?.message.agentKey.kid, sent?.signed],
      [key.jwk.x, key.kid, true],
      'key and signature of the call',
    )
  }),
  check('AMP-TRUST-020', 'the credential provider calls the network under its own identifier', async (stage) => {
    const { sent } = await applied(stage)
    const { id } = stage.session.served('credential-provider')
    holds(
      needed(sent, 'the network was not called').keyId?.startsWith(`${id}#`) === true,
      `a key of ${id}`,
      sent?.keyId ?? 'none',
    )
  }),
  check('AMP-TRUST-022', 'the review reaches the network with a signed commitment to it', async (stage) => {
    const { sent } = await applied(stage)
    const { commitment, review, agentKey, profile } = needed(sent, 'the network was not called').message
    equal(
      [review.items.length, review.items.every(({ outcome }) => outcome === 'passed')],
      [8, true],
      'the items of the review',
    )
    const served = stage.session.served('credential-provider')
    const verified = await Promise.any(
      served.jwks.keys.map(async (jwk) =>
        compactVerify(commitment, await importJWK(jwk as JWK, 'ES256'), { algorithms: ['ES256'] }),
      ),
    ).catch(() => undefined)
    holds(verified !== undefined, 'a commitment signed with a published key', commitment.slice(0, 40))
    const claims: unknown = JSON.parse(Buffer.from(verified?.payload ?? []).toString('utf8') || '{}')
    const { iss, aud, application_hash } = isObject(claims) ? claims : {}
    equal(
      [iss, aud, application_hash],
      [served.id, stage.network.id, sha256(canonicalJson({ agentKey, profile, review }))],
      'issuer, audience and hash of the application',
    )
  }),
  check('AMP-TRUST-005', 'an application without evidence for every item is not vouched for', async (stage) => {
    const key = await stage.applicant()
    const application = await stage.applicationOf(key)
    const [one, ...rest] = application.evidence
    const evidence = [...rest, needed(rest[0] ?? one, 'no evidence')] as unknown as typeof application.evidence
    const answer = await stage.sendApplication({ ...application, evidence }, key)
    if (answer.status !== 200) return
    const sent = await stage.neighbours.next('network.registerAgent', ({ agentKey }) => agentKey.x === key.jwk.x, 100)
    const items = sent?.message.review.items.filter(({ outcome }) => outcome === 'passed').map(({ item }) => item) ?? []
    holds(!items.includes(one?.item as never), `no passed item ${one?.item}`, items)
  }),
]

const sessions = [
  check(
    ['AMP-TRUST-038', 'AMP-TRUST-053'],
    'a mandate session names the mandate it is about, pending',
    async (stage) => {
      const bound = await stage.bind()
      const opened = accepted('credential-provider.createMandateSession', await stage.askForMandate(bound))
      equal([opened.status, opened.mandateStatus], ['PENDING_IDV', 'inactive'], 'status of session and mandate')
      const seen = accepted(
        'credential-provider.inquiryMandateSession',
        await stage.sessionOf(opened.sessionId, bound.agent),
      )
      equal(
        [seen.mandateId, seen.bindingId, seen.mandateStatus, seen.mandate ?? null],
        [opened.mandateId, bound.bindingId, 'inactive', null],
        'the session',
      )
      const sent = await stage.neighbours.next(
        'network.createAuthorization',
        ({ sessionId }) => sessionId === opened.sessionId,
      )
      equal(sent?.message.agentId ?? 'nobody', bound.agent.agentId, 'the agent named to the network')
    },
  ),
  check('AMP-TRUST-070', 'a confirmed mandate reaches its agent with both layers', async (stage) => {
    const held = await stage.hold(await stage.bind())
    const seen = accepted(
      'credential-provider.inquiryMandateSession',
      await stage.sessionOf(held.sessionId, held.agent),
    )
    equal(
      [seen.status, seen.mandateStatus, seen.identity ?? null, seen.mandate ?? null],
      ['COMPLETED', 'activated', held.identity, held.mandate],
      'the session',
    )
  }),
  check(
    ['AMP-TRUST-065', 'AMP-TRUST-066'],
    'a rejected mandate is told to its agent as failed, without layers',
    async (stage) => {
      const bound = await stage.bind()
      const { sessionId } = accepted('credential-provider.createMandateSession', await stage.askForMandate(bound))
      taken(await stage.notify({ authContext: 'MANDATE', outcome: 'FAILED', sessionId, failure: 'user-rejected' }))
      const seen = accepted('credential-provider.inquiryMandateSession', await stage.sessionOf(sessionId, bound.agent))
      equal([seen.status, seen.failure ?? null, seen.mandate ?? null], ['FAILED', 'user-rejected', null], 'the session')
    },
  ),
  check('AMP-TRUST-073', 'the newest status of a mandate reaches its agent', async (stage) => {
    const held = await stage.hold(await stage.bind())
    taken(await stage.notifyMandate(held.mandateId, 'revoked'))
    const { mandateStatus } = accepted(
      'credential-provider.inquiryMandateSession',
      await stage.sessionOf(held.sessionId, held.agent),
    )
    equal(mandateStatus, 'revoked', 'the status')
  }),
  check('AMP-TRUST-075', 'a mandate that ended does not come back by a late notice', async (stage) => {
    const held = await stage.hold(await stage.bind())
    taken(await stage.notifyMandate(held.mandateId, 'revoked'))
    await stage.notifyMandate(held.mandateId, 'activated')
    const { mandateStatus } = accepted(
      'credential-provider.inquiryMandateSession',
      await stage.sessionOf(held.sessionId, held.agent),
    )
    equal(mandateStatus, 'revoked', 'the status')
  }),
  check(
    ['AMP-TRUST-097', 'AMP-TRUST-098'],
    'why a guard refused reaches the agent with stage and limit',
    async (stage) => {
      const bound = await stage.bind()
      const end = stage.neighbours.script(
        'network.createAuthorization',
        (message) => message.agentId === bound.agent.agentId,
        () => new Refusal('limit-per-mandate-exceeded', { stage: 'S1', limit: usd(1_000) }),
      )
      const problem = refused(await stage.askForMandate(bound), 'limit-per-mandate-exceeded', { stage: 'S1' })
      end()
      equal(problem.limit ?? null, usd(1_000), 'the limit')
    },
  ),
  check(
    'EXT-HTTP-34',
    'another network cannot tell of a session',
    async (stage) => {
      const bound = await stage.bind()
      const { sessionId, mandateId } = accepted(
        'credential-provider.createMandateSession',
        await stage.askForMandate(bound),
      )
      const stranger = await stage.dice.party(`https://network-${stage.dice.word()}.example`)
      await stage.scene.hooks.call('registerPeer', {
        role: 'network',
        id: stranger.id,
        name: 'Other network',
        endpoint: `${stage.neighbours.url}/network`,
        jwks: { keys: [stranger.jwk] },
      })
      const forged = {
        authContext: 'MANDATE',
        outcome: 'SUCCESS',
        sessionId,
        mandateId,
        mandateType: 'AUTONOMOUS',
        mandateStatus: 'activated',
        mandate: bound.identity,
      } as const
      try {
        refused(await stage.notify(forged, stranger), 'session-unknown')
        const { status } = accepted(
          'credential-provider.inquiryMandateSession',
          await stage.sessionOf(sessionId, bound.agent),
        )
        equal(status, 'PENDING_IDV', 'the status')
      } finally {
        await stage.session.introduce()
      }
    },
    'alone',
  ),
]

export const providerTrustChecks = [...onboarding, ...sessions]
