/** Where every published example of ACP lands, version by version: sent by a platform that is known, or as a signed event. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { signEvent } from '../../bridge/acp/webhook.ts'
import type { Settings } from '../../bridge/adapter.ts'
import { readDescription } from '../../bridge/message.ts'
import type { TapRequest } from '../../bridge/visa-tap/sign.ts'
import { acpTestSettings, secrets } from '../bridge/acp/samples.ts'
import { everybody } from '../bridge/parties.ts'
import { now } from '../bridge/tap-agent.ts'
import { translate } from './counted.ts'
import type { Landing, ProtocolExamples } from './examples.ts'

const newest = '2026-04-17'

/** The merchants of the examples, as an operator would list them: older sessions name nobody but their pages. */
const settings: Settings = {
  ...acpTestSettings,
  merchants: ['www.testshop.com', 'merchant.example.com', 'example.com', 'seller.example.com'].map((host) => ({
    cardAcceptorId: host,
    currency: 'USD',
    merchant: { reference_merchant_id: 'm-1', merchant_name: 'A shop', merchant_mcc: '5999' },
  })),
}

const send = (path: string, body: unknown, version: string, headers: Record<string, string>): TapRequest => ({
  method: 'POST',
  url: `https://bridge.example${path}`,
  headers: { 'content-type': 'application/json', 'api-version': version, ...headers },
  body: JSON.stringify(body),
})

/** How an example travels, by its name: a request, an event of its merchant, or an answer that is handed over. */
const sentOf = (name: string, body: unknown, version: string): TapRequest => {
  const known = { authorization: `Bearer ${secrets.token}`, 'idempotency-key': name }
  if (/^webhook_/.test(name))
    return send('/agentic_checkout/webhooks/order_events', body, version, {
      'merchant-signature': signEvent(JSON.stringify(body), secrets.webhook, now),
    })
  const path = /^delegate_payment_request/.test(name)
    ? '/agentic_commerce/delegate_payment'
    : /^complete_(checkout_)?session_.*request|^complete_session_with/.test(name)
      ? '/checkout_sessions/session-1/complete'
      : /^cancel_.*request/.test(name)
        ? '/checkout_sessions/session-1/cancel'
        : /^update_.*request/.test(name)
          ? '/checkout_sessions/session-1'
          : /request/.test(name)
            ? '/checkout_sessions'
            : '/offers'
  return send(path, body, version, known)
}

type Body = {
  readonly status?: string
  readonly totals?: readonly { readonly type: string; readonly amount: number }[]
  readonly currency?: string
  readonly fulfillment_options?: unknown
  readonly links?: readonly { readonly url: string }[]
}

/** What has to become of an example, told without the adapter: a code of a refusal, or nothing where it is translated. */
const dueOf = (name: string, body: Body, path: string): string | undefined => {
  if (/"(number|three_ds_cryptogram|cvc)":"/.test(JSON.stringify(body))) return 'card-data-present'
  const isSession = 'totals' in body && 'line_items' in body && body.fulfillment_options !== undefined
  const isOther = /^webhook_|error|success_response/.test(name)
  // Ready, and nothing in it tells whose it is: no handler of ours, no account, no page.
  const isNameless = isSession && body.status === 'ready_for_payment' && !body.links?.length
  if (isNameless) return 'foreign-fields-missing'
  return path !== '/offers' || isSession || isOther ? undefined : 'not-this-protocol'
}

const reasons: Readonly<Record<string, string>> = {
  'card-data-present': 'card data never crosses the bridge',
  'foreign-fields-missing': 'a session that is ready names no merchant',
  'not-this-protocol': 'a part of a session: members every version demands are not in it',
}

/** Runs one example; a session that is ready has to keep its total to the last minor unit. */
const land = async (file: string, name: string, body: Body, version: string, wrong: string[]): Promise<Landing> => {
  const message = sentOf(name, body, version)
  const result = await translate(readDescription(message), everybody(settings))
  const code = result.outcome === 'refused' ? result.problem.code : result.outcome
  const due = dueOf(name, body, new URL(message.url).pathname)
  if (code !== (due ?? 'translated')) wrong.push(`${file} ${name}: ${code} where ${due ?? 'translated'} is due`)
  if (result.outcome !== 'translated')
    return { file, name, landed: 'refused', reason: `${code}: ${reasons[code] ?? ''}` }
  const total = body.totals?.find(({ type }) => type === 'total')?.amount
  const kept = result.draft?.mode === 'IMMEDIATE' ? result.draft.checkout.total_amount : undefined
  const isReady = body.status === 'ready_for_payment' && !/^webhook_/.test(name)
  if (isReady && (kept?.value !== String(total) || kept?.currency !== body.currency?.toUpperCase()))
    wrong.push(`${file} ${name}: the total is not kept`)
  return { file, name, landed: 'translated' }
}

/** Examples of a file by name: a table of them, a pair of request and response, or one order, which travels in an event. */
const namedIn = (file: string, json: Record<string, unknown>): readonly (readonly [string, unknown])[] => {
  if (file.startsWith('examples/orders/')) {
    const { $schema: _schema, _description, ...order } = json
    const data = { type: 'order', status: 'created', ...order }
    return [['webhook_order_update_event', { type: 'order_update', data }]]
  }
  if ('request' in json && 'response' in json)
    return [
      ['create_request', json.request],
      ['create_response', json.response],
    ]
  return Object.entries(json)
}

/** Runs them all; throws where one lands elsewhere than it has to. */
export const cases: ProtocolExamples['cases'] = async (folder) => {
  const wrong: string[] = []
  const landings: Landing[] = []
  const files = readdirSync(join(folder, 'examples'), { recursive: true, encoding: 'utf8' })
  for (const name of files.filter((each) => each.endsWith('.json')).sort()) {
    const file = `examples/${name.replaceAll('\\', '/')}`
    const version = /\d{4}-\d{2}-\d{2}/.exec(file)?.[0] ?? newest
    const json = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    for (const [each, body] of namedIn(file, json)) landings.push(await land(file, each, body as Body, version, wrong))
  }
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  return landings
}

/** What else the folder holds. */
export const others: NonNullable<ProtocolExamples['others']> = [
  [/^(spec|handler-schemas)\//, 'schemas: test/bridge/acp/schemas.test.ts validates what we send with them'],
  [/\.(md|txt)$/, 'words'],
]
