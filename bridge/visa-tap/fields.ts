/** The fate of every field of a TAP message, by kind of message: read by the accounts and by the matrix. */
import { carried, derived, type FieldRule, lost, refused } from '../accounting.ts'
import type { MessageKind } from '../adapter.ts'

/** The kinds of TAP message, told apart by the tag and by what the body proposes. */
export type TapKind = 'browse' | 'payer' | 'payer-checkout' | 'payer-bounds' | 'payer-iou'

const consumer = 'body/agenticConsumer'
const container = 'body/agenticPaymentContainer'
const iou = `${container}/browsingIOU`

const signedObject = (at: string, kind: string): readonly FieldRule[] => [
  derived(`${at}/nonce`, `evidence/${kind}`, 'has to be the nonce of the HTTP signature'),
  derived(`${at}/kid`, `evidence/${kind}`, 'has to be a key of the agent that signed the request'),
  derived(`${at}/alg`, `evidence/${kind}`, 'has to be the algorithm of that key'),
  derived(`${at}/signature`, `evidence/${kind}`, 'is verified over RFC 8785 of all other members'),
]

/** What holds for every TAP message, whatever it asks for. */
const always: readonly FieldRule[] = [
  lost('method', 'the profile does not sign it'),
  carried('url/authority', 'identity/audience'),
  derived('url/path', 'evidence/http-signature', 'is covered by the signature'),
  lost('url/query', 'the profile does not sign it'),
  carried('signature/keyid', 'identity/keyid'),
  carried('signature/alg', 'identity/algorithm'),
  carried('signature/created', 'identity/created'),
  carried('signature/expires', 'identity/expires'),
  derived('signature/tag', 'identity/interaction', 'agent-browser-auth is browse, agent-payer-auth is payment'),
  derived('signature/nonce', 'nothing of AMP', 'is recorded against replay; AMP makes its own nonces'),
  derived('signature/label', 'evidence/http-signature', 'names the signature; it is found by its tag'),
  derived('signature/components', 'evidence/http-signature', 'have to include @authority and @path'),
  derived('signature/value', 'evidence/http-signature', 'is verified with the key of the directory'),
  lost('signature-parameter/*', 'a parameter the profile does not have'),
  lost('signature-other/*', 'a signature with another tag is for somebody else'),
  lost('header/**', 'the profile does not sign it, and AMP has no place for it'),
  ...signedObject(consumer, 'consumer'),
  derived(
    `${consumer}/idToken`,
    'evidence/id-token',
    'is verified where its issuer is known; who it names goes no further',
  ),
  lost(`${consumer}/contextualData/**`, 'personal data the agent asserts; AMP does not need it'),
  refused(`${container}/credentialHash/**`, 'an unkeyed hash of card data is card data'),
  refused(`${container}/payload/**`, 'an encrypted card stays on its own rail'),
  ...signedObject(container, 'payment'),
  lost(`${container}/cardMetadata/**`, 'shows a card to the consumer; the account that pays is chosen at the wallet'),
  ...signedObject(iou, 'iou'),
]

const iouUnread = lost(
  `${iou}/**`,
  'the IOU proposes nothing: it is not signed by the agent, or the request does not ask to pay',
)

const browseOnly: readonly FieldRule[] = [
  lost('body/checkout/**', 'a browsing message never opens a payment path'),
  lost('body/intent/**', 'a browsing message never opens a payment path'),
  iouUnread,
]

const intentWords: readonly FieldRule[] = [
  carried('body/intent/raw', 'draft/intent/raw'),
  carried('body/intent/desc', 'draft/intent/desc'),
]

const digest = derived('header/content-digest', 'evidence/checkout', 'binds the body where the signature covers it')

const fromIou: readonly FieldRule[] = [
  carried(`${iou}/invoiceId`, 'draft/checkout/reference_checkout_id'),
  derived(`${iou}/amount`, 'draft/checkout/total_amount', 'minor units of the currency the operator configured'),
  derived(`${iou}/cardAcceptorId`, 'draft/checkout/merchant', 'the merchant the operator configured for it'),
  derived(
    `${iou}/acquirerId`,
    'draft/checkout/merchant',
    'has to be the acquirer the operator configured, where one is',
  ),
  lost(`${iou}/uri`, 'AMP pays a checkout, not an address'),
  lost(`${iou}/sequenceCounter`, 'the invoice is paid once; AMP counts by itself'),
  lost(`${iou}/paymentService`, 'another rail'),
]

const kinds: Readonly<Record<TapKind, Omit<MessageKind, 'direction'>>> = {
  browse: { name: 'request, agent-browser-auth', yields: 'identity', rules: [...always, ...browseOnly] },
  payer: { name: 'request, agent-payer-auth', yields: 'identity', rules: [...always, iouUnread] },
  'payer-checkout': {
    name: 'request, agent-payer-auth, with an AMP checkout beside the objects',
    yields: 'identity, draft IMMEDIATE',
    rules: [...always, carried('body/checkout/**', 'draft/checkout/**'), ...intentWords, iouUnread],
  },
  'payer-bounds': {
    name: 'request, agent-payer-auth, with AMP bounds beside the objects',
    yields: 'identity, draft AUTONOMOUS',
    rules: [...always, carried('body/intent/**', 'draft/intent/**'), iouUnread],
  },
  'payer-iou': {
    name: 'request, agent-payer-auth, with a browsing IOU',
    yields: 'identity, draft IMMEDIATE',
    rules: [...always, ...fromIou],
  },
}

/** Every kind of TAP message with the fate of its fields. */
export const tapMessages: readonly MessageKind[] = Object.values(kinds).map((kind) => ({ ...kind, direction: 'in' }))

const withDigest = Object.fromEntries(
  Object.entries(kinds).map(([kind, { rules }]) => [kind, [digest, ...rules]]),
) as unknown as Readonly<Record<TapKind, readonly FieldRule[]>>

/** The rules of a kind; where the signature covers a content digest, that header is used and not lost. */
export const rulesOf = (kind: TapKind, bodySigned: boolean): readonly FieldRule[] =>
  bodySigned ? withDigest[kind] : kinds[kind].rules
