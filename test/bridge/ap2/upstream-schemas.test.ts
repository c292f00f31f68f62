/** Proves that what goes out is what the published schemas of AP2 0.2 ask for, where a copy is at hand (AMP_UPSTREAM_DATA). */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../bridge/json.ts'
import { adapterOf } from '../../../bridge/registry.ts'
import { ap2Outbound } from './outbound.ts'

const folder = join(process.env.AMP_UPSTREAM_DATA ?? '', 'ap2', 'v0.2.0', 'schemas')
const isHere = process.env.AMP_UPSTREAM_DATA !== undefined && existsSync(folder)
if (!isHere) console.info('schemas of AP2 are not at hand: set AMP_UPSTREAM_DATA to hold what goes out to them')

const base = 'https://ap2-protocol.org/schemas/'

/** All schemas by their ids; one file is referred to by its name where its id is another. */
const schemas = (): Ajv2020 => {
  const ajv = new Ajv2020({ strict: false })
  addFormats.default(ajv)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
  for (const name of files) {
    const schema = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    if (!ajv.getSchema(schema.$id)) ajv.addSchema(schema)
    if (name.endsWith('receipt_status.json')) ajv.addSchema({ ...schema, $id: `${base}types/receipt_status.json` })
  }
  return ajv
}

const places: readonly (readonly [start: string, ids: readonly string[]])[] = [
  ['open mandate of a checkout', ['open_checkout_mandate']],
  ['open mandate of a payment', ['payment_mandate_open.json']],
  ['closed mandates', ['checkout_mandate.json', 'payment_mandate.json']],
  ['checkout, to be signed', ['types/checkout.json']],
  ['receipt of a checkout', ['checkout_receipt.json']],
  ['receipt of a payment', ['payment_receipt.json']],
  ['error', []],
]

const mandatesOf = (body: JsonObject): readonly unknown[] =>
  Array.isArray(body.delegate_payload) ? body.delegate_payload : [body]

describe.skipIf(!isHere)('what goes out', () => {
  it('is what the published schemas ask for', () => {
    const ajv = schemas()
    const schemaOf = (id: string): ValidateFunction => {
      const found = ajv.getSchema(`${base}${id}`) ?? ajv.getSchema(`${base}${id}.json`)
      if (!found) throw new Error(`no schema ${id}`)
      return found
    }
    const adapter = adapterOf('ap2')
    const seen = new Set<string>()
    fc.assert(
      fc.property(ap2Outbound, ({ document, context }) => {
        const made = adapter?.fromAmp?.(document, context)
        if (!made?.ok) throw new Error('not translated')
        const { name, body } = made.value.message
        const place = places.find(([start]) => name.startsWith(start))
        if (!place) throw new Error(`no schema for ${name}`)
        const [start, ids] = place
        seen.add(start)
        if (ids.length === 0) return
        const mandates = mandatesOf(body as JsonObject)
        expect(mandates).toHaveLength(ids.length)
        for (const [index, id] of ids.entries()) {
          const validate = schemaOf(id)
          expect([id, validate(mandates[index]), validate.errors]).toEqual([id, true, null])
        }
      }),
      { numRuns: 300 },
    )
    expect([...seen].sort()).toEqual(places.map(([start]) => start).sort())
  })
})
