/** The whole dashboard, to the cent: what it adds up, why it says what it says, and what it keeps to itself. */
import { expect } from 'vitest'
import { recordRefund } from '../../core/conversion/refund.ts'
import { getProject } from '../../core/project/project.ts'
import { checkout, hashFor, type Programme, withProgramme } from '../../test/programme.ts'
import { restOf } from '../../test/rest.ts'
import { dispute } from '../../test/stripe-events.ts'

const NOW = '2026-11-20T12:00:00.000Z'

const dashboardOf = (programme: Programme, email = 'ann@example.com', more: object = {}) =>
  programme.post('/api/widget/dashboard', { project_id: programme.projectId, email, hash: hashFor(email), ...more })

const affiliateOf = async (programme: Programme, email?: string) =>
  (await dashboardOf(programme, email)).body.data.affiliate
const programOf = async (programme: Programme, email?: string) =>
  (await dashboardOf(programme, email)).body.data.program

const inTransaction = (programme: Programme) => programme.db.transaction()

withProgramme('sales, refunds, a second tier, payouts and another currency add up to the cent', async (programme) => {
  const { post, put } = restOf(programme)
  const ann = await programme.addAffiliate('ANN')
  const ben = await programme.addAffiliate('BEN')
  await put('campaigns/1', { terms: { kind: 'percent', rate: 20, second_tier: { kind: 'percent', rate: 5 } } })
  await put('affiliates/ben%40example.com', { parent: 'ann@example.com' })

  await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN', email: 'one@example.com' }))
  await programme.deliver(checkout({ id: 'two', amount: 20_000, code: 'BEN', email: 'two@example.com' }))
  await post('payouts', { affiliate_id: ann, amount: '2.50' })
  await programme.deliver(
    checkout({ id: 'three', amount: 999, currency: 'eur', code: 'ANN', email: 'three@example.com' }),
  )
  await inTransaction(programme).execute(async (tx) => {
    const refund = { provider: 'stripe', external_id: 're_1', amount: 2000, reason: null, occurred_at: NOW }
    await recordRefund(tx, await getProject(tx, programme.projectId), 1, refund, NOW)
  })

  // 20 % of 50.00 less the refunded 20.00, 5 % of Ben's 200.00, and 20 % of 9.99 euros.
  const seen = await affiliateOf(programme)
  expect(seen).toMatchObject({
    totals: { clicks: 0, signups: 0, purchases: 2 },
    daily: [{ day: '2026-11-20', clicks: 0, signups: 0, purchases: 2, earnings: { USD: 600 + 1000, EUR: 200 } }],
    balances: [
      { currency: 'USD', total: 1600, eligible: 1350, held: 0, paid: 250, next_release: null },
      { currency: 'EUR', total: 200, eligible: 200, held: 0, paid: 0, next_release: null },
    ],
    payouts: [{ id: 1, at: NOW, amount: 250, currency: 'USD', method: 'manual', status: 'paid' }],
    invited: {
      count: 1,
      earnings: [{ currency: 'USD', amount: 1000 }],
      people: [{ name: 'b•••@example.com', joined_at: NOW, status: 'active' }],
    },
  })
  expect(seen.recent.map(({ id, commission, reason }: never) => ({ id, commission, reason }))).toEqual([
    {
      id: 3,
      commission: { amount: 200, currency: 'EUR', taken_back: 0, release_at: NOW, tier: 1 },
      reason: { kind: 'client_reference', code: 'ANN' },
    },
    {
      id: 2,
      commission: { amount: 1000, currency: 'USD', taken_back: 0, release_at: NOW, tier: 2 },
      reason: { kind: 'second_tier', code: null },
    },
    {
      id: 1,
      commission: { amount: 600, currency: 'USD', taken_back: 400, release_at: NOW, tier: 1 },
      reason: { kind: 'client_reference', code: 'ANN' },
    },
  ])

  // Denied, the sale of the invited earns nobody anything, and Ben's own dashboard tells nothing of Ann.
  await put('conversions/2', { status: 'denied' })
  expect(await affiliateOf(programme)).toMatchObject({
    balances: [{ currency: 'USD', total: 600, eligible: 350, paid: 250 }, { currency: 'EUR' }],
    invited: { count: 1, earnings: [{ currency: 'USD', amount: 0 }] },
    recent: [{}, { status: 'denied', commission: { amount: 0, taken_back: 1000, tier: 2 } }, {}],
  })
  const bens = await affiliateOf(programme, 'ben@example.com')
  expect(bens.balances).toMatchObject([{ currency: 'USD', total: 0 }])
  expect(JSON.stringify(bens)).not.toMatch(/ann/i)
  await restOf(programme).del(`affiliates/${ben}`)
  expect((await affiliateOf(programme)).invited).toEqual({
    count: 0,
    earnings: [{ currency: 'USD', amount: 0 }],
    people: [],
  })
})

withProgramme('a disputed payment has no day of release until it is decided', async (programme) => {
  await programme.addAffiliate('ANN')
  await programme.setTerms({ percent: 20, holdDays: 10 })
  await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
  const told = { id: 'dp_1', amount: 5000, charge: 'ch_one', payment: 'pi_one' }
  const released = async () => (await affiliateOf(programme)).recent.map(({ commission }: never) => commission)
  const release_at = '2026-12-01T00:00:00.000Z'
  expect(await released()).toMatchObject([{ amount: 1000, release_at }])
  await programme.deliver(dispute(told))
  expect(await released()).toMatchObject([{ amount: 1000, release_at: null }])
  await programme.deliver(dispute({ ...told, type: 'closed', status: 'won' }))
  expect(await released()).toMatchObject([{ amount: 1000, release_at }])
})

withProgramme('each reason names a code of his own and nothing else', async (programme) => {
  const { post } = restOf(programme)
  const ann = await programme.addAffiliate('ANN')
  await programme.addAffiliate('BEN')
  await post('coupons', { affiliate_id: ann, coupon_code: 'Save20' })
  await post('coupons', { affiliate_id: ann, coupon_code: 'OLD', status: 'inactive' })
  const sales: [object, object][] = [
    [{ coupon_code_used: 'save20' }, { kind: 'coupon', code: 'Save20' }],
    [{ affiliate_id: ann }, { kind: 'manual', code: null }],
    // Ben's link came with it and lost.
    [
      { coupon_code_used: 'SAVE20', referral_code: 'BEN' },
      { kind: 'coupon', code: 'Save20' },
    ],
  ]
  for (const [index, [sale]] of sales.entries()) {
    programme.clock.set(`2026-11-20T12:0${index}:00.000Z`)
    const email = `secret-buyer-${index}@example.com`
    expect((await post('conversions', { base_value: 10, email, ...sale })).status).toBe(201)
  }
  programme.clock.set('2026-11-20T12:30:00.000Z')
  await post('conversions', { base_value: 10, email: 'secret-buyer-0@example.com' })
  // As some shops write it.
  await programme.deliver(checkout({ id: 'one', amount: 1000, code: 'ref_ann', at: '2026-11-20T13:00:00.000Z' }))

  const seen = await affiliateOf(programme)
  expect(seen.recent.map(({ reason }: { reason: object }) => reason)).toEqual([
    { kind: 'client_reference', code: 'ANN' },
    { kind: 'email', code: null },
    ...sales.map(([, reason]) => reason).toReversed(),
  ])
  expect(seen.coupons).toEqual([{ code: 'Save20' }])
  expect(JSON.stringify(seen)).not.toMatch(/secret|buyer|BEN/)

  // What becomes his later by another decision than the trail's is so by hand; nothing of the loser's code is told.
  await programme.db.updateTable('conversion').set({ affiliate_id: 2 }).where('id', '=', 1).execute()
  const bens = await affiliateOf(programme, 'ben@example.com')
  expect(bens.recent.map(({ reason }: { reason: object }) => reason)).toEqual([{ kind: 'manual', code: null }])
  expect(JSON.stringify(bens)).not.toMatch(/save/i)
})

withProgramme(
  'a waiting sale is shown as waiting, a deleted one not at all, and only twenty of many',
  async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.report({
      project_id: programme.projectId,
      type: 'purchase',
      value: 30,
      email: 'buyer@example.com',
      referral_code: 'ANN',
    })
    expect((await affiliateOf(programme)).recent).toEqual([
      {
        id: 1,
        type: 'purchase',
        at: NOW,
        status: 'pending',
        sale: { amount: 3000, currency: 'USD' },
        commission: null,
        reason: { kind: 'click', code: 'ANN' },
      },
    ])
    await restOf(programme).del('conversions/1')
    expect((await affiliateOf(programme)).recent).toEqual([])
    for (let n = 2; n <= 26; n++)
      await programme.report({
        project_id: programme.projectId,
        type: n % 2 ? 'signup' : 'demo_booked',
        email: `p${n}@example.com`,
        referral_code: 'ANN',
      })
    const { recent } = await affiliateOf(programme)
    expect(recent.map(({ id }: { id: number }) => id)).toEqual(Array.from({ length: 20 }, (_, index) => 26 - index))
    expect(recent[0]).toMatchObject({ type: 'other', sale: null, commission: null })
  },
)

withProgramme('365 days are shown, and the days before count in the totals only', async (programme) => {
  await programme.addAffiliate('ANN')
  for (const [day, click] of [
    ['2025-11-20', 'too-long-ago'],
    ['2025-11-21', 'the-first-day'],
    ['2026-11-20', 'the-last-day'],
  ] as const) {
    programme.clock.set(`${day}T12:00:00.000Z`)
    await programme.click('ANN', click)
  }
  const { daily, totals, today } = await affiliateOf(programme)
  expect([daily.map(({ day }: { day: string }) => day), totals.clicks, today]).toEqual([
    ['2025-11-21', '2026-11-20'],
    3,
    '2026-11-20',
  ])
})

withProgramme("the terms shown are the affiliate's own, else his level's, else his campaign's", async (programme) => {
  const { post, put, get } = restOf(programme)
  await programme.addAffiliate('ANN')
  const { id: other } = (
    await post('campaigns', {
      name: 'Partners',
      terms: { kind: 'percent', rate: 30, hold_days: 14, second_tier: { kind: 'fixed', amount: '3', currency: 'USD' } },
    })
  ).body.data
  const { body } = await put(`campaigns/${other}/levels`, [
    { name: 'Bronze', metric: 'amount', threshold: 50, terms: { kind: 'percent', rate: 33 } },
    { name: 'Silver', metric: 'referrals', threshold: 3, period: 'monthly', terms: { kind: 'fixed', amount: 9 } },
    { name: 'Gold', metric: 'custom', terms: { kind: 'percent', rate: 50 } },
  ])
  const [bronze, silver, gold] = body.data.map(({ id }: { id: number }) => id)
  expect(await programOf(programme)).toMatchObject({
    commission: { kind: 'percent', basis_points: 2000 },
    hold_days: 0,
    second_tier: null,
    levels: [],
  })

  await put('affiliates/1', { campaign_id: other })
  expect(await programOf(programme)).toMatchObject({
    commission: { kind: 'percent', basis_points: 3000 },
    hold_days: 14,
    second_tier: { kind: 'fixed', amount: 300, currency: 'USD' },
    levels: [
      {
        id: bronze,
        name: 'Bronze',
        metric: 'amount',
        threshold: 5000,
        period: 'total',
        commission: { kind: 'percent', basis_points: 3300 },
      },
      {
        id: silver,
        name: 'Silver',
        metric: 'referrals',
        threshold: 3,
        period: 'monthly',
        commission: { kind: 'fixed', amount: 900, currency: 'USD' },
      },
      {
        id: gold,
        name: 'Gold',
        metric: 'custom',
        threshold: 0,
        period: 'total',
        commission: { kind: 'percent', basis_points: 5000 },
      },
    ],
  })
  expect(await affiliateOf(programme)).toMatchObject({ level_id: null, progress: { level_id: bronze, value: 0 } })

  await programme.deliver(checkout({ id: 'one', amount: 4000, code: 'ANN', email: 'one@example.com' }))
  expect(await affiliateOf(programme)).toMatchObject({ level_id: null, progress: { level_id: bronze, value: 4000 } })
  await programme.deliver(checkout({ id: 'two', amount: 1000, code: 'ANN', email: 'two@example.com' }))
  expect(await affiliateOf(programme)).toMatchObject({ level_id: bronze, progress: { level_id: silver, value: 2 } })
  expect((await programOf(programme)).commission).toEqual({ kind: 'percent', basis_points: 3300 })

  await programme.deliver(checkout({ id: 'three', amount: 1000, code: 'ANN', email: 'three@example.com' }))
  // Gold is the owner's to give.
  expect(await affiliateOf(programme)).toMatchObject({ level_id: silver, progress: null })
  await put('affiliates/1/level', { level_id: bronze })
  expect(await affiliateOf(programme)).toMatchObject({ level_id: bronze, progress: null })

  await put('affiliates/1/terms', { terms: { kind: 'percent', rate: 45 } })
  expect((await get('affiliates/1/terms')).body.data.terms.rate).toBe(45)
  expect((await programOf(programme)).commission).toEqual({ kind: 'percent', basis_points: 4500 })
  // Somebody who has not joined sees what he would join.
  expect((await programOf(programme, 'new@example.com')).commission).toEqual({ kind: 'percent', basis_points: 2000 })
})

withProgramme('the programme says who may join, how it pays and what it allows', async (programme) => {
  expect(await programOf(programme)).toMatchObject({
    signup: { mode: 'public', fields: [], terms_url: null, verification: false },
    payout: { kinds: ['paypal', 'wise', 'bank', 'other'], requests: true, minimum: 0 },
    custom_slugs: false,
    materials: [],
    powered_by: true,
  })
  await programme.set({
    signup: 'invite',
    signup_fields: [{ id: 'company', required: true }],
    terms_url: 'https://shop.test/terms',
    identity_verification: true,
    payout_kinds: ['bank'],
    payout_requests: false,
    payout_minimum: 5000,
    custom_slugs: true,
    powered_by: false,
  })
  expect(await programOf(programme)).toMatchObject({
    signup: {
      mode: 'invite',
      fields: [{ id: 'company', required: true }],
      terms_url: 'https://shop.test/terms',
      verification: true,
    },
    payout: { kinds: ['bank'], requests: false, minimum: 5000 },
    custom_slugs: true,
    powered_by: false,
  })
})

withProgramme('the same answer is not sent twice; a click makes another one', async (programme) => {
  await programme.addAffiliate('ANN')
  const first = await dashboardOf(programme, undefined, {})
  const etag = String(first.headers['etag'])
  expect(etag).toMatch(/^"[\w-]{27}"$/)
  expect(first.headers).toMatchObject({
    'access-control-expose-headers': 'etag',
    'cache-control': 'no-store',
    'content-type': 'application/json; charset=utf-8',
  })
  const response = await programme.app.inject({
    method: 'POST',
    url: '/api/widget/dashboard',
    headers: { 'content-type': 'text/plain', origin: 'https://shop.test' },
    payload: JSON.stringify({
      project_id: programme.projectId,
      email: 'ann@example.com',
      hash: hashFor('ann@example.com'),
      etag,
    }),
  })
  expect([response.statusCode, response.body]).toEqual([304, ''])
  expect(response.headers).toMatchObject({
    etag,
    'access-control-allow-origin': 'https://shop.test',
    'access-control-expose-headers': 'etag',
  })
  await programme.click('ANN', 'click-0001')
  const changed = await dashboardOf(programme, undefined, { etag })
  expect([changed.status, changed.headers['etag'] === etag]).toEqual([200, false])
  // Somebody else's answer is another one, however he came by the tag.
  await programme.addAffiliate('BEN')
  expect((await dashboardOf(programme, 'ben@example.com', { etag: changed.headers['etag'] })).status).toBe(200)
})
