/** A wire that can be cut: passes TCP on to a server and, where told to, drops the connection after so many bytes of an answer. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** When to cut: after `bytes` of the first answer that begins with `HTTP/1.1 <status>`, which the server ends by closing. */
export type Cut = { readonly status: number; readonly bytes: number }

/** Opens a wire to a port of this machine. `next.cut` is taken by the next answer it fits; `seen` is its length in bytes. */
export const openWire = async (port: number) => {
  const next: { cut: Cut | undefined; seen: number } = { cut: undefined, seen: 0 }
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    }
    near.pipe(far)
    const kept: Buffer[] = []
    let cut: Cut | undefined
    far.on('data', (chunk: Buffer) => {
      if (next.cut && chunk.subarray(0, 12).toString('latin1') === `HTTP/1.1 ${next.cut.status}`) {
        cut = next.cut
        next.cut = undefined
      }
      if (cut) kept.push(chunk)
      else near.write(chunk)
    })
    far.on('end', () => {
      if (!cut) return near.end()
      const answer = Buffer.concat(kept)
      next.seen = answer.length
      if (cut.bytes > 0) near.write(answer.subarray(0, cut.bytes), () => near.destroy())
      else near.destroy()
    })
    near.on('close', () => far.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
