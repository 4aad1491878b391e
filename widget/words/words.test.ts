// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import { pack, versionOf } from '../../locales/compact.ts'
import english from '../../locales/en.json' with { type: 'json' }
import german from '../../locales/de.json' with { type: 'json' }
import { fetchLanguage, wordsOf } from './words.ts'

afterEach(() => vi.unstubAllGlobals())

test('a language that cannot be had leaves English, numbers included, and is asked for again', async () => {
  vi.stubGlobal(
    'fetch',
    vi
      .fn()
      .mockRejectedValueOnce(new TypeError('offline'))
      .mockResolvedValue(Response.json(pack(german, english))),
  )
  const wanted = { code: 'de', locale: 'de-AT' }

  await fetchLanguage('https://api.example', 'de')
  expect(wordsOf(wanted).t('share.copy')).toBe('Copy link')
  expect(wordsOf(wanted).locale).toBe('en')

  await fetchLanguage('https://api.example', 'de')
  expect(fetch).toHaveBeenLastCalledWith(`https://api.example/locales/de.${versionOf(english)}.json`, {
    credentials: 'omit',
  })
  expect(wordsOf(wanted).t('share.copy')).toBe('Link kopieren')
  expect(wordsOf(wanted).locale).toBe('de-AT')

  await fetchLanguage('https://api.example', 'de')
  expect(fetch).toHaveBeenCalledTimes(2)
})

test('an API of another version has the whole file', async () => {
  const fetched = vi.fn(async (url: string) =>
    url === 'https://old.example/locales/fr.json'
      ? Response.json({ 'share.copy': 'Copier le lien', 'of.another.version': 'x' })
      : new Response('', { status: 404 }),
  )
  vi.stubGlobal('fetch', fetched)
  await fetchLanguage('https://old.example', 'fr')
  const { t } = wordsOf({ code: 'fr', locale: 'fr' })
  expect(t('share.copy')).toBe('Copier le lien')
  expect(t('share.more')).toBe('More ways to share')
  expect(t('earnings.hold', { count: 0, days: '0' })).toContain('0 days')
})

test('plurals follow the count, gaps take the written number', () => {
  const { t } = wordsOf({ code: 'en', locale: 'en' })
  expect(t('earnings.hold', { count: 1, days: '1' })).toContain('for 1 day,')
  expect(t('earnings.hold', { count: 30, days: '30' })).toContain('for 30 days,')
  expect(t('join.as', { email: '<b>@example.com' })).toBe('You join as <b>@example.com')
})
