/** Every currency, the same amounts, wherever money is shown: dashboard, mail, statement, API and webhooks say the same. */
import { describe, expect, test } from 'vitest'
import { formats } from '../locales/format.ts'
import { exponentOf } from './core/kit/currency-exponent.ts'
import { formatMinor, toMinor } from './core/kit/money.ts'
import { wordingFor } from './outbound/mail-wording.ts'
import { firstTexts } from './public/widget/first-texts.ts'
import type { AffiliateDashboard, Dashboard } from './public/widget/contract.ts'
import { hashFor, withProgramme } from './test/programme.ts'

const CURRENCIES = Intl.supportedValuesOf('currency')

/** Of ISO 4217, where it is not two. */
const DIGITS: Record<string, number> = {
  ...Object.fromEntries(
    'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'.split(' ').map((c) => [c, 0]),
  ),
  ...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map((c) => [c, 3])),
}

/** What is read in English or German: 200, 1234.5. */
const read = (text: string, point = '.'): number =>
  Number(
    (/\d(?:[\d.,]*\d)?/.exec(text.replaceAll(/[\u00a0\u202f]/g, ''))?.[0] ?? 'none')
      .replaceAll(point === '.' ? ',' : '.', '')
      .replace(point, '.'),
  )

describe('every currency', () => {
  test.each(CURRENCIES)('%s has the digits of ISO 4217, in the dashboard and in mails', (currency) => {
    const exponent = DIGITS[currency] ?? 2
    expect(exponentOf(currency)).toBe(exponent)
    const amounts = [200 * 10 ** exponent, 1234 * 10 ** exponent + 1, 1, 0, 20 * 10 ** exponent + 10 ** exponent / 2]
    for (const minor of amounts.map(Math.floor)) {
      const major = Number(formatMinor(minor, currency))
      for (const [language, point] of [
        ['en', '.'],
        ['de', ','],
      ] as const) {
        const { money, gain } = formats(language)
        expect([language, minor, read(money(minor, currency), point)]).toEqual([language, minor, major])
        expect(read(gain(minor, currency), point)).toBe(major)
        expect(read(wordingFor(language).money({ amount: minor, currency }), point)).toBe(major)
      }
    }
    expect(read(formats('en').shortMoney(200 * 10 ** exponent, currency))).toBe(200)
    // The two write alike.
    expect(wordingFor('en').money({ amount: 20_050, currency })).toBe(formats('en').money(20_050, currency))
  })

  test('200 forint are "HUF 200", and what is less than a forint is not lost', () => {
    const { money, gain, shortMoney } = formats('en')
    const plain = (text: string) => text.replaceAll('\u00a0', ' ')
    expect(plain(money(20_000, 'HUF'))).toBe('HUF 200')
    expect(plain(money(20_050, 'HUF'))).toBe('HUF 200.50')
    expect(plain(gain(20_000, 'HUF'))).toBe('+HUF 200')
    expect(plain(shortMoney(2_000_000, 'HUF'))).toBe('HUF 20K')
    expect(plain(money(200_000, 'IQD'))).toBe('IQD 200')
    expect(plain(money(200_005, 'IQD'))).toBe('IQD 200.005')
    expect(plain(money(200, 'JPY'))).toBe('¥200')
  })
})

withProgramme(
  'the same sale in every currency reads the same in the API, the ledger, the statement, the dashboard and the feed',
  async (programme) => {
    await programme.addAffiliate('ANN')
    for (const currency of CURRENCIES) {
      const sale = { affiliate_id: 1, base_value: 1000, base_value_currency: currency, reference: currency }
      const { status, body } = await programme.call('POST', '/conversions', sale)
      expect([currency, status, body.data.value, body.data.base_value]).toEqual([currency, 201, 200, 1000])
      expect(body.data.base_value_currency).toBe(currency)
    }
    const minorOf = (currency: string) => toMinor(200, currency)
    const stored = await programme.db.selectFrom('commission').select(['currency', 'amount']).execute()
    expect(stored).toHaveLength(CURRENCIES.length)
    for (const { currency, amount } of stored)
      expect([currency, amount]).toEqual([currency, 200 * 10 ** (DIGITS[currency] ?? 2)])

    const { balances } = (await programme.get('/api/v1/affiliates/1')).body.data
    expect(balances).toHaveLength(CURRENCIES.length)
    for (const { currency, total } of balances) expect([currency, Number(total)]).toEqual([currency, 200])
    const { data: entries } = (await programme.get('/api/v1/affiliates/1/ledger?limit=500')).body
    for (const { currency, amount } of entries) expect([currency, Number(amount)]).toEqual([currency, 200])
    const { period } = (await programme.get('/api/v1/affiliates/1/stats')).body.data
    for (const currency of CURRENCIES) expect([currency, Number(period.earnings[currency])]).toEqual([currency, 200])

    const asked = { project_id: programme.projectId, email: 'ann@example.com', hash: hashFor('ann@example.com') }
    const statement = (await programme.post('/api/widget/statement', asked)).body.data.csv as string
    const rows = statement
      .trim()
      .split('\r\n')
      .slice(1)
      .map((row) => row.split(','))
    expect(new Set(rows.map(([, , , currency]) => currency)).size).toBe(CURRENCIES.length)
    for (const [, , amount, currency] of rows) expect([currency, Number(amount)]).toEqual([currency, 200])

    const dashboard = (await programme.post('/api/widget/dashboard', asked)).body.data as Dashboard
    const { balances: shown } = dashboard.affiliate as AffiliateDashboard
    expect(shown).toHaveLength(CURRENCIES.length)
    const texts = firstTexts('en', dashboard) ?? {}
    for (const { currency, total } of shown) {
      expect([currency, total]).toEqual([currency, minorOf(currency)])
      expect([currency, read(texts[`money ${total} ${currency}`] ?? '')]).toEqual([currency, 200])
    }

    const { data: events } = (await programme.get('/api/v1/events?limit=500')).body
    const told = events.filter(({ type }: { type: string }) => type === 'referral_converted')
    expect(told).toHaveLength(CURRENCIES.length)
    for (const { payload } of told) expect(payload.conversion).toMatchObject({ amount: 1000, commission_amount: 200 })

    for (const currency of ['HUF', 'IDR', 'IQD', 'JPY', 'USD']) {
      const paid = await programme.call('POST', '/payouts', { affiliate_id: 1, currency })
      expect([currency, paid.status, Number(paid.body.data.amount)]).toEqual([currency, 201, 200])
    }
  },
  120_000,
)
