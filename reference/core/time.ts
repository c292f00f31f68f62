/** Time: epoch seconds inside, RFC 3339 with an offset on the wire. */
const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/

/** Epoch seconds of an RFC 3339 text, fractions cut off; nothing where the text is no moment. */
export const parseTime = (text: string): number | undefined => {
  const milliseconds = rfc3339.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000)
}

/** RFC 3339 in UTC, whole seconds: `2026-11-20T10:00:00Z`. */
export const formatTime = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')

export const minutes = (count: number): number => count * 60
export const days = (count: number): number => count * 86_400
