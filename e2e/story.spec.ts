/** The whole story in a browser: a click on a referral link, a sign-up, a payment, and the affiliate's earnings. */
import { expect } from '@playwright/test'
import { affiliate, chooseToBuy, expectDashboard, expectThanks, pay, signUp, test } from './support/story.ts'

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

interface Conversion {
  value: number
  base_value: number
  base_value_currency: string
  paid: boolean
}

async function cookies(page: import('@playwright/test').Page): Promise<Record<string, string>> {
  const all = await page.context().cookies(page.url())
  return Object.fromEntries(all.map(({ name, value }) => [name, value]))
}
