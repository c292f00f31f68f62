/** Protocols that only bear witness: Forter TACP as its recipient opened it, and registrations of ERC-8004. */
import { flipped, jws, retold } from './jws.ts'
import { asIssuer, type ForeignProtocol, type ForeignRequest, issuerOf } from './protocol.ts'

const posted = (path: string, content: object): ForeignRequest => ({
  method: 'POST',
  path,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(content),
})

const atTac = (request: ForeignRequest, change: (text: string) => string): ForeignRequest => ({
  ...request,
  body: JSON.stringify({ tac: change(JSON.parse(request.body).tac) }),
})

/** Forter TACP: an hour at most, signed by an agent under its own address. */
export const forterTacp: ForeignProtocol = {
  protocol: 'forter-tacp',
  windowMax: 3_600,
  skewMax: 300,
  lacks: ['host', 'directory-name'],
  opened: ['body/tac'],
  tellings: asIssuer,
  look: async ({ agent, created, expires, nonce }) => {
    const claims = {
      iss: issuerOf(agent),
      aud: 'shop.suite.example',
      jti: nonce,
      iat: created,
      exp: expires,
      session: { intent: 'buy tea' },
    }
    return posted('/tac', { tac: jws({ kid: agent.es256.kid }, claims, agent.es256) })
  },
  forgeries: (request, bit) => [atTac(request, (text) => flipped(text, bit)), atTac(request, retold)],
}

/** ERC-8004: a file an agent publishes of itself. Nobody signed it. */
export const erc8004: ForeignProtocol = {
  protocol: 'erc-8004',
  lacks: ['host', 'directory', 'directory-name', 'signature', 'time'],
  tellings: () => [],
  look: async ({ agent }) =>
    posted('/registrations', {
      type: 'https://eips.ethereum.org/EIPS/eip-8004#registration-v1',
      name: agent.name,
      registrations: [{ agentId: 7, agentRegistry: `eip155:1:${agent.account.address}` }],
    }),
}
