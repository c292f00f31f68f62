/** The buyer agent of the reference as a program: it takes its errand from the environment, as the suite gives it, and its key, where it keeps one. */
import { readKey } from '../../../reference/http/keys.ts'
import { runReferenceAgent } from './reference-agent.ts'

const { AMP_ERRAND: errand = '{}', AGENT_KEY: kept } = process.env
const key = kept === undefined ? undefined : await readKey('agent', JSON.parse(kept))
await runReferenceAgent(JSON.parse(errand), {}, key)
process.exit(0)
