/** Ways to tamper with a certificate and its evidence: one letter, one value, or claims signed again by a runner that lies. */
import { CompactSign, importJWK } from 'jose'
import type { RunnerKey } from '../../conformance/certificate/issue.ts'
import type { Transcript } from '../../conformance/certificate/transcript.ts'
import { verifyCertificate } from '../../conformance/certificate/verify.ts'

/** What a runner keeps of a run. */
export type Run = { readonly certificate: string; readonly transcript: Transcript; readonly key: RunnerKey }

/** Why a certificate is refused, or that it is valid. */
export const reasonOf = async (
  text: string,
  roots: Parameters<typeof verifyCertificate>[1],
  at = Math.floor(Date.now() / 1000),
  evidence?: unknown,
  statusList?: string,
): Promise<string> => {
  const verified = await verifyCertificate(text, roots, at, { evidence, statusList })
  return verified.valid ? 'valid' : verified.reason
}

export const claimsOf = (text: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString('utf8'))

type Place = readonly (string | number)[]

/** Every value of a document, objects and lists among them, by the way to it. */
export const placesIn = (value: unknown, way: Place = []): readonly Place[] =>
  typeof value !== 'object' || value === null
    ? [way]
    : [
        ...(way.length === 0 ? [] : [way]),
        ...Object.entries(value).flatMap(([name, inner]) =>
          placesIn(inner, [...way, Array.isArray(value) ? Number(name) : name]),
        ),
      ]

export const manners = ['changed', 'left out', 'added to'] as const

/** A document with the value at one place changed or left out, or with one more beside it. */
export const tampered = (value: unknown, [step, ...rest]: Place, manner: (typeof manners)[number]): unknown => {
  if (step === undefined) return typeof value === 'number' ? value + 1 : typeof value === 'string' ? `${value}x` : 'x'
  if (Array.isArray(value)) {
    const [before, after] = [value.slice(0, Number(step)), value.slice(Number(step) + 1)]
    if (rest.length === 0 && manner === 'left out') return [...before, ...after]
    if (rest.length === 0 && manner === 'added to') return [...value, 'x']
    return [...before, tampered(value[Number(step)], rest, manner), ...after]
  }
  const object = value as Record<string, unknown>
  if (rest.length === 0 && manner === 'added to') return { ...object, another: 'x' }
  if (rest.length === 0 && manner === 'left out')
    return Object.fromEntries(Object.entries(object).filter(([name]) => name !== step))
  return { ...object, [String(step)]: tampered(object[step], rest, manner) }
}

/** The claims changed and signed again by the same runner. */
export const reissue = async (
  { certificate, key }: Run,
  change: (claims: Record<string, unknown>) => object,
): Promise<string> =>
  new CompactSign(Buffer.from(JSON.stringify(change(claimsOf(certificate)))))
    .setProtectedHeader({ alg: 'ES256', typ: 'amp-conformance+jwt', kid: key.kid })
    .sign(await importJWK(key, 'ES256'))

export const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=~ ']

export const withLetter = (text: string, at: number, letter: string): string =>
  text.slice(0, at) + letter + text.slice(at + 1)
