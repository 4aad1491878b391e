/**
 * What the dashboard costs who looks at it: in Chromium with the processor slowed down four times, from the script's start to
 * the first stats painted, as a ratio to the least a page could do (Preact, one request, one number) in the same run; and
 * what its one request costs the server at ten thousand and at ten million clicks. Goals: paint_ratio <= 2, growth <= 1.2.
 */
import type { ChildProcess } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { type Browser, chromium } from '@playwright/test'
import { build } from 'esbuild'
import { browserFlags, userAgent } from '../tools/browser-flags.ts'
import { ensureChromium } from '../tools/chromium.ts'
import { HMAC_SECRET, seedProgramme, type Size } from './api-seed.ts'
import { median, ratio, start, stop, UNLIMITED } from './servers.ts'

const SMALL: Size = { affiliates: 100, conversions: 10_000, clicks: 10_000 }
const LARGE: Size = { ...SMALL, clicks: 10_000_000 }
const SAMPLES = 50
const WARM_UP = 3
const REQUESTS = 1000
const SLOWED_DOWN = 4
const EMAIL = 'a7@example.com'
const HASH = createHmac('sha256', HMAC_SECRET).update(EMAIL).digest('hex')

export async function bench(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-bench-'))
  const children: ChildProcess[] = []
  const browser = await chromium.launch({ executablePath: ensureChromium(), args: browserFlags })
  try {
    const serve = async (name: string, size: Size) => {
      const file = join(folder, `${name}.db`)
      await seedProgramme(file, size, (text) => process.stdout.write(`${name}: ${text}\n`))
      return start('server/main.ts', { DATABASE_URL: `sqlite:${file}`, ...UNLIMITED }, children)
    }
    const small = await serve('small', SMALL)
    const large = await serve('large', LARGE)
    const growth = await growthOf(small, large)

    const site = await startSite(small)
    const times = { ours: [] as number[], minimal: [] as number[] }
    for (let sample = -WARM_UP; sample < SAMPLES; sample++) {
      for (const side of sample % 2 ? (['ours', 'minimal'] as const) : (['minimal', 'ours'] as const)) {
        const ms = await paint(browser, `${site.url}/${side}`)
        if (sample >= 0) times[side].push(ms)
      }
    }
    site.close()
    const bytes = brotliCompressSync(readFileSync('dist/page.js')).length
    process.stdout.write(
      `medians of ${SAMPLES}: ours ${median(times.ours).toFixed(1)} ms, minimal ${median(times.minimal).toFixed(1)} ms\n`,
    )
    process.stdout.write(
      `RESULT widget paint_ratio=${ratio(times.ours, times.minimal).toFixed(2)} paint_ms=${median(times.ours).toFixed(0)} growth=${growth.toFixed(2)} bytes=${bytes}\n`,
    )
  } finally {
    await browser.close()
    await Promise.all(children.map(stop))
    rmSync(folder, { recursive: true, force: true })
  }
}

/** How many times longer the one request takes on the large programme; one after the other, in turns. */
async function growthOf(small: string, large: string): Promise<number> {
  const body = JSON.stringify({ project_id: 1, email: EMAIL, hash: HASH })
  const times: Record<string, number[]> = { [small]: [], [large]: [] }
  for (let n = -100; n < REQUESTS; n++) {
    for (const url of n % 2 ? [small, large] : [large, small]) {
      const started = performance.now()
      const response = await fetch(`${url}/api/widget/dashboard`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain' },
        body,
      })
      const { data } = (await response.json()) as { data: { affiliate: { email: string } | null } }
      if (data.affiliate?.email !== EMAIL) throw new Error(`expected the dashboard of ${EMAIL}`)
      if (n >= 0) times[url]?.push(performance.now() - started)
    }
  }
  const few = median(times[small] ?? [])
  const many = median(times[large] ?? [])
  process.stdout.write(
    `one request: ${few.toFixed(2)} ms at ${SMALL.clicks} clicks, ${many.toFixed(2)} ms at ${LARGE.clicks}\n`,
  )
  return many / few
}

/** Milliseconds from the script's start to the frame that shows the first number, in a browser that has never been here. */
async function paint(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext({ userAgent, viewport: { width: 1280, height: 900 } })
  await context.addInitScript(tellWhenPainted)
  const page = await context.newPage()
  const devtools = await context.newCDPSession(page)
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWED_DOWN })
  const told = page.waitForEvent('console')
  await page.goto(url, { waitUntil: 'commit' })
  const ms = Number((await told).text())
  await context.close()
  return ms
}

/** Runs in the page, and takes none of its time before the number is there: no frames, no questions from outside. */
function tellWhenPainted() {
  const observer = new MutationObserver(look)
  const observe = (node: Node) => observer.observe(node, { childList: true, subtree: true, attributeFilter: ['class'] })
  observe(document)
  function look() {
    const place = document.querySelector('#refgrow')
    const root = place?.firstElementChild?.shadowRoot
    if (root) observe(root)
    if (!(root ?? place)?.querySelector('.figures b, .number')) return
    observer.disconnect()
    const tell = () => console.log(performance.now() - performance.getEntriesByName('start')[0]!.startTime)
    // The frame that draws it has been painted when the next one begins.
    requestAnimationFrame(() => requestAnimationFrame(tell))
  }
}

/** A customer's site with the dashboard, and one with the least there could be. */
async function startSite(api: string): Promise<{ url: string; close(): void }> {
  const { outputFiles } = await build({
    entryPoints: ['bench/widget-minimal.tsx'],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2021',
    jsx: 'automatic',
    jsxImportSource: 'preact',
  })
  const minimal = outputFiles[0]!.text
  const page = (script: string) => `<!doctype html><html lang="en"><title>Shop</title>
<div id="refgrow" data-project-id="1" data-project-email="${EMAIL}" data-user-hash="${HASH}" data-api="${api}"></div>
<script>performance.mark('start')</script><script src="${script}"></script>`
  const answers: Record<string, [type: string, body: string]> = {
    '/ours': ['text/html; charset=utf-8', page(`${api}/page.js`)],
    '/minimal': ['text/html; charset=utf-8', page('/minimal.js')],
    '/minimal.js': ['text/javascript; charset=utf-8', minimal],
  }
  const server = createServer((request, response) => {
    const [type, body] = answers[request.url ?? ''] ?? ['text/plain', '']
    response.setHeader('content-type', type)
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() }
}
