/** The agents of the gateway's measurement: a process that sends requests it was given, and tells how many passed. */
import autocannon from 'autocannon'
import type { TapRequest } from '../../bridge/visa-tap/sign.ts'

type Task =
  | { readonly host: string; readonly requests: readonly TapRequest[] }
  | { readonly port: number; readonly from: number; readonly to: number }

let host = ''
let requests: readonly TapRequest[] = []

const send = async (port: number, from: number, to: number): Promise<number> => {
  let next = from
  const answers = await autocannon({
    url: `http://127.0.0.1:${port}`,
    amount: to - from,
    connections: 8,
    requests: [
      {
        setupRequest: (request) => {
          const { method, headers, body, url } = requests[next++] as TapRequest
          const path = new URL(url).pathname
          return { ...request, method: method as 'POST', path, headers: { ...headers, host }, body: body ?? '' }
        },
      },
    ],
  })
  return answers['2xx']
}

process.on('message', async (task: Task) => {
  if ('requests' in task) {
    host = task.host
    requests = task.requests
    process.send?.({ passed: 0 })
  } else process.send?.({ passed: await send(task.port, task.from, task.to) })
})
