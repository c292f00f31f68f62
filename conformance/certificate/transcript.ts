/** What went over the wire in a run, salted, so that the certificate can bind all of it and an auditor see one request. */
import { randomBytes } from 'node:crypto'
import { canonicalJson } from '../../schemas/index.ts'
import { isObject } from '../layers.ts'
import type { NeighbourServer, Received } from '../neighbours/server.ts'
import type { Exchange } from '../target/client.ts'
import { leafHash, pathOf, rootOf } from './merkle.ts'

/** One exchange with the salt that hides it as long as it is not opened. */
export type Entry = { readonly salt: string; readonly exchange: Omit<Exchange, 'milliseconds'> }

/** The bundle `--evidence-out` writes. */
export type Transcript = { readonly format: 'amp-conformance-transcript/1'; readonly entries: readonly Entry[] }

const hidden = /^(authorization|amp-hook-secret)$/i

/** Secrets stay out of every file: sessions, hook secrets, PINs. */
const withoutSecrets = ({
  method,
  url,
  headers,
  body,
  status,
  answerHeaders,
  answer,
}: Exchange): Entry['exchange'] => ({
  method,
  url,
  headers: Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, hidden.test(name) ? '[hidden]' : value]),
  ),
  body: body.replace(/"pin":"[^"]*"/g, '"pin":"[hidden]"'),
  status,
  answerHeaders,
  answer: answer.replace(/"userToken":"[^"]*"/g, '"userToken":"[hidden]"'),
})

/** A call of the target to the suite; status 0 where the suite cut the connection. */
const heardBy =
  (url: string) =>
  ({ name, headers, text, answer }: Received): Exchange => ({
    method: 'POST',
    url: `${url}/${name.replace('.', '/')}`,
    headers,
    body: text,
    status: answer === undefined ? 0 : isObject(answer) && typeof answer.status === 'number' ? answer.status : 200,
    answerHeaders: {},
    answer: JSON.stringify(answer ?? null),
    milliseconds: 0,
  })

/** Collects the exchanges of a run. */
export const recordTranscript = (): {
  readonly keep: (exchange: Exchange) => void
  /** Ends it with what the target asked the suite. */
  readonly close: (neighbours?: Pick<NeighbourServer, 'url' | 'received'>) => Transcript
} => {
  const entries: Entry[] = []
  const keep = (exchange: Exchange): void =>
    void entries.push({ salt: randomBytes(16).toString('base64url'), exchange: withoutSecrets(exchange) })
  return {
    keep,
    close: (neighbours) => {
      for (const one of (neighbours?.received ?? []).map(heardBy(neighbours?.url ?? ''))) keep(one)
      return { format: 'amp-conformance-transcript/1', entries }
    },
  }
}

const hashes = ({ entries }: Transcript): readonly Buffer[] => entries.map((entry) => leafHash(canonicalJson(entry)))

/** base64url root over a transcript. */
export const transcriptRoot = (transcript: Transcript): string => rootOf(hashes(transcript)).toString('base64url')

/** Whether a file holds a transcript, and nothing beside it that no certificate would bind. */
export const isTranscript = (value: unknown): value is Transcript =>
  isObject(value) &&
  value.format === 'amp-conformance-transcript/1' &&
  Array.isArray(value.entries) &&
  Object.keys(value).length === 2

/** One request opened to an auditor, with the path to the root in the certificate. */
export type Opened = Entry & {
  readonly index: number
  readonly of: number
  readonly path: readonly string[]
  readonly root: string
}

/** Opens one entry, counted from 0; nothing where there is none. */
export const openEntry = (transcript: Transcript, index: number): Opened | undefined => {
  const entry = transcript.entries[index]
  if (!entry) return undefined
  const path = pathOf(hashes(transcript), index).map((hash) => hash.toString('base64url'))
  return { ...entry, index, of: transcript.entries.length, path, root: transcriptRoot(transcript) }
}
