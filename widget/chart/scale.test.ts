import { expect, test } from 'vitest'
import { areaPath, lastDays, linePath, scaleOf, x } from './scale.ts'

test('days on which nothing happened are zero, and the last day is today', () => {
  const entries = [{ day: '2026-02-27', clicks: 4 }]
  expect(lastDays(entries, '2026-03-01', 4, ({ clicks }) => clicks)).toEqual([
    { day: '2026-02-26', value: 0 },
    { day: '2026-02-27', value: 4 },
    { day: '2026-02-28', value: 0 },
    { day: '2026-03-01', value: 0 },
  ])
})

test.each([
  ['all zero', [0, 0], [0, 1, 2]],
  ['a single click', [0, 1], [0, 1, 2]],
  ['a hundred and twenty-six', [3, 126], [0, 80, 160]],
  ['taken back', [-5, 100], [-100, 0, 100]],
  ['only taken back', [-5, 0], [-6, -3, 0]],
  ['twelve digits', [0, 123_456_789_012], [0, 80_000_000_000, 160_000_000_000]],
])('three round lines hold %s', (_, values, ticks) => {
  expect(scaleOf(values).ticks).toEqual(ticks)
})

test('every value lies between the lowest and the highest line, which are whole', () => {
  for (let value = -2000; value < 2000; value += 7) {
    const scale = scaleOf([value, 31])
    expect(scale.y(value)).toBeGreaterThanOrEqual(0)
    expect(scale.y(value)).toBeLessThanOrEqual(100)
    expect(scale.ticks.every(Number.isInteger)).toBe(true)
  }
})

test('zero is a flat line at the bottom, one point stands in the middle', () => {
  const flat = ['a', 'b', 'c'].map((day) => ({ day, value: 0 }))
  expect(linePath(flat, scaleOf([0]))).toBe('M0 100L50 100L100 100')
  expect(areaPath(flat, scaleOf([0]))).toBe('M0 100L50 100L100 100L100 100L0 100Z')
  expect(x(0, 1)).toBe(50)
})
