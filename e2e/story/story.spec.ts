/** The whole story in a browser: a click on a referral link, a sign-up, a payment, and the affiliate's earnings. */
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'
import {
  affiliate,
  chooseToBuy,
  expectDashboard,
  expectThanks,
  pay,
  showDashboard,
  signUp,
  test,
} from '../support/story.ts'

test('a referred visitor who signs up and pays $249 earns the affiliate $49.80', async ({
  page,
  shop,
  refgrow,
  affiliatePage,
}) => {
  await expectDashboard(affiliatePage, { clicks: 0, signups: 0, purchases: 0, earned: '$0.00' })

  await page.goto(shop.referralLink)
  await expect.poll(() => cookies(page)).toMatchObject({ refgrow_ref_code: affiliate.code, ref: affiliate.code })
  await expectDashboard(affiliatePage, { clicks: 1, signups: 0, purchases: 0, earned: '$0.00' })

  await signUp(page, 'carl@example.com')
  await expectDashboard(affiliatePage, { clicks: 1, signups: 1, purchases: 0, earned: '$0.00' })

  await chooseToBuy(page, 'Buy lifetime')
  await expect(page).toHaveURL(new RegExp(`client_reference_id=${affiliate.code}(&|$)`))
  await pay(page)
  await expectThanks(page)
  await expectDashboard(affiliatePage, { clicks: 1, signups: 1, purchases: 1, earned: '$49.80' })

  const purchases = await refgrow.api<Conversion[]>('GET', '/conversions?type=purchase')
  expect(purchases).toMatchObject([{ value: 49.8, base_value: 249, base_value_currency: 'USD', paid: false }])
})

test('a visitor who came without a referral link pays and nobody earns', async ({ page, shop, affiliatePage }) => {
  await page.goto(shop.url)
  await signUp(page, 'dora@example.com')
  await chooseToBuy(page, 'Buy yearly')
  expect(page.url()).not.toContain('client_reference_id')
  await pay(page)
  await expectThanks(page)
  expect(Object.keys(await cookies(page))).not.toContain('refgrow_ref_code')
  await expectDashboard(affiliatePage, { clicks: 0, signups: 0, purchases: 0, earned: '$0.00' })
})

test('the sale is credited when the server restarts between the click and the payment', async ({
  page,
  shop,
  refgrow,
  affiliatePage,
}) => {
  await page.goto(shop.referralLink)
  await expectDashboard(affiliatePage, { clicks: 1, signups: 0, purchases: 0, earned: '$0.00' })
  await signUp(page, 'carl@example.com')
  await expectDashboard(affiliatePage, { clicks: 1, signups: 1, purchases: 0, earned: '$0.00' })

  await refgrow.stop()
  await refgrow.start()

  await chooseToBuy(page, 'Buy yearly')
  await pay(page)
  await expectThanks(page)
  await expectDashboard(affiliatePage, { clicks: 1, signups: 1, purchases: 1, earned: '$16.80' })
})

test('a payment made while the server is down is credited once when it is back', async ({
  page,
  shop,
  refgrow,
  affiliatePage,
}) => {
  await page.goto(shop.referralLink)
  await signUp(page, 'carl@example.com')
  await expectDashboard(affiliatePage, { clicks: 1, signups: 1, purchases: 0, earned: '$0.00' })
  await chooseToBuy(page, 'Buy monthly')

  await refgrow.stop()
  await pay(page)
  await expect(page.getByRole('listitem').filter({ hasText: 'no connection' })).not.toHaveCount(0)
  await refgrow.start()

  await expectThanks(page)
  await expectDashboard(affiliatePage, { clicks: 1, signups: 1, purchases: 1, earned: '$1.80' })
})

test('a sign-up made while the server is down is counted once when it is back', async ({
  page,
  shop,
  refgrow,
  affiliatePage,
}) => {
  await page.goto(shop.referralLink)
  await expectDashboard(affiliatePage, { clicks: 1, signups: 0, purchases: 0, earned: '$0.00' })
  await page.getByRole('link', { name: 'Try it free', exact: true }).click()
  await expect.poll(() => page.evaluate(() => 'Refgrow' in window)).toBe(true)

  await refgrow.stop()
  await page.getByLabel('E-mail').fill('carl@example.com')
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.waitForURL('**/account')
  await refgrow.start()

  await page.getByRole('link', { name: 'Choose a plan' }).click()
  await expectDashboard(affiliatePage, { clicks: 1, signups: 1, purchases: 0, earned: '$0.00' })
})

test('a visitor who comes through the short link is one click', async ({ page, refgrow, affiliatePage, shop }) => {
  await page.goto(`${refgrow.url}/r/${affiliate.code.toLowerCase()}?utm_source=news`)
  await expect(page).toHaveURL(new RegExp(`^${shop.url}/.*[?&]ref=${affiliate.code}`))
  await expect.poll(async () => (await cookies(page))['refgrow_ref_code']).toBe(affiliate.code)
  await signUp(page, 'carl@example.com')
  await expectDashboard(affiliatePage, { clicks: 1, signups: 1, purchases: 0, earned: '$0.00' })
})

test('whoever joins on the affiliate page with a code by mail gets a link, and its clicks are counted', async ({
  page,
  browser,
  shop,
  refgrow,
}) => {
  await page.goto(`${shop.url}/affiliates`)
  await page.getByLabel('E-mail address').fill('bob@example.com')
  await page.getByRole('button', { name: 'Join the program' }).click()
  await page.getByLabel('Code from the email').fill(await refgrow.mailedCode('bob@example.com'))
  await expect(page.getByText('Earned so far')).toBeVisible()
  const link = await page.locator('#refgrow .link [title]').getAttribute('title')

  const visitor = await browser.newPage()
  await visitor.goto(link?.startsWith('http') ? link : `http://${link}`)
  await expect.poll(async () => Object.keys(await cookies(visitor))).toContain('refgrow_ref_code')
  await visitor.close()

  await page.getByRole('link', { name: 'Sign in to see your earnings' }).click()
  await page.getByLabel('E-mail').fill('bob@example.com')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expectDashboard(page, { clicks: 1, signups: 0, purchases: 0, earned: '$0.00' })
})

for (const { width, colorScheme } of [
  { width: 360, colorScheme: 'light' },
  { width: 768, colorScheme: 'light' },
  { width: 1280, colorScheme: 'light' },
  { width: 360, colorScheme: 'dark' },
  { width: 1280, colorScheme: 'dark' },
] as const) {
  test.describe(`${width} px, ${colorScheme}`, () => {
    test.use({ viewport: { width, height: 800 }, colorScheme })

    test('every page fits the screen and can be read', async ({ page, shop }) => {
      const look = (name: string) => inspect(page, `${name}-${width}-${colorScheme}`)

      await page.goto(shop.referralLink)
      await look('home')
      await signUp(page, 'carl@example.com')
      await page.getByRole('link', { name: 'Choose a plan' }).click()
      await expect(page.getByRole('link', { name: 'Buy monthly' })).toBeVisible()
      await look('pricing')
      await page.getByRole('link', { name: 'Buy monthly' }).click()
      await expect(page.getByRole('button', { name: 'Pay' })).toBeVisible()
      await look('checkout')
      await pay(page)
      await expectThanks(page)
      await look('thank-you')
      await page.getByRole('link', { name: 'Demo admin' }).click()
      await expect(page.getByRole('button', { name: 'Refund' })).toBeVisible()
      await look('admin')
      await page.getByRole('link', { name: 'Affiliate program' }).click()
      await expect(page.getByRole('button', { name: 'Join the program' })).toBeVisible()
      await look('affiliate-join')
      await showDashboard(page)
      await expect(page.getByText('All time')).toBeVisible()
      await look('affiliate')
    })
  })
}

/** Takes a picture for the eye, and checks what can be checked without one. */
async function inspect(page: Page, name: string) {
  await page.screenshot({ path: join('screenshots', `${name}.png`), fullPage: true, animations: 'disabled' })
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect.soft(tooWide, `${name} scrolls sideways`).toBeLessThanOrEqual(0)
  // Contrast and structure: once in each colour scheme is enough. The dashboard has its own tests for this.
  if (name.includes('768')) return
  const { violations } = await new AxeBuilder({ page }).exclude('#refgrow').analyze()
  expect.soft(violations.map(({ id, nodes }) => `${name}: ${id} ${nodes[0]?.html}`)).toEqual([])
}

interface Conversion {
  value: number
  base_value: number
  base_value_currency: string
  paid: boolean
}

async function cookies(page: Page): Promise<Record<string, string>> {
  const all = await page.context().cookies(page.url())
  return Object.fromEntries(all.map(({ name, value }) => [name, value]))
}
