/** A driver as an executable of Node alone: JSON lines of the suite become calls of the module beside it, and back. */
import { createInterface } from 'node:readline'
import { open } from './framed-module.mjs'

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)
const waiting = new Map()
let delivered = 0
let driver

const deliver = (name, message, came) =>
  new Promise((resolve) => {
    const id = `d${delivered++}`
    waiting.set(id, resolve)
    say({ id, do: 'deliver', name, message, ...came })
  })

const carry = async (line) => {
  if (line.do === 'open') {
    driver = await open({ settings: line.settings, parties: line.parties, deliver })
    return driver.about
  }
  if (line.do === 'call') return driver.call(line.name, line.message, line.by, line.key)
  if (line.do === 'hook') return driver.hook(line.name, line.message)
  if (line.do === 'prove') return driver.prove(line.role, line.challenge)
  await driver.close()
  return {}
}

createInterface({ input: process.stdin })
  .on('line', (text) => {
    const line = JSON.parse(text)
    if (line.do === undefined) {
      waiting.get(line.id)(line.result ?? undefined)
      return waiting.delete(line.id)
    }
    carry(line).then(
      (result) => say({ id: line.id, result }),
      ({ message, problem }) => say({ id: line.id, error: { message, problem } }),
    )
  })
  .on('close', () => process.exit(0))
