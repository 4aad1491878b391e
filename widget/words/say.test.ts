import { expect, test } from 'vitest'
import { isolated } from './say.ts'

test('from right to left, texts put into a sentence stay in one piece', () => {
  expect(isolated({ amount: '$5', count: 3 })).toEqual({ amount: '\u2068$5\u2069', count: 3 })
})
