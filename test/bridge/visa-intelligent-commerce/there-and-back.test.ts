/** Proves that bounds leave as an instruction of Visa Intelligent Commerce and come back as they were, in any currency. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AmpDocument } from '../../../bridge/adapter.ts'
import type { Json } from '../../../bridge/json.ts'
import { readDescription } from '../../../bridge/message.ts'
import { adapterOf } from '../../../bridge/registry.ts'
import { translate } from '../../../bridge/translate.ts'
import { translateOut } from '../../../bridge/translate-out.ts'
import { accept } from '../../../reference/core/outcome.ts'
import { everybody } from '../parties.ts'
import { signedRequest } from '../signed-request.ts'
import { agent, now } from '../tap-agent.ts'

const adapter = adapterOf('visa-intelligent-commerce')
if (!adapter) throw new Error('Visa Intelligent Commerce is not registered')

const plan = fc.record({
  dialect: fc.constantFrom('vic', 'icc'),
  currency: fc.constantFrom('JPY', 'USD', 'KWD'),
  value: fc.integer({ min: 1, max: 99_999_999 }).map(String),
  merchant: fc.option(fc.constant(['Tea House']), { nil: undefined }),
  mcc: fc.option(fc.constant(['5499']), { nil: undefined }),
  nonce: fc.uuid(),
})

it('is the identity on what was carried, exact in 0, 2 and 3 decimals', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async ({ dialect, currency, value, merchant, mcc, nonce }) => {
      const amount = (minor: string) => ({ currency, value: minor })
      const constraints = {
        budget_amount: amount(value),
        ...(merchant ? { merchant_name_list: merchant } : {}),
        ...(mcc ? { merchant_mcc_list: mcc } : {}),
      }
      const document: AmpDocument = {
        kind: 'mandate',
        value: {
          mandateId: 'mandate-1',
          mandateType: 'AUTONOMOUS',
          mandateStatus: 'activated',
          agentId: 'agent-1',
          agentName: 'Tea Agent',
          bindingId: 'binding-1',
          description: 'Tea for a month',
          createdAt: '2026-11-20T10:00:00Z',
          validUntil: '2026-12-20T10:00:00Z',
          budget: {
            total: amount(value),
            limit: amount(value),
            held: amount('0'),
            captured: amount('0'),
            remaining: amount(value),
          },
          constraints: constraints as never,
          events: [],
        },
        given: { dialect, clientReferenceId: 'client-1', tokenId: 'token-1', assuranceData: [{ method: '23' }] },
      }
      const gone = translateOut(accept(document as unknown as Json), adapter, { now, settings: {} })
      if (gone.outcome !== 'translated') throw new Error(gone.problem.detail)
      const { method = '', path = '', body } = gone.message
      const plain = {
        method,
        url: `https://bridge.example${path}`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }
      const { key, keyid } = agent
      const request = await signedRequest(plain, {
        ...{ key, keyid, nonce },
        tag: 'amp-bridge',
        created: now,
        expires: now + 400,
      })
      const back = await translate(readDescription(request), everybody())
      expect(back).toMatchObject({ outcome: 'translated' })
      if (back.outcome !== 'translated' || back.draft?.mode !== 'AUTONOMOUS') throw new Error('no bounds came back')
      const { desc, expiry_time } = back.draft.intent
      expect([desc, expiry_time]).toEqual(['Tea for a month', '2026-12-20T10:00:00Z'])
      expect(back.draft.intent.constraints).toEqual(constraints)
    }),
    { numRuns: 60 },
  )
})
