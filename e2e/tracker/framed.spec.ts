/** A page in a frame: of its own site it works as ever, of another site nobody chose to come. */
import type { Collector } from './collector.ts'
import { cookiesOf, expect, run, test } from './harness.ts'

const link = `<a href="https://buy.stripe.com/x">Buy</a>`
const hidden = (src: string) =>
  `<iframe src="${src}" style="position: absolute; width: 1px; height: 1px; opacity: 0"></iframe>`

/** A page without the script that shows another one. */
const embedder = (collector: Collector, path: string, host: string, framed = '/?ref=eve') =>
  collector.page(path, hidden(collector.at(host, framed)))

test('a frame hidden in a page of another site leaves no cookie, and its click is reported as framed', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  collector.choose({ domains: ['other.test'] })
  embedder(collector, '/prizes', 'shop.test')
  await expectEvents({
    action: () => land(collector.at('evil.test', '/prizes')),
    expected: [{ what: 'click', referral_code: 'eve', framed: true }],
    total: 1,
  })
  expect(await page.context().cookies()).toEqual([])
  await expectEvents({ action: () => land('/pricing'), total: 1 })
  expect(await run(page, `Refgrow.processStripePaymentLinks(), document.cookie`)).toBe('')
})

test('whoever came through bob stays with bob, whatever frames other sites hide', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  embedder(collector, '/prizes', 'shop.test')
  await expectEvents({ action: () => land(), expected: [{ referral_code: 'bob', framed: false }], total: 1 })
  const before = await cookiesOf(page)
  await expectEvents({ action: () => land(collector.at('evil.test', '/prizes')), total: 2 })
  expect(await cookiesOf(page)).toEqual(before)
  await land('/pricing')
  expect(await run(page, 'document.cookie')).toContain('refgrow_ref_code=bob')
})

test('a frame of the site itself that another site holds is as foreign', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  embedder(collector, '/middle', 'shop.test')
  embedder(collector, '/outside', 'evil.test', '/middle')
  await expectEvents({ action: () => land('/outside'), expected: [{ referral_code: 'eve', framed: true }], total: 1 })
  expect(await page.context().cookies()).toEqual([])
})

for (const [what, host] of [
  ['the same host', 'shop.test'],
  ['another host of the same site', 'app.shop.test'],
] as const)
  test(`a frame of ${what} counts and remembers as ever`, async ({ page, collector, land, expectEvents }) => {
    embedder(collector, '/start', host)
    await expectEvents({
      action: () => land('/start'),
      expected: [{ referral_code: 'eve', framed: false }],
      total: 1,
    })
    expect(await cookiesOf(page)).toMatchObject({ ref: 'eve', refgrow_ref_code: 'eve' })
  })

test('links in a foreign frame carry the code of that visit, from memory alone', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  collector.page('/widget', collector.tag() + link)
  embedder(collector, '/blog', 'shop.test', '/widget?ref=eve')
  await expectEvents({ action: () => land(collector.at('blog.test', '/blog')), total: 1 })
  const frame = page.frames()[1]!
  expect(await frame.evaluate<string>(`Refgrow.processStripePaymentLinks(), document.querySelector('a').href`)).toBe(
    'https://buy.stripe.com/x?client_reference_id=eve',
  )
  expect(await page.context().cookies()).toEqual([])
})
