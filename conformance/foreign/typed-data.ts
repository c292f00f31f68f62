/** What accounts of chains sign: typed data of EIP-712, on secp256k1 over Keccak. */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'

/** An account: whoever signs for the address has the key. */
export type Account = { readonly address: string; readonly key: Uint8Array }

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`

/** The account of a secret of 32 bytes. */
export const accountOf = (secret: Uint8Array): Account => {
  // The order of the group begins with ff: a number that begins with 01 is below it.
  const key = Uint8Array.from([1, ...secret.subarray(1)])
  return { key, address: hex(keccak_256(secp256k1.getPublicKey(key, false).subarray(1)).subarray(12)) }
}

/** A struct: `Name(type member, ...)` and its values. Members are of one word, or texts. */
export type Struct = { readonly type: string; readonly values: Readonly<Record<string, string>> }

const word = (type: string, value: string): Uint8Array => {
  if (type === 'string') return keccak_256(Buffer.from(value))
  const digits = value.startsWith('0x') ? value.slice(2) : BigInt(value).toString(16)
  return Buffer.from(digits.padStart(64, '0'), 'hex')
}

/** The hash of a struct. */
const hashOf = ({ type, values }: Struct): Uint8Array => {
  const members = type.slice(type.indexOf('(') + 1, -1).split(',')
  const words = members.map((member) => {
    const [kind = '', name = ''] = member.split(' ')
    return word(kind, values[name] ?? '')
  })
  return keccak_256(Buffer.concat([keccak_256(Buffer.from(type)), ...words]))
}

const domainType = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'

/** The 32 bytes that stand for a struct in a domain. */
export const typedDigest = (domain: Struct['values'], struct: Struct): Uint8Array =>
  keccak_256(Buffer.concat([Buffer.from([0x19, 1]), hashOf({ type: domainType, values: domain }), hashOf(struct)]))

/** A signature as chains take it: r, s, and which of two keys made it. */
export const typedSignature = (digest: Uint8Array, { key }: Account): string => {
  const signed = secp256k1.sign(digest, key, { prehash: false, format: 'recovered' })
  return hex(Buffer.concat([signed.subarray(1), Buffer.from([27 + (signed[0] ?? 0)])]))
}

/** 32 bytes of a text. */
export const bytes32Of = (text: string): string => hex(keccak_256(Buffer.from(text)))
