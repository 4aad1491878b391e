/**
 * What latest.js costs a page with 2,000 links, in Chromium: from the script's start until the browser is idle again, less
 * what the same page needs for an empty script, for a visitor nobody referred and for one who just came through a link.
 * Goals: under 1 ms and under 4 ms; an unreferred visitor causes no request.
 */
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer as createHttpServer } from 'node:http'
import { join } from 'node:path'
import { type Browser, chromium } from '@playwright/test'
import { browserFlags, userAgent } from '../tools/browser-flags.ts'
import { ensureChromium } from '../tools/chromium.ts'

const LINKS = 2000
const SAMPLES = 40
const WARM_UP = 5

const PAGE = `<!doctype html><title>Shop</title>${Array.from({ length: LINKS }, (_, n) => `<p><a href="/product/${n}?colour=${n % 7}">Product ${n}</a></p>`).join('')}`

export async function bench(): Promise<void> {
  const code = readFileSync(join(import.meta.dirname, '..', 'dist', 'latest.js'), 'utf8')
  const site = await startSite()
  const browser = await chromium.launch({ executablePath: ensureChromium(), args: browserFlags })
  try {
    const times = { empty: [] as number[], unreferred: [] as number[], referred: [] as number[] }
    let requestsUnreferred = 0
    for (let sample = -WARM_UP; sample < SAMPLES; sample++) {
      // All three in every round, so that the machine's moods meet them alike.
      const empty = await measure(browser, site.url, '/', '')
      const before = site.reports()
      const unreferred = await measure(browser, site.url, '/', code)
      const caused = site.reports() - before
      const referred = await measure(browser, site.url, '/?ref=bob', code)
      if (sample < 0) continue
      requestsUnreferred += caused
      times.empty.push(empty)
      times.unreferred.push(unreferred)
      times.referred.push(referred)
    }
    if (site.reports() !== SAMPLES + WARM_UP)
      throw new Error(`expected one click per referred visit, got ${site.reports()} of ${SAMPLES + WARM_UP}`)
    const less = (values: number[]) => Math.max(0, median(values) - median(times.empty)).toFixed(2)
    process.stdout.write(
      `medians of ${SAMPLES}: empty script ${median(times.empty).toFixed(2)} ms, unreferred ${median(times.unreferred).toFixed(2)} ms, referred ${median(times.referred).toFixed(2)} ms\n`,
    )
    process.stdout.write(
      `RESULT tracker unreferred_ms=${less(times.unreferred)} referred_ms=${less(times.referred)} requests_unreferred=${requestsUnreferred}\n`,
    )
  } finally {
    await browser.close()
    site.close()
  }
}

/** Milliseconds from the script's start to the first idle moment after it, in a browser that has never been here. */
async function measure(browser: Browser, origin: string, path: string, code: string): Promise<number> {
  const context = await browser.newContext({ userAgent })
  const page = await context.newPage()
  await page.goto(origin + path)
  const ms = await page.evaluate(
    async ([text, api]) => {
      const idle = () => new Promise<number>((resolve) => requestIdleCallback(() => resolve(performance.now())))
      await idle()
      const script = document.createElement('script')
      Object.assign(script.dataset, { projectId: '1', api })
      script.textContent = text
      const started = performance.now()
      document.head.append(script)
      return (await idle()) - started
    },
    [code, origin] as const,
  )
  // The click is sent in the background; leave only when it has arrived.
  if (path.includes('ref='))
    await page.waitForFunction(() =>
      performance.getEntriesByType('resource').some(({ name }) => name.includes('/api/track/click')),
    )
  await context.close()
  return ms
}

async function startSite(): Promise<{ url: string; reports(): number; close(): void }> {
  let reports = 0
  const server = createHttpServer((request, response) => {
    if (request.url?.startsWith('/api/')) {
      reports += 1
      response.setHeader('content-type', 'application/json')
      return response.end('{"success":true,"data":{"counted":true},"settings":"^$"}')
    }
    response.setHeader('content-type', 'text/html; charset=utf-8')
    return response.end(request.url === '/favicon.ico' ? '' : PAGE)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, reports: () => reports, close: () => server.close() }
}

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
