/** A driver as a module, in plain JavaScript as an implementer would write it: operations become frames of JSON over TCP. */
import { connect } from 'node:net'

export const open = async ({ settings, parties, deliver }) => {
  const socket = connect(settings.port, '127.0.0.1')
  const waiting = new Map()
  let asked = 0
  let rest = Buffer.alloc(0)
  const send = (frame) => {
    const body = Buffer.from(JSON.stringify(frame))
    const head = Buffer.alloc(4)
    head.writeUInt32BE(body.length)
    socket.write(Buffer.concat([head, body]))
  }
  const ask = (frame) =>
    new Promise((resolve, reject) => {
      const n = `m${asked++}`
      waiting.set(n, { resolve, reject })
      send({ n, ...frame })
    })
  const hear = async (frame) => {
    if (frame.tell) {
      const reply = await deliver(frame.tell, frame.message, { key: frame.key, from: frame.from })
      return send({ n: frame.n, reply: reply ?? null })
    }
    const { resolve, reject } = waiting.get(frame.n)
    waiting.delete(frame.n)
    if (frame.failed === undefined) resolve(frame.result)
    else reject(Object.assign(new Error(frame.failed), frame.problem ? { problem: frame.problem } : {}))
  }
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE()) {
      const end = 4 + rest.readUInt32BE()
      hear(JSON.parse(rest.subarray(4, end).toString()))
      rest = rest.subarray(end)
    }
  })
  return {
    about: await ask({ what: 'meet', parties }),
    call: (name, message, by = null, key) => ask({ what: 'call', name, message, by, key }),
    hook: (name, message) => ask({ what: 'hook', name, message }),
    prove: (role, challenge) => ask({ what: 'prove', role, challenge }),
    close: async () => void socket.destroy(),
  }
}
