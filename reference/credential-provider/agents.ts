/** Onboarding: an application is reviewed, vouched for, and registered at the network, once however often it is sent. */
import type { Message } from '../../schemas/index.ts'
import { commit, hashOf, type Outcome } from '../core/index.ts'
import type { ServedOperations } from '../http/operation.ts'
import { networkOf, type ProviderContext } from './context.ts'
import { enlist, reviewDigestOf } from './kya.ts'
import { review } from './review.ts'

type Application = Message<'trust/register-agent-application'>
type Registration = Message<'trust/register-agent-request'>

/** The report and the letter of commitment for an application (AMP-TRUST-022, 023). */
const registrationOf = async (
  { world, key }: ProviderContext,
  application: Application,
  networkId: string,
): Promise<Registration> => {
  const { profile, agentKey, proofOfPossession } = application
  const record = review(application, world)
  const signer = { kid: key.publicJwk.kid, privateKey: key.privateKey }
  const commitment = await commit({ agentKey, profile, review: record }, key.id, networkId, signer, world)
  return { profile, agentKey, proofOfPossession, review: record, commitment }
}

/** The registration made for an application, kept before it is sent: sent again after a lost answer it is the same, byte for byte. */
const keptRegistration = async (
  { database, world }: ProviderContext,
  hash: string,
  fresh: Registration,
): Promise<Registration> => {
  await database
    .insertInto('provider_applications')
    .values({ application_hash: hash, registration: JSON.stringify(fresh), received_at: BigInt(world.now()) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { registration } = await database
    .selectFrom('provider_applications')
    .select('registration')
    .where('application_hash', '=', hash)
    .executeTakeFirstOrThrow()
  return JSON.parse(registration)
}

const register = async (
  context: ProviderContext,
  application: Application,
): Promise<Outcome<Message<'trust/agent'>>> => {
  const network = await networkOf(context)
  if (!network.ok) return network
  const hash = hashOf(application)
  const fresh = await registrationOf(context, application, network.value)
  const registration = await keptRegistration(context, hash, fresh)
  const registered = await context.neighbours.call('network.registerAgent', network.value, registration, {
    idempotencyKey: `register-${hash}`,
  })
  if (!registered.ok) return registered
  await context.database
    .insertInto('provider_agents')
    .values({
      agent_id: registered.value.agentId,
      key_jwk: JSON.stringify(application.agentKey),
      agent: JSON.stringify(registered.value),
      registered_at: BigInt(context.world.now()),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await enlist(context, registered.value, reviewDigestOf(registration))
  return registered
}

export const agentOperations = (context: ProviderContext): ServedOperations => ({
  'credential-provider.registerAgent': (application) => register(context, application),
})
