/** What every test of the widget starts from: the double, and a customer's page with the widget in it. */
import { test as base, expect, type Page } from '@playwright/test'
import { CODE, GOOD_HASH, startDouble, type Double } from './double.ts'

export { CODE, expect, GOOD_HASH }

interface Host {
  /** What stands in the page; `{api}` is the API's origin. The default is one widget and its script. */
  body?: string
  head?: string
  headers?: Record<string, string>
}

interface Tools {
  /** Opens a customer's page. */
  visit: (host?: Host) => Promise<void>
  /** The bodies this test's page has sent, as the double saw them; but for those that only listen for changes. */
  asked: () => Double['log']
}

export const div = (project = 'lively', more = `data-project-email="ann@example.com" data-user-hash="${GOOD_HASH}"`) =>
  `<div id="refgrow" data-project-id="${project}" ${more}></div>`

export const SCRIPT = '<script src="{api}/page.js" async></script>'

let pages = 0

export const test = base.extend<Tools, { double: Double }>({
  double: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures from this pattern
    async ({}, use) => {
      const double = await startDouble()
      await use(double)
      await double.close()
    },
    { scope: 'worker' },
  ],
  visit: async ({ page, double }, use) => {
    double.log.length = 0
    double.refuse.clear()
    double.desk.reset()
    await use(async ({ body = div() + SCRIPT, head = '', headers = {} } = {}) => {
      const path = `/${(pages += 1)}`
      const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Partners</title>
        <meta name="viewport" content="width=device-width">${head}</head><body>${body}</body></html>`
      double.pages.set(path, { html: html.replaceAll('{api}', double.api), headers })
      await page.goto(double.site + path)
    })
  },
  asked: async ({ double }, use) => {
    await use(() => double.log.filter(({ path }) => !path.endsWith('/live')))
  },
})

/** Waits until the widget has said something other than that it is loading. */
export const settled = (page: Page) => page.locator('.root[aria-busy=false]').first().waitFor()
