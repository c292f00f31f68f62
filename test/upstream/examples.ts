/** Runs every published example of the open protocols through the bridge: `npx tsx test/upstream/examples.ts [--json] [protocol...]`. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Fields, takeFields } from './counted.ts'

/** Where one published example or vector landed. All but `translated` say why: a refusal its code, a defect its citation. */
export type Landing = {
  readonly file: string
  readonly name: string
  readonly landed: 'translated' | 'refused' | 'known-defect'
  readonly reason?: string
}

/**
 * What a file of this folder exports for its protocol. `cases` throws where an example lands elsewhere than it has to.
 * `others` names files of the folder that are no examples (schemas, licences), by pattern, each with what they are: with
 * it, a file nobody names is an error.
 */
export type ProtocolExamples = {
  readonly cases: (folder: string) => Promise<readonly Landing[]>
  readonly others?: readonly (readonly [pattern: RegExp, what: string])[]
}

/** The examples of one protocol. */
export type Told = {
  readonly protocol: string
  readonly cases: readonly Landing[]
  /** What became of the fields of what was translated. */
  readonly fields: Fields
  readonly problems: readonly string[]
}

const here = fileURLToPath(new URL('.', import.meta.url))

/** Protocols with a file beside this one. */
export const protocols: readonly string[] = readdirSync(here)
  .filter((name) => name.endsWith('.ts') && !['examples.ts', 'counted.ts'].includes(name) && !name.endsWith('.test.ts'))
  .map((name) => name.slice(0, -3))
  .sort()

/** What makes a list of landings no proof: an example told twice, or one set aside without a reason. */
export const objections = (cases: readonly Landing[]): readonly string[] => {
  const seen = new Set<string>()
  return cases.flatMap(({ file, name, landed, reason }) => {
    const id = `${file} ${name}`
    const twice = seen.has(id) ? [`${id}: told twice`] : []
    seen.add(id)
    return landed !== 'translated' && !reason ? [...twice, `${id}: ${landed} without a reason`] : twice
  })
}

/** Files of the folder that no landing names and that are not known to be something else. */
const untold = (
  folder: string,
  cases: readonly Landing[],
  others: NonNullable<ProtocolExamples['others']>,
): readonly string[] => {
  const told = new Set(cases.map(({ file }) => file))
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((file) => !told.has(file) && !others.some(([pattern]) => pattern.test(file)))
    .map((file) => `${file}: nobody says where it lands`)
}

/** Runs the examples of one protocol from `data/<protocol>`; nothing where the folder is not there. */
export const tell = async (protocol: string, data: string): Promise<Told | undefined> => {
  const folder = join(data, protocol)
  if (!existsSync(folder)) return undefined
  const { cases: run, others }: ProtocolExamples = await import(pathToFileURL(join(here, `${protocol}.ts`)).href)
  takeFields()
  try {
    const cases = await run(folder)
    const fields = takeFields()
    return {
      protocol,
      cases,
      fields,
      problems: [...objections(cases), ...(others ? untold(folder, cases, others) : [])],
    }
  } catch (error) {
    return {
      protocol,
      cases: [],
      fields: takeFields(),
      problems: [error instanceof Error ? error.message : String(error)],
    }
  }
}

const landings = ['translated', 'refused', 'known-defect'] as const

/** Landings that are not translations, by reason: how many, and one of them. `--json` tells each. */
const grouped = (cases: readonly Landing[]): readonly string[] => {
  const groups = new Map<string, Landing[]>()
  for (const each of cases) {
    if (each.landed === 'translated') continue
    const name = `${each.landed}  ${each.reason}`
    groups.set(name, [...(groups.get(name) ?? []), each])
  }
  return [...groups].map(([name, [first, ...more]]) => {
    const rest = more.length > 0 ? ` and ${more.length} more` : ''
    return `  ${name}  (${first?.file} ${first?.name}${rest})`
  })
}

const write = ({ protocol, cases, fields, problems }: Told): string => {
  const counts = landings.map((landed) => `${cases.filter((each) => each.landed === landed).length} ${landed}`)
  const said = problems.map((each) => `  PROBLEM  ${each}`)
  const { carried, derived, lost, unknown } = fields
  const accounts = `  fields: ${carried} carried, ${derived} derived, ${lost} lost by a rule, ${unknown} lost as unknown`
  return [`${protocol}: ${counts.join(', ')}`, accounts, ...grouped(cases), ...said].join('\n')
}

const main = async (args: readonly string[]): Promise<number> => {
  const data = process.env.AMP_UPSTREAM_DATA
  if (data === undefined) {
    process.stderr.write('set AMP_UPSTREAM_DATA to a folder with the published examples, one folder per protocol\n')
    return 2
  }
  const asked = args.filter((each) => !each.startsWith('-'))
  const all: Told[] = []
  for (const protocol of asked.length > 0 ? asked : protocols) {
    const told = await tell(protocol, data)
    if (told) all.push(told)
    else process.stderr.write(`${protocol}: ${join(data, protocol)} is not there\n`)
  }
  process.stdout.write(`${args.includes('--json') ? JSON.stringify(all, null, 2) : all.map(write).join('\n')}\n`)
  return all.length > 0 && all.every(({ problems }) => problems.length === 0) ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2))
