/** The server of the studio: loopback unless told otherwise, and deaf to pages of other origins. */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { checksFor, looking, type Order } from '../certify.ts'
import { isObject, type JsonObject } from '../layers.ts'
import { htmlReport } from '../report/html.ts'
import { isJudgedRole } from '../roles.ts'
import { page } from './page.ts'
import { createRuns, type Run, type Runs } from './runs.ts'

const bodyBytesMax = 65_536

const readJsonBody = async (request: IncomingMessage): Promise<JsonObject | undefined> => {
  let text = ''
  for await (const chunk of request as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8')
    if (text.length > bodyBytesMax) return undefined
  }
  try {
    const body: unknown = JSON.parse(text)
    return isObject(body) ? body : undefined
  } catch {
    return undefined
  }
}

const securityHeaders = (nonce: string): Record<string, string> => ({
  'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
})

const answer = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...securityHeaders('') })
  response.end(JSON.stringify(body))
}

/** A page of another origin can neither start a run nor read one: its requests name where they come from. */
const isOwn = (request: IncomingMessage, authorities: ReadonlySet<string>): boolean => {
  const { host = '', origin, 'sec-fetch-site': site } = request.headers
  if (!authorities.has(host)) return false
  if (origin !== undefined && origin !== `http://${host}`) return false
  return site === undefined || site === 'same-origin' || site === 'none'
}

const summaryOf = ({ id, wanted, started, report, changed, results, checks }: Run) => ({
  id,
  url: wanted.url,
  roles: wanted.roles,
  started,
  outcome: report?.outcome ?? 'running',
  passed: results.filter(({ verdict }) => verdict === 'pass').length,
  failed: results.filter(({ verdict }) => verdict === 'fail').length,
  checks: checks.length,
  changed: changed?.length ?? 0,
})

/** Sends what a run has shown so far and everything that follows, as server-sent events. */
const watch = (run: Run, response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream', ...securityHeaders('') })
  const send = (event: string, data: unknown): void => {
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    if (event === 'end') response.end()
  }
  for (const result of run.results) send('result', result)
  if (run.report) {
    const { outcome, requests, milliseconds, seed } = run.report
    send('end', { outcome, requests, milliseconds, seed, changed: run.changed ?? [] })
    return
  }
  run.news.on('news', send)
  response.on('close', () => run.news.off('news', send))
}

/** What the page begins with, where a command line named it; the rest of a configuration stays here, for that target alone. */
export type Given = Partial<Pick<Order, 'url' | 'auth' | 'declared' | 'restart' | 'callbackHost'>> & {
  readonly hooks?: string | undefined
}

/** What a configuration says of a target beside what the page shows. */
const beside = ({ url, hooks: _hooks, ...rest }: Given, wanted: unknown): Partial<Order> => (url === wanted ? rest : {})

const examineTarget = async (given: Given, body: JsonObject): Promise<object> => {
  const { url, hooks } = body
  const { findings, roles: served } = await looking({
    ...beside(given, url),
    url: String(url),
    hooksSecret: typeof hooks === 'string' && hooks !== '' ? hooks : undefined,
  })
  const judged = served.map((role) => ({ role, checks: checksFor([role]).length })).filter(({ checks }) => checks > 0)
  return { findings, roles: judged }
}

const beginRun = (runs: Runs, given: Given, { url, hooks, roles: wanted, seed }: JsonObject): Run | undefined => {
  if (typeof url !== 'string' || !Array.isArray(wanted) || wanted.length === 0 || !wanted.every(isJudgedRole))
    return undefined
  const asked = {
    url,
    hooks: typeof hooks === 'string' && hooks !== '' ? hooks : undefined,
    roles: wanted,
    seed: typeof seed === 'number' ? seed : undefined,
  }
  return runs.begin(asked, beside(given, url))
}

const serve = async (runs: Runs, given: Given, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const path = new URL(request.url ?? '/', 'http://studio').pathname
  if (request.method === 'POST') {
    const body = await readJsonBody(request)
    if (!body) return answer(response, 400, { cause: 'a JSON object is needed' })
    if (path === '/examine') return answer(response, 200, await examineTarget(given, body))
    const run = path === '/run' ? beginRun(runs, given, body) : undefined
    return run
      ? answer(response, 200, { id: run.id, checks: run.checks })
      : answer(response, 400, { cause: 'name a url and roles' })
  }
  if (path === '/') {
    const nonce = randomBytes(16).toString('base64')
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...securityHeaders(nonce) })
    return void response.end(page(nonce))
  }
  if (path === '/given') return answer(response, 200, { url: given.url, hooks: given.hooks })
  if (path === '/runs') return answer(response, 200, runs.all().map(summaryOf))
  const [, , id = '', what] = path.split('/')
  const run = path.startsWith('/runs/') ? runs.find(id) : undefined
  if (!run) return answer(response, 404, { cause: 'there is nothing here' })
  if (what === 'events') return watch(run, response)
  if (what === 'checks') return answer(response, 200, run.checks)
  if (what === 'report.html' && run.report) {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
    return void response.end(htmlReport(run.report))
  }
  return answer(response, 404, { cause: 'there is nothing here' })
}

/** A running studio. */
export type Studio = { readonly url: string; readonly stop: () => Promise<void> }

/** Starts a studio on a port of an address; 0 picks a free one. */
export const startStudio = async (port: number, host = '127.0.0.1', given: Given = {}): Promise<Studio> => {
  const runs = createRuns()
  const authorities = new Set<string>()
  const server: Server = createServer((request, response) => {
    if (!isOwn(request, authorities)) return answer(response, 403, { cause: 'this studio answers its own page alone' })
    serve(runs, given, request, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy()
      return answer(response, 500, { cause: error instanceof Error ? error.message : 'something went wrong' })
    })
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  const bound = (server.address() as AddressInfo).port
  for (const name of ['localhost', '127.0.0.1', '[::1]', host]) authorities.add(`${name}:${bound}`)
  return {
    url: `http://${host}:${bound}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
