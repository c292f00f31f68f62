/** What every measurement of the clearing shares: the price of a signature, medians, and lines that say how far it is. */
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { voucherBytes } from '../../../reference/core/clearing/index.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const message = Buffer.alloc(voucherBytes, 7)
const signature = sign(null, message, privateKey)

/** Runs work and gives back how many milliseconds it took. */
export const timed = async (work: () => unknown): Promise<number> => {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** The middle value; of an even count the mean of the two in the middle. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]]
  if (low === undefined || high === undefined) throw new Error('nothing was measured')
  return (low + high) / 2
}

/**
 * The baseline: Ed25519 verifications of a voucher by node:crypto, one after another on one thread. Samples are taken
 * between measurements, because the speed of a shared core swings while they run.
 */
export class Baseline {
  readonly #samples: number[] = []

  sample(count = 1_500): void {
    const started = performance.now()
    for (let made = 0; made < count; made++)
      if (!verify(null, message, publicKey, signature)) throw new Error('the baseline does not verify')
    this.#samples.push((count * 1_000) / (performance.now() - started))
  }

  /** Verifications a second. */
  get rate(): number {
    return median(this.#samples)
  }
}

/** Progress, beside the result on stdout. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

/** A figure with thousands, for people. */
export const figure = (value: number): string => Math.round(value).toLocaleString('en-US')

/** A figure to this many places, for machines. */
export const rounded = (value: number, places = 2): number => Number(value.toFixed(places))
