/** EIP-712 as x402 signs it: digests of flat structs, and the address a signature recovers to. */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'

/** A flat struct: its members in order, each `name: type`. */
type Struct = readonly (readonly [name: string, type: 'address' | 'bytes32' | 'string' | `uint${number}`])[]
export type Values = Readonly<Record<string, string | number | bigint>>

/** The domain of a token or contract. */
export type Domain = {
  readonly name: string
  readonly version: string
  readonly chainId: number
  readonly verifyingContract: string
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const hex = (value: string): Buffer => Buffer.from(value.replace(/^0x/, ''), 'hex')

const word = (type: Struct[number][1], value: string | number | bigint): Uint8Array => {
  if (type === 'string') return keccak_256(text(String(value)))
  if (type === 'address' || type === 'bytes32') return hex(String(value).replace(/^0x/, '').padStart(64, '0'))
  return hex(BigInt(value).toString(16).padStart(64, '0'))
}

const hashStruct = (name: string, struct: Struct, values: Values): Uint8Array =>
  keccak_256(
    Buffer.concat([
      keccak_256(text(`${name}(${struct.map(([member, type]) => `${type} ${member}`).join(',')})`)),
      ...struct.map(([member, type]) => word(type, values[member] ?? 0)),
    ]),
  )

const domainStruct: Struct = [
  ['name', 'string'],
  ['version', 'string'],
  ['chainId', 'uint256'],
  ['verifyingContract', 'address'],
]

const structs = {
  /** EIP-3009, which `exact` uses. */
  TransferWithAuthorization: [
    ['from', 'address'],
    ['to', 'address'],
    ['value', 'uint256'],
    ['validAfter', 'uint256'],
    ['validBefore', 'uint256'],
    ['nonce', 'bytes32'],
  ],
  /** Of `batch-settlement`: the channel, whose hash is its identifier, and its cumulative vouchers. */
  ChannelConfig: [
    ['payer', 'address'],
    ['payerAuthorizer', 'address'],
    ['receiver', 'address'],
    ['receiverAuthorizer', 'address'],
    ['token', 'address'],
    ['withdrawDelay', 'uint40'],
    ['salt', 'bytes32'],
  ],
  Voucher: [
    ['channelId', 'bytes32'],
    ['maxClaimableAmount', 'uint128'],
  ],
} as const satisfies Readonly<Record<string, Struct>>

/** The 32 bytes that are signed. */
export const digestOf = (domain: Domain, name: keyof typeof structs, values: Values): Uint8Array =>
  keccak_256(
    Buffer.concat([
      Buffer.from([0x19, 0x01]),
      hashStruct('EIP712Domain', domainStruct, domain),
      hashStruct(name, structs[name], values),
    ]),
  )

/** The address whose key made a signature of 65 bytes over a digest, in lower case; nothing where none did. */
export const signerOf = (digest: Uint8Array, signature: string): string | undefined => {
  const bytes = hex(signature)
  const recovery = (bytes[64] ?? 0) >= 27 ? (bytes[64] ?? 0) - 27 : bytes[64]
  if (bytes.length !== 65 || (recovery !== 0 && recovery !== 1)) return undefined
  try {
    const made = secp256k1.Signature.fromBytes(bytes.subarray(0, 64)).addRecoveryBit(recovery)
    // The mirror image of a signature is no second signature (EIP-2).
    if (made.hasHighS()) return undefined
    const point = made.recoverPublicKey(digest).toBytes(false)
    return `0x${Buffer.from(keccak_256(point.subarray(1)).subarray(12)).toString('hex')}`
  } catch {
    return undefined
  }
}
