/** Exit codes of `amp certify`, and how it stops over a wrong configuration. */
export const failed = 1
export const configuration = 3

/** Says why nothing was judged and what to do, and sets the exit code. */
export const stop = (cause: string, cure: string): void => {
  process.stderr.write(`amp certify: ${cause}\ncure: ${cure}\n`)
  process.exitCode = configuration
}
