/** `amp registry build`: a page over a folder of certificates. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { decodeJwt } from 'jose'
import { readJson } from '../certificate/claims.ts'
import { type RunnerKey, rootsOf } from '../certificate/issue.ts'
import { entryOf, placesIn, readStatusList, type StatusEntry, signStatusList } from '../certificate/status.ts'
import { areRoots } from '../certificate/verify.ts'
import { configuration, failed } from '../verdict-codes.ts'
import { buildRegistry, statusFile } from './build.ts'

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

/** Takes certificates back: their places in the status list of the folder, which is signed anew. */
const revoke = async (
  folder: string,
  certificates: readonly string[],
  { key: keyFile, now }: { readonly key: string; readonly now: string },
): Promise<void> => {
  try {
    const key = readJson(keyFile) as RunnerKey
    const claims = certificates.map((file) => decodeJwt(readFileSync(join(folder, file), 'utf8').trim()))
    const entries = claims.map(({ status }) => entryOf(status))
    const [first] = entries
    if (!first || !entries.every((entry): entry is StatusEntry => entry?.uri === first.uri))
      return stop('a certificate has no status entry, or one of another list', 'issue certificates with --status-uri')
    const file = join(folder, statusFile)
    const at = Number(now)
    const before = existsSync(file)
      ? await readStatusList(readFileSync(file, 'utf8').trim(), first.uri, rootsOf(key).keys, at, 'old')
      : new Uint8Array()
    if (!before) return stop(`${file} is no list this key signed for ${first.uri}`, 'name the key that signed it')
    const revoked = [...placesIn(before), ...entries.map(({ idx }) => idx)]
    writeFileSync(file, `${await signStatusList(first.uri, revoked, key, at)}\n`)
    process.stdout.write(
      `${certificates.length} taken back, ${new Set(revoked).size} in all\nnext: publish ${file} at ${first.uri}\n`,
    )
  } catch (error) {
    return stop(error instanceof Error ? error.message : String(error), 'name certificates of the folder and the key')
  }
}

/** The verb `registry`. Exit codes: 0 every certificate is valid, 1 some are not, 3 configuration. */
export const registryCommand = (): Command =>
  new Command('registry')
    .description('Keep a folder of certificates')
    .addCommand(
      new Command('build')
        .description('Verify every certificate of a folder and write a page about them')
        .argument('<folder>', 'folder of .jws files')
        .requiredOption('--roots <file>', 'pinned roots')
        .option('--now <epoch>', 'the moment to verify at, in epoch seconds', String(Math.floor(Date.now() / 1000)))
        .addHelpText('after', '\nExample:\n  $ npx amp registry build certificates --roots roots.json\n')
        .action(build),
    )
    .addCommand(
      new Command('revoke')
        .description('Take certificates back: sign the status list of the folder anew')
        .argument('<folder>', 'folder of .jws files')
        .argument('<certificate...>', 'files of the folder')
        .requiredOption('--key <file>', 'private JWK that signed the certificates')
        .option('--now <epoch>', 'the moment of the list, in epoch seconds', String(Math.floor(Date.now() / 1000)))
        .addHelpText('after', '\nExample:\n  $ npx amp registry revoke certificates wallet.jws --key runner.json\n')
        .action(revoke),
    )
