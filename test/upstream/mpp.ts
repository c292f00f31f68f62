/** The published examples and vectors of the Machine Payments Protocol, and where each lands. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BridgeResult } from '../../bridge/adapter.ts'
import { isObject, type Json, type JsonObject, member } from '../../bridge/json.ts'
import { readDescription } from '../../bridge/message.ts'
import { type Challenge, challengeIdOf, encode, writeChallenge } from '../../bridge/mpp/codec.ts'
import { everybody } from '../bridge/parties.ts'
import { translate } from './counted.ts'
import type { Landing } from './examples.ts'

export const others: readonly (readonly [RegExp, string])[] = [[/^SOURCE\.txt$/, 'where the files come from']]

type Example = {
  readonly line: number
  readonly heading: string
  readonly kind: string
  readonly header?: string
  readonly wire?: string
  readonly value: Json
}

/** Tokens an operator who takes all of these would list. */
const assets = [
  ['tempo', '0x20c0000000000000000000000000000000000001', 6],
  ['tempo', '0x20c0000000000000000000000000000000000000', 6],
  ['evm', '0xe15fc38f6d8c56af07bbcbe3baf5708a2bf42392', 6],
  ['evm', '0xFAfDdbb3FC7688494971a79cc65DCa3EF82079E7', 18],
  ['evm', '0x74b7F16337b8972027F6196A17a631ac6dE26d22', 6],
  ['evm', '0xA8CE8aee21bC2A48a5EF670afCc9274C7bbbC035', 6],
  ['hedera', '0.0.456858', 6],
  ['hedera', '0.0.5449', 6],
  ['hedera', '0x000000000000000000000000000000000006f89a', 6],
  ['solana', 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v', 6],
  ['stellar', 'CBIELTK6YBZJU5UP2WWQEUCYKLPU6AUNZ2BQ4W', 7],
  ['nearintents', 'eip155:42161/erc20:0xaf88d065e77c8cC2239327C5EDb3A432268e5831', 6],
  ['usdc', '0x3600000000000000000000000000000000000000', 6],
  ['usdc', '4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU', 6],
  ['usdc', 'ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM.usdcx::usdcx-token', 6],
  ['usdc', 'usdc', 6],
].map(([method, token, decimals]) => ({ method, token, decimals, currency: 'USD' }))
const settings = { protocols: { mpp: { assets: assets as unknown as Json } } }

const codeOf = (result: BridgeResult): string =>
  result.outcome === 'refused' ? result.problem.code : result.outcome === 'translated' ? 'translated' : 'no message'

/** The method and intent a file is about, for requests that stand in it without their challenge. */
const contextOf = (file: string, heading: string): { readonly method: string; readonly intent: string } => {
  const [, method] = /__methods__([a-z]+)__/.exec(file) ?? []
  const [, intent = 'charge'] = /-(charge|session|subscription)-/.exec(file) ?? []
  const named = /stripe|processor/i.test(heading)
    ? 'stripe'
    : /tempo/i.test(heading)
      ? 'tempo'
      : /lightning/i.test(heading)
        ? 'lightning'
        : 'example'
  return { method: method ?? named, intent }
}

const isRequest = (value: Json): value is JsonObject =>
  isObject(value) &&
  typeof member(value, 'amount') === 'string' &&
  !Object.hasOwn(value, 'challenge') &&
  !Object.hasOwn(value, 'type')

const messageOf = (file: string, { header, wire, value, heading }: Example) => {
  const request = (headers: Record<string, string>) => ({ method: 'GET', url: 'https://api.example.com/', headers })
  if (header !== undefined && wire !== undefined)
    return request({ [header.toLowerCase()]: header === 'Authorization' ? `Payment ${wire}` : wire })
  if (isRequest(value)) {
    const challenge = {
      id: 'example',
      realm: 'api.example.com',
      ...contextOf(file, heading),
      request: value,
    } as Challenge
    return request({ 'www-authenticate': writeChallenge(challenge) })
  }
  const headers = { 'content-type': 'application/json' }
  return { method: 'POST', url: 'https://api.example.com/', headers, body: JSON.stringify(value) }
}

/** A moment at which nothing in an example is over. */
const now = Date.UTC(2025, 0, 1) / 1_000

type Expected = { readonly landed: Landing['landed']; readonly code: string; readonly why: string }
const refusedWith = (code: string, why: string): Expected => ({ landed: 'refused', code, why })

const notMoney = refusedWith('foreign-currency-missing', 'nobody says what money the method or its token is')
const noDeposit = refusedWith('foreign-fields-missing', 'a session without a deposit has no bound')
const noEnd = refusedWith('foreign-fields-missing', 'a subscription without an end has no bound')
const otherPeriod = refusedWith('foreign-constraint-unknown', 'AMP counts by one day, week or month')
const onlyClearing = refusedWith('micro-amount-fractional', 'it costs less than a cent, which only clearing holds')
const cardData = refusedWith('card-data-present', 'a card token, or what stands for it')

/** Examples that are messages and do not become AMP, by file and lines. */
const expected: readonly (readonly [string, Expected, readonly number[]])[] = [
  ['specs__core__draft-httpauth-payment-00.json', notMoney, [377, 446, 454, 996, 1014, 1146, 1159]],
  [
    'specs__extensions__transports__draft-payment-transport-mcp-00.json',
    notMoney,
    [263, 450, 569, 636, 680, 885, 914, 992, 1021],
  ],
  ['specs__intents__draft-payment-intent-charge-00.json', notMoney, [206]],
  ['specs__intents__draft-payment-intent-subscription-00.json', noEnd, [339]],
  ['specs__intents__draft-payment-intent-subscription-00.json', otherPeriod, [351]],
  ['specs__methods__card__draft-card-charge-00.json', cardData, [365, 444, 489, 510, 846, 976]],
  ['specs__methods__evm__draft-evm-session-00.json', noDeposit, [994]],
  ['specs__methods__lightning__draft-lightning-charge-00.json', notMoney, [529]],
  ['specs__methods__lightning__draft-lightning-session-00.json', notMoney, [1113]],
  ['specs__methods__nearintents__draft-nearintents-charge-01.json', onlyClearing, [331, 821]],
  ['specs__methods__nearintents__draft-nearintents-charge-01.json', notMoney, [909]],
  ['specs__methods__solana__draft-solana-charge-00.json', notMoney, [540, 574, 648, 2005, 2166]],
  ['specs__methods__stripe__draft-stripe-subscription-00.json', noEnd, [224, 555]],
  ['specs__methods__stripe__draft-stripe-subscription-00.json', otherPeriod, [602]],
  ['specs__methods__tempo__draft-tempo-session-00.json', noDeposit, [699]],
  ['specs__methods__tempo__draft-tempo-subscription-00.json', otherPeriod, [243, 612]],
]

/** Why a credential cannot be read by anybody, or nothing: the texts leave out what they show elsewhere. */
const elided = (value: Json): string | undefined => {
  if (!isObject(value) || !Object.hasOwn(value, 'payload')) return undefined
  const challenge = member(value, 'challenge')
  if (!isObject(challenge)) return 'the credential has no challenge'
  const request = member(challenge, 'request')
  if (request === undefined) return 'the challenge of the credential is left out'
  return typeof request === 'string' && /[.<]/.test(request) ? 'the request of the challenge is left out' : undefined
}

/** Whether an example holds a challenge or a credential; all else is an answer or a part of a message. */
const isMessage = (value: Json): boolean => {
  if (isRequest(value)) return true
  if (!isObject(value)) return false
  if (isObject(member(value, 'challenge')) && Object.hasOwn(value, 'payload')) return true
  const at = (...path: readonly string[]): Json | undefined =>
    path.reduce<Json | undefined>((inner, name) => (isObject(inner) ? member(inner, name) : undefined), value)
  const key = 'org.paymentauth/credential'
  return [at('error', 'data', 'challenges'), at('params', '_meta', key), at('_meta', key)].some(
    (each) => each !== undefined,
  )
}
const notOurs = 'protocol-unknown: an answer, or a part of a message'

const wantedOf = (file: string, { line, value }: Example): Expected | undefined => {
  const listed = expected.find(([name, , lines]) => name === file && lines.includes(line))
  if (listed) return listed[1]
  const why = elided(value)
  const source = `tempoxyz/mpp-specs@f9506cd:${file.replaceAll('__', '/').replace('.json', '.md')}:${line}`
  return why === undefined
    ? undefined
    : { landed: 'known-defect', code: 'message-malformed', why: `${why} (${source})` }
}

const runExample = async (file: string, index: number, example: Example): Promise<Landing> => {
  const name = `${index + 1}. line ${example.line}, ${example.header ?? example.heading}`
  const said = codeOf(await translate(readDescription(messageOf(file, example)), everybody(settings, { now })))
  const wanted = wantedOf(file, example)
  const code = wanted?.code ?? (isMessage(example.value) ? 'translated' : 'no message')
  if (said !== code) throw new Error(`${file} ${name}: expected ${code}, the bridge says ${said}`)
  const where = { file: `spec-examples/${file}`, name }
  if (wanted) return { ...where, landed: wanted.landed, reason: `${wanted.code}: ${wanted.why}` }
  return said === 'translated' ? { ...where, landed: 'translated' } : { ...where, landed: 'refused', reason: notOurs }
}

/** Identifiers of challenges, computed by somebody else's code. */
const vectors = (folder: string): readonly Landing[] => {
  const file = 'vectors/challenge-id.subset.json'
  const { scenarios } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
    scenarios: { name: string; input: Challenge & { secretKey: string; meta?: JsonObject }; expected: string }[]
  }
  return scenarios.map(({ name, input, expected: id }): Landing => {
    const { secretKey, meta, ...challenge } = input
    const opaque = meta === undefined ? {} : { opaque: encode(meta) }
    if (challengeIdOf({ ...challenge, ...opaque }, secretKey) !== id)
      throw new Error(`${file} ${name}: another identifier`)
    return { file, name, landed: 'translated' }
  })
}

/** Runs every example and vector; throws where one lands elsewhere than it has to. */
export const cases = async (folder: string): Promise<readonly Landing[]> => {
  const all: Landing[] = []
  for (const file of readdirSync(join(folder, 'spec-examples')).sort()) {
    const { examples } = JSON.parse(readFileSync(join(folder, 'spec-examples', file), 'utf8')) as {
      examples: Example[]
    }
    for (const [index, example] of examples.entries()) all.push(await runExample(file, index, example))
  }
  return [...all, ...vectors(folder)]
}
