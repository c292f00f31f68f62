/** How an example is told: who says what to whom, recorded while it happens, printed where it is run by itself. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { packageFile } from '../../../schemas/index.ts'
import { drawSequence } from './sequence.ts'

/** One thing that happened: a message from one party to another, or a deed of one party. */
export type Step = { readonly from: string; readonly to: string; readonly what: string }

/** Tells that something just happened. */
export type Tell = (from: string, to: string, what: string) => void

/** One example: its title, where its picture is kept if it has one, and what happens; the facts are what a test holds it to. */
export type Example = {
  readonly title: string
  readonly picture?: string
  readonly play: (tell: Tell) => Promise<Readonly<Record<string, string>>>
}

/** An example after it ran. */
export type Played = { readonly steps: readonly Step[]; readonly facts: Readonly<Record<string, string>> }

/** Plays an example; `heard` is told of every step as it happens. */
export const perform = async ({ play }: Example, heard: (step: Step) => void = () => {}): Promise<Played> => {
  const steps: Step[] = []
  const facts = await play((from, to, what) => {
    steps.push({ from, to, what })
    heard({ from, to, what })
  })
  return { steps, facts }
}

const line = ({ from, to, what }: Step): string => `${from === to ? from : `${from} -> ${to}`}: ${what}\n`

/** Runs an example where its file is the one that was started; `--draw` writes its picture anew. */
export const runDirectly = async (url: string, example: Example): Promise<void> => {
  if (process.argv[1] !== fileURLToPath(url)) return
  process.stdout.write(`${example.title}\n\n`)
  const { steps, facts } = await perform(example, (step) => void process.stdout.write(line(step)))
  process.stdout.write(`\n${JSON.stringify(facts)}\n`)
  if (example.picture !== undefined && process.argv.includes('--draw'))
    writeFileSync(packageFile(example.picture), drawSequence(example.title, steps))
}
