/** The published examples and vectors of AP2, and where each lands. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BridgeResult } from '../../bridge/adapter.ts'
import { type Chain, hopDigests, readChain } from '../../bridge/ap2/chain.ts'
import { checkConstraints, constraintsOf, objectOf, objectsOf } from '../../bridge/ap2/constraints.ts'
import type { JsonObject } from '../../bridge/json.ts'
import { confirmedKey, isJwsSignedBy, readJws } from '../../bridge/jws.ts'
import { readKey, staticDirectory } from '../../bridge/keys.ts'
import { readDescription } from '../../bridge/message.ts'
import { memoryNonces } from '../../bridge/nonces.ts'
import { agentKey, cnfOf, presentationOf, rootOf } from '../bridge/ap2/chains.ts'
import { ap2Context } from '../bridge/ap2/samples.ts'
import { now } from '../bridge/tap-agent.ts'
import { translate } from './counted.ts'
import type { Landing } from './examples.ts'

export const others: readonly (readonly [RegExp, string])[] = [
  [/^SOURCE\.txt$/, 'where the files come from'],
  [/^v0\.2\.0\/schemas\//, 'schemas'],
  [/^v0\.1\/derived-schemas\//, 'schemas somebody derived'],
  [/a2a-extension__L31\.json$/, 'a schema of parameters'],
]

/** What is expected of an example; a list of alternatives is not one. */
type Expected = { readonly landed: Landing['landed']; readonly reason?: string; readonly code?: string }

const translated: Expected = { landed: 'translated' }
const refusedWith = (code: string, why: string): Expected => ({ landed: 'refused', code, reason: `${code}: ${why}` })
/** The bridge has to refuse it with this code, since the example contradicts its own specification. */
const defect = (code: string, citation: string): Expected => ({
  landed: 'known-defect',
  code,
  reason: `${code}: ${citation}`,
})

const codeOf = (result: BridgeResult): string | undefined => {
  if (result.outcome === 'translated') return undefined
  return result.outcome === 'refused' ? result.problem.code : 'protocol-unknown'
}

/** A landing, or an error where the bridge says something else than is expected. */
const landing = (file: string, name: string, result: BridgeResult, { landed, reason, code }: Expected): Landing => {
  const said = codeOf(result)
  if (said !== code) {
    const why = result.outcome === 'refused' ? ` ${result.problem.field}: ${result.problem.detail}` : ''
    throw new Error(`${file} ${name}: expected ${code ?? 'translated'}, the bridge says ${said ?? 'translated'}${why}`)
  }
  return { file, name, landed, ...(reason === undefined ? {} : { reason }) }
}

const post = (body: unknown) => ({
  method: 'POST',
  url: 'https://agent.example/a2a',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

const run = (body: unknown, context: Parameters<typeof translate>[1]) => translate(readDescription(post(body)), context)

const dated = (time: string, settings: object = {}) => ap2Context(settings, { now: Date.parse(time) / 1000 })

const checkoutKey = 'ap2.mandates.CheckoutMandateSdJwt'
const paymentKey = 'ap2.mandates.PaymentMandateSdJwt'

/** Cards, and what a wallet is asked, as they stand. */
const whole: Readonly<Record<string, Expected>> = {
  agent_authorization__L126: refusedWith('protocol-unknown', 'what a wallet is asked for, no mandate yet'),
  agent_authorization__L177: refusedWith('protocol-unknown', 'what a wallet shows, no mandate'),
  agent_authorization__L234: refusedWith('protocol-unknown', 'an answer of a wallet with its tokens cut'),
  agent_authorization__L251: refusedWith('protocol-unknown', 'the decoded claims of a credential, no mandate'),
  agent_authorization__L278: refusedWith('protocol-unknown', 'decoded disclosures of a credential, no mandate'),
  agent_authorization__L318: refusedWith('protocol-unknown', 'the decoded claims of a root, no mandate'),
}

const range = { type: 'payment.amount_range', currency: 'USD', max: 50_000 }
const budget = { type: 'payment.budget', currency: 'USD', max: 500 }

/** Constraints that stand alone, each put into an open mandate of our own with what else it needs. */
const constraints: Readonly<
  Record<string, Expected & { readonly with: readonly JsonObject[]; readonly now?: string }>
> = {
  payment_mandate__L65: { ...translated, with: [range, budget] },
  payment_mandate__L90: { ...translated, with: [range] },
  payment_mandate__L153: {
    ...refusedWith('foreign-constraint-unknown', 'AMP bounds have no provider that initiates payments'),
    with: [range],
  },
  payment_mandate__L183: {
    ...defect('foreign-object-mismatch', 'decimals, where open_payment_mandate.json has integers of minor units'),
    with: [],
  },
  payment_mandate__L211: {
    ...translated,
    with: [range, { type: 'payment.agent_recurrence', frequency: 'ON_DEMAND' }],
  },
  payment_mandate__L237: { ...translated, with: [range] },
  payment_mandate__L260: { ...translated, with: [range], now: '2026-04-01T00:00:00Z' },
}

const openWith = (list: readonly unknown[], at: number) =>
  rootOf({ vct: 'mandate.payment.open.1', constraints: list, cnf: cnfOf(agentKey), iat: at - 60, exp: at + 3_600 })

const runConstraint = (constraint: unknown, { with: more, now: time }: (typeof constraints)[string]) => {
  const at = time === undefined ? now : Date.parse(time) / 1000
  return run({ [paymentKey]: openWith([constraint, ...more], at).text }, ap2Context({}, { now: at }))
}

/** A listing that is no JSON, with its place in the documents. */
const noJson = (file: string): Landing => {
  const [place = ''] = (file.split('/').at(-1) ?? '').split('.')
  const [line, page] = place.split('__').toReversed()
  const reason = `message-malformed: it is no JSON (docs, ${page}.md#${line})`
  return { file, name: 'as it stands', landed: 'known-defect', reason }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url')
const encode = (text: string): string => Buffer.from(text).toString('base64url')

/** JSON as Python writes it, which the published library hashes. */
const pythonJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  if (typeof value !== 'object' || value === null)
    return JSON.stringify(value).replace(
      /[\u0080-\uffff]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
  return `{${Object.entries(value)
    .map(([name, each]) => `${JSON.stringify(name)}: ${pythonJson(each)}`)
    .join(', ')}}`
}

type Listing = { readonly disclosures: readonly { readonly digest: string; readonly decoded: unknown }[] }

/** Whether the digests of a decoded listing are those of what it lists. */
const isListingTrue = ({ disclosures }: Listing): boolean =>
  disclosures.every(({ digest, decoded }) =>
    [pythonJson(decoded), JSON.stringify(decoded)].some((text) => hashOf(encode(text)) === digest),
  )

const listings = ['checkout_mandate__L155', 'checkout_mandate__L250', 'payment_mandate__L276', 'payment_mandate__L356']

const read = (folder: string, file: string): string => readFileSync(join(folder, file), 'utf8')

/** Parts of the example of an agent provider, put together around a key that is whole. */
const providerExample = (folder: string) => {
  const at = (name: string) => JSON.parse(read(folder, `v0.2.0/examples/agent_authorization__${name}.json`))
  const [, mandate] = at('L332')
  const [[, item], [, merchant]] = [at('L366'), at('L375')]
  const [lines, merchants] = mandate.constraints
  const made = {
    ...mandate,
    constraints: [
      { ...lines, items: [{ ...lines.items[0], acceptable_items: [item] }] },
      { ...merchants, allowed: [merchant] },
    ],
  }
  return { mandate: made, time: mandate.iat + 60 }
}

const examplesOf = async (folder: string): Promise<readonly Landing[]> => {
  const landings: Landing[] = []
  for (const name of readdirSync(join(folder, 'v0.2.0', 'examples')).sort()) {
    const file = `v0.2.0/examples/${name}`
    const id = name.split('.')[0] ?? ''
    const text = read(folder, file)
    if (name.endsWith('.txt')) {
      const isJson = (() => {
        try {
          return JSON.parse(text) !== undefined
        } catch {
          return false
        }
      })()
      if (isJson) throw new Error(`${file}: it is JSON after all`)
      landings.push(noJson(file))
      continue
    }
    const value = JSON.parse(text)
    const expected = whole[id]
    const constraint = constraints[id]
    if (expected) landings.push(landing(file, 'as it stands', await run(value, ap2Context()), expected))
    else if (constraint)
      landings.push(landing(file, 'in an open mandate', await runConstraint(value, constraint), constraint))
    else if (listings.includes(id)) {
      if (isListingTrue(value)) throw new Error(`${file}: the digests hold after all`)
      const [page, line] = id.split('__')
      const reason = `foreign-object-mismatch: digests of a decoded listing are not those of what it lists (docs/ap2/${page}.md#${line}); the encoded tokens hold`
      landings.push({ file, name: 'digests', landed: 'known-defect', reason })
    } else if (id === 'agent_authorization__L191') {
      const body = { [checkoutKey]: presentationOf(value.delegate_payload, 'nonce-191').text }
      const why = 'a closed mandate with cnf, which only open ones have (agent_authorization.md, delegation)'
      landings.push(
        landing(
          file,
          'signed by a wallet of ours',
          await run(body, ap2Context()),
          defect('foreign-object-mismatch', why),
        ),
      )
    } else if (['agent_authorization__L332', 'agent_authorization__L366', 'agent_authorization__L375'].includes(id)) {
      const { mandate, time } = providerExample(folder)
      const isCut = id.endsWith('L332')
      const body = { [checkoutKey]: rootOf(isCut ? mandate : { ...mandate, cnf: cnfOf(agentKey) }).text }
      const cut = defect('foreign-key-mismatch', 'the coordinates of the key are cut in the document')
      landings.push(
        landing(file, 'in a root of ours', await run(body, ap2Context({}, { now: time })), isCut ? cut : translated),
      )
    } else throw new Error(`${file}: nobody says where it lands`)
  }
  return landings
}

const cardsOf = async (folder: string): Promise<readonly Landing[]> => {
  const names = readdirSync(join(folder, 'v0.2.0', 'agent-cards')).sort()
  return Promise.all(
    names.map(async (name) => {
      const file = `v0.2.0/agent-cards/${name}`
      const isShopper = name.includes('shopping_agent')
      const expected = isShopper ? refusedWith('protocol-unknown', 'the card names no extension of AP2') : translated
      return landing(file, 'as it stands', await run(JSON.parse(read(folder, file)), ap2Context()), expected)
    }),
  )
}

const merchantless = 'CartContents demands merchant_name and cart_expiry (src/ap2/types/mandate.py)'

/** Examples of 0.1, by their place in the documents; what stands alone is put under its data key. */
const plain: Readonly<Record<string, Expected & { readonly key?: string }>> = {
  'a2a-extension__L68': translated,
  'a2a-extension__L120': translated,
  'a2a-extension__L163': defect('foreign-fields-missing', merchantless),
  'a2a-extension__L244': translated,
  specification__L702: translated,
  specification__L735: translated,
  specification__L793: { ...defect('foreign-fields-missing', merchantless), key: 'ap2.mandates.CartMandate' },
  specification__L844: { ...translated, key: 'ap2.mandates.PaymentMandate' },
}

const plainOf = async (folder: string): Promise<readonly Landing[]> => {
  const landings: Landing[] = []
  for (const name of readdirSync(join(folder, 'v0.1', 'examples')).sort()) {
    const file = `v0.1/examples/${name}`
    if (others.some(([pattern]) => pattern.test(file))) continue
    if (name.endsWith('.txt')) {
      landings.push(noJson(file))
      continue
    }
    const expected = plain[name.split('__').slice(1).join('__').replace('.json', '')]
    if (!expected) throw new Error(`${file}: nobody says where it lands`)
    const value = JSON.parse(read(folder, file))
    const body = expected.key === undefined ? value : { parts: [{ kind: 'data', data: { [expected.key]: value } }] }
    const context = dated('2025-09-01T00:00:00Z', { intentBudget: { currency: 'USD', amount: '150.00' } })
    landings.push(landing(file, 'as it stands', await run(body, context), expected))
  }
  return landings
}

type Token = { readonly id: string; readonly token: string; readonly expected?: Readonly<Record<string, string>> }

const tokensOf = async (folder: string): Promise<readonly Landing[]> => {
  const file = 'v0.2.0/doc_tokens.json'
  const { tokens }: { readonly tokens: readonly Token[] } = JSON.parse(read(folder, file))
  const landings: Landing[] = []
  for (const { id, token, expected } of tokens) {
    const chain = readChain(token)
    if (!chain) throw new Error(`${file} ${id}: it is no chain`)
    const digest = expected?.sd_hash_of_hop0_with_trailing_tilde
    if (digest !== undefined && hopDigests(chain.hops[0]).presented !== digest)
      throw new Error(`${file} ${id}: the digest of the first hop is another`)
    if (!areHopsSigned(chain)) throw new Error(`${file} ${id}: a hop is not signed by the key before it`)
    const key = id.startsWith('checkout') ? checkoutKey : paymentKey
    const isLeaf = id.endsWith('leaf')
    const result = await run({ [key]: token }, ap2Context({}, { now: 1_777_342_400 }))
    const why = isLeaf ? 'a last hop without its root' : 'the key of the root is not published; the hops hold'
    landings.push(
      landing(file, id, result, refusedWith(isLeaf ? 'foreign-fields-missing' : 'foreign-agent-unknown', why)),
    )
  }
  const chainOf = (id: string) => readChain(tokens.find((each) => each.id === `${id}_mandate.chain`)?.token ?? '')
  if (!isPairKept(chainOf('checkout'), chainOf('payment')))
    throw new Error(`${file}: the closed mandates do not keep to the open ones`)
  return landings
}

/** Whether the closed mandates keep to the open ones, and are of one purchase: all but the keys nobody published. */
const isPairKept = (checkout: Chain | undefined, payment: Chain | undefined): boolean => {
  const claimsOf = (chain: Chain | undefined, index: number) => chain?.hops[index]?.mandates[0]?.claims ?? {}
  const [bought, paid] = [claimsOf(checkout, 1), claimsOf(payment, 1)]
  const order = readJws(String(bought.checkout_jwt))?.claims ?? {}
  const at = 1_777_342_400
  const openCheckout = constraintsOf(claimsOf(checkout, 0), 'checkout', 'checkout')
  const openPayment = constraintsOf(claimsOf(payment, 0), 'payment', 'payment')
  if (!checkout || !openCheckout.ok || !openPayment.ok) return false
  const execution = { now: at, merchant: objectOf(order, 'merchant'), lines: objectsOf(order.line_items) }
  const references = [hopDigests(checkout.hops[0]).presented]
  return (
    bought.checkout_hash === hashOf(String(bought.checkout_jwt)) &&
    paid.transaction_id === bought.checkout_hash &&
    checkConstraints(openCheckout.value, execution, 'checkout').ok &&
    checkConstraints(openPayment.value, { now: at, payment: paid, references }, 'payment').ok
  )
}

/** Whether each hop after the first is signed by the key the one before confirms, and names it. */
const areHopsSigned = ({ hops }: Chain): boolean =>
  hops.slice(1).every(({ sdJwt }, index) => {
    const before = hops[index] as (typeof hops)[0]
    const key = confirmedKey(before.mandates[0]?.claims ?? {})
    return (
      key !== undefined &&
      isJwsSignedBy(sdJwt.jws, key, 'ES256') &&
      sdJwt.jws.claims.sd_hash === hopDigests(before).presented
    )
  })

type Vector = {
  readonly id: string
  readonly root_kid: string
  readonly compact_serialization: string
  readonly expected: {
    readonly hop_count: number
    readonly payload_assertions: readonly {
      readonly path: readonly (string | number)[]
      readonly equals?: unknown
      readonly absent?: boolean
      readonly present?: boolean
    }[]
  }
}

const doesSay = (
  chain: Chain,
  { path, equals, absent, present }: Vector['expected']['payload_assertions'][number],
): boolean => {
  const value = path.reduce<unknown>(
    (inner, step) => (inner as Record<string | number, unknown> | undefined)?.[step],
    chain.hops.map(({ mandates }) => mandates[0]?.claims),
  )
  if (absent) return value === undefined
  return present ? value !== undefined : value === equals
}

const vectorsOf = async (folder: string): Promise<readonly Landing[]> => {
  const file = 'delegate-sd-jwt-pr307/delegate_sd_jwt_vectors.json'
  const { keys, vectors } = JSON.parse(read(folder, file))
  const pinned = Object.values(keys.pinned as Record<string, JsonObject>).map(({ d: _d, ...jwk }) => jwk)
  const directory = staticDirectory({ keys: pinned }, { name: 'vectors' })
  const landings: Landing[] = []
  for (const { id, root_kid, compact_serialization: token, expected } of vectors as readonly Vector[]) {
    const chain = readChain(token)
    const root = readKey(pinned.find(({ kid }) => kid === root_kid) ?? null)
    const isSound =
      chain !== undefined &&
      root !== undefined &&
      chain.hops.length === expected.hop_count &&
      isJwsSignedBy(chain.hops[0].sdJwt.jws, root, 'ES256') &&
      areHopsSigned(chain) &&
      expected.payload_assertions.every((assertion) => doesSay(chain, assertion))
    if (!isSound) throw new Error(`${file} ${id}: the chain does not hold as the vector says`)
    const context = { now: 1_785_268_700, directory, nonces: memoryNonces(), settings: {} }
    const result = await run({ [id.includes('checkout') ? checkoutKey : paymentKey]: token }, context)
    const isRedacted = chain.hops.some(({ mandates }) =>
      mandates.some(({ state, withheld }) => state === 'open' && withheld > 0),
    )
    const code = isRedacted ? 'foreign-fields-missing' : 'foreign-window-invalid'
    const why =
      'every signature and digest holds, but no root is dated and constraints lack what the schemas contain (AP2 PR #307)'
    landings.push(landing(file, id, result, defect(code, why)))
  }
  return landings
}

export const cases = async (folder: string): Promise<readonly Landing[]> => [
  ...(await examplesOf(folder)),
  ...(await cardsOf(folder)),
  ...(await tokensOf(folder)),
  ...(await vectorsOf(folder)),
  ...(await plainOf(folder)),
]
