/** What a mail says in its reader's language: sentences from locales/mail, money and dates as they are written there. */
import { fitsInto } from '../../locales/format.ts'
import { languageCode } from '../../locales/language-code.ts'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MailMoney } from '../core/news/mail.ts'
import { exponentOf, formatMinor } from '../core/kit/money.ts'
import type { Instant } from '../db/schema.ts'
import type English from '../../locales/mail/en.json'

export type MailText = keyof typeof English

export interface Wording {
  /** The tag for `lang`. */
  language: string
  dir: 'ltr' | 'rtl'
  say: (text: MailText, values?: Record<string, string>) => string
  money: (money: MailMoney) => string
  /** A day in UTC. */
  day: (instant: Instant) => string
  /** A day and time in UTC, named as such. */
  moment: (instant: Instant) => string
  minutes: (count: number) => string
}

const FOLDER = join(import.meta.dirname, '..', '..', 'locales', 'mail')

/** By lower-case tag: one file per language. */
const TEXTS: ReadonlyMap<string, Record<MailText, string>> = new Map(
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => [
      name.slice(0, -'.json'.length).toLowerCase(),
      JSON.parse(readFileSync(join(FOLDER, name), 'utf8')),
    ]),
)

/** @param wanted a language tag or an `Accept-Language` header; English when none of it is translated */
export function wordingFor(wanted: string): Wording {
  const { tag, texts } = choose(wanted)
  const dir = isRightToLeft(tag) ? 'rtl' : 'ltr'
  return {
    language: tag,
    dir,
    say: (text, values = {}) =>
      texts[text].replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
        const value = plain(values[name] ?? '')
        return dir === 'rtl' ? `\u2068${value}\u2069` : value
      }),
    money: ({ amount, currency }) => {
      const exponent = exponentOf(currency)
      const usual = new Intl.NumberFormat(tag, { style: 'currency', currency })
      const exact = { minimumFractionDigits: exponent, maximumFractionDigits: exponent }
      const format = fitsInto(usual.resolvedOptions().maximumFractionDigits ?? 2, amount, exponent)
        ? usual
        : new Intl.NumberFormat(tag, { style: 'currency', currency, ...exact })
      // Decimal text, so that no digit passes through a float.
      return format.format(formatMinor(amount, currency) as Intl.StringNumericLiteral)
    },
    day: (instant) => new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(instant)),
    moment: (instant) =>
      new Intl.DateTimeFormat(tag, {
        year: 'numeric',
        month: 'long',
        day: 'numeric',
        hour: 'numeric',
        minute: '2-digit',
        timeZone: 'UTC',
        timeZoneName: 'short',
      }).format(new Date(instant)),
    minutes: (count) =>
      new Intl.NumberFormat(tag, { style: 'unit', unit: 'minute', unitDisplay: 'long' }).format(count),
  }
}

/** One line without control characters and marks that turn the direction of text: names come from anybody. */
export const plain = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .trim()
    .slice(0, 500)

/** `de-AT,de;q=0.9`: the reader's first language that is translated, exactly or by its base. */
function choose(wanted: string): { tag: string; texts: Record<MailText, string> } {
  const tags = wanted
    .split(',')
    .slice(0, 10)
    .map((part) => {
      const [tag = '', quality = 'q=1'] = part.split(';').map((piece) => piece.trim())
      return { tag: baseNameOf(tag), quality: Number(quality.replace('q=', '')) || 0 }
    })
    .sort((a, b) => b.quality - a.quality)
  for (const { tag } of tags) {
    const texts = TEXTS.get(tag.toLowerCase()) ?? TEXTS.get(languageCode(tag))
    if (texts) return { tag, texts }
  }
  return { tag: 'en', texts: TEXTS.get('en') as Record<MailText, string> }
}

/** The tag without extensions, or nothing when it is none. */
function baseNameOf(tag: string): string {
  try {
    return new Intl.Locale(tag).baseName
  } catch {
    return ''
  }
}

const isRightToLeft = (tag: string): boolean => /^(ar|dv|fa|he|ku|ps|sd|ug|ur|yi)$/.test(new Intl.Locale(tag).language)
