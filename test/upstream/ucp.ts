/** Where every published example of UCP lands, version by version: handed over by a platform that is known. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from '../../bridge/adapter.ts'
import { readDescription } from '../../bridge/message.ts'
import type { TapRequest } from '../../bridge/visa-tap/sign.ts'
import { everybody, ucpPlatform } from '../bridge/parties.ts'
import { now } from '../bridge/tap-agent.ts'
import { ucpSigned } from '../bridge/ucp/parties.ts'
import { translate } from './counted.ts'
import type { Landing, ProtocolExamples } from './examples.ts'

type DocExample = { readonly doc: string; readonly json?: unknown; readonly raw?: string }

/** A published example as a request, or nothing where it is no JSON even with comments and last commas taken away. */
type Sent = TapRequest | undefined

const host = 'https://merchant.example.com'
const versions = ['2026-01-11', '2026-01-23', '2026-04-08', '2026-08-25']

const handedOver = (body: string): TapRequest => ({
  method: 'POST',
  url: `${host}/offers`,
  headers: { 'content-type': 'application/json' },
  body,
})

const filled = (text: string, version: string): string =>
  text.replaceAll('{{ ucp_version }}', version).replaceAll('{{ENDPOINT}}', host)

/** The text as JSON, after comments and last commas that are no JSON; nothing where more is missing. */
const jsonText = (text: string): string | undefined => {
  const plain = text
    .replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*/g, (_, string) => string ?? '')
    .replace(/,(\s*[}\]])/g, '$1')
  try {
    return JSON.stringify(JSON.parse(plain))
  } catch {
    return undefined
  }
}

/** Headers of an example but what is made up there (signatures, digests) and is made anew here. */
const headersOf = (lines: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    lines.flatMap((line) => {
      const [, name = '', value] = /^([A-Za-z-]+):\s*(.*)$/.exec(line) ?? []
      const isMade = /^(host|signature|signature-input|content-digest|request-signature|signature-agent)$/i.test(name)
      return value === undefined || isMade ? [] : [[name.toLowerCase(), value]]
    }),
  )

/** A request written out, or an answer as a platform hands it over; nothing where the text is neither. */
const readHttp = (text: string): { readonly request: Sent } | undefined => {
  const [head = '', ...rest] = text.trim().split(/\r?\n\r?\n/)
  const [first = '', ...lines] = head.split(/\r?\n/)
  const [, method, target] = /^(GET|POST|PUT|DELETE) (\S+)(?: HTTP\/[\d.]+)?$/.exec(first) ?? []
  const isAnswer = /^HTTP\/[\d.]+ \d{3}/.test(first)
  if (!isAnswer && (method === undefined || target === undefined)) return undefined
  const body = rest.join('\n\n').trim()
  const json = body === '' ? '' : jsonText(body)
  if (json === undefined) return { request: undefined }
  if (isAnswer) return { request: handedOver(json) }
  const url = `${host}${target?.replaceAll(/\{[a-z_]+\}/g, 'session-1')}`
  const headers = { 'content-type': 'application/json', ...headersOf(lines) }
  return { request: { method: method ?? '', url, headers, ...(json === '' ? {} : { body: json }) } }
}

const sentOf = ({ json, raw = '' }: DocExample, version: string): Sent => {
  if (json !== undefined) return handedOver(filled(JSON.stringify(json), version))
  const text = filled(raw, version)
  const http = readHttp(text)
  if (http) return http.request
  const plain = jsonText(text)
  return plain === undefined ? undefined : handedOver(plain)
}

type Ucp = { readonly version?: string }
type Body = {
  readonly ucp?: Ucp
  readonly jsonrpc?: string
  readonly status?: string
  readonly totals?: readonly { readonly type: string; readonly amount: number }[]
  readonly currency?: string
}

const bodyOf = ({ body = '' }: TapRequest): Body => (/^\{/.test(body) ? JSON.parse(body) : {})

/** The object in an envelope of another transport, where there is one; else the body. */
const carriedIn = (message: TapRequest): Body => {
  const body = bodyOf(message)
  if (body.jsonrpc === undefined) return body
  const within = (value: unknown): Body | undefined => {
    if (typeof value !== 'object' || value === null) return undefined
    if ('ucp' in value) return value as Body
    for (const inner of Object.values(value)) {
      const found = within(inner)
      if (found) return found
    }
    return undefined
  }
  return within(body) ?? {}
}

const ucpPath = /\/(checkout-sessions|carts|catalog\/(search|lookup|product)|orders\/)/

/** What has to become of an example, told without the adapter: a code of a refusal, or nothing where it is translated. */
const dueOf = (message: TapRequest): string | undefined => {
  const { ucp, jsonrpc } = bodyOf(message)
  if (/"(number|card_number|cryptogram|cvc)": ?"/.test(message.body ?? '')) return 'card-data-present'
  if (message.body !== undefined && !message.body.startsWith('{')) return 'message-malformed'
  const [, version = ucp?.version] = /"ucp":\{"version":"(\d{4}-\d{2}-\d{2})"/.exec(message.body ?? '') ?? []
  if (/^\d{4}-\d{2}-\d{2}$/.test(version ?? ''))
    return versions.includes(version ?? '') ? undefined : 'foreign-wire-form-unsupported'
  if (jsonrpc !== undefined) return undefined
  return ucpPath.test(message.url) ? undefined : 'message-malformed'
}

/** Words for a refusal that is due. */
const reasons: Readonly<Record<string, string>> = {
  'card-data-present': 'card data never crosses the bridge',
  'message-malformed': 'a part of a message, a schema, or a message of another protocol',
}

/** The businesses of the examples, as an operator would list them: their checkouts name no merchant. */
const settings: Settings = {
  merchants: ['merchant.com', 'merchant.example.com', 'business.example.com', 'example.com'].map((name) => ({
    cardAcceptorId: name,
    currency: 'USD',
    merchant: { reference_merchant_id: 'm-1', merchant_name: 'A shop', merchant_mcc: '5999' },
  })),
}

/** Checkouts of the documents that are ready and link nobody: whose they are cannot be told. */
const nameless = 'foreign-fields-missing'

/** A moment at which nothing in an example is over. */
const momentOf = ({ body = '' }: TapRequest): number => {
  const ends = [...body.matchAll(/"expires_at":"([^"]+)"/g)].map(([, time]) => Date.parse(time ?? '') / 1000)
  return Math.min(now, ...ends.filter((time) => !Number.isNaN(time)).map((time) => Math.floor(time) - 60))
}

/** Runs one example, signed by a platform that is known; a ready checkout has to keep its total to the last minor unit. */
const land = async (file: string, name: string, message: TapRequest, wrong: string[]): Promise<Landing> => {
  const headers = { ...message.headers, 'ucp-agent': `profile="${ucpPlatform.issuer}"` }
  // The profile of the documents is made up; ours is the one whose key signs.
  const body = message.body?.replaceAll(/"profile":"https:[^"]+"/g, `"profile":"${ucpPlatform.issuer}"`)
  const moment = momentOf(message)
  const sent = await ucpSigned({ ...message, headers, ...(body === undefined ? {} : { body }) }, ucpPlatform, moment)
  const result = await translate(readDescription(sent), everybody(settings, { now: moment }))
  const code = result.outcome === 'refused' ? result.problem.code : result.outcome
  const { status, totals, currency } = carriedIn(message)
  const due = dueOf(message)
  const isReady = status === 'ready_for_complete' && totals !== undefined && currency !== undefined
  if (due === undefined && isReady && code === nameless)
    return { file, name, landed: 'refused', reason: `${nameless}: nothing in it names the business` }
  if (due === undefined && code === 'message-malformed' && /"checkout_mandate":"[^"]*\.\.\."/.test(message.body ?? ''))
    return { file, name, landed: 'known-defect', reason: `${name} cuts its mandate short` }
  if (code !== (due ?? 'translated')) wrong.push(`${file} ${name}: ${code} where ${due ?? 'translated'} is due`)
  if (result.outcome === 'translated') {
    const total = totals?.find(({ type }) => type === 'total')?.amount
    const kept = result.draft?.mode === 'IMMEDIATE' ? result.draft.checkout.total_amount : undefined
    if (isReady && (kept?.value !== String(total) || kept?.currency !== currency))
      wrong.push(`${file} ${name}: the total is not kept`)
    return { file, name, landed: 'translated' }
  }
  if (due === 'foreign-wire-form-unsupported')
    return { file, name, landed: 'known-defect', reason: `${name} names a version that was never released` }
  return { file, name, landed: 'refused', reason: `${code}: ${reasons[code] ?? ''}` }
}

const documents = async (folder: string, name: string, wrong: string[]): Promise<readonly Landing[]> => {
  const file = `${name}/doc_examples.json`
  const { examples }: { examples: readonly DocExample[] } = JSON.parse(readFileSync(join(folder, file), 'utf8'))
  const landings: Landing[] = []
  for (const example of examples) {
    const message = sentOf(example, name.slice(0, 10))
    landings.push(
      message
        ? await land(file, example.doc, message, wrong)
        : { file, name: example.doc, landed: 'known-defect', reason: `${example.doc} is no JSON: parts are left out` },
    )
  }
  return landings
}

const filesBelow = (folder: string, inner: string): readonly string[] =>
  existsSync(join(folder, inner))
    ? readdirSync(join(folder, inner), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.json'))
        .map((name) => `${inner}/${name.replaceAll('\\', '/')}`)
    : []

/** Profiles and whole messages that come as files of their own. */
const wholeFiles = (folder: string): readonly string[] => [
  ...filesBelow(folder, 'samples').filter((name) => !name.endsWith('products.json')),
  ...filesBelow(folder, 'ucp-schema-fixtures/fixtures'),
  ...filesBelow(folder, 'conformance').filter((name) => name.endsWith('shopping-agent-test.json')),
]

/** Runs them all; throws where one lands elsewhere than it has to. */
export const cases: ProtocolExamples['cases'] = async (folder) => {
  const wrong: string[] = []
  const landings: Landing[] = []
  for (const name of readdirSync(folder)
    .filter((each) => versions.includes(each.slice(0, 10)))
    .sort())
    landings.push(...(await documents(folder, name, wrong)))
  for (const file of wholeFiles(folder)) {
    const message = handedOver(
      filled(readFileSync(join(folder, file), 'utf8').replaceAll('{webhook_port}', '1'), '2026-04-08'),
    )
    landings.push(await land(file, 'the whole file', { ...message, body: jsonText(message.body ?? '') ?? '' }, wrong))
  }
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  return landings
}

/** What else the folder holds. */
export const others: NonNullable<ProtocolExamples['others']> = [
  [/\/source\//, 'schemas: test/bridge/ucp/schemas.test.ts validates what we send with them'],
  [/^ucp-schema-fixtures\/tests\//, 'schemas for a composer of schemas'],
  [/\.(csv|yaml|txt)$/, 'tables and settings of a test suite'],
  [/(conformance_input|test_fixtures|products)[^/]*\.json$/, 'tables and settings of a test suite'],
]
