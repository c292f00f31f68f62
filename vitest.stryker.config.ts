/** What mutation testing runs for each change: the quick tests of the pure core, and those of the judge's own pure parts. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'test/reference/core/**/*.test.ts',
      'test/conformance/{artefact,expect,grading,jws,models,rating}.test.ts',
      'test/conformance/certificate/status.test.ts',
      'test/conformance/engines/{engine,model,system}.test.ts',
      'test/conformance/report/formats.test.ts',
      'test/conformance/target/signature.test.ts',
    ],
    // Ten thousand agents are simulated there: seconds for each change, of code that rating and gate tests reach as well.
    exclude: ['test/reference/core/trust/simulation.test.ts'],
    setupFiles: ['test/stryker.ts'],
    isolate: false,
    retry: 0,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
