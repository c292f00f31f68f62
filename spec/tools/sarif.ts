/** Findings in the Static Analysis Results Interchange Format (SARIF 2.1.0), which code hosts show beside the lines. */
import type { Finding } from './markdown.ts'

/** A path below the package as a relative URI reference (RFC 3986); a colon or a space in a name stays part of it. */
const uriOf = (file: string): string => file.split(/[\\/]/).map(encodeURIComponent).join('/')

/** The document of a lint; places are relative to the folder of the package. */
export const sarifOf = (findings: readonly Finding[], version: string): object => {
  const rules = [...new Set(findings.map(({ rule }) => rule))].sort()
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'amp spec lint',
            version,
            rules: rules.map((id) => ({ id, shortDescription: { text: `${id.replaceAll('-', ' ')}.` } })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: findings.map(({ file, line, rule, message }) => ({
          ruleId: rule,
          ruleIndex: rules.indexOf(rule),
          level: 'error',
          message: { text: message },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(file) },
                region: { startLine: Math.max(1, line) },
              },
            },
          ],
        })),
      },
    ],
  }
}
