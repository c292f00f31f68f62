/** A folder for files of a test below the machine's temporary ones; it goes when what it was made for ends, well or not. */
import { afterAll, onTestFinished } from 'vitest'
import { folderOfRun } from './folder-of-run.ts'

/** For the test that runs. */
export const folderOfTest = (name: string): string => {
  const { folder, remove } = folderOfRun(name)
  onTestFinished(remove)
  return folder
}

/** For all tests of a file or a `describe`; made at its top, it goes after everything else there was stopped. */
export const folderOfFile = (name: string): string => {
  const { folder, remove } = folderOfRun(name)
  afterAll(remove)
  return folder
}
