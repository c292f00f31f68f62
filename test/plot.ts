/** Line plots as SVG text: two axes, one line for each series, told apart by dashes and marks as well as by colour; no library. */

/** One line of a plot. */
export type Series = { readonly name: string; readonly points: readonly (readonly [number, number])[] }

export type Plot = {
  readonly title: string
  readonly x: string
  readonly y: string
  /** Whether the axis grows by factors. */
  readonly logarithmic: { readonly x: boolean; readonly y: boolean }
  readonly series: readonly Series[]
  /** Levels that are named in place of figures, upwards. */
  readonly levels?: readonly { readonly name: string; readonly at: number }[]
}

const width = 720
const height = 400
const frame = { left: 76, right: 196, top: 44, bottom: 52 }
/** How the points of a series are drawn, around their place. */
type Mark = (x: number, y: number, colour: string) => string
const mark =
  (path: string): Mark =>
  (x, y, colour) =>
    `<path class="point" d="M${x} ${y}${path}z" fill="${colour}"/>`
const disc = mark('m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0')
const square = mark('m-3.5 -3.5h7v7h-7')
const triangle = mark('m0 -4.5l4.5 8h-9')
const diamond = mark('m0 -5l5 5l-5 5l-5 -5')

/** Points of a line that are marked; further ones are in the line alone. */
const marked = 12

const looks: readonly { readonly colour: string; readonly dashes: string; readonly point: Mark }[] = [
  { colour: '#1f6f8b', dashes: 'none', point: disc },
  { colour: '#c8553d', dashes: '7 3', point: square },
  { colour: '#4f772d', dashes: '2 3', point: triangle },
  { colour: '#7a4a88', dashes: '10 3 2 3', point: diamond },
]

const short = (value: number): string => {
  for (const [size, mark] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const)
    if (value >= size) return `${Number((value / size).toPrecision(3))}${mark}`
  return String(Number(value.toPrecision(3)))
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Where an axis begins and ends, and the places in between that get a figure. */
const axisOf = (values: readonly number[], logarithmic: boolean) => {
  const high = Math.max(...values)
  if (logarithmic) {
    const [first, last] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(high))]
    const span = Math.max(1, last - first)
    const marks = Array.from({ length: span + 1 }, (_, at) => 10 ** (first + at))
    return { marks, at: (value: number) => (Math.log10(value) - first) / span }
  }
  const rough = high / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
  const count = Math.ceil(high / step)
  return {
    marks: Array.from({ length: count + 1 }, (_, at) => at * step),
    at: (value: number) => value / (count * step),
  }
}

/** Draws a plot. */
export const drawPlot = ({ title, x, y, logarithmic, series, levels }: Plot): string => {
  const all = series.flatMap(({ points }) => points)
  const across = axisOf(
    all.map(([value]) => value),
    logarithmic.x,
  )
  const up = axisOf(
    all.map(([, value]) => value),
    logarithmic.y,
  )
  const right = width - frame.right
  const bottom = height - frame.bottom
  const px = (value: number): number => Number((frame.left + across.at(value) * (right - frame.left)).toFixed(1))
  const py = (value: number): number => Number((bottom - up.at(value) * (bottom - frame.top)).toFixed(1))
  const text = (at: readonly [number, number], words: string, more = ''): string =>
    `<text x="${at[0]}" y="${at[1]}"${more}>${escaped(words)}</text>`
  const grid = [
    ...across.marks.flatMap((mark) => [
      `<path class="grid" d="M${px(mark)} ${frame.top}V${bottom}"/>`,
      text([px(mark), bottom + 18], short(mark), ' text-anchor="middle"'),
    ]),
    ...(levels ?? up.marks.map((mark) => ({ at: mark, name: short(mark) }))).flatMap(({ at, name }) => [
      `<path class="grid" d="M${frame.left} ${py(at)}H${right}"/>`,
      text([frame.left - 8, py(at) + 4], name, ' text-anchor="end"'),
    ]),
  ]
  const lines = series.flatMap(({ name, points }, index) => {
    const { colour, dashes, point } = looks[index % looks.length] as (typeof looks)[number]
    const stroke = `fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes}"`
    const path = points.map(([a, b], at) => `${at === 0 ? 'M' : 'L'}${px(a)} ${py(b)}`).join('')
    const [from, level] = [right + 12, frame.top + 12 + index * 20]
    return [
      `<path d="${path}" ${stroke}/>`,
      ...points
        .filter((_, at) => at % Math.ceil(points.length / marked) === 0)
        .map(([a, b]) => point(px(a), py(b), colour)),
      `<path d="M${from} ${level}h32" ${stroke}/>`,
      point(from + 16, level, colour),
      text([from + 40, level + 4], name),
    ]
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    '<style>.grid{stroke:#ddd}</style>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text([frame.left, 24], title, ' font-size="15"'),
    ...grid,
    text([(frame.left + right) / 2, height - 12], x, ' text-anchor="middle"'),
    text(
      [16, (frame.top + bottom) / 2],
      y,
      ` text-anchor="middle" transform="rotate(-90 16 ${(frame.top + bottom) / 2})"`,
    ),
    ...lines,
    '</svg>\n',
  ].join('\n')
}
