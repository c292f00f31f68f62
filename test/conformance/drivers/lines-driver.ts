/** An executable that speaks JSON lines: what the suite asks is carried to the API of the published demo. Arguments choose how it misbehaves. */
import { createInterface } from 'node:readline'
import { openDemoApi } from '../../../conformance/drivers/demo-api/index.ts'
import { type Driver, NotOffered } from '../../../conformance/drivers/driver.ts'

type Line = Record<string, unknown> & { readonly id: string; readonly do?: string }

const manner = process.argv[2]
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
const waiting = new Map<string, (result: never) => void>()
let delivered = 0
let driver: Driver | undefined

const open = async ({ settings, parties }: Line): Promise<object> => {
  driver = await openDemoApi({
    settings,
    parties: parties as never,
    deliver: (name, message) =>
      new Promise((resolve) => {
        const id = `d${delivered++}`
        waiting.set(id, (result) => resolve(result ?? undefined))
        say({ id, do: 'deliver', name, message })
      }),
  })
  return driver.about
}

const carry = async (line: Line): Promise<unknown> => {
  if (line.do === 'open') return open(line)
  if (line.do === 'call' && manner === 'dies') process.exit(7)
  if (line.do === 'call' && manner === 'babbles') process.stdout.write('no JSON at all\n')
  if (line.do === 'call' && manner === 'rambles') {
    const text = 'a'.repeat(65_536)
    const more = (): void => {
      while (process.stdout.write(text));
      process.stdout.once('drain', more)
    }
    more()
  }
  if (line.do === 'call') return driver?.call(line.name as never, line.message, undefined)
  if (line.do === 'close') return driver?.close().then(() => ({}))
  throw new NotOffered(`there is no ${line.do}`)
}

createInterface({ input: process.stdin })
  .on('line', (text) => {
    const line: Line = JSON.parse(text)
    const answered = waiting.get(line.id)
    if (answered) {
      waiting.delete(line.id)
      return answered(line.result as never)
    }
    carry(line)
      .then((result) => say({ id: line.id, result }))
      .catch((error: Error) =>
        say({
          id: line.id,
          error: { message: error.message, ...(error instanceof NotOffered ? { offered: false } : {}) },
        }),
      )
  })
  .on('close', () => process.exit(0))
