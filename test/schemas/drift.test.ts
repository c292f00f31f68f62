/** What is generated from the schemas and committed is what the schemas say now. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { generated } from '../../schemas/generate.ts'
import { loadSchemas, operations, packageFile, problemKinds, validate } from '../../schemas/index.ts'

const squeezed = (text: string): string => text.replaceAll(/\s+/g, '')

describe('drift', async () => {
  it.each([...(await generated())])('%s is up to date: npm run generate', (path, text) => {
    const committed = readFileSync(packageFile(path), 'utf8')
    const same = path.endsWith('.json')
      ? JSON.stringify(JSON.parse(committed)) === JSON.stringify(JSON.parse(text))
      : squeezed(committed) === squeezed(text)
    expect(same).toBe(true)
  })
})

describe('the vocabulary', () => {
  it('compiles every schema in strict mode', () => {
    for (const path of loadSchemas().keys()) expect(() => validate(path, {})).not.toThrow()
  })

  it('has a schema for each message of each operation', () => {
    const paths = new Set(loadSchemas().keys())
    for (const { request, response } of operations.values())
      expect(paths.has(request) && paths.has(response)).toBe(true)
  })

  it('names the member at fault, the deepest first', () => {
    const [reason] = validate('payment/inquiry-payment-request', {})
    expect(reason?.path).toBe('/paymentRequestId')
    expect(validate('common/amount', { currency: 'USD', value: 100 })[0]?.path).toBe('/value')
  })

  it('refuses a private key wherever a public one is expected', () => {
    const jwk = { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43), kid: 'k' }
    expect(validate('common/public-jwk', jwk)).toEqual([])
    expect(validate('common/public-jwk', { ...jwk, d: 'A'.repeat(43) })[0]?.path).toBe('/d')
  })

  it('gives every refusal a code once', () => {
    expect(problemKinds.size).toBeGreaterThan(100)
  })
})
