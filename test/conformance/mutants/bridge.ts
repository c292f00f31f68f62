/** Bridges that are wrong in one thing each: our gateway with one part replaced. */
import type { BridgeResult, Draft } from '../../../bridge/adapter.ts'
import type { GatewayOptions } from '../../../bridge/gateway.ts'
import type { AgentKey } from '../../../bridge/keys.ts'
import { adapters } from '../../../bridge/registry.ts'
import { translate } from '../../../bridge/translate.ts'
import { accept, refuse } from '../../../reference/core/outcome.ts'
import type { Message, ProblemCode } from '../../../schemas/index.ts'
import type { Replaced } from './bridge-run.ts'
import type { BridgeMutant, FaultClass } from './mutant.ts'

type Translate = NonNullable<GatewayOptions['translate']>
type Translated = Extract<BridgeResult, { outcome: 'translated' }>
type Message_ = Extract<Parameters<Translate>[0], { ok: true }>['value']

/** Changes what came out of the pipeline. */
const translating =
  (change: (result: BridgeResult, message: Message_ | undefined) => BridgeResult): Replaced =>
  () => ({
    translate: async (read, ...rest) => change(await translate(read, ...rest), read.ok ? read.value : undefined),
  })

const translated = (change: (result: Translated, message: Message_ | undefined) => Translated): Replaced =>
  translating((result, message) => (result.outcome === 'translated' ? change(result, message) : result))

/** Takes what should be refused with one of these codes for the last good message it saw; of one protocol, or of all. */
const taking = (...codes: readonly (ProblemCode | 'not-this-protocol')[]): Replaced => takingOf(undefined, ...codes)

function takingOf(
  of: string | undefined,
  ...codes: readonly (ProblemCode | 'not-this-protocol' | `header ${string}` | `path ${string}`)[]
): Replaced {
  let last: Translated | undefined
  const named = (kind: string) => codes.filter((code) => code.startsWith(kind)).map((code) => code.slice(kind.length))
  const [headers, paths] = [named('header '), named('path ')]
  return translating((result, message) => {
    if (of !== undefined && (result.outcome === 'not-this-protocol' || result.protocol !== of)) return result
    const has = (name: string) => message?.fields.some((field) => field.name.toLowerCase() === name)
    if (!headers.every(has) || !paths.every((path) => message?.url.endsWith(path))) return result
    if (result.outcome === 'translated') last = result
    const code = result.outcome === 'refused' ? result.problem.code : result.outcome
    const taken = last ?? {
      ...{ outcome: 'translated' as const, protocol: 'none', carried: [], derived: [], losses: [], evidence: [] },
      ...{ liability: 'absent' as const, guarantee: 'absent' as const, revocation: 'absent' as const },
      identity: { protocol: 'none', interaction: 'browse' as const, agent: { id: 'nobody' }, proof: 'none' as const },
    }
    return (codes as readonly string[]).includes(code) ? taken : result
  })
}

const drafting = (change: (draft: Draft) => Draft, of?: string): Replaced =>
  translated((result) =>
    result.draft && (of === undefined || result.protocol === of) ? { ...result, draft: change(result.draft) } : result,
  )

/** Changes the amount of an order. */
const repricing = (change: (amount: Message<'common/amount'>) => Message<'common/amount'>, of?: string): Replaced =>
  drafting((draft) => {
    if (draft.mode !== 'IMMEDIATE') return draft
    return { ...draft, checkout: { ...draft.checkout, total_amount: change(draft.checkout.total_amount) } }
  }, of)

/** Changes bounds. */
const rebounding = (
  change: (constraints: Message<'trust/constraints'>) => Message<'trust/constraints'>,
  of: string,
): Replaced =>
  drafting((draft) => {
    if (draft.mode !== 'AUTONOMOUS') return draft
    return { ...draft, intent: { ...draft.intent, constraints: change(draft.intent.constraints) } }
  }, of)

/** Changes what one protocol answers in its own shape. */
const answering =
  (protocol: string, change: (body: object, version: string | undefined) => object): Replaced =>
  () => ({
    adapters: adapters.map((adapter) =>
      adapter.protocol === protocol && adapter.answer
        ? {
            ...adapter,
            answer: (message, answered) => {
              const told = adapter.answer?.(message, answered)
              const version = message.fields.find(({ name }) => name.toLowerCase() === 'api-version')?.value
              return told && answered.kind === 'opened'
                ? { ...told, body: change((told.body ?? {}) as object, version) }
                : told
            },
          }
        : adapter,
    ),
  })

const opening =
  (change: (open: GatewayOptions['openDraft']) => GatewayOptions['openDraft']): Replaced =>
  ({ openDraft }) => ({ openDraft: change(openDraft) })

const invented = {
  sessionId: 'session-1',
  authorizeUrl: 'https://bridge.example/authorize',
  status: 'inactive' as const,
}

/** A draft nobody asked for. */
const unasked: Draft = {
  ...{ kind: 'mandate-draft', status: 'inactive', liability: 'absent', guarantee: 'absent', revocation: 'absent' },
  ...{ mode: 'IMMEDIATE', source: { protocol: 'none', version: 'none', agent: 'nobody' } },
  intent: { raw: 'tea', desc: 'Tea' },
  checkout: {
    total_amount: { currency: 'USD', value: '100' },
    merchant: { reference_merchant_id: 'M-a', merchant_name: 'Shop a', merchant_mcc: '5411' },
    goods: [{ goods_name: 'Tea', goods_unit_amount: { currency: 'USD', value: '100' }, goods_quantity: '1' }],
    reference_checkout_id: 'checkout-a',
  },
}

const describing =
  (change: (document: Message<'common/discovery'>) => Message<'common/discovery'>): Replaced =>
  ({ discovery }) => ({ discovery: () => change(discovery?.() as Message<'common/discovery'>) })

/** Keeps every key it ever found. */
const hoarding: Replaced = ({ directory }) => {
  const kept = new Map<string, AgentKey>()
  return {
    directory: {
      ...directory,
      find: async (kid) => {
        const found = (await directory.find(kid)) ?? kept.get(kid)
        if (found) kept.set(kid, found)
        return found
      },
    },
  }
}

/** Remembers the nonce of whatever it sees, signed or not. */
const burning: Replaced = () => {
  const seen = new Set<string>()
  return translating((result, message) => {
    const input = message?.fields.find(({ name }) => name.toLowerCase() === 'signature-input')?.value ?? ''
    const nonce = /nonce="([^"]*)"/.exec(input)?.[1] ?? ''
    if (nonce !== '' && seen.has(nonce))
      return { outcome: 'refused', problem: { code: 'foreign-nonce-replayed' }, evidence: [], losses: [] }
    seen.add(nonce)
    return result
  })({} as GatewayOptions)
}

type Row = readonly [mutant: string, breaks: string, fault: FaultClass, replaced: () => Replaced]

const rows: readonly Row[] = [
  [
    'HidesItsProtocols',
    'EXT-BRIDGE-1',
    'SilentLoss',
    () => describing((document) => ({ ...document, extensions: ['bridge'] })),
  ],
  ['TakesAnything', 'EXT-BRIDGE-2', 'MissingCheck', () => taking('not-this-protocol')],
  [
    'AddsToTheTotal',
    'EXT-BRIDGE-3',
    'CheckoutSwap',
    () => repricing(({ currency, value }) => ({ currency, value: String(BigInt(value) + 1n) })),
  ],
  [
    'RoundsYenLikeDollars',
    'EXT-BRIDGE-3',
    'WrongAnswer',
    () => repricing((amount) => (amount.currency === 'JPY' ? { ...amount, value: `${amount.value}00` } : amount)),
  ],
  [
    'WidensBounds',
    'EXT-BRIDGE-3',
    'ScopeWiden',
    () =>
      drafting((draft) =>
        draft.mode === 'AUTONOMOUS' ? { ...draft, intent: { ...draft.intent, desc: 'Anything at all' } } : draft,
      ),
  ],
  [
    'AsksTwice',
    'EXT-BRIDGE-3',
    'IdempotencyCheckThenAct',
    () =>
      opening((open) => async (draft, identity) => {
        await open(draft, identity)
        return open(draft, identity)
      }),
  ],
  [
    'ShopsForWhoLooks',
    'EXT-BRIDGE-4',
    'TrustGateBypass',
    () => {
      let last: Draft = unasked
      return translated((result) => {
        last = result.draft ?? last
        return { ...result, identity: { ...result.identity, interaction: 'payment' as const }, draft: last }
      })
    },
  ],
  [
    'ShowsItActivated',
    'EXT-BRIDGE-5',
    'TrustGateBypass',
    () =>
      opening((open) => async (draft, identity) => {
        const opened = await open(draft, identity)
        return opened.ok ? accept({ ...opened.value, status: 'activated' as 'inactive' }) : opened
      }),
  ],
  [
    'SendsTheUserElsewhere',
    'EXT-BRIDGE-6',
    'WrongAnswer',
    () =>
      opening((open) => async (draft, identity) => {
        const opened = await open(draft, identity)
        return opened.ok ? accept({ ...opened.value, authorizeUrl: invented.authorizeUrl }) : opened
      }),
  ],
  [
    'ExplainsNothing',
    'EXT-BRIDGE-7',
    'WrongReasonRefusal',
    () =>
      opening((open) => async (draft, identity) => {
        const opened = await open(draft, identity)
        return opened.ok ? opened : refuse('payment-failed')
      }),
  ],
  [
    'InventsASession',
    'EXT-BRIDGE-8',
    'LeakAfterFailure',
    () => opening((open) => (draft, identity) => open(draft, identity).catch(() => accept(invented))),
  ],
  ['TakesForgeries', 'EXT-BRIDGE-9', 'UnsignedAccepted', () => taking('foreign-signature-invalid')],
  [
    'TakesOtherBodies',
    'EXT-BRIDGE-9',
    'UnsignedAccepted',
    () => taking('foreign-object-mismatch', 'foreign-signature-invalid', 'digest-mismatch'),
  ],
  ['TakesStrangers', 'EXT-BRIDGE-10', 'UnsignedAccepted', () => taking('foreign-agent-unknown')],
  ['KeepsKeysForEver', 'EXT-BRIDGE-10', 'StaleRevocation', () => hoarding],
  ['TakesTheFuture', 'EXT-BRIDGE-11', 'ClockSkew', () => taking('foreign-not-yet-valid')],
  ['TakesThePast', 'EXT-BRIDGE-11', 'ClockSkew', () => taking('foreign-expired')],
  ['TakesLongWindows', 'EXT-BRIDGE-11', 'ClockSkew', () => taking('foreign-window-invalid')],
  [
    'TakesWhatIsForOthers',
    'EXT-BRIDGE-12',
    'ScopeWiden',
    () => taking('foreign-audience-mismatch', 'foreign-signature-invalid'),
  ],
  ['ForgetsNonces', 'EXT-BRIDGE-13', 'ReplayNonce', () => () => ({ nonces: { record: async () => 'fresh' as const } })],
  ['BurnsNonces', 'EXT-BRIDGE-14', 'ReplayNonce', () => burning],
  [
    'BelievesNames',
    'EXT-BRIDGE-15',
    'ScopeWiden',
    () =>
      translated((result, message) => {
        const claimed = message?.fields.find(({ name }) => name.toLowerCase() === 'x-agent-id')?.value
        return claimed === undefined ? result : { ...result, identity: { ...result.identity, agent: { id: claimed } } }
      }),
  ],
  ['LosesLosses', 'EXT-BRIDGE-16', 'SilentLoss', () => translated((result) => ({ ...result, losses: [] }))],
  [
    'CountsTwice',
    'EXT-BRIDGE-16',
    'WrongAnswer',
    () => translated((result) => ({ ...result, losses: [...result.losses, ...result.losses] })),
  ],
  [
    'PromisesNoLiability',
    'EXT-BRIDGE-17',
    'TrustGateBypass',
    () => drafting((draft) => ({ ...draft, liability: 'none' as 'absent' })),
  ],
  ['CarriesCards', 'EXT-BRIDGE-18', 'MissingCheck', () => taking('card-data-present')],
  [
    'RepeatsCards',
    'EXT-BRIDGE-18',
    'LeakAfterFailure',
    () =>
      translating((result, message) =>
        result.outcome === 'refused' && result.problem.code === 'card-data-present'
          ? { ...result, problem: { ...result.problem, detail: `${message?.url} ${message?.body}`.slice(0, 900) } }
          : result,
      ),
  ],
  ['ReadsAnything', 'EXT-BRIDGE-19', 'MissingCheck', () => taking('message-malformed')],
  ['RemembersPastReset', 'EXT-BRIDGE-20', 'StaleRevocation', () => hoarding],
  ['TakesPlayMoney', 'EXT-BRIDGE-21', 'MissingCheck', () => taking('foreign-currency-missing', 'message-malformed')],
  ['X402TakesAnyToken', 'EXT-BRIDGE-21', 'MissingCheck', () => takingOf('x402', 'foreign-currency-missing')],
  // One for each protocol: what is wrong in it alone is found by its own checks.
  ['TapTakesForgeries', 'EXT-BRIDGE-9', 'UnsignedAccepted', () => takingOf('visa-tap', 'foreign-signature-invalid')],
  ['WebBotAuthForgetsNonces', 'EXT-BRIDGE-13', 'ReplayNonce', () => takingOf('web-bot-auth', 'foreign-nonce-replayed')],
  [
    'VicReadsMajorAsMinor',
    'EXT-BRIDGE-3',
    'WrongAnswer',
    () =>
      repricing(
        ({ currency, value }) => ({ currency, value: String(BigInt(value) / (currency === 'JPY' ? 1n : 100n)) }),
        'visa-intelligent-commerce',
      ),
  ],
  [
    'AgentPayBelievesAnyIssuer',
    'EXT-BRIDGE-10',
    'UnsignedAccepted',
    () => takingOf('mastercard-agent-pay', 'foreign-agent-unknown'),
  ],
  [
    'IntentTakesChangedLayers',
    'EXT-BRIDGE-9',
    'StrippedDisclosure',
    () => takingOf('verifiable-intent', 'foreign-signature-invalid', 'foreign-object-mismatch'),
  ],
  [
    'KyaForgetsThePrice',
    'EXT-BRIDGE-3',
    'ScopeWiden',
    () => rebounding(({ payment_amount_max: _most, ...constraints }) => constraints, 'kyapay'),
  ],
  [
    'Ap2DoublesTheBudget',
    'EXT-BRIDGE-3',
    'BudgetEscape',
    () =>
      rebounding(
        ({ budget_amount: { currency, value }, ...constraints }) => ({
          ...constraints,
          budget_amount: { currency, value: String(BigInt(value) * 2n) },
        }),
        'ap2',
      ),
  ],
  [
    'UcpHidesWhereToGo',
    'EXT-BRIDGE-6',
    'WrongAnswer',
    () => answering('ucp', (body) => ({ ...body, continue_url: invented.authorizeUrl })),
  ],
  [
    'EarlyUcpTakesForgeries',
    'EXT-BRIDGE-9',
    'UnsignedAccepted',
    () => takingOf('ucp', 'header request-signature', 'foreign-signature-invalid'),
  ],
  [
    'A2aHidesWhereToGo',
    'EXT-BRIDGE-6',
    'WrongAnswer',
    () =>
      answering('ap2', (body) =>
        JSON.parse(JSON.stringify(body).replaceAll(/https:\/\/wallet\.example[^"]*/g, invented.authorizeUrl)),
      ),
  ],
  ['AcpTakesAnyToken', 'EXT-BRIDGE-10', 'UnsignedAccepted', () => takingOf('acp', 'foreign-agent-unknown')],
  ['AcpTakesOtherBodies', 'EXT-BRIDGE-9', 'UnsignedAccepted', () => takingOf('acp', 'foreign-signature-invalid')],
  [
    'AcpHidesWhereToGoInOneVersion',
    'EXT-BRIDGE-6',
    'WrongAnswer',
    () => answering('acp', (body, version) => (version === '2026-01-30' ? { ...body, messages: [] } : body)),
  ],
  [
    'AcpAddsToEarlySessions',
    'EXT-BRIDGE-3',
    'CheckoutSwap',
    () =>
      translated((result, message) => {
        const version = message?.fields.find(({ name }) => name.toLowerCase() === 'api-version')?.value ?? ''
        if (result.protocol !== 'acp' || version >= '2026-01-30' || result.draft?.mode !== 'IMMEDIATE') return result
        const { checkout } = result.draft
        const total_amount = { ...checkout.total_amount, value: `${checkout.total_amount.value}0` }
        return { ...result, draft: { ...result.draft, checkout: { ...checkout, total_amount } } }
      }),
  ],
  ['X402TakesOtherSigners', 'EXT-BRIDGE-9', 'UnsignedAccepted', () => takingOf('x402', 'foreign-signature-invalid')],
  ['X402SettlesTwice', 'EXT-BRIDGE-13', 'SettleTwice', () => takingOf('x402', 'foreign-nonce-replayed')],
  [
    'X402CountsSixDecimals',
    'EXT-BRIDGE-3',
    'WrongAnswer',
    () =>
      repricing(
        (amount) => (amount.currency === 'KWD' ? { ...amount, value: `${amount.value}000000000000` } : amount),
        'x402',
      ),
  ],
  ['MppTakesAnyChallenge', 'EXT-BRIDGE-9', 'UnsignedAccepted', () => takingOf('mpp', 'foreign-signature-invalid')],
  [
    'MppInMcpTakesAnyChallenge',
    'EXT-BRIDGE-9',
    'UnsignedAccepted',
    () => takingOf('mpp', 'path /mcp', 'foreign-signature-invalid'),
  ],
  [
    'X402InA2aSettlesTwice',
    'EXT-BRIDGE-13',
    'SettleTwice',
    () => takingOf('x402', 'path /a2a', 'foreign-nonce-replayed'),
  ],
  [
    'X402InMcpTakesOtherSigners',
    'EXT-BRIDGE-9',
    'UnsignedAccepted',
    () => takingOf('x402', 'path /mcp', 'foreign-signature-invalid'),
  ],
  ['MppTakesOldChallenges', 'EXT-BRIDGE-11', 'ClockSkew', () => takingOf('mpp', 'foreign-expired')],
  ['TacpForgetsNonces', 'EXT-BRIDGE-13', 'ReplayNonce', () => takingOf('forter-tacp', 'foreign-nonce-replayed')],
  [
    'ErcShopsByReputation',
    'EXT-BRIDGE-4',
    'TrustGateBypass',
    () =>
      translated((result) =>
        result.protocol === 'erc-8004'
          ? { ...result, identity: { ...result.identity, interaction: 'payment' }, draft: unasked }
          : result,
      ),
  ],
]

export const bridgeMutants: readonly BridgeMutant[] = rows.map(([mutant, breaks, fault, replaced]) => ({
  mutant: `bridge ${mutant}`,
  role: 'bridge',
  class: fault,
  breaks,
  replaced,
}))
