import { expect, test } from 'vitest'
import { codeOf } from './code-text.ts'

test.each([
  ['314159', '314159'],
  ['Your code is 314 159.', '314159'],
  ['٣١٤١٥٩', '314159'],
  ['۳۱۴۱۵۹', '314159'],
  ['３１４１５９', '314159'],
  ['3141592', '314159'],
  [`Your code: ${'1234abcd'.repeat(4)}.`, '1234abcd'.repeat(4)],
  ['none', ''],
])('%s is read as %s', (typed, digits) => {
  expect(codeOf(typed)).toBe(digits)
})
