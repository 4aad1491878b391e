/** Conversions are money: they arrive once, also when the page is left, the API fails or the network is gone. */
import { readFileSync } from 'node:fs'
import { expect, run, test } from './harness.ts'

const stub = readFileSync('tracker/stub.js', 'utf8')

test('13 calls made through the stub before the script loads are sent once, in order, after the click', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  collector.page(
    '/',
    `<script>
     const sent = [], ask = fetch
     window.fetch = (url, options) => (options.body && sent.push(JSON.parse(options.body).type ?? 'click'), ask(url, options))
     ${stub}
     Refgrow(0, 'signup', 'a@b.test'); Refgrow(49.99, 'purchase', 'a@b.test', { reference: 7, couponCode: 'JANE20', currency: 'EUR' })
     </script>${collector.tag()}`,
  )
  await expectEvents({ action: () => land(), total: 3 })
  // Requests under way at once may overtake each other: the order is that in which the page sent them.
  expect(await run(page, 'sent')).toEqual(['click', 'signup', 'purchase'])
  const bodyOf = (type?: string) => collector.reports.find(({ body }) => body['type'] === type)!.body
  const { click_id } = bodyOf()
  const common = { referral_code: 'bob', project_id: '42', click_id }
  expect(bodyOf('signup')).toMatchObject({ ...common, value: 0, email: 'a@b.test' })
  expect(Object.keys(bodyOf('signup'))).not.toContain('reference')
  const details = { reference: 7, couponCode: 'JANE20', currency: 'EUR' }
  expect(bodyOf('purchase')).toMatchObject({ ...common, value: 49.99, ...details })
  expect(await run(page, 'Refgrow(1, "x") instanceof Promise')).toBe(true)
})

test('13 an unknown call warns and sends nothing', async ({ page, land, spoken, expectEvents }) => {
  await land('/')
  await expectEvents({ action: () => run(page, `Promise.all([Refgrow('bogus'), Refgrow('bogus', 'x')])`), total: 0 })
  expect(spoken[0]).toContain('unknown call')
})

test('15 a conversion of a visitor nobody referred is sent, for a coupon or a known e-mail may attribute it', async ({
  page,
  land,
  expectEvents,
}) => {
  await land('/')
  await expectEvents({
    action: () => run(page, `Refgrow('20', 'purchase', 'a@b.test', { coupon: 'JANE20' })`),
    expected: [{ what: 'event', value: 20, coupon: 'JANE20' }],
    refused: [{ referral_code: '' }],
    total: 1,
  })
  expect(await run(page, 'localStorage.length')).toBe(0)
})

test('15 a conversion followed at once by a navigation arrives', async ({ page, collector, land, expectEvents }) => {
  await land()
  await expectEvents({ total: 1 })
  await expectEvents({
    action: async () => {
      await run(page, `void Refgrow(0, 'signup', 'a@b.test'); location.href = '${collector.at('else.test')}'`)
      await page.waitForURL(/else/)
    },
    expected: [{}, { type: 'signup' }],
    total: 2,
  })
})

test('15 a conversion followed at once by the closing of the tab arrives', async ({ page, land, expectEvents }) => {
  await land()
  await expectEvents({
    action: async () => {
      await run(page, `void Refgrow(0, 'signup', 'a@b.test')`)
      await page.close()
    },
    expected: [{}, { type: 'signup' }],
    total: 2,
  })
})

test('15 two identical calls carry one idempotency key, different ones do not', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  await land('/')
  const call = (line: string) => () => run(page, line)
  await expectEvents({ action: call(`Refgrow(5, 'purchase', 'a@b.test', { reference: 'A' })`), total: 1 })
  await page.reload()
  await expectEvents({ action: call(`Refgrow(5, 'purchase', 'a@b.test', { reference: 'A' })`), total: 2 })
  await expectEvents({ action: call(`Refgrow(5, 'purchase', 'a@b.test', { reference: 'B' })`), total: 3 })
  const [first, second, third] = collector.reports.map(({ body }) => body['idempotency_key'])
  expect(second).toBe(first)
  expect(third).not.toBe(first)
})

test('16 an API that answers 500 twice is asked a third time and not again', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  collector.answerWith((_, count) => (count < 3 ? { status: 500 } : {}))
  await land('/')
  await expectEvents({ action: () => run(page, `Refgrow(5, 'purchase', 'a@b.test')`), total: 3 })
  const keys = new Set(collector.reports.map(({ body }) => body['idempotency_key']))
  expect(keys.size).toBe(1)
  await expectEvents({ action: () => land('/next'), total: 3 })
})

test('16 a click is retried once, with the same click id', async ({ collector, land, expectEvents }) => {
  collector.answerWith((_, count) => (count < 2 ? { status: 503 } : {}))
  await expectEvents({ action: () => land(), total: 2 })
  expect(collector.reports[1]!.body).toEqual(collector.reports[0]!.body)
})

test('16 a refusal is final: no retry, nothing kept, and the cookie stays', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  collector.answerWith(() => ({ status: 404, body: { success: false, error: 'Unknown code', code: 'unknown_code' } }))
  await land()
  await expectEvents({ action: () => run(page, `Refgrow(5, 'purchase', 'a@b.test')`), total: 2 })
  await expectEvents({ action: () => land('/next'), total: 2 })
  expect(await run(page, 'document.cookie')).toContain('refgrow_ref_code=bob')
})

test('16 a conversion made offline resolves, is kept, and is sent on the next page', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  await land()
  await expectEvents({ total: 1 })
  collector.goDown(true)
  expect(await run(page, `Refgrow(5, 'purchase', 'a@b.test').then(() => 'resolved')`)).toBe('resolved')
  // The page is left before its own retry could meet an API that is up again.
  await page.goto('about:blank')
  collector.goDown(false)
  await expectEvents({
    action: () => land('/next'),
    expected: [{}, { type: 'purchase', value: 5, email: 'a@b.test', referral_code: 'bob' }],
    total: 2,
  })
  await expectEvents({ action: () => land('/last'), total: 2 })
})

test('16 an API that is only down raises no error and keeps the cookie', async ({ page, collector, land, spoken }) => {
  collector.goDown(true)
  await land()
  await run(page, `Refgrow(5, 'purchase', 'a@b.test')`)
  expect(await run(page, 'document.cookie')).toContain('refgrow_ref_code=bob')
  expect(spoken.filter((line) => line.includes('Refgrow'))).toEqual([])
})
