/** What the affiliate does in the blocks: sharing, accounts, payouts, material. */
import { readFile } from 'node:fs/promises'
import type { Locator, Page } from '@playwright/test'
import { div, expect, SCRIPT, settled, test } from './harness.ts'

const LINK = 'https://northwind.example/?ref=ann-baker'
const block = (page: Page, name: string) => page.locator(`.block.${name}`)
const button = (within: Page | Locator, name: string) => within.getByRole('button', { name, exact: true })

/** Presses a copy button and pastes: the clipboard may take a moment. */
async function copies(page: Page, press: Locator, text: string) {
  const paste = page.locator('#paste')
  await press.click()
  await expect(async () => {
    await paste.fill('')
    await paste.press('Control+V')
    expect(await paste.inputValue()).toBe(text)
  }).toPass()
}

const body = (project: string) => `${div(project)}<textarea id="paste"></textarea>${SCRIPT}`

test.describe('sharing', () => {
  test('leads to e-mail and four places, and closes with Escape, by leaving or by a click elsewhere', async ({
    page,
    visit,
  }) => {
    await visit()
    const more = button(block(page, 'share'), 'More ways to share')
    const places = block(page, 'share').getByRole('link')
    await more.click()
    await expect(more).toHaveAttribute('aria-expanded', 'true')
    await expect(places).toHaveText(['E-mail', 'X', 'LinkedIn', 'WhatsApp', 'Telegram'])
    for (const place of await places.all()) await expect(place).toHaveAttribute('rel', 'noopener')
    const message = encodeURIComponent(`Have a look at Northwind ${LINK}`)
    await expect(places.first()).toHaveAttribute('href', `mailto:?body=${message}`)
    await expect(places.nth(2)).toHaveAttribute('href', new RegExp(`url=${encodeURIComponent(LINK)}$`))

    await page.keyboard.press('Tab')
    await expect(places.first()).toBeFocused()
    await page.keyboard.press('Escape')
    await expect(places).toHaveCount(0)
    await expect(more).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(places).toHaveCount(5)
    await page.keyboard.press('Shift+Tab')
    await expect(places).toHaveCount(0)
    await more.click()
    await block(page, 'stats').click()
    await expect(places).toHaveCount(0)
  })

  test('goes through the device where it can share by itself', async ({ page, visit }) => {
    await page.addInitScript(() => {
      Object.assign(navigator, { share: async (what: object) => void Object.assign(window, { shared: what }) })
    })
    await visit()
    await button(block(page, 'share'), 'More ways to share').click()
    expect(await page.evaluate('shared')).toEqual({ text: 'Have a look at Northwind', url: LINK })
    await expect(block(page, 'share').getByRole('link')).toHaveCount(0)
  })

  test('falls back to the menu where the page may not use the device, but not when somebody changed his mind', async ({
    page,
    visit,
  }) => {
    await page.addInitScript(() => {
      const names = ['AbortError', 'NotAllowedError']
      Object.assign(navigator, {
        share: async () => {
          throw new DOMException('no', names.shift())
        },
      })
    })
    await visit()
    const more = button(block(page, 'share'), 'More ways to share')
    await more.click()
    await expect(more).toHaveAttribute('aria-expanded', 'false')
    await more.click()
    await expect(block(page, 'share').getByRole('link')).toHaveCount(5)
  })

  test('shows a QR code on demand and saves it as an image', async ({ page, visit }) => {
    await visit()
    await button(page, 'QR code').click()
    await expect(page.getByRole('img', { name: 'QR code of your link' })).toBeVisible()
    const download = page.waitForEvent('download')
    await button(page, 'Save image').click()
    const file = await download
    expect(file.suggestedFilename()).toBe('ann-baker.png')
    const image = await readFile(await file.path())
    expect(image.subarray(1, 4).toString()).toBe('PNG')
    // Version 3 with its border, sixteen pixels to a module.
    expect([image.readUInt32BE(16), image.readUInt32BE(20)]).toEqual([37 * 16, 37 * 16])
  })

  test('links to any page of the site, and to no other site', async ({ page, visit }) => {
    await visit({ body: body('lively') })
    await button(page, 'Link to a certain page').click()
    const field = page.getByLabel('Address of the page')
    await expect(field).toBeFocused()
    await field.fill('northwind.example/pricing?plan=team')
    await expect(page.locator('.share .link')).toHaveText('northwind.example/pricing?plan=team&ref=ann-baker')
    const copy = button(block(page, 'share'), 'Copy link')
    await copies(page, copy, 'https://northwind.example/pricing?plan=team&ref=ann-baker')

    await field.fill('https://other.example/pricing')
    await expect(page.getByRole('alert').filter({ hasText: /./ })).toHaveCount(0)
    await field.blur()
    await expect(page.getByRole('alert').filter({ hasText: /./ })).toHaveText('Enter an address on northwind.example.')
    await expect(field).toHaveAttribute('aria-invalid', 'true')
    await expect(page.locator('.share .link')).toHaveText('northwind.example/?ref=ann-baker')

    await field.fill('/team')
    await button(page, 'Link to a certain page').click()
    await expect(page.locator('.share .link')).toHaveText('northwind.example/?ref=ann-baker')
  })

  test('carries a code of his own, once it is right and nobody else has it', async ({ page, visit }) => {
    await visit({ body: div('full') + SCRIPT })
    await button(page, 'Your own code').click()
    const field = page.getByLabel('Code', { exact: true })
    const save = button(block(page, 'share'), 'Save')
    await field.fill('a b')
    await save.click()
    await expect(page.getByRole('alert').filter({ hasText: /./ })).toHaveText(/3 to 32 letters/)
    await expect(field).toBeFocused()
    await field.fill('taken')
    await field.press('Enter')
    await expect(page.getByRole('alert').filter({ hasText: /./ })).toHaveText(/Somebody else has this code/)
    await field.fill('ann-of-northwind')
    await field.press('Enter')
    await expect(page.getByText('Saved. Your first link goes on working.')).toBeVisible()
    await expect(page.locator('.share .link')).toHaveText('northwind.example/?ref=ann-of-northwind')
  })

  test('has no code of his own where the owner does not want it', async ({ page, visit }) => {
    await visit()
    await settled(page)
    await expect(button(page, 'Your own code')).toHaveCount(0)
  })
})

test('a coupon code is copied by itself', async ({ page, visit }) => {
  await visit({ body: body('lively') })
  await copies(page, button(page, 'Copy code'), 'ANN20')
})

test('every referral and sale says what it brought, where the money is, and why it is his', async ({ page, visit }) => {
  await visit()
  const rows = block(page, 'recent').getByRole('listitem')
  await expect(rows).toHaveCount(7)
  await expect(rows.nth(0)).toHaveText(/^Purchase of \$99.00\+\$19.80Nov 24Came through your linkon hold until Dec 24$/)
  await expect(rows.nth(1)).toHaveText('SignupNov 23Came through your link')
  await expect(rows.nth(2)).toContainText('Used your coupon code ANN20')
  await expect(rows.nth(3)).toHaveText(/Your code ann-baker came with the purchasewaiting for confirmation$/)
  await expect(rows.nth(4)).toHaveText(/available\$9.90 taken back after a refund$/)
  await expect(rows.nth(5)).toContainText('Sold by someone you invited')
  await expect(rows.nth(6)).toContainText('not accepted')
})

test.describe('a payout', () => {
  test('is asked for once, and the sentence that says so has the focus', async ({ page, visit, asked }) => {
    await visit()
    await button(page, 'Request payout').dblclick()
    await expect(page.getByText('You asked for $420.00 on Nov 24.')).toBeFocused()
    await expect(button(page, 'Request payout')).toHaveCount(0)
    expect(asked().filter(({ path }) => path.endsWith('/payout'))).toHaveLength(1)
  })

  test('that cannot be asked for says what is missing', async ({ page, visit }) => {
    await visit({ body: div('full-empty') + SCRIPT })
    await expect(page.getByText('You can ask for a payout from $50.00 on. Add an account first.')).toBeVisible()
    await expect(button(page, 'Request payout')).toHaveCount(0)
  })

  test('that fails says why and can be asked for again', async ({ page, visit }) => {
    await page.route('**/api/widget/payout', (route) => route.abort())
    await visit()
    await button(page, 'Request payout').click()
    await expect(block(page, 'earnings').getByRole('alert')).toContainText('could not be reached')
    await page.unroute('**/api/widget/payout')
    await button(page, 'Request payout').click()
    await expect(page.getByText('You asked for $420.00 on Nov 24.')).toBeVisible()
  })
})

test.describe('the account', () => {
  test('is checked field by field before it is sent, and shown masked afterwards', async ({ page, visit, asked }) => {
    await visit()
    const methods = block(page, 'methods')
    await expect(methods).toContainText('Payouts go to PayPal a•••@example.com')
    await button(methods, 'Change').click()
    await expect(button(methods, 'PayPal')).toBeFocused()
    await button(methods, 'Bank account').click()
    await button(methods, 'Save').click()
    await expect(methods.getByLabel('Account holder')).toBeFocused()
    await expect(methods.getByText('This is needed.')).toHaveCount(2)
    await methods.getByLabel('Account holder').fill('Ann Baker')
    await methods.getByLabel('IBAN or account number').fill('DE89 3704 0044 0532 0130 01')
    await expect(methods.getByText('Check this number')).toBeVisible()
    await button(methods, 'Save').click()
    await expect(methods.getByLabel('IBAN or account number')).toBeFocused()
    await methods.getByLabel('IBAN or account number').fill('DE89 3704 0044 0532 0130 00')
    await methods.getByLabel('IBAN or account number').press('Enter')
    await expect(methods).toContainText('Payouts go to Bank account •••• 0 00')
    await expect(button(methods, 'Change')).toBeFocused()
    await expect(methods.getByRole('status')).toHaveText('Saved')
    expect(asked().at(-1)!.body).toMatchObject({
      method: { kind: 'bank', holder: 'Ann Baker', account: 'DE89 3704 0044 0532 0130 00' },
    })
  })

  test('keeps what was typed when the API refuses it, beside the field it refuses', async ({ page, visit }) => {
    await visit()
    const methods = block(page, 'methods')
    await button(methods, 'Change').click()
    await button(methods, 'Bank account').click()
    await methods.getByLabel('Account holder').fill('Ann Baker')
    await methods.getByLabel('IBAN or account number').fill('1234567')
    await button(methods, 'Save').click()
    await expect(methods.getByLabel('IBAN or account number')).toHaveAccessibleDescription(/not right/)
    await expect(methods.getByLabel('Account holder')).toHaveValue('Ann Baker')
  })

  test('can be removed and added, and a change be thought better of', async ({ page, visit }) => {
    await visit()
    const methods = block(page, 'methods')
    await button(methods, 'Remove').click()
    await expect(methods.getByRole('button')).toHaveText(['Cancel', 'Remove'])
    await expect(button(methods, 'Cancel')).toBeFocused()
    await button(methods, 'Cancel').click()
    await expect(methods.getByRole('button')).toHaveText(['Change', 'Remove'])
    await button(methods, 'Remove').click()
    await button(methods, 'Remove').click()
    await expect(methods).toContainText('Add an account, so that you can be paid.')
    await expect(button(methods, 'Add account')).toBeFocused()
    await expect(page.getByText('Add an account first.')).toBeVisible()
    await button(methods, 'Add account').click()
    await button(methods, 'Cancel').click()
    await expect(button(methods, 'Add account')).toBeFocused()
    await button(methods, 'Add account').click()
    await methods.getByLabel('E-mail address of the account').fill('pay@example.com')
    await methods.getByLabel('E-mail address of the account').press('Enter')
    await expect(methods).toContainText('Payouts go to PayPal p•••@example.com')
  })
})

test('payouts are listed and the statement is downloaded', async ({ page, visit }) => {
  await visit({ body: div('full') + SCRIPT })
  const history = block(page, 'history')
  await expect(history.getByRole('listitem')).toHaveText([
    'Nov 2$480.00PayPalPaid',
    'Oct 2$455.00PayPalPaid',
    'Sep 2$120.00TransferTaken back',
    'Aug 3$305.00TransferPaid',
  ])
  const download = page.waitForEvent('download')
  await button(history, 'Download statement').click()
  expect((await download).suggestedFilename()).toBe('northwind-2026-11-24.csv')
})

test('the ladder shows where he stands and how far the next level is', async ({ page, visit }) => {
  await visit({ body: div('full') + SCRIPT })
  const levels = block(page, 'levels')
  await expect(levels.locator('[aria-current]')).toHaveText('Partner25% of every salefrom $5,000.00 in salesYour level')
  const bar = levels.getByRole('progressbar', { name: '$12,840.00 of $20,000.00 to Ambassador' })
  await expect(bar).toHaveAttribute('aria-valuenow', '64')
  await expect(block(page, 'share')).toContainText('You earn 25% of every sale')
})

test('the second tier has a link of its own to this page, and counts who came', async ({ page, visit, double }) => {
  await visit({ body: body('full') })
  const tier = block(page, 'tier')
  const { pathname } = new URL(page.url())
  await copies(page, button(tier, 'Copy link'), `${double.site}${pathname}?refgrow_invite=ann-baker`)
  await expect(tier).toContainText('Earned through them$126.40')
  await expect(tier.getByRole('listitem')).toHaveCount(3)
})

test('banners and texts are copied with his link in them', async ({ page, visit, double }) => {
  await visit({ body: body('full') })
  const materials = block(page, 'materials')
  await expect(materials.getByRole('img', { name: 'Wide banner' })).toBeVisible()
  await copies(
    page,
    button(materials, 'Copy HTML').first(),
    `<a href="${LINK}"><img src="${double.api}/banner-728x90.svg" width="728" height="90" alt="Wide banner"></a>`,
  )
  await copies(
    page,
    button(materials, 'Copy text'),
    `We moved our planning to Northwind and got our Fridays back. With ann-baker you can try it too: ${LINK}`,
  )
  await button(materials, 'More ways to share').click()
  const mail = materials.getByRole('link', { name: 'E-mail' })
  expect(decodeURIComponent((await mail.getAttribute('href'))!).split(LINK)).toHaveLength(2)
})

test('what opens moves nothing above it, and nothing sticks out of a narrow page', async ({ page, visit }) => {
  await page.setViewportSize({ width: 320, height: 700 })
  await visit({ body: div('full') + SCRIPT })
  await settled(page)
  const place = () =>
    page.locator('.share .row').evaluate((row) => {
      const { x, y, width, height } = row.getBoundingClientRect()
      return [x, y + scrollY, width, height]
    })
  const before = await place()
  for (const name of ['QR code', 'Link to a certain page', 'Your own code', 'Change', 'Show as table']) {
    await page.getByText(name, { exact: true }).click()
  }
  await button(block(page, 'share'), 'More ways to share').click()
  expect(await place()).toEqual(before)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
})
