/** Proves that a person with a browser and a keyboard can authorise, refuse, cancel and set limits; skipped, and saying so, without Chromium. */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BuyerAgent } from '../../../reference/index.ts'
import { type Cast, createCast, pin, type User } from '../../end-to-end/cast.ts'

const executablePath = [
  process.env.CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== '' && existsSync(path))
if (executablePath === undefined)
  console.warn('console/browser: no Chromium here, the browser test is skipped (set CHROMIUM to its path to run it)')
const shots = process.env.AMP_SCREENSHOTS

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

describe.runIf(executablePath !== undefined)('the console in a browser', () => {
  let cast: Cast
  let browser: Browser
  let user: User
  let agent: BuyerAgent
  let bindingId: string
  const foreign: string[] = []

  beforeAll(async () => {
    cast = await createCast()
    user = await cast.seedUser()
    agent = await cast.registerAgent()
    bindingId = await cast.bind(agent, user)
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: flags })
  })
  afterAll(async () => {
    await browser?.close()
    await cast?.reference.stop()
  })

  const open = async (colorScheme: 'light' | 'dark' = 'light'): Promise<Page> => {
    const context = await browser.newContext({ colorScheme, viewport: { width: 900, height: 1000 } })
    const page = await context.newPage()
    page.on('request', (request) => {
      if (!request.url().startsWith(cast.reference.url)) foreign.push(request.url())
    })
    return page
  }
  const shoot = async (page: Page, name: string): Promise<void> => {
    if (shots === undefined) return
    await mkdir(shots, { recursive: true })
    await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true })
  }
  const logIn = async (page: Page): Promise<void> => {
    await page.getByLabel('Login').fill(user.loginId)
    await page.getByLabel('PIN').fill(pin)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Log out' }).waitFor()
  }

  it('shows an IMMEDIATE mandate with agent, goods, merchant and amount first, and signs it after the PIN', async () => {
    const checkout = await cast.checkout()
    const intent = { raw: 'get me <b>running shoes</b>', desc: 'Running shoes' }
    const session = cast.granted(await agent.requestImmediate(bindingId, intent, checkout))
    const page = await open()
    await page.goto(session.authUrl)
    await shoot(page, 'login')
    await logIn(page)
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Confirm this purchase?')
    expect((await page.locator('dt').allTextContents()).slice(0, 4)).toEqual(['Agent', 'Goods', 'Merchant', 'You pay'])
    expect(await page.locator('dd.money').textContent()).toBe('89.00 USD')
    expect(await page.locator('b').count()).toBe(0)
    await shoot(page, 'immediate')
    await page.getByLabel('PIN').fill('000000')
    await page.getByRole('button', { name: 'Approve' }).click()
    expect(await page.getByRole('alert').textContent()).toContain('identity check failed')
    await page.getByLabel('PIN').fill(pin)
    await page.keyboard.press('Enter')
    expect(await page.getByRole('status').textContent()).toContain('Approved')
    expect((await cast.held(agent, session.sessionId)).mandateType).toBe('IMMEDIATE')
    await page.goto(session.authUrl)
    expect(await page.getByRole('alert').textContent()).toContain('decided already')
  })

  it('shows every bound of an AUTONOMOUS mandate, and lets its owner lower and cancel it', async () => {
    const session = cast.granted(
      await agent.requestAutonomous(
        bindingId,
        cast.autonomousIntent('50000', {
          merchant_mcc_list: ['5691'],
          payment_amount_max: { currency: 'USD', value: '20000' },
          payment_frequency: { count: 3, period: 'week' },
        }),
      ),
    )
    const page = await open('dark')
    await page.goto(session.authUrl)
    await logIn(page)
    expect((await page.locator('dt').allTextContents()).slice(0, 4)).toEqual(['Task', 'Agent', 'Budget', 'Valid until'])
    const shown = (await page.locator('dl').textContent()) ?? ''
    for (const bound of ['500.00 USD', 'Reference Outfitters', '5691', 'at most 200.00 USD', 'at most 3 per week'])
      expect(shown).toContain(bound)
    await shoot(page, 'autonomous-dark')
    await page.getByLabel('PIN').fill(pin)
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'To your mandates' }).click()
    await shoot(page, 'overview-dark')
    await page.getByRole('link', { name: 'Running gear' }).first().click()
    await page.getByLabel('New limit').fill('250.50')
    await page.keyboard.press('Enter')
    expect(await page.getByRole('status').textContent()).toContain('lowered')
    expect(await page.locator('main').textContent()).toContain('250.50 USD')
    await shoot(page, 'mandate-dark')
    await page.getByRole('button', { name: 'Cancel this mandate' }).click()
    expect(await page.getByRole('status').textContent()).toContain('Cancelled')
    expect(await page.locator('.badge').textContent()).toBe('Cancelled')
    await page.goto(`${cast.reference.url}/console/limits`)
    await page.getByLabel('At most per mandate').fill('100')
    await page.getByRole('button', { name: 'Save' }).click()
    expect(await page.getByRole('status').textContent()).toContain('Saved')
    await shoot(page, 'limits-dark')
    const refused = await agent.requestAutonomous(bindingId, cast.autonomousIntent('50000'))
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'limit-per-mandate-exceeded', stage: 'S1' } })
  })

  it('loads nothing from anywhere else', () => {
    expect(foreign).toEqual([])
  })
})
