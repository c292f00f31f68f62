/** A folder for files of a test below the machine's temporary ones; it goes when what it was made for ends, well or not. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'

const made = (name: string): { readonly folder: string; readonly remove: () => void } => {
  const folder = mkdtempSync(join(tmpdir(), `amp-${name}-`))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }) }
}

/** For the test that runs. */
export const folderOfTest = (name: string): string => {
  const { folder, remove } = made(name)
  onTestFinished(remove)
  return folder
}

/** For all tests of a file or a `describe`; made at its top, it goes after everything else there was stopped. */
export const folderOfFile = (name: string): string => {
  const { folder, remove } = made(name)
  afterAll(remove)
  return folder
}
