// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import german from '../locales/de.json' with { type: 'json' }
import { chooseLanguage, fetchLanguage, isolated, wordsOf } from './i18n.ts'

afterEach(() => vi.unstubAllGlobals())

test.each([
  ['de', 'de', 'de'],
  ['de_AT', 'de', 'de-AT'],
  ['DE-ch', 'de', 'DE-ch'],
  ['en-GB', 'en', 'en-GB'],
  ['tlh', 'en', 'en'],
  ['', 'en', 'en'],
  ['de-!!', 'de', 'de'],
])('%s is spoken as %s, with the numbers of %s', (tag, code, locale) => {
  expect(chooseLanguage([tag])).toEqual({ code, locale })
})

test('of several languages the first we speak is taken', () => {
  expect(chooseLanguage(['tlh', 'de-DE', 'en'])).toEqual({ code: 'de', locale: 'de-DE' })
})

test('a language that cannot be had leaves English, numbers included, and is asked for again', async () => {
  vi.stubGlobal(
    'fetch',
    vi.fn().mockRejectedValueOnce(new TypeError('offline')).mockResolvedValue(Response.json(german)),
  )
  const wanted = { code: 'de', locale: 'de-AT' }

  await fetchLanguage('https://api.example', 'de')
  expect(wordsOf(wanted).t('share.copy')).toBe('Copy link')
  expect(wordsOf(wanted).locale).toBe('en')

  await fetchLanguage('https://api.example', 'de')
  expect(fetch).toHaveBeenLastCalledWith('https://api.example/locales/de.json', { credentials: 'omit' })
  expect(wordsOf(wanted).t('share.copy')).toBe('Link kopieren')
  expect(wordsOf(wanted).locale).toBe('de-AT')

  await fetchLanguage('https://api.example', 'de')
  expect(fetch).toHaveBeenCalledTimes(2)
})

test('plurals follow the count, gaps take the written number', () => {
  const { t } = wordsOf({ code: 'en', locale: 'en' })
  expect(t('earnings.hold', { count: 1, days: '1' })).toContain('for 1 day,')
  expect(t('earnings.hold', { count: 30, days: '30' })).toContain('for 30 days,')
  expect(t('join.as', { email: '<b>@example.com' })).toBe('You join as <b>@example.com')
})

test('from right to left, texts put into a sentence stay in one piece', () => {
  expect(isolated({ amount: '$5', count: 3 })).toEqual({ amount: '\u2068$5\u2069', count: 3 })
})
