/** `amp registry build`: a page over a folder of certificates. */
import { Command } from 'commander'
import { readJson } from '../certificate/claims.ts'
import { areRoots } from '../certificate/verify.ts'
import { configuration, failed } from '../verdict-codes.ts'
import { buildRegistry } from './build.ts'

const stop = (cause: string, cure: string): void => {
  process.stderr.write(`amp registry: ${cause}\ncure: ${cure}\n`)
  process.exitCode = configuration
}

const build = async (folder: string, options: { readonly roots: string; readonly now: string }): Promise<void> => {
  try {
    const roots = readJson(options.roots)
    if (!areRoots(roots))
      return stop(`${options.roots} holds no roots`, 'it looks like {"keys": [JWK], "revoked": [id]}')
    const listed = await buildRegistry(folder, roots, Number(options.now))
    for (const { file, verified } of listed)
      process.stdout.write(
        `${verified.valid ? '+ valid    ' : 'X not valid'}  ${file}${verified.valid ? '' : `  ${verified.reason}`}\n`,
      )
    const valid = listed.filter(({ verified }) => verified.valid).length
    process.stdout.write(
      `${valid} of ${listed.length} certificates are valid\nnext: publish ${folder}/index.html with the folder\n`,
    )
    if (valid < listed.length) process.exitCode = failed
  } catch (error) {
    return stop(
      error instanceof Error ? error.message : String(error),
      'name a folder of .jws files and a file of roots',
    )
  }
}

/** The verb `registry`. Exit codes: 0 every certificate is valid, 1 some are not, 3 configuration. */
export const registryCommand = (): Command =>
  new Command('registry').description('Keep a folder of certificates').addCommand(
    new Command('build')
      .description('Verify every certificate of a folder and write a page about them')
      .argument('<folder>', 'folder of .jws files')
      .requiredOption('--roots <file>', 'pinned roots')
      .option('--now <epoch>', 'the moment to verify at, in epoch seconds', String(Math.floor(Date.now() / 1000)))
      .addHelpText('after', '\nExample:\n  $ npx amp registry build certificates --roots roots.json\n')
      .action(build),
  )
