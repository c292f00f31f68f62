/** Lines of a stream: cut out of chunks, bounded, and the commonest of them read without a parser. */

/**
 * The lines of a byte stream, as many at a time as came together. A line longer than `bytesMax` gives `undefined` and
 * ends it. Chunks are pulled one by one, so that whoever takes lines slowly is sent bytes slowly.
 */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  bytesMax: number,
  onChunk: () => void = () => {},
): AsyncGenerator<readonly Buffer[] | undefined> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    onChunk()
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const lines: Buffer[] = []
    let from = 0
    let tooLong = false
    for (let cut = bytes.indexOf(10, from); cut !== -1 && !tooLong; cut = bytes.indexOf(10, from)) {
      if (cut - from > bytesMax) tooLong = true
      else if (cut > from) lines.push(bytes.subarray(from, cut))
      from = cut + 1
    }
    if (lines.length > 0) yield lines
    rest = bytes.subarray(from)
    if (tooLong || rest.length > bytesMax) return yield undefined
  }
  if (rest.length > 0) yield [rest]
}

/** The lines of one message; the last may lack its end. */
export const linesIn = (message: Buffer): readonly Buffer[] => {
  const lines: Buffer[] = []
  for (let from = 0; from < message.length; ) {
    const cut = message.indexOf(10, from)
    const end = cut === -1 ? message.length : cut
    if (end > from) lines.push(message.subarray(from, end))
    from = end + 1
  }
  return lines
}

const head = Buffer.from('{"channelId":"')
const middle = Buffer.from('","link":{"index":')
const last = Buffer.from(',"link":"')
const tail = Buffer.from('"}}')
const idLength = 43
const token = /^[A-Za-z0-9_-]{43}$/
const digitsFrom = head.length + idLength + middle.length
const afterDigits = last.length + idLength + tail.length

const stands = (line: Buffer, text: Buffer, at: number): boolean => {
  for (let i = 0; i < text.length; i++) if (line[at + i] !== text[i]) return false
  return true
}

/**
 * Reads `{"channelId":"...","link":{"index":N,"link":"..."}}`, written exactly so, and puts the 32 bytes of the link
 * into `out`; nothing where the line is anything else, which a parser then has to read.
 */
export const readLinkLine = (line: Buffer, out: Buffer): { channelId: string; index: number } | undefined => {
  const digits = line.length - digitsFrom - afterDigits
  if (digits < 1 || digits > 13 || !stands(line, head, 0) || !stands(line, middle, head.length + idLength))
    return undefined
  let index = 0
  for (let i = 0; i < digits; i++) {
    const digit = (line[digitsFrom + i] as number) - 48
    if (digit < 0 || digit > 9) return undefined
    index = index * 10 + digit
  }
  const at = digitsFrom + digits
  if (index < 1 || line[digitsFrom] === 48 || !stands(line, last, at) || !stands(line, tail, line.length - tail.length))
    return undefined
  const link = line.toString('latin1', at + last.length, at + last.length + idLength)
  const channelId = line.toString('latin1', head.length, head.length + idLength)
  if (!token.test(channelId) || !token.test(link) || out.write(link, 'base64url') !== out.length) return undefined
  return { channelId, index }
}
