/** Proves what protects the console: cookie, form token, escaping, no foreign return, no script, nobody else's requests. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BuyerAgent } from '../../../reference/index.ts'
import { type Cast, createCast, pin, type User } from '../../end-to-end/cast.ts'

let cast: Cast
let user: User
let agent: BuyerAgent
let bindingId: string

beforeAll(async () => {
  cast = await createCast()
  user = await cast.seedUser()
  agent = await cast.registerAgent()
  bindingId = await cast.bind(agent, user)
})
afterAll(() => cast.reference.stop())

const send = (path: string, form?: Record<string, string>, cookie?: string) =>
  fetch(`${cast.reference.url}${path}`, {
    redirect: 'manual',
    headers: { ...(cookie === undefined ? {} : { cookie }) },
    ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
  })

const logIn = async (loginId: string, next = '/console') => {
  const answer = await send('/console/login', { loginId, pin, next })
  const set = answer.headers.get('set-cookie') ?? ''
  return { answer, set, cookie: set.split(';')[0] ?? '' }
}

const formToken = async (cookie: string): Promise<string> => {
  const text = await (await send('/console/limits', undefined, cookie)).text()
  return /name="csrf" value="([A-Za-z0-9_-]+)"/.exec(text)?.[1] ?? ''
}

const propose = async () => {
  const intent = { raw: '"><script>alert(1)</script>', desc: '<img src=x onerror=alert(1)> shoes' }
  const session = cast.granted(await agent.requestImmediate(bindingId, intent, await cast.checkout()))
  return { session, path: new URL(session.authUrl).pathname }
}

describe('the console', () => {
  it('asks whoever is not logged in to log in, and shows nothing before', async () => {
    const { path } = await propose()
    const answer = await send(path)
    expect(answer.status).toBe(401)
    expect(await answer.text()).not.toContain('shoes')
  })

  it('keeps the session in a cookie that no script and no other site gets', async () => {
    const { answer, set } = await logIn(user.loginId)
    expect(answer.status).toBe(303)
    expect(set).toMatch(/^amp-wallet=[A-Za-z0-9_-]{43}; Max-Age=1800; Path=\/console; HttpOnly; SameSite=Strict$/)
  })

  it.each(['https://evil.example', '//evil.example', '/console/../hooks', '/wallet/pay', '/console\\evil'])(
    'returns after login to the console and not to %s',
    async (next) => {
      const { answer } = await logIn(user.loginId, next)
      expect(answer.headers.get('location')).toBe('/console')
    },
  )

  it('escapes what agents say and lets no script run or load', async () => {
    const { cookie } = await logIn(user.loginId)
    const { path } = await propose()
    const answer = await send(path, undefined, cookie)
    const text = await answer.text()
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt; shoes')
    expect(text).not.toMatch(/<script|<img|onerror=alert\(1\)>/)
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('decides nothing on a form without the token of the session, and decides with it', async () => {
    const { cookie } = await logIn(user.loginId)
    const { cookie: otherSession } = await logIn(user.loginId)
    const { session, path } = await propose()
    const approve = { decision: 'approve', pin }
    for (const csrf of ['', 'x', await formToken(otherSession)])
      expect((await send(path, { ...approve, csrf }, cookie)).status).toBe(403)
    expect(cast.granted(await agent.session(session.sessionId)).status).toBe('PENDING_IDV')
    const decided = await send(path, { ...approve, csrf: await formToken(cookie) }, cookie)
    expect(decided.status).toBe(200)
    expect((await cast.held(agent, session.sessionId)).mandateType).toBe('IMMEDIATE')
  })

  it('shows the requests and mandates of a user to nobody else', async () => {
    const other = await cast.seedUser()
    const { cookie } = await logIn(other.loginId)
    const { session, path } = await propose()
    expect((await send(path, undefined, cookie)).status).toBe(404)
    expect((await send(`/console/mandates/${session.mandateId}`, undefined, cookie)).status).toBe(404)
  })

  it('ends the session at log-out, also for whoever kept the cookie', async () => {
    const { cookie } = await logIn(user.loginId)
    expect((await send('/console', undefined, cookie)).status).toBe(200)
    await send('/console/logout', { csrf: await formToken(cookie) }, cookie)
    expect((await send('/console', undefined, cookie)).status).toBe(401)
  })
})
