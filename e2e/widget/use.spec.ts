/** Using it: keyboard, pointer, copying, and what assistive technology is told. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { div, expect, GOOD_HASH, SCRIPT, settled, test } from './harness.ts'

/** What the block with the link tells the screen reader. */
const said = (page: Page) => page.locator('.share').getByRole('status')

test.describe('the link is copied', () => {
  const copied = async ({ page }: { page: Page }) => {
    await page.getByRole('button', { name: 'Copy link' }).click()
    await expect(said(page)).toHaveText('Copied')
    await expect(
      page.getByRole('button', { name: 'Copied' }).or(page.getByRole('button', { name: 'Copy link' })),
    ).toBeFocused()
    await page.locator('#paste').focus()
    await page.keyboard.press('Control+V')
    await expect(page.locator('#paste')).toHaveValue('https://northwind.example/?ref=ann-baker')
  }
  const body = `${div()}<textarea id="paste"></textarea>${SCRIPT}`

  test('through the clipboard', async ({ page, visit }) => {
    await visit({ body })
    await copied({ page })
  })

  test('also where the page may not use the clipboard', async ({ page, visit }) => {
    await visit({ body, headers: { 'permissions-policy': 'clipboard-write=()' } })
    await copied({ page })
  })

  test('and the button is itself again after two seconds', async ({ page, visit }) => {
    await page.clock.install()
    await visit({ body })
    await page.getByRole('button', { name: 'Copy link' }).click()
    await expect(said(page)).toHaveText('Copied')
    await page.clock.runFor(2000)
    await expect(said(page)).toHaveText('')
  })
})

test('the readout follows pointer and arrow keys, and says what it shows', async ({ page, visit }) => {
  await visit()
  const chart = page.getByRole('slider', { name: 'Clicks per day' })
  await chart.focus()
  await expect(page.locator('.readout')).toHaveText('63 Nov 24')
  await chart.press('ArrowLeft')
  await expect(page.locator('.readout')).toHaveText('66 Nov 23')
  await expect(chart).toHaveAttribute('aria-valuetext', 'Monday, November 23, 2026: 66')
  await chart.press('Home')
  await expect(page.locator('.readout')).toContainText('Oct 26')
  await chart.press('End')
  await chart.blur()
  await expect(page.locator('.readout')).toHaveCount(0)

  const { width } = (await chart.boundingBox())!
  await chart.hover({ position: { x: width - 2, y: 20 } })
  await expect(page.locator('.readout')).toContainText('Nov 24')
  await chart.hover({ position: { x: 2, y: 20 } })
  await expect(page.locator('.readout')).toContainText('Oct 26')
})

test('from right to left the chart, its keys and its pointer are mirrored', async ({ page, visit }) => {
  await visit()
  await settled(page)
  await page.locator('.root').evaluate((root) => root.setAttribute('dir', 'rtl'))
  const chart = page.getByRole('slider')
  await chart.focus()
  await chart.press('ArrowRight')
  await expect(page.locator('.readout')).toContainText('Nov 23')
  await chart.hover({ position: { x: 2, y: 20 } })
  await expect(page.locator('.readout')).toContainText('Nov 24')
  const [plot, dot] = [(await chart.boundingBox())!, (await page.locator('.dot').boundingBox())!]
  expect(Math.abs(dot.x + dot.width / 2 - plot.x)).toBeLessThan(1)
})

test('what is shown and for how long can be chosen, and read as a table', async ({ page, visit }) => {
  await visit({ body: div('refunds') + SCRIPT })
  await page.getByRole('button', { name: '7 days' }).click()
  await page.getByRole('button', { name: 'Earnings' }).click()
  await expect(page.getByRole('button', { pressed: true })).toHaveText(['7 days', 'Earnings'])
  await page.getByText('Show as table').click()
  const rows = page.getByRole('row')
  await expect(rows).toHaveCount(8)
  await expect(rows.nth(0)).toHaveText('DateEarnings')
  await expect(rows.nth(1)).toContainText('Nov 24')
  await expect(page.getByRole('cell', { name: 'taken back' })).not.toHaveCount(0)
})

test('everything is reached with Tab, in the order it is read, with a ring to see it by', async ({ page, visit }) => {
  await visit()
  await settled(page)
  const reached: string[] = []
  for (let step = 0; step < 19; step += 1) {
    await page.keyboard.press('Tab')
    const [name, ring] = await page.evaluate(() => {
      const element = document.getElementById('refgrow')!.firstElementChild!.shadowRoot!.activeElement!
      return [
        element.getAttribute('aria-label') ?? (element as HTMLElement).innerText,
        getComputedStyle(element).outlineWidth,
      ]
    })
    expect(ring).toBe('2px')
    reached.push(name.split('\n')[0]!)
  }
  expect(reached).toEqual([
    'Copy link',
    'More ways to share',
    'QR code',
    'Link to a certain page',
    'Copy code',
    '7 days',
    '30 days',
    '90 days',
    '365 days',
    'Clicks',
    'Signups',
    'Purchases',
    'Earnings',
    'Clicks per day',
    'Show as table',
    'Request payout',
    'Latest activity',
    'Change',
    'Remove',
  ])
})

async function openEverything(page: Page) {
  await page.locator('.root').evaluate((root) => root.setAttribute('dir', 'rtl'))
  for (const name of ['QR code', 'Link to a certain page', 'Your own code', 'Change', 'Bank account', 'Save']) {
    await page.getByRole('button', { name, exact: true }).last().click()
  }
  await page.getByRole('button', { name: 'More ways to share' }).first().click()
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`axe finds nothing, ${colorScheme}`, () => {
    test.use({ colorScheme })
    const ground = colorScheme === 'dark' ? '#0e0f12' : '#fff'

    for (const [name, project, proof] of [
      ['dashboard', 'lively', true],
      ['every block', 'full', true],
      ['every block, empty', 'full-empty', true],
      ['branded', 'branded', true],
      ['join', 'lively', false],
      ['failure', '500', true],
      ['skeleton', 'never', true],
    ] as const) {
      test(name, async ({ page, visit }) => {
        const attributes = proof ? `data-project-email="ann@example.com" data-user-hash="${GOOD_HASH}"` : ''
        await visit({
          head: `<style>body{background:${ground}}</style>`,
          body: `<main><h1>Partners</h1>${div(project, attributes)}</main>${SCRIPT}`,
        })
        await page.locator('.block').first().waitFor()
        if (name !== 'skeleton') await settled(page)
        if (name === 'dashboard') {
          await page.getByText('Show as table').click()
          await page.getByRole('slider').focus()
        }
        if (project === 'full') {
          // All that can be open is: more than three times the page to look through.
          test.slow()
          await openEverything(page)
        }
        const { violations } = await new AxeBuilder({ page }).include('#refgrow').analyze()
        expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
      })
    }
  })
}
