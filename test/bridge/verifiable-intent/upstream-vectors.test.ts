/** Proves that the chain scenarios of Verifiable Intent land as they say, where a copy is at hand (AMP_UPSTREAM_DATA). */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { staticDirectory } from '../../../bridge/keys.ts'
import { readDescription } from '../../../bridge/message.ts'
import { memoryNonces } from '../../../bridge/nonces.ts'
import { translate } from '../../../bridge/translate.ts'

type Scenario = {
  readonly name: string
  readonly current_time: number
  readonly issuer_public: Record<string, string> | null
  readonly skip_issuer_verification: boolean
  readonly l1: string
  readonly l2: string
  readonly l3_payment: string | null
  readonly l3_checkout: string | null
  readonly expected_l2_aud: string | null
  readonly expected_l3_payment_aud: string | null
  readonly expected_valid: boolean
}

const file = join(process.env.AMP_UPSTREAM_DATA ?? '', 'verifiable-intent', 'vectors.json')
const isHere = process.env.AMP_UPSTREAM_DATA !== undefined && existsSync(file)
if (!isHere) console.info('Verifiable Intent vectors are not at hand: set AMP_UPSTREAM_DATA to run them')

const issuer = 'https://issuer.mastercard.com'

/** Scenarios that ask for what the bridge does otherwise, and why. */
const otherwise: Readonly<Record<string, string>> = {
  immediate_wrong_nonce: 'the bridge hands out no nonces of its own: it records each and takes it once',
  autonomous_swapped_l3: 'the bridge takes no presentations from the message: it builds both itself',
}

describe.skipIf(!isHere)('the chain scenarios', () => {
  const scenarios: readonly Scenario[] = isHere
    ? JSON.parse(readFileSync(file, 'utf8')).verification_conformance.chain_scenarios
    : []

  it.each(scenarios.filter(({ name }) => !(name in otherwise)).map((scenario) => [scenario.name, scenario] as const))(
    '%s',
    async (_name, scenario) => {
      const { l1, l2, l3_payment: l3a, l3_checkout: l3b } = scenario
      const known = scenario.issuer_public ? [{ ...scenario.issuer_public, kid: 'mastercard-issuer-key-1' }] : []
      const directory = staticDirectory({ keys: [], issuers: { [issuer]: { keys: known } } }, { name: 'vectors' })
      const heard = [l3a ? scenario.expected_l3_payment_aud : scenario.expected_l2_aud].filter((aud) => aud !== null)
      const result = await translate(
        readDescription({
          method: 'POST',
          url: 'https://network.example/',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ verifiable_intent: { l1, l2, ...(l3a ? { l3a } : {}), ...(l3b ? { l3b } : {}) } }),
        }),
        {
          now: scenario.current_time,
          directory,
          nonces: memoryNonces(),
          settings: heard.length > 0 ? { protocols: { 'verifiable-intent': { audiences: heard } } } : {},
        },
      )
      // Without the key of an issuer nothing is believed, though the reference can be told to skip that step.
      const isValid = scenario.expected_valid && known.length > 0
      const said = result.outcome === 'refused' ? `${result.problem.code} ${result.problem.field}` : result.outcome
      expect([scenario.name, result.outcome, said]).toEqual([scenario.name, isValid ? 'translated' : 'refused', said])
    },
  )
})
