/** A folder for the files of a program below the machine's temporary ones; it goes when it is removed, or when the process ends. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Makes it. A program that throws leaves nothing; one that is killed does. */
export const folderOfRun = (name: string): { readonly folder: string; readonly remove: () => void } => {
  const folder = mkdtempSync(join(tmpdir(), `amp-${name}-`))
  const remove = (): void => {
    process.off('exit', remove)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
  process.once('exit', remove)
  return { folder, remove }
}
