/** Every role with operations is certified through drivers: its operations, hooks, and calls to neighbours, none of which speaks HTTP here. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { certify, type Report } from '../../../conformance/certify.ts'
import type { DriverConfig } from '../../../conformance/drivers/open.ts'
import { closeClients } from '../../../conformance/target/client.ts'
import type { Deviation } from '../../../reference/core/index.ts'
import type { Role } from '../../../schemas/index.ts'
import { folderOfTest } from '../../folder.ts'
import { startFramed } from './framed.ts'

afterAll(closeClients)

const beside = (file: string): string => join(import.meta.dirname, file)
const ways = {
  module: { module: beside('framed-module.mjs') },
  program: { command: [process.execPath, beside('framed-lines.mjs')] },
  python: { command: ['python3', beside('framed-driver.py')] },
}

const judged = async (
  role: Role,
  way: keyof typeof ways,
  { deviation, only }: { deviation?: Deviation; only?: string } = {},
): Promise<Report> => {
  const framed = await startFramed(role, deviation)
  try {
    const driver: DriverConfig = { ...ways[way], settings: { port: framed.port } }
    return await certify({ url: 'driver', driver, seed: 1, only, pace: { reruns: 0 } })
  } finally {
    await framed.stop()
  }
}

/** What did not pass, by verdict. */
const openIn = ({ results }: Report): readonly string[] =>
  results
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ verdict, requirements }) => `${verdict} ${requirements.join(', ')}`)

/** Checks that can be asked at least, and those a driver has no words for. */
const expected: readonly (readonly [role: Role, checks: number, open: readonly string[]])[] = [
  ['wallet', 100, []],
  ['network', 200, []],
  ['credential-provider', 20, []],
  ['merchant', 12, []],
  ['acquirer', 12, []],
  [
    'clearing',
    45,
    [
      'not-applicable EXT-CLEARING-35',
      'not-applicable EXT-CLEARING-36',
      'not-applicable EXT-CLEARING-37',
      'not-applicable EXT-CLEARING-37',
      'not-applicable EXT-CLEARING-47',
      'not-applicable EXT-CLEARING-48',
      'not-applicable EXT-CLEARING-48',
    ],
  ],
]

describe('a program that speaks JSON lines', { timeout: 400_000 }, () => {
  it.each(expected)('certifies the intact %s', async (role, checks, open) => {
    const report = await judged(role, 'program')
    expect([report.outcome, openIn(report)]).toEqual(['certified', open])
    expect(report.results.length).toBeGreaterThanOrEqual(checks)
  })

  it('finds a merchant that sells past the end of an order', async () => {
    const report = await judged('merchant', 'program', { deviation: { ignores: new Set(['AMP-FLOW-018:merchant']) } })
    expect(report.outcome).toBe('failed')
    expect(openIn(report).join()).toContain('AMP-FLOW-018')
  })
})

const python = spawnSync(ways.python.command[0] ?? '', ['--version']).status === 0

describe('a program in another language', { timeout: 120_000 }, () => {
  it.skipIf(!python)('certifies the intact acquirer, where python3 is installed', async () => {
    const report = await judged('acquirer', 'python')
    expect([report.outcome, openIn(report)]).toEqual(['certified', []])
  })
})

describe('a module', { timeout: 120_000 }, () => {
  it.each(['merchant', 'credential-provider'] as const)('certifies the intact %s', async (role) => {
    const report = await judged(role, 'module')
    expect([report.outcome, openIn(report)]).toEqual(['certified', []])
  })
})

describe('a role without operations', () => {
  it('is not for a driver, and the doctor says where it is judged', async () => {
    const file = join(folderOfTest('driver'), 'bridge.mjs')
    writeFileSync(
      file,
      `export default async () => ({
        about: { software: { name: 'x', version: '1' }, roles: [{ role: 'bridge', id: 'https://bridge.example', keys: [] }], requirements: [] },
        call: async () => ({ status: 200, body: {} }),
        close: async () => {},
      })`,
    )
    const { outcome, doctor } = await certify({ url: 'driver', driver: { module: file }, seed: 1 })
    expect(outcome).toBe('configuration')
    expect(doctor).toMatchObject([{ about: 'roles', state: 'wrong', cure: expect.stringContaining('url') }])
  })
})
