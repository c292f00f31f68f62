/** Payment, as a credential provider shows it: bindings told to agents, token requests passed on. */
import { chapterOf } from '../../check.ts'
import { accepted, equal, needed, refused, taken } from '../../expect.ts'
import { Refusal } from '../../neighbours/server.ts'
import { providerStage } from '../../stages/credential-provider.ts'

const check = chapterOf('payment', 'credential-provider', providerStage)

export const providerPaymentChecks = [
  check(
    ['AMP-PAY-010', 'AMP-PAY-001', 'AMP-FLOW-009'],
    'a binding reaches its agent with token, masked login and identity layer',
    async (stage) => {
      const bound = await stage.bind()
      const [binding] = await stage.bindings(bound.agent)
      equal(
        [binding?.bindingId, binding?.bindingStatus, binding?.identity, binding?.maskedLoginId],
        [bound.bindingId, 'activated', bound.identity, 'u***@example.com'],
        'the binding',
      )
    },
  ),
  check('AMP-PAY-007', 'a binding the user refused is none', async (stage) => {
    const agent = await stage.register()
    const { sessionId } = accepted('credential-provider.addPaymentMethod', await stage.askToBind(agent))
    taken(await stage.notify({ authContext: 'ENROLLMENT', outcome: 'FAILED', sessionId, failure: 'user-rejected' }))
    const list = accepted(
      'credential-provider.queryPaymentMethodList',
      await stage.client.call(
        'credential-provider.queryPaymentMethodList',
        { agentId: agent.agentId, sessionId },
        agent.key,
      ),
    )
    equal([list.status, list.paymentMethods], ['FAILED', []], 'status and bindings')
  }),
  check('AMP-PAY-018', 'a binding the network ended is shown as ended', async (stage) => {
    const held = await stage.hold(await stage.bind())
    taken(await stage.notifyMandate(held.mandateId, 'revoked', 'binding-revoked'))
    const [binding] = await stage.bindings(held.agent)
    equal(binding?.bindingStatus ?? 'missing', 'revoked', 'the status')
  }),
  check(
    ['AMP-PAY-023', 'AMP-PAY-030', 'AMP-FLOW-014'],
    'a token request reaches the network as the agent signed it, and the token comes back',
    async (stage) => {
      const held = await stage.hold(await stage.bind())
      const request = await stage.tokenRequest(held)
      const { paymentToken, mandateId } = accepted(
        'credential-provider.applyCredential',
        await stage.apply(request, held.agent),
      )
      const sent = await stage.neighbours.next(
        'network.applyCredential',
        ({ requestSignature }) => requestSignature === request.requestSignature,
      )
      equal(needed(sent, 'the network was not asked').message, request, 'what the network was sent')
      equal([paymentToken.slice(0, 2), mandateId], ['28', held.mandateId], 'token and mandate')
    },
  ),
  check(
    ['AMP-PAY-036', 'AMP-TRUST-094'],
    'a refused token request yields no token, and the reason reaches the agent',
    async (stage) => {
      const held = await stage.hold(await stage.bind())
      const request = await stage.tokenRequest(held)
      const end = stage.neighbours.script(
        'network.applyCredential',
        ({ requestSignature }) => requestSignature === request.requestSignature,
        () => new Refusal('budget-exceeded', { stage: 'S2' }),
      )
      refused(await stage.apply(request, held.agent), 'budget-exceeded', { stage: 'S2' })
      end()
    },
  ),
  check('AMP-PAY-034', 'an agent asks for tokens in its own name alone', async (stage) => {
    const [held, other] = [await stage.hold(await stage.bind()), await stage.register()]
    const request = await stage.tokenRequest(held)
    refused(await stage.apply(request, other), ['caller-not-allowed', 'agent-unknown'])
    accepted('credential-provider.applyCredential', await stage.apply(request, held.agent))
  }),
]
