/** The way out of AMP: card data firewall, strict reading, then the adapter's `fromAmp`; what comes out is scanned too. */
import { accept, type Outcome, refuse } from '../reference/core/outcome.ts'
import { isMessage, type SchemaPath, validate } from '../schemas/index.ts'
import {
  type AmpDocument,
  neverCrosses,
  type OutboundContext,
  type OutboundResult,
  type SealedAdapter,
} from './adapter.ts'
import { refuseCardJson } from './card-data.ts'
import { isObject, type Json, member } from './json.ts'

/** The schema of every kind of document. */
export const documentSchemas: Readonly<Record<AmpDocument['kind'], SchemaPath>> = {
  mandate: 'trust/mandate',
  checkout: 'common/checkout',
  order: 'payment/order',
  payment: 'payment/payment',
  problem: 'common/problem',
}

const isKind = (kind: Json | undefined): kind is AmpDocument['kind'] =>
  typeof kind === 'string' && Object.hasOwn(documentSchemas, kind)

/** Reads `{"kind", "value", "given"?}`; `value` has to be the AMP message its kind names. */
export const readDocument = (input: Json): Outcome<AmpDocument> => {
  const malformed = (detail: string, field: string) => refuse('message-malformed', { detail, field })
  if (!isObject(input)) return malformed('a document is an object with kind, value and given', 'document')
  const kind = member(input, 'kind')
  if (!isKind(kind)) return malformed(`kind is one of ${Object.keys(documentSchemas).join(', ')}`, 'kind')
  const value = member(input, 'value')
  const path = documentSchemas[kind]
  if (!isMessage(path, value)) {
    const [reason] = validate(path, value)
    return malformed(`not an AMP ${path}: ${reason?.message}`, `value${reason?.path ?? ''}`.slice(0, 256))
  }
  const given = member(input, 'given') ?? {}
  if (!isObject(given)) return malformed('given is an object', 'given')
  return accept({ kind, value, given } as unknown as AmpDocument)
}

/**
 * Translates an AMP document, or says why not. A document with card data in it, or one that would leave with card data,
 * is refused (law 4); nothing is signed for anybody (law 1).
 */
export const translateOut = (
  input: Outcome<Json>,
  adapter: SealedAdapter,
  context: OutboundContext,
): OutboundResult => {
  const { protocol } = adapter
  const refused = ({ refusal }: Extract<Outcome<unknown>, { ok: false }>): OutboundResult => ({
    outcome: 'refused',
    protocol,
    problem: refusal,
    losses: [],
  })
  if (!input.ok) return refused(input)
  const clean = refuseCardJson(input.value, 'document')
  if (!clean.ok) return refused(clean)
  const document = readDocument(input.value)
  if (!document.ok) return refused(document)
  if (!adapter.fromAmp) return refused(refuse('protocol-unknown', { detail: `${protocol} has no direction out` }))
  const made = adapter.fromAmp(document.value, context)
  if (!made.ok) return refused(made)
  const leaves = refuseCardJson((made.value.message.body ?? null) as Json, 'message', adapter.tokenAmounts?.leaving)
  if (!leaves.ok) return refused(leaves)
  return { outcome: 'translated', protocol, ...neverCrosses, ...made.value }
}
