/** A target is killed and started again between two calls: a durable one forgets nothing, one in memory is found out. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { certify, checksFor } from '../../conformance/certify.ts'
import { closeClients } from '../../conformance/index.ts'
import { runChecks } from '../../conformance/run.ts'
import { openSession } from '../../conformance/session.ts'
import { readDiscovery } from '../../conformance/target/discovery.ts'
import { startReference } from '../../reference/index.ts'
import { packageFile, type Role } from '../../schemas/index.ts'
import { folderOfFile } from '../folder.ts'
import { freePort } from './drivers/demo.ts'

afterAll(closeClients)

const hooksSecret = 'restart-restart-restart'
const folder = folderOfFile('restart')
const title = 'before the target was killed'

/** Judges a reference that is stopped and started again on the same port when the check asks for it. */
const judged = async (role: Role, database: (time: number) => string) => {
  const port = await freePort()
  const masterKey = new Uint8Array(32).fill(3)
  let time = 0
  const start = () => startReference({ roles: [role], hooksSecret, port, masterKey, database: database(time++) })
  let reference = await start()
  try {
    const { document } = await readDiscovery(reference.url)
    if (!document) throw new Error('the reference shows no discovery document')
    const restart = async (): Promise<void> => {
      await reference.stop()
      reference = await start()
    }
    const session = await openSession({ url: reference.url, discovery: document, seed: 1, hooksSecret, restart })
    const [result] = await runChecks(session, checksFor([role], title), { reruns: 0 })
    await session.close()
    return result
  } finally {
    await reference.stop()
  }
}

describe.each(['network', 'wallet', 'credential-provider', 'merchant', 'acquirer'] as const)('a %s', (role) => {
  it('that keeps its books in a file holds what it acknowledged', { timeout: 60_000 }, async () => {
    const file = join(folder, `${role}.db`)
    const result = await judged(role, () => `sqlite:${file}`)
    expect([result?.verdict, result?.reason]).toEqual(['pass', undefined])
  })
})

describe('a wallet that forgets', () => {
  it('is found out', { timeout: 60_000 }, async () => {
    const result = await judged('wallet', (time) => `sqlite:${join(folder, `forgotten-${time}.db`)}`)
    expect(['fail', 'inconclusive']).toContain(result?.verdict)
    expect(result?.verdict === 'pass').toBe(false)
  })
})

describe('a program named in the configuration', () => {
  it('kills the target in the middle of a run and starts it again', { timeout: 120_000 }, async () => {
    const port = await freePort()
    const pid = join(folder, 'pid')
    const amp = ['--import', 'tsx', packageFile('amp.ts'), 'start', '--role', 'wallet', '--port', String(port)]
    const options = ['--hooks', hooksSecret, '--database', `sqlite:${join(folder, 'process.db')}`]
    const script = join(folder, 'restart.mjs')
    writeFileSync(
      script,
      `import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
if (existsSync(${JSON.stringify(pid)})) process.kill(Number(readFileSync(${JSON.stringify(pid)}, 'utf8')), 'SIGKILL')
const child = spawn(process.execPath, ${JSON.stringify([...amp, ...options])}, { detached: true, stdio: 'ignore', cwd: ${JSON.stringify(packageFile())},
  env: { ...process.env, AMP_MASTER_KEY: ${JSON.stringify(Buffer.alloc(32, 5).toString('base64url'))} } })
writeFileSync(${JSON.stringify(pid)}, String(child.pid))
child.unref()
`,
    )
    chmodSync(script, 0o755)
    const restart = [process.execPath, script]
    await once(spawn(restart[0] ?? '', restart.slice(1), { stdio: 'inherit' }), 'exit')
    try {
      const url = `http://127.0.0.1:${port}`
      for (let tries = 0; tries < 300; tries++) {
        if (await readDiscovery(url).catch(() => undefined)) break
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      const first = readFileSync(pid, 'utf8')
      const report = await certify({ url, hooksSecret, seed: 1, only: title, restart })
      expect(report.results.map(({ verdict, reason }) => [verdict, reason])).toEqual([['pass', undefined]])
      expect(readFileSync(pid, 'utf8')).not.toBe(first)
    } finally {
      process.kill(Number(readFileSync(pid, 'utf8')), 'SIGKILL')
    }
  })
})
