// @vitest-environment happy-dom
// @vitest-environment-options { "url": "http://shop.test/" }
import { afterEach, expect, test, vi } from 'vitest'
import { leave, load } from './fresh-page.ts'

afterEach(leave)

test('a conversion says what the page said, and leaves out what it did not', async () => {
  const { refgrow, sent } = await load('/thanks')
  await refgrow('49.99', 'purchase', 'a@b.test', { reference: 7 })
  expect(sent).toEqual([
    {
      what: 'event',
      project_id: '42',
      type: 'purchase',
      value: 49.99,
      email: 'a@b.test',
      reference: 7,
      url: 'http://shop.test/thanks',
      version: VERSION,
      idempotency_key: expect.stringContaining('a@b.test'),
    },
  ])
})

test.each([
  [' A&b@x.com\n', 'A&b@x.com'],
  ['josé@müller.de', 'josé@müller.de'],
  ['', ''],
  [undefined, undefined],
  [null, null],
  [5, 5],
])('the email %j goes as the page gave it, without the blanks around it', async (given, goes) => {
  const { refgrow, sent } = await load('/')
  await refgrow(0, 'signup', given)
  expect(sent).toHaveLength(1)
  expect(sent[0]!['email']).toBe(goes)
})

test.each(['coupon', 'coupon_code', 'couponCode', 'coupon_code_used'])(
  'a coupon called %s goes as it came',
  async (name) => {
    const { refgrow, sent } = await load('/')
    await refgrow(1, 'purchase', 'a@b.test', { [name]: 'JANE20' })
    expect(sent[0]).toMatchObject({ [name]: 'JANE20' })
  },
)

test('two identical calls carry one key; another value, type, e-mail, reference or day carries another', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(2026, 10, 20, 12) })
  const { refgrow, sent } = await load('/')
  const calls: unknown[][] = [
    [5, 'purchase', 'a@b.test', { reference: 'A' }],
    [5, 'purchase', 'a@b.test', { reference: 'A' }],
    [6, 'purchase', 'a@b.test', { reference: 'A' }],
    [5, 'renewal', 'a@b.test', { reference: 'A' }],
    [5, 'purchase', 'b@b.test', { reference: 'A' }],
    [5, 'purchase', 'a@b.test', { reference: 'B' }],
  ]
  for (const call of calls) await refgrow(...call)
  vi.setSystemTime(new Date(2026, 10, 21, 12))
  await refgrow(...calls[0]!)
  vi.useRealTimers()
  const keys = sent.map(({ idempotency_key: key }) => key)
  expect(keys[1]).toBe(keys[0])
  expect(new Set(keys).size).toBe(calls.length)
})

test('keys of ten thousand similar calls do not meet', async () => {
  const { refgrow, sent } = await load('/')
  for (let order = 0; order < 10_000; order++)
    await refgrow(order % 10, 'purchase', `a${order % 100}@b.test`, { reference: order })
  expect(new Set(sent.map(({ idempotency_key: key }) => key)).size).toBe(10_000)
})

test.each([[], ['bogus'], ['bogus', 'purchase'], [5], [-5, 'purchase'], [null]])(
  'Refgrow(%j) warns and sends nothing',
  async (...call) => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    const { refgrow, sent } = await load('/')
    await refgrow(...call)
    await refgrow(...call)
    expect(sent).toEqual([])
    expect(warn).toHaveBeenCalledOnce()
  },
)
