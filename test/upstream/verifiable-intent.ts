/** The published examples and vectors of Verifiable Intent, and where each lands. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BridgeResult } from '../../bridge/adapter.ts'
import { type JsonObject, parseJson } from '../../bridge/json.ts'
import { digestOf } from '../../bridge/jws.ts'
import { staticDirectory } from '../../bridge/keys.ts'
import { readDescription } from '../../bridge/message.ts'
import { memoryNonces } from '../../bridge/nonces.ts'
import { boundsOf, checkConstraints, constraintsOf } from '../../bridge/verifiable-intent/constraints.ts'
import type { Outcome } from '../../reference/core/outcome.ts'
import { translate } from './counted.ts'
import type { Landing } from './examples.ts'

export const others: readonly (readonly [RegExp, string])[] = [
  [/^SOURCE\.txt$/, 'where the files come from'],
  [/^constraint_registry\.json$/, 'names somebody put together'],
]

const file = 'vectors.json'

const landingOf = (
  name: string,
  code: string | undefined,
  expected: string | undefined,
  why: string,
  at = file,
): Landing => {
  if (code !== expected)
    throw new Error(`${at} ${name}: expected ${expected ?? 'translated'}, the bridge says ${code ?? 'translated'}`)
  return code === undefined
    ? { file: at, name, landed: 'translated' }
    : { file: at, name, landed: 'refused', reason: `${code}: ${why}` }
}

type Scenario = {
  readonly name: string
  readonly current_time: number
  readonly issuer_public: Record<string, string> | null
  readonly l1: string
  readonly l2: string
  readonly l3_payment: string | null
  readonly l3_checkout: string | null
  readonly expected_l2_aud: string | null
  readonly expected_l3_payment_aud: string | null
}

/** The code each scenario has to be refused with; those that are not named are translated. */
const scenarioCodes: Readonly<Record<string, readonly [code: string, why: string]>> = {
  immediate_wrong_aud: ['foreign-audience-mismatch', 'it is for somebody else'],
  immediate_expired: ['foreign-expired', 'the second layer expired'],
  immediate_iat_future: ['foreign-not-yet-valid', 'the credential was made in the future'],
  immediate_tampered_l1: ['foreign-signature-invalid', 'the credential was changed'],
  immediate_missing_issuer_key: ['foreign-agent-unknown', 'nobody knows the issuer'],
  immediate_duplicate_l1_sd: ['foreign-object-mismatch', 'the second layer is of another credential'],
  autonomous_wrong_l3_aud: ['foreign-audience-mismatch', 'it is for somebody else'],
  autonomous_l3_expired: ['foreign-expired', 'a layer expired'],
  autonomous_skip_issuer_ok: ['foreign-agent-unknown', 'without the key of an issuer nothing is believed'],
  autonomous_split_agent: ['foreign-key-mismatch', 'the mandates name two agents'],
}

/** Scenarios that ask a verifier for something the bridge does not do: it translates them, and holds them otherwise. */
const otherwise: Readonly<Record<string, string>> = {
  immediate_wrong_nonce: 'the bridge hands out no nonces of its own: it records each and takes it once',
  autonomous_swapped_l3: 'the bridge takes no presentations from the message: it builds both itself',
}

const codeOf = (result: BridgeResult): string | undefined => {
  if (result.outcome === 'translated') return undefined
  return result.outcome === 'refused' ? result.problem.code : 'protocol-unknown'
}

const message = (body: unknown) => ({
  method: 'POST',
  url: 'https://network.example/',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

const runScenario = ({ l1, l2, l3_payment: l3a, l3_checkout: l3b, ...scenario }: Scenario): Promise<BridgeResult> => {
  const known = scenario.issuer_public ? [{ ...scenario.issuer_public, kid: 'mastercard-issuer-key-1' }] : []
  const issuers = { 'https://issuer.mastercard.com': { keys: known } }
  const heard = [l3a ? scenario.expected_l3_payment_aud : scenario.expected_l2_aud].filter((aud) => aud !== null)
  const body = { verifiable_intent: { l1, l2, ...(l3a ? { l3a } : {}), ...(l3b ? { l3b } : {}) } }
  return translate(readDescription(message(body)), {
    now: scenario.current_time,
    directory: staticDirectory({ keys: [], issuers }, { name: 'vectors' }),
    nonces: memoryNonces(),
    settings: heard.length > 0 ? { protocols: { 'verifiable-intent': { audiences: heard } } } : {},
  })
}

type ConstraintCase = {
  readonly name: string
  readonly constraints: readonly JsonObject[]
  readonly fulfillment: {
    readonly payment_amount?: { readonly currency: string; readonly amount: number }
    readonly payee?: JsonObject
    readonly line_items?: readonly JsonObject[]
  }
  readonly expected: { readonly satisfied: boolean }
}

const constraintLanding = ({ name, constraints, fulfillment, expected }: ConstraintCase): Landing => {
  const { payment_amount: amount, payee, line_items: lines } = fulfillment
  const checked = checkConstraints(
    constraints.map((claims) => ({ type: String(claims.type), claims })),
    {
      currency: amount?.currency ?? '',
      amount: BigInt(amount?.amount ?? 0),
      payee: payee ?? {},
      ...(lines ? { lines } : {}),
      now: 0,
    },
  )
  const code = checked.ok ? undefined : checked.refusal.code
  if (name.startsWith('unknown'))
    return landingOf(name, code, 'foreign-constraint-unknown', 'what is not registered is refused in every mode')
  return landingOf(name, code, expected.satisfied ? undefined : 'foreign-object-mismatch', 'the constraint is not kept')
}

type Integrity = {
  readonly name: string
  readonly kind: 'checkout_hash' | 'l3_xref' | 'l2_ref'
  readonly expected_valid: boolean
} & Readonly<Record<string, JsonObject | string>>

/** Whether two parts belong together, by the digest the bridge computes for them. */
const belongs = (one: Integrity): boolean => {
  const claim = (name: string, inner: string) => (one[name] as JsonObject | undefined)?.[inner]
  if (one.kind === 'checkout_hash') {
    const hash = digestOf(String(claim('checkout_mandate', 'checkout_jwt')))
    return claim('checkout_mandate', 'checkout_hash') === hash && claim('payment_mandate', 'transaction_id') === hash
  }
  if (one.kind === 'l3_xref')
    return (
      mandateClaim(one.l3_payment_claims, 'transaction_id') === mandateClaim(one.l3_checkout_claims, 'checkout_hash')
    )
  const constraints = claim('payment_mandate', 'constraints') as readonly JsonObject[]
  const digest = digestOf(String(one.checkout_disclosure))
  return constraints.some(({ conditional_transaction_id: id }) => id === digest)
}

const mandateClaim = (claims: JsonObject | string | undefined, name: string): unknown => {
  const [mandate] = (claims as JsonObject).delegate_payload as readonly JsonObject[]
  return mandate?.[name]
}

const primitivesOf = ({
  disclosures,
  hash_bytes: hashes,
}: Record<string, readonly Record<string, string>[]>): readonly Landing[] => [
  ...(disclosures ?? []).map(({ disclosure, hash }, index) =>
    landingOf(
      `disclosure ${index}`,
      digestOf(disclosure ?? '') === hash ? undefined : 'message-malformed',
      undefined,
      '',
    ),
  ),
  ...(hashes ?? []).map(({ input_ascii: text, hash }, index) =>
    landingOf(`hash ${index}`, digestOf(text ?? '') === hash ? undefined : 'message-malformed', undefined, ''),
  ),
]

const vectorsOf = async (folder: string): Promise<readonly Landing[]> => {
  const { verification_conformance: all, primitives, models } = JSON.parse(readFileSync(join(folder, file), 'utf8'))
  const landings: Landing[] = [...primitivesOf(primitives)]
  for (const scenario of all.chain_scenarios as readonly Scenario[]) {
    const [code, why = ''] = scenarioCodes[scenario.name] ?? []
    const result = await runScenario(scenario)
    const landing = landingOf(scenario.name, codeOf(result), code, why)
    const reason = otherwise[scenario.name]
    landings.push(reason === undefined ? landing : { ...landing, reason })
  }
  for (const one of all.constraint_cases as readonly ConstraintCase[]) landings.push(constraintLanding(one))
  for (const one of all.integrity_cases as readonly Integrity[])
    landings.push(
      landingOf(
        one.name,
        belongs(one) ? undefined : 'foreign-object-mismatch',
        one.expected_valid ? undefined : 'foreign-object-mismatch',
        'the parts do not belong together',
      ),
    )
  for (const { name, dict } of models.constraints as readonly { readonly name: string; readonly dict: JsonObject }[]) {
    const read = constraintsOf({ constraints: [dict] })
    landings.push(landingOf(`model ${name}`, read.ok ? undefined : read.refusal.code, undefined, ''))
  }
  return landings
}

type Example = { readonly doc: string; readonly json?: JsonObject; readonly raw?: string }

const refusalOf = (outcome: Outcome<unknown>): string | undefined => (outcome.ok ? undefined : outcome.refusal.code)

/** What a listing says on its own: constraints are bounds or refused, everything else is read as a message. */
const exampleCode = async ({ json = {} }: Example): Promise<string | undefined> => {
  const list = json.constraints ?? (typeof json.type === 'string' ? [json] : undefined)
  if (list === undefined) {
    const directory = staticDirectory({ keys: [] }, { name: 'none' })
    const context = { now: 0, directory, nonces: memoryNonces(), settings: {} }
    return codeOf(await translate(readDescription(message(json)), context))
  }
  const read = constraintsOf({ constraints: list })
  return read.ok ? refusalOf(boundsOf(read.value)) : refusalOf(read)
}

/** Why a listing is refused on its own, and which are: lines of `spec/constraints.md`, then of `spec/credential-format.md`. */
const refusals: readonly (readonly [
  code: string,
  why: string,
  constraints: readonly number[],
  format: readonly number[],
])[] = [
  ['foreign-fields-missing', 'it bounds no amount on its own', [287, 473, 821], [271]],
  [
    'foreign-object-mismatch',
    'its list holds digests, and nothing of it is disclosed',
    [299, 485, 1096, 1112, 1153, 1179],
    [692],
  ],
  ['foreign-constraint-unknown', 'AMP bounds hold neither items nor these recurrences', [382, 667, 751, 763], []],
  [
    'protocol-unknown',
    'a part of a token, or what one is held to, and no message',
    [1210, 1265, 1280, 1295, 1316],
    [113, 564, 616, 637, 647, 671, 769, 779, 800, 824, 834, 855],
  ],
]

const expectedOf = (doc: string): readonly [code: string | undefined, why: string] => {
  if (doc.startsWith('spec/README.md')) return ['protocol-unknown', 'a member of a mandate, and no message']
  const line = Number(doc.split('#L')[1])
  const found = refusals.find(([, , constraints, format]) =>
    (doc.startsWith('spec/constraints.md') ? constraints : format).includes(line),
  )
  return found ? [found[0], found[1]] : [undefined, '']
}

const examplesOf = (folder: string): Promise<readonly Landing[]> => {
  const at = 'doc_examples.json'
  const { examples }: { readonly examples: readonly Example[] } = JSON.parse(readFileSync(join(folder, at), 'utf8'))
  return Promise.all(
    examples.map(async (example): Promise<Landing> => {
      const { doc, raw } = example
      if (raw !== undefined) {
        if (parseJson(raw).ok) throw new Error(`${at} ${doc}: it is JSON after all`)
        return { file: at, name: doc, landed: 'known-defect', reason: `message-malformed: it is no JSON (${doc})` }
      }
      const [code, why] = expectedOf(doc)
      return landingOf(doc, await exampleCode(example), code, why, at)
    }),
  )
}

export const cases = async (folder: string): Promise<readonly Landing[]> => [
  ...(await vectorsOf(folder)),
  ...(await examplesOf(folder)),
]
