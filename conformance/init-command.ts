/** `amp certify init`: asks a target what it is and writes the configuration to judge it by. */
import { existsSync, writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { checksFor } from './certify.ts'
import { examine } from './doctor.ts'
import { findingsText } from './report/terminal.ts'
import { closeClients } from './target/client.ts'
import { configuration, stop } from './verdict-codes.ts'

type Options = { readonly out: string; readonly force?: boolean }

const init = async (url: string, { out, force }: Options): Promise<void> => {
  if (existsSync(out) && !force)
    return stop(`${out} is there already`, 'name another file with --out, or overwrite it with --force')
  const { discovery, findings, roles } = await examine({ url })
  process.stdout.write(`examining ${url}\n${findingsText(findings)}\n\n`)
  await closeClients()
  if (!discovery || findings.some(({ state }) => state === 'wrong')) {
    process.exitCode = configuration
    return
  }
  const judged = roles.filter((role) => checksFor([role]).length > 0)
  const config = {
    url: url.replace(/\/$/, ''),
    roles: judged,
    ...(discovery.hooks.endpoint === undefined ? {} : { hooks: { command: ['printenv', 'AMP_HOOKS_SECRET'] } }),
    callbackHost: '127.0.0.1',
  }
  writeFileSync(out, `${JSON.stringify(config, null, 2)}\n`)
  const secret = discovery.hooks.endpoint === undefined ? '' : 'AMP_HOOKS_SECRET=... '
  process.stdout.write(
    `wrote ${out}: ${judged.join(', ')}, ${checksFor(judged).length} checks\nnext: ${secret}npx amp certify ${out} --html report.html\n`,
  )
}

/** The verb `certify init`. Exit codes: 0 written, 3 configuration. */
export const initCommand = (): Command =>
  new Command('init')
    .description('Ask a target what it serves, and write the configuration to judge it by')
    .argument('<url>', 'base URL of the target')
    .option('--out <file>', 'where to write', 'amp-target.json')
    .option('--force', 'overwrite a file that is there')
    .addHelpText('after', '\nExample:\n  $ npx amp certify init https://wallet.example --out wallet.json\n')
    .action(init)
