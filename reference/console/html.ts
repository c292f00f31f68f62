/** HTML as a tagged template: every value is escaped unless it is HTML already. */

/** Text that is safe to send as HTML. */
export type Html = { readonly html: string }

type Part = Html | string | number | undefined | readonly Html[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeText = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '')

const render = (part: Part): string => {
  if (part === undefined) return ''
  if (Array.isArray(part)) return part.map(({ html: each }: Html) => each).join('')
  return typeof part === 'object' ? (part as Html).html : escapeText(String(part))
}

export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: texts.map((text, index) => (index === 0 ? text : `${render(parts[index - 1])}${text}`)).join(''),
})

export const nothing: Html = html``
