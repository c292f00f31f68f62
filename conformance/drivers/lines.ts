/** A driver that is an executable: JSON lines on its standard input and output, either side asks and answers. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { OperationName } from '../../schemas/index.ts'
import { isObject } from '../layers.ts'
import { NoAnswer } from '../target/client.ts'
import { type About, type Driven, type Driver, type DriverContext, NotOffered } from './driver.ts'

/** How long one answer may take. */
const patienceMilliseconds = 15_000
const lineLengthMax = 4_194_304

type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void }

/**
 * Starts the executable and speaks with it. Lines of the suite: `{"id", "do": "open" | "call" | "hook" | "prove" | "close", ...}`,
 * answered by `{"id", "result"}` or `{"id", "error": {"message", "offered"?: false, "problem"?}}`. Lines of the driver:
 * `{"id", "do": "deliver", "name", "message", "key"?, "from"?}`, answered the same way.
 */
export const openLines = async (command: readonly string[], context: DriverContext): Promise<Driver> => {
  const [program = '', ...arguments_] = command
  const child = spawn(program, arguments_, { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = new Map<string, Waiting>()
  let asked = 0
  let over: Error | undefined

  const end = (error: Error): void => {
    over ??= error
    for (const { reject } of waiting.values()) reject(over)
    waiting.clear()
  }
  child.once('error', (error) => end(new NoAnswer(`the driver did not start: ${error.message}`)))
  child.once('exit', (code) => end(new NoAnswer(`the driver ended with exit code ${code ?? 'none'}`)))
  child.stdin.on('error', () => {})
  const say = (line: object): void => void child.stdin.write(`${JSON.stringify(line)}\n`)

  const ask = (what: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (over) return reject(over)
      const id = `s${asked++}`
      const timer = setTimeout(() => {
        waiting.delete(id)
        reject(new NoAnswer(`the driver said nothing within ${patienceMilliseconds / 1000} seconds`))
      }, patienceMilliseconds)
      const done =
        <Value>(then: (value: Value) => void) =>
        (value: Value): void => {
          clearTimeout(timer)
          then(value)
        }
      waiting.set(id, { resolve: done(resolve), reject: done(reject) })
      say({ id, ...what })
    })

  const deliver = async ({ id, name, message, key, from }: Record<string, unknown>): Promise<void> => {
    const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
    const result = await context.deliver(name as OperationName, message, { key: text(key), from: text(from) })
    say({ id, result: result ?? null })
  }
  const hear = (text: string): void => {
    if (text.trim() === '') return
    let line: unknown
    try {
      line = text.length > lineLengthMax ? undefined : JSON.parse(text)
    } catch {
      line = undefined
    }
    if (!isObject(line))
      return void end(new NoAnswer(`the driver wrote a line that is no JSON object: ${text.slice(0, 80)}`))
    if (line.do === 'deliver')
      return void deliver(line).catch((error) => say({ id: line.id, error: { message: String(error) } }))
    const one = waiting.get(String(line.id))
    waiting.delete(String(line.id))
    if (!isObject(line.error)) return void one?.resolve(line.result)
    const { message, offered, problem } = line.error
    if (isObject(problem)) return void one?.reject(Object.assign(new Error(String(message)), { problem }))
    one?.reject(offered === false ? new NotOffered(String(message)) : new NoAnswer(String(message)))
  }
  createInterface({ input: child.stdout }).on('line', hear)
  let unended = 0
  child.stdout.on('data', (chunk: Buffer) => {
    const cut = chunk.lastIndexOf('\n')
    unended = cut === -1 ? unended + chunk.length : chunk.length - cut - 1
    if (unended <= lineLengthMax) return
    end(new NoAnswer(`the driver wrote a line of more than ${lineLengthMax} bytes`))
    child.stdout.destroy()
  })

  const about = (await ask({ do: 'open', settings: context.settings, parties: context.parties })) as About
  if (!isObject(about) || !Array.isArray(about.roles) || !Array.isArray(about.requirements))
    throw new NoAnswer('the driver told nothing of the implementation: software, roles and requirements are needed')
  return {
    about,
    call: async (name, message, by, key) =>
      (await ask({
        do: 'call',
        name,
        message,
        by,
        ...(key === undefined ? {} : { key }),
      })) as Driven,
    hook: async (name, message) => (await ask({ do: 'hook', name, message })) as object,
    prove: async (role, challenge) => (await ask({ do: 'prove', role, challenge })) as string,
    close: async () => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
      const gone = new Promise((resolve) => child.once('exit', resolve))
      // One that is not understood is not asked, and not waited for.
      const timer = setTimeout(() => child.kill('SIGKILL'), over ? 0 : 3_000)
      ask({ do: 'close' }).catch(() => {})
      child.stdin.end()
      await gone
      clearTimeout(timer)
    },
  }
}
