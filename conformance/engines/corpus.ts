/** Shrunk proofs that once disproved some target, and programs that come to each engine's question: every run begins with them. */
import { existsSync, readFileSync } from 'node:fs'
import { packageFile } from '../../schemas/index.ts'
import type { Engine, Program } from './engine.ts'

type Entry = {
  /** The property the program belongs to. */
  readonly property: string
  readonly engine: Engine
  /** What was wrong with the target it disproved, or what else it is kept for. */
  readonly found: string
  readonly program: Program<object>
}

const file = packageFile('conformance', 'corpus', 'programs.json')
const entries: readonly Entry[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []

/** The programs of a property for an engine, oldest first. */
export const corpusOf = <Command>(property: string, engine: Engine): readonly Program<Command>[] =>
  entries
    .filter((entry) => entry.property === property && entry.engine === engine)
    .map(({ program }) => program as Program<Command>)
