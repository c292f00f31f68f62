/** How the tests run: no retries, so a flake is a failure; whole certifications first, so that no worker ends with one alone. */
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take a minute or more, slowest first. */
const slow = [
  'conformance/mutants',
  'conformance/intact',
  'conformance/engines/races',
  'conformance/hostile',
  'conformance/proxy',
  'conformance/live',
  'end-to-end/bad-input',
  'simulator/simulator',
]

const place = ({ moduleId }: TestSpecification): number => {
  const found = slow.findIndex((part) => moduleId.includes(`/test/${part}`))
  return found === -1 ? slow.length : found
}

class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => place(a) - place(b))
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    retry: 0,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    sequence: { sequencer: SlowestFirst },
  },
})
