/** The console: the wallet's trusted authorization surface and its owner's page, plain HTML over the wallet's operations. */
import express, { type Request, type Response, Router } from 'express'
import { type OperationName, problemKinds, type RequestOf, type ResponseOf, validate } from '../../schemas/index.ts'
import { fromMajor, type Outcome, type Refusal, refuse, toMajor, toWire } from '../core/index.ts'
import { userById, type WalletContext } from '../wallet/context.ts'
import { walletModule } from '../wallet/index.ts'
import { displayedOf, findAuthorization } from '../wallet/records.ts'
import { closeSession, sessionLifetimeSeconds, userOfSession } from '../wallet/sessions.ts'
import { type Html, nothing } from './html.ts'
import {
  authorizationPage,
  authorizationTitle,
  decidedPage,
  type Frame,
  limitsPage,
  loginPage,
  mandatePage,
  notice,
  overviewPage,
  page,
} from './pages.ts'
import { csrfOf, isCsrf, sessionTokenOf, setSession } from './session.ts'
import { stylesheet } from './style.ts'

/** Somebody logged in: who, and how the pages are framed for them. */
type Visitor = { readonly userId: string; readonly token: string; readonly frame: Frame }

type WalletOperation = Extract<OperationName, `wallet.${string}`>

/** A refusal in words for the owner. */
const inWords = ({ code, limit, field }: Refusal): Html => {
  const title = problemKinds.get(code)?.title ?? code
  const bound = limit
    ? ` (limit: ${toMajor({ currency: limit.currency, value: BigInt(limit.value) })} ${limit.currency})`
    : ''
  return notice(`${title}${bound}${field && code === 'request-invalid' ? `: ${field}` : ''}.`)
}

/** Only paths of the console are returned to after login, never another site. */
const safeNext = (next: unknown): string =>
  typeof next === 'string' && /^\/console(\/[A-Za-z0-9_-][A-Za-z0-9._~:-]*)*$/.test(next) ? next : '/console'

/** What the pages do with the wallet. It is the same code that serves the wallet's operations over HTTP. */
const createParts = (context: WalletContext) => {
  const { operations } = walletModule(context)
  const { walletName, timeZone, consoleUrl, masterKey } = context.settings
  const anonymous: Frame = { walletName, timeZone, csrf: undefined }

  const call = async <Name extends WalletOperation>(
    name: Name,
    request: RequestOf<Name>,
    userId: string,
  ): Promise<Outcome<ResponseOf<Name>>> => {
    const schema = `wallet/${name.slice(7).replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}-request`
    const invalid =
      schema in formSchemas ? validate(formSchemas[schema as keyof typeof formSchemas], request)[0] : undefined
    if (invalid) return refuse('request-invalid', { field: invalid.path })
    const handle = operations[name] as unknown as (
      request: RequestOf<Name>,
      call: object,
    ) => Promise<Outcome<ResponseOf<Name>>>
    const caller = { kind: 'user', id: userId }
    return handle(request, { caller, requestId: context.world.id('page'), idempotencyKey: undefined, log: context.log })
  }

  const send = (response: Response, frame: Frame, title: string, body: Html, status = 200): void =>
    void response
      .status(status)
      .type('html')
      .setHeader('Cache-Control', 'no-store')
      .send(page(frame, title, body))

  const visitorOf = async (request: Request): Promise<Visitor | undefined> => {
    const token = sessionTokenOf(request)
    const userId = token && (await userOfSession(context, token))
    return token && userId
      ? { userId, token, frame: { walletName, timeZone, csrf: csrfOf(token, masterKey) } }
      : undefined
  }

  /** A page for its owner; anybody else is asked to log in first. A form without its token changes nothing. */
  const forOwner =
    (serve: (visitor: Visitor, request: Request, response: Response) => Promise<void>) =>
    async (request: Request, response: Response): Promise<void> => {
      const visitor = await visitorOf(request)
      if (!visitor)
        return send(response, anonymous, 'Log in', loginPage(safeNext(request.originalUrl.split('?')[0])), 401)
      if (request.method === 'POST' && !isCsrf(visitor.token, masterKey, request.body?.csrf))
        return send(response, visitor.frame, 'Not sent', notice('The form is out of date. Go back and try again.'), 403)
      await serve(visitor, request, response)
    }

  return { call, send, forOwner, anonymous, secure: () => consoleUrl().startsWith('https:') }
}

/** Requests a form can fill in with anything; the rest is made here. */
const formSchemas = {
  'wallet/login-request': 'wallet/login-request',
  'wallet/complete-idv-request': 'wallet/complete-idv-request',
  'wallet/set-limits-request': 'wallet/set-limits-request',
} as const

type Parts = ReturnType<typeof createParts>

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const login =
  ({ call, send, anonymous, secure }: Parts) =>
  async (request: Request, response: Response): Promise<void> => {
    const next = safeNext(request.body?.next)
    const opened = await call(
      'wallet.login',
      { loginId: text(request.body?.loginId), pin: text(request.body?.pin) },
      '',
    )
    if (!opened.ok) return send(response, anonymous, 'Log in', loginPage(next, inWords(opened.refusal)), 401)
    setSession(response, opened.value.userToken, secure(), sessionLifetimeSeconds)
    response.redirect(303, next)
  }

const overview =
  ({ call, send }: Parts) =>
  async ({ userId, frame }: Visitor, request: Request, response: Response): Promise<void> => {
    const pageToken = text(request.query.page)
    const [accounts, agents, mandates] = await Promise.all([
      call('wallet.inquiryAccount', {}, userId),
      call('wallet.inquiryAgentList', { pageSize: 100 }, userId),
      call('wallet.inquiryMandateList', pageToken ? { pageToken } : {}, userId),
    ])
    const body = overviewPage(
      frame,
      accounts.ok ? accounts.value.accounts : [],
      agents.ok ? agents.value.agents : [],
      mandates.ok ? mandates.value : undefined,
    )
    send(response, frame, 'Your wallet', body)
  }

/** Shows a waiting authorization to the user it is for, as it was stored after S1: the same bytes that get signed. */
const showAuthorization =
  (context: WalletContext, { call, send }: Parts) =>
  async ({ userId, frame }: Visitor, authId: string, response: Response, problem = nothing, status = 200) => {
    const found = await findAuthorization(context.database, authId)
    const own = found.ok && (found.value.user_id === null || found.value.user_id === userId)
    if (!own) return send(response, frame, 'Not found', notice('There is no such request for you.'), 404)
    if (found.value.state !== 'open' || Number(found.value.expires_at) <= context.world.now())
      return send(response, frame, 'Over', html409(problem), 409)
    const request = displayedOf(found.value)
    const { masked_login_id } = await userById(context.database, userId)
    const accounts = await call('wallet.inquiryAccount', {}, userId)
    const balance = accounts.ok ? accounts.value.accounts[0]?.balance : undefined
    const shown = balance
      ? `, ${toMajor({ ...balance, value: BigInt(balance.value) })} ${balance.currency} available`
      : ''
    send(
      response,
      frame,
      authorizationTitle(request),
      authorizationPage(frame, request, `${masked_login_id}${shown}`, problem),
      status,
    )
  }

const html409 = (problem: Html): Html =>
  problem === nothing ? notice('This request was decided already, or its time is over.') : problem

const completeIdv =
  (parts: Parts, show: ReturnType<typeof showAuthorization>) =>
  async (visitor: Visitor, request: Request, response: Response): Promise<void> => {
    const authId = text(request.params.authId)
    const decision = request.body?.decision === 'approve' ? 'approve' : 'reject'
    const pin = text(request.body?.pin)
    const decided = await parts.call(
      'wallet.completeIdv',
      { authId, decision, ...(decision === 'approve' && pin ? { pin } : {}) },
      visitor.userId,
    )
    if (!decided.ok) return show(visitor, authId, response, inWords(decided.refusal), 409)
    parts.send(response, visitor.frame, 'Done', decidedPage(decided.value.authStatus, decision))
  }

const showMandate =
  ({ call, send }: Parts) =>
  async ({ userId, frame }: Visitor, mandateId: string, response: Response, problem = nothing, status = 200) => {
    const mandate = await call('wallet.inquiryMandate', { mandateId }, userId)
    if (!mandate.ok) return send(response, frame, 'Mandate', inWords(mandate.refusal), 404)
    send(response, frame, mandate.value.description, mandatePage(frame, mandate.value, problem), status)
  }

const limitFields = ['perMandate', 'perDay'] as const

const saveLimits =
  ({ call, send }: Parts) =>
  async ({ userId, frame }: Visitor, request: Request, response: Response): Promise<void> => {
    const view = await call('wallet.inquiryLimits', {}, userId)
    if (!view.ok) return send(response, frame, 'Limits', inWords(view.refusal), 409)
    const read = limitFields.flatMap((name) => {
      const given = text(request.body?.[name]).trim()
      return given === '' ? [] : [{ name, amount: fromMajor(given, view.value.delegatedToday.currency) }]
    })
    const wrong = read.find(({ amount }) => !amount.ok)
    if (wrong && !wrong.amount.ok)
      return send(response, frame, 'Limits', limitsPage(frame, view.value, inWords(wrong.amount.refusal)), 409)
    const limits = Object.fromEntries(read.map(({ name, amount }) => [name, amount.ok && toWire(amount.value)]))
    const saved = await call('wallet.setLimits', { limits } as RequestOf<'wallet.setLimits'>, userId)
    const shown = saved.ok ? saved.value : view.value
    const said = saved.ok ? notice('Saved.', 'good') : inWords(saved.refusal)
    send(response, frame, 'Limits', limitsPage(frame, shown, said), saved.ok ? 200 : 409)
  }

const lowerLimit =
  (parts: Parts, show: ReturnType<typeof showMandate>) =>
  async (visitor: Visitor, request: Request, response: Response): Promise<void> => {
    const mandateId = text(request.params.mandateId)
    const mandate = await parts.call('wallet.inquiryMandate', { mandateId }, visitor.userId)
    if (!mandate.ok) return show(visitor, mandateId, response)
    const limit = fromMajor(text(request.body?.limit).trim(), mandate.value.budget.limit.currency)
    const adjusted = limit.ok
      ? await parts.call('wallet.adjustMandate', { mandateId, limit: toWire(limit.value) }, visitor.userId)
      : limit
    const said = adjusted.ok ? notice('The limit was lowered.', 'good') : inWords(adjusted.refusal)
    return show(visitor, mandateId, response, said, adjusted.ok ? 200 : 409)
  }

/** The console as routes, to be mounted at `/console`. Pages load nothing from elsewhere and run no script. */
export const consoleRouter = (context: WalletContext): Router => {
  const parts = createParts(context)
  const { forOwner, call, send, secure } = parts
  const show = showAuthorization(context, parts)
  const mandate = showMandate(parts)
  const router = Router()
  router.use(express.urlencoded({ extended: false, limit: 8_192, parameterLimit: 16 }))
  router.get('/style.css', (_request, response) => void response.type('css').send(stylesheet))
  router.post('/login', login(parts))
  router.post(
    '/logout',
    forOwner(async ({ token }, _request, response) => {
      await closeSession(context, token)
      setSession(response, undefined, secure(), 0)
      response.redirect(303, '/console')
    }),
  )
  router.get('/', forOwner(overview(parts)))
  router.get(
    '/authorize/:authId',
    forOwner((visitor, request, response) => show(visitor, text(request.params.authId), response)),
  )
  router.post('/authorize/:authId', forOwner(completeIdv(parts, show)))
  router.get(
    '/mandates/:mandateId',
    forOwner((visitor, request, response) => mandate(visitor, text(request.params.mandateId), response)),
  )
  router.post(
    '/mandates/:mandateId/cancel',
    forOwner(async (visitor, request, response) => {
      const mandateId = text(request.params.mandateId)
      const cancelled = await call('wallet.cancelMandate', { mandateId }, visitor.userId)
      const said = cancelled.ok ? notice('Cancelled. No further payment passes.', 'good') : inWords(cancelled.refusal)
      return mandate(visitor, mandateId, response, said, cancelled.ok ? 200 : 409)
    }),
  )
  router.post('/mandates/:mandateId/limit', forOwner(lowerLimit(parts, mandate)))
  router.post(
    '/bindings/:bindingId/revoke',
    forOwner(async ({ userId, frame }, request, response) => {
      const revoked = await call('wallet.revokeBinding', { bindingId: text(request.params.bindingId) }, userId)
      if (!revoked.ok) return send(response, frame, 'Disconnect', inWords(revoked.refusal), 409)
      response.redirect(303, '/console')
    }),
  )
  router.get(
    '/limits',
    forOwner(async ({ userId, frame }, _request, response) => {
      const view = await call('wallet.inquiryLimits', {}, userId)
      send(response, frame, 'Limits', view.ok ? limitsPage(frame, view.value) : inWords(view.refusal))
    }),
  )
  router.post('/limits', forOwner(saveLimits(parts)))
  return router
}
