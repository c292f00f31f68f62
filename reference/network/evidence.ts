/** What the network remembers for good: events of mandates, evidence byte for byte, nonces used up. */
import type { Message } from '../../schemas/index.ts'
import { enforces, type MandateStatus, sha256, type World } from '../core/index.ts'
import type { NetworkDatabase } from './records.ts'

type Kind = Message<'trust/evidence-record'>['kind']

/** Name under which evidence of a token is kept: its digest, not the code itself. */
export const tokenReference = (digest: string): string => `token-${digest.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 24)}`

const nextPosition = async (
  database: NetworkDatabase,
  table: 'network_events' | 'network_evidence',
  mandateId: string,
): Promise<bigint> => {
  const last = await database
    .selectFrom(table)
    .select(({ fn }) => fn.max('position').as('position'))
    .where('mandate_id', '=', mandateId)
    .executeTakeFirst()
  return BigInt(last?.position ?? 0) + 1n
}

/** Records one event in the life of a mandate (AMP-TRUST-073). The caller holds the mandate's row. */
export const recordEvent = async (
  database: NetworkDatabase,
  world: World,
  event: { readonly mandateId: string; readonly event: string; readonly status: MandateStatus; readonly by: string },
): Promise<void> => {
  if (!enforces(world, 'AMP-TRUST-073')) return
  await database
    .insertInto('network_events')
    .values({
      mandate_id: event.mandateId,
      position: await nextPosition(database, 'network_events', event.mandateId),
      at: BigInt(world.now()),
      event: event.event,
      status: event.status,
      by_whom: event.by,
    })
    .execute()
}

/** Which requirement wants each kind of evidence kept. */
const keptBy: Readonly<Record<Kind, string>> = {
  identity: 'AMP-TRUST-160:keep',
  mandate: 'AMP-TRUST-162',
  'token-request': 'AMP-TRUST-164',
  token: 'AMP-PAY-037',
  payment: 'AMP-TRUST-166:payment',
  debit: 'AMP-TRUST-166',
}

/** Keeps evidence byte for byte (AMP-TRUST-072, 159, 160, 162, 164, 166). The caller holds the mandate's row. */
export const keepEvidence = async (
  database: NetworkDatabase,
  world: World,
  evidence: {
    readonly mandateId: string
    readonly kind: Kind
    readonly reference: string
    readonly content: string
  },
): Promise<void> => {
  if (!enforces(world, keptBy[evidence.kind])) return
  await database
    .insertInto('network_evidence')
    .values({
      mandate_id: evidence.mandateId,
      position: await nextPosition(database, 'network_evidence', evidence.mandateId),
      kind: evidence.kind,
      reference: evidence.reference,
      at: BigInt(world.now()),
      digest: sha256(evidence.content),
      content: evidence.content,
    })
    .execute()
}

/** Spends a nonce once; false where it was spent before (AMP-TRUST-123, 150). `by`: the token it is spent for. */
export const spendNonce = async (
  database: NetworkDatabase,
  world: World,
  kind: 'key-proof' | 'mandate' | 'token-request' | 'request-signature',
  nonce: string,
  by: string | null = null,
): Promise<boolean> => {
  const result = await database
    .insertInto('network_spent')
    .values({ kind, nonce, spent_by: by, spent_at: BigInt(world.now()) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}
