/** The pages of the console as functions of what they show. */
import type { Message } from '../../schemas/index.ts'
import { fromWire, toMajor } from '../core/index.ts'
import { type Html, html, nothing } from './html.ts'

type Amount = Message<'common/amount'>
type Displayed = Message<'wallet/create-authorization-request'>
type Mandate = Message<'wallet/mandate'>

export const shownAmount = (amount: Amount): string => `${toMajor(fromWire(amount))} ${amount.currency}`

const moment = {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
} as const

/** A moment as people read it, in the time zone of the wallet. */
export const shownTime = (text: string, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', { ...moment, timeZone }).format(new Date(text))

/** What a page stands in: the wallet's name, and whether somebody is logged in. */
export type Frame = { readonly walletName: string; readonly timeZone: string; readonly csrf: string | undefined }

const token = ({ csrf }: Frame): Html => html`<input type="hidden" name="csrf" value="${csrf ?? ''}">`

export const page = (frame: Frame, title: string, body: Html): string => {
  const menu = html`<a href="/console">Overview</a><a href="/console/limits">Limits</a>
    <form method="post" action="/console/logout">${token(frame)}<button class="plain">Log out</button></form>`
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">
<title>${title} - ${frame.walletName}</title><link rel="stylesheet" href="/console/style.css"></head>
<body><header><div><strong>${frame.walletName}</strong>${frame.csrf === undefined ? nothing : menu}</div></header>
<main><h1>${title}</h1>${body}</main></body></html>`.html
}

export const notice = (text: string, kind: 'good' | 'bad' = 'bad'): Html =>
  html`<p class="notice ${kind}" role="${kind === 'bad' ? 'alert' : 'status'}">${text}</p>`

export const loginPage = (next: string, problem: Html = nothing): Html => html`${problem}
<form class="card" method="post" action="/console/login"><input type="hidden" name="next" value="${next}">
<label for="loginId">Login</label><input id="loginId" name="loginId" autocomplete="username" required autofocus maxlength="256">
<label for="pin">PIN</label><input id="pin" name="pin" type="password" inputmode="numeric" autocomplete="current-password" required maxlength="64">
<div class="actions"><button>Log in</button></div></form>`

const row = (name: string, value: Html | string | undefined, kind = ''): Html =>
  value === undefined ? nothing : html`<dt>${name}</dt><dd class="${kind}">${value}</dd>`

const goodsOf = (checkout: Message<'common/checkout'>): Html =>
  html`${checkout.goods.map(
    ({ goods_name, goods_quantity, goods_unit_amount }) =>
      html`<div>${goods_quantity} × ${goods_name} <span class="quiet">at ${shownAmount(goods_unit_amount)}</span></div>`,
  )}`

const listed = (values: readonly string[] | undefined): string | undefined => values?.join(', ')

const perPayment = ({ payment_amount_min: min, payment_amount_max: max }: Message<'trust/constraints'>) => {
  const bounds = [min ? `at least ${shownAmount(min)}` : '', max ? `at most ${shownAmount(max)}` : '']
  return bounds.some(Boolean) ? bounds.filter(Boolean).join(', ') : undefined
}

const frequencyOf = ({ payment_frequency: often }: Message<'trust/constraints'>): string | undefined =>
  often && `at most ${often.count} per ${often.period}`

/** AMP-TRUST-059: every bound of a delegated mandate; none may stay unseen. */
const boundsOf = (constraints: Message<'trust/constraints'>): readonly Html[] => [
  row('Merchants', listed(constraints.merchant_name_list), 'first'),
  row('Categories (MCC)', listed(constraints.merchant_mcc_list), 'first'),
  row('Each payment', perPayment(constraints)),
  row('How often', frequencyOf(constraints)),
  row('Only these merchant ids', listed(constraints.merchant_allow_list)),
  row('Never these merchant ids', listed(constraints.merchant_block_list)),
  row('Regions', listed(constraints.merchant_region_list)),
  row('Delivery address', constraints.delivery_address),
  row('Retries', constraints.retries_max === undefined ? undefined : String(constraints.retries_max)),
]

/** AMP-TRUST-060: agent, goods, merchant, amount and currency stand first when the user is present. */
const immediateFacts = (
  { agent, checkout, intent }: Extract<Displayed, { mandateType: 'IMMEDIATE' }>,
  bindings: Html,
): Html => html`<dl>
${row('Agent', agent.agentName, 'first')}${row('Goods', goodsOf(checkout), 'first')}
${row('Merchant', checkout.merchant.merchant_name, 'first')}${row('You pay', shownAmount(checkout.total_amount), 'money')}
${row('Purpose', intent.desc)}${row('Order', checkout.reference_checkout_id, 'quiet')}${bindings}</dl>
<details><summary>What you said</summary><p>${intent.raw}</p></details>`

/** AMP-TRUST-061: task, agent, budget, validity and limits stand first when the agent is to act later. */
const autonomousFacts = (
  { agent, intent }: Extract<Displayed, { mandateType: 'AUTONOMOUS' }>,
  bindings: Html,
  timeZone: string,
): Html => html`<dl>
${row('Task', intent.desc, 'first')}${row('Agent', agent.agentName, 'first')}
${row('Budget', shownAmount(intent.constraints.budget_amount), 'money')}
${row('Valid until', shownTime(intent.expiry_time, timeZone), 'first')}${boundsOf(intent.constraints)}${bindings}</dl>
<details><summary>What you said</summary><p>${intent.raw}</p></details>
<p class="warn">The agent may pay on its own inside these bounds, without asking again, until it ends or you cancel.</p>`

const enrollmentFacts = ({ agent }: Displayed): Html => html`<dl>
${row('Agent', agent.agentName, 'first')}${row('Vouched for by', agent.credentialProviderId)}${row('Agent id', agent.agentId, 'quiet')}</dl>
<p>The agent may then ask you for payments. It cannot pay before you confirm a mandate.</p>`

export const authorizationTitle = (request: Displayed): string => {
  if (request.authContext === 'ENROLLMENT') return 'Connect an agent?'
  return request.mandateType === 'IMMEDIATE' ? 'Confirm this purchase?' : 'Let the agent act for you?'
}

/** The trusted surface: what will be signed, then PIN, approve, reject. Nothing the agent sent is markup here. */
export const authorizationPage = (frame: Frame, request: Displayed, account: string, problem: Html = nothing): Html => {
  const bindings = html`${row('From', account)}${row('Agent id', request.agent.agentId, 'quiet')}`
  const facts =
    request.authContext === 'ENROLLMENT'
      ? enrollmentFacts(request)
      : request.mandateType === 'IMMEDIATE'
        ? immediateFacts(request, bindings)
        : autonomousFacts(request, bindings, frame.timeZone)
  return html`${problem}<section class="card">${facts}</section>
<form class="card" method="post" action="/console/authorize/${request.authId}">${token(frame)}
<label for="pin">PIN</label><input id="pin" name="pin" type="password" inputmode="numeric" autocomplete="off" maxlength="64">
<div class="actions"><button name="decision" value="approve">Approve</button>
<button class="plain" name="decision" value="reject">Reject</button></div></form>`
}

export const decidedPage = (status: Message<'wallet/authorization-status'>, decision: string): Html => {
  const text =
    status === 'SUCCESS'
      ? 'Approved. You can return to the agent.'
      : status === 'AUTH_IN_PROCESS'
        ? 'Your decision is kept; the network will hear of it in a moment.'
        : 'Rejected. Nothing was authorised.'
  return html`${notice(text, decision === 'approve' && status !== 'FAILED' ? 'good' : 'bad')}<p><a href="/console">To your mandates</a></p>`
}

const badge = ({ mandateStatus, statusText }: { mandateStatus: string; statusText: string }): Html =>
  html`<span class="badge ${mandateStatus === 'activated' ? 'good' : mandateStatus === 'inactive' ? 'warn' : 'quiet'}">${statusText}</span>`

const meter = ({ progress, budget }: Message<'wallet/mandate-summary'>): Html =>
  html`<progress max="100" value="${progress}" aria-label="Budget spent">${progress}%</progress>
<div class="quiet">${shownAmount(budget.captured)} of ${shownAmount(budget.limit)} spent (${progress}%)${budget.held.value === '0' ? nothing : html`, ${shownAmount(budget.held)} reserved`}</div>`

export const overviewPage = (
  frame: Frame,
  accounts: Message<'wallet/account-list'>['accounts'],
  agents: Message<'wallet/agent-list'>['agents'],
  mandates: Message<'wallet/mandate-list'> | undefined,
): Html => html`
${accounts.map(({ balance }) => html`<section class="card"><span class="quiet">Balance</span><div class="money">${shownAmount(balance)}</div></section>`)}
<h2>Mandates</h2>${mandates ? nothing : notice('The network does not answer now; mandates cannot be shown.')}
${mandates?.mandates.length === 0 ? html`<p class="quiet">No agent has asked for anything yet.</p>` : nothing}
${(mandates?.mandates ?? []).map(
  (
    each,
  ) => html`<section class="card"><div>${badge(each)} <a href="/console/mandates/${each.mandateId}">${each.description}</a></div>
<div class="quiet">${each.agentName}, until ${shownTime(each.validUntil, frame.timeZone)}</div>${meter(each)}</section>`,
)}
${mandates?.nextPageToken ? html`<p><a href="/console?page=${encodeURIComponent(mandates.nextPageToken)}">Older mandates</a></p>` : nothing}
<h2>Agents</h2>${agents.length === 0 ? html`<p class="quiet">No agent is connected.</p>` : nothing}
${agents.map(
  (
    each,
  ) => html`<section class="card"><div><strong>${each.agentName}</strong> <span class="quiet">${each.bindingStatus === 'activated' ? 'connected' : 'disconnected'}, ${shownTime(each.boundAt, frame.timeZone)}</span></div>
${
  each.bindingStatus === 'activated'
    ? html`<form method="post" action="/console/bindings/${each.bindingId}/revoke">${token(frame)}
<p class="quiet">Disconnecting cancels every running mandate of this agent. What was paid stays paid.</p><button class="danger">Disconnect</button></form>`
    : nothing
}</section>`,
)}`

/** AMP-WALLET-045: what a cancellation causes is said before it is sent. */
const controls = (frame: Frame, mandate: Mandate): Html =>
  html`<h2>Change</h2><form class="card" method="post" action="/console/mandates/${mandate.mandateId}/limit">${token(frame)}
<label for="limit">New limit in ${mandate.budget.limit.currency} (lower than ${toMajor(fromWire(mandate.budget.limit))})</label>
<input id="limit" name="limit" inputmode="decimal" required maxlength="24"><div class="actions"><button class="plain">Lower the limit</button></div></form>
<form class="card" method="post" action="/console/mandates/${mandate.mandateId}/cancel">${token(frame)}
<p>After cancelling, the agent gets no further payment under this mandate, also not one already under way. What was paid stays paid. This cannot be undone.</p>
<button class="danger">Cancel this mandate</button></form>`

export const mandatePage = (frame: Frame, mandate: Mandate, problem: Html = nothing): Html => html`${problem}
<section class="card"><div>${badge(mandate)}</div>${meter(mandate)}<dl>${row('Agent', mandate.agentName)}
${row('Valid until', shownTime(mandate.validUntil, frame.timeZone))}${row('Remaining', shownAmount(mandate.budget.remaining))}
${mandate.checkout ? row('Goods', goodsOf(mandate.checkout)) : nothing}${mandate.constraints ? boundsOf(mandate.constraints) : nothing}</dl></section>
<h2>Bills</h2>${
  mandate.bills.length === 0
    ? html`<p class="quiet">Nothing was paid.</p>`
    : html`<table><thead><tr><th>When</th><th>What</th><th>State</th><th class="number">Amount</th></tr></thead><tbody>
${mandate.bills.map(
  ({ time, description, merchantName, amount, paymentStatus }) =>
    html`<tr><td>${shownTime(time, frame.timeZone)}</td><td>${description}<div class="quiet">${merchantName}</div></td><td>${paymentStatus}</td><td class="number">${shownAmount(amount)}</td></tr>`,
)}</tbody></table>`
}
<h2>History</h2><table><tbody>${mandate.events.map(
  ({ at, event, by }) =>
    html`<tr><td>${shownTime(at, frame.timeZone)}</td><td>${event}</td><td class="quiet">${by}</td></tr>`,
)}</tbody></table>
${mandate.mandateStatus === 'activated' ? controls(frame, mandate) : nothing}`

export const limitsPage = (frame: Frame, view: Message<'wallet/limits-view'>, problem: Html = nothing): Html => {
  const field = (name: 'perMandate' | 'perDay', label: string): Html => {
    const amount = view.limits[name]
    return html`<label for="${name}">${label}, in ${view.delegatedToday.currency}</label>
<input id="${name}" name="${name}" inputmode="decimal" maxlength="24" value="${amount ? toMajor(fromWire(amount)) : ''}" placeholder="no limit">`
  }
  return html`${problem}<form class="card" method="post" action="/console/limits">${token(frame)}
${field('perMandate', 'At most per mandate')}${field('perDay', 'At most delegated per day')}
<p class="quiet">Delegated today: ${shownAmount(view.delegatedToday)}. Days begin at midnight, ${view.timeZone}. A change holds for later mandates; those running keep their own limit.</p>
<div class="actions"><button>Save</button></div></form>`
}
