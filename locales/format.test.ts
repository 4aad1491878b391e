import { afterEach, expect, test, vi } from 'vitest'
import { formats, learn } from './format.ts'

const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ')

test('money is written from minor units with as many digits as its currency has', () => {
  const { money } = formats('en')
  expect(money(123450, 'USD')).toBe('$1,234.50')
  expect(money(1200, 'JPY')).toBe('¥1,200')
  expect(plain(money(1234, 'KWD'))).toBe('KWD 1.234')
  expect(money(-2615, 'EUR')).toBe('-€26.15')
  expect(money(123_456_789_012_34, 'USD')).toBe('$123,456,789,012.34')
  expect(
    ['JPY', 'USD', 'KWD'].map((currency) =>
      formats('en')
        .money(1500, currency)
        .replace(/[^\d.,]/g, ''),
    ),
  ).toEqual(['1,500', '15.00', '1.500'])
})

test('money that came or went has a sign, nothing has none', () => {
  const { gain } = formats('en')
  expect([gain(2400, 'USD'), gain(-2400, 'USD'), gain(0, 'USD')]).toEqual(['+$24.00', '-$24.00', '$0.00'])
})

test('the language decides how', () => {
  const german = formats('de')
  expect(plain(german.money(123450, 'EUR'))).toBe('1.234,50 €')
  expect(plain(german.percent(1250))).toBe('12,5 %')
  expect(german.days(30)).toBe('30 Tage')
  expect(german.day('2026-12-03T00:00:00.000Z')).toBe('3. Dez.')
})

test('a day of another year says which', () => {
  expect(formats('en').day('2026-12-03', '2026-11-24')).toBe('Dec 3')
  expect(formats('en').day('2027-01-12', '2026-11-24')).toBe('Jan 12, 2027')
})

test('counts get short at a million', () => {
  const { count } = formats('en')
  expect([999_999, 1_240_000].map(count)).toEqual(['999,999', '1.24M'])
})

test('from right to left a Latin currency sign stays in one piece', () => {
  const arabic = formats('ar')
  expect(plain(arabic.gain(1980, 'USD'))).toBe('\u2068+19.80 US$\u2069')
  expect(plain(formats('he').money(-1980, 'USD'))).toBe('\u2068-19.80 $\u2069')
  expect(arabic.money(1980, 'AED')).toContain('د.إ')
  expect(arabic.money(1980, 'AED')).not.toContain('\u2068')
})

afterEach(() => vi.restoreAllMocks())

test('what is known needs no Intl; the rest is written as ever, and newer texts take the place of older ones', () => {
  const { money, count, day } = formats('en-NZ')
  learn('en-NZ', { 'money 123450 USD': 'known', 'count 7': 'seven', 'day 2026-12-03 2026-11-21': 'soon' })
  const made = vi.spyOn(Intl, 'NumberFormat')
  expect([money(123450, 'USD'), count(7), day('2026-12-03', '2026-11-21')]).toEqual(['known', 'seven', 'soon'])
  expect(made).not.toHaveBeenCalled()
  expect(count(8)).toBe('8')
  expect(made).toHaveBeenCalled()
  learn('en-NZ', {})
  expect(count(7)).toBe('7')
  expect(formats('en').count(7)).toBe('7')
})

test('a tag that Intl does not take is written as its language', () => {
  expect(formats('de-a').number(1234)).toBe('1.234')
})
