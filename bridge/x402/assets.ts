/** Which money an asset of x402 stands for: the wire never says, so the operator does, or the message is refused. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Message } from '../../schemas/index.ts'
import type { Settings } from '../adapter.ts'
import { exponentOf } from '../currency.ts'
import { isObject, type Json, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { Misconfigured } from '../keys.ts'

/** An asset as the operator knows it: `decimals` of its atomic unit, the ISO 4217 currency it is taken for. */
export type Asset = {
  readonly network: string
  readonly asset: string
  readonly decimals: number
  readonly currency: string
}

/** Networks of version 1 by the names of version 2. */
const networks: Readonly<Record<string, string>> = {
  base: 'eip155:8453',
  'base-sepolia': 'eip155:84532',
  avalanche: 'eip155:43114',
  'avalanche-fuji': 'eip155:43113',
  polygon: 'eip155:137',
  'polygon-amoy': 'eip155:80002',
  sei: 'eip155:1329',
  'sei-testnet': 'eip155:1328',
  iotex: 'eip155:4689',
  abstract: 'eip155:2741',
  'abstract-testnet': 'eip155:11124',
  solana: 'solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp',
  'solana-devnet': 'solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1',
}

/** The name of a network as version 2 writes it. */
export const networkOf = (name: string): string => (Object.hasOwn(networks, name) ? (networks[name] ?? name) : name)

const protocol = 'x402'

const readAsset = (value: Json): Asset => {
  const [network, asset, currency] = ['network', 'asset', 'currency'].map((name) =>
    isObject(value) ? textOf(value, name) : undefined,
  )
  const decimals = isObject(value) ? member(value, 'decimals') : undefined
  if (!network || !asset || !currency || exponentOf(currency) === undefined)
    throw new Misconfigured(`${protocol}: an asset has network, asset, decimals and an ISO 4217 currency`)
  if (typeof decimals !== 'number' || !Number.isInteger(decimals) || decimals < 0 || decimals > 18)
    throw new Misconfigured(`${protocol}: an asset has 0 to 18 decimals`)
  return { network, asset, currency, decimals }
}

/** The assets an operator names in `settings.protocols.x402.assets`. Throws `Misconfigured`. */
export const assetsOf = ({ protocols }: Settings): readonly Asset[] => {
  const list = member(protocols?.[protocol] ?? {}, 'assets') ?? []
  if (!Array.isArray(list)) throw new Misconfigured(`${protocol}: assets is a list`)
  return list.map(readAsset)
}

type Wanted = { readonly network: string; readonly asset: string; readonly extra: Json }

/** The asset of requirements. On an `amp` network it is a currency by its code, and `extra.scale` its decimals. */
export const assetOf = ({ network, asset, extra }: Wanted, settings: Settings): Asset | undefined => {
  const scale = isObject(extra) ? member(extra, 'scale') : undefined
  if (/^amp:/.test(network))
    return exponentOf(asset) !== undefined &&
      typeof scale === 'number' &&
      Number.isInteger(scale) &&
      scale >= 0 &&
      scale <= 18
      ? { network, asset, currency: asset, decimals: scale }
      : undefined
  const name = networkOf(network)
  return assetsOf(settings).find(
    (each) => networkOf(each.network) === name && each.asset.toLowerCase() === asset.toLowerCase(),
  )
}

/**
 * Atomic units in minor units of the currency, exactly. Refuses `micro-amount-fractional` below a minor unit: only
 * clearing holds such amounts.
 */
export const amountOfAtomic = (
  text: string,
  { currency, decimals }: Pick<Asset, 'currency' | 'decimals'>,
  field: string,
): Outcome<Message<'common/amount'>> => {
  if (!/^(0|[1-9]\d{0,76})$/.test(text))
    return refuse('message-malformed', { detail: 'it is no count of atomic units', field })
  const shift = decimals - (exponentOf(currency) ?? 0)
  const unit = 10n ** BigInt(Math.abs(shift))
  const atomic = BigInt(text)
  if (shift > 0 && atomic % unit !== 0n)
    return refuse('micro-amount-fractional', { detail: 'it is below a minor unit, which only clearing holds', field })
  const value = (shift > 0 ? atomic / unit : atomic * unit).toString()
  return value.length > 18
    ? refuse('message-malformed', { detail: 'the amount is too large', field })
    : accept({ currency, value })
}

/** Minor units as a count of atomic units, exactly; refuses `micro-amount-fractional` where the asset is too coarse. */
export const atomicOfAmount = (
  { currency, value }: Message<'common/amount'>,
  decimals: number,
  field: string,
): Outcome<string> => {
  const exponent = exponentOf(currency)
  if (exponent === undefined)
    return refuse('foreign-currency-missing', { detail: 'the currency is not one of ISO 4217', field })
  const shift = decimals - exponent
  const unit = 10n ** BigInt(Math.abs(shift))
  if (shift < 0 && BigInt(value) % unit !== 0n)
    return refuse('micro-amount-fractional', { detail: 'the asset has too few decimals', field })
  return accept((shift < 0 ? BigInt(value) / unit : BigInt(value) * unit).toString())
}
