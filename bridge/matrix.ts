/** The matrix: which protocol, message by message, and what becomes of every field, generated from the adapters. */
import type { FieldRule } from './accounting.ts'
import type { SealedAdapter } from './adapter.ts'

type Row<Fate extends FieldRule['fate']> = Omit<Extract<FieldRule, { fate: Fate }>, 'fate'>

/** One kind of message with the fate of its fields. */
export type MatrixMessage = {
  readonly name: string
  readonly direction: 'in' | 'out'
  readonly yields: string
  readonly carried: readonly Row<'carried'>[]
  readonly derived: readonly Row<'derived'>[]
  readonly lost: readonly Row<'lost'>[]
  readonly refused: readonly Row<'refused'>[]
}

/** Everything the adapters say of themselves, by protocol. */
export type Matrix = Readonly<
  Record<
    string,
    {
      readonly versions: readonly string[]
      readonly experimental: boolean
      readonly directions: readonly string[]
      readonly messages: readonly MatrixMessage[]
    }
  >
>

const withFate = <Fate extends FieldRule['fate']>(rules: readonly FieldRule[], fate: Fate): readonly Row<Fate>[] =>
  rules.flatMap(({ fate: own, ...row }) => (own === fate ? [row as unknown as Row<Fate>] : []))

/** The matrix of these adapters. */
export const matrixOf = (adapters: readonly SealedAdapter[]): Matrix =>
  Object.fromEntries(
    adapters.map(({ protocol, versions, experimental, messages }) => [
      protocol,
      {
        versions,
        experimental,
        directions: [...new Set(messages.map(({ direction }) => direction))],
        messages: messages.map(({ name, direction, yields, rules }) => ({
          name,
          direction,
          yields,
          carried: withFate(rules, 'carried'),
          derived: withFate(rules, 'derived'),
          lost: withFate(rules, 'lost'),
          refused: withFate(rules, 'refused'),
        })),
      },
    ]),
  )

const cellsOf = (matrix: Matrix): readonly (readonly string[])[] =>
  Object.entries(matrix).flatMap(([protocol, { messages, experimental }]) =>
    messages.map((message) => [
      experimental ? `${protocol} (experimental)` : protocol,
      message.direction,
      message.name,
      message.yields,
      ...[message.carried, message.derived, message.lost, message.refused].map((rules) => String(rules.length)),
    ]),
  )

const heads = ['Protocol', 'Direction', 'Message', 'Yields', 'Carried', 'Derived', 'Lost', 'Refused']

/** The matrix as a Markdown table; the last four columns count rules, which `fieldsMarkdown` spells out. */
export const matrixMarkdown = (matrix: Matrix): string =>
  [heads, heads.map(() => '---'), ...cellsOf(matrix)].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** The matrix for a terminal. */
export const matrixText = (matrix: Matrix): string => {
  const rows = [heads, ...cellsOf(matrix)]
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/**
 * Fields of one protocol in a Markdown table: in which messages (numbered in the order of the matrix), the field, its
 * fate, and where it goes or why not. A rule that several messages share comes once.
 */
export const fieldsMarkdown = (adapter: SealedAdapter): string => {
  const told = (rule: FieldRule): string => {
    if (rule.fate === 'carried') return `\`${rule.to}\``
    return rule.fate === 'derived' ? `\`${rule.to}\`: ${rule.rule}` : rule.why
  }
  const seen = new Map<string, number[]>()
  for (const [index, { rules }] of adapter.messages.entries())
    for (const rule of rules) {
      const row = `\`${rule.field}\` | ${rule.fate} | ${told(rule)} |`
      seen.set(row, [...(seen.get(row) ?? []), index + 1])
    }
  const where = (messages: readonly number[]) =>
    messages.length === adapter.messages.length ? 'all' : messages.join(', ')
  const rows = [...seen].map(([row, messages]) => `| ${where(messages)} | ${row}`)
  const names = adapter.messages.map(({ name }, index) => `${index + 1}. ${name}`)
  return [...names, '', '| In | Field | Fate | AMP field, rule or reason |', '|---|---|---|---|', ...rows].join('\n')
}
