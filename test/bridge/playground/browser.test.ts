/** Proves that a person with a browser sees what becomes of a message, and that the page asks nobody but its own server. */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json } from '../../../bridge/json.ts'
import { makeExamples } from '../../../bridge/playground/examples.ts'
import { explain, explainOut } from '../../../bridge/playground/explain.ts'
import { startPlayground } from '../../../bridge/playground/index.ts'

const protocols = [
  'visa-tap',
  'visa-intelligent-commerce',
  'mastercard-agent-pay',
  'verifiable-intent',
  'kyapay',
  'ucp',
  'acp',
  'ap2',
  'x402',
  'mpp',
  'web-bot-auth',
  'forter-tacp',
  'erc-8004',
]

describe('the examples', () => {
  it('show every card-rail adapter, and each is translated', async () => {
    const now = Math.floor(Date.now() / 1000)
    const examples = await makeExamples(now)
    expect(new Set(examples.map(({ protocol }) => protocol))).toEqual(new Set(protocols))
    for (const { protocol, title, direction, input, keys, settings } of examples) {
      const made =
        direction === 'in'
          ? await explain(input as Json, keys, settings, now)
          : explainOut(input as Json, protocol, settings, now)
      expect([title, made?.result.outcome, made?.result.outcome === 'translated' && made.result.protocol]).toEqual([
        title,
        'translated',
        protocol,
      ])
    }
  })

  it('end at the step that refuses', async () => {
    const now = Math.floor(Date.now() / 1000)
    const [tap] = await makeExamples(now)
    const stopped = async (input: unknown, at = now) =>
      (await explain(input as Json, tap?.keys, {}, at)).steps.find(({ status }) => status === 'refused')?.name
    const request = tap?.input as { url: string }
    expect(await stopped({ ...request, url: 'nowhere' })).toBe('read')
    expect(await stopped({ ...request, url: `${request.url}?n=4111111111111111` })).toBe('card data')
    expect(await stopped({ method: 'GET', url: request.url, headers: {} })).toBe('detect')
    expect(await stopped(request, now + 1_000)).toBe('verify')
  })
})

const executablePath = [
  process.env.CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== '' && existsSync(path))
if (executablePath === undefined)
  console.warn('bridge/playground: no Chromium here, the browser test is skipped (set CHROMIUM to its path)')
const shots = process.env.AMP_SCREENSHOTS

describe('the server', () => {
  it('answers its own page alone', async () => {
    const playground = await startPlayground(0)
    const { port } = new URL(playground.url)
    const status = (headers: Record<string, string>) =>
      new Promise((settle) => {
        httpRequest({ host: '127.0.0.1', port, path: '/examples', headers }, (answer) => {
          answer.resume()
          settle(answer.statusCode)
        }).end()
      })
    expect(await status({ host: `127.0.0.1:${port}` })).toBe(200)
    expect(await status({ host: 'evil.example' })).toBe(403)
    expect(await status({ host: `127.0.0.1:${port}`, origin: 'https://evil.example' })).toBe(403)
    await playground.stop()
  })
})

describe.runIf(executablePath !== undefined)('the playground in a browser', () => {
  let browser: Browser
  let playground: Awaited<ReturnType<typeof startPlayground>>
  let page: Page
  const foreign: string[] = []
  const complaints: string[] = []

  beforeAll(async () => {
    playground = await startPlayground(0)
    const args = [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ]
    browser = await chromium.launch({ executablePath: executablePath ?? '', args })
    page = await browser.newPage({ viewport: { width: 1000, height: 1400 } })
    page.on('request', (request) => {
      if (!request.url().startsWith(playground.url)) foreign.push(request.url())
    })
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('400')) complaints.push(message.text())
    })
    await page.goto(playground.url)
    await page.locator('body[data-ready]').waitFor()
  })
  afterAll(async () => {
    await browser?.close()
    await playground?.stop()
  })

  it('shows each example, its steps, its draft and its losses', async () => {
    const options = await page.locator('#example option').allTextContents()
    expect(options.length).toBeGreaterThanOrEqual(protocols.length)
    for (const label of options) {
      await page.getByLabel('Example').selectOption({ label })
      await page.getByRole('button', { name: 'Translate' }).click()
      const protocol = label.replace('out: ', '').split(',')[0] ?? ''
      await page.getByRole('heading', { name: `Translated: ${protocol}` }).waitFor()
      expect([label, await page.locator('#steps .refused').count()]).toEqual([label, 0])
    }
    await page.getByLabel('Example').selectOption({ label: options[0] ?? '' })
    await page.keyboard.press('Tab')
    await page.getByRole('button', { name: 'Translate' }).press('Enter')
    await page.getByRole('heading', { name: 'Draft, for the user to decide' }).waitFor()
    expect(await page.locator('#steps li').allTextContents()).toEqual([
      'read',
      'card data',
      'detect',
      'parse',
      'verify',
      'translate',
    ])
    expect(await page.locator('#command').textContent()).toMatch(/^npx amp bridge translate --from visa-tap /)
    if (shots !== undefined) {
      await mkdir(shots, { recursive: true })
      await page.screenshot({ path: `${shots}/bridge-playground.png`, fullPage: true })
    }
  })

  it('shows a refusal with its step, repeats no card number, and takes markup for text', async () => {
    const paste = async (message: unknown) => {
      await page.getByLabel('Message').fill(typeof message === 'string' ? message : JSON.stringify(message))
      await page.getByRole('button', { name: 'Translate' }).click()
    }
    await paste({ method: 'POST', url: 'https://merchant.example/', headers: {}, body: 'pay with 4111 1111 1111 1111' })
    await page.getByRole('heading', { name: 'Refused: card-data-present' }).waitFor()
    expect(await page.locator('#out').textContent()).not.toContain('4111')
    await paste({
      method: 'POST',
      url: 'https://merchant.example/',
      headers: { 'signature-input': 'x=();tag="agent-payer-auth<img src=x>"' },
    })
    await page.getByRole('heading', { name: 'No protocol the bridge speaks' }).waitFor()
    await paste('{"method":')
    await page.getByRole('heading', { name: 'the message: it is not well-formed JSON' }).waitFor()
    expect(await page.locator('#out img').count()).toBe(0)
  })

  it('defines the words it uses one click away, what is of the bridge first', async () => {
    const words = page.locator('#words')
    const shown = async (word: string) => words.getByText(word, { exact: true }).isVisible()
    const used = ['detection', 'foreign evidence', 'carried, derived', 'loss', 'draft', 'mandate', 'checkout']
    expect(await Promise.all(used.map(shown))).toEqual(used.map(() => false))
    await page.getByRole('link', { name: 'What the words mean' }).press('Enter')
    expect(await Promise.all(used.map(shown))).toEqual(used.map(() => true))
    expect(await words.locator('h4').first().textContent()).toBe('Bridging')
    if (shots !== undefined) await page.screenshot({ path: `${shots}/bridge-playground-words.png`, fullPage: true })
    await page.locator('summary', { hasText: 'What the words mean' }).click()
    expect(await shown('loss')).toBe(false)
  })

  it('asked nobody but its own server, and the browser had nothing to object to', () => {
    expect([foreign, complaints]).toEqual([[], []])
  })
})
