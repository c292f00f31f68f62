/** JSON from strangers: refused when an object names a member twice, nests too deep, or is not well-formed. */
const depthMax = 16

/** Whether some object of a well-formed text names a member twice or nests deeper than allowed. */
const isLoose = (text: string, deepest: number): boolean => {
  const names: (Set<string> | undefined)[] = []
  let expectsName = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') {
      const start = at
      for (at++; text[at] !== '"'; at++) if (text[at] === '\\') at++
      const level = names.at(-1)
      if (level && expectsName) {
        const name = JSON.parse(text.slice(start, at + 1)) as string
        if (level.has(name)) return true
        level.add(name)
        expectsName = false
      }
    } else if (character === '{' || character === '[') {
      names.push(character === '{' ? new Set() : undefined)
      if (names.length > deepest) return true
      expectsName = character === '{'
    } else if (character === '}' || character === ']') names.pop()
    else if (character === ',') expectsName = names.at(-1) !== undefined
  }
  return false
}

/** The value of a JSON text in UTF-8, or nothing where it is refused (EXT-HTTP-5, EXT-HTTP-10). `__proto__` is a plain member. */
export const parseStrictJson = (bytes: Uint8Array, deepest = depthMax): { readonly value: unknown } | undefined => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
    const value: unknown = JSON.parse(text)
    return isLoose(text, deepest) ? undefined : { value }
  } catch {
    return undefined
  }
}
