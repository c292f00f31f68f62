/** `amp studio`: serves the studio until it is stopped. */
import { Command, InvalidArgumentError } from 'commander'
import { closeClients } from '../target/client.ts'
import { configuration } from '../verdict-codes.ts'
import { type Given, startStudio } from './server.ts'

const portOf = (text: string): number => {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('A port is a number up to 65535.')
  return port
}

/** Where a studio is served, and the target its page begins with. */
export type StudioOptions = {
  readonly port: number
  readonly host: string
  readonly json?: boolean | undefined
  readonly given?: Given | undefined
}

/** Serves the studio until it is stopped. */
export const openStudio = async ({ port, host, json, given }: StudioOptions): Promise<void> => {
  try {
    const studio = await startStudio(port, host, given)
    const { url } = studio
    process.stdout.write(
      json ? `${JSON.stringify({ url })}\n` : `the studio is at ${url}\nnext: open it in a browser; stop with Ctrl-C\n`,
    )
    await new Promise<void>((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve))
    await studio.stop()
    await closeClients()
  } catch (error) {
    process.stderr.write(
      `amp studio: ${error instanceof Error ? error.message : String(error)}\ncure: choose another --port\n`,
    )
    process.exitCode = configuration
  }
}

/** The verb `studio`. Exit codes: 0 stopped, 3 the address is taken. */
export const studioCommand = (): Command =>
  new Command('studio')
    .description('Judge implementations on a page: the doctor, the checks as they run, every failure with its evidence')
    .option('--port <number>', 'port to serve on, 0 picks a free one', portOf, 7_717)
    .option(
      '--host <address>',
      'address to serve on; anything but loopback lets others run checks from here',
      '127.0.0.1',
    )
    .option('--json', 'print one JSON line with the address')
    .addHelpText('after', '\nExample:\n  $ npx amp studio --port 0\n')
    .action(openStudio)
