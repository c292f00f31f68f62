/** The fate of every field of the Payment scheme, in and out. */
import { aroundRules, carried, derived, type FieldRule, lost, rulesByIndex } from '../accounting.ts'
import type { MessageKind } from '../adapter.ts'
import { leavesOf } from '../json.ts'
import { fieldsOf } from '../message.ts'
import type { MppWire } from './wire.ts'

const around = aroundRules('a challenge', 'the scheme')

/** A challenge that is taken, at a path. */
const taken = (path: string): readonly FieldRule[] => [
  derived(`${path}/id`, 'evidence/challenge', 'is computed again where the operator issued it'),
  derived(`${path}/realm`, 'draft/checkout/merchant', 'names the merchant, where the operator lists none'),
  derived(`${path}/method`, 'draft/checkout/total_amount', 'tells in which units the method counts'),
  derived(`${path}/intent`, 'draft/mode', 'a charge is a checkout, a session or subscription is bounds'),
  derived(`${path}/expires`, 'evidence/challenge', 'has to be ahead'),
  derived(`${path}/description`, 'draft/checkout/goods', 'is the name of what is bought'),
  lost(`${path}/digest`, 'binds the body of a request that AMP does not see'),
  lost(`${path}/opaque`, 'data of the server for its own use'),
  lost(`${path}/header`, 'where the credential is to be put'),
  derived(
    `${path}/request/amount`,
    'draft/checkout/total_amount',
    'base units in minor units, exactly or refused; in bounds, of one period',
  ),
  derived(`${path}/request/suggestedDeposit`, 'draft/intent/constraints/budget_amount', 'base units in minor units'),
  derived(`${path}/request/currency`, 'draft/checkout/total_amount', 'is a currency, or a token as the operator says'),
  derived(
    `${path}/request/recipient`,
    'draft/checkout/merchant',
    'is the merchant the operator lists, or its identifier',
  ),
  derived(`${path}/request/description`, 'draft/checkout/goods', 'is the name of what is bought'),
  derived(`${path}/request/externalId`, 'draft/checkout/reference_checkout_id', 'where it is an identifier of AMP'),
  derived(
    `${path}/request/periodUnit`,
    'draft/intent/constraints/payment_frequency',
    'day, week or month, exactly or refused',
  ),
  derived(`${path}/request/periodCount`, 'draft/intent/constraints/payment_frequency', 'has to be one'),
  derived(`${path}/request/subscriptionExpires`, 'draft/intent/expiry_time', 'ends the bounds, and counts the periods'),
  lost(`${path}/request/unitType`, 'what a unit is'),
  derived(
    `${path}/request/methodDetails/scale`,
    'draft/checkout/total_amount',
    'decimals of a unit of the `amp` method',
  ),
  derived(`${path}/request/methodDetails/amp/**`, 'draft/checkout', 'is the checkout as AMP wrote it, where it is one'),
  lost(`${path}/request/methodDetails/**`, 'how the other rail signs and settles'),
  lost(`${path}/request/**`, 'a member of the method that AMP has no place for'),
  lost(`${path}/**`, 'AMP has no place for it'),
]

const requiredRules = (index: number): readonly FieldRule[] => [
  ...taken(`required/${index}`),
  lost('required/**', 'another way to pay; one was taken'),
  ...around,
]

const credentialRules: readonly FieldRule[] = [
  ...taken('credential/challenge'),
  carried('credential/source', 'identity/agent/id'),
  derived('credential/payload/**', 'evidence/payment-authorisation', 'is for its own rail, which alone can check it'),
  derived('credential/payload', 'evidence/payment-authorisation', 'is for its own rail, which alone can check it'),
  ...around,
]

const required = rulesByIndex(requiredRules)

/** The rules for a message whose challenge of this index is taken. */
export const rulesOf = ({ kind }: MppWire, index: number): readonly FieldRule[] =>
  kind === 'credential' ? credentialRules : required(index)

/** Every field once: the scheme by its own members, whatever it came in as the rest of the message. */
export const mppFieldsOf = ({ message, place, json, kind, isShared }: MppWire): readonly string[] => [
  ...fieldsOf(message).filter((field) => (field !== place || isShared) && !field.startsWith(`${place}/`)),
  ...leavesOf(json, kind),
]

/** Names of what leaves. */
export const outNames = { checkout: 'challenge', payment: 'receipt', problem: 'problem' } as const

const challengeAt = 'message/body/challenges/0'
const asked = `${challengeAt}/request`

export const outRules = {
  checkout: [
    derived('value/total_amount/value', `${asked}/amount`, 'minor units in base units, exactly or refused'),
    derived('value/total_amount/currency', `${asked}/currency`, 'lower case, or the token that is given'),
    carried('value/merchant/**', `${asked}/methodDetails/amp/merchant/**`),
    carried('value/goods/**', `${asked}/methodDetails/amp/goods/**`),
    carried('value/reference_checkout_id', `${asked}/externalId`),
    carried('given/id', `${challengeAt}/id`),
    carried('given/realm', `${challengeAt}/realm`),
    carried('given/method', `${challengeAt}/method`),
    carried('given/recipient', `${asked}/recipient`),
    carried('given/expires', `${challengeAt}/expires`),
    derived('given/decimals', `${asked}/amount`, 'how many decimals a base unit has'),
    derived('given/token', `${asked}/currency`, 'stands for the currency where the method has tokens'),
    derived('given/methodDetails/**', `${asked}/methodDetails`, 'what the other rail needs to sign and settle'),
    lost('given/**', 'the scheme has no place for it'),
  ],
  payment: [
    carried('value/paymentId', 'message/body/reference'),
    carried('value/paymentTime', 'message/body/timestamp'),
    derived('value/paymentStatus', 'message/body/status', 'only SUCCESS has a receipt'),
    carried('given/method', 'message/body/method'),
    lost('value/paymentAmount/**', 'a receipt names no amount'),
    lost('value/**', 'the scheme has no place for it'),
    lost('given/**', 'the scheme has no place for it'),
  ],
  unpaid: [
    derived('value/paymentStatus', 'message/body/type', 'what is not paid has no receipt'),
    derived('value/failure/code', 'message/body/details', 'the code of AMP'),
    derived('value/failure/title', 'message/body/detail', 'words for people'),
    lost('value/**', 'the scheme has no place for it'),
    lost('given/**', 'the scheme has no place for it'),
  ],
  problem: [
    derived('value/code', 'message/body/type', 'the type that says the same, with the code of AMP in `details`'),
    derived('value/detail', 'message/body/detail', 'words for people'),
    lost('value/**', 'the scheme has no place for it'),
    lost('given/**', 'the scheme has no place for it'),
  ],
} as const satisfies Readonly<Record<string, readonly FieldRule[]>>

export const mppMessages: readonly MessageKind[] = [
  {
    name: 'challenge',
    direction: 'in',
    yields: 'draft IMMEDIATE; AUTONOMOUS for session and subscription',
    rules: required(0),
  },
  { name: 'credential', direction: 'in', yields: 'identity, draft', rules: credentialRules },
  { name: outNames.checkout, direction: 'out', yields: '402', rules: outRules.checkout },
  { name: outNames.payment, direction: 'out', yields: 'Payment-Receipt', rules: outRules.payment },
  { name: outNames.problem, direction: 'out', yields: 'problem', rules: outRules.problem },
]
