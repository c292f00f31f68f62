/** Discovery in UCP: the profile a business or platform publishes, in the words of each version, and the keys in it. */
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { ampPayment, type HandlerConfig } from '../payment-handler.ts'
import { type UcpVersion, ucpTraits } from './versions.ts'

/** Who publishes a profile. Keys are public JWKs; members beyond a public key are the caller's mistake to avoid. */
export type ProfileSetting = {
  readonly version: UcpVersion
  /** Where the REST service is. */
  readonly endpoint: string
  readonly keys: readonly JsonObject[]
  readonly handler: { readonly id: string; readonly config: HandlerConfig }
  /** Says that checkouts are signed and mandates of AP2 are taken. */
  readonly takesAp2?: boolean
}

const site = 'https://ucp.dev'

const capability = (version: UcpVersion, name: string, page: string, schema: string) => ({
  [name]: [
    { version, spec: `${site}/${version}/specification/${page}`, schema: `${site}/${version}/schemas/${schema}` },
  ],
})

/** What a party publishes, at `/.well-known/ucp` for a business: services, capabilities, the AMP handler, its keys. */
export const ucpProfile = ({ version, endpoint, keys, handler, takesAp2 = false }: ProfileSetting): JsonObject => {
  const traits = ucpTraits[version]
  const isNewer = version === '2026-08-25'
  const page = isNewer ? 'shopping/checkout' : 'checkout'
  const ap2 = isNewer
    ? capability(version, traits.ap2, 'payment/extensions/ap2-mandates', 'common/payment_ap2_mandate.json')
    : capability(version, traits.ap2, 'ap2-mandates', 'shopping/ap2_mandate.json')
  const extension = Object.fromEntries(
    Object.entries(ap2).map(([name, [entry]]) => [
      name,
      [
        {
          ...entry,
          extends: 'dev.ucp.shopping.checkout',
          config: { vp_formats_supported: { 'dc+sd-jwt': {} } },
        },
      ],
    ]),
  )
  return {
    ucp: {
      version,
      services: {
        'dev.ucp.shopping': [
          {
            version,
            spec: `${site}/${version}/specification/overview`,
            transport: 'rest',
            schema: `${site}/${version}/services/shopping/rest.openapi.json`,
            endpoint,
          },
        ],
      },
      capabilities: {
        ...capability(version, 'dev.ucp.shopping.checkout', page, 'shopping/checkout.json'),
        ...(takesAp2 ? extension : {}),
      },
      payment_handlers: {
        [ampPayment.name]: [
          {
            id: handler.id,
            version: ampPayment.version,
            spec: ampPayment.spec,
            schema: ampPayment.instrumentSchema,
            available_instruments: [{ type: ampPayment.instrument }],
            config: handler.config as unknown as JsonObject,
          },
        ],
      },
    } as unknown as Json,
    [traits.keys]: keys,
  }
}

/** JWKs a profile publishes under either name. A party that moves from one version to the next publishes both. */
export const profileKeys = (profile: Json): readonly Json[] => {
  if (!isObject(profile)) return []
  return ['keys', 'signing_keys'].flatMap((name) => {
    const list = member(profile, name)
    return Array.isArray(list) ? list : []
  })
}
