/** Bridges that are wrong in one thing each: our gateway with one part replaced. */
import type { BridgeResult, Draft } from '../../../bridge/adapter.ts'
import type { GatewayOptions } from '../../../bridge/gateway.ts'
import type { AgentKey } from '../../../bridge/keys.ts'
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

/** Takes what should be refused with one of these codes for the last good message it saw. */
const taking = (...codes: readonly (ProblemCode | 'not-this-protocol')[]): Replaced => {
  let last: Translated | undefined
  return translating((result) => {
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

const drafting = (change: (draft: Draft) => Draft): Replaced =>
  translated((result) => (result.draft ? { ...result, draft: change(result.draft) } : result))

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
    () =>
      drafting((draft) =>
        draft.mode === 'IMMEDIATE'
          ? {
              ...draft,
              checkout: {
                ...draft.checkout,
                total_amount: {
                  ...draft.checkout.total_amount,
                  value: String(BigInt(draft.checkout.total_amount.value) + 1n),
                },
              },
            }
          : draft,
      ),
  ],
  [
    'RoundsYenLikeDollars',
    'EXT-BRIDGE-3',
    'WrongAnswer',
    () =>
      drafting((draft) =>
        draft.mode === 'IMMEDIATE' && draft.checkout.total_amount.currency === 'JPY'
          ? {
              ...draft,
              checkout: {
                ...draft.checkout,
                total_amount: { currency: 'JPY', value: `${draft.checkout.total_amount.value}00` },
              },
            }
          : draft,
      ),
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
]

export const bridgeMutants: readonly BridgeMutant[] = rows.map(([mutant, breaks, fault, replaced]) => ({
  mutant: `bridge ${mutant}`,
  role: 'bridge',
  class: fault,
  breaks,
  replaced,
}))
