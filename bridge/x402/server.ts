/** The server's side of an `amp` network: a scheme for the x402 resource server, which binds each payment to its request. */
import { exponentOf } from '../currency.ts'
import { requestDigest } from '../settlement/index.ts'
import { type Scheme, schemes } from './terms.ts'

type Price =
  | string
  | number
  | { readonly asset: string; readonly amount: string; readonly extra?: Record<string, unknown> }
type Requirements = {
  scheme: string
  network: string
  asset: string
  amount: string
  payTo: string
  maxTimeoutSeconds: number
  extra: Record<string, unknown>
}
/** What @x402/express tells about a request. */
type HttpRequest = {
  readonly adapter: {
    readonly getMethod: () => string
    readonly getUrl: () => string
    readonly getHeader: (name: string) => string | undefined
    readonly getBody?: () => unknown
  }
}
type Context = { readonly requirements: readonly Requirements[]; readonly transportContext?: unknown }

/** A scheme in the shape that `x402ResourceServer.register('amp:…', …)` of @x402/core takes. */
export type AmpServerScheme = {
  readonly scheme: Scheme
  readonly defaultAssetTransferMethod: string
  readonly paymentFlows: Readonly<Record<string, { supported: readonly ['authorization']; default: 'authorization' }>>
  readonly parsePrice: (price: Price) => Promise<{ asset: string; amount: string; extra?: Record<string, unknown> }>
  readonly enhancePaymentRequirements: <R extends Requirements>(
    requirements: R,
    kind: { readonly extra?: Record<string, unknown> },
  ) => Promise<R>
  readonly enrichPaymentRequiredResponse: <R extends Requirements>(context: {
    readonly requirements: R[]
    readonly transportContext?: unknown
  }) => Promise<R[]>
}

const bind = ({ adapter }: HttpRequest) =>
  requestDigest({
    method: adapter.getMethod(),
    url: adapter.getUrl(),
    body: adapter.getHeader('content-digest') ?? adapter.getBody?.(),
    key: adapter.getHeader('idempotency-key'),
  })

const isHttp = (context: unknown): context is { readonly request: HttpRequest } =>
  typeof context === 'object' && context !== null && 'request' in context

const schemeOf = (scheme: Scheme): AmpServerScheme => ({
  scheme,
  defaultAssetTransferMethod: 'default',
  paymentFlows: { default: { supported: ['authorization'], default: 'authorization' } },
  parsePrice: async (price) => {
    // "$0.0000001" would have to be rounded, and says not which dollars: prices are counted in atomic units.
    if (typeof price !== 'object' || exponentOf(price.asset) === undefined || !/^[1-9]\d{0,18}$/.test(price.amount))
      throw new TypeError('a price on an amp network is {asset: "USD", amount: "1"}, counted in atomic units')
    return { asset: price.asset, amount: price.amount, ...(price.extra ? { extra: price.extra } : {}) }
  },
  enhancePaymentRequirements: async (requirements, { extra }) => ({
    ...requirements,
    extra: { scale: extra?.scale ?? 6, ...requirements.extra },
  }),
  enrichPaymentRequiredResponse: async ({ requirements, transportContext }: Context) => {
    if (!isHttp(transportContext)) throw new TypeError('requests are bound over HTTP')
    const bound = bind(transportContext.request)
    return requirements.map((each) =>
      each.network.startsWith('amp:') && each.scheme === scheme
        ? { ...each, extra: { ...each.extra, ...bound } }
        : each,
    ) as never
  },
})

/**
 * The schemes `exact`, `upto` and `batch-settlement` for an x402 resource server. Each 402 then names the request it is
 * about, the payer signs that name, and the server takes the payment for no other request.
 */
export const ampServerSchemes = (): readonly AmpServerScheme[] => schemes.map(schemeOf)
