import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyRate, exponentOf, formatMinor, parseCurrency, toMinor } from './money.ts'

test('amounts are read digit by digit, with the digits of their currency', () => {
  expect(toMinor(49.99, 'USD')).toBe(4999)
  expect(toMinor(1.005, 'USD')).toBe(101)
  expect(toMinor('0.1', 'KWD')).toBe(100)
  expect(toMinor(1500, 'JPY')).toBe(1500)
  expect(toMinor(1499.5, 'JPY')).toBe(1500)
})

test('what is no amount is refused by name', () => {
  for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e21, '1,50', 'abc', '', '9999999999999999'])
    expect(() => toMinor(wrong, 'USD')).toThrow(/^value: /)
  expect(() => parseCurrency('XQZ')).toThrow('currency: expected an ISO 4217 code such as USD')
})

test('promise 4: money is exact: formatting and reading back is the same amount, in any currency', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 50 }),
      fc.constantFrom('USD', 'JPY', 'KWD', 'EUR'),
      (amount, currency) => {
        expect(toMinor(formatMinor(amount, currency), currency)).toBe(amount)
        expect(formatMinor(amount, currency).split('.')[1]?.length ?? 0).toBe(exponentOf(currency))
        expect(formatMinor(-amount || 0, currency).replace('-', '')).toBe(formatMinor(amount, currency))
      },
    ),
  )
})

test('promise 4: a share is a whole number, never above the base, never a half unit away from the exact value', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 50 }), fc.integer({ min: 0, max: 10_000 }), (amount, basisPoints) => {
      const share = applyRate(amount, basisPoints)
      expect(Number.isSafeInteger(share)).toBe(true)
      expect(share).toBeLessThanOrEqual(amount)
      const exact = BigInt(amount) * BigInt(basisPoints)
      const distance = BigInt(share) * 10_000n - exact
      expect(distance > -5_000n && distance <= 5_000n).toBe(true)
      expect(applyRate(-amount, basisPoints) + share).toBe(0)
    }),
  )
})
