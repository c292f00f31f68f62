/** The playground: a page on this machine alone, where a pasted message shows the AMP it becomes and what is lost. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Express } from 'express'
import helmet from 'helmet'
import type { Settings } from '../adapter.ts'
import { isObject, type Json, parseJson } from '../json.ts'
import { Misconfigured } from '../keys.ts'
import { adapters } from '../registry.ts'
import { type Example, makeExamples } from './examples.ts'
import { type Explanation, explain, explainOut } from './explain.ts'
import { page, script, style } from './page.ts'

const policy = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'connect-src': ["'self'"],
  'form-action': ["'none'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
}

const bodyMax = 262_144

/** What the page asks for; every member is text as it stands on the page. */
type Asked = {
  readonly input: string
  readonly keys: string
  readonly settings: string
  readonly now: string
  readonly to: string
}

const askedOf = (body: unknown): Asked => {
  const names = ['input', 'keys', 'settings', 'now', 'to'] as const
  const [input, keys, settings, now, to] = names.map((name) => {
    const value = isObject(body) ? body[name] : undefined
    if (typeof value !== 'string') throw new Misconfigured(`${name} is missing`)
    return value
  })
  return { input, keys, settings, now, to } as Asked
}

const read = (text: string, what: string): Json => {
  const json = parseJson(text)
  if (!json.ok) throw new Misconfigured(`${what}: ${json.why}`)
  return json.value
}

const settingsOf = (text: string): Settings => {
  const settings = read(text.trim() === '' ? '{}' : text, 'the settings')
  if (!isObject(settings)) throw new Misconfigured('the settings are an object')
  return settings as unknown as Settings
}

const answerTo = async (body: unknown): Promise<Explanation> => {
  const { input, keys, settings, now, to } = askedOf(body)
  if (!/^\d{1,12}$/.test(now)) throw new Misconfigured('the time is in epoch seconds')
  const value = read(input, 'the message')
  if (to === '')
    return explain(
      value,
      read(keys.trim() === '' ? '{"keys":[]}' : keys, 'the keys'),
      settingsOf(settings),
      Number(now),
    )
  const explanation = explainOut(value, to, settingsOf(settings), Number(now))
  if (!explanation) throw new Misconfigured(`the bridge does not speak ${to}`)
  return explanation
}

/** The application. `hosts` are the names it answers to: another name means another page reaches in (DNS rebinding). */
const createPlayground = (examples: readonly Example[], hosts: () => readonly string[]): Express => {
  const app = express()
  app.disable('x-powered-by')
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: policy }, strictTransportSecurity: false }))
  app.use((req, res, next) => {
    const { host = '', origin } = req.headers
    if (hosts().includes(host) && (origin === undefined || origin === `http://${host}`)) next()
    else res.status(403).json({ mistake: 'the playground answers its own page alone' })
  })
  app.get('/', (_req, res) => void res.type('html').send(page))
  app.get('/page.css', (_req, res) => void res.type('css').send(style))
  app.get('/page.js', (_req, res) => void res.type('js').send(script))
  app.get('/examples', (_req, res) => void res.json(examples))
  app.get(
    '/speaks-out',
    (_req, res) => void res.json(adapters.flatMap(({ protocol, fromAmp }) => (fromAmp ? [protocol] : []))),
  )
  app.post('/explain', express.json({ limit: bodyMax }), async (req, res) => {
    try {
      res.json(await answerTo(req.body))
    } catch (error) {
      const mistake = error instanceof Misconfigured ? error.message : 'this cannot be shown'
      res.status(400).json({ mistake })
    }
  })
  return app
}

/** Starts the playground on this machine's loopback address. */
export const startPlayground = async (
  port: number,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> => {
  const examples = await makeExamples(Math.floor(Date.now() / 1000))
  let hosts: readonly string[] = []
  const server = createServer(createPlayground(examples, () => hosts))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const actual = (server.address() as AddressInfo).port
  hosts = [`127.0.0.1:${actual}`, `localhost:${actual}`]
  return {
    url: `http://127.0.0.1:${actual}`,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
