/** The specification's examples for conversions, field by field, and what COMPAT §3 adds. */
import { describe, expect } from 'vitest'
import { recordRefund } from '../core/conversion/refund.ts'
import { verifyLedger } from '../core/ledger/verify.ts'
import { checkout, type Programme, withProgramme } from '../test/programme.ts'

const shown = {
  id: 1,
  project_id: 1,
  type: 'purchase',
  affiliate_id: 1,
  referral_code: 'ANN',
  referred_user_id: null,
  value: 12.5,
  base_value: 250,
  base_value_currency: 'USD',
  paid: false,
  status: 'approved',
  status_reason: null,
  created_at: '2026-11-20T12:00:00.000Z',
  reference: 'ORDER-123',
  coupon_code_used: null,
  url: null,
  refunded: 0,
  product_id: null,
  original_value: null,
  original_currency: null,
  exchange_rate: null,
  exchange_rate_source: null,
}
const order = { type: 'purchase', affiliate_id: 1, base_value: 250, base_value_currency: 'USD', reference: 'ORDER-123' }

async function expectBalanced({ db, clock }: Programme) {
  expect(await db.transaction().execute((tx) => verifyLedger(tx, clock.now()))).toMatchObject({ ok: true })
}

describe('create', () => {
  withProgramme("the specification's example, with a commission given or computed", async (programme) => {
    await programme.addAffiliate('ANN')
    const given = await programme.call('POST', '/conversions', { ...order, value: 12.5, paid: false })
    expect([given.status, given.body]).toEqual([201, { success: true, data: shown }])
    const computed = await programme.call('POST', '/conversions', { ...order, reference: 'ORDER-124' })
    expect(computed.body.data).toEqual({ ...shown, id: 2, value: 50, reference: 'ORDER-124' })
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '62.50', eligible: '62.50' })
  })

  withProgramme('the names published clients use mean the same', async (programme) => {
    await programme.addAffiliate('ANN')
    const made = await programme.call('POST', '/conversions', {
      customer_email: 'customer@example.com',
      amount: 49.99,
      currency: 'usd',
      commission_amount: 5,
      referral_code: 'ann',
      unknown_field: { ignored: true },
    })
    expect(made.body.data).toMatchObject({
      type: 'purchase',
      base_value: 49.99,
      value: 5,
      affiliate_id: 1,
      referred_user_id: 1,
    })
    expect((await programme.get('/api/v1/referrals')).body.data).toMatchObject([
      { user_email: 'customer@example.com', conversion_status: 'converted', affiliate_code: 'ANN' },
    ])
  })

  withProgramme('what is wrong is named, and nothing is stored', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.call('POST', '/conversions', order)
    const before = await programme.tables()
    const other = await programme.addProject('Other')
    const wrong: [unknown, number, string, RegExp, string?][] = [
      [{ ...order, affiliate_id: 99, reference: 'x' }, 404, 'affiliate_not_found', /^affiliate_id: /],
      [{ ...order, affiliate_id: 1, reference: 'x' }, 404, 'affiliate_not_found', /^affiliate_id: /, other.apiKey],
      [{ ...order, referred_user_id: 99, reference: 'x' }, 404, 'referral_not_found', /^referred_user_id: /],
      [{ amount: 5, referral_code: 'NOBODY' }, 404, 'unknown_code', /^referral_code: /],
      [{ amount: 5, referral_code: "' or 1=1" }, 400, 'invalid_request', /^referral_code: expected/],
      [order, 409, 'conversion_exists', /ORDER-123 already exists/],
      [{ type: 'purchase' }, 400, 'invalid_request', /^base_value: /],
      [{ ...order, base_value: '250abc' }, 400, 'invalid_request', /^base_value: expected an amount/],
      [{ ...order, base_value: '' }, 400, 'invalid_request', /^base_value: expected an amount/],
      [{ ...order, base_value: -1 }, 400, 'invalid_request', /^base_value: /],
      [{ ...order, base_value_currency: 'XXY', reference: 'x' }, 400, 'invalid_request', /ISO 4217/],
      [{ ...order, affiliate_id: '1a' }, 400, 'invalid_request', /^affiliate_id: expected a whole number/],
      [{ ...order, paid: 'yes' }, 400, 'invalid_request', /^paid: expected true or false/],
      [{ ...order, email: 'nobody' }, 400, 'invalid_request', /^email: expected an email/],
    ]
    for (const [body, status, code, error, key] of wrong) {
      const answer = await programme.call('POST', '/conversions', body, key)
      expect([answer.status, answer.body], JSON.stringify(body)).toEqual([
        status,
        { success: false, code, error: expect.stringMatching(error) },
      ])
    }
    expect(await programme.tables()).toEqual(before)
  })

  withProgramme(
    'a coupon, a stored attribution or the known person credits somebody without his being named',
    async (programme) => {
      await programme.addAffiliate('ANN')
      const now = programme.clock.now()
      await programme.db
        .insertInto('coupon')
        .values({
          project_id: 1,
          affiliate_id: 1,
          coupon_code: 'Save20',
          code_key: 'save20',
          status: 'active',
          stripe_coupon_id: null,
          lemonsqueezy_discount_code: null,
          created_at: now,
          updated_at: now,
        })
        .execute()
      const sale = { amount: 10, customer_email: 'one@example.com' }
      const byCoupon = await programme.call('POST', '/conversions', { ...sale, coupon_code_used: 'SAVE20' })
      expect(byCoupon.body.data).toMatchObject({ affiliate_id: 1, value: 2, coupon_code_used: 'SAVE20' })
      const byPerson = await programme.call('POST', '/conversions', { ...sale, amount: 20 })
      expect(byPerson.body.data).toMatchObject({ affiliate_id: 1, value: 4 })
      const why = (await programme.get(`/api/v1/conversions/${byPerson.body.data.id}/attribution`)).body.data
      expect(why).toMatchObject({
        winner: { kind: 'email', affiliate_id: 1 },
        commission: { amount: 400, scope: 'campaign', rule_version: 1 },
        second_tier: null,
        explanation: [
          'Affiliate 1 was credited, by the person known before.',
          'The person known before "referral 1" of affiliate 1 won: brought this customer before.',
          "It earned 4.00 USD, by version 1 of the campaign's terms, released on 2026-11-20.",
        ],
      })
    },
  )

  withProgramme("foreign money becomes the project's at the stored rate, or stays what it is", async (programme) => {
    await programme.addAffiliate('ANN')
    const kept = await programme.call('POST', '/conversions', { ...order, base_value_currency: 'EUR' })
    expect(kept.body.data).toMatchObject({
      base_value: 250,
      base_value_currency: 'EUR',
      value: 50,
      original_value: null,
    })
    await programme.db
      .insertInto('exchange_rate')
      .values([
        { base: 'EUR', quote: 'USD', day: '2026-11-19', rate: '1.08425', source: 'ECB' },
        { base: 'EUR', quote: 'JPY', day: '2026-11-19', rate: '163.1', source: 'ECB' },
      ])
      .execute()
    const euros = await programme.call('POST', '/conversions', {
      ...order,
      base_value_currency: 'EUR',
      reference: 'b',
      value: 10,
    })
    expect(euros.body.data).toMatchObject({
      base_value: 271.06,
      base_value_currency: 'USD',
      value: 10.84,
      original_value: 250,
      original_currency: 'EUR',
      exchange_rate: '1.08425',
      exchange_rate_source: 'ECB 2026-11-19',
    })
    const yen = await programme.call('POST', '/conversions', {
      ...order,
      base_value: 1000,
      base_value_currency: 'JPY',
      reference: 'c',
    })
    expect(yen.body.data).toMatchObject({
      base_value: 6.65,
      original_value: 1000,
      exchange_rate: '0.0066477621',
      value: 1.33,
    })
  })
})

describe('retrieve, update, delete', () => {
  withProgramme("the specification's examples", async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.call('POST', '/conversions', { ...order, value: 12.5 })
    expect((await programme.call('GET', '/conversions/1')).body).toEqual({ success: true, data: shown })
    const paid = await programme.call('PUT', '/conversions/1', { paid: true })
    expect([paid.status, paid.body]).toEqual([200, { success: true, data: { ...shown, paid: true } }])
    expect(await programme.earningsOf('ann@example.com')).toEqual({
      total: '12.50',
      eligible: '0.00',
      held: '0.00',
      paid: '12.50',
    })
    const gone = await programme.call('DELETE', '/conversions/1')
    expect([gone.status, gone.body]).toEqual([204, {}])
    expect((await programme.call('GET', '/conversions/1')).status).toBe(404)
    expect((await programme.call('DELETE', '/conversions/1')).status).toBe(404)
    expect((await programme.get('/api/v1/conversions')).body.pagination.total).toBe(0)
    // Paid money is carried as a debt; the same order may be entered again.
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({
      total: '0.00',
      eligible: '-12.50',
      paid: '12.50',
    })
    expect((await programme.call('POST', '/conversions', order)).status).toBe(201)
    await expectBalanced(programme)
  })

  withProgramme('each change is the difference it makes', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.call('POST', '/conversions', order)
    const totals: [unknown, string][] = [
      [{ value: 10 }, '10.00'],
      [{ base_value: 100 }, '20.00'],
      [{ type: 'signup' }, '0.00'],
      [{ type: 'purchase' }, '20.00'],
      [{ reference: 'ORDER-9', coupon_code_used: 'X' }, '20.00'],
      [{ status: 'denied', status_reason: 'fraud' }, '0.00'],
      [{ value: 99 }, '0.00'],
      [{ status: 'approved' }, '20.00'],
    ]
    for (const [change, total] of totals) {
      const answer = await programme.call('PUT', '/conversions/1', change)
      expect([answer.status, (await programme.earningsOf('ann@example.com')).total], JSON.stringify(change)).toEqual([
        200,
        total,
      ])
      await expectBalanced(programme)
    }
    expect((await programme.call('GET', '/conversions/1')).body.data).toMatchObject({
      reference: 'ORDER-9',
      coupon_code_used: 'X',
    })
    expect((await programme.get('/api/v1/affiliates/1')).body.data ?? {}).toMatchObject({ purchases: 1, signups: 0 })
  })

  withProgramme('a sale that is corrected after a refund keeps the share that went back', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.call('POST', '/conversions', { ...order, base_value: 50 })
    const refund = (external_id: string, amount: number) =>
      programme.db.transaction().execute(async (tx) => {
        const project = await tx.selectFrom('project').selectAll().executeTakeFirstOrThrow()
        const fact = { provider: 'stripe', external_id, amount, reason: null, occurred_at: programme.clock.now() }
        return recordRefund(tx, project, 1, fact, programme.clock.now())
      })
    await refund('re_1', 4000)
    const steps: [object, number, number][] = [
      [{ base_value: 30 }, 24, 1.2],
      [{ value: 10 }, 24, 2],
      [{ base_value: 3000, base_value_currency: 'JPY' }, 2400, 120],
    ]
    for (const [change, refunded, value] of steps) {
      await programme.call('PUT', '/conversions/1', change)
      expect((await programme.call('GET', '/conversions/1')).body.data).toMatchObject({ refunded, value })
      await expectBalanced(programme)
    }
    await refund('re_2', 500)
    expect((await programme.call('GET', '/conversions/1')).body.data).toMatchObject({ refunded: 2700, value: 60 })
    await expectBalanced(programme)
  })

  withProgramme('paid and unpaid, also while the money is held', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.setTerms({ percent: 20, holdDays: 30 })
    await programme.call('POST', '/conversions', { ...order, paid: true })
    expect(await programme.earningsOf('ann@example.com')).toEqual({
      total: '50.00',
      eligible: '0.00',
      held: '0.00',
      paid: '50.00',
    })
    await programme.call('PUT', '/conversions/1', { paid: true })
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ paid: '50.00' })
    await programme.call('PUT', '/conversions/1', { paid: false })
    expect(await programme.earningsOf('ann@example.com')).toEqual({
      total: '50.00',
      eligible: '0.00',
      held: '50.00',
      paid: '0.00',
    })
    const ids = async (query: string) => (await programme.get(`/api/v1/conversions?${query}`)).body.data.length
    expect([await ids('paid=true'), await ids('paid=false')]).toEqual([0, 1])
    await programme.call('PUT', '/conversions/1', { paid: true })
    expect([await ids('paid=true'), await ids('paid=false')]).toEqual([1, 0])
    programme.clock.set('2027-06-01T00:00:00.000Z')
    expect(await programme.earningsOf('ann@example.com')).toEqual({
      total: '50.00',
      eligible: '0.00',
      held: '0.00',
      paid: '50.00',
    })
    await expectBalanced(programme)
  })

  withProgramme('a paid sale that is denied and approved again was paid once', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.call('POST', '/conversions', { ...order, paid: true })
    for (const change of [{ status: 'denied' }, { status: 'approved' }, { paid: true }])
      await programme.call('PUT', '/conversions/1', change)
    expect((await programme.call('GET', '/conversions/1')).body.data).toMatchObject({ paid: true, value: 50 })
    expect(await programme.earningsOf('ann@example.com')).toEqual({
      total: '50.00',
      eligible: '0.00',
      held: '0.00',
      paid: '50.00',
    })
    expect((await programme.call('GET', '/payouts')).body.pagination.total).toBe(1)
  })

  withProgramme('wrong changes are named', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.call('POST', '/conversions', order)
    await programme.call('POST', '/conversions', { ...order, reference: 'b' })
    await programme.call('POST', '/conversions', { ...order, type: 'signup', reference: 'b' })
    const wrong: [string, unknown, number, RegExp][] = [
      ['/conversions/1', {}, 400, /^body: expected at least one of type, value/],
      ['/conversions/1', { value: 'x' }, 400, /^value: /],
      ['/conversions/1', { status: 'great' }, 400, /^status: expected approved, denied or unqualified/],
      ['/conversions/1', { reference: 'b' }, 409, /reference b already exists/],
      ['/conversions/2', { type: 'signup' }, 409, /signup with the reference b already exists/],
      ['/conversions/99', { value: 1 }, 404, /not found/],
      ['/conversions/abc', { value: 1 }, 400, /^id: expected a number/],
    ]
    const before = await programme.tables()
    for (const [path, body, status, error] of wrong) {
      const answer = await programme.call('PUT', path, body)
      expect([answer.status, answer.body.error], `${path} ${JSON.stringify(body)}`).toEqual([
        status,
        expect.stringMatching(error),
      ])
    }
    expect(await programme.tables()).toEqual(before)
  })

  withProgramme("a provider's event about a deleted sale does not bring it back", async (programme) => {
    await programme.addAffiliate('ANN')
    const event = checkout({ id: 'one', amount: 5000, code: 'ANN' })
    await programme.deliver(event)
    await programme.call('DELETE', '/conversions/1')
    await programme.deliver({ ...event, id: 'evt_again' })
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '0.00' })
  })
})

withProgramme(
  'many are approved or denied at once; what waits for approval earns nothing before it',
  async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.set({ approval: 'manual' })
    for (const id of ['one', 'two', 'three'])
      await programme.deliver(checkout({ id, amount: 5000, code: 'ANN', email: `${id}@example.com` }))
    expect((await programme.get('/api/v1/conversions?status=pending')).body.pagination.total).toBe(3)
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '0.00' })
    const approve = await programme.call('POST', '/conversions/status', { ids: [1, 2, 99], status: 'approved' })
    expect(approve.body.data).toEqual({ changed: [1, 2], not_found: [99] })
    await programme.call('POST', '/conversions/status', {
      ids: [2, 3],
      status: 'unqualified',
      reason: 'not a customer',
    })
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '10.00' })
    expect((await programme.get('/api/v1/conversions')).body.data).toMatchObject([
      { id: 3, status: 'unqualified', status_reason: 'not a customer', value: null },
      { id: 2, status: 'unqualified', value: 0 },
      { id: 1, status: 'approved', value: 10 },
    ])
    await expectBalanced(programme)
  },
)

withProgramme(
  "where the owner approves, a browser's report that a provider confirms waits for him too",
  async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.set({ approval: 'manual' })
    await report(programme)
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
    expect((await programme.get('/api/v1/conversions')).body.data).toMatchObject([{ status: 'pending', value: null }])
    await programme.call('PUT', '/conversions/1', { status: 'approved' })
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '10.00' })
  },
)

withProgramme(
  'what the owner denied stays denied, and what he deleted is no report of a later payment',
  async (programme) => {
    await programme.addAffiliate('ANN')
    await report(programme)
    await programme.call('PUT', '/conversions/1', { status: 'denied', status_reason: 'fraud' })
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
    expect((await programme.get('/api/v1/conversions')).body.data).toMatchObject([{ status: 'denied' }])
    await report(programme, 'other@example.com')
    await programme.call('DELETE', '/conversions/2')
    await programme.deliver(checkout({ id: 'two', amount: 5000, code: 'ANN', email: 'other@example.com' }))
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '10.00' })
    await expectBalanced(programme)
  },
)

const report = (programme: Programme, email = 'buyer@example.com') =>
  programme.report({
    project_id: 1,
    type: 'purchase',
    value: 50,
    email,
    referral_code: 'ANN',
    idempotency_key: email,
  })

withProgramme('the feed tells each step once, in the shapes of the webhooks', async (programme) => {
  await programme.addAffiliate('ANN')
  const signup = { project_id: 1, type: 'signup', email: 'buyer@example.com', referral_code: 'ANN' }
  await programme.report(signup)
  await programme.call('POST', '/conversions', { ...order, email: 'buyer@example.com' })
  await programme.call('PUT', '/conversions/2', { status: 'denied', status_reason: 'fraud' })
  const events = await programme.db.selectFrom('event').select(['seq', 'type', 'payload']).orderBy('seq').execute()
  expect(events.map(({ seq, type }) => [seq, type])).toEqual([
    [1, 'affiliate_joined'],
    [2, 'referral_signed_up'],
    [3, 'referral_converted'],
    [4, 'referral_updated'],
    [5, 'referral_canceled'],
  ])
  expect(JSON.parse(events[2]?.payload ?? '')).toEqual({
    id: 'evt_1_3',
    event: 'referral_converted',
    timestamp: 1795176000,
    project_id: '1',
    referrer: { id: '1', email: 'ann@example.com' },
    referred: { id: '1', email: 'buyer@example.com' },
    conversion: {
      id: 'conv_2',
      amount: 250,
      currency: 'USD',
      commission_amount: 50,
      commission_type: 'percentage',
      commission_rate: 20,
      payment_processor: null,
      product_id: null,
      order_id: 'ORDER-123',
      conversion_date: '2026-11-20T12:00:00.000Z',
    },
    effect: {
      conversion: 'conv_2',
      counted: { affiliate_id: '1', as: 'purchases', day: '2026-11-20' },
      commissions: [
        { tier: 1, affiliate_id: '1', amount: '50.00', currency: 'USD', release_at: '2026-11-20T12:00:00.000Z' },
      ],
    },
  })
  expect(JSON.parse(events[4]?.payload ?? '')).toMatchObject({
    conversion: { id: 'conv_2', amount: 250, commission_amount: 50, refund_amount: 250, reason: 'fraud' },
  })
})
