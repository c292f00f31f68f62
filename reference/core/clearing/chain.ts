/** Hash chains: one signature buys a run of ticks, each the preimage of the one before (EXT-CLEARING-14 to 17). */

/** Bytes of one link. */
export const linkBytes = 32
/** Bytes of the channel identifier that every hash takes in, so that no chain serves two channels. */
export const bindingBytes = 16
/** Ticks that one message may skip. */
export const skipMax = 1_024

// biome-ignore format: the round constants of SHA-256 (FIPS 180-4, 4.2.2), eight a line
const constants = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
])

const words = new Int32Array(64)

/** Schedule and rounds of SHA-256 over the one block in `words`; the digest is written to `out`. */
const compress = (out: Int32Array): void => {
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15] as number
    const y = words[i - 2] as number
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
    words[i] = ((words[i - 16] as number) + s0 + (words[i - 7] as number) + s1) | 0
  }
  let a = 0x6a09e667
  let b = 0xbb67ae85 | 0
  let c = 0x3c6ef372
  let d = 0xa54ff53a | 0
  let e = 0x510e527f
  let f = 0x9b05688c | 0
  let g = 0x1f83d9ab
  let h = 0x5be0cd19
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (constants[i] as number) + (words[i] as number)) | 0
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  out[0] = (a + 0x6a09e667) | 0
  out[1] = (b + 0xbb67ae85) | 0
  out[2] = (c + 0x3c6ef372) | 0
  out[3] = (d + 0xa54ff53a) | 0
  out[4] = (e + 0x510e527f) | 0
  out[5] = (f + 0x9b05688c) | 0
  out[6] = (g + 0x1f83d9ab) | 0
  out[7] = (h + 0x5be0cd19) | 0
}

/**
 * One step back along a chain: `SHA-256(link || first 16 bytes of the channel identifier)`, one block of 48 bytes.
 * Words are big-endian 32-bit; `out` may be `link`.
 */
export const hashLink = (link: Int32Array, binding: Int32Array, out: Int32Array): void => {
  for (let i = 0; i < 8; i++) words[i] = link[i] as number
  for (let i = 0; i < 4; i++) words[8 + i] = binding[i] as number
  words[12] = 0x80000000 | 0
  words[13] = 0
  words[14] = 0
  words[15] = 384
  compress(out)
}

/** Reads big-endian words from bytes. */
export const readWords = (bytes: Uint8Array, offset: number, out: Int32Array): void => {
  for (let i = 0, at = offset; i < out.length; i++, at += 4)
    out[i] =
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)
}

/** Writes words as big-endian bytes. */
export const writeWords = (words: Int32Array, out: Uint8Array, offset = 0): Uint8Array => {
  for (let i = 0, at = offset; i < words.length; i++, at += 4) {
    const word = words[i] as number
    out[at] = word >>> 24
    out[at + 1] = word >>> 16
    out[at + 2] = word >>> 8
    out[at + 3] = word
  }
  return out
}

const wordsOf = (bytes: Uint8Array, count: number): Int32Array => {
  const out = new Int32Array(count)
  readWords(bytes, 0, out)
  return out
}

/**
 * A chain as its owner keeps it: `length` links after the anchor. Keeps every `stride`-th link, so that the link of an
 * index costs at most `stride` hashes and a chain of a million links costs a few thousand stored ones.
 */
export class HashChain {
  readonly length: number
  readonly #binding: Int32Array
  readonly #stride: number
  readonly #kept: Int32Array
  #block: Int32Array
  #blockAt = -1

  /** `seed`: 32 secret bytes, the last link. `channelId`: 32 bytes. */
  constructor(seed: Uint8Array, channelId: Uint8Array, length: number) {
    if (seed.length !== linkBytes || channelId.length !== 32 || !Number.isSafeInteger(length) || length < 1)
      throw new RangeError('a chain takes 32 bytes of seed, 32 of channel and a length from 1')
    this.length = length
    this.#binding = wordsOf(channelId, bindingBytes / 4)
    this.#stride = Math.max(1, Math.ceil(Math.sqrt(length)))
    this.#kept = new Int32Array((Math.floor(length / this.#stride) + 1) * 8)
    this.#block = new Int32Array(this.#stride * 8)
    const link = wordsOf(seed, 8)
    this.#seed = link.slice()
    for (let index = length; index >= 0; index--) {
      if (index % this.#stride === 0) this.#kept.set(link, (index / this.#stride) * 8)
      if (index > 0) hashLink(link, this.#binding, link)
    }
  }
  readonly #seed: Int32Array

  /** Link number `index` as 32 bytes; 0 is the anchor, `length` the seed. */
  link(index: number): Uint8Array {
    if (!Number.isSafeInteger(index) || index < 0 || index > this.length) throw new RangeError('no such link')
    const block = Math.floor(index / this.#stride)
    if (block !== this.#blockAt) this.#fill(block)
    const out = new Uint8Array(linkBytes)
    return writeWords(this.#block.subarray((index % this.#stride) * 8, (index % this.#stride) * 8 + 8), out)
  }

  #fill(block: number): void {
    const first = block * this.#stride
    const next = Math.min(first + this.#stride, this.length + 1)
    const link = new Int32Array(8)
    if (next > this.length) link.set(this.#seed)
    else {
      link.set(this.#kept.subarray((block + 1) * 8, (block + 2) * 8))
      hashLink(link, this.#binding, link)
    }
    for (let index = next - 1; index >= first; index--) {
      this.#block.set(link, (index - first) * 8)
      if (index > first) hashLink(link, this.#binding, link)
    }
    this.#blockAt = block
  }
}

/** How a cursor took a tick. */
export type Step = 'advanced' | 'known' | 'skip-too-long' | 'exhausted' | 'wrong'

/** The newest verified link of a chain as its verifier keeps it. It allocates nothing when it advances. */
export class ChainCursor {
  readonly length: number
  index: number
  readonly #tip: Int32Array
  readonly #binding: Int32Array
  readonly #link = new Int32Array(8)
  readonly #hash = new Int32Array(8)

  constructor(channelId: Uint8Array, length: number, index: number, tip: Uint8Array) {
    this.length = length
    this.index = index
    this.#tip = wordsOf(tip, 8)
    this.#binding = wordsOf(channelId, bindingBytes / 4)
  }

  /** The newest link, 32 bytes. */
  get tip(): Uint8Array {
    return writeWords(this.#tip, new Uint8Array(linkBytes))
  }

  /** Copies the newest link, eight words. */
  copyTip(out: Int32Array): void {
    const tip = this.#tip
    for (let i = 0; i < 8; i++) out[i] = tip[i] as number
  }

  /**
   * Takes the link of `index` at `bytes[offset..]`: it has to hash to the newest one in as many steps as it is ahead
   * (EXT-CLEARING-15, 16). A link that is not newer is `known` and changes nothing.
   */
  advance(index: number, bytes: Uint8Array, offset = 0, skip = skipMax): Step {
    if (index <= this.index) return 'known'
    if (index > this.length) return 'exhausted'
    const steps = index - this.index
    if (steps > skip) return 'skip-too-long'
    const link = this.#link
    const hash = this.#hash
    readWords(bytes, offset, link)
    hashLink(link, this.#binding, hash)
    for (let i = 1; i < steps; i++) hashLink(hash, this.#binding, hash)
    const tip = this.#tip
    for (let i = 0; i < 8; i++) if (hash[i] !== tip[i]) return 'wrong'
    tip.set(link)
    this.index = index
    return 'advanced'
  }
}
