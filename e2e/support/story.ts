/** What the browser stories need: a server, a shop in front of it, and an affiliate who may be looked over the shoulder. */
import { expect, type Page, test as base } from '@playwright/test'
import { type ProviderName, providerNames } from '../../demo-site/stand-in/provider.ts'
import { freePort } from './free-port.ts'
import { startProgram } from './program.ts'
import { type Refgrow, startRefgrow } from './refgrow.ts'

export const affiliate = { email: 'ann@example.com', code: 'ANN' }

interface Story {
  refgrow: Refgrow
  shop: { url: string; referralLink: string }
  /** A browser of the affiliate's own, signed in to the shop; the visitor's is `page`. */
  affiliatePage: Page
}

export const test = base.extend<Story & { shopPort: number; provider: ProviderName }>({
  /** The one whose webhooks Refgrow takes; the shop offers all of them. */
  provider: ['stripe', { option: true }],

  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixture's needs from the pattern
  shopPort: async ({}, use) => use(await freePort()),

  refgrow: async ({ shopPort, provider }, use) => {
    const refgrow = await startRefgrow({ website: `http://127.0.0.1:${shopPort}`, provider })
    await refgrow.api('POST', '/affiliates', { email: affiliate.email, referral_code: affiliate.code })
    await use(refgrow)
    await refgrow.dispose()
  },

  shop: async ({ shopPort, refgrow }, use) => {
    const url = `http://127.0.0.1:${shopPort}`
    const program = await startProgram(
      'demo-site/shop.ts',
      {
        SHOP_PORT: String(shopPort),
        REFGROW_URL: refgrow.url,
        REFGROW_PROJECT_ID: String(refgrow.projectId),
        REFGROW_HMAC_SECRET: refgrow.hmacSecret,
        ...Object.fromEntries(
          providerNames.map((name) => [`${name.toUpperCase()}_WEBHOOK_SECRET`, refgrow.webhookSecret]),
        ),
      },
      url,
    )
    await use({ url, referralLink: `${url}/?ref=${affiliate.code}` })
    await program.stop()
  },

  affiliatePage: async ({ browser, shop }, use) => {
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(shop.url)
    await showDashboard(page)
    await use(page)
    await context.close()
  },
})

/** Signs in to the shop as the affiliate, whoever was signed in before, and opens the page with the dashboard. */
export async function showDashboard(page: Page) {
  await page.goto(new URL('/sign-in?next=/affiliates', page.url()).href)
  await page.getByLabel('E-mail').fill(affiliate.email)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('**/affiliates')
}

/** Reloads the affiliate's page until it shows these numbers. */
export async function expectDashboard(
  page: Page,
  shown: { clicks: number; signups: number; purchases: number; earned: string },
) {
  const figure = (label: string) => page.locator('.figure').filter({ hasText: label }).locator('b')
  const soon = { timeout: 2_000 }
  await expect(async () => {
    await page.reload()
    await expect(figure('Clicks')).toHaveText(String(shown.clicks), soon)
    await expect(figure('Signups')).toHaveText(String(shown.signups), soon)
    await expect(figure('Purchases')).toHaveText(String(shown.purchases), soon)
    await expect(figure('Earned so far')).toHaveText(shown.earned, soon)
  }).toPass({ timeout: 20_000 })
}

export async function signUp(page: Page, email: string) {
  await page.getByRole('link', { name: 'Try it free', exact: true }).click()
  await page.getByLabel('E-mail').fill(email)
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.waitForURL('**/account')
}

/** From the account to the checkout of a plan. */
export async function chooseToBuy(page: Page, plan: string, provider = 'Stripe') {
  await page.getByRole('link', { name: 'Choose a plan' }).click()
  if (provider !== 'Stripe') await page.getByRole('link', { name: provider, exact: true }).click()
  // Paddle's is a button, which its script opens the checkout for.
  await page
    .getByRole('link', { name: plan })
    .or(page.getByRole('button', { name: plan }))
    .click()
  await expect(page.getByText(`Stand-in for ${provider} Checkout`)).toBeVisible()
}

export const pay = (page: Page) => page.getByRole('button', { name: 'Pay' }).click()

/** Waits as long as the checkout goes on delivering its webhook. */
export const expectThanks = (page: Page) =>
  expect(page.getByRole('heading', { name: 'Thank you' })).toBeVisible({ timeout: 35_000 })
