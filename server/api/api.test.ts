import { describe, expect } from 'vitest'
import { createApiKey, revokeApiKey } from '../core/api-key.ts'
import { checkout, withProgramme } from '../test/programme.ts'

describe('authentication', () => {
  withProgramme("without a key, with a wrong or a revoked one: 401 in the contract's shape", async (programme) => {
    for (const authorization of [undefined, 'Bearer rgk_wrong', 'Basic abc', 'Bearer ']) {
      const response = await programme.app.inject({
        url: '/api/v1/affiliates',
        headers: authorization ? { authorization } : {},
      })
      expect([response.statusCode, response.json()]).toEqual([
        401,
        { success: false, error: expect.stringContaining('API key'), code: 'unauthorized' },
      ])
    }
    const { db, projectId, clock } = programme
    const { id, key } = await db.transaction().execute((tx) => createApiKey(tx, projectId, 'second', clock.now()))
    expect((await programme.get('/api/v1/affiliates', key)).status).toBe(200)
    await db.transaction().execute((tx) => revokeApiKey(tx, projectId, id, clock.now()))
    expect((await programme.get('/api/v1/affiliates', key)).status).toBe(401)
    expect(JSON.stringify(await db.selectFrom('api_key').selectAll().execute())).not.toContain(key)
  })

  withProgramme('a project sees only its own', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
    const other = await programme.addProject('Other')
    for (const list of ['affiliates', 'referrals', 'conversions']) {
      expect((await programme.get(`/api/v1/${list}`)).body.pagination.total).toBe(1)
      expect((await programme.get(`/api/v1/${list}`, other.apiKey)).body).toMatchObject({
        data: [],
        pagination: { total: 0, has_more: false },
      })
    }
    expect((await programme.get('/api/v1/affiliates/ann%40example.com', other.apiKey)).status).toBe(404)
  })
})

describe('affiliates, in the shapes of the specification', () => {
  withProgramme('create', async (programme) => {
    const create = (body: unknown) =>
      programme.app.inject({
        method: 'POST',
        url: '/api/v1/affiliates',
        payload: JSON.stringify(body),
        headers: { authorization: `Bearer ${programme.apiKey}`, 'content-type': 'application/json' },
      })
    const created = await create({ email: 'new.affiliate@example.com', referral_code: 'NEWCODE' })
    expect(created.statusCode).toBe(201)
    expect(created.json()).toEqual({
      success: true,
      data: {
        id: 1,
        user_email: 'new.affiliate@example.com',
        referral_code: 'NEWCODE',
        partner_slug: 'NEWCODE',
        unpaid_earnings: null,
        total_earnings: null,
        created_at: '2026-11-20T12:00:00.000Z',
        status: 'active',
      },
    })
    expect((await create({ email: 'own.code@example.com' })).json().data.referral_code).toMatch(/^[2-9A-Z]{8}$/)

    const refused: [unknown, number, string, RegExp][] = [
      [{ email: 'New.Affiliate@example.com' }, 409, 'affiliate_exists', /already exists/],
      [{ email: 'x@example.com', referral_code: 'newcode' }, 409, 'code_taken', /newcode already exists/],
      [{ referral_code: 'A' }, 400, 'invalid_request', /^email: /],
      [{ email: 'x' }, 400, 'invalid_request', /^email: expected an e-mail address/],
      [
        { email: 'x@example.com', referral_code: '<b>' },
        400,
        'invalid_request',
        /^referral_code: expected 1 to 64 letters/,
      ],
      ['text', 400, 'invalid_request', /body/],
    ]
    for (const [body, status, code, error] of refused) {
      const answer = await create(body)
      expect([answer.statusCode, answer.json()]).toEqual([
        status,
        { success: false, code, error: expect.stringMatching(error) },
      ])
    }
    expect((await programme.get('/api/v1/affiliates')).body.pagination.total).toBe(2)
  })

  withProgramme('list and retrieve', async (programme) => {
    for (const code of ['ANN', 'BEN', 'CAT']) await programme.addAffiliate(code)
    await programme.click('ANN', 'click-0001')
    await programme.setTerms({ percent: 20, holdDays: 30 })
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))

    const first = {
      id: 1,
      user_email: 'ann@example.com',
      referral_code: 'ANN',
      partner_slug: 'ANN',
      created_at: '2026-11-20T12:00:00.000Z',
      status: 'active',
      clicks: 1,
      signups: 0,
      purchases: 1,
      unpaid_earnings: '10.00',
      total_earnings: '10.00',
      eligible_earnings: '0.00',
      held_earnings: '10.00',
      paid_earnings: '0.00',
      next_release_date: '2026-12-21T00:00:00.000Z',
      currency: 'USD',
      balances: [{ currency: 'USD', total: '10.00', eligible: '0.00', held: '10.00', paid: '0.00' }],
    }
    const page = await programme.get('/api/v1/affiliates?limit=2&status=active')
    expect(page.body).toMatchObject({
      success: true,
      data: [first, { user_email: 'ben@example.com', total_earnings: '0.00', next_release_date: null }],
      pagination: { limit: 2, offset: 0, total: 3, has_more: true },
    })
    expect((await programme.get('/api/v1/affiliates?limit=2&offset=2')).body).toMatchObject({
      data: [{ referral_code: 'CAT' }],
      pagination: { total: 3, has_more: false },
    })
    expect((await programme.get('/api/v1/affiliates?email=Ben%40example.com')).body.data).toMatchObject([
      { referral_code: 'BEN' },
    ])
    expect((await programme.get('/api/v1/affiliates?limit=100000')).body.pagination.limit).toBe(500)
    expect((await programme.get('/api/v1/affiliates/ANN%40example.com')).body).toEqual({ success: true, data: first })
    expect(await programme.get('/api/v1/affiliates/nobody%40example.com')).toMatchObject({
      status: 404,
      body: { success: false, error: 'Affiliate not found', code: 'affiliate_not_found' },
    })
    expect(await programme.get('/api/v1/affiliates/nobody')).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    })
    for (const query of ['limit=x', 'limit=0', 'offset=-1', 'status=great'])
      expect((await programme.get(`/api/v1/affiliates?${query}`)).status).toBe(400)
  })
})

describe('conversions and referrals', () => {
  withProgramme('filters narrow the list', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.deliver(
      checkout({ id: 'one', amount: 5000, code: 'ANN', at: '2026-10-01T12:00:00.000Z', email: 'one@example.com' }),
    )
    await programme.deliver(
      checkout({ id: 'two', amount: 25_000, at: '2026-11-19T12:00:00.000Z', email: 'two@example.com' }),
    )
    await programme.post('/api/track/event', {
      project_id: programme.projectId,
      type: 'signup',
      email: 'three@example.com',
      referral_code: 'ANN',
    })
    const values = async (query: string) =>
      (await programme.get(`/api/v1/conversions?${query}`)).body.data.map((row: { id: number }) => row.id)
    expect(await values('')).toEqual([3, 2, 1])
    expect(await values('type=purchase')).toEqual([2, 1])
    expect(await values('affiliate_id=1')).toEqual([3, 1])
    expect(await values('referred_user_id=2')).toEqual([2])
    expect(await values('paid=true')).toEqual([])
    expect(await values('paid=false')).toEqual([3, 2, 1])
    expect(await values('from=2026-11-19')).toEqual([3, 2])
    expect(await values('from=2026-11-19&to=2026-11-19')).toEqual([2])
    expect(await values('to=2026-10-01T12:00:00Z')).toEqual([1])
    expect(await programme.get('/api/v1/conversions?from=yesterday')).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^from: expected an ISO date/) },
    })
    expect((await programme.get('/api/v1/referrals?affiliate_id=1')).body.pagination.total).toBe(2)
  })

  withProgramme('a conversion has the fields of the specification', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.deliver(checkout({ id: 'one', amount: 25_000, code: 'ANN' }))
    expect((await programme.get('/api/v1/conversions')).body).toEqual({
      success: true,
      data: [
        {
          id: 1,
          type: 'purchase',
          affiliate_id: 1,
          referral_code: 'ANN',
          referred_user_id: 1,
          value: 50,
          base_value: 250,
          base_value_currency: 'USD',
          paid: false,
          status: 'approved',
          created_at: '2026-11-20T12:00:00.000Z',
          reference: null,
          coupon_code_used: null,
          url: null,
          status_reason: null,
          refunded: 0,
          product_id: null,
          original_value: null,
          original_currency: null,
          exchange_rate: null,
          exchange_rate_source: null,
        },
      ],
      pagination: { limit: 50, offset: 0, total: 1, has_more: false },
    })
  })
})

withProgramme('an unknown address says so; healthz answers', async (programme) => {
  expect(await programme.get('/api/v2/x')).toMatchObject({
    status: 404,
    body: { success: false, code: 'not_found', error: 'No GET /api/v2/x here' },
  })
  expect(await programme.get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } })
})
