/** Findings in the Static Analysis Results Interchange Format (SARIF 2.1.0), which code hosts show beside the lines. */
import type { Finding } from './markdown.ts'

/** The document of a lint. */
export const sarifOf = (findings: readonly Finding[], version: string): object => ({
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  version: '2.1.0',
  runs: [
    {
      tool: {
        driver: {
          name: 'amp spec lint',
          version,
          rules: [...new Set(findings.map(({ rule }) => rule))].sort().map((id) => ({ id })),
        },
      },
      results: findings.map(({ file, line, rule, message }) => ({
        ruleId: rule,
        level: 'error',
        message: { text: message },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: file.replaceAll('\\', '/') },
              region: { startLine: Math.max(1, line) },
            },
          },
        ],
      })),
    },
  ],
})
