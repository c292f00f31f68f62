/** The published examples and vectors of x402, and where each lands. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import type { BridgeResult } from '../../bridge/adapter.ts'
import { isObject, type Json, type JsonObject, member } from '../../bridge/json.ts'
import { readDescription } from '../../bridge/message.ts'
import { adapterOf } from '../../bridge/registry.ts'
import { translateOut } from '../../bridge/translate-out.ts'
import { type Domain, digestOf, signerOf, type Values } from '../../bridge/x402/typed-data.ts'
import { accept } from '../../reference/core/outcome.ts'
import { everybody } from '../bridge/parties.ts'
import { checkout } from '../bridge/tap-agent.ts'
import { translate } from './counted.ts'
import type { Landing } from './examples.ts'

export const others: readonly (readonly [RegExp, string])[] = [[/^SOURCE\.txt$/, 'where the files come from']]

/** Tokens an operator who takes all of these would list. */
const assets = [
  ['eip155:8453', '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913', 6],
  ['eip155:84532', '0x036CbD53842c5426634e7929541eC2318f3dCF7e', 6],
  ['solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp', 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v', 6],
  ['algorand:wGHE2Pwdvd7S12BL5FaOP20EGYesN73ktiC1qzkkit8=', '31566704', 6],
  ['aptos:1', '0xbae207659db88bea0cbead6da0ed00aac12edcdda169e591cd41c94180b46f3b', 6],
  ['stellar:testnet', 'CBIELTK6YBZJU5UP2WWQEUCYKLPU6AUNZ2BQ4WWFEIE3USCIHMXQDAMA', 7],
  ['cloudflare:402', 'USD', 2],
].map(([network, asset, decimals]) => ({ network, asset, decimals, currency: 'USD' }))
const settings = { protocols: { x402: { assets: assets as unknown as Json } } }

type Example = {
  readonly line: number
  readonly heading: string
  readonly kind: string
  readonly header?: string
  readonly wire?: string
  readonly value: Json
}

const codeOf = (result: BridgeResult): string =>
  result.outcome === 'refused' ? result.problem.code : result.outcome === 'translated' ? 'translated' : 'no message'

/** Requirements that stand alone, as a server would send them. */
const wrapped = (value: Json): Json => {
  if (!isObject(value) || member(value, 'accepts') !== undefined || member(value, 'x402Version') !== undefined)
    return value
  if (member(value, 'payTo') === undefined) return value
  const isV1 = member(value, 'maxAmountRequired') !== undefined
  return {
    x402Version: isV1 ? 1 : 2,
    accepts: [value],
    ...(isV1 ? {} : { resource: { url: 'https://api.example.com/' } }),
  }
}

const messageOf = ({ header, wire, value }: Example) =>
  header !== undefined && wire !== undefined
    ? { method: 'GET', url: 'https://api.example.com/', headers: { [header.toLowerCase()]: wire } }
    : {
        method: 'POST',
        url: 'https://api.example.com/',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(wrapped(value)),
      }

/** A moment at which an example is neither early nor late, where it says one. */
const momentOf = (value: unknown): number => {
  const [, found] = /"validBefore"\s*:\s*"(\d{6,11})"/.exec(JSON.stringify(value)) ?? []
  return found === undefined ? 1_795_168_800 : Math.min(Number(found) - 1, 1_795_168_800)
}

type Expected = { readonly landed: Landing['landed']; readonly code: string; readonly why: string }
const refusedWith = (code: string, why: string): Expected => ({ landed: 'refused', code, why })
const defect = (code: string, why: string): Expected => ({ landed: 'known-defect', code, why })

const onlyClearing = refusedWith('micro-amount-fractional', 'it costs less than a cent, which only clearing holds')
const notMoney = refusedWith('foreign-currency-missing', 'the token is not money the operator takes')
const placeholder = defect('message-malformed', 'an address or nonce is a placeholder')
const textVersion = defect('foreign-wire-form-unsupported', 'x402Version is a text, the specification demands a number')

/** Examples that are messages and do not become AMP, by file and line. */
const expected: Readonly<Record<string, Expected>> = {
  'specs__extensions__eip2612_gas_sponsoring.json:105': textVersion,
  'specs__extensions__erc20_gas_sponsoring.json:131': textVersion,
  'specs__extensions__sign-in-with-x.json:13': textVersion,
  'specs__schemes__batch-settlement__batch_settlement_cloudflare.json:72': defect(
    'foreign-constraint-unknown',
    'the requirements have no maxTimeoutSeconds, which the specification demands',
  ),
  'specs__schemes__exact__scheme_exact_hedera.json:34': notMoney,
  'specs__schemes__exact__scheme_exact_hedera.json:67': notMoney,
  'specs__schemes__exact__scheme_exact_keeta.json:57': notMoney,
  'specs__schemes__exact__scheme_exact_keeta.json:97': notMoney,
  'specs__schemes__exact__scheme_exact_sui.json:43': notMoney,
  'schemes__scheme_exact_lightning.json:59': notMoney,
  'schemes__scheme_exact_spark.json:27': notMoney,
  'specs__schemes__exact__scheme_exact_svm.json:34': onlyClearing,
  'specs__schemes__exact__scheme_exact_svm.json:67': onlyClearing,
  'specs__transports-v2__a2a.json:75': placeholder,
  'specs__x402-specification-v1.json:295': placeholder,
  'specs__x402-specification-v2.json:339': placeholder,
}

/** Whether somewhere in an example stands what is due or paid; all else is an answer or a part of a message. */
const isMessage = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false
  if ('x402Version' in value && ('payload' in value || 'accepts' in value || 'paymentPayload' in value)) return true
  // A catalogue lists what others ask for; it asks for nothing.
  return !('items' in value) && Object.values(value).some(isMessage)
}
const notOurs = 'protocol-unknown: an answer, or a part of a message'

const runExample = async (file: string, name: string, example: Example): Promise<Landing> => {
  const moment = everybody(settings, { now: momentOf(example.value) })
  const said = codeOf(await translate(readDescription(messageOf(example)), moment))
  const [base = ''] = file.split('/').slice(-1)
  const wanted = expected[`${base}:${example.line}`]
  const code = wanted?.code ?? (isMessage(wrapped(example.value)) ? 'translated' : 'no message')
  if (said !== code) throw new Error(`${file} ${name}: expected ${code}, the bridge says ${said}`)
  if (wanted) {
    const source = `coinbase/x402@dd927a2:${base.replaceAll('__', '/').replace('.json', '.md')}:${example.line}`
    const cited = wanted.landed === 'known-defect' ? ` (${source})` : ''
    return { file, name, landed: wanted.landed, reason: `${wanted.code}: ${wanted.why}${cited}` }
  }
  return said === 'translated'
    ? { file, name, landed: 'translated' }
    : { file, name, landed: 'refused', reason: notOurs }
}

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`

/** What was signed by somebody else's code with a known key, digest by digest. */
const vectors = (folder: string): readonly Landing[] => {
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'))
  const check = (
    file: string,
    name: string,
    digest: Uint8Array,
    vector: { digest: string; signature: string },
    signer: string,
  ): Landing => {
    if (hex(digest) !== vector.digest || signerOf(digest, vector.signature) !== signer.toLowerCase())
      throw new Error(`${file} ${name}: another digest or signer`)
    return { file, name, landed: 'translated' }
  }
  const transfers = 'generated/eip3009-vectors.json'
  const { address, vectors: signed } = read(transfers)
  const vouchers = 'generated/batch-settlement-voucher-vectors.json'
  const batch = read(vouchers)
  if (hex(digestOf(batch.domain, 'ChannelConfig', batch.channelConfig)) !== batch.channelId)
    throw new Error(`${vouchers}: another channel`)
  type Signed = { domain: Domain; message: Values; digest: string; signature: string; maxClaimableAmount: string }
  return [
    ...signed.map((each: Signed, index: number) =>
      check(
        transfers,
        `vector ${index}`,
        digestOf(each.domain, 'TransferWithAuthorization', each.message),
        each,
        address,
      ),
    ),
    ...batch.vouchers.map((each: Signed, index: number) => {
      const { channelId } = batch
      const digest = digestOf(batch.domain, 'Voucher', { channelId, maxClaimableAmount: each.maxClaimableAmount })
      return check(vouchers, `voucher ${index}`, digest, each, batch.channelConfig.payerAuthorizer)
    }),
  ]
}

/** What leaves for each schema that the SDK validates with. */
const sent = (folder: string): readonly Landing[] => {
  const adapter = adapterOf('x402')
  const given = {
    network: 'eip155:84532',
    asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
    payTo: 'shop',
    resource: 'https://shop.example/',
    decimals: 6,
  }
  const due = (version: number): JsonObject => {
    const document = { kind: 'checkout', value: checkout, given: { ...given, version } } as unknown as Json
    const made = adapter && translateOut(accept(document), adapter, { now: 0, settings: {} })
    if (made?.outcome !== 'translated') throw new Error('a checkout did not leave')
    return made.message.body as JsonObject
  }
  const [v1, v2] = [due(1), due(2)]
  const first = (required: JsonObject): Json => (member(required, 'accepts') as readonly Json[])[0] ?? null
  const paid = {
    x402Version: 2,
    accepted: first(v2),
    resource: member(v2, 'resource') ?? null,
    payload: { nonce: 'n' },
  }
  const paidV1 = { x402Version: 1, scheme: 'exact', network: 'amp:main', payload: { nonce: 'n' } }
  const bodies: Readonly<Record<string, Json>> = {
    NetworkSchema: 'amp:main',
    PaymentPayloadSchema: paid,
    PaymentPayloadV1Schema: paidV1,
    PaymentPayloadV2Schema: paid,
    PaymentRequiredSchema: v2,
    PaymentRequiredV1Schema: v1,
    PaymentRequiredV2Schema: v2,
    PaymentRequirementsSchema: first(v2),
    PaymentRequirementsV1Schema: first(v1),
    PaymentRequirementsV2Schema: first(v2),
    ResourceInfoSchema: member(v2, 'resource') ?? null,
  }
  return readdirSync(join(folder, 'json-schema')).map((name): Landing => {
    const file = `json-schema/${name}`
    const ajv = new Ajv({ strict: false })
    const validate = ajv.compile(JSON.parse(readFileSync(join(folder, file), 'utf8')))
    if (!validate(bodies[name.replace('.json', '')])) throw new Error(`${file}: ${ajv.errorsText(validate.errors)}`)
    return { file, name: 'what we send', landed: 'translated' }
  })
}

/** Runs every example and vector; throws where one lands elsewhere than it has to. */
export const cases = async (folder: string): Promise<readonly Landing[]> => {
  const all: Landing[] = []
  for (const sub of ['spec-examples', 'a2a-x402-examples'])
    for (const name of readdirSync(join(folder, sub)).sort()) {
      const { examples } = JSON.parse(readFileSync(join(folder, sub, name), 'utf8')) as { examples: Example[] }
      for (const [index, example] of examples.entries())
        all.push(
          await runExample(
            `${sub}/${name}`,
            `${index + 1}. line ${example.line}, ${example.header ?? example.heading}`,
            example,
          ),
        )
    }
  return [...all, ...vectors(folder), ...sent(folder)]
}
