/** A driver may be an executable that speaks JSON lines, or a module in JavaScript; one that dies or babbles gives a clear verdict. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certify } from '../../../conformance/certify.ts'
import { readTargetConfig } from '../../../conformance/config.ts'
import type { DriverConfig } from '../../../conformance/drivers/open.ts'
import { closeClients } from '../../../conformance/target/client.ts'
import { folderOfFile } from '../../folder.ts'
import { freePort } from './demo.ts'
import { startDemoNetwork } from './demo-network.ts'

const executable = join(import.meta.dirname, 'lines-driver.ts')
const folder = folderOfFile('driver')

let network: Awaited<ReturnType<typeof startDemoNetwork>>
let settings: object
beforeAll(async () => {
  const port = await freePort()
  network = await startDemoNetwork({ neighbours: `http://127.0.0.1:${port}` })
  settings = { ...network.settings, listen: port }
})
afterAll(async () => {
  await network.stop()
  await closeClients()
})

const byLines = (...manner: readonly string[]): DriverConfig => ({
  command: [process.execPath, '--import', 'tsx', executable, ...manner],
  settings,
})

const judgedBy = (driver: DriverConfig, only?: string) =>
  certify({ url: 'driver', driver, seed: 1, only, pace: { reruns: 0 } })

describe('an executable', { timeout: 60_000 }, () => {
  it('is asked line by line, and brings calls of the target to the suite', async () => {
    const { outcome, results, target } = await judgedBy(byLines(), 'AMP-TRUST-120')
    expect([outcome, results.map(({ verdict }) => verdict)]).toEqual(['certified', ['pass']])
    expect(target.software?.name).toContain('published demo')
  })

  it.each(['dies', 'babbles', 'rambles'])('that %s is inconclusive, at once and by name', async (manner) => {
    const { outcome, results } = await judgedBy(byLines(manner), 'AMP-TRUST-120')
    expect([outcome, results[0]?.verdict]).toEqual(['inconclusive', 'inconclusive'])
    expect(results[0]?.reason).toMatch(/^the driver /)
  })

  it('that does not start is a matter of configuration', async () => {
    const report = await judgedBy({ command: ['/nowhere/at-all'] }, 'AMP-TRUST-120')
    expect(report.outcome).toBe('configuration')
    expect(report.doctor.find(({ state }) => state === 'wrong')?.says).toContain('did not start')
  })
})

describe('a module', { timeout: 60_000 }, () => {
  it('is opened from its file, and says itself what it cannot ask', async () => {
    const file = join(folder, 'driver.mjs')
    writeFileSync(
      file,
      `export default async ({ settings, parties }) => ({
        about: {
          software: { name: settings.name, version: '1' },
          roles: [{ role: 'network', id: 'https://network.example', keys: [parties.network.jwk] }],
          requirements: ['AMP-TRUST-120'],
        },
        call: async () => ({ status: 409, body: { code: 'agent-unknown' } }),
        close: async () => {},
      })`,
    )
    const { target, results, doctor } = await judgedBy({ module: file, settings: { name: 'mine' } })
    expect(target.software?.name).toBe('mine')
    expect(doctor.map(({ says }) => says).join()).toContain('1 requirements can be asked')
    expect(results.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['network: a mandate layer with another type activates nothing', 'inconclusive'],
    ])
  })
})

describe('a configuration', () => {
  const read = (config: object) => {
    const file = join(folder, 'target.json')
    writeFileSync(file, JSON.stringify(config))
    return readTargetConfig(file)
  }

  it('names a driver by module or command in place of a URL', async () => {
    expect(await read({ driver: { module: 'demo-api', settings: { listen: 1 } } })).toEqual({
      url: 'driver:demo-api',
      driver: { module: 'demo-api', settings: { listen: 1 } },
    })
    expect(await read({ driver: { command: ['./mine'] }, roles: ['network'] })).toMatchObject({ url: 'driver:./mine' })
  })

  it.each([{ driver: {} }, { driver: { command: [] } }, { driver: { command: 'x' } }, {}])(
    'refuses %j',
    async (config) => {
      expect(await read(config)).toHaveProperty('cause')
    },
  )
})
