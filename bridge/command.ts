/** `amp bridge`: translates one message, and shows the matrix. */
import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { pino } from 'pino'
import { accept, type Outcome, refuse } from '../reference/core/outcome.ts'
import type { BridgeResult, OutboundResult, SealedAdapter, Settings } from './adapter.ts'
import { isObject, type Json, type JsonObject, parseJson } from './json.ts'
import { Misconfigured, staticDirectory } from './keys.ts'
import { fieldsMarkdown, matrixMarkdown, matrixOf, matrixText } from './matrix.ts'
import { type ForeignMessage, readDescription } from './message.ts'
import { memoryNonces } from './nonces.ts'
import { startPlayground } from './playground/index.ts'
import { adapterOf, adapters } from './registry.ts'
import { serveGateway } from './serve.ts'
import { readMerchants } from './settings.ts'
import { translate } from './translate.ts'
import { translateOut } from './translate-out.ts'

/** How `amp bridge translate` exits. */
const exitCodes = { translated: 0, refused: 1, 'not-this-protocol': 2, configuration: 3 } as const

type TranslateOptions = {
  readonly from?: string
  readonly to?: string
  readonly in: string
  readonly keys?: string
  readonly now: number
  readonly settings?: string
  readonly currency?: string
  readonly merchants?: string
  readonly allowPs256?: boolean
  readonly json?: boolean
}

/** Text of a file, or of standard input for `-`. Throws `Misconfigured`. */
const readText = (path: string): string => {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8')
  } catch {
    throw new Misconfigured(`${path} cannot be read`)
  }
}

/** JSON of a file that comes from a stranger: if it cannot be read it is refused. */
const readStrangeFile = (path: string): Outcome<Json> => {
  const json = parseJson(readText(path))
  return json.ok ? accept(json.value) : refuse('message-malformed', { detail: `the file is refused: ${json.why}` })
}

const readMessageFile = (path: string): Outcome<ForeignMessage> => {
  const json = readStrangeFile(path)
  return json.ok ? readDescription(json.value) : json
}

const readJsonFile = (path: string): unknown => {
  const text = readText(path)
  try {
    return JSON.parse(text)
  } catch {
    throw new Misconfigured(`${path} is not JSON`)
  }
}

const readEpoch = (text: string): number => {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError('epoch seconds are a whole number')
  return Number(text)
}

const readCurrency = (text: string): string => {
  if (!/^[A-Z]{3}$/.test(text)) throw new InvalidArgumentError('a currency is three capital letters (ISO 4217)')
  return text
}

const chosen = (protocol: string): SealedAdapter => {
  const adapter = adapterOf(protocol)
  if (adapter) return adapter
  const known = adapters.map((each) => each.protocol).join(', ')
  throw new Misconfigured(`the bridge does not speak ${protocol}; it speaks ${known}`)
}

const settingsOf = (options: TranslateOptions): Settings => ({
  ...(options.currency === undefined ? {} : { currency: options.currency }),
  ...(options.merchants === undefined ? {} : { merchants: readMerchants(readJsonFile(options.merchants)) }),
  ...(options.allowPs256 === undefined ? {} : { allowPs256: options.allowPs256 }),
  ...(options.settings === undefined ? {} : { protocols: readProtocols(readJsonFile(options.settings)) }),
})

/** What adapters alone are told: an object of objects by protocol. */
const readProtocols = (value: unknown): NonNullable<Settings['protocols']> => {
  const isTable = (each: unknown): each is JsonObject => isObject(each)
  if (!isObject(value) || !Object.values(value).every(isTable))
    throw new Misconfigured('settings of protocols are an object of objects, by protocol')
  return value as NonNullable<Settings['protocols']>
}

const translateFile = async (options: TranslateOptions): Promise<BridgeResult | OutboundResult> => {
  if ((options.from === undefined) === (options.to === undefined))
    throw new Misconfigured('say either --from (another protocol to AMP) or --to (AMP to another protocol)')
  if (options.to !== undefined)
    return translateOut(readStrangeFile(options.in), chosen(options.to), {
      now: options.now,
      settings: settingsOf(options),
    })
  if (options.keys === undefined) throw new Misconfigured('--from needs --keys: whose signatures are believed')
  const adapter = chosen(options.from ?? '')
  // A key the caller hands over by itself is trusted, also where it is one of the public test keys.
  const directory = staticDirectory(readJsonFile(options.keys), { name: 'keys', allowPublicTestKeys: true })
  const context = { now: options.now, directory, nonces: memoryNonces(), settings: settingsOf(options) }
  return translate(readMessageFile(options.in), context, [adapter])
}

/** Runs an action; a mistake of the operator is told on standard error and exits 3. */
const guarded = async (act: () => Promise<void>): Promise<void> => {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof Misconfigured)) throw error
    process.stderr.write(`amp bridge: ${error.message}\n`)
    process.exitCode = exitCodes.configuration
  }
}

const speaksOut = (): readonly string[] => adapters.flatMap(({ protocol, fromAmp }) => (fromAmp ? [protocol] : []))

const translateCommand = (): Command =>
  new Command('translate')
    .description('Translate one message to AMP or from it; print what it becomes, what is lost, or why it is refused')
    .option('--from <protocol>', `to AMP, from one of: ${adapters.map(({ protocol }) => protocol).join(', ')}`)
    .option('--to <protocol>', `from AMP, to one of: ${speaksOut().join(', ')}`)
    .requiredOption(
      '--in <file>',
      'JSON: with --from a message {"method", "url", "headers", "body"}, with --to a document {"kind", "value", "given"}; - reads standard input',
    )
    .option('--keys <file>', 'JWKS of the agents that are trusted; one agent unless keys say otherwise')
    .requiredOption('--now <epoch>', 'the time to judge by, in epoch seconds', readEpoch)
    .option('--currency <code>', 'currency of amounts that come without one', readCurrency)
    .option('--merchants <file>', 'JSON list of merchants by card acceptor id, with currency and AMP merchant')
    .option('--allow-ps256', 'take RSA-PSS with SHA-256 in HTTP signatures too')
    .option('--settings <file>', 'JSON object of what single adapters are told, by protocol')
    .option('--json', 'print one line')
    .addHelpText('after', '\nExits 0 translated, 1 refused, 2 not this protocol, 3 configuration.')
    .action((options: TranslateOptions) =>
      guarded(async () => {
        const result = await translateFile(options)
        process.stdout.write(`${JSON.stringify(result, null, options.json ? 0 : 2)}\n`)
        process.exitCode = exitCodes[result.outcome]
      }),
    )

type MatrixOptions = { readonly json?: boolean; readonly markdown?: boolean; readonly fields?: string }

const writeMatrix = ({ json, markdown, fields }: MatrixOptions): string => {
  if (fields !== undefined) return fieldsMarkdown(chosen(fields))
  const matrix = matrixOf(adapters)
  if (json) return JSON.stringify(matrix, null, 2)
  return markdown ? matrixMarkdown(matrix) : matrixText(matrix)
}

const matrixCommand = (): Command =>
  new Command('matrix')
    .description('Show what becomes of every field of every message, by protocol')
    .option('--json', 'every field, keyed by protocol')
    .option('--markdown', 'the table of messages, for a page')
    .option('--fields <protocol>', 'the table of fields of one protocol, for its page')
    .action((options: MatrixOptions) => guarded(async () => void process.stdout.write(`${writeMatrix(options)}\n`)))

type ServeOptions = { readonly config?: string; readonly json?: boolean }

/** Runs a gateway until it is told to stop; SIGHUP makes it read its configuration again. */
const serve = async ({ config, json }: ServeOptions): Promise<void> => {
  if (config === undefined) throw new Misconfigured('--config FILE says what the gateway serves')
  const logger = pino({ level: 'info' }, process.stderr)
  const gateway = await serveGateway(config, logger)
  const line = json ? JSON.stringify({ url: gateway.url }) : `the bridge listens on ${gateway.url}`
  process.stdout.write(`${line}\n`)
  process.on('SIGHUP', () => {
    try {
      gateway.reload()
    } catch (error) {
      logger.error({ mistake: error instanceof Misconfigured ? error.message : 'unreadable' }, 'configuration refused')
    }
  })
  await untilStopped()
  await gateway.stop()
}

const untilStopped = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })

const readPort = (text: string): number => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('a port is 0 to 65535')
  return Number(text)
}

const playgroundCommand = (): Command =>
  new Command('playground')
    .description('Open a page on this machine that shows what becomes of a message; nothing leaves the machine')
    .option('--port <number>', 'port on the loopback address; 0 takes a free one', readPort, 4711)
    .option('--json', 'print where it listens as one line of JSON')
    .action(({ port, json }: { readonly port: number; readonly json?: boolean }) =>
      guarded(async () => {
        const playground = await startPlayground(port)
        process.stdout.write(
          json ? `${JSON.stringify({ url: playground.url })}\n` : `the playground is at ${playground.url}\n`,
        )
        await untilStopped()
        await playground.stop()
      }),
    )

const configOption = ['--config <file>', 'JSON configuration of the gateway'] as const

const serveCommand = (): Command =>
  new Command('serve')
    .description('Run the gateway')
    .option(...configOption)
    .option('--json', 'print where it listens as one line of JSON')
    .action((_options: ServeOptions, command: Command) => guarded(() => serve(command.optsWithGlobals())))

/** The verb `bridge`. Wrong usage exits 3, so that it is never mistaken for a refused message. */
export const bridgeCommand = (): Command => {
  const verbs = [translateCommand(), matrixCommand(), serveCommand(), playgroundCommand()]
  const bridge = new Command('bridge')
    .description('Translate other protocols to AMP and back; nothing is signed for anybody')
    .option(...configOption)
    .action((options: ServeOptions, command: Command) =>
      options.config === undefined ? command.help({ error: true }) : guarded(() => serve(options)),
    )
  for (const verb of [...verbs, bridge])
    verb.exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : exitCodes.configuration)
    })
  return verbs.reduce((command, verb) => command.addCommand(verb), bridge)
}
