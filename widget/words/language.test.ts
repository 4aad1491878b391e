import { expect, test } from 'vitest'
import { chooseLanguage } from './language.ts'

test.each([
  ['de', 'de', 'de'],
  ['de_AT', 'de', 'de-AT'],
  ['DE-ch', 'de', 'DE-ch'],
  ['en-GB', 'en', 'en-GB'],
  ['tlh', 'en', 'en'],
  ['', 'en', 'en'],
  ['de-!!', 'de', 'de'],
  ['pt-BR', 'pt', 'pt-BR'],
  ['nb-NO', 'no', 'nb-NO'],
  ['nn', 'no', 'nn'],
  ['iw', 'he', 'iw'],
  ['zh-Hant-TW', 'zh', 'zh-Hant-TW'],
])('%s is spoken as %s, with the numbers of %s', (tag, code, locale) => {
  expect(chooseLanguage([tag])).toEqual({ code, locale })
})

test('of several languages the first we speak is taken', () => {
  expect(chooseLanguage(['tlh', 'de-DE', 'en'])).toEqual({ code: 'de', locale: 'de-DE' })
})
