/** The story with each payment provider: a click, a payment, half of it given back, and what the affiliate sees of it. */
import { expect } from '@playwright/test'
import { affiliate, chooseToBuy, expectDashboard, expectThanks, pay, signUp, test } from '../support/story.ts'

for (const { provider, title } of [
  { provider: 'stripe', title: 'Stripe' },
  { provider: 'paddle', title: 'Paddle' },
  { provider: 'lemonsqueezy', title: 'Lemon Squeezy' },
  { provider: 'polar', title: 'Polar' },
] as const) {
  test.describe(title, () => {
    test.use({ provider })

    test('a sale of $249 earns $49.80, and $24.90 when half of it was given back', async ({
      page,
      shop,
      affiliatePage,
    }) => {
      await page.goto(shop.referralLink)
      await signUp(page, 'carl@example.com')
      await expectDashboard(affiliatePage, { clicks: 1, signups: 1, purchases: 0, earned: '$0.00' })

      await chooseToBuy(page, 'Buy lifetime', title)
      await expect(page.locator('dd').filter({ hasText: affiliate.code })).toBeVisible()
      await expect(page.getByLabel('E-mail')).toHaveValue('carl@example.com')
      await pay(page)
      await expectThanks(page)
      await expectDashboard(affiliatePage, { clicks: 1, signups: 1, purchases: 1, earned: '$49.80' })

      await page.getByRole('link', { name: 'Demo admin' }).click()
      await page.getByLabel('Give back, in dollars').fill('124.50')
      await page.getByRole('button', { name: 'Refund' }).click()
      await expect(page.getByText('$124.50 given back')).toBeVisible()
      await expectDashboard(affiliatePage, { clicks: 1, signups: 1, purchases: 1, earned: '$24.90' })
    })
  })
}
