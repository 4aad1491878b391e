import { expect } from 'vitest'
import { withProgramme } from '../test/programme.ts'
import { refusal, restOf } from '../test/rest.ts'

const save30 = {
  id: 1,
  project_id: 1,
  affiliate_id: 1,
  coupon_code: 'SAVE30',
  stripe_coupon_id: 'stripe_save30',
  lemonsqueezy_discount_code: null,
  status: 'active',
  created_at: '2026-11-20T12:00:00.000Z',
  updated_at: '2026-11-20T12:00:00.000Z',
  affiliate_email: 'affiliate@example.com',
  affiliate_referral_code: 'REF123',
}
const notFound = refusal(404, 'coupon_not_found', 'Coupon not found')

withProgramme('create, list, retrieve, update, delete: the examples of the specification', async (programme) => {
  const { del, get, post, put } = restOf(programme)
  await programme.addAffiliate('REF123', 'affiliate@example.com')
  const body = { affiliate_id: 1, coupon_code: 'SAVE30', stripe_coupon_id: 'stripe_save30', status: 'active' }
  const created = await post('coupons', body)
  expect([created.status, created.body]).toEqual([201, { success: true, data: save30 }])

  expect((await get('coupons?limit=10&status=active')).body).toEqual({
    success: true,
    data: [save30],
    pagination: { limit: 10, offset: 0, total: 1, has_more: false },
  })
  expect((await get('coupons/1')).body).toEqual({ success: true, data: save30 })

  programme.clock.set('2026-11-21T11:00:00.000Z')
  const updated = await put('coupons/1', { status: 'inactive', stripe_coupon_id: 'stripe_save20_updated' })
  const after = {
    status: 'inactive',
    stripe_coupon_id: 'stripe_save20_updated',
    updated_at: '2026-11-21T11:00:00.000Z',
  }
  expect([updated.status, updated.body]).toEqual([200, { success: true, data: { ...save30, ...after } }])

  expect(await del('coupons/1')).toMatchObject({ status: 204, body: '' })
  expect(await get('coupons/1')).toMatchObject(notFound)
  expect(await del('coupons/1')).toMatchObject(notFound)
  expect((await post('coupons', body)).status).toBe(201)
})

withProgramme('filters narrow the list; `_` and `%` mean themselves', async (programme) => {
  const { get, post } = restOf(programme)
  await programme.addAffiliate('ANN')
  await programme.addAffiliate('BEN')
  for (const [affiliate_id, coupon_code, status] of [
    [1, 'Summer_20', 'active'],
    [1, 'SUMMERS20', 'inactive'],
    [2, 'winter-20', 'active'],
  ])
    await post('coupons', { affiliate_id, coupon_code, status })
  const codes = async (query: string) =>
    (await get(`coupons?${query}`)).body.data.map((row: { coupon_code: string }) => row.coupon_code)
  expect(await codes('')).toEqual(['winter-20', 'SUMMERS20', 'Summer_20'])
  expect(await codes('status=inactive')).toEqual(['SUMMERS20'])
  expect(await codes('affiliate_id=2')).toEqual(['winter-20'])
  expect(await codes('coupon_code=sUMMER')).toEqual(['SUMMERS20', 'Summer_20'])
  expect(await codes('coupon_code=r_2')).toEqual(['Summer_20'])
  for (const part of ['%25', '!', "'", '\\']) expect(await codes(`coupon_code=${part}`)).toEqual([])
  expect((await get('coupons?limit=1&offset=1')).body.pagination).toEqual({
    limit: 1,
    offset: 1,
    total: 3,
    has_more: true,
  })
  expect((await get('coupons')).body.pagination.limit).toBe(50)
  for (const query of ['status=x', 'affiliate_id=x', 'limit=0'])
    expect((await get(`coupons?${query}`)).status).toBe(400)
})

withProgramme('what is wrong, taken or of another project is refused by name', async (programme) => {
  const { get, post, put } = restOf(programme)
  await programme.addAffiliate('ANN')
  await programme.addAffiliate('BEN')
  const other = restOf(programme, (await programme.addProject('Other')).apiKey)
  const { id: foreign } = (await other.post('affiliates', { email: 'ann@example.com' })).body.data
  await post('coupons', { affiliate_id: 1, coupon_code: 'ONE' })
  await post('coupons', { affiliate_id: 1, coupon_code: 'TWO' })

  const code = /^coupon_code: expected 3 to 64 letters, digits, hyphens or underscores/
  const refused: [object, number, string, RegExp][] = [
    [{ coupon_code: 'one' }, 409, 'coupon_exists', /one already exists/],
    [{ affiliate_id: foreign }, 404, 'affiliate_not_found', /^Affiliate not found/],
    [{ affiliate_id: 'x' }, 400, 'invalid_request', /^affiliate_id: expected a whole number/],
    [{ coupon_code: 'ab' }, 400, 'invalid_request', code],
    [{ coupon_code: 'a b c' }, 400, 'invalid_request', code],
    [{ status: 'x' }, 400, 'invalid_request', /^status: expected active or inactive/],
    [{ stripe_coupon_id: '' }, 400, 'invalid_request', /^stripe_coupon_id: expected a code, or null for none/],
  ]
  for (const [body, status, error, sentence] of refused) {
    const expected = refusal(status, error, expect.stringMatching(sentence))
    expect(await post('coupons', { affiliate_id: 1, coupon_code: 'THREE', ...body })).toMatchObject(expected)
    expect(await put('coupons/2', body)).toMatchObject(expected)
  }
  for (const missing of [{ coupon_code: 'THREE' }, { affiliate_id: 1 }])
    expect((await post('coupons', missing)).status).toBe(400)
  for (const body of [{}, { id: 9 }, []])
    expect(await put('coupons/2', body)).toMatchObject(
      refusal(
        400,
        'invalid_request',
        'body: expected an object with at least one of affiliate_id, coupon_code, stripe_coupon_id, lemonsqueezy_discount_code, status',
      ),
    )
  for (const id of ['x', '0', '1.5', '-1']) {
    const wrong = refusal(400, 'invalid_request', expect.stringMatching(/^id: expected/))
    expect(await get(`coupons/${id}`)).toMatchObject(wrong)
    expect(await put(`coupons/${id}`, { status: 'active' })).toMatchObject(wrong)
  }
  expect(await other.get('coupons/1')).toMatchObject(notFound)
  expect(await other.put('coupons/1', { status: 'inactive' })).toMatchObject(notFound)
  expect(await other.del('coupons/1')).toMatchObject(notFound)
  expect((await other.post('coupons', { affiliate_id: foreign, coupon_code: 'ONE' })).status).toBe(201)

  expect((await put('coupons/2', { affiliate_id: 2, coupon_code: 'two' })).body.data).toMatchObject({
    coupon_code: 'two',
    affiliate_email: 'ben@example.com',
    affiliate_referral_code: 'BEN',
  })
})

withProgramme('a purchase with the code is the affiliate’s, also in another spelling', async (programme) => {
  const { get, post } = restOf(programme)
  await programme.addAffiliate('ANN')
  await post('coupons', { affiliate_id: 1, coupon_code: 'JANE20' })
  await programme.report({
    project_id: programme.projectId,
    type: 'signup',
    email: 'buyer@example.com',
    coupon: 'jane20',
  })
  expect((await get('affiliates/1')).body.data.signups).toBe(1)
})
