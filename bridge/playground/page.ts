/** The page of the playground: plain HTML, its style and its script, none of which asks any server but its own. */
import { wordsHtml } from '../../schemas/words.ts'

export const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AMP bridge playground</title>
<link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script>
</head>
<body>
<main>
<header>
<h1>Bridge playground</h1>
<p>Paste a message of another protocol and see the AMP it becomes. Nothing leaves this machine, and nothing is kept. <a href="#words">What the words mean</a></p>
</header>
<form id="form">
<label for="example">Example</label>
<select id="example"></select>
<label for="input">Message</label>
<textarea id="input" rows="14" spellcheck="false" required></textarea>
<label for="file">or a file</label>
<input id="file" type="file" accept=".json,application/json">
<details><summary>Who is trusted, and when</summary>
<label for="keys">Trusted keys (JWKS)</label>
<textarea id="keys" rows="6" spellcheck="false"></textarea>
<label for="settings">Settings</label>
<textarea id="settings" rows="3" spellcheck="false">{}</textarea>
<label for="now">Time, epoch seconds</label>
<input id="now" inputmode="numeric" pattern="[0-9]{1,12}">
<label for="to">Direction</label>
<select id="to"><option value="">to AMP</option></select>
</details>
<button type="submit">Translate</button>
</form>
<section id="out" aria-live="polite" hidden>
<h2 id="headline"></h2>
<ol id="steps"></ol>
<h3>Detection</h3><ul id="detection"></ul>
<div id="parts"></div>
<h3>Do the same</h3><pre id="command"></pre>
</section>
<section aria-label="Words">${wordsHtml(['Bridging', 'Roles', 'Authorisation', 'Assurance', 'Messages and money'])}</section>
</main>
</body>
</html>
`

export const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0}main{max-width:62rem;margin:0 auto;padding:1.5rem}
h1{margin:0 0 .25rem}label{display:block;margin:.75rem 0 .25rem;font-weight:600}
textarea,select,input{width:100%;box-sizing:border-box;font:inherit}
textarea,pre{font:13px/1.45 ui-monospace,monospace}
pre{overflow:auto;padding:.75rem;border:1px solid color-mix(in srgb,currentColor 25%,transparent);border-radius:.375rem}
button{margin-top:1rem;padding:.5rem 1.25rem;font:inherit;font-weight:600}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .5rem;border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent);vertical-align:top;overflow-wrap:anywhere}
dt{font-weight:600}dd{margin:0 0 .25rem 1rem}summary{margin-top:.75rem;cursor:pointer}
.passed::marker{content:"\\2713  "}.refused::marker{content:"\\2717  "}.refused{font-weight:600}.waiting{opacity:.55}
`

export const script = `const by = (id) => document.getElementById(id)
const element = (name, text, className) => {
  const made = document.createElement(name)
  if (text !== undefined) made.textContent = text
  if (className) made.className = className
  return made
}
const pretty = (value) => JSON.stringify(value, null, 2)
const examples = await (await fetch('/examples')).json()
for (const [index, { protocol, title, direction }] of examples.entries()) {
  const option = element('option', (direction === 'out' ? 'out: ' : '') + protocol + ', ' + title)
  option.value = index
  by('example').append(option)
}
for (const protocol of await (await fetch('/speaks-out')).json()) {
  const option = element('option', 'from AMP to ' + protocol)
  option.value = protocol
  by('to').append(option)
}
const show = (example) => {
  by('input').value = pretty(example.input)
  by('keys').value = pretty(example.keys)
  by('settings').value = pretty(example.settings)
  by('now').value = example.now
  by('to').value = example.direction === 'out' ? example.protocol : ''
}
by('example').addEventListener('change', () => show(examples[by('example').value]))
by('file').addEventListener('change', async () => {
  const [file] = by('file').files
  if (file) by('input').value = await file.text()
})
const table = (title, heads, rows) => {
  const section = document.createDocumentFragment()
  section.append(element('h3', title + ' (' + rows.length + ')'))
  const made = element('table')
  const head = element('tr')
  for (const text of heads) head.append(element('th', text))
  made.append(head)
  for (const row of rows) {
    const line = element('tr')
    for (const text of row) line.append(element('td', text))
    made.append(line)
  }
  section.append(made)
  return section
}
const block = (title, value) => {
  const section = document.createDocumentFragment()
  section.append(element('h3', title), element('pre', pretty(value)))
  return section
}
const draw = ({ detection, steps, result, command }) => {
  by('headline').textContent = result.outcome === 'refused' ? 'Refused: ' + result.problem.code : result.outcome === 'translated' ? 'Translated: ' + result.protocol : 'No protocol the bridge speaks'
  by('steps').replaceChildren(...steps.map(({ name, status, why }) => element('li', name + (why ? ': ' + why : ''), status === 'not reached' ? 'waiting' : status)))
  by('detection').replaceChildren(...detection.map(({ protocol, mine, reasons }) => element('li', (mine ? 'yes, ' : 'no, ') + protocol + ': ' + reasons.join('; '))))
  const parts = []
  if (result.problem) parts.push(block('Problem', result.problem))
  if (result.identity) parts.push(block('Who sent it', result.identity))
  if (result.draft) parts.push(block('Draft, for the user to decide', result.draft))
  if (result.message) parts.push(block('Message', result.message))
  if (result.evidence?.length) parts.push(table('Foreign evidence', ['Part', 'Status', 'Why'], result.evidence.map(({ kind, status, why }) => [kind, status, why ?? ''])))
  if (result.carried) parts.push(table('Carried', ['Field', 'To'], result.carried.map(({ field, to }) => [field, to])))
  if (result.derived) parts.push(table('Derived', ['Field', 'To', 'Rule'], result.derived.map(({ field, to, rule }) => [field, to, rule])))
  if (result.losses?.length) parts.push(table('Lost', ['Field', 'Why'], result.losses.map(({ field, why }) => [field, why])))
  by('parts').replaceChildren(...parts)
  by('command').textContent = command
  by('out').hidden = false
}
by('form').addEventListener('submit', async (event) => {
  event.preventDefault()
  const body = { input: by('input').value, keys: by('keys').value, settings: by('settings').value, now: by('now').value, to: by('to').value }
  const answer = await fetch('/explain', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const said = await answer.json()
  if (answer.ok) draw(said)
  else {
    by('headline').textContent = said.mistake
    by('steps').replaceChildren()
    by('detection').replaceChildren()
    by('parts').replaceChildren()
    by('command').textContent = ''
    by('out').hidden = false
  }
})
if (examples[0]) show(examples[0])
document.body.dataset.ready = 'yes'
`
