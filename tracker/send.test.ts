// @vitest-environment happy-dom
// @vitest-environment-options { "url": "http://shop.test/" }
import { afterEach, expect, test, vi } from 'vitest'
import { leave, load } from './fresh-page.ts'

afterEach(() => {
  vi.useRealTimers()
  leave()
})

const kept = () => Object.keys(localStorage)

test('a conversion is kept before it is sent, for the page may be gone before the answer, and let go when it is taken', async () => {
  const { refgrow } = await load('/')
  const sending = refgrow(5, 'purchase', 'a@b.test')
  expect(kept()).toHaveLength(1)
  await sending
  expect(kept()).toHaveLength(0)
  expect(localStorage).toHaveLength(0)
})

test('an unanswered conversion is tried four times with growing delay, and then waits for the next page', async () => {
  vi.useFakeTimers()
  const { refgrow, sent } = await load('/', {}, 0)
  await refgrow(5, 'purchase', 'a@b.test')
  const triedAfter = async (milliseconds: number) => {
    await vi.advanceTimersByTimeAsync(milliseconds)
    return sent.length
  }
  expect(await triedAfter(0)).toBe(1)
  expect([await triedAfter(499), await triedAfter(1)]).toEqual([1, 2])
  expect([await triedAfter(1499), await triedAfter(1)]).toEqual([2, 3])
  expect([await triedAfter(4499), await triedAfter(1)]).toEqual([3, 4])
  expect(await triedAfter(1e6)).toBe(4)
  expect(new Set(sent.map(({ idempotency_key: key }) => key)).size).toBe(1)
  expect(kept()).toEqual([sent[0]!['idempotency_key']])
})

test('a page that looks again while the API is down sends what an earlier page kept once, and its own not again', async () => {
  vi.useFakeTimers()
  localStorage['refgrow earlier'] = JSON.stringify({ type: 'signup', idempotency_key: 'refgrow earlier' })
  const { refgrow, sent } = await load('/', {}, 503)
  await refgrow(5, 'purchase', 'a@b.test')
  refgrow['init']!()
  refgrow['reset']!()
  refgrow['init']!()
  await vi.advanceTimersByTimeAsync(0)
  expect(sent.map(({ type }) => type)).toEqual(['signup', 'purchase'])
})

test.each([400, 403, 404, 422])('%d is an answer: nothing is tried again, nothing is kept', async (status) => {
  vi.useFakeTimers()
  const { refgrow, sent } = await load('/?ref=bob', {}, status)
  await refgrow(5, 'purchase', 'a@b.test')
  await vi.advanceTimersByTimeAsync(1e6)
  expect(sent.map(({ what }) => what)).toEqual(['click', 'event'])
  expect(localStorage).toHaveLength(0)
})

test.each([429, 500, 503])('%d is tried again', async (status) => {
  vi.useFakeTimers()
  const { refgrow, sent, answer } = await load('/', {}, status)
  await refgrow(5, 'purchase', 'a@b.test')
  answer.status = 202
  await vi.advanceTimersByTimeAsync(1e6)
  expect(sent).toHaveLength(2)
  expect(kept()).toEqual([])
})

test('data-api names another API, else the origin of the script is asked', async () => {
  const urls: string[] = []
  const note = () => vi.stubGlobal('fetch', (url: URL) => Promise.resolve(void urls.push(url.href)))
  const own = await load('/')
  note()
  await own.refgrow(0, 'signup', 'a@b.test')
  leave()
  const other = await load('/', { api: 'https://api.other.test' })
  note()
  await other.refgrow(0, 'signup', 'a@b.test')
  expect(urls).toEqual(['https://refgrow.test/api/track/event', 'https://api.other.test/api/track/event'])
})
