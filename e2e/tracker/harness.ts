/** What every case needs: a collector of its own, a watch for errors of the page, and one way to count requests. */
import { test as base, expect, type Page } from '@playwright/test'
import { startCollector, type Collector } from './collector.ts'

type Body = Record<string, unknown>

/** How soon the log is looked at again: the server is next door. */
const intervals = [5, 10, 20, 50]

interface Expectation {
  /** What the visitor does; the reports counted are those of the whole test. */
  action?: () => Promise<unknown>
  /** The reports, in order; each only has to hold what is given. */
  expected?: Body[]
  /** What no report may hold. */
  refused?: Body[]
  /** How many requests reach the API in all, preflights included. */
  total: number
}

interface Fixtures {
  collector: Collector
  /** What the page wrote to the console, one entry a line. */
  spoken: string[]
  /** Errors nobody caught: there may be none in any case. */
  errors: string[]
  expectEvents: (expectation: Expectation) => Promise<void>
  land: (url?: string) => Promise<void>
}

export const test = base.extend<Fixtures>({
  // oxlint-disable-next-line no-empty-pattern
  collector: async ({}, use) => {
    const collector = await startCollector()
    collector.page('*', collector.tag())
    await use(collector)
    await collector.stop()
  },

  spoken: async ({ context }, use) => {
    const lines: string[] = []
    context.on('console', (message) => lines.push(message.text()))
    await use(lines)
  },

  errors: [
    async ({ context }, use) => {
      const errors: string[] = []
      context.on('weberror', (error) => errors.push(String(error.error())))
      await use(errors)
      expect(errors, 'errors of the page').toEqual([])
    },
    { auto: true },
  ],

  land: async ({ page, collector }, use) => {
    await use(async (url = '/?ref=bob') => {
      await page.goto(url.startsWith('http') ? url : collector.at('shop.test', url))
    })
  },

  expectEvents: async ({ page, collector }, use) => {
    await use(async ({ action, expected = [], refused = [], total }) => {
      await action?.()
      await expect
        .poll(() => collector.reports.length, { message: 'requests', intervals })
        .toBeGreaterThanOrEqual(total)
      await sendSentinel(page, collector)
      const bodies = collector.reports.map(({ what, body }) => ({ what, ...body }))
      expect(bodies, JSON.stringify(bodies, null, 1)).toHaveLength(total)
      expect(bodies.slice(0, expected.length)).toMatchObject(expected)
      for (const body of refused) expect(bodies).not.toContainEqual(expect.objectContaining(body))
    })
  },
})

/** Whatever the page sent before is in the log once the sentinel has come. A page that is gone gets a successor. */
async function sendSentinel(page: Page, collector: Collector): Promise<void> {
  const before = collector.sentinels()
  const messenger = page.isClosed() ? await page.context().newPage() : page
  if (messenger !== page) await messenger.goto(collector.at('refgrow.test', '/empty'))
  const image = `Object.assign(new Image(), { src: '/sentinel?' + Math.random() })`
  await messenger.evaluate(`void fetch('/sentinel', { method: 'POST' }).catch(() => ${image})`)
  await expect.poll(() => collector.sentinels(), { intervals }).toBeGreaterThan(before)
}

/** The cookies of the visitor as name -> value. */
export async function cookiesOf(page: Page): Promise<Record<string, string>> {
  const cookies = await page.context().cookies()
  return Object.fromEntries(cookies.map(({ name, value }) => [name, value]))
}

export { expect } from '@playwright/test'

/** What the page calls. */
export interface Refgrow {
  (...call: unknown[]): Promise<unknown>
  init(): void
  reset(): void
  consent(yes: boolean): void
  processStripePaymentLinks(): void
  processPaddleLinks(): void
  processLemonSqueezyLinks(): void
  redirectToStripePaymentLink(url: string): void
}

/** Runs a line of the shop's own script. */
export const run = <Result>(page: Page, line: string): Promise<Result> => page.evaluate<Result>(line)
