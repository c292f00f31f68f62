/** Calls of AMP by the bridge: whatever a server at the other end does, the call comes to an end, bounded in bytes and time. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK } from 'jose'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { ampCalls } from '../../bridge/amp-calls.ts'
import { makeKey } from '../../reference/index.ts'

const bytesMax = 1_048_576
/** Bytes that went out for each endless answer until it was closed. */
const sent: number[] = []
const answers: Record<string, RequestListener> = {
  text: (_, answer) => void answer.end('good morning'),
  other: (_, answer) => void answer.end('{"a":1}'),
  long: (_, answer) => void answer.end(JSON.stringify({ a: 'a'.repeat(bytesMax) })),
  elsewhere: (_, answer) => void answer.writeHead(307, { location: '/text/clearing.inquiryChannel' }).end('{}'),
  refusing: (_, answer) =>
    void answer.writeHead(404).end(
      JSON.stringify({
        ...{ type: 'https://example.com/p', title: 'There is no such channel', status: 404 },
        ...{ code: 'channel-unknown', retry: 'never' },
      }),
    ),
  endless: (request, answer) => {
    const more = setInterval(() => answer.write('a'.repeat(65_536)), 1)
    answer.on('close', () => {
      clearInterval(more)
      sent.push(answer.socket?.bytesWritten ?? request.socket.bytesWritten)
    })
  },
  slow: (_, answer) => {
    const more = setInterval(() => answer.write(' '), 20)
    answer.on('close', () => clearInterval(more))
  },
  silent: () => undefined,
  broken: ({ socket }) => void socket.destroy(),
}

let server: Server
let base: string
let call: ReturnType<typeof ampCalls>
beforeAll(async () => {
  server = createServer((request, answer) => answers[request.url?.split('/')[1] ?? '']?.(request, answer))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { privateKey, publicJwk } = await makeKey('agent-1')
  const privateJwk = { ...(await exportJWK(privateKey)), kid: publicJwk.kid }
  call = ampCalls({ agentId: 'agent-1', privateJwk }, { now: () => 1_790_000_000, timeoutMs: 1_000 })
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** What came of a call, and whether it threw. */
const outcomeOf = async (kind: string): Promise<string> => {
  try {
    const outcome = await call(`${base}/${kind}`, 'clearing.inquiryChannel', { channelId: 'A'.repeat(43) })
    return outcome.ok ? 'taken' : outcome.refusal.code
  } catch {
    return 'nobody answered'
  }
}

it.each([
  ['refusing', 'channel-unknown'],
  ['text', 'peer-answer-invalid'],
  ['other', 'peer-answer-invalid'],
  ['long', 'peer-answer-invalid'],
  ['endless', 'peer-answer-invalid'],
  ['elsewhere', 'peer-answer-invalid'],
  ['slow', 'nobody answered'],
  ['silent', 'nobody answered'],
  ['broken', 'nobody answered'],
])('comes to an end where the answer is %s: %s', async (kind, what) => {
  const started = performance.now()
  expect(await outcomeOf(kind)).toBe(what)
  expect(performance.now() - started).toBeLessThan(5_000)
})

it('reads little more of an endless answer than a message may have', async () => {
  sent.splice(0)
  await outcomeOf('endless')
  await vi.waitFor(() => expect(sent).toHaveLength(1))
  expect(sent[0]).toBeLessThan(8 * bytesMax)
})
