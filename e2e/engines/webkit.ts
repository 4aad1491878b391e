/** WebKit, Safari's engine, in its GTK port: driven over WebDriver on a display that nobody sees. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { Builder, By, Key } from 'selenium-webdriver'
import { freePort } from '../support/free-port.ts'
import type { Driver } from './driver.ts'
import { until } from './until.ts'

export async function startWebKit(executablePath: string, proxy: number): Promise<Driver> {
  const display = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  const number = String(await once(display.stdio[3] as Readable, 'data')).trim()

  const port = await freePort()
  const driver = spawn(executablePath, [`--port=${port}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      DISPLAY: `:${number}`,
      WEBKIT_DISABLE_COMPOSITING_MODE: '1',
      // As root WebKit cannot build its sandbox; everybody else keeps it.
      ...(process.getuid?.() === 0 && { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' }),
    },
  })
  const stop = () => {
    driver.kill()
    display.kill()
  }
  process.once('exit', stop)

  const server = `http://127.0.0.1:${port}`
  await until('WebKitWebDriver listens', () => fetch(`${server}/status`).then(({ ok }) => ok))
  const browser = await new Builder()
    .usingServer(server)
    .withCapabilities({
      browserName: 'MiniBrowser',
      proxy: { proxyType: 'manual', httpProxy: `127.0.0.1:${proxy}` },
    })
    .build()
  const find = (selector: string) => browser.findElement(By.css(selector))

  return {
    name: `WebKitGTK ${(await browser.getCapabilities()).getBrowserVersion()}`,
    open: (url) => browser.get(url),
    reload: () => browser.navigate().refresh(),
    back: () => browser.navigate().back(),
    click: (selector) => find(selector).click(),
    pressEnter: (selector) => find(selector).sendKeys(Key.ENTER),
    evaluate: <Value>(expression: string) => browser.executeScript<Value>(`return ${expression}`),
    cookies: async () =>
      (await browser.manage().getCookies()).map((cookie) => ({
        name: cookie.name,
        value: cookie.value,
        domain: cookie.domain ?? '',
        path: cookie.path ?? '',
        secure: cookie.secure ?? false,
        sameSite: cookie.sameSite ?? '',
        expires: Number(cookie.expiry),
      })),
    closePage: async () => {
      const [old] = await browser.getAllWindowHandles()
      await browser.switchTo().newWindow('tab')
      const next = await browser.getWindowHandle()
      await browser.switchTo().window(old!)
      await browser.close()
      await browser.switchTo().window(next)
    },
    quit: async () => {
      await browser.quit()
      stop()
    },
  }
}
