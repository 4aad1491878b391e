import { describe, expect } from 'vitest'
import { checkout, withProgramme } from '../test/programme.ts'
import { refusal, restOf } from '../test/rest.ts'

const customer = 'referrals/manual.customer%40example.com'
const notFound = refusal(404, 'referral_not_found', 'Referred user not found')

const manual = {
  id: 1,
  user_email: 'manual.customer@example.com',
  affiliate_id: 1,
  affiliate_code: 'REF123',
  conversion_status: 'converted',
  conversion_date: '2026-11-20T12:00:00.000Z',
  created_at: '2026-11-20T12:00:00.000Z',
}

withProgramme('create, retrieve and update: the examples of the specification', async (programme) => {
  const { get, post, put } = restOf(programme)
  await programme.addAffiliate('REF123')
  const body = { email: 'manual.customer@example.com', affiliate_id: 1, status: 'converted' }
  const created = await post('referrals', body)
  expect([created.status, created.body]).toEqual([201, { success: true, data: manual }])
  for (const who of [customer, 'referrals/Manual.Customer@example.com', 'referrals/1'])
    expect((await get(who)).body).toEqual({ success: true, data: manual })

  programme.clock.set('2026-11-20T12:15:00.000Z')
  const updated = await put(customer, { affiliate_id: null, status: 'direct' })
  expect([updated.status, updated.body]).toEqual([
    200,
    {
      success: true,
      data: {
        ...manual,
        affiliate_id: null,
        affiliate_code: null,
        conversion_status: 'direct',
        conversion_date: '2026-11-20T12:15:00.000Z',
      },
    },
  ])
})

withProgramme('list, newest first, by affiliate and status', async (programme) => {
  const { get, post } = restOf(programme)
  await programme.addAffiliate('REF123')
  await programme.addAffiliate('BEN')
  await post('referrals', { email: 'one@example.com', affiliate_id: 1, status: 'converted' })
  await post('referrals', { email: 'two@example.com', affiliate_id: 1 })
  await post('referrals', { email: 'three@example.com', affiliate_id: 2, status: 'converted' })
  expect((await get('referrals?affiliate_id=1&status=converted')).body).toEqual({
    success: true,
    data: [{ ...manual, user_email: 'one@example.com' }],
    pagination: { limit: 20, offset: 0, total: 1, has_more: false },
  })
  expect((await get('referrals?limit=2')).body).toMatchObject({
    data: [{ user_email: 'three@example.com' }, { user_email: 'two@example.com' }],
    pagination: { total: 3, has_more: true },
  })
  for (const query of ['status=great', 'affiliate_id=x', 'limit=x'])
    expect((await get(`referrals?${query}`)).status).toBe(400)
})

describe('create', () => {
  withProgramme('only converted and direct are dated; the default is pending', async (programme) => {
    const { post } = restOf(programme)
    const dateOf = async (status: string | undefined) => {
      const { data } = (await post('referrals', { email: `${status}@example.com`, status })).body
      return [data.conversion_status, data.conversion_date, data.affiliate_id]
    }
    const now = '2026-11-20T12:00:00.000Z'
    expect(await dateOf(undefined)).toEqual(['pending', null, null])
    expect(await dateOf('direct_signup')).toEqual(['direct_signup', null, null])
    expect(await dateOf('direct')).toEqual(['direct', now, null])
    expect(await dateOf('converted')).toEqual(['converted', now, null])
  })

  withProgramme('what is wrong or taken is refused by name', async (programme) => {
    const { get, post } = restOf(programme)
    const other = await programme.addProject('Other')
    await restOf(programme, other.apiKey).post('affiliates', { email: 'ann@example.com' })
    await post('referrals', { email: 'one@example.com' })
    const refused: [unknown, number, string, RegExp][] = [
      [{ email: 'ONE@example.com' }, 409, 'referral_exists', /already exists/],
      [{ email: 'x@example.com', affiliate_id: 1 }, 404, 'affiliate_not_found', /^Affiliate not found/],
      [{ email: 'x' }, 400, 'invalid_request', /^email: expected an email address/],
      [{ email: 'x@example.com', status: 'x' }, 400, 'invalid_request', /^status: expected pending, converted/],
      [{ email: 'x@example.com', affiliate_id: 'x' }, 400, 'invalid_request', /^affiliate_id: expected a whole number/],
      [{}, 400, 'invalid_request', /^email: /],
    ]
    for (const [body, status, code, error] of refused)
      expect(await post('referrals', body)).toMatchObject(refusal(status, code, expect.stringMatching(error)))
    expect((await get('referrals')).body.pagination.total).toBe(1)
  })
})

withProgramme('update refuses what is wrong, taken or of another project', async (programme) => {
  const { get, post, put } = restOf(programme)
  const other = restOf(programme, (await programme.addProject('Other')).apiKey)
  const { id: foreign } = (await other.post('affiliates', { email: 'ann@example.com' })).body.data
  await post('referrals', { email: 'manual.customer@example.com' })
  await post('referrals', { email: 'two@example.com' })
  for (const body of [{}, { name: 'x' }, []])
    expect(await put(customer, body)).toMatchObject(
      refusal(400, 'invalid_request', 'body: expected an object with at least one of email, affiliate_id, status'),
    )
  expect(await put(customer, { affiliate_id: foreign })).toMatchObject(
    refusal(404, 'affiliate_not_found', 'Affiliate not found'),
  )
  expect(await put(customer, { email: 'TWO@example.com' })).toMatchObject(
    refusal(409, 'referral_exists', expect.any(String)),
  )
  expect(await put(customer, { status: 'x' })).toMatchObject(
    refusal(400, 'invalid_request', expect.stringMatching(/^status: /)),
  )
  expect(await put('referrals/nobody', { status: 'pending' })).toMatchObject(
    refusal(400, 'invalid_request', expect.any(String)),
  )
  expect(await get('referrals/nobody%40example.com')).toMatchObject(notFound)
  expect(await other.put(customer, { status: 'direct' })).toMatchObject(notFound)

  expect((await put(customer, { email: 'New@example.com' })).body.data).toMatchObject({
    user_email: 'New@example.com',
    conversion_status: 'pending',
  })
  expect((await get('referrals/new%40example.com')).status).toBe(200)
})

withProgramme('delete: gone for every caller; the e-mail can come again', async (programme) => {
  const { del, get, post } = restOf(programme)
  await programme.addAffiliate('REF123')
  await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'REF123', email: 'manual.customer@example.com' }))
  const other = restOf(programme, (await programme.addProject('Other')).apiKey)
  expect(await other.del(customer)).toMatchObject(notFound)
  expect((await del('referrals/nobody')).status).toBe(400)

  expect(await del(customer)).toMatchObject({ status: 204, body: '' })
  for (const who of [customer, 'referrals/1']) expect(await get(who)).toMatchObject(notFound)
  expect(await del(customer)).toMatchObject(notFound)
  expect((await get('referrals')).body).toMatchObject({ data: [], pagination: { total: 0 } })
  expect((await post('referrals', { email: 'manual.customer@example.com' })).status).toBe(201)
})
