/** An exchange as a command anybody can run. */
import type { Exchange } from '../target/client.ts'

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** The request of an exchange for curl. A signed request lives five minutes and its nonce once: see the note it carries. */
export const curlOf = ({ method, url, headers, body }: Exchange): string => {
  const lines = [
    `curl -sS -i -X ${method} ${quote(url)}`,
    ...Object.entries(headers).map(
      ([name, value]) => `-H ${quote(`${name}: ${value.length > 2_000 ? `${value.slice(0, 60)}…` : value}`)}`,
    ),
    ...(body === '' ? [] : [`--data-binary ${quote(body.length > 4_000 ? `${body.slice(0, 200)}…` : body)}`]),
  ]
  return lines.join(' \\\n  ')
}
