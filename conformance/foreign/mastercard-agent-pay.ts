/** Mastercard Agent Pay, as far as it is public: metadata of an agentic token, with the intent of a user beside it. */
import { asIssuer, type ForeignProtocol, type ForeignRequest, type Manner } from './protocol.ts'
import { signed } from './signed-request.ts'
import { type Bundle, boundedByIntent, finalBundle, openBundle, orderedByIntent } from './verifiable-intent.ts'

const posted = (manner: Manner, intent?: Bundle): Promise<ForeignRequest> => {
  const content = {
    srcDigitalCardId: `card-${manner.nonce}`,
    srcCorrelationId: `correlation-${manner.nonce}`,
    ...(intent ? { verifiable_intent: intent } : {}),
  }
  const headers = { 'content-type': 'application/json' }
  return signed({ method: 'POST', path: '/agent/pay', headers, body: JSON.stringify(content) }, 'web-bot-auth', manner)
}

/** An agent signs the request as Web Bot Auth does; its user signed the intent. */
export const mastercardAgentPay: ForeignProtocol = {
  protocol: 'mastercard-agent-pay',
  windowMax: 480,
  opened: ['body/verifiable_intent'],
  tellings: (agent) => [
    { hook: 'trustKeys', told: { holder: 'agent', id: agent.id, name: agent.name, keys: [...agent.keys] } },
    ...asIssuer(agent),
  ],
  pay: (order, manner) => posted(manner, finalBundle(order, manner)),
  ordered: orderedByIntent,
  delegate: (intent, manner) => posted(manner, openBundle(intent, manner)),
  bounded: boundedByIntent,
  look: (manner) => posted(manner),
}
