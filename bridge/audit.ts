/** The evidence log of a gateway: one line per message, each holding the digest of the line before. */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { canonicalJson } from '../schemas/index.ts'
import { isObject, parseJson } from './json.ts'
import { Misconfigured } from './keys.ts'

/** What is said about a message: never anything the sender chose, but for the id a trusted directory gives the agent. */
export type AuditEntry = {
  /** Epoch seconds. */
  readonly at: number
  readonly request: string
  readonly tenant?: string
  readonly mode?: string
  readonly protocol?: string
  readonly outcome: string
  readonly problem?: string
  readonly agent?: string
  /** SHA-256 of the draft in canonical form, base64url. */
  readonly draft?: string
  readonly session?: string
}

/** Where entries go. */
export type Audit = { readonly write: (entry: AuditEntry) => void; readonly close: () => void }

const digestOf = (line: string): string => createHash('sha256').update(line).digest('base64url')

/** Digest of a value in canonical form. */
export const digestOfJson = (value: unknown): string => digestOf(canonicalJson(value))

/** The digest every log begins with. */
const beginning = digestOf('')

/** Whether each line holds the digest of the one before; the number of the first that does not, or nothing. */
export const brokenLine = (text: string): number | undefined => {
  let previous = beginning
  const lines = text.split('\n').filter((line) => line !== '')
  for (const [index, line] of lines.entries()) {
    const json = parseJson(line)
    if (!json.ok || !isObject(json.value) || json.value.previous !== previous) return index + 1
    previous = digestOf(line)
  }
  return undefined
}

/** Opens a log and goes on where it ends. A log that was changed is not written on: `Misconfigured`. */
export const openAudit = (path: string): Audit => {
  let before = ''
  try {
    before = readFileSync(path, 'utf8')
  } catch {
    // A log that is not there begins now.
  }
  if (brokenLine(before) !== undefined)
    throw new Misconfigured(`the evidence log ${path} was changed in line ${brokenLine(before)}`)
  const file = openSync(path, 'a', 0o600)
  const last = before
    .split('\n')
    .filter((line) => line !== '')
    .at(-1)
  let previous = last === undefined ? beginning : digestOf(last)
  return {
    write: (entry) => {
      const line = JSON.stringify({ ...entry, previous })
      writeSync(file, `${line}\n`)
      previous = digestOf(line)
    },
    close: () => closeSync(file),
  }
}
