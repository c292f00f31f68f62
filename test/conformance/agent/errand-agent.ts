/** The buyer agent of the reference as a program: it takes its errand from the environment, as the suite gives it. */
import { runReferenceAgent } from '../mutants/agent-run.ts'

await runReferenceAgent(JSON.parse(process.env.AMP_ERRAND ?? '{}'))
process.exit(0)
