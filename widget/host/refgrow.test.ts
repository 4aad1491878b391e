// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest'
import { install, refgrow, type Refgrow } from './refgrow.ts'

const page = window as unknown as { Refgrow?: Refgrow }
const methods = () => ({
  init: vi.fn(),
  reset: vi.fn(),
  on: vi.fn(() => () => {}),
  identify: vi.fn(),
  setLanguage: vi.fn(),
  widgets: { scan: vi.fn() },
})

beforeEach(() => {
  delete page.Refgrow
})

test('without the tracker Refgrow is a function that keeps calls for it and promises an end', async () => {
  install(methods())
  await page.Refgrow!(0, 'signup', 'ann@example.com')
  expect(typeof page.Refgrow).toBe('function')
  expect(page.Refgrow!.q!.map((call) => [...(call as unknown[])])).toEqual([[0, 'signup', 'ann@example.com']])
})

test('the tracker that was there first goes on, as the same function', () => {
  const tracker: Refgrow = Object.assign(() => 'sent', { init: vi.fn(() => 'started'), reset: vi.fn() })
  const { init: started, reset: restarted } = tracker
  page.Refgrow = tracker
  const own = methods()
  install(own)
  expect(page.Refgrow).toBe(tracker)
  expect(page.Refgrow(1)).toBe('sent')
  expect(page.Refgrow.init!()).toBe('started')
  page.Refgrow.reset!()
  for (const call of [started, restarted, own.init, own.reset]) expect(call).toHaveBeenCalledOnce()
})

test('a tracker that comes later and puts its own function there is extended as soon as it has loaded', () => {
  const own = methods()
  install(own)
  const started = vi.fn()
  page.Refgrow = Object.assign(() => 'sent', page.Refgrow, { init: started })
  document.head.append(document.createElement('script'))
  document.head.lastChild!.dispatchEvent(new Event('load'))
  page.Refgrow.init!()
  expect(started).toHaveBeenCalledOnce()
  expect(own.init).toHaveBeenCalled()
  expect(page.Refgrow.identify).toBe(own.identify)
})

test('what the page queued in an object of its own is kept', () => {
  page.Refgrow = { q: [['early']] } as unknown as Refgrow
  expect(refgrow().q).toEqual([['early']])
})
