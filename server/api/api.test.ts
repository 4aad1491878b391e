import { describe, expect } from 'vitest'
import { createApiKey, revokeApiKey } from '../core/project/api-key.ts'
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

describe('conversions and referrals', () => {
  withProgramme('filters narrow the list', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.deliver(
      checkout({ id: 'one', amount: 5000, code: 'ANN', at: '2026-10-01T12:00:00.000Z', email: 'one@example.com' }),
    )
    await programme.deliver(
      checkout({ id: 'two', amount: 25_000, at: '2026-11-19T12:00:00.000Z', email: 'two@example.com' }),
    )
    await programme.report({
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
          project_id: 1,
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
