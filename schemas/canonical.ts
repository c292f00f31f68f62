/** The one canonical form of JSON that is hashed or signed: RFC 8785 (contradiction 8). */
import canonicalize from 'canonicalize'

/** RFC 8785 serialisation; throws on values JSON cannot express, which is a bug of the caller. */
export const canonicalJson = (value: unknown): string => {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('value has no JSON form')
  return text
}
