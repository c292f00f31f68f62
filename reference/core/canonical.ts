/** Hashes over the one canonical form of JSON, and equality by it (contradiction 8). */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../schemas/index.ts'

/** base64url SHA-256 of a text. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url')

/** base64url SHA-256 over the RFC 8785 form of a value. */
export const hashOf = (value: unknown): string => sha256(canonicalJson(value))

/** Whether two JSON values are equal member by member, whatever their order. */
export const sameJson = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b)
