/**
 * Numbers, money and days the way the reader's language writes them. Money comes in minor units of its currency.
 *
 * A page's first Intl format costs it 40 ms, and four times as much on a slow phone, for the browser then lists all of its
 * languages. So the API answers the dashboard's first numbers written as well (server/public/widget/first-texts.ts), and what is
 * known here needs no Intl.
 */
import { exponentOf } from '../server/core/kit/currency-exponent.ts'
import { languageCode } from './language-code.ts'

export interface Formats {
  number: (value: number) => string
  /** Short from a million on: `1.24M`. */
  count: (value: number) => string
  /** `basisPoints`: 2000 = 20 %. */
  percent: (basisPoints: number) => string
  money: (minor: number, currency: string) => string
  /** Money that came in or went, with its sign: `+$24.00`; zero has none. */
  gain: (minor: number, currency: string) => string
  /** As short as a chart's scale wants it: `€1.2K`. */
  shortMoney: (minor: number, currency: string) => string
  /** `3 Dec`, with the year when it is not `today`'s. */
  day: (day: string, today?: string) => string
  longDay: (day: string) => string
  days: (count: number) => string
  list: (parts: string[]) => string
}

/** What `Formats` would write, by `name argument argument`. */
export type KnownTexts = Record<string, string>

const MILLION = 1_000_000
const MOST_LOCALES = 100
const cache = new Map<string, Formats>()
const known = new Map<string, KnownTexts>()

/** @param locale as a page says it: where it is no tag that Intl takes, its language alone counts */
export function formats(locale: string): Formats {
  const before = cache.get(locale)
  if (before) return before
  const intl = withIntl(once(() => (isLocale(locale) ? locale : languageCode(locale))))
  const made = Object.fromEntries(
    Object.entries(intl).map(([name, write]: [string, (...args: never[]) => string]) => [
      name,
      (...args: never[]) => known.get(locale)?.[keyOf(name, args)] ?? write(...args),
    ]),
  ) as unknown as Formats
  // A server hears of any number of them.
  if (cache.size >= MOST_LOCALES) cache.clear()
  cache.set(locale, made)
  return made
}

/** Texts that need not be made: the newest take the place of those before. */
export const learn = (locale: string, texts: KnownTexts) => void known.set(locale, texts)

/** The name of a text in `KnownTexts`. */
export const keyOf = (name: string, args: readonly unknown[]) => [name, ...args].join(' ')

export function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}

function withIntl(locale: () => string): Formats {
  const numbers = (options?: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale(), options)
  const dates = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale(), { timeZone: 'UTC', day: 'numeric', ...options })

  // Each is made when it is first needed: together they cost as much as drawing half the dashboard.
  const plain = once(() => numbers())
  const compact = once(() => numbers({ notation: 'compact', maximumSignificantDigits: 3 }))
  const percent = once(() => numbers({ style: 'percent', maximumFractionDigits: 2 }))
  const days = once(() => numbers({ style: 'unit', unit: 'day', unitDisplay: 'long' }))
  const short = once(() => dates({ month: 'short' }))
  const withYear = once(() => dates({ month: 'short', year: 'numeric' }))
  const long = once(() => dates({ month: 'long', weekday: 'long', year: 'numeric' }))
  const list = once(() => new Intl.ListFormat(locale(), { type: 'conjunction', style: 'narrow' }))
  const currencies = new Map<string, Currency>()

  function moneyOf(currency: string): Currency {
    const before = currencies.get(currency)
    if (before) return before
    const money = (options?: Intl.NumberFormatOptions) =>
      once(() => numbers({ style: 'currency', currency, ...options }))
    const exponent = exponentOf(currency)
    const all = { minimumFractionDigits: exponent, maximumFractionDigits: exponent }
    const full = money()
    const usual = once(() => full().resolvedOptions().maximumFractionDigits ?? 2)
    const made = {
      exponent,
      usual: { full, signed: money({ signDisplay: 'exceptZero' }) },
      exact: { full: money(all), signed: money({ ...all, signDisplay: 'exceptZero' }) },
      short: money({ notation: 'compact', minimumFractionDigits: 0, maximumSignificantDigits: 3 }),
      isUsual: (minor: number) => fitsInto(usual(), minor, exponent),
    }
    currencies.set(currency, made)
    return made
  }

  return {
    number: (value) => plain().format(value),
    count: (value) => (value < MILLION ? plain : compact)().format(value),
    percent: (basisPoints) => percent().format(basisPoints / 10_000),
    money(minor, currency) {
      const { exponent, usual, exact, isUsual } = moneyOf(currency)
      return inOnePiece((isUsual(minor) ? usual : exact).full().format(minor / 10 ** exponent))
    },
    gain(minor, currency) {
      const { exponent, usual, exact, isUsual } = moneyOf(currency)
      return inOnePiece((isUsual(minor) ? usual : exact).signed().format(minor / 10 ** exponent))
    },
    shortMoney(minor, currency) {
      const { exponent, short: shortest } = moneyOf(currency)
      return inOnePiece(shortest().format(minor / 10 ** exponent))
    },
    day: (day, today = day) => (day.slice(0, 4) === today.slice(0, 4) ? short : withYear)().format(new Date(day)),
    longDay: (day) => long().format(new Date(day)),
    days: (count) => days().format(count),
    list: (parts) => list().format(parts),
  }
}

interface Currency {
  exponent: number
  /** With as many digits as people write: forints without fillér. */
  usual: Written
  /** With all digits it has. */
  exact: Written
  short: () => Intl.NumberFormat
  isUsual: (minor: number) => boolean
}

interface Written {
  full: () => Intl.NumberFormat
  signed: () => Intl.NumberFormat
}

/** Whether an amount can be written with so many digits and nothing is lost. @param digits that Intl would write */
export const fitsInto = (digits: number, minor: number, exponent: number): boolean =>
  digits <= exponent && minor % 10 ** (exponent - digits) === 0

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

const MARKS = /[\u200e\u200f\u061c]/g

/**
 * Arabic and Hebrew set money from right to left, which tears a Latin sign apart: `US$` shows as `$US`, a plus stands in the
 * middle. Without the marks, isolated, it reads as written; a sign in their own letters is right as it is.
 */
function inOnePiece(money: string): string {
  const bare = money.replace(MARKS, '')
  return bare === money || /[\u05d0-\u05ea\u0620-\u064a]/.test(bare) ? money : `\u2068${bare}\u2069`
}
