/** The calls a published client makes: an affiliate's statistics by id, and where they are paid. */
import { describe, expect } from 'vitest'
import { checkout, withProgramme } from '../test/programme.ts'

describe('GET /affiliates/:id/stats', () => {
  withProgramme('all there is, and the days asked for, as the counters have them', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.addAffiliate('BEN')
    programme.clock.set('2026-10-01T12:00:00.000Z')
    await programme.click('ANN', 'click-0001')
    await programme.deliver(checkout({ id: 'old', amount: 10_000, code: 'ANN', at: '2026-10-01T12:00:00.000Z' }))
    programme.clock.set('2026-11-19T12:00:00.000Z')
    await programme.click('ANN', 'click-0002')
    await programme.click('BEN', 'click-0003')
    await programme.call('POST', '/conversions', { type: 'signup', email: 's@example.com', referral_code: 'ANN' })
    programme.clock.set('2026-11-20T12:00:00.000Z')
    await programme.deliver(checkout({ id: 'new', amount: 5000, code: 'ANN', email: 'b@example.com' }))

    const { status, body } = await programme.get('/api/v1/affiliates/1/stats')
    expect(status).toBe(200)
    expect(body.data).toMatchObject({
      id: 1,
      project_id: programme.projectId,
      clicks: 2,
      signups: 1,
      purchases: 2,
      total_earnings: '30.00',
      period: { from: '2026-10-22', to: '2026-11-20', clicks: 1, signups: 1, purchases: 1, earnings: { USD: '10.00' } },
      daily: [
        { day: '2026-11-19', clicks: 1, signups: 1, purchases: 0, earnings: {} },
        { day: '2026-11-20', clicks: 0, signups: 0, purchases: 1, earnings: { USD: '10.00' } },
      ],
    })
    const asked = async (query: string) =>
      (await programme.get(`/api/v1/affiliates/ann%40example.com/stats?${query}`)).body
    expect((await asked('from=2026-10-01&to=2026-10-01')).data.period).toEqual({
      from: '2026-10-01',
      to: '2026-10-01',
      clicks: 1,
      signups: 0,
      purchases: 1,
      earnings: { USD: '20.00' },
    })
    expect((await asked('from=2025-11-20')).data.daily).toHaveLength(3)
    expect((await asked('to=2026-09-30')).data).toMatchObject({ daily: [], period: { clicks: 0, earnings: {} } })
  })

  withProgramme('what cannot be answered is named; nobody else is shown', async (programme) => {
    await programme.addAffiliate('ANN')
    const refused: [string, RegExp][] = [
      ['from=2026-11-21', /^from: expected a day before 2026-11-20/],
      ['from=2025-11-19', /^from: expected at most 366 days/],
      ['from=yesterday', /^from: expected a day such as/],
      ['to=2026-02-30', /^to: expected a day such as/],
      ['to=0000-01-05', /^from: expected a day since 1970/],
    ]
    for (const [query, error] of refused) {
      const answer = await programme.get(`/api/v1/affiliates/1/stats?${query}`)
      expect([answer.status, answer.body]).toEqual([
        400,
        { success: false, code: 'invalid_request', error: expect.stringMatching(error) },
      ])
    }
    const other = await programme.addProject('Other')
    expect((await programme.get('/api/v1/affiliates/1/stats', other.apiKey)).status).toBe(404)
    expect((await programme.get('/api/v1/affiliates/9/stats')).status).toBe(404)
  })
})

describe('PUT /affiliates/:email with an account', () => {
  const put = '/affiliates/ann%40example.com'

  withProgramme('is where they are paid from then on, sealed and masked', async (programme) => {
    await programme.addAffiliate('ANN')
    const paypal = { payout_method: 'paypal', paypal_email: ' ann@paypal.example.com ' }
    const { status, body } = await programme.call('PUT', put, paypal)
    expect(status).toBe(200)
    expect(body.data).toMatchObject({
      user_email: 'ann@example.com',
      payout_method: 'paypal',
      payout_account: 'a•••@paypal.example.com',
    })
    expect((await programme.get(`/api/v1${put}/payout-method`)).body.data).toMatchObject({
      kind: 'paypal',
      email: 'ann@paypal.example.com',
    })
    expect(JSON.stringify(await programme.tables())).not.toContain('ann@paypal')

    const wise = await programme.call('PUT', put, { wise_email: 'ann@wise.example.com', name: 'Ann' })
    expect(wise.body.data).toMatchObject({
      name: 'Ann',
      payout_method: 'wise',
      payout_account: 'a•••@wise.example.com',
    })
    const both = { payout_method: 'PayPal', paypal_email: 'p@example.com', wise_email: 'w@example.com' }
    expect((await programme.call('PUT', put, both)).body.data).toMatchObject({ payout_method: 'paypal' })
    // Something else is changed: the account stays.
    const blank = { name: 'Anna', paypal_email: '', wise_email: '' }
    expect((await programme.call('PUT', put, blank)).body.data).toMatchObject({ name: 'Anna', payout_method: 'paypal' })
    expect((await programme.call('PUT', put, { payout_method: null })).body.data.payout_method).toBe(null)
    expect((await programme.get(`/api/v1${put}/payout-method`)).status).toBe(404)
  })

  withProgramme('what is wrong is named, and nothing is stored', async (programme) => {
    await programme.addAffiliate('ANN')
    const refused: [object, RegExp][] = [
      [{ payout_method: 'paypal' }, /^paypal_email: expected the email address of the paypal account/],
      [{ payout_method: 'wise', paypal_email: 'a@example.com' }, /^wise_email: expected/],
      [{ payout_method: 'cash', paypal_email: 'a@example.com' }, /^payout_method: expected paypal or wise/],
      [{ payout_method: '' }, /^payout_method: expected paypal or wise/],
      [{ paypal_email: 'nobody' }, /^paypal_email: expected an email address/],
      [
        { paypal_email: 'a@example.com', wise_email: 'a@example.com' },
        /^payout_method: expected paypal or wise: .* both/,
      ],
    ]
    const before = await programme.tables()
    for (const [body, error] of refused) {
      const answer = await programme.call('PUT', put, { name: 'Ann', ...body })
      expect([answer.status, answer.body]).toEqual([
        400,
        { success: false, code: 'invalid_request', error: expect.stringMatching(error) },
      ])
    }
    await programme.set({ payout_kinds: ['bank'] })
    expect((await programme.call('PUT', put, { paypal_email: 'a@example.com' })).body.error).toBe(
      'payout_method: expected one of those this program pays to: bank',
    )
    expect(await programme.tables()).toEqual(before)
  })
})
