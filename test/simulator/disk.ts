/** A simulated disk under the books: a log of transactions that keeps what was synced, and of the rest what it likes. */
import { crc32 } from 'node:zlib'

/** One statement of a transaction that changed something. */
export type Statement = { readonly sql: string; readonly parameters: readonly unknown[] }

/** How a disk misbehaves beyond losing what was not synced. */
export type DiskFaults = {
  /** Share of syncs that are reported and not done: a lying disk. */
  readonly lostSyncs: number
  /** Never syncs, but reports it. */
  readonly neverSyncs?: boolean
  /** Takes records whose checksum is wrong, as far as they go. */
  readonly trustsTorn?: boolean
}

const encode = (transaction: readonly Statement[]): Buffer => {
  const lines = transaction.map((statement) =>
    JSON.stringify(statement, (_, value) => (typeof value === 'bigint' ? { big: value.toString() } : value)),
  )
  const body = Buffer.from(lines.join('\n'))
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length, 0)
  head.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([head, body])
}

const decodeLine = (line: string): Statement =>
  JSON.parse(line, (_, value) =>
    typeof value === 'object' && value !== null && 'big' in value ? BigInt(value.big) : value,
  )

export class Disk {
  readonly #faults: DiskFaults
  readonly #random: () => number
  #bytes = Buffer.alloc(0)
  #synced = 0
  /** Whether a sync was reported that was not done. */
  lied = false

  constructor(faults: DiskFaults, random: () => number) {
    this.#faults = faults
    this.#random = random
  }

  append(transaction: readonly Statement[]): void {
    this.#bytes = Buffer.concat([this.#bytes, encode(transaction)])
  }

  sync(): void {
    if (this.#faults.neverSyncs) return
    if (this.#random() < this.#faults.lostSyncs) this.lied = true
    else this.#synced = this.#bytes.length
  }

  /** Power goes: of what was not synced some bytes are there, and perhaps the last of them are rubbish. */
  crash(): void {
    const loose = this.#bytes.length - this.#synced
    const kept = this.#synced + Math.floor(this.#random() * (loose + 1))
    this.#bytes = Buffer.from(this.#bytes.subarray(0, kept))
    const rubbish = Math.min(kept - this.#synced, Math.floor(this.#random() * 64))
    if (this.#random() < 0.3) for (let at = kept - rubbish; at < kept; at++) this.#bytes[at] = 0
  }

  /** The transactions that are whole, in order; the log ends where one is not. */
  recover(): readonly (readonly Statement[])[] {
    const whole: Statement[][] = []
    let at = 0
    while (at + 8 <= this.#bytes.length) {
      const length = this.#bytes.readUInt32BE(at)
      const body = this.#bytes.subarray(at + 8, at + 8 + length)
      const right = body.length === length && length > 0 && crc32(body) === this.#bytes.readUInt32BE(at + 4)
      if (!right && !this.#faults.trustsTorn) break
      const lines = body.toString().split('\n')
      const statements: Statement[] = []
      for (const line of lines)
        try {
          statements.push(decodeLine(line))
        } catch {
          break
        }
      if (statements.length > 0) whole.push(statements)
      if (!right) break
      at += 8 + length
    }
    this.#bytes = Buffer.from(this.#bytes.subarray(0, at))
    this.#synced = at
    return whole
  }
}
