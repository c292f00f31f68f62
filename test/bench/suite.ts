/** Measures a whole certification per check, beside the suite of another protocol on its own example server, in one run. */

// npx tsx test/bench/suite.ts [--json]
// The peer, @modelcontextprotocol/conformance, is no dependency: install it in a folder of its own and name its
// dist/index.js in AMP_PEER_SUITE and a node that can run it (22 or newer) in AMP_PEER_NODE.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Report } from '../../conformance/index.ts'
import { packageFile } from '../../schemas/index.ts'
import { folderOfRun } from '../folder-of-run.ts'

const secret = 'bench-bench-bench-bench'
const { folder } = folderOfRun('bench')
const amp = ['--import', 'tsx', packageFile('amp.ts')]

/** What one suite took for its checks. */
type Measured = { readonly checks: number; readonly milliseconds: number; readonly perCheck: number }

const perCheck = (checks: number, milliseconds: number): Measured => ({
  checks,
  milliseconds: Math.round(milliseconds),
  perCheck: Math.round((milliseconds / checks) * 10) / 10,
})

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

const answers = async (url: string): Promise<void> => {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (await fetch(url).catch(() => undefined)) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${url} does not answer`)
}

const ended = async (child: ChildProcess): Promise<string> => {
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk
  })
  await once(child, 'close')
  return text
}

/** The whole reference in one process, the suite in another; the time is that of the command from start to end. */
const ours = async (): Promise<Measured & Pick<Report, 'requests' | 'outcome'>> => {
  const port = await freePort()
  const server = spawn(process.execPath, [...amp, 'start', '--port', String(port), '--hooks', secret], {
    stdio: 'ignore',
  })
  try {
    const url = `http://127.0.0.1:${port}`
    await answers(`${url}/.well-known/amp`)
    const file = join(folder, 'report.json')
    const started = performance.now()
    const order = ['certify', url, '--hooks', secret, '--seed', '1', '--json', file]
    await ended(spawn(process.execPath, [...amp, ...order], { stdio: ['ignore', 'pipe', 'inherit'] }))
    const took = performance.now() - started
    const { results, requests, outcome }: Report = JSON.parse(readFileSync(file, 'utf8'))
    return { ...perCheck(results.length, took), requests, outcome }
  } finally {
    server.kill()
  }
}

/** The peer on the example server of its protocol's own SDK, or why it was not measured. */
const peer = async (): Promise<Measured | string> => {
  const { AMP_PEER_SUITE: suite, AMP_PEER_NODE: node = process.execPath } = process.env
  if (suite === undefined || !existsSync(suite)) return 'not compared: AMP_PEER_SUITE names no installed peer'
  const port = await freePort()
  const sdk = packageFile('node_modules', '@modelcontextprotocol', 'sdk', 'dist', 'esm', 'examples', 'server')
  const server = spawn(process.execPath, [join(sdk, 'simpleStreamableHttp.js')], {
    env: { ...process.env, MCP_PORT: String(port) },
    stdio: 'ignore',
  })
  try {
    const url = `http://localhost:${port}/mcp`
    await answers(url)
    const started = performance.now()
    const text = await ended(spawn(node, [suite, 'server', '--url', url], { stdio: ['ignore', 'pipe', 'ignore'] }))
    const took = performance.now() - started
    const [, passed = '0', failed = '0'] = /Total: (\d+) passed, (\d+) failed/.exec(text) ?? []
    const checks = Number(passed) + Number(failed)
    return checks === 0 ? 'not compared: the peer came to no result with this node' : perCheck(checks, took)
  } finally {
    server.kill()
  }
}

const measured = { ours: await ours(), peer: await peer() }
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(measured)}\n`)
else {
  const line = ({ checks, milliseconds, perCheck }: Measured): string =>
    `${checks} checks in ${(milliseconds / 1_000).toFixed(1)} s, ${perCheck} ms each`
  process.stdout.write(
    `AMP, whole reference: ${line(measured.ours)}, ${measured.ours.requests} requests, ${measured.ours.outcome}
MCP, its SDK's example: ${typeof measured.peer === 'string' ? measured.peer : line(measured.peer)}
next: npx amp certify URL --html report.html shows where the time of a target goes
`,
  )
}
