/** Draws what happened in an example as a sequence picture: one SVG that loads nothing, for light and dark pages. */
import type { Step } from './scene.ts'

const column = 168
const margin = 84
const row = 40
const top = 64

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const style =
  '.bg{fill:#fff}.box{fill:#f6f8fa;stroke:#57606a}.head{font-weight:600;fill:#1f2328;text-anchor:middle}.life{stroke:#afb8c1;stroke-dasharray:3 4}.arrow{stroke:#0550ae;stroke-width:1.6;fill:none}.tip{fill:#0550ae}.what{fill:#1f2328;font-size:12px;paint-order:stroke;stroke:#fff;stroke-width:4px}@media (prefers-color-scheme: dark){.bg{fill:#0d1117}.box{fill:#161b22;stroke:#8b949e}.head,.what{fill:#e6edf3}.what{stroke:#0d1117}.life{stroke:#484f58}.arrow{stroke:#79c0ff}.tip{fill:#79c0ff}}'

/** A picture of steps, in the order they happened; parties stand in the order they first act. */
export const drawSequence = (title: string, steps: readonly Step[]): string => {
  const parties = [...new Set(steps.flatMap(({ from, to }) => [from, to]))]
  const width = 2 * margin + (parties.length - 1) * column
  const height = top + (steps.length + 1) * row
  const x = (party: string): number => margin + parties.indexOf(party) * column
  const heads = parties.map(
    (party) =>
      `<rect class="box" x="${x(party) - 76}" y="16" width="152" height="30" rx="6"/><text class="head" x="${x(party)}" y="36">${escaped(party)}</text><path class="life" d="M${x(party)} 46V${height - 12}"/>`,
  )
  const arrows = steps.map(({ from, to, what }, index) => {
    const y = top + (index + 1) * row
    const words = `${index + 1}. ${escaped(what)}`
    const long = words.length * 6.4
    const isLeft = x(from) + long + 20 > width
    if (from === to)
      return `<circle class="tip" cx="${x(from)}" cy="${y - 4}" r="4"/><text class="what" x="${x(from) + (isLeft ? -10 : 10)}" y="${y}"${isLeft ? ' text-anchor="end"' : ''}>${words}</text>`
    const middle = Math.min(Math.max((x(from) + x(to)) / 2, long / 2 + 8), width - long / 2 - 8)
    return `<path class="arrow" d="M${x(from)} ${y}H${x(to)}" marker-end="url(#tip)"/><text class="what" x="${middle}" y="${y - 7}" text-anchor="middle">${words}</text>`
  })
  const story = steps.map(({ from, to, what }) => `${from === to ? from : `${from} to ${to}`}: ${what}.`).join(' ')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="t d" font-family="ui-sans-serif, system-ui, Segoe UI, Helvetica, Arial, sans-serif" font-size="13">
<title id="t">${escaped(title)}</title><desc id="d">${escaped(story)}</desc>
<style>${style}</style>
<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path class="tip" d="M0 0L10 5L0 10z"/></marker></defs>
<rect class="bg" width="${width}" height="${height}"/>
${[...heads, ...arrows].join('\n')}
</svg>
`
}
