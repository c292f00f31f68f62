/** The studio in a real browser: a target is examined, judged while one watches, opened cell by cell, and kept in history. */
import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Studio, startStudio } from '../../../conformance/studio/server.ts'
import { type Reference, startReference } from '../../../reference/index.ts'

const chromiumPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const hooksSecret = 'studio-test-studio-test'

let studio: Studio
let broken: Reference
beforeAll(async () => {
  studio = await startStudio(0)
  broken = await startReference({ roles: ['merchant'], hooksSecret, deviation: { ignores: new Set(['EXT-HTTP-31']) } })
})
afterAll(async () => {
  await Promise.all([studio.stop(), broken.stop()])
})

const ask = (path: string, headers: Record<string, string>, method = 'GET'): Promise<number> =>
  new Promise((resolve, reject) => {
    const call = request(`${studio.url}${path}`, { method, headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    call.on('error', reject).end(method === 'POST' ? '{}' : undefined)
  })

describe('the server of the studio', () => {
  it('answers its own page and refuses every other origin and name', async () => {
    expect({
      own: await ask('/', {}),
      otherOrigin: await ask('/run', { origin: 'https://evil.example' }, 'POST'),
      otherSite: await ask('/runs', { 'sec-fetch-site': 'cross-site' }),
      otherName: await ask('/runs', { host: 'evil.example' }),
    }).toEqual({ own: 200, otherOrigin: 403, otherSite: 403, otherName: 403 })
  })
})

describe('a configuration behind the page', () => {
  it('is used for its target alone, and what it holds of secrets never reaches the page', async () => {
    const auth = { header: 'x-api-key', value: 'key-of-the-gateway' }
    const other = await startStudio(0, '127.0.0.1', { url: broken.url, hooks: hooksSecret, auth })
    const seenAt = async (url: string) => {
      const body = JSON.stringify({ url, hooks: hooksSecret })
      const answer = await fetch(`${other.url}/examine`, { method: 'POST', body })
      const { findings } = (await answer.json()) as { findings: readonly { readonly about: string }[] }
      return findings.map(({ about }) => about)
    }
    const own = await seenAt(broken.url)
    const another = await seenAt(`${broken.url}/`)
    const given = await (await fetch(`${other.url}/given`)).text()
    await other.stop()
    expect([own.includes('auth'), another.includes('auth')]).toEqual([true, false])
    expect(given).not.toContain(auth.value)
  })
})

describe.skipIf(chromiumPath === undefined)('the studio in a browser', { timeout: 120_000 }, () => {
  let browser: Browser
  let page: Page
  const trouble: string[] = []
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: chromiumPath as string,
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic'],
    })
    page = await browser.newPage({ viewport: { width: 1_100, height: 900 } })
    page.on('pageerror', (error) => trouble.push(error.message))
    page.on('console', (message) => message.type() === 'error' && trouble.push(message.text()))
    await page.goto(studio.url)
  })
  afterAll(async () => browser?.close())

  it('begins with the target a command line named', async () => {
    const given = await startStudio(0, '127.0.0.1', { url: broken.url, hooks: hooksSecret })
    const other = await browser.newPage()
    await other.goto(given.url)
    await other.waitForFunction(`document.getElementById('url').value !== ''`)
    expect([await other.inputValue('#url'), await other.inputValue('#hooks')]).toEqual([broken.url, hooksSecret])
    await other.close()
    await given.stop()
  })

  it('shows what the doctor sees, with a cure for what is wrong', async () => {
    await page.fill('#url', 'http://127.0.0.1:9')
    await page.press('#url', 'Enter')
    await page.waitForSelector('#findings:not([hidden])')
    expect(await page.textContent('#list')).toMatch(/X reachability[\s\S]+cure:/)
    expect(await page.isDisabled('#run')).toBe(true)
  })

  it('runs the checks with the keyboard alone and fills the matrix while it goes', async () => {
    await page.fill('#url', broken.url)
    await page.fill('#hooks', hooksSecret)
    await page.press('#hooks', 'Enter')
    await page.waitForSelector('#roles input')
    await page.locator('#run:focus').waitFor()
    await page.keyboard.press('Enter')
    await page.waitForSelector('#matrix button.pass')
    await page.waitForSelector('header.failed', { timeout: 60_000 })
    const cells = await page.$$('#matrix button')
    const failed = await page.$$('#matrix button.fail')
    expect({
      many: cells.length > 40,
      failed: failed.length,
      waiting: (await page.$$('#matrix .waiting')).length,
    }).toEqual({
      many: true,
      failed: 1,
      waiting: 0,
    })
    expect(await page.textContent('#status')).toMatch(
      /^FAILED: \d+ checks, 1 failed; \d+ requests in [\d.]+ s, seed \d+$/,
    )
  })

  it('opens a cell to sentence, expected against received, and the exchange as curl', async () => {
    await page.click('#matrix button.fail')
    await page.waitForSelector('#detail[open]')
    const text = (await page.textContent('#detail-body')) ?? ''
    expect(text).toContain('EXT-HTTP-31')
    expect(text).toContain('the refusal signature-replayed')
    expect(text).toContain('curl -sS')
    await page.keyboard.press('Escape')
    await page.waitForSelector('#detail:not([open])', { state: 'attached' })
  })

  it('keeps the run in its history, with a report', async () => {
    await page.waitForSelector('#history a')
    expect(await page.textContent('#history')).toContain('failed')
    const href = await page.getAttribute('#history a', 'href')
    const report = await page.request.get(`${studio.url}${href}`)
    expect(await report.text()).toContain('Failures and doubts')
    expect(trouble).toEqual([])
  })
})
