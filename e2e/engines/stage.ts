/** What every case has: a host of its own, a collector, a watch for errors of the page, one way to count requests. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { builtScript } from '../build.ts'
import { startCollector } from '../tracker/collector.ts'
import type { Cookie, Driver } from './driver.ts'
import { until } from './until.ts'

type Body = Record<string, unknown>

interface Expectation {
  /** What the visitor does; the reports counted are those of the whole case. */
  action?: () => Promise<unknown>
  /** The reports, in order; each only has to hold what is given. */
  expected?: Body[]
  /** How many requests reach the API in all, preflights included. */
  total: number
}

export type Stage = Awaited<ReturnType<typeof setStage>>

/**
 * The first lines of a page. A driven browser says that it is one, and the tracker counts no clicks of those: the page
 * plays one that a person uses. Errors that nobody caught are told to the collector as visits.
 */
const opening = `<script nonce="n1">
  Object.defineProperty(navigator, 'webdriver', { value: false })
  for (const type of ['error', 'unhandledrejection', 'securitypolicyviolation']) addEventListener(type, (event) => {
    const what = event.violatedDirective ?? event.reason ?? event.message
    new Image().src = '/told?' + encodeURIComponent(type + ': ' + what)
  })
</script>`

export async function setStage(driver: Driver, host: string) {
  const collector = await startCollector()
  const at = (path: string) => collector.at(host, path)

  const page = (path: string, html: string, headers?: Record<string, string>) =>
    collector.page(path, opening + html, headers)
  page('*', collector.tag())

  const isTold = (visit: string) => visit.includes('/told?')
  const lastPage = () => collector.visits.findLast((visit) => !isTold(visit))
  /** What the pages told of themselves under one of the three names above. */
  const told = (type: string) =>
    collector.visits
      .filter(isTold)
      .map((visit) => decodeURIComponent(visit.slice(visit.indexOf('?') + 1)))
      .filter((sentence) => sentence.startsWith(type))

  const expectEvents = async ({ action, expected = [], total }: Expectation) => {
    await action?.()
    await until(`${total} requests`, () => collector.reports.length >= total)
    await passSentinel()
    const bodies = collector.reports.map(({ what, body }) => ({ what, ...body }))
    assert.equal(bodies.length, total, JSON.stringify(bodies, null, 1))
    for (const [index, body] of expected.entries()) assert.partialDeepStrictEqual(bodies[index], body)
  }

  /** Whatever the page sent before is in the log once the sentinel has come. */
  const passSentinel = async () => {
    const before = collector.sentinels()
    const { port } = new URL(collector.at(host))
    if ((await driver.evaluate('location.port')) !== port) await driver.open(collector.at('refgrow.test', '/empty'))
    await driver.evaluate(`void fetch('/sentinel', { method: 'POST' }).catch(() => {})`)
    await until('the sentinel', () => collector.sentinels() > before)
  }

  return {
    driver,
    collector,
    host,
    at,
    page,
    told,
    expectEvents,
    /** The script within the page: an error in a script of another origin says nothing of itself. */
    inlined: (attributes = '') =>
      `<script data-project-id="42" data-api="${collector.at('refgrow.test')}" ${attributes}>${readFileSync(builtScript, 'utf8')}</script>`,
    land: (path = '/?ref=bob') => driver.open(at(path)),
    cookies: async (): Promise<Record<string, Cookie>> =>
      Object.fromEntries((await driver.cookies()).map((cookie) => [cookie.name, cookie])),
    /** The page that was asked for last, once it is this one. */
    arrivesAt: (visit: string) => until(visit, () => lastPage() === visit).catch(() => assert.equal(lastPage(), visit)),
    /** Ends the case: the page is gone, and nothing went wrong in it. */
    leave: async () => {
      await passSentinel()
      await driver.open('about:blank')
      assert.deepEqual([...told('error'), ...told('unhandledrejection')], [], 'errors of the page')
    },
  }
}
