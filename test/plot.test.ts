/** Plots of the repository: every point is drawn, and a line is told from another without its colour. */
import { expect, it } from 'vitest'
import { drawPlot, type Series } from './plot.ts'

const plotOf = (series: readonly Series[], logarithmic = false) =>
  drawPlot({ title: 't & u', x: 'x', y: 'y', logarithmic: { x: logarithmic, y: logarithmic }, series })
const count = (svg: string, part: RegExp) => svg.match(part)?.length

it.each([true, false])('draws every point of every line, and one beside its name; logarithmic: %s', (logarithmic) => {
  const svg = plotOf(
    [
      {
        name: 'a < b',
        points: [
          [1, 10],
          [10, 1_000],
        ],
      },
      { name: 'c', points: [[1, 500]] },
    ],
    logarithmic,
  )
  expect(count(svg, /class="point"/g)).toBe(3 + 2)
  expect(svg).toContain('a &lt; b')
  expect(svg).toContain('t &amp; u')
  expect(svg).not.toMatch(/NaN|Infinity|undefined/)
})

it('gives four lines dashes and marks of their own', () => {
  const svg = plotOf(['a', 'b', 'c', 'd'].map((name) => ({ name, points: [[1, 1]] })))
  const dashes = [...svg.matchAll(/stroke-dasharray="([^"]*)"/g)].map(([, each]) => each)
  const marks = [...svg.matchAll(/class="point" d="M[\d.]+ [\d.]+([^"]*)"/g)].map(([, each]) => each)
  expect([new Set(dashes).size, new Set(marks).size, dashes.length, marks.length]).toEqual([4, 4, 8, 8])
})

it('marks some points of a long line, and draws them all', () => {
  const points = Array.from({ length: 73 }, (_, at) => [at, at] as const)
  const svg = plotOf([{ name: 'long', points }])
  expect(count(svg, /class="point"/g)).toBe(11 + 1)
  expect(count(svg, /L\d/g)).toBe(72)
})

it('names levels in place of figures', () => {
  const svg = drawPlot({
    ...{ title: 't', x: 'x', y: 'y', logarithmic: { x: false, y: false } },
    series: [{ name: 'a', points: [[1, 900]] }],
    levels: [
      { name: 'low', at: 100 },
      { name: 'high', at: 800 },
    ],
  })
  expect([svg.includes('>low<'), svg.includes('>high<'), svg.includes('>200<')]).toEqual([true, true, false])
})
