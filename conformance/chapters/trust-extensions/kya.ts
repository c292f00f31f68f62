/** KYA: what a network makes of credentials it is shown, and what a credential provider issues, lists and rotates. */
import { isMessage, type Message, type ProblemCode } from '../../../schemas/index.ts'
import { momentOf, proveKey, signKya } from '../../assurance.ts'
import { chapterOf } from '../../check.ts'
import { claimsOf } from '../../evidence.ts'
import { accepted, equal, holds, needed, refused, taken } from '../../expect.ts'
import { readLayer } from '../../layers.ts'
import { providerStage } from '../../stages/credential-provider.ts'
import { type KyaStage, kyaStage, type Status, statusAt } from '../../stages/kya.ts'
import type { Held } from '../../stages/network.ts'
import { offering } from '../../stages/trust.ts'

const network = chapterOf('kya', 'network', offering('kya', kyaStage))
const provider = chapterOf('kya', 'credential-provider', offering('kya', providerStage))

type ProviderStage = ReturnType<typeof providerStage>

const open = async (stage: KyaStage): Promise<Held> => stage.hold(stage.autonomous(90_000))

/** One credential that holds, and one with one thing changed that is refused for it. */
const refusedFor = async (
  stage: KyaStage,
  code: ProblemCode,
  claims: (held: Held) => Record<string, unknown> | Promise<Record<string, unknown>>,
): Promise<void> => {
  const held = await open(stage)
  const [good, bad] = [await stage.credentialOf(held), await stage.credentialOf(held, await claims(held))]
  const ends = [good, bad].map(({ uri }) => stage.answering(uri, () => 'valid'))
  taken(await stage.show(held, good.credential))
  refused(await stage.show(held, bad.credential), code)
  taken(await stage.show(held, good.credential))
  for (const end of ends) end()
}

const later = async (
  { session }: { readonly session: KyaStage['session'] },
  seconds: number,
  play: () => Promise<void>,
): Promise<void> => {
  await session.moveClock(seconds)
  try {
    await play()
  } finally {
    await session.moveClock(0)
  }
}

const atUse = [
  network('EXT-KYA-2', 'a disclosure nobody committed to, or one shown twice, spoils a credential', async (stage) => {
    const held = await open(stage)
    const { uri, credential } = await stage.credentialOf(held)
    const end = stage.answering(uri, () => 'valid')
    taken(await stage.show(held, credential))
    const added = Buffer.from(JSON.stringify([stage.dice.nonce(), 'developer', 'Somebody'])).toString('base64url')
    refused(await stage.show(held, `${credential}${added}~`), 'kya-credential-invalid', { field: '/kyaCredential' })
    const [, shown = ''] = credential.split('~')
    refused(await stage.show(held, `${credential}${shown}~`), 'kya-credential-invalid', { field: '/kyaCredential' })
    end()
  }),
  network('EXT-KYA-3', 'a credential of another key is refused', (stage) =>
    refusedFor(stage, 'kya-credential-invalid', async () => ({
      cnf: { jwk: (await stage.dice.party('another-agent')).jwk },
    })),
  ),
  network('EXT-KYA-4', 'a credential past its end is refused', (stage) =>
    refusedFor(stage, 'kya-credential-expired', () => ({ exp: stage.session.now() - 1 })),
  ),
  network('EXT-KYA-4', 'a credential whose annual review is overdue is refused', (stage) =>
    refusedFor(stage, 'kya-credential-expired', () => ({ review_due: stage.session.now() - 1 })),
  ),
  ...(
    [
      ['revoked', 'kya-revoked'],
      ['suspended', 'kya-suspended'],
    ] as const
  ).map(([status, code]) =>
    network('EXT-KYA-5', `a ${status} credential is refused`, async (stage) => {
      const held = await open(stage)
      const [good, bad] = [await stage.credentialOf(held), await stage.credentialOf(held)]
      const ends = [stage.answering(good.uri, () => 'valid'), stage.answering(bad.uri, () => status)]
      taken(await stage.show(held, good.credential))
      refused(await stage.show(held, bad.credential), code)
      for (const end of ends) end()
    }),
  ),
  network('EXT-KYA-6', 'a credential whose status nobody tells is refused', async (stage) => {
    const held = await open(stage)
    const { uri, credential } = await stage.credentialOf(held)
    const silent = stage.answering(uri, () => undefined)
    refused(await stage.show(held, credential), 'kya-status-stale')
    silent()
    const foreign = stage.answering(uri, () => 'valid', { sub: 'https://lists.example/another' })
    refused(await stage.show(held, credential), 'kya-status-stale')
    foreign()
    const end = stage.answering(uri, () => 'valid')
    taken(await stage.show(held, credential))
    end()
  }),
  network(
    'EXT-KYA-6',
    'a list is taken for true 300 seconds and no longer, whatever it says of itself',
    async (stage) => {
      const held = await open(stage)
      const { uri, credential } = await stage.credentialOf(held)
      let status: Status | undefined = 'valid'
      const end = stage.answering(uri, () => status, { ttl: 80_000 })
      taken(await stage.show(held, credential))
      status = undefined
      taken(await stage.show(held, credential))
      await later(stage, 400, async () => {
        refused(await stage.show(held, credential), 'kya-status-stale')
        status = 'revoked'
        refused(await stage.show(held, credential), 'kya-revoked')
      })
      end()
    },
    'alone',
  ),
  network('EXT-KYA-7', 'a use the credential holds no capability for is refused, at every use', (stage) =>
    refusedFor(stage, 'kya-capability-missing', () => ({ capabilities: ['browsing'] })),
  ),
  network('EXT-KYA-3', 'a credential another provider signed is refused', async (stage) => {
    const held = await open(stage)
    const stranger = await stage.newParty('credential-provider')
    const { uri, credential } = await stage.credentialOf(held)
    const end = stage.answering(uri, () => 'valid')
    const claims = readLayer(credential)?.claims ?? {}
    const forged = await signKya({ ...claims, iss: stranger.id }, {}, stranger, stage.dice)
    refused(await stage.show(held, forged), 'kya-credential-invalid', { field: '/kyaCredential' })
    taken(await stage.show(held, credential))
    end()
  }),
]

const control = [
  network(
    ['EXT-KYA-8', 'EXT-KYA-17'],
    'a key is rotated against proof only, and ends what named the old one',
    async (stage) => {
      const held = await open(stage)
      const { agentId } = held.agent
      const next = await stage.dice.party('next-key')
      const rotate = async (by: typeof next) =>
        stage.client.call(
          'network.rotateAgentKey',
          {
            agentId,
            agentKey: next.jwk,
            proofOfPossession: await proveKey(by, { audience: stage.network.id, now: stage.session.now() }, stage.dice),
          },
          stage.provider,
        )
      refused(await rotate(held.agent.key), 'proof-of-possession-invalid')
      taken(await stage.apply(held, stage.order(100)))
      const { agentKey } = accepted('network.rotateAgentKey', await rotate(next))
      equal([agentKey.x, agentKey.y], [next.jwk.x, next.jwk.y], 'the key of the agent')
      equal((await stage.mandateOf(held)).mandateStatus, 'revoked', 'the mandate that names the old key')
    },
  ),
  network('EXT-KYA-8', 'a suspended agent takes no other key', async (stage) => {
    const { agentId } = await stage.register()
    const next = await stage.dice.party('next-key')
    const agentKey = next.jwk
    const now = stage.session.now()
    const proofOfPossession = await proveKey(next, { audience: stage.network.id, now }, stage.dice)
    taken(await stage.client.call('network.suspendAgent', { agentId, reason: 'risk' }, stage.provider))
    const message = { agentId, agentKey, proofOfPossession }
    refused(await stage.client.call('network.rotateAgentKey', message, stage.provider), 'agent-suspended')
    taken(await stage.client.call('network.reinstateAgent', { agentId }, stage.provider))
    taken(await stage.client.call('network.rotateAgentKey', message, stage.provider))
  }),
  network('EXT-KYA-14', 'an agent that is revoked ends with its mandates, for good', async (stage) => {
    const held = await open(stage)
    const ready = await stage.token(held)
    const { agentId } = held.agent
    const revoked = await stage.client.call('network.revokeAgent', { agentId, reason: 'misconduct' }, stage.provider)
    equal(accepted('network.revokeAgent', revoked).agentStatus, 'revoked', 'the agent')
    equal((await stage.mandateOf(held)).mandateStatus, 'revoked', 'its mandate')
    refused(await stage.pay(ready), ['agent-revoked', 'mandate-revoked'])
    refused(await stage.client.call('network.reinstateAgent', { agentId }, stage.provider), 'agent-revoked')
  }),
  network('EXT-KYA-15', 'the credential provider hears of a takeover', async (stage) => {
    const { held } = await stage.stolen()
    const about = ({ agentId }: { readonly agentId: string }): boolean => agentId === held.agent.agentId
    const heard = await stage.neighbours.next('credential-provider.notifyAgent', about, 15_000)
    equal(heard?.message.agentStatus, 'revoked', 'what the credential provider was told')
  }),
]

const credentialOf = async (
  { client }: ProviderStage,
  { agentId, key }: Awaited<ReturnType<ProviderStage['register']>>,
  names: ('operator' | 'developer')[] = [],
) => {
  const message = { agentId, ...(names.length > 0 ? { withhold: names } : {}) }
  return accepted('credential-provider.inquiryKya', await client.call('credential-provider.inquiryKya', message, key))
}

/** Claims of a credential, disclosed ones included, and its status as the list has it. */
const read = async (stage: ProviderStage, credential: string) => {
  const { jwks } = stage.session.served('credential-provider')
  const [jws = ''] = credential.split('~')
  const open = (await claimsOf(jws, 'dc+sd-jwt', jwks)) as Record<string, unknown> | undefined
  holds(open !== undefined, 'a credential signed by its provider', credential)
  const { _sd: _digests, _sd_alg: _alg, ...plain } = open ?? {}
  const disclosed = (readLayer(credential)?.disclosures ?? []).map(({ name, value }) => [name, value])
  const claims = { ...plain, ...Object.fromEntries(disclosed) }
  holds(isMessage('extensions/kya/credential-claims', claims), 'claims as the schema has them', claims)
  const kya = claims as Message<'extensions/kya/credential-claims'>
  const { idx, uri } = kya.status.status_list
  const { statusList } = accepted(
    'credential-provider.inquiryStatusList',
    await stage.client.call('credential-provider.inquiryStatusList', { uri }, undefined),
  )
  const list = (await claimsOf(statusList, 'statuslist+jwt', jwks)) as Message<'extensions/kya/status-list-claims'>
  holds(isMessage('extensions/kya/status-list-claims', list), 'a status list signed by its provider', statusList)
  return { claims: kya, status: needed(statusAt(list.status_list.lst, idx), 'the list does not reach the credential') }
}

const issued = [
  provider(
    'EXT-KYA-1',
    'a credential names everything a verifier needs, and hides what the holder wants',
    async (stage) => {
      const agent = await stage.register()
      const { credential, credentialStatus } = await credentialOf(stage, agent)
      const { claims, status } = await read(stage, credential)
      equal(
        [claims.sub, claims.cnf.jwk.x, claims.agent_version],
        [agent.agentId, agent.key.jwk.x, '1.0.0'],
        'the agent',
      )
      equal([claims.capabilities, claims.operator], [['shopping'], 'Suite'], 'what it may do, and for whom')
      equal([status, credentialStatus], ['valid', 'valid'], 'its status')
      holds(claims.exp > stage.session.now() && claims.review_due > stage.session.now(), 'an end to come', claims)
      const hidden = await read(stage, (await credentialOf(stage, agent, ['operator', 'developer'])).credential)
      equal([hidden.claims.operator ?? null, hidden.claims.developer ?? null], [null, null], 'what was withheld')
    },
  ),
  provider('EXT-KYA-8', 'a suspended or revoked credential takes no other key', async (stage) => {
    const agent = await stage.register()
    const next = await stage.dice.party('next-key')
    const rotate = async (by: typeof agent) =>
      stage.client.call(
        'credential-provider.rotateKey',
        {
          agentId: agent.agentId,
          agentKey: next.jwk,
          proofOfPossession: await proveKey(
            next,
            { audience: stage.session.parties.network.id, now: stage.session.now() },
            stage.dice,
          ),
        },
        by.key,
      )
    const step = (kind: 'suspend' | 'resume') =>
      stage.scene.hooks.call('stepKya', { agentId: agent.agentId, step: kind })
    await step('suspend')
    refused(await rotate(agent), 'kya-suspended')
    await step('resume')
    taken(await rotate(agent))
    const rotated = { agentId: agent.agentId, key: { ...next, id: agent.agentId } }
    const { claims } = await read(stage, (await credentialOf(stage, rotated)).credential)
    equal(claims.cnf.jwk.x, next.jwk.x, 'the key of the credential')
  }),
  provider(
    'EXT-KYA-9',
    'a credential is suspended while its annual review is overdue',
    async (stage) => {
      const agent = await stage.register()
      const { credential } = await credentialOf(stage, agent)
      const { claims } = await read(stage, credential)
      await later(stage, claims.review_due - stage.session.now() + 60, async () => {
        equal((await read(stage, credential)).status, 'suspended', 'the status without a review')
        await stage.scene.hooks.call('stepKya', { agentId: agent.agentId, step: 'review' })
        equal((await read(stage, credential)).status, 'valid', 'the status after the review')
      })
    },
    'alone',
  ),
  provider('EXT-KYA-16', 'what the network revoked is listed as revoked, for good', async (stage) => {
    const agent = await stage.register()
    const { credential } = await credentialOf(stage, agent)
    const at = momentOf(stage.session.now())
    const notice = { agentId: agent.agentId, agentStatus: 'revoked' as const, reason: 'takeover reported', at }
    const tell = () => stage.client.call('credential-provider.notifyAgent', notice, stage.session.parties.network)
    taken(await tell())
    equal((await read(stage, credential)).status, 'revoked', 'the status')
    taken(await tell())
    const answer = await stage.scene.hooks.send('stepKya', { agentId: agent.agentId, step: 'resume' })
    equal(JSON.parse(answer.answer).code, 'kya-revoked', 'what resuming it comes to')
    equal((await read(stage, credential)).status, 'revoked', 'the status afterwards')
  }),
  provider('EXT-HTTP-34', 'an agent gets no credential of another', async (stage) => {
    const [one, other] = [await stage.register(), await stage.register()]
    const message = { agentId: one.agentId }
    refused(await stage.client.call('credential-provider.inquiryKya', message, other.key), 'caller-not-allowed')
    equal((await credentialOf(stage, one)).credentialStatus, 'valid', 'the status of its own')
  }),
]

export const kyaChecks = [...atUse, ...control, ...issued]
