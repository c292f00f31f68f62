/** Payment requirements of x402, both versions, as an `amp` network reads them: exactly, or not at all. */
import { readUnits } from '../../reference/core/clearing/index.ts'
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'

/** Names of the schemes; all three are paid by the same proof and differ in when and how much is taken. */
export const schemes = ['exact', 'upto', 'batch-settlement'] as const
export type Scheme = (typeof schemes)[number]

/** Keeps proofs of x402 apart from those of other protocols. */
export const domain = 'AMP-X402/1'

/** What requirements on an `amp` network say. `amount` counts atomic units of `10^-scale`. */
export type AmpTerms = {
  readonly scheme: Scheme
  readonly network: string
  readonly amount: bigint
  readonly currency: string
  readonly scale: number
  readonly payee: string
  readonly seconds: number
  /** Digest of the request that is paid for, and whether its sender gave it a key of its own. */
  readonly request?: string
  readonly isKeyed: boolean
}

const isScheme = (value: unknown): value is Scheme => schemes.some((scheme) => scheme === value)

const invalid = (field: string) => refuse('message-malformed', { field })

/** Seconds a payment may be valid for at most, whatever requirements say. */
const secondsMax = 3_600

/** Reads requirements of version 1 or 2. Refuses `message-malformed` with the member at fault, or the amount by its name. */
export const readTerms = (requirements: Json | undefined, version: 1 | 2): Outcome<AmpTerms> => {
  if (!isObject(requirements)) return invalid('paymentRequirements')
  const text = (name: string, object: JsonObject = requirements): string | undefined => {
    const value = member(object, name)
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const scheme = member(requirements, 'scheme')
  if (!isScheme(scheme) || (version === 1 && scheme !== 'exact')) return invalid('scheme')
  const [network, currency, payee] = [text('network'), text('asset'), text('payTo')]
  if (network === undefined) return invalid('network')
  if (currency === undefined) return invalid('asset')
  if (payee === undefined) return invalid('payTo')
  const amount = readUnits(text(version === 1 ? 'maxAmountRequired' : 'amount') ?? '')
  if (!amount.ok) return amount
  const extra = member(requirements, 'extra')
  const scale = isObject(extra) ? member(extra, 'scale') : undefined
  // Without its scale an amount says nothing: x402 does not send the decimals of an asset.
  if (!isObject(extra) || typeof scale !== 'number') return invalid('extra/scale')
  const request = text('request', extra)
  if (request === undefined && version === 2) return invalid('extra/request')
  const seconds = member(requirements, 'maxTimeoutSeconds')
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1) return invalid('maxTimeoutSeconds')
  return accept({
    scheme,
    network,
    amount: amount.value,
    currency,
    scale,
    payee,
    seconds: Math.min(seconds, secondsMax),
    ...(request === undefined ? {} : { request }),
    isKeyed: member(extra, 'keyed') === true,
  })
}
