/** The log: request identifiers and codes, never secrets, bodies, keys or signatures. */
import { type DestinationStream, type Logger, pino } from 'pino'

const secret = [
  'authorization',
  'cookie',
  'signature',
  '"signature-input"',
  '"amp-hook-secret"',
  '"content-digest"',
  '"set-cookie"',
]

/** Paths that are removed wherever they appear in a log line. */
export const redacted: readonly string[] = [
  ...secret.flatMap((name) => [
    `req.headers[${name.startsWith('"') ? name : `"${name}"`}]`,
    `res.headers[${name.startsWith('"') ? name : `"${name}"`}]`,
  ]),
  ...[
    'pin',
    'userToken',
    'paymentToken',
    'paymentMethodId',
    'assurance',
    'identity',
    'mandate',
    'tokenRequest',
    'body',
    'secret',
  ].flatMap((name) => [name, `*.${name}`]),
]

/** A logger in JSON lines. */
export const createLog = (level: string, destination?: DestinationStream): Logger =>
  pino({ level, redact: { paths: [...redacted], remove: true }, base: null }, destination as DestinationStream)
