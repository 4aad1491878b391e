/**
 * Every state of the widget, to be looked at. `node e2e/widget/preview.ts` serves them on port 4780;
 * `node e2e/widget/preview.ts shots <folder> [part of a name]` takes their pictures.
 */
import { mkdir } from 'node:fs/promises'
import { chromium, type Page } from '@playwright/test'
import build from '../build.ts'
import { CODE, GOOD_HASH, startDouble } from './double.ts'
import type { AffiliateDashboard } from '../../server/public/widget/contract.ts'
import { browserFlags } from '../../tools/browser-flags.ts'
import { ensureChromium } from '../../tools/chromium.ts'

interface State {
  project: string
  hash?: string
  email?: string
  lang?: string
  dark?: boolean
  rtl?: boolean
  act?: (page: Page) => Promise<void>
  widths?: number[]
}

const WIDTHS = [360, 768, 1280]
const proven = { email: 'ann@example.com', hash: GOOD_HASH }
const point = async (page: Page) => {
  await page.getByRole('slider').hover({ position: { x: 120, y: 60 } })
}
const press = (name: string) => (page: Page) => page.getByRole('button', { name, exact: true }).click()

const askForCode = async (page: Page) => {
  await press('Already joined? Log in')(page)
  await press('Send code')(page)
  await page.getByLabel('Code from the email').waitFor()
}

const join = async (page: Page) => {
  await press('Join the program')(page)
  await page.getByLabel('Code from the email').waitFor()
}
const joinWithCode = async (page: Page) => {
  await join(page)
  await page.getByLabel('Code from the email').fill(CODE)
  await page.locator('.foot .plain').waitFor()
}

const STATES: Record<string, State> = {
  full: { project: 'full', ...proven },
  lively: { project: 'lively', ...proven },
  'lively-dark': { project: 'lively', ...proven, dark: true },
  'lively-de': { project: 'lively', ...proven, lang: 'de' },
  'lively-rtl': { project: 'lively', ...proven, rtl: true, act: point },
  'chart-earnings': {
    project: 'refunds',
    ...proven,
    act: async (page) => {
      await press('Earnings')(page)
      await press('90 days')(page)
      const slider = page.getByRole('slider')
      await slider.focus()
      for (let day = 0; day < 4; day += 1) await slider.press('ArrowLeft')
    },
  },
  'chart-table': {
    project: 'lively',
    ...proven,
    act: (page) => page.getByText('Show as table').click(),
    widths: [360],
  },
  copied: { project: 'lively', ...proven, act: press('Copy link'), widths: [360] },
  empty: { project: 'empty', ...proven },
  'empty-de-dark': { project: 'empty', ...proven, lang: 'de', dark: true },
  clicks: { project: 'clicks', ...proven, widths: [360, 768] },
  several: { project: 'several', ...proven, act: press('Earnings') },
  huge: { project: 'huge', ...proven, lang: 'de' },
  long: { project: 'long', ...proven },
  branded: { project: 'branded', ...proven },
  'branded-dark': { project: 'branded', ...proven, dark: true },
  'black-dark': { project: 'black', ...proven, dark: true, widths: [360] },
  reordered: { project: 'reordered', ...proven, widths: [360, 768] },
  pending: { project: 'pending', ...proven, widths: [360, 768] },
  skeleton: { project: 'never', ...proven },
  'skeleton-dark': { project: 'never', ...proven, dark: true, widths: [360] },
  'skeleton-join': { project: 'never', widths: [360, 768] },
  join: { project: 'lively' },
  'join-de-dark': { project: 'lively', lang: 'de', dark: true },
  'join-invalid': { project: 'lively', act: press('Join the program'), widths: [360, 768] },
  'join-proven': { project: 'outsider', ...proven, widths: [360, 768] },
  'join-code': { project: 'lively', email: 'eve@example.com', act: join, widths: [360, 768] },
  'join-code-dark': { project: 'branded', email: 'eve@example.com', dark: true, act: join, widths: [360] },
  'join-code-long': {
    project: 'lively',
    email: 'eve@example.com',
    act: async (page) => {
      await join(page)
      await page.getByLabel('Code from the email').fill('0a1b2c3d'.repeat(4))
      await page.getByText('This code is not right').waitFor()
    },
    widths: [360],
  },
  joined: { project: 'lively', email: 'eve@example.com', act: joinWithCode },
  fields: { project: 'fields', widths: [360, 768] },
  'fields-invalid': { project: 'fields', lang: 'de', act: press('Partner werden'), widths: [360, 768] },
  invite: { project: 'invite', widths: [360, 768] },
  'joined-pending': {
    project: 'approval',
    email: 'eve@example.com',
    act: joinWithCode,
    widths: [360, 768],
  },
  login: { project: 'lively', act: press('Already joined? Log in'), widths: [360, 768] },
  'login-code': { project: 'full', email: 'ann@example.com', act: askForCode, widths: [360, 768] },
  'login-wrong': {
    project: 'full',
    email: 'ann@example.com',
    dark: true,
    act: async (page) => {
      await askForCode(page)
      await page.getByLabel('Code from the email').fill('000000')
      await page.getByText('This code is not right').waitFor()
    },
    widths: [360, 768],
  },
  'login-over': {
    project: 'full',
    email: 'ann@example.com',
    act: async (page) => {
      await askForCode(page)
      await page.getByLabel('Code from the email').fill(CODE)
      await page.locator('.foot .plain').waitFor()
      double.desk.expire()
      await page.locator('.again').waitFor()
    },
    widths: [360, 768],
  },
  ...Object.fromEntries(
    ['ar', 'ja', 'de'].map((lang) => [`full-${lang}`, { project: 'full', ...proven, lang, widths: [320, 768, 1280] }]),
  ),
  'join-code-ar': {
    project: 'powered',
    email: 'eve@example.com',
    lang: 'ar',
    act: (page) => page.locator('button.main').click(),
    widths: [360],
  },
  'login-ar': { project: 'powered', lang: 'ar', act: (page) => page.locator('.plain').click(), widths: [360, 768] },
  'error-500': { project: '500', ...proven, widths: [360, 768] },
  'error-hash': {
    project: 'lively',
    email: 'ann@example.com',
    hash: 'wrong',
    lang: 'de',
    dark: true,
    widths: [360, 768],
  },
}

const [command, folder = '/tmp/refgrow-shots', only = ''] = process.argv.slice(2)
build()
const double = await startDouble(command === 'shots' ? 0 : 4780)
for (const [name, state] of Object.entries(STATES)) double.pages.set(`/${name}`, { html: pageFor(state) })

if (command === 'shots') await takeShots()
else {
  const links = Object.keys(STATES).map((name) => `<li><a href="/${name}">${name}</a></li>`)
  double.pages.set('/', { html: `<!doctype html><meta charset="utf-8"><ul>${links.join('')}</ul>` })
  console.log(`Every state of the widget: ${double.site}`)
  // Somebody buys while you look.
  setInterval(() => {
    for (const project of ['lively', 'full']) double.desk.change(project, sell)
  }, 8_000)
}

function sell({ totals, balances: [balance] }: AffiliateDashboard) {
  totals.clicks += 3
  totals.purchases += 1
  balance!.total += 1_980
  balance!.held += 1_980
}

async function takeShots() {
  await mkdir(folder, { recursive: true })
  const browser = await chromium.launch({ executablePath: ensureChromium(), args: browserFlags })
  for (const [name, state] of Object.entries(STATES)) {
    if (!name.includes(only)) continue
    for (const width of state.widths ?? WIDTHS) {
      const page = await browser.newPage({
        viewport: { width, height: width === 360 ? 640 : 900 },
        colorScheme: state.dark ? 'dark' : 'light',
        deviceScaleFactor: width === 360 ? 2 : 1,
        hasTouch: width === 360,
      })
      await page.goto(`${double.site}/${name}`)
      await page.locator(state.project === 'never' ? '.bone >> nth=0' : '.root[aria-busy=false]').waitFor()
      if (state.lang) await page.locator(`.root[lang=${state.lang}]`).waitFor()
      if (state.rtl) await page.locator('.root').evaluate((root) => root.setAttribute('dir', 'rtl'))
      await state.act?.(page)
      await page.evaluate(() => document.fonts.ready)
      await page.screenshot({ path: `${folder}/${name}-${width}.png`, fullPage: true })
      await page.close()
    }
  }
  await browser.close()
  await double.close()
}

/** A quiet page of somebody else's product. */
function pageFor({ project, email = '', hash = '', lang = '', dark = false }: State): string {
  const [ground, ink] = dark ? ['#0e0f12', '#e6e8ec'] : ['#ffffff', '#16181d']
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<style>body{margin:0;background:${ground};color:${ink};font:16px/1.5 "Liberation Sans",sans-serif}
main{max-width:1080px;margin:0 auto;padding:16px}</style></head><body><main>
<div id="refgrow" data-project-id="${project}" data-project-email="${email}" data-user-hash="${hash}" data-lang="${lang}"></div>
</main><script src="${double.api}/page.js" async></script></body></html>`
}
