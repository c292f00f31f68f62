/** A report in the W3C Evaluation and Report Language (EARL 1.0), as JSON-LD. */
import { schemaBase } from '../../schemas/index.ts'
import type { Report } from '../certify.ts'
import { requirementOf } from '../requirements.ts'
import type { Verdict } from '../run.ts'

const outcomes: Readonly<Record<Verdict, string>> = {
  pass: 'earl:passed',
  fail: 'earl:failed',
  warn: 'earl:failed',
  'not-applicable': 'earl:inapplicable',
  untestable: 'earl:untested',
  inconclusive: 'earl:cantTell',
  'harness-error': 'earl:cantTell',
}

/** One assertion for each requirement of each check. */
export const earlReport = ({ suite, target, results, started }: Report) => ({
  '@context': {
    earl: 'http://www.w3.org/ns/earl#',
    dct: 'http://purl.org/dc/terms/',
    xsd: 'http://www.w3.org/2001/XMLSchema#',
  },
  '@graph': [
    {
      '@id': '_:suite',
      '@type': ['earl:Assertor', 'earl:Software'],
      'dct:title': suite.name,
      'dct:hasVersion': suite.version,
    },
    {
      '@id': '_:target',
      '@type': ['earl:TestSubject'],
      'dct:title': target.software?.name ?? target.url,
      'dct:source': target.url,
    },
    ...results.flatMap(({ id, title, requirements, verdict, reason }) =>
      requirements.map((requirement) => ({
        '@type': 'earl:Assertion',
        'earl:assertedBy': { '@id': '_:suite' },
        'earl:subject': { '@id': '_:target' },
        'earl:mode': { '@id': 'earl:automatic' },
        'earl:test': {
          '@id': `${schemaBase}requirements#${requirement}`,
          '@type': 'earl:TestRequirement',
          'dct:title': requirement,
          'dct:description': requirementOf(requirement).sentence,
        },
        'earl:result': {
          '@type': 'earl:TestResult',
          'earl:outcome': { '@id': outcomes[verdict] },
          'dct:date': { '@type': 'xsd:dateTime', '@value': started },
          'earl:info': reason === undefined ? `${id}` : `${title}: ${reason}`,
        },
      })),
    ),
  ],
})
