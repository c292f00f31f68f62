/** A target behind a gateway is judged with what the gateway asks for, given as it stands, by a program or by a module; nobody else gets it, and no file shows it. */
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, createServer as createSocketServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordTranscript } from '../../conformance/certificate/transcript.ts'
import { certify, type Report } from '../../conformance/certify.ts'
import { readTargetConfig } from '../../conformance/config.ts'
import { htmlReport } from '../../conformance/report/html.ts'
import { closeClients, exchangeOf } from '../../conformance/target/client.ts'
import { type Reference, startReference } from '../../reference/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'amp-auth-'))
const hooksSecret = 'auth-test-auth-test-auth'
const apiKey = 'key-of-the-gateway-4711'
const only = 'EXT-HTTP-31'

/** Every request a gateway let pass or turned away, by what it saw of the caller. */
type Seen = { readonly path: string; readonly let: boolean }

/** A gateway that asks for something before it passes a request on. */
const startGateway = async (port: number, asks: (incoming: IncomingMessage) => boolean) => {
  const seen: Seen[] = []
  const server = createServer({ maxHeaderSize: 65_536 }, (incoming, outgoing) => {
    const passes = asks(incoming)
    seen.push({ path: incoming.url ?? '', let: passes })
    if (!passes) return void outgoing.writeHead(401).end('who are you?')
    const { method, url: path, headers } = incoming
    const onward = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const freePort = async (): Promise<number> => {
  const server = createSocketServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const macOf = (method: string, url: string): string =>
  createHmac('sha256', apiKey).update(`${method} ${url}`).digest('hex')

let reference: Reference
let keyed: Awaited<ReturnType<typeof startGateway>>
let signed: Awaited<ReturnType<typeof startGateway>>
beforeAll(async () => {
  const port = await freePort()
  keyed = await startGateway(port, ({ headers }) => headers['x-api-key'] === apiKey)
  signed = await startGateway(
    port,
    ({ headers, method, url }) => headers['x-mac'] === macOf(method ?? '', `http://${headers.host}${url}`),
  )
  reference = await startReference({ roles: ['merchant'], hooksSecret, port, publicUrl: keyed.url })
  writeFileSync(
    join(folder, 'mac.mjs'),
    `import { createHmac } from 'node:crypto'
     export default ({ method, url }) => ({ 'X-Mac': createHmac('sha256', '${apiKey}').update(method + ' ' + url).digest('hex') })`,
  )
  writeFileSync(join(folder, 'secret.mjs'), `export default async () => '${hooksSecret}'`)
  writeFileSync(join(folder, 'thief.mjs'), `export default () => ({ signature: 'mine' })`)
  writeFileSync(join(folder, 'broken.mjs'), `export default () => { throw new Error('the vault is shut') }`)
  writeFileSync(join(folder, 'empty.mjs'), 'export const nothing = 1')
})
afterAll(async () => {
  await Promise.all([keyed.stop(), signed.stop(), reference.stop()])
  await closeClients()
  rmSync(folder, { recursive: true })
})

const read = (config: object) => {
  const file = join(folder, 'target.json')
  writeFileSync(file, JSON.stringify(config))
  return readTargetConfig(file)
}

/** Judges what a configuration names, as the command line does. */
const judged = async (config: object, keep?: Parameters<typeof certify>[1]): Promise<Report> => {
  const target = await read(config)
  if ('cause' in target) throw new Error(target.cause)
  const { role, hooks, ...order } = target
  return certify({ ...order, roles: role, hooksSecret: hooks, seed: 3, only, pace: { reruns: 0 } }, keep)
}

const findingOf = ({ doctor }: Report, about: string) => doctor.find((finding) => finding.about === about)

describe('a target behind a gateway', { timeout: 60_000 }, () => {
  it('cannot be reached by who says nothing, and the doctor says what is missing', async () => {
    const report = await judged({ url: keyed.url, hooks: hooksSecret })
    expect(report.outcome).toBe('configuration')
    expect(findingOf(report, 'discovery')).toMatchObject({ state: 'wrong', cure: expect.stringContaining('--auth') })
  })

  const printing = [process.execPath, '-e', `console.log('${apiKey}')`]
  it.each([
    ['as it stands', { header: 'X-Api-Key', value: apiKey }],
    ['by a program', { header: 'x-api-key', command: printing }],
  ])('is judged with a header given %s', async (_, auth) => {
    const report = await judged({
      url: keyed.url,
      hooks: { command: [process.execPath, '-e', `console.log('${hooksSecret}')`] },
      auth,
    })
    expect(report.results.map(({ verdict }) => verdict)).toEqual(['pass', 'not-applicable'])
    expect(findingOf(report, 'auth')).toMatchObject({ state: 'fine' })
  })

  it('is judged with headers a module makes for each request, and a hook secret a module gives', async () => {
    const { answer } = await exchangeOf('GET', `${keyed.url}/.well-known/amp`, { 'x-api-key': apiKey }, undefined)
    const { role, id, jwks } = JSON.parse(answer).roles[0]
    const before = signed.seen.length
    const report = await judged({
      roles: [{ role, id, endpoint: `${signed.url}/merchant`, keys: jwks.keys }],
      hooks: { module: join(folder, 'secret.mjs'), endpoint: `${signed.url}/hooks` },
      auth: { module: join(folder, 'mac.mjs') },
    })
    expect(findingOf(report, 'auth')).toMatchObject({ state: 'fine', says: expect.stringContaining('x-mac') })
    const asked = signed.seen.slice(before)
    expect(asked.length).toBeGreaterThan(5)
    expect(asked.filter((one) => !one.let)).toEqual([])
    expect(findingOf(report, 'hooks')).toMatchObject({ state: 'fine' })
  })

  it('gives no file its key, and no other origin a header', async () => {
    const transcript = recordTranscript()
    const report = await judged(
      { url: keyed.url, hooks: hooksSecret, auth: { header: 'x-api-key', value: apiKey } },
      { onExchange: transcript.keep },
    )
    const entries = transcript.close().entries
    expect(entries.length).toBeGreaterThan(0)
    expect(entries.every(({ exchange }) => exchange.headers['x-api-key'] === '[hidden]')).toBe(true)
    expect(JSON.stringify(report) + htmlReport(report) + JSON.stringify(entries)).not.toContain(apiKey)
    const after = await exchangeOf('GET', `${keyed.url}/.well-known/amp`, {}, undefined)
    expect(after.status).toBe(401)
  })
})

describe('a door', { timeout: 60_000 }, () => {
  it.each([
    ['a program that fails', { header: 'x-api-key', command: ['/nowhere/at-all'] }, '/nowhere/at-all'],
    ['a module that is not there', { module: './nowhere.mjs' }, 'nowhere.mjs'],
    ['a module that exports no function', { module: join(folder, 'empty.mjs') }, 'exports no function'],
    ['a module that throws', { module: join(folder, 'broken.mjs') }, 'the vault is shut'],
    ['a module that gives a header of AMP', { module: join(folder, 'thief.mjs') }, 'not for a door to ask'],
  ])('is a matter of configuration with %s', async (_, auth, said) => {
    const before = keyed.seen.length
    const report = await judged({ url: keyed.url, hooks: hooksSecret, auth })
    expect(report.outcome).toBe('configuration')
    expect(findingOf(report, 'auth')).toMatchObject({ state: 'wrong', says: expect.stringContaining(said) })
    expect(keyed.seen.length).toBe(before)
  })
})

describe('a configuration', () => {
  const url = 'http://127.0.0.1:1'
  it.each([
    { url, auth: 'x' },
    { url, auth: { header: 'x-api-key' } },
    { url, auth: { header: 'signature', value: 'x' } },
    { url, auth: { header: 'Idempotency-Key', value: 'x' } },
    { url, auth: { header: 'x y', value: 'x' } },
    { url, auth: { header: 'x-a', value: 'x', command: ['y'] } },
    { url, auth: { header: 'x-a', module: './m.mjs' } },
    { driver: { module: 'demo-api' }, auth: { header: 'x-a', value: 'x' } },
    { roles: [{ role: 'wallet', id: 'https://wallet.example', endpoint: 'nowhere', keys: [] }] },
    { roles: [{ role: 'wallet', endpoint: `${url}/wallet`, keys: [] }] },
    { roles: [{ role: 'wallet', id: 'https://wallet.example', endpoint: `${url}/wallet`, keys: [{}] }] },
    { url, hooks: { value: 'x', command: ['y'] } },
    { url, hooks: { endpoint: url } },
  ])('refuses %j', async (config) => {
    expect(await read(config)).toHaveProperty('cause')
  })

  it('says what the module of the hook secret came to', async () => {
    expect(await read({ url, hooks: { module: join(folder, 'broken.mjs') } })).toMatchObject({
      cause: expect.stringContaining('the vault is shut'),
    })
  })
})
