import { expect, test } from 'vitest'
import { directionOf, firstKnown } from './language-code.ts'

test('of a reader’s languages the first that there is counts, under any of its names', () => {
  expect(firstKnown(['tlh', 'nb-NO', 'de'], ['de', 'no'])).toEqual({ tag: 'nb-NO', code: 'no' })
  expect(firstKnown(['tlh', ''], ['de'])).toBeUndefined()
})

test.each([
  ['ar-EG', 'rtl'],
  ['he', 'rtl'],
  ['iw', 'rtl'],
  ['fa', 'rtl'],
  ['en', 'ltr'],
  ['', 'ltr'],
] as const)('%s is read %s', (tag, direction) => {
  expect(directionOf(tag)).toBe(direction)
})
