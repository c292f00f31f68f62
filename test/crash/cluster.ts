/** Three PostgreSQL nodes on loopback: one primary, two standbys, and no commit acknowledged before one of them has it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { appendFileSync, chownSync, cpSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { folderOfRun } from '../folder-of-run.ts'
import { asNobody, binary, freePort, linkLibraries } from '../reference/ledger/postgres.ts'

type Node = { readonly name: string; readonly data: string; readonly port: number; process: ChildProcess | undefined }

const urlOf = ({ port }: Node, database = 'postgres'): string => `postgres://amp@127.0.0.1:${port}/${database}`

const query = async (node: Node, text: string): Promise<readonly Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: urlOf(node) })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

const until = async (what: string, reached: () => Promise<boolean>, patienceMs = 30_000): Promise<void> => {
  const end = performance.now() + patienceMs
  while (!(await reached().catch(() => false))) {
    if (performance.now() > end) throw new Error(`${what} took too long`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const settings = (node: Node): readonly string[] => [
  `port=${node.port}`,
  'listen_addresses=127.0.0.1',
  `unix_socket_directories=${node.data}`,
  'wal_level=replica',
  'hot_standby=on',
  'synchronous_commit=on',
  'shared_buffers=32MB',
  'max_wal_size=256MB',
  'wal_keep_size=256MB',
  'wal_receiver_timeout=2s',
  'wal_retrieve_retry_interval=200ms',
]

const startNode = async (node: Node): Promise<void> => {
  const args = ['-D', node.data, ...settings(node).flatMap((setting) => ['-c', setting])]
  const child = spawn(binary('postgres'), args, { ...asNobody(node.data), stdio: 'ignore' })
  node.process = child
  process.prependOnceListener('exit', () => child.kill('SIGKILL'))
  await until(`the start of ${node.name}`, async () => (await query(node, 'select 1')).length === 1)
}

const killNode = async (node: Node): Promise<void> => {
  const { process: child } = node
  node.process = undefined
  if (!child || child.exitCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

const follow = (node: Node, primary: Node): string =>
  `primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=amp application_name=${node.name}'\n`

/** Copies a running primary into a standby of it, with the backup calls of PostgreSQL itself. */
const copyNode = async (primary: Node, name: string, folder: string): Promise<Node> => {
  const data = join(folder, `${name}-${Math.random().toString(36).slice(2, 8)}`)
  const node: Node = { name, data, port: await freePort(), process: undefined }
  const client = new pg.Client({ connectionString: urlOf(primary) })
  await client.connect()
  await client.query("select pg_backup_start('copy', true)")
  const skipped = /^(postmaster\.(pid|opts)|standby\.signal|pg_wal|postgresql\.auto\.conf|\.s\.PGSQL.*)$/
  cpSync(primary.data, data, {
    recursive: true,
    filter: (path) => !skipped.test(path.slice(primary.data.length + 1)) && existsSync(path),
  })
  cpSync(join(primary.data, 'pg_wal'), join(data, 'pg_wal'), { recursive: true, filter: existsSync })
  const { rows } = await client.query('select labelfile from pg_backup_stop(false)')
  await client.end()
  writeFileSync(join(data, 'backup_label'), String(rows[0]?.labelfile))
  writeFileSync(join(data, 'standby.signal'), '')
  writeFileSync(join(data, 'postgresql.auto.conf'), follow(node, primary))
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', '65534:65534', data])
  await startNode(node)
  return node
}

export class Cluster {
  readonly folder: string
  #primary: Node
  #standbys: readonly Node[] = []
  #made = 1

  private constructor(folder: string, primary: Node) {
    this.folder = folder
    this.#primary = primary
  }

  /** Starts three nodes; nothing where there are no binaries for this machine. */
  static async start(): Promise<Cluster | undefined> {
    if (!existsSync(binary('initdb'))) return undefined
    linkLibraries()
    const { folder } = folderOfRun('cluster')
    if (process.getuid?.() === 0) chownSync(folder, 65_534, 65_534)
    const data = join(folder, 'node-1')
    execFileSync(binary('initdb'), ['-D', data, '-U', 'amp', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
      ...asNobody(folder),
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    appendFileSync(join(data, 'pg_hba.conf'), 'host replication amp 127.0.0.1/32 trust\n')
    const primary: Node = { name: 'node1', data, port: await freePort(), process: undefined }
    await startNode(primary)
    const cluster = new Cluster(folder, primary)
    await query(primary, 'create database amp')
    await cluster.#complete()
    return cluster
  }

  /** The books of the present primary. */
  get url(): string {
    return urlOf(this.#primary, 'amp')
  }

  /** Gives the primary two standbys, and demands that one of them has every commit. */
  async #complete(): Promise<void> {
    while (this.#standbys.length < 2)
      this.#standbys = [...this.#standbys, await copyNode(this.#primary, `node${++this.#made}`, this.folder)]
    await until('streaming', async () => {
      const rows = await query(this.#primary, "select 1 from pg_stat_replication where state = 'streaming'")
      return rows.length === 2
    })
    await this.wait(true)
  }

  /** Whether a commit waits until a standby has it, as it does from the start, or for the primary alone. */
  async wait(forStandby: boolean): Promise<void> {
    const names = this.#standbys.map(({ name }) => name).join(', ')
    const value = forStandby ? `ANY 1 (${names})` : ''
    await query(this.#primary, `alter system set synchronous_standby_names = '${value}'`)
    await query(this.#primary, 'select pg_reload_conf()')
    const state = forStandby ? 'quorum' : 'async'
    await until(`commits that are ${state}`, async () => {
      const rows = await query(this.#primary, `select 1 from pg_stat_replication where sync_state = '${state}'`)
      return rows.length === 2
    })
  }

  /** Kills the primary as it is. */
  killPrimary(): Promise<void> {
    return killNode(this.#primary)
  }

  /** Makes the standby that received most the primary, and gives it standbys again. Milliseconds until it took writes. */
  async failOver(): Promise<number> {
    const started = performance.now()
    const received = await Promise.all(
      this.#standbys.map(async (node) => {
        const [row] = await query(
          node,
          "select coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0'::pg_lsn as at",
        )
        return { node, at: Number(row?.at) }
      }),
    )
    const [best, ...others] = received.sort((a, b) => b.at - a.at).map(({ node }) => node)
    if (!best) throw new Error('there is no standby')
    const [row] = await query(best, 'select pg_promote(true, 30) as done')
    if (row?.done !== true) throw new Error('the standby was not promoted')
    const took = performance.now() - started
    const dead = this.#primary
    this.#primary = best
    for (const node of others) await killNode(node)
    this.#standbys = []
    for (const { data } of [dead, ...others]) rmSync(data, { recursive: true, force: true })
    await this.#complete()
    return took
  }

  async stop(): Promise<void> {
    for (const node of [this.#primary, ...this.#standbys]) await killNode(node)
    rmSync(this.folder, { recursive: true, force: true })
  }
}
