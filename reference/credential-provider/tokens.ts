/** Token requests of agents: passed on to the network unchanged, which alone judges them. */
import type { Message } from '../../schemas/index.ts'
import { type Outcome, sha256 } from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { noteRefusal } from './bindings.ts'
import { isSelf, networkOf, type ProviderContext } from './context.ts'

/** The agent's key, told apart from the same key of another agent, so that its repetition stays one at the network. */
const keyOf = ({ caller, idempotencyKey }: Call): { idempotencyKey?: string } =>
  idempotencyKey === undefined ? {} : { idempotencyKey: `apply-${sha256(`${caller.id} ${idempotencyKey}`)}` }

/** AMP-PAY-023, 030: the token request goes on as it came. */
const apply = async (
  context: ProviderContext,
  request: Message<'payment/apply-credential-request'>,
  call: Call,
): Promise<Outcome<Message<'payment/apply-credential-response'>>> => {
  const self = isSelf(context, request.agentId, call)
  if (!self.ok) return self
  const network = await networkOf(context)
  if (!network.ok) return network
  const issued = await context.neighbours.call('network.applyCredential', network.value, request, keyOf(call))
  if (!issued.ok) await noteRefusal(context, request.bindingId, issued.refusal)
  return issued
}

export const tokenOperations = (context: ProviderContext): ServedOperations => ({
  'credential-provider.applyCredential': (request, call) => apply(context, request, call),
})
