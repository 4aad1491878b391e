import { expect, test } from 'vitest'
import { commissionBase } from './base.ts'

const NEITHER = { commission_on_tax: false, commission_on_shipping: false }
const price = { gross: 12_500, tax: 2_000, shipping: 500 }

test('commission is computed without tax and shipping, with one of them, or with both', () => {
  expect(commissionBase(price, NEITHER)).toBe(10_000)
  expect(commissionBase(price, { ...NEITHER, commission_on_tax: true })).toBe(12_000)
  expect(commissionBase(price, { ...NEITHER, commission_on_shipping: true })).toBe(10_500)
  expect(commissionBase(price, { commission_on_tax: true, commission_on_shipping: true })).toBe(12_500)
})

test('what credit paid earns nothing; the rest is its share, rounded once', () => {
  expect(commissionBase({ ...price, total: 12_500, gross: 6_250 }, NEITHER)).toBe(5_000)
  expect(commissionBase({ gross: 1, total: 3, tax: 1, shipping: 0 }, NEITHER)).toBe(1)
  expect(commissionBase({ gross: 0, total: 12_500, tax: 0, shipping: 0 }, NEITHER)).toBe(0)
})

test('more tax and shipping than was billed is nothing, and more paid than billed is what was billed', () => {
  expect(commissionBase({ gross: 100, tax: 80, shipping: 40 }, NEITHER)).toBe(0)
  expect(commissionBase({ gross: 150, total: 100, tax: 20, shipping: 0 }, NEITHER)).toBe(80)
})
