/** What mutation testing runs for each change of the pure core and of the judge: the quick tests of both. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/reference/core/**/*.test.ts', 'test/conformance/artefact.test.ts'],
    retry: 0,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
