/** A process of the race for nonces: records each of many on a shared store, and tells how many it was first with. */
import { sqlNonces } from '../../bridge/sql-nonces.ts'

const [url = '', count = '0'] = process.argv.slice(2)
const store = await sqlNonces(url)
let first = 0
for (let each = 0; each < Number(count); each += 1)
  if ((await store.record(`nonce-${each}`, 2_000, 1_000)) === 'fresh') first += 1
await store.close()
process.stdout.write(String(first))
