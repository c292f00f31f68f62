/** A registry: a folder of certificates, each verified against pinned roots, and a page that says what each came to. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { wordsHtml } from '../../schemas/words.ts'
import { wayOf } from '../certificate/claims.ts'
import type { Roots } from '../certificate/issue.ts'
import { type Verified, verifyCertificate } from '../certificate/verify.ts'
import { style } from '../report/style.ts'

/** One certificate of the folder. */
export type Listed = { readonly file: string; readonly verified: Verified }

/** A certificate without status entry is looked up in no list. */
const judge = async (text: string, roots: Roots, now: number, statusList?: string): Promise<Verified> => {
  const verified = await verifyCertificate(text, roots, now)
  return verified.valid && verified.claims.status ? verifyCertificate(text, roots, now, { statusList }) : verified
}

/** Name of the status list in a folder. */
export const statusFile = 'status.jwt'

/** Verifies every `.jws` of a folder at a moment in epoch seconds, against the folder's status list where there is one. */
export const readRegistry = async (folder: string, roots: Roots, now: number): Promise<readonly Listed[]> => {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.jws'))
    .sort()
  const list = join(folder, statusFile)
  const statusList = existsSync(list) ? readFileSync(list, 'utf8').trim() : undefined
  return Promise.all(
    files.map(async (file) => ({
      file,
      verified: await judge(readFileSync(join(folder, file), 'utf8').trim(), roots, now, statusList),
    })),
  )
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const day = (epoch: number): string => new Date(epoch * 1000).toISOString().slice(0, 10)

/** A long name that may be broken where it has to be, and is copied whole. */
const narrow = (text: string): string => (text.match(/.{1,15}/g) ?? []).map(escaped).join('<wbr>')

const row = ({ file, verified }: Listed): string => {
  const link = `<a href="${encodeURIComponent(file)}">${escaped(file)}</a>`
  if (!verified.valid)
    return `<tr><th scope="row">${link}</th><td class="fail">X not valid</td><td colspan="8">${verified.reason}: ${escaped(verified.says)}</td></tr>`
  const { target, suite, counts, runner, iat, exp, asked } = verified.claims
  const reached = `by ${wayOf(verified.claims)}${asked ? `, asked ${asked.checks} of ${asked.of} checks` : ''}`
  const bound = verified.bound.map(({ thumbprint }) => `<code>${narrow(thumbprint)}</code>`).join('<br>')
  const software = `${target.software.name} ${target.software.version}`
  const roles = target.roles.map(({ role }) => role).join(', ')
  return `<tr><th scope="row">${link}</th><td class="pass">+ valid</td><td>${escaped(software)}</td><td>${roles}</td><td>${reached}</td><td>${bound}</td><td>${counts.MUST.pass} passed, ${counts.MUST.fail} failed</td><td>${escaped(suite.protocol)}, suite ${escaped(suite.version)}</td><td>${escaped(runner)}</td><td>${day(iat)} to ${day(exp)}</td></tr>`
}

/** The page, which loads nothing. */
export const registryPage = (listed: readonly Listed[], now: number): string => {
  const valid = listed.filter(({ verified }) => verified.valid).length
  const heads = [
    'certificate',
    'state',
    'software',
    'roles',
    'reached',
    'bound to the key',
    'required checks',
    'protocol',
    'runner',
    'valid',
  ]
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>AMP conformance registry</title><style>${style}</style></head><body>
<header class="${listed.length === 0 ? 'none' : valid === listed.length ? 'certified' : 'failed'}"><p>AMP conformance</p><h1>Registry</h1>
<p>${valid} of ${listed.length} certificates are valid as of ${day(now)}</p>
<p><small>Verify one yourself: npx agentic-mobile-protocol certify --verify FILE --roots roots.json</small></p></header>
<main><div class="scroll"><table><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead><tbody>${listed.map(row).join('')}</tbody></table></div><section><h2>Words</h2>${wordsHtml(['Roles', 'Judging'])}</section></main></body></html>
`
}

/** Verifies a folder and writes its page into it; gives back what was listed. */
export const buildRegistry = async (folder: string, roots: Roots, now: number): Promise<readonly Listed[]> => {
  const listed = await readRegistry(folder, roots, now)
  writeFileSync(join(folder, 'index.html'), registryPage(listed, now))
  return listed
}
