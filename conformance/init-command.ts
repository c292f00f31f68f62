/** `amp certify init`: asks a target what it is and writes the configuration to judge it by. */
import { existsSync, writeFileSync } from 'node:fs'
import { Command } from 'commander'
import type { Auth } from './auth.ts'
import { checksFor, looking } from './certify.ts'
import { findingsText } from './report/terminal.ts'
import { closeClients } from './target/client.ts'
import { configuration, stop } from './verdict-codes.ts'

type Options = { readonly out: string; readonly force?: boolean; readonly auth?: Auth }

const init = async (url: string, { out, force, auth }: Options): Promise<void> => {
  if (existsSync(out) && !force)
    return stop(`${out} is there already`, 'name another file with --out, or overwrite it with --force')
  const { discovery, findings, roles } = await looking({ url, auth })
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
    ...(auth && 'header' in auth ? { auth: { header: auth.header, command: ['printenv', 'AMP_AUTH'] } } : {}),
    callbackHost: '127.0.0.1',
  }
  writeFileSync(out, `${JSON.stringify(config, null, 2)}\n`)
  const secrets = [
    ...(discovery.hooks.endpoint === undefined ? [] : ['AMP_HOOKS_SECRET=... ']),
    ...(auth ? ['AMP_AUTH=... '] : []),
  ].join('')
  process.stdout.write(
    `wrote ${out}: ${judged.join(', ')}, ${checksFor(judged).length} checks\nnext: ${secrets}npx amp certify ${out} --html report.html\n`,
  )
}

/** The verb `certify init`. Exit codes: 0 written, 3 configuration. */
export const initCommand = (): Command =>
  new Command('init')
    .description('Ask a target what it serves, and write the configuration to judge it by')
    .argument('<url>', 'base URL of the target')
    .option('--out <file>', 'where to write', 'amp-target.json')
    .option('--force', 'overwrite a file that is there')
    .addHelpText(
      'after',
      `
Examples:
  $ npx amp certify init https://wallet.example --out wallet.json
  $ npx amp certify --auth 'x-api-key: secret' init https://wallet.example    (behind a gateway)

The file holds no secret: it names commands that print them, printenv unless you change it.
`,
    )
    .action((url: string, _own: object, command: Command) => init(url, command.optsWithGlobals()))
