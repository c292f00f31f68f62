/** A report as one HTML file that loads nothing: verdict, counts, requirement matrix, every failure with its evidence. */

import { wordsHtml } from '../../schemas/words.ts'
import type { Report } from '../certify.ts'
import { requirementOf, requirements } from '../requirements.ts'
import type { JudgedRole } from '../roles.ts'
import type { CheckResult, Verdict } from '../run.ts'
import type { Exchange } from '../target/client.ts'
import { curlOf } from './curl.ts'
import { proofLines, reachOf } from './proof.ts'
import { style } from './style.ts'
import { signs } from './terminal.ts'

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** From worst to best: a requirement is as good as the worst of its checks. */
const worstFirst: readonly Verdict[] = [
  'harness-error',
  'fail',
  'warn',
  'inconclusive',
  'untestable',
  'pass',
  'not-applicable',
]

const meanings: Readonly<Record<Verdict, string>> = {
  pass: 'the target did what the requirement says',
  fail: 'the target broke a MUST',
  warn: 'the target departs from a SHOULD or MAY',
  inconclusive: 'the check could not come to its question',
  untestable: 'needs test hooks or a setting that is missing',
  'not-applicable': 'the target does not offer what the requirement is about',
  'harness-error': 'the suite itself failed',
}

const titles: Readonly<Record<Report['outcome'], string>> = {
  certified: 'Certified',
  failed: 'Failed',
  inconclusive: 'Inconclusive',
  configuration: 'Not judged',
  'harness-error': 'Not judged',
}

const badge = (verdict: Verdict): string =>
  `<span class="badge ${verdict}"><span aria-hidden="true">${signs[verdict]}</span> ${verdict}</span>`

const worst = (results: readonly CheckResult[]): Verdict | undefined =>
  worstFirst.find((verdict) => results.some((result) => result.verdict === verdict))

const anchor = (id: string): string => id.replaceAll(/[^a-zA-Z0-9]+/g, '-')

const countsTable = ({ roles, results }: Report): string => {
  const row = (name: string, own: readonly CheckResult[]): string =>
    `<tr><th scope="row">${name}</th>${worstFirst.map((verdict) => `<td>${own.filter((one) => one.verdict === verdict).length || '·'}</td>`).join('')}<td>${own.length}</td></tr>`
  const head = worstFirst
    .map((verdict) => `<th scope="col" title="${meanings[verdict]}">${signs[verdict]} ${verdict}</th>`)
    .join('')
  const rows = roles.map((role) =>
    row(
      role,
      results.filter((result) => result.role === role),
    ),
  )
  return `<table><thead><tr><th scope="col">role</th>${head}<th scope="col">checks</th></tr></thead><tbody>${rows.join('')}${row('all', results)}</tbody></table>`
}

/** Every requirement a check of this run covers, by role: a cell leads to its checks. */
const matrix = ({ roles, results }: Report): string => {
  const covered = [...requirements.values()].filter(({ id }) =>
    results.some((result) => result.requirements.includes(id)),
  )
  const cell = (role: JudgedRole, id: string): string => {
    const own = results.filter((result) => result.role === role && result.requirements.includes(id))
    const verdict = worst(own)
    if (verdict === undefined) return '<td class="empty"><span class="quiet">no check here</span></td>'
    const [first] = own
    return `<td class="${verdict}"><a href="#${anchor(first?.id ?? '')}" title="${role}: ${verdict}, ${own.length} checks"><span aria-hidden="true">${signs[verdict]}</span><span class="quiet">${verdict}</span></a></td>`
  }
  const rows = covered.map(
    ({ id, sentence, level }) =>
      `<tr><th scope="row"><abbr title="${escaped(sentence)}">${id}</abbr> <small>${level}</small></th>${roles.map((role) => cell(role, id)).join('')}</tr>`,
  )
  const head = roles.map((role) => `<th scope="col">${role}</th>`).join('')
  return `<p>${covered.length} requirements were asked about; hover or focus an id for its sentence.</p><div class="scroll"><table class="matrix"><thead><tr><th scope="col">requirement</th>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

const exchangeText = (exchange: Exchange): string =>
  `<pre>${escaped(curlOf(exchange))}</pre><pre>${exchange.status}\n${escaped(
    Object.entries(exchange.answerHeaders)
      .filter(([name]) => /^(content-type|amp-|retry-after|idempotency)/.test(name))
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
  )}\n\n${escaped(exchange.answer.slice(0, 4_000))}</pre>`

const evidenceOf = ({ exchanges = [] }: CheckResult): string =>
  exchanges.length === 0
    ? ''
    : `<details><summary>The last ${exchanges.length} requests and answers</summary>${exchanges.map(exchangeText).join('')}</details>`

const sentences = ({ requirements: ids }: CheckResult): string =>
  ids
    .map((id) => {
      const { sentence, file } = requirementOf(id)
      return `<p class="sentence"><b>${id}</b> ${escaped(sentence)} <small>spec: ${file}</small></p>`
    })
    .join('')

const found = (result: CheckResult): string => {
  const { expected, received, reason, attempts, failed } = result
  const stable =
    attempts === undefined
      ? ''
      : `<p>${failed === attempts ? 'stable' : 'flaky'}: ${failed} of ${attempts} attempts failed</p>`
  const lines = proofLines(result)
  const proof = lines.length === 0 ? '' : `<pre>${escaped(lines.join('\n'))}</pre>`
  if (expected !== undefined)
    return `<dl><dt>expected</dt><dd>${escaped(expected)}</dd><dt>received</dt><dd>${escaped(received ?? '')}</dd></dl>${proof}${stable}`
  return reason === undefined ? '' : `<p>${escaped(reason)}</p>`
}

const resultItem = (result: CheckResult, open: boolean): string =>
  `<details id="${anchor(result.id)}"${open ? ' open' : ''}><summary>${badge(result.verdict)} ${escaped(result.title)} <small>${result.requirements.join(', ')} · ${Math.round(result.milliseconds)} ms</small></summary>${sentences(result)}${found(result)}${open ? evidenceOf(result) : ''}</details>`

const isTrouble = ({ verdict }: CheckResult): boolean => verdict !== 'pass' && verdict !== 'not-applicable'

const trouble = ({ results }: Report): string => {
  const found = results.filter(isTrouble)
  return found.length === 0
    ? '<p>None.</p>'
    : found.map((result) => `<p class="where">${result.role}</p>${resultItem(result, true)}`).join('')
}

const chapters = ({ results, roles }: Report): string =>
  roles
    .map((role) => {
      const own = results.filter((result) => result.role === role && !isTrouble(result))
      const names = [...new Set(own.map(({ chapter }) => chapter))]
      const parts = names.map((name) => {
        const inside = own.filter(({ chapter }) => chapter === name)
        return `<h4>${name} <small>${inside.length}</small></h4>${inside.map((result) => resultItem(result, false)).join('')}`
      })
      return `<h3>${role}</h3>${parts.join('')}`
    })
    .join('')

const slowest = ({ results }: Report): string => {
  const top = [...results].sort((a, b) => b.milliseconds - a.milliseconds).slice(0, 8)
  const most = top[0]?.milliseconds ?? 1
  return `<table class="bars"><tbody>${top
    .map(
      ({ id, milliseconds }) =>
        `<tr><th scope="row">${escaped(id)}</th><td><span class="bar" style="width:${Math.round((milliseconds / most) * 100)}%"></span> ${Math.round(milliseconds)} ms</td></tr>`,
    )
    .join('')}</tbody></table>`
}

/** How often a run came to what its stateful checks are about: what was never met was never judged. */
const reach = (report: Report): string => {
  const rows = reachOf(report).flatMap(({ id, counters }) =>
    counters.map(
      ([label, count]) => `<tr><th scope="row">${escaped(label)}</th><td>${count}</td><td>${escaped(id)}</td></tr>`,
    ),
  )
  return rows.length === 0
    ? '<p>No stateful check ran.</p>'
    : `<table><thead><tr><th scope="col">what happened</th><th scope="col">times</th><th scope="col">check</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
}

const doctor = ({ doctor: findings }: Report): string =>
  `<ul>${findings.map(({ state, about, says, cure }) => `<li><b>${state === 'fine' ? '+' : state === 'note' ? '!' : 'X'} ${about}</b> ${escaped(says)}${cure === undefined ? '' : ` <i>cure: ${escaped(cure)}</i>`}</li>`).join('')}</ul>`

const legend = `<dl class="legend">${worstFirst.map((verdict) => `<dt>${badge(verdict)}</dt><dd>${meanings[verdict]}</dd>`).join('')}</dl>`

/** What of the required checks neither passed nor failed, so that the figures add up. */
const restOf = (counts: Report['counts']['MUST']): string =>
  worstFirst
    .filter((verdict) => verdict !== 'pass' && verdict !== 'fail' && counts[verdict] > 0)
    .map((verdict) => `, ${counts[verdict]} ${verdict.replace('-', ' ')}`)
    .join('')

/** The whole page. */
export const htmlReport = (report: Report): string => {
  const { outcome, target, suite, counts, requests, milliseconds, seed, started, roles, hooks, results } = report
  const required = Object.values(counts.MUST).reduce((sum, count) => sum + count, 0)
  const software = target.software ? `${target.software.name} ${target.software.version}` : 'unknown software'
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>AMP conformance: ${escaped(target.url)}, ${titles[outcome]}</title><style>${style}</style></head><body>
<header class="${outcome}"><p>AMP ${suite.protocol} conformance report</p>
<h1>${titles[outcome]}</h1>
<p>${escaped(software)} at <b>${escaped(target.url)}</b> as ${roles.join(', ') || 'no role'}</p>
<p>${counts.MUST.pass} of ${required} required checks passed, ${counts.MUST.fail} failed${restOf(counts.MUST)}; ${results.length} checks and ${requests} requests in ${(milliseconds / 1000).toFixed(1)} s</p>
<p><small><a href="#words">words</a> · suite ${escaped(suite.name)} ${suite.version} · seed ${seed} · hooks ${hooks} · started ${started}</small></p></header>
<main>
<section><h2>Counts</h2><div class="scroll">${countsTable(report)}</div><details><summary>What the verdicts mean</summary>${legend}</details></section>
<section><h2>Failures and doubts</h2>${trouble(report)}</section>
<section><h2>Requirements</h2>${matrix(report)}</section>
<section><h2>Before the run</h2>${doctor(report)}</section>
<section><h2>Reach</h2><div class="scroll">${reach(report)}</div></section>
<section><h2>Slowest checks</h2>${slowest(report)}</section>
<section><h2>Checks that passed or do not apply</h2>${chapters(report)}</section>
<section><h2>Words</h2>${wordsHtml()}</section>
</main></body></html>
`
}
