// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { pick } from './pick.ts'

test('a code is found wherever it stands in an address or in the cookies, and only under its whole name', () => {
  expect(pick('https://shop.test/?ref=bob', 'ref')).toBe('bob')
  expect(pick('https://shop.test/?a=1&ref=bob-b_7#top', 'ref')).toBe('bob-b_7')
  expect(pick('https://shop.test/#/plans?ref=bob', 'ref')).toBe('bob')
  expect(pick('a=1; ref=bob; b=2', 'ref')).toBe('bob')
  expect(pick('https://shop.test/?pref=bob&refs=eve', 'ref')).toBeUndefined()
  expect(pick('refgrow_ref=bob', 'ref')).toBeUndefined()
})

test.each(['', 'a b', 'a%20b', 'böb', 'a;b', '<script>', 'x'.repeat(65)])('%j is no code', (value) => {
  expect(pick(`https://shop.test/?ref=${value.replace(';', '%3B')}`, 'ref')).toBeUndefined()
})

test('64 letters are a code', () => {
  expect(pick(`?ref=${'x'.repeat(64)}`, 'ref')).toBe('x'.repeat(64))
})
