/** What mutation testing runs for each change of the pure core: its quick tests, and those that hold the judge against it. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/reference/core/**/*.test.ts', 'test/conformance/{artefact,rating}.test.ts'],
    // Ten thousand agents are simulated there: seconds for each change, of code that rating and gate tests reach as well.
    exclude: ['test/reference/core/trust/simulation.test.ts'],
    setupFiles: ['test/stryker.ts'],
    retry: 0,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
