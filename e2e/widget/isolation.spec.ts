/** The widget and the page around it leave each other alone (case 22). */
import type { Page } from '@playwright/test'
import { div, expect, SCRIPT, settled, test } from './harness.ts'

// Without a display of their own, title and scripts would show as text behind the widget.
const FRAME = `head,script{display:none!important}:root{font-family:"Liberation Sans"!important}
  #frame{display:block!important;position:absolute!important;inset:0 auto auto 0!important;width:720px!important}`
const HOSTILE = `*{all:unset!important}html{font-size:4px}svg{display:none}div{letter-spacing:9px}
  .block,.main,button,input{background:red!important;border-radius:50%!important}`

/** The widget once it has come to rest: two pictures in a row are the same. */
const picture = async (page: Page) => {
  await page.locator('.plot').waitFor()
  let last: Buffer = Buffer.alloc(0)
  const rests = async () => {
    const before = last
    last = await page.locator('.root').screenshot({ animations: 'disabled' })
    return last.equals(before)
  }
  await expect.poll(rests).toBe(true)
  return last
}

test('hostile rules of the page change nothing in the widget', async ({ page, visit }) => {
  const body = `<div id="frame">${div()}</div>${SCRIPT}`
  await visit({ head: `<style>${FRAME}</style>`, body })
  const calm = await picture(page)
  await visit({ head: `<style>${HOSTILE}${FRAME}</style>`, body })
  expect((await picture(page)).equals(calm)).toBe(true)
})

test('the widget changes nothing in the page', async ({ page, visit }) => {
  const body = '<main><h2>Ours</h2><p class="block label">Text</p><button class="main">Go</button></main>'
  const measure = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('main, main *')].map((element) =>
        [...getComputedStyle(element)].map((name) => getComputedStyle(element).getPropertyValue(name)).join(),
      ),
    )
  await visit({ body })
  const before = await measure()
  await visit({ body: body + div() + SCRIPT })
  await settled(page)
  expect(await measure()).toEqual(before)
  expect(await page.evaluate(() => document.adoptedStyleSheets.length + document.styleSheets.length)).toBe(0)
})

test("under style-src 'none' and Trusted Types it is fully styled and nothing is refused", async ({
  page,
  visit,
  double,
}) => {
  await page.addInitScript(() => {
    const refused: string[] = []
    Object.assign(window, { refused })
    addEventListener('securitypolicyviolation', ({ effectiveDirective }) => refused.push(effectiveDirective))
  })
  const policy = `default-src 'none'; style-src 'none'; script-src ${double.api}; connect-src ${double.api}; require-trusted-types-for 'script'; trusted-types 'none'`
  await visit({ headers: { 'content-security-policy': policy } })
  await page.locator('.plot').hover()
  await page.getByText('Show as table').click()
  await page.getByRole('button', { name: 'Earnings' }).click()
  await page.getByRole('button', { name: 'Copy link' }).click()
  await expect(page.getByRole('status').first()).toHaveText('Copied')
  await expect(page.locator('.main').first()).toHaveCSS('background-color', 'rgb(47, 85, 212)')
  await expect(page.locator('.dot')).toHaveCount(0)
  expect(await page.evaluate('refused')).toEqual([])
})

test('what the host page sets on purpose reaches the dashboard', async ({ page, visit }) => {
  await visit({ head: '<style>#refgrow { --refgrow-fill: rgb(1, 2, 3); --refgrow-radius: 3px }</style>' })
  await expect(page.getByRole('button', { name: 'Copy link' }).first()).toHaveCSS('background-color', 'rgb(1, 2, 3)')
  await expect(page.locator('#refgrow .block').first()).toHaveCSS('border-radius', '3px')
})
