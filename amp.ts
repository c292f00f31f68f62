#!/usr/bin/env node
/** The command line: each verb forwards to the command of its folder. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { bridgeCommand } from './bridge/command.ts'
import { certifyCommand } from './conformance/command.ts'
import { registryCommand } from './conformance/registry/command.ts'
import { studioCommand } from './conformance/studio/command.ts'
import { demoCommand } from './demo/command.ts'
import { agentCommand } from './reference/agent/command.ts'
import { startCommand } from './reference/command.ts'
import { evidenceCommand } from './reference/trust/command.ts'
import { packageFile } from './schemas/index.ts'
import { specCommand } from './spec/tools/command.ts'

const { version, description }: { version: string; description: string } = JSON.parse(
  readFileSync(packageFile('package.json'), 'utf8'),
)

const usage = 3

const amp = new Command('amp')
  .description(description)
  .version(version)
  .addCommand(demoCommand())
  .addCommand(startCommand())
  .addCommand(agentCommand())
  .addCommand(certifyCommand())
  .addCommand(studioCommand())
  .addCommand(registryCommand())
  .addCommand(bridgeCommand())
  .addCommand(evidenceCommand())
  .addCommand(specCommand())
  .addHelpText(
    'after',
    '\nExamples:\n  $ npx amp demo\n  $ npx amp start --port 0 --hooks a-long-secret --json\n  $ npx amp spec touch AMP-TRUST-075\n\nWhat a word means: npx amp spec word mandate\nOutside this repository: npx agentic-mobile-protocol ...\n',
  )
  .showHelpAfterError('(amp --help lists the verbs)')

/** A mistake in any verb comes back here instead of ending the process with a code that means something else. */
const bringBack = (command: Command): void => {
  command.exitOverride()
  for (const each of command.commands) bringBack(each)
}
bringBack(amp)

try {
  await amp.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? 0 : usage
}
