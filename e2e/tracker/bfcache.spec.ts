/** A page that comes back from the back/forward cache goes on where it was. */
import { expect, run, test } from './harness.ts'

test('21 a page restored by the back button sends no second click, and its links carry the cookie of now', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  collector.page('/', `${collector.tag()}<a href="https://buy.stripe.com/x">Buy</a>`)
  collector.page('/away', '')
  await land()
  await expectEvents({ total: 1 })
  await page.locator('a').dispatchEvent('pointerdown')
  await run(page, `addEventListener('pageshow', ({ persisted }) => { window.restored = persisted })`)
  await land('/away')
  await run(page, `document.cookie = 'refgrow_ref_code=eve;path=/;domain=shop.test;max-age=999'`)
  await expectEvents({ action: () => page.goBack({ waitUntil: 'commit' }), total: 1 })
  await expect.poll(() => run(page, 'window.restored')).toBe(true)
  await page.locator('a').dispatchEvent('pointerdown')
  await expect(page.locator('a')).toHaveAttribute('href', 'https://buy.stripe.com/x?client_reference_id=eve')
  await expectEvents({ total: 1 })
})
