/** Firefox, driven over WebDriver BiDi, which it speaks itself. */
import { launch, type Page } from 'puppeteer-core'
import type { Driver } from './driver.ts'

export async function startFirefox(executablePath: string, proxy: number): Promise<Driver> {
  const browser = await launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    extraPrefsFirefox: {
      'network.proxy.type': 1,
      'network.proxy.http': '127.0.0.1',
      'network.proxy.http_port': proxy,
      // Does not look for https first: the collector speaks http.
      'dom.security.https_first': false,
    },
  })
  let page: Page = await browser.newPage()

  return {
    name: (await browser.version()).replace('firefox/', 'Firefox '),
    open: async (url) => {
      await page.goto(url)
    },
    reload: async () => {
      await page.reload()
    },
    back: async () => {
      await page.goBack()
    },
    click: (selector) => page.click(selector),
    pressEnter: async (selector) => {
      await page.focus(selector)
      await page.keyboard.press('Enter')
    },
    evaluate: <Value>(expression: string) => page.evaluate(expression) as Promise<Value>,
    cookies: async () => {
      const { hostname } = new URL(page.url())
      const cookies = await page.browserContext().cookies()
      return cookies
        .filter(({ domain }) => domain === hostname || (domain.startsWith('.') && `.${hostname}`.endsWith(domain)))
        .map((cookie) => ({ ...cookie, sameSite: cookie.sameSite ?? 'None' }))
    },
    closePage: async () => {
      const next = await browser.newPage()
      await page.close()
      page = next
    },
    quit: () => browser.close(),
  }
}
