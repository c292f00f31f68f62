/** What the published demo's network calls: the wallet and the credential provider, both played by the suite, on one port. */
import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Message, RequestOf } from '../../../schemas/index.ts'
import { isObject } from '../../layers.ts'
import { diceOf } from '../../parties.ts'
import { paymentOrder } from '../../stages/orders.ts'
import { NoAnswer } from '../../target/client.ts'
import type { DriverContext } from '../driver.ts'
import type { DemoSettings } from './index.ts'
import { readAmount, toCamel, toSnake } from './spelling.ts'
import { readCheckout, readIntent } from './words.ts'

type Asked = RequestOf<'network.createAuthorization'>

/** An authorization under way: the target's session for it, what was asked, and the mandate it is about. */
export type Authorization = {
  readonly sessionId: string
  readonly request: Asked
  readonly mandateId: string | undefined
}
type Expected = { readonly request: Asked; readonly mandateId: string | undefined; authId?: string }
type Body = Record<string, unknown>

/** Everything the driver remembers, and what the target tells it. */
export type Inbound = {
  /** Agents the suite made up; their keys reach the target inside mandate layers. */
  readonly agents: Map<string, { readonly name: string; readonly key: Message<'common/public-jwk'> }>
  readonly authorizations: Map<string, Authorization>
  readonly bindings: Map<string, { readonly userReference: string; readonly identity: string }>
  readonly mandates: Map<string, { readonly request: Asked; spent: bigint }>
  readonly tokens: Map<
    string,
    { readonly mandateId: string; readonly bindingId: string; readonly checkout: Message<'common/checkout'> }
  >
  readonly paid: Set<string>
  /** An authorization that is about to be put before the wallet. */
  readonly expect: (about: { readonly request: Asked; readonly mandateId: string | undefined }) => {
    readonly authId: string | undefined
    readonly end: () => void
  }
  /** What was asked for, by the target's session. */
  readonly sessions: Map<string, Asked>
  /** What the credential provider was told of a session, once it is. */
  readonly told: (sessionId: string) => Promise<Body>
  readonly close: () => Promise<void>
}

const patienceMilliseconds = 3_000
const bodyBytesMax = 1_048_576

const readBody = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > bodyBytesMax) throw new Error('the target sent more than a mebibyte')
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

const result = (ok: boolean, resultCode: string) => ({
  result: { resultCode, resultStatus: ok ? 'S' : 'F', resultMessage: resultCode.toLowerCase() },
})

/** Starts the server the target calls. */
export const listen = async (
  { listen: port, host = '127.0.0.1', names }: DemoSettings,
  deliver: DriverContext['deliver'],
): Promise<Inbound> => {
  const dice = diceOf(Date.now(), 'demo-api-wallet')
  const agents: Inbound['agents'] = new Map()
  const authorizations: Inbound['authorizations'] = new Map()
  const bindings: Inbound['bindings'] = new Map()
  const mandates: Inbound['mandates'] = new Map()
  const tokens: Inbound['tokens'] = new Map()
  const expected = new Set<Expected>()
  const told = new Map<string, Body>()
  const arrivals = new EventEmitter().setMaxListeners(0)
  const sessions: Inbound['sessions'] = new Map()

  /** The wallet is asked to put an authorization before its user. */
  const createAuthorization = async (body: Body): Promise<object> => {
    const about = [...expected].findLast(
      ({ request, authId }) => authId === undefined && request.agentId === body.agentId && isSame(request, body),
    )
    const authId = `mpp-auth-${dice.word().slice(0, 8)}`
    if (about) about.authId = authId
    const agent = {
      agentId: String(body.agentId),
      agentName: agents.get(String(body.agentId))?.name ?? 'Agent',
      credentialProviderId: 'https://credential-provider.example',
    }
    const mandate = about?.request.authContext === 'MANDATE' ? about.request : undefined
    const message = mandate
      ? {
          authContext: 'MANDATE',
          authId,
          mandateId: about?.mandateId,
          agent,
          bindingId: mandate.bindingId,
          userReference: bindings.get(mandate.bindingId)?.userReference,
          identity: String(body.l1Serialized ?? bindings.get(mandate.bindingId)?.identity),
          mandateType: mandate.mandateType,
          intent: readIntent(body.intent),
          ...('checkout' in mandate
            ? { checkout: readCheckout(body.checkout) }
            : { agentKey: agents.get(mandate.agentId)?.key }),
        }
      : { authContext: 'ENROLLMENT', authId, agent }
    const reply = await deliver('wallet.createAuthorization', message)
    return reply && reply.status !== 200 ? result(false, 'PARAM_ILLEGAL') : { ...result(true, 'SUCCESS'), authId }
  }

  /** The wallet is asked to debit; the demo names the token alone, so that order and mandate come from memory. */
  const pay = async (body: Body): Promise<object | undefined> => {
    const token = tokens.get(String(body.paymentToken))
    const binding = token && bindings.get(token.bindingId)
    if (!token || !binding) return result(false, 'PARAM_ILLEGAL')
    const reply = await deliver('wallet.pay', {
      paymentId: `payment-${dice.word()}`,
      mandateId: token.mandateId,
      userReference: binding.userReference,
      checkout: token.checkout,
      order: paymentOrder(token.checkout),
      paymentAmount: readAmount(body.amount),
    })
    if (reply === undefined) return undefined
    const paid = reply.status === 200
    return { ...result(paid, paid ? 'SUCCESS' : 'SYSTEM_ERROR'), payResult: paid ? 'SUCCESS' : 'FAIL' }
  }

  /** The credential provider is told of a result; the suite's own hears it in the words of AMP. */
  const notify = async (body: Body): Promise<object> => {
    const session = String(body.sessionId)
    told.set(session, body)
    arrivals.emit(session, body)
    const request = sessions.get(session)
    const common = { outcome: 'SUCCESS', sessionId: request?.sessionId }
    const { tokenId, l1Serialized, l2Serialized, mandateId, mandateType, walletAccountInfo } = body
    const account = isObject(walletAccountInfo) ? walletAccountInfo : {}
    await deliver(
      'credential-provider.notifyAuthorization',
      body.authContext === 'MANDATE'
        ? {
            ...common,
            authContext: 'MANDATE',
            mandateId,
            mandateType,
            mandateStatus: 'activated',
            mandate: l2Serialized,
          }
        : {
            ...common,
            authContext: 'ENROLLMENT',
            bindingId: tokenId,
            identity: l1Serialized,
            walletName: account.walletName,
            maskedLoginId: 'u***@example.com',
          },
    )
    return { success: true }
  }

  const paths: Readonly<Record<string, (body: Body) => Promise<object | undefined>>> = {
    '/mpp/createAuthorization': createAuthorization,
    '/mpp/pay': pay,
    '/credential-provider/notifyAuthorization': notify,
  }

  const server = createServer((request, response) => {
    const take = async (): Promise<void> => {
      const path = paths[request.url ?? '']
      if (!path || request.method !== 'POST') return void response.writeHead(404).end()
      const answer = await path(toCamel(await readBody(request)))
      if (answer === undefined) return void request.socket.destroy()
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(names === 'snake' ? toSnake(answer) : answer))
    }
    take().catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  if ((server.address() as AddressInfo).port !== port && port !== 0) throw new Error(`port ${port} could not be taken`)

  return {
    agents,
    sessions,
    authorizations,
    bindings,
    mandates,
    tokens,
    paid: new Set(),
    expect: (about) => {
      const one: Expected = { ...about }
      expected.add(one)
      return {
        get authId() {
          return one.authId
        },
        end: () => void expected.delete(one),
      }
    },
    told: async (session) => {
      const earlier = told.get(session)
      if (earlier) return earlier
      const signal = AbortSignal.timeout(patienceMilliseconds)
      const [body] = await once(arrivals, session, { signal }).catch(() => {
        throw new NoAnswer('the credential provider was told nothing of it')
      })
      return body as Body
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Whether a call to the wallet is about what was asked for. */
const isSame = (request: Asked, body: Body): boolean => {
  const contexts: unknown = body.authContext
  const context = Array.isArray(contexts) ? contexts[0] : contexts
  if (context !== request.authContext) return false
  return request.authContext !== 'MANDATE' || (isObject(body.intent) && body.intent.raw === request.intent.raw)
}
