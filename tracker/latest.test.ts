// @vitest-environment happy-dom
// @vitest-environment-options { "url": "http://shop.test/" }
import { afterEach, expect, test, vi } from 'vitest'
import { leave, load } from './fresh-page.ts'

afterEach(leave)

test.each(['7', 'acme', '0b5e3a52-8c1f-4c9e-9a63-1f6f1a4b2c3d'])('a project may be called %s', async (projectId) => {
  const { sent } = await load('/?ref=bob', { projectId })
  expect(sent).toMatchObject([{ what: 'click', project_id: projectId, referral_code: 'bob' }])
})

test('without a project it says so and does nothing', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue()
  const { sent } = await load('/?ref=bob', { projectId: '' })
  expect(warn).toHaveBeenCalledOnce()
  expect(sent).toEqual([])
  expect('Refgrow' in window).toBe(false)
})

test('it says nothing unasked, and in debug mode what it did', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue()
  await load('/?ref=bob')
  expect(warn).not.toHaveBeenCalled()
  leave()
  const loud = vi.spyOn(console, 'warn').mockReturnValue()
  await load('/?refgrow_debug=1')
  expect(loud).toHaveBeenCalledWith('Refgrow:', 'no referral')
})

test('properties that page.js put on the function stay', async () => {
  const identify = vi.fn<() => void>()
  Object.assign(window, { Refgrow: Object.assign(() => undefined, { identify }) })
  const { refgrow } = await load('/')
  expect(refgrow['identify']).toBe(identify)
})

test('links are decorated on demand, once, and never over a value of the page', async () => {
  const { refgrow } = await load('/?ref=bob')
  document.body.innerHTML = `<a href="https://buy.stripe.com/x"></a><a href="https://buy.stripe.com/x?client_reference_id=7"></a>`
  refgrow['processStripePaymentLinks']!()
  refgrow['processStripePaymentLinks']!()
  expect([...document.querySelectorAll('a')].map(({ href }) => href)).toEqual([
    'https://buy.stripe.com/x?client_reference_id=bob',
    'https://buy.stripe.com/x?client_reference_id=7',
  ])
})

test('a code may be called like a property that every object has', async () => {
  const { sent } = await load('/?ref=constructor')
  expect(sent).toMatchObject([{ what: 'click', referral_code: 'constructor' }])
})

test('ids of clicks sort by time, and hold more than the time', async () => {
  const ids: string[] = []
  for (const now of [1_700_000_000_000, 1_700_000_000_001, 1_900_000_000_000]) {
    vi.useFakeTimers({ toFake: ['Date'], now })
    const { sent } = await load('/?ref=bob')
    vi.useRealTimers()
    leave()
    ids.push(sent[0]!['click_id'] as string)
    expect(ids.at(-1)).toMatch(new RegExp(`^${now.toString(36)}[a-z0-9]{6,13}$`))
  }
  expect(ids.toSorted()).toEqual(ids)
})

test('a first-click project keeps a code whose cookie came without a click, and makes up no click for it', async () => {
  document.cookie = 'refgrow_ref_code=bob;path=/'
  localStorage['refgrow'] = '{"first":true}'
  await load('/?ref=eve')
  expect(document.cookie).toContain('refgrow_ref_code=bob')
  expect(document.cookie).not.toMatch(/eve|undefined/)
})
