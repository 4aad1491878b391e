/** What the API writes in advance is what the widget would write. */
import { expect } from 'vitest'
import { formats } from '../../../locales/format.ts'
import { checkout, hashFor, withProgramme } from '../../test/programme.ts'
import { restOf } from '../../test/rest.ts'

withProgramme('the first numbers come written as the reader would write them, and name nobody', async (programme) => {
  const ann = await programme.addAffiliate('ANN')
  await programme.setTerms({ percent: 20, holdDays: 10 })
  const asks = { project_id: programme.projectId, email: 'ann@example.com', hash: hashFor('ann@example.com') }
  const textsIn = async (locale?: string, more: object = asks) =>
    (await programme.post('/api/widget/dashboard', { ...more, locale })).body.texts

  expect(await textsIn('en')).toEqual({
    'percent 2000': '20%',
    'count 0': '0',
    'number 0': '0',
    'money 0 USD': '$0.00',
  })

  await programme.deliver(checkout({ id: 'one', amount: 617_250, code: 'ANN' }))
  await restOf(programme).post('payouts', { affiliate_id: ann, amount: 1 })
  const { money, day } = formats('de-AT')
  expect(await textsIn('de-AT')).toEqual({
    'percent 2000': formats('de-AT').percent(2000),
    'count 0': '0',
    'number 0': '0',
    'count 1': '1',
    'number 1': '1',
    'money 123450 USD': money(123_450, 'USD'),
    'money 0 USD': money(0, 'USD'),
    'day 2026-12-01T00:00:00.000Z 2026-11-20': day('2026-12-01', '2026-11-20'),
  })

  // Who is not proven sees what joining brings; a tag that is none, or none at all, brings nothing.
  expect(await textsIn('en', { project_id: programme.projectId })).toEqual({
    'percent 2000': '20%',
    'number 90': '90',
    'number 10': '10',
  })
  expect(await textsIn('de-a')).toBeUndefined()
  expect(await textsIn()).toBeUndefined()

  // The language changes the words and not the dashboard.
  const etags = await Promise.all(
    ['en', 'de', undefined].map(
      async (locale) => (await programme.post('/api/widget/dashboard', { ...asks, locale })).headers['etag'],
    ),
  )
  expect(new Set(etags).size).toBe(1)
})
