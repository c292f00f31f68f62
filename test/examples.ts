/** Records one accepted exchange of each operation, for the OpenAPI document: `npm run examples`, then `npm run generate`. */
import { writeFileSync } from 'node:fs'
import { closeClients } from '../conformance/index.ts'
import { isMessage, type OperationName, operations, packageFile, type Role, version } from '../schemas/index.ts'
import { tryOut } from './conformance/mutants/run.ts'

type Example = { readonly request: unknown; readonly response: unknown }

const roles: readonly Role[] = ['network', 'credential-provider', 'wallet', 'merchant', 'acquirer', 'clearing']
const recorded = new Map<OperationName, Example>()

/** Keeps the shortest exchange of an operation that matches its schemas. */
const keep = (name: OperationName, request: unknown, response: unknown): void => {
  const operation = operations.get(name)
  if (!operation || !isMessage(operation.request, request) || !isMessage(operation.response, response)) return
  const known = recorded.get(name)
  const size = (example: Example): number => Math.abs(JSON.stringify(example).length - 1_500)
  if (!known || size({ request, response }) < size(known)) recorded.set(name, { request, response })
}

for (const role of roles)
  await tryOut({
    role,
    onExchange: ({ url, status, body, answer }) => {
      const name = new URL(url).pathname.slice(1).replace('/', '.') as OperationName
      if (status === 200 && operations.has(name)) keep(name, JSON.parse(body), JSON.parse(answer))
    },
    onReceived: (received) => {
      for (const { name, message, answer } of received) keep(name, message, answer)
    },
  })

const missing = [...operations.keys()].filter((name) => !recorded.has(name))
if (missing.length > 0) throw new Error(`no exchange was seen of ${missing.join(', ')}`)
const sorted = [...operations.keys()].map((name) => [name, recorded.get(name)])
writeFileSync(
  packageFile('schemas', version, 'examples.json'),
  `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`,
)
process.stdout.write(`${sorted.length} operations recorded\n`)
await closeClients()
