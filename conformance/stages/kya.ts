/** The stage for KYA credentials at a network: the suite issues them and answers for their status. */
import { deflateSync, inflateSync } from 'node:zlib'
import type { Message } from '../../schemas/index.ts'
import { type Change, signKya, signStatusList } from '../assurance.ts'
import { Refusal } from '../neighbours/server.ts'
import { sha256 } from '../parties.ts'
import type { Scene } from '../scene.ts'
import type { Held } from './network.ts'
import { trustStage } from './trust.ts'

export type Status = Message<'extensions/kya/credential-status'>

const statuses: readonly Status[] = ['valid', 'revoked', 'suspended']

/** A list of one status, two bits each, the first in the lowest bits. */
const packed = (status: Status): string => deflateSync(Uint8Array.of(statuses.indexOf(status))).toString('base64url')

/** The status at a place of a list. */
export const statusAt = (lst: string, place: number): Status | undefined => {
  const byte = inflateSync(Buffer.from(lst, 'base64url'))[Math.floor(place / 4)]
  return byte === undefined ? undefined : statuses[(byte >> ((place % 4) * 2)) & 3]
}

export const kyaStage = (scene: Scene) => {
  const stage = trustStage(scene)
  const { dice, neighbours, provider, session } = stage

  /** Answers for one list from now on; `undefined` says nothing of it. Gives back how to end that. */
  const answering = (uri: string, say: () => Status | undefined, change: Record<string, unknown> = {}) =>
    neighbours.script(
      'credential-provider.inquiryStatusList',
      (message) => message.uri === uri,
      async () => {
        const status = say()
        if (status === undefined) return new Refusal('internal-error')
        const now = session.now()
        const claims = { sub: uri, iat: now, exp: now + 86_400, ttl: 1, status_list: { bits: 2, lst: packed(status) } }
        return { statusList: await signStatusList({ ...claims, ...change }, provider) }
      },
    )

  /** A credential of the agent of a mandate, on a list of its own. */
  const credentialOf = async ({ agent }: Held, claims: Record<string, unknown> = {}, change?: Change) => {
    const uri = `https://lists.example/${dice.word()}`
    const now = session.now()
    const credential = await signKya(
      {
        ...{ iss: provider.id, sub: agent.agentId, iat: now, exp: now + 86_400, review_due: now + 86_400 },
        ...{ vct: 'https://schemas.agentic-mobile-protocol.example/2026-11-20/kya', cnf: { jwk: agent.key.jwk } },
        ...{ status: { status_list: { idx: 0, uri } }, agent_version: '1.0.0', kind: 'buyer-agent' },
        ...{ capabilities: ['shopping'], review_digest: sha256('review') },
        ...claims,
      },
      { operator: 'Suite' },
      provider,
      dice,
      change,
    )
    return { uri, credential }
  }

  /** A token request that shows a credential. */
  const show = (held: Held, credential: string) =>
    stage.apply(held, stage.order(100), { request: { kyaCredential: credential } })

  return { ...stage, answering, credentialOf, show }
}

export type KyaStage = ReturnType<typeof kyaStage>
