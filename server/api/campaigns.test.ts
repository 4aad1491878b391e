import { describe, expect } from 'vitest'
import { checkout, withProgramme } from '../test/programme.ts'
import { refusal, restOf } from '../test/rest.ts'

const twentyPercent = {
  kind: 'percent',
  rate: 20,
  amount: null,
  currency: null,
  hold_days: 0,
  duration: 'lifetime',
  duration_count: null,
  renewals: true,
  upgrades: true,
  cap: null,
  second_tier: null,
  version: 1,
}
const created_at = '2026-11-20T12:00:00.000Z'
const standard = {
  id: 1,
  name: 'Default',
  description: null,
  is_default: true,
  terms: twentyPercent,
  product_overrides: [],
  created_at,
  updated_at: created_at,
}
const notFound = refusal(404, 'campaign_not_found', 'Campaign not found')

withProgramme('a project starts with one campaign; another is made, listed and retrieved', async (programme) => {
  const { get, post } = restOf(programme)
  const terms = {
    kind: 'percent',
    rate: 33.33,
    hold_days: 45,
    duration: 'months',
    duration_count: 12,
    renewals: false,
    upgrades: false,
    cap: 99.9,
    second_tier: { kind: 'fixed', amount: '2.5', duration: 'first' },
  }
  const created = await post('campaigns', {
    name: 'Partners',
    description: 'By invitation',
    terms,
    product_overrides: [{ product_id: 'prod_pro', terms: { rate: 40 } }],
  })
  const own = {
    ...terms,
    amount: null,
    currency: 'USD',
    cap: '99.90',
    second_tier: { kind: 'fixed', rate: null, amount: '2.50', duration: 'first', duration_count: null },
    version: 1,
  }
  const partners = {
    id: 2,
    name: 'Partners',
    description: 'By invitation',
    is_default: false,
    terms: own,
    product_overrides: [{ product_id: 'prod_pro', terms: { ...own, rate: 40, version: 2 } }],
    created_at,
    updated_at: created_at,
  }
  expect([created.status, created.body]).toEqual([201, { success: true, data: partners }])
  expect((await get('campaigns/2')).body).toEqual({ success: true, data: partners })
  expect((await get('campaigns')).body).toEqual({
    success: true,
    data: [standard, partners],
    pagination: { limit: 50, offset: 0, total: 2, has_more: false },
  })
  const other = restOf(programme, (await programme.addProject('Other')).apiKey)
  for (const path of ['campaigns/2', 'campaigns/99']) expect(await other.get(path)).toMatchObject(notFound)
  expect((await other.get('campaigns')).body.data).toHaveLength(1)
})

describe('update', () => {
  withProgramme('changes what is given; what was earned keeps its version', async (programme) => {
    const { get, put } = restOf(programme)
    await programme.addAffiliate('ANN')
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN', email: 'one@example.com' }))
    programme.clock.set('2026-11-21T12:00:00.000Z')
    const changed = await put('campaigns/1', { terms: { rate: 30 }, description: 'For everybody' })
    expect(changed.body.data).toEqual({
      ...standard,
      description: 'For everybody',
      terms: { ...twentyPercent, rate: 30, version: 2 },
      updated_at: '2026-11-21T12:00:00.000Z',
    })
    // What it shows can be sent back: nothing changes, so no version either.
    expect((await put('campaigns/1', changed.body.data)).body.data.terms.version).toBe(2)

    await programme.deliver(checkout({ id: 'two', amount: 5000, code: 'ANN', email: 'two@example.com' }))
    expect((await get('affiliates/1')).body.data.total_earnings).toBe('25.00')
    const rules = await programme.db.selectFrom('commission').select('rule_version').orderBy('id').execute()
    expect(rules).toEqual([{ rule_version: 1 }, { rule_version: 2 }])
  })

  withProgramme('product overrides are the whole list: a missing one ends, the same one stays', async (programme) => {
    const { put } = restOf(programme)
    const set = async (...overrides: [string, number][]) => {
      const product_overrides = overrides.map(([product_id, rate]) => ({
        product_id,
        terms: { kind: 'percent', rate },
      }))
      const { data } = (await put('campaigns/1', { product_overrides })).body
      return data.product_overrides.map((row: { product_id: string; terms: { rate: number; version: number } }) => [
        row.product_id,
        row.terms.rate,
        row.terms.version,
      ])
    }
    expect(await set(['b', 30], ['a', 10])).toEqual([
      ['a', 10, 3],
      ['b', 30, 2],
    ])
    expect(await set(['a', 15], ['b', 30])).toEqual([
      ['a', 15, 4],
      ['b', 30, 2],
    ])
    expect(await set(['a', 15])).toEqual([['a', 15, 4]])
    expect(await set()).toEqual([])
    expect(await set(['b', 30])).toEqual([['b', 30, 7]])
    expect(
      await put('campaigns/1', {
        product_overrides: [
          { product_id: 'a', terms: { rate: 1 } },
          { product_id: 'a', terms: { rate: 2 } },
        ],
      }),
    ).toMatchObject(refusal(400, 'invalid_request', 'product_overrides: expected each product_id once'))
  })

  withProgramme('there is one default campaign, which new affiliates join', async (programme) => {
    const { get, post, put } = restOf(programme)
    await post('campaigns', { name: 'New', is_default: true, terms: { rate: 10 } })
    expect((await get('campaigns')).body.data).toMatchObject([{ is_default: false }, { is_default: true }])
    expect((await post('affiliates', { email: 'ann@example.com' })).body.data.campaign_id).toBe(2)
    expect(await put('campaigns/2', { is_default: false })).toMatchObject(
      refusal(400, 'invalid_request', 'is_default: expected true; make another campaign the default instead'),
    )
    expect((await put('campaigns/1', { is_default: true })).body.data.is_default).toBe(true)
    expect((await get('campaigns/2')).body.data.is_default).toBe(false)

    await post('campaigns', { name: 'Third', terms: { rate: 10 } })
    const both = await Promise.all([2, 3].map((id) => put(`campaigns/${id}`, { is_default: true, terms: { rate: 5 } })))
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    expect((await get('campaigns')).body.data.filter((row: { is_default: boolean }) => row.is_default)).toHaveLength(1)
  })

  withProgramme('what is wrong is refused by name, and nothing changes', async (programme) => {
    const { get, post, put } = restOf(programme)
    const wrong: [object, RegExp][] = [
      [{ name: ' ' }, /^name: expected a name/],
      [{ is_default: 'x' }, /^is_default: expected true or false/],
      [{ terms: 'x' }, /^terms: expected terms such as/],
      [{ terms: { kind: 'x' } }, /^terms\.kind: expected percent or fixed/],
      [{ terms: { kind: 'percent', rate: 101 } }, /^terms\.rate: expected a percentage from 0 to 100/],
      [{ terms: { kind: 'percent', rate: -1 } }, /^terms\.rate: expected a percentage from 0 to 100/],
      [{ terms: { kind: 'percent', rate: 1.234 } }, /^terms\.rate: expected .* at most two decimals/],
      [{ terms: { kind: 'fixed' } }, /^terms\.amount: expected an amount in USD/],
      [{ terms: { kind: 'fixed', amount: -5 } }, /^terms\.amount: expected an amount such as 12\.50/],
      [{ terms: { kind: 'fixed', amount: 5, currency: 'XXQ' } }, /^currency: expected an ISO 4217 code/],
      [{ terms: { rate: 5, hold_days: 366 } }, /^terms\.hold_days: expected whole days from 0 to 365/],
      [{ terms: { rate: 5, cap: 0 } }, /^terms\.cap: expected more than 0, or null for none/],
      [{ terms: { rate: 5, duration: 'x' } }, /^terms\.duration: expected lifetime, first, months or payments/],
      [{ terms: { rate: 5, duration: 'months' } }, /^terms\.duration_count: expected how many months/],
      [{ terms: { rate: 5, second_tier: { kind: 'percent' } } }, /^terms\.second_tier\.rate: expected a percentage/],
      [{ product_overrides: [{ terms: { rate: 5 } }] }, /^product_overrides\.0\.product_id: /],
    ]
    for (const [body, error] of wrong) {
      const refused = refusal(400, 'invalid_request', expect.stringMatching(error))
      expect(await put('campaigns/1', body)).toMatchObject(refused)
      expect(await post('campaigns', { name: 'New', terms: { rate: 5 }, ...body })).toMatchObject(refused)
    }
    expect((await post('campaigns', { name: 'New' })).body.error).toMatch(/^terms: /)
    expect(await put('campaigns/1', {})).toMatchObject(
      refusal(
        400,
        'invalid_request',
        'body: expected an object with at least one of name, description, is_default, terms, product_overrides',
      ),
    )
    expect((await put('campaigns/x', { name: 'x' })).status).toBe(400)
    expect(await put('campaigns/99', { name: 'x' })).toMatchObject(notFound)
    const other = restOf(programme, (await programme.addProject('Other')).apiKey)
    expect(await other.put('campaigns/1', { name: 'x' })).toMatchObject(notFound)
    expect((await get('campaigns')).body.data).toEqual([standard])
  })
})

describe("an affiliate's own terms", () => {
  withProgramme('come before the campaign’s until they end', async (programme) => {
    const { get, put } = restOf(programme)
    await programme.addAffiliate('ANN')
    const none = { affiliate_id: 1, campaign_id: 1, terms: null }
    expect((await get('affiliates/1/terms')).body).toEqual({ success: true, data: none })
    const own = { affiliate_id: 1, campaign_id: 1, terms: { ...twentyPercent, rate: 50, version: 2 } }
    const set = await put('affiliates/ann%40example.com/terms', { terms: { kind: 'percent', rate: 50 } })
    expect([set.status, set.body]).toEqual([200, { success: true, data: own }])
    expect((await get('affiliates/1/terms')).body.data).toEqual(own)
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN', email: 'one@example.com' }))
    expect((await get('campaigns/1')).body.data).toMatchObject({ terms: twentyPercent, product_overrides: [] })

    for (let times = 0; times < 2; times++)
      expect((await put('affiliates/1/terms', { terms: null })).body).toEqual({ success: true, data: none })
    await programme.deliver(checkout({ id: 'two', amount: 5000, code: 'ANN', email: 'two@example.com' }))
    expect((await get('affiliates/1')).body.data.total_earnings).toBe('35.00')
    const rules = await programme.db.selectFrom('commission_rule').select(['version', 'ended']).orderBy('id').execute()
    expect(rules).toEqual([
      { version: 1, ended: 0 },
      { version: 2, ended: 0 },
      { version: 3, ended: 1 },
    ])
  })

  withProgramme('are refused when they are wrong, or nobody’s', async (programme) => {
    const { get, put } = restOf(programme)
    await programme.addAffiliate('ANN')
    for (const [body, error] of [
      [{}, /^terms: /],
      [[], /^body: expected an object with terms/],
      [{ terms: { rate: 'x' } }, /^terms\.rate: expected a percentage/],
    ] as const)
      expect(await put('affiliates/1/terms', body)).toMatchObject(
        refusal(400, 'invalid_request', expect.stringMatching(error)),
      )
    const nobody = refusal(404, 'affiliate_not_found', 'Affiliate not found')
    expect(await put('affiliates/99/terms', { terms: null })).toMatchObject(nobody)
    expect(await get('affiliates/99/terms')).toMatchObject(nobody)
    expect((await get('affiliates/nobody/terms')).status).toBe(400)
  })
})

describe('levels', () => {
  const ladder = [
    { name: 'Silver', metric: 'referrals', threshold: 10, period: 'monthly', terms: { rate: 25 } },
    { name: 'Gold', metric: 'amount', threshold: 999.5, terms: { rate: 30 } },
  ]
  const silver = {
    id: 1,
    position: 1,
    name: 'Silver',
    metric: 'referrals',
    threshold: 10,
    period: 'monthly',
    terms: { ...twentyPercent, rate: 25, version: 2 },
  }
  const gold = {
    id: 2,
    position: 2,
    name: 'Gold',
    metric: 'amount',
    threshold: 999.5,
    period: 'total',
    terms: { ...twentyPercent, rate: 30, version: 3 },
  }

  withProgramme('are set as a whole, lowest first, and known by id or name', async (programme) => {
    const { get, put } = restOf(programme)
    expect((await get('campaigns/1/levels')).body).toEqual({ success: true, data: [] })
    const set = await put('campaigns/1/levels', ladder)
    expect([set.status, set.body]).toEqual([200, { success: true, data: [silver, gold] }])
    expect((await get('campaigns/1/levels')).body.data).toEqual([silver, gold])

    const [first, second] = ladder
    const renamed = await put('campaigns/1/levels', [
      { ...second, threshold: 500 },
      { ...first, id: 1, name: 'Platinum' },
    ])
    expect(renamed.body.data).toEqual([
      { ...gold, position: 1, threshold: 500 },
      { ...silver, position: 2, name: 'Platinum' },
    ])
    expect(
      (await put('campaigns/1/levels', [{ name: 'Platinum', metric: 'custom', terms: { rate: 40 } }])).body.data,
    ).toEqual([
      {
        ...silver,
        name: 'Platinum',
        metric: 'custom',
        threshold: 0,
        period: 'total',
        terms: { ...twentyPercent, rate: 40, version: 5 },
      },
    ])
    expect((await put('campaigns/1/levels', [])).body.data).toEqual([])
    expect((await get('campaigns/1')).body.data.terms).toEqual(twentyPercent)
  })

  withProgramme('hold an affiliate by hand until they are gone or he is let go', async (programme) => {
    const { get, put } = restOf(programme)
    await programme.addAffiliate('ANN')
    await put('campaigns/1/levels', ladder)
    const setLevel = async (level_id: number | null) => (await put('affiliates/1/level', { level_id })).body
    const sell = (id: string) =>
      programme.deliver(checkout({ id, amount: 1000, code: 'ANN', email: `${id}@example.com` }))
    const earned = async () => (await get('affiliates/1')).body.data.total_earnings
    expect(await setLevel(2)).toEqual({
      success: true,
      data: { affiliate_id: 1, level: { id: 2, name: 'Gold', position: 2 }, manual: true },
    })
    await sell('one')
    expect(await earned()).toBe('3.00')
    expect(await setLevel(null)).toEqual({ success: true, data: { affiliate_id: 1, level: null, manual: false } })
    await sell('two')
    expect(await earned()).toBe('5.00')

    await setLevel(1)
    await put('campaigns/1/levels', [])
    await sell('three')
    expect(await earned()).toBe('7.00')
    expect(await setLevel(1)).toMatchObject({ code: 'level_not_found' })
  })

  withProgramme('are refused when they are wrong, or of another campaign', async (programme) => {
    const { get, post, put } = restOf(programme)
    await programme.addAffiliate('ANN')
    await post('campaigns', { name: 'Partners', terms: { rate: 10 } })
    await put('campaigns/2/levels', ladder)
    const [level] = ladder
    const wrong: [unknown, RegExp][] = [
      [{}, /^body: expected a list of levels, lowest first/],
      [[{ ...level, name: '' }], /^0\.name: expected a name/],
      [[{ ...level, metric: 'x' }], /^0\.metric: expected amount, referrals, months or custom/],
      [[{ ...level, period: 'x' }], /^0\.period: expected total, monthly, quarterly or yearly/],
      [[{ ...level, threshold: -1 }], /^0\.threshold: expected a number from 0/],
      [[{ ...level, threshold: 1.5 }], /^0\.threshold: expected a whole number/],
      [[{ ...level, terms: undefined }], /^0\.terms: /],
      [[level, level], /^levels: expected each level once/],
    ]
    for (const [body, error] of wrong)
      expect(await put('campaigns/1/levels', body)).toMatchObject(
        refusal(400, 'invalid_request', expect.stringMatching(error)),
      )
    expect((await put('campaigns/1/levels', [{ ...level, id: 1 }])).body.code).toBe('level_not_found')
    expect((await put('affiliates/1/level', { level_id: 1 })).body.code).toBe('level_not_found')
    expect((await put('affiliates/1/level', {})).body.error).toMatch(/^level_id: expected a whole number, or null/)
    expect((await put('affiliates/99/level', { level_id: null })).body.code).toBe('affiliate_not_found')
    expect(await get('campaigns/99/levels')).toMatchObject(notFound)
    expect(await put('campaigns/99/levels', [])).toMatchObject(notFound)
    expect((await get('campaigns/1/levels')).body.data).toEqual([])
  })
})
