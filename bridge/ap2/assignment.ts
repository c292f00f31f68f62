/** Exact assignment of checkout lines to what a user asked for: a maximum flow, since taking the first fit may fail. */

/** Units of one item in a checkout. */
export type Line = { readonly item: string; readonly quantity: number }

/** Units the user asked for, of any of these items. */
export type Requirement = { readonly items: readonly string[]; readonly quantity: number }

/** Residual capacities between nodes: source 0, lines from 1, requirements after them, sink last. */
const capacitiesOf = (lines: readonly Line[], requirements: readonly Requirement[]): number[][] => {
  const size = lines.length + requirements.length + 2
  const capacity = Array.from({ length: size }, () => new Array<number>(size).fill(0))
  for (const [index, { item, quantity }] of lines.entries()) {
    const row = capacity[index + 1] as number[]
    ;(capacity[0] as number[])[index + 1] = quantity
    for (const [other, { items }] of requirements.entries())
      if (items.includes(item)) row[lines.length + 1 + other] = quantity
  }
  for (const [index, { quantity }] of requirements.entries())
    (capacity[lines.length + 1 + index] as number[])[size - 1] = quantity
  return capacity
}

/** Nodes of a shortest way with room from source to sink, each by the one before it; nothing where there is none. */
const wayThrough = (capacity: readonly (readonly number[])[]): readonly number[] | undefined => {
  const sink = capacity.length - 1
  const before = new Array<number>(capacity.length).fill(-1)
  before[0] = 0
  const queue = [0]
  for (const node of queue) {
    for (let next = 0; next <= sink; next += 1)
      if (before[next] === -1 && (capacity[node]?.[next] ?? 0) > 0) {
        before[next] = node
        queue.push(next)
      }
    if (before[sink] !== -1) break
  }
  if (before[sink] === -1) return undefined
  const way = [sink]
  while (way[0] !== 0) way.unshift(before[way[0] as number] as number)
  return way
}

/** Units that find a place at most. */
const flowOf = (lines: readonly Line[], requirements: readonly Requirement[]): number => {
  const capacity = capacitiesOf(lines, requirements)
  let flow = 0
  for (let way = wayThrough(capacity); way; way = wayThrough(capacity)) {
    const steps = way.slice(1).map((to, index) => [way?.[index] as number, to] as const)
    const room = Math.min(...steps.map(([from, to]) => (capacity[from] as number[])[to] as number))
    for (const [from, to] of steps) {
      ;(capacity[from] as number[])[to] = ((capacity[from] as number[])[to] as number) - room
      ;(capacity[to] as number[])[from] = ((capacity[to] as number[])[from] as number) + room
    }
    flow += room
  }
  return flow
}

/** Whether every unit of the lines, and nothing else, is what the requirements ask for. */
export const isAssigned = (lines: readonly Line[], requirements: readonly Requirement[]): boolean => {
  const sum = (all: readonly { readonly quantity: number }[]) => all.reduce((total, each) => total + each.quantity, 0)
  return sum(lines) === sum(requirements) && flowOf(lines, requirements) === sum(lines)
}
