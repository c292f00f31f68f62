/** Recomputes the kill matrix: every mutant against every check of its role, in two processes. `npm run mutants [word... | missing]` */
import { fork } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { closeClients } from '../../../conformance/index.ts'
import { packageFile } from '../../../schemas/index.ts'
import { type Mutant, mutants } from './index.ts'
import { killers, tryOut } from './run.ts'

const file = packageFile('test', 'conformance', 'kill-matrix.json')

/** One mutant and the checks that failed on it. */
export type Row = Pick<Mutant, 'mutant' | 'role' | 'class' | 'breaks'> & { readonly killedBy: readonly string[] }

/** The matrix on record. */
export const readMatrix = (): readonly Row[] => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).mutants
  } catch {
    return []
  }
}

/** In a child: tries out the mutants it is sent and tells what killed each. */
const work = (): void => {
  process.on('message', async (name: string) => {
    const mutant = mutants.find((one) => one.mutant === name)
    if (!mutant) return
    process.send?.({ name, killedBy: killers(await tryOut(mutant)) })
  })
}

/** Gives every name to the next process that is free. */
const shareOut = async (
  names: readonly string[],
  onKilled: (name: string, killedBy: readonly string[]) => void,
): Promise<void> => {
  const queue = [...names]
  await Promise.all(
    [1, 2].map(
      () =>
        new Promise<void>((resolve, reject) => {
          const child = fork(fileURLToPath(import.meta.url), ['--work'], { execArgv: process.execArgv })
          const next = (): void => {
            const name = queue.shift()
            if (name === undefined) child.kill()
            else child.send(name)
          }
          child.on('message', ({ name, killedBy }: { name: string; killedBy: readonly string[] }) => {
            onKilled(name, killedBy)
            next()
          })
          child.on('exit', (code) =>
            code === null || code === 0 ? resolve() : reject(new Error(`a process ended with ${code}`)),
          )
          next()
        }),
    ),
  )
}

/** Runs the mutants whose names hold one of the words, all without words; `missing` runs those not on record. */
const main = async (words: readonly string[]): Promise<void> => {
  const kept = new Map(readMatrix().map((row) => [row.mutant, row.killedBy]))
  const chosen = mutants.filter(
    ({ mutant }) =>
      words.length === 0 || words.some((word) => (word === 'missing' ? !kept.has(mutant) : mutant.includes(word))),
  )
  let done = 0
  const write = (): void => {
    const rows = mutants.flatMap(({ mutant, role, class: fault, breaks }): Row[] => {
      const killedBy = kept.get(mutant)
      return killedBy === undefined ? [] : [{ mutant, role, class: fault, breaks, killedBy }]
    })
    writeFileSync(file, `{"seed":1,"mutants":[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]}\n`)
  }
  await shareOut(
    chosen.map(({ mutant }) => mutant),
    (name, killedBy) => {
      kept.set(name, killedBy)
      done++
      write()
      const outcome = killedBy.length > 0 ? `killed by ${killedBy.length}` : 'SURVIVES'
      process.stdout.write(`${done} of ${chosen.length}  ${name}: ${outcome}\n`)
    },
  )
  write()
  const survivors = readMatrix().filter(({ killedBy }) => killedBy.length === 0)
  process.stdout.write(`${mutants.length - survivors.length} of ${mutants.length} mutants killed; ${file}\n`)
  await closeClients()
}

if (process.argv[2] === '--work') work()
else if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2))
