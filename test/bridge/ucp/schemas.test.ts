/** Proves that what we send is valid by UCP's own schemas in every version we write, where they are at hand (AMP_UPSTREAM_DATA). */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { adapterOf, type SealedAdapter, translateOut } from '../../../bridge/index.ts'
import type { Json, JsonObject } from '../../../bridge/json.ts'
import { readDescription } from '../../../bridge/message.ts'
import { answer } from '../../../bridge/ucp/answer.ts'
import { authorizeCheckout } from '../../../bridge/ucp/merchant-authorization.ts'
import { ucpProfile } from '../../../bridge/ucp/profile.ts'
import { accept } from '../../../reference/core/outcome.ts'
import { ucpBotPlatform, ucpBusiness } from '../parties.ts'
import { jwkOf } from '../signers.ts'
import { ucpOutbound } from './outbound.ts'
import { ucpSample } from './samples.ts'

const folder = join(process.env.AMP_UPSTREAM_DATA ?? '', 'ucp')
const isHere = process.env.AMP_UPSTREAM_DATA !== undefined && existsSync(folder)
if (!isHere) console.info('schemas of UCP are not at hand: set AMP_UPSTREAM_DATA to validate with them')

const root = 'https://ucp.test/'

/** The schemas of a version by their paths: their own ids do not resolve against each other in every version. */
const schemasOf = (version: string) => {
  const name = readdirSync(folder).find((each) => each.startsWith(version)) ?? version
  const source = join(folder, name, 'source')
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.json') || file.includes('services') || file.includes('handlers/')) continue
    const path = file.replaceAll('\\', '/')
    ajv.addSchema({ ...JSON.parse(readFileSync(join(source, file), 'utf8')), $id: `${root}${path}` })
  }
  return (path: string, value: unknown): readonly unknown[] => {
    const validate = ajv.getSchema(`${root}${path}`)
    if (!validate) throw new Error(`${version} has no schema ${path}`)
    return validate(value) ? [] : (validate.errors ?? [])
  }
}

type Places = Readonly<
  Record<'checkout' | 'error' | 'order' | 'profile' | 'instrument' | 'authorized' | 'jwks', string>
>

const places: Readonly<Record<string, Places>> = {
  '2026-04-08': {
    checkout: 'schemas/shopping/checkout.json',
    error: 'schemas/shopping/types/error_response.json',
    order: 'schemas/shopping/order.json',
    profile: 'discovery/profile_schema.json#/$defs/business_profile',
    jwks: 'signing_keys',
    instrument: 'schemas/shopping/types/payment_instrument.json#/$defs/selected_payment_instrument',
    authorized: 'schemas/shopping/ap2_mandate.json#/$defs/dev.ucp.shopping.checkout',
  },
  '2026-08-25': {
    checkout: 'schemas/shopping/checkout.json',
    error: 'schemas/common/types/error_response.json',
    order: 'schemas/shopping/order.json',
    profile: 'schemas/profile.json#/$defs/business_schema',
    jwks: 'keys',
    instrument: 'schemas/common/types/payment_instrument.json#/$defs/selected_payment_instrument',
    authorized: 'schemas/common/payment_ap2_mandate.json#/$defs/dev.ucp.shopping.checkout',
  },
}

describe.skipIf(!isHere).each(Object.entries(places))('what we send in UCP %s', (version, place) => {
  const check = isHere ? schemasOf(version) : () => []
  const adapter = adapterOf('ucp') as SealedAdapter
  const kinds = { checkout: 0, mandate: 0, payment: 0, order: 0, problem: 0 }

  it('is valid: checkouts, completions, results, events, errors', () => {
    fc.assert(
      fc.property(ucpOutbound, ({ document, context }) => {
        const given = { ...document.given, ...(document.kind === 'payment' ? {} : { version }) }
        const result = translateOut(accept({ ...document, given } as unknown as Json), adapter, context)
        if (result.outcome !== 'translated') throw new Error(`${result.problem.code} ${result.problem.detail}`)
        const body = result.message.body as JsonObject
        kinds[document.kind] += 1
        const isOther = document.kind === 'payment' && (body.ucp as JsonObject).version !== version
        if (isOther) return
        const path = {
          checkout: place.checkout,
          payment: place.checkout,
          order: place.order,
          problem: place.error,
          mandate: place.instrument,
        }[document.kind]
        const value =
          document.kind === 'mandate' ? (body.payment as { instruments: readonly Json[] }).instruments[0] : body
        expect(check(path, value)).toEqual([])
        if (document.kind !== 'checkout') return
        const signed = authorizeCheckout(body, { kid: ucpBusiness.kid, key: ucpBusiness.key })
        expect(check(place.authorized, signed)).toEqual([])
      }),
      { numRuns: 150 },
    )
    expect(Object.values(kinds).every((count) => count > 0)).toBe(true)
  })

  it('is a profile with both kinds of keys', () => {
    const keys = [ucpBusiness, ucpBotPlatform].map(({ key, kid }) => jwkOf(key, { kid, use: 'sig' }) as JsonObject)
    const profile = ucpProfile({
      version: version as '2026-08-25',
      endpoint: 'https://tea.example/ucp/v1',
      keys,
      takesAp2: true,
      handler: { id: 'amp', config: { network: 'https://network.amp.example' } },
    })
    expect(check(place.profile, profile)).toEqual([])
    expect(profile[place.jwks]).toEqual(keys)
  })

  it('is an error where the buyer has to review, or a message is refused', async () => {
    const { message } = await ucpSample({ version: version as '2026-08-25' })
    const read = readDescription(message)
    if (!read.ok) throw new Error('unreadable')
    const session = { sessionId: 's', authorizeUrl: 'https://wallet.example/a', status: 'inactive' } as const
    const opened = answer(read.value, { kind: 'opened', translation: {} as never, session })
    const problem = { code: 'foreign-fields-missing', detail: 'x', field: 'body/id' } as const
    const refused = answer(read.value, { kind: 'refused', problem, status: 400, title: 'A field is missing' })
    expect(check(place.error, opened?.body)).toEqual([])
    expect(check(place.error, refused?.body)).toEqual([])
  })
})
