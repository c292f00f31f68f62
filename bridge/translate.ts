/** The one way through the bridge: card data firewall, detection, then the adapter's parse, verify and translate. */
import type { Outcome } from '../reference/core/outcome.ts'
import { type BridgeContext, type BridgeResult, neverCrosses, type SealedAdapter } from './adapter.ts'
import { refuseCardData } from './card-data.ts'
import type { ForeignMessage } from './message.ts'
import { adapters } from './registry.ts'

const refused = (outcome: Extract<Outcome<unknown>, { ok: false }>, protocol?: string): BridgeResult => ({
  outcome: 'refused',
  ...(protocol === undefined ? {} : { protocol }),
  problem: outcome.refusal,
  evidence: [],
  losses: [],
})

/**
 * Translates a message, or says why not. Takes the outcome of reading a message, so that a message that could not be
 * read is refused like any other. `among` narrows which adapters are asked.
 */
export const translate = async (
  read: Outcome<ForeignMessage>,
  context: BridgeContext,
  among: readonly SealedAdapter[] = adapters,
): Promise<BridgeResult> => {
  if (!read.ok) return refused(read)
  const clean = refuseCardData(read.value, among)
  if (!clean.ok) return refused(clean)
  const reasons: string[] = []
  const found = among.find((adapter) => {
    const detection = adapter.detect(read.value)
    reasons.push(...detection.reasons)
    return detection.mine
  })
  if (!found) return { outcome: 'not-this-protocol', reasons, evidence: [], losses: [] }
  const { protocol } = found
  const translation = await found.run(read.value, context)
  if (!translation.ok) return refused(translation, protocol)
  return { outcome: 'translated', protocol, ...neverCrosses, ...translation.value }
}
