/** What the page of the studio does in the browser; it builds text nodes only, so nothing a target says becomes markup. */
export const script = String.raw`
'use strict'
const at = (id) => document.getElementById(id)
const signs = { pass: '+', fail: 'X', warn: '!', 'not-applicable': '-', untestable: '?', inconclusive: '~', 'harness-error': '#' }
const make = (name, text, attributes = {}) => {
  const element = document.createElement(name)
  if (text !== undefined) element.textContent = text
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  return element
}
const post = async (path, body) => {
  const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.cause)
  return answer
}
const say = (text) => { at('status').textContent = text }
const results = new Map()

at('target').addEventListener('submit', async (event) => {
  event.preventDefault()
  say('Examining ' + at('url').value + ' ...')
  try {
    const { findings, roles } = await post('/examine', { url: at('url').value, hooks: at('hooks').value })
    at('list').replaceChildren(...findings.map(({ state, about, says, cure }) => {
      const item = make('li')
      item.append(make('b', (state === 'fine' ? '+ ' : state === 'note' ? '! ' : 'X ') + about), ' ' + says)
      if (cure) item.append(make('span', 'cure: ' + cure, { class: 'cure' }))
      return item
    }))
    at('roles').replaceChildren(...roles.map(({ role, checks }) => {
      const label = make('label')
      const box = make('input', undefined, { type: 'checkbox', value: role, checked: '' })
      label.append(box, ' ' + role + ' (' + checks + ' checks)')
      return label
    }))
    const wrong = findings.some(({ state }) => state === 'wrong') || roles.length === 0
    at('run').disabled = wrong
    at('findings').hidden = false
    say(wrong ? 'Cure what is marked X, then examine again.' : 'Ready. Choose roles and run the checks.')
    ;(wrong ? at('url') : at('run')).focus()
  } catch (error) { say('It did not work: ' + error.message) }
})

const layOut = (checks) => {
  const groups = new Map()
  for (const check of checks) {
    const name = check.role + ': ' + check.chapter
    groups.set(name, [...(groups.get(name) ?? []), check])
  }
  at('matrix').replaceChildren(...[...groups].flatMap(([name, inside]) => {
    const cells = make('div', undefined, { class: 'cells' })
    cells.append(...inside.map(({ id, title }) => {
      const cell = make('button', '·', { class: 'waiting', 'aria-label': title + ': waiting', title, type: 'button' })
      cell.dataset.check = id
      cell.addEventListener('click', () => open(id, title))
      return cell
    }))
    return [make('h4', name + ' (' + inside.length + ')'), cells]
  }))
}

const show = (result) => {
  results.set(result.id, result)
  const cell = document.querySelector('[data-check="' + CSS.escape(result.id) + '"]')
  if (!cell) return
  cell.textContent = signs[result.verdict]
  cell.className = result.verdict
  cell.setAttribute('aria-label', result.title + ': ' + result.verdict)
}

const open = (id, title) => {
  const result = results.get(id)
  at('detail-title').textContent = title
  const parts = []
  if (!result) parts.push(make('p', 'This check is waiting.'))
  else {
    parts.push(make('p', result.verdict + ', ' + Math.round(result.milliseconds) + ' ms'))
    for (const { id: requirement, sentence, file } of result.requirements) {
      const line = make('p', undefined, { class: 'sentence' })
      line.append(make('b', requirement), ' ' + sentence + ' ', make('small', 'spec: ' + file))
      parts.push(line)
    }
    if (result.expected) {
      const list = make('dl')
      list.append(make('dt', 'expected'), make('dd', result.expected), make('dt', 'received'), make('dd', result.received))
      parts.push(list)
    } else if (result.reason) parts.push(make('p', result.reason))
    if (result.attempts) parts.push(make('p', result.failed + ' of ' + result.attempts + ' attempts failed'))
    for (const { curl, status, answer } of result.exchanges) parts.push(make('pre', curl), make('pre', status + '\n' + answer))
  }
  at('detail-body').replaceChildren(...parts)
  at('detail').showModal()
  at('detail').scrollTop = 0
}
at('close').addEventListener('click', () => at('detail').close())

const watch = (id, checks) => {
  results.clear()
  layOut(checks)
  at('live').hidden = false
  at('changes').hidden = true
  const bar = at('progress')
  bar.max = checks.length
  bar.value = 0
  const events = new EventSource('/runs/' + id + '/events')
  events.addEventListener('result', ({ data }) => {
    show(JSON.parse(data))
    bar.value = results.size
    const failed = [...results.values()].filter(({ verdict }) => verdict === 'fail').length
    say(results.size + ' of ' + checks.length + ' checks, ' + failed + ' failed')
  })
  events.addEventListener('end', ({ data }) => {
    events.close()
    const { outcome, requests, milliseconds, seed, changed, reason } = JSON.parse(data)
    at('banner').className = outcome
    say(outcome.toUpperCase() + (reason ? ': ' + reason : ': ' + results.size + ' checks, ' + [...results.values()].filter(({ verdict }) => verdict === 'fail').length + ' failed; ' + requests + ' requests in ' + (milliseconds / 1000).toFixed(1) + ' s, seed ' + seed))
    at('run').disabled = false
    at('changes').hidden = changed.length === 0
    at('changed').replaceChildren(...changed.map(({ id: check, first, second }) => make('li', check + ': ' + first + ', now ' + second)))
    recall()
  })
}

at('run').addEventListener('click', async () => {
  const roles = [...document.querySelectorAll('#roles input:checked')].map(({ value }) => value)
  if (roles.length === 0) return say('Choose at least one role.')
  at('run').disabled = true
  try {
    const { id, checks } = await post('/run', { url: at('url').value, hooks: at('hooks').value, roles })
    watch(id, checks)
  } catch (error) { at('run').disabled = false; say('It did not start: ' + error.message) }
})

const recall = async () => {
  const runs = await (await fetch('/runs')).json()
  at('earlier').hidden = runs.length === 0
  at('history').replaceChildren(...runs.reverse().map((run) => {
    const row = make('tr')
    const link = make('td')
    if (run.outcome !== 'running') link.append(make('a', 'open', { href: '/runs/' + run.id + '/report.html' }))
    row.append(make('th', run.id, { scope: 'row' }), make('td', run.url), make('td', run.roles.join(', ')), make('td', run.outcome), make('td', String(run.passed)), make('td', String(run.failed)), make('td', String(run.changed)), link)
    return row
  }))
}
recall()

fetch('/given').then((answer) => answer.json()).then(({ url, hooks }) => {
  if (hooks) at('hooks').value = hooks
  if (url) at('url').value = url
})
`
