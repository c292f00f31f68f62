/** A real browser for the tests, where the machine has one; `AMP_SCREENSHOTS` names a folder for what it showed. */
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { pin, type User } from './cast.ts'

export const chromiumPath = [
  process.env.CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== '' && existsSync(path))

/** The user opens the address, logs in, reads what is asked, and approves with the PIN. Gives back what was read. */
export const approveOnPage = async (authUrl: string, { loginId }: User): Promise<string> => {
  const browser = await chromium.launch({
    executablePath: chromiumPath ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  })
  try {
    const page = await browser.newPage({ viewport: { width: 900, height: 1000 } })
    await page.goto(authUrl)
    await page.getByLabel('Login').fill(loginId)
    await page.getByLabel('PIN').fill(pin)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Log out' }).waitFor()
    const shown = (await page.locator('main').textContent()) ?? ''
    const { AMP_SCREENSHOTS: shots } = process.env
    if (shots !== undefined) await page.screenshot({ path: `${shots}/bridged-draft.png`, fullPage: true })
    await page.getByLabel('PIN').fill(pin)
    await page.keyboard.press('Enter')
    await page.getByText('Approved').first().waitFor()
    return shown
  } finally {
    await browser.close()
  }
}
