import { expect, test } from 'vitest'
import { addDays, releaseOf } from './time.ts'

test('held money is released on the first midnight after the full hold, never early', () => {
  expect(releaseOf('2026-01-15T10:00:00.000Z', 30)).toBe('2026-02-15T00:00:00.000Z')
  expect(releaseOf('2026-01-15T00:00:00.000Z', 30)).toBe('2026-02-14T00:00:00.000Z')
  expect(releaseOf('2026-01-15T10:00:00.000Z', 0)).toBe('2026-01-15T10:00:00.000Z')
})

test('days cross months and leap years', () => {
  expect(addDays('2028-02-28', 1)).toBe('2028-02-29')
  expect(addDays('2026-01-01', -1)).toBe('2025-12-31')
})
