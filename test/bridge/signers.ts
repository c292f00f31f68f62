/** Keys and signed objects for the tests, made apart from the bridge: its own code is what they judge. */
import { createECDH, createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import type { TapRequest } from '../../bridge/visa-tap/sign.ts'

/** A P-256 key from a name: the same in every run. */
export const p256Key = (name: string): KeyObject => {
  const d = createHash('sha256').update(`agentic-mobile-protocol test key ${name}`).digest()
  d[0] = 1
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(d)
  const point = curve.getPublicKey()
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'))
  return createPrivateKey({
    key: { kty: 'EC', crv: 'P-256', x: x as string, y: y as string, d: d.toString('base64url') },
    format: 'jwk',
  })
}

/** The public JWK of a key. */
export const jwkOf = (key: KeyObject, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...createPublicKey(key).export({ format: 'jwk' }),
  ...more,
})

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A compact JWS, ES256. */
export const jws = (header: Record<string, unknown>, claims: Record<string, unknown>, key: KeyObject): string => {
  const input = `${part({ alg: 'ES256', ...header })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

/** base64url of SHA-256 over a text. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url')

let salts = 0
/** A disclosure of an array element, or of a member where it has a name. */
export const disclosure = (value: unknown, name?: string): string => {
  salts += 1
  return part(name === undefined ? [`salt-${salts}`, value] : [`salt-${salts}`, name, value])
}

/** Leaves of a JSON value by path: RFC 6901 steps, so that no two leaves share a path. */
export const leaves = (value: unknown, path: string): (readonly [string, unknown])[] => {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : []
  if (inner.length === 0) return [[path, value]]
  return inner.flatMap(([name, each]) => leaves(each, `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`))
}

/** Fields of a request that is not signed: method, parts of the URL, headers, leaves of the body. */
export const requestFields = (request: TapRequest): [string, unknown][] => {
  const url = new URL(request.url)
  return [
    ['method', request.method],
    ['url/authority', url.host],
    ['url/path', url.pathname],
    ...(request.url.includes('?') ? ([['url/query', url.search.slice(1)]] as [string, unknown][]) : []),
    ...Object.entries(request.headers)
      .filter(([name]) => !['signature', 'signature-input'].includes(name))
      .map(([name, value]) => [`header/${name}`, value] as [string, unknown]),
    ...(request.body === undefined
      ? []
      : leaves(JSON.parse(request.body), 'body').map(([a, b]) => [a, b] as [string, unknown])),
  ]
}

/** Fields of the signature of a request: its parameters, label, components and value. */
export const signatureFields = (request: TapRequest): [string, unknown][] => [
  ...[
    ...(request.headers['signature-input'] ?? '').replace(/^[^)]*\)/, '').matchAll(/;([a-z]+)=(?:"([^"]*)"|(\d+))/g),
  ].map(([, name, text, number]): [string, unknown] => [`signature/${name}`, text ?? Number(number)]),
  ['signature/label', undefined],
  ['signature/components', undefined],
  ['signature/value', undefined],
]

/** A text with one bit of its base64 part changed. */
export const flipBit = (base64: string, pick: number): string => {
  const bytes = Buffer.from(base64, 'base64')
  const bit = pick % (bytes.length * 8)
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return bytes.toString('base64')
}

/** A compact JWS whose signature has one bit changed. */
export const flipJws = (token: string, pick: number): string => {
  const [header, claims, signature = ''] = token.split('.')
  const flipped = Buffer.from(flipBit(Buffer.from(signature, 'base64url').toString('base64'), pick), 'base64')
  return `${header}.${claims}.${flipped.toString('base64url')}`
}
