import { describe, expect } from 'vitest'
import { checkout, withProgramme } from '../test/programme.ts'
import { refusal, restOf } from '../test/rest.ts'

describe('store-attribution', () => {
  withProgramme('makes a person the affiliate’s, once, and the sale follows', async (programme) => {
    const { get, post } = restOf(programme)
    await programme.addAffiliate('ANN')
    await programme.addAffiliate('BEN')
    for (const [path, code] of [
      ['/api/store-attribution', 'ann'],
      ['/api/v1/store-attribution', 'ANN'],
      ['/api/store-attribution', 'BEN'],
    ] as const) {
      const answer = await post(path, { email: 'Buyer@example.com', referral_code: code })
      expect([answer.status, answer.body]).toEqual([200, { success: true }])
    }
    expect((await get('referrals')).body.data).toMatchObject([
      { user_email: 'Buyer@example.com', affiliate_id: 1, conversion_status: 'pending', conversion_date: null },
    ])
    await programme.deliver(checkout({ id: 'one', amount: 5000 }))
    expect((await get('affiliates/1')).body.data.total_earnings).toBe('10.00')
    await post('store-attribution', { email: 'buyer@example.com', referral_code: 'BEN' })
    expect((await get('referrals/buyer%40example.com')).body.data.affiliate_id).toBe(1)
  })

  withProgramme('leaves somebody alone who bought before', async (programme) => {
    const { get, post } = restOf(programme)
    await programme.addAffiliate('ANN')
    await programme.deliver(checkout({ id: 'one', amount: 5000 }))
    expect((await post('store-attribution', { email: 'buyer@example.com', referral_code: 'ANN' })).status).toBe(200)
    expect((await get('referrals/buyer%40example.com')).body.data.affiliate_id).toBeNull()
  })

  withProgramme('refuses unknown codes, self-referrals and nonsense, and stores nothing', async (programme) => {
    const { get, post, put } = restOf(programme)
    await programme.addAffiliate('ANN')
    await programme.addAffiliate('BEN')
    await put('affiliates/2', { status: 'inactive' })
    const buyer = { email: 'buyer@example.com', referral_code: 'ANN' }
    const refused: [unknown, number, string, RegExp][] = [
      [{ ...buyer, referral_code: 'NOBODY' }, 404, 'unknown_code', /NOBODY/],
      [{ ...buyer, referral_code: 'BEN' }, 404, 'inactive_code', /BEN is inactive/],
      [{ ...buyer, email: 'Ann+shop@example.com' }, 400, 'self_referral', /^email: expected another person/],
      [{ ...buyer, email: 'x' }, 400, 'invalid_request', /^email: expected an email address/],
      [{ ...buyer, referral_code: 'a b' }, 400, 'invalid_request', /^referral_code: expected 1 to 64 letters/],
      [{}, 400, 'invalid_request', /^email: .*referral_code: /],
    ]
    for (const [body, status, code, error] of refused)
      expect(await post('/api/store-attribution', body)).toMatchObject(
        refusal(status, code, expect.stringMatching(error)),
      )
    expect((await get('referrals')).body.pagination.total).toBe(0)
    for (const path of ['/api/store-attribution', '/api/v1/store-attribution'])
      expect(await restOf(programme, 'rgk_wrong').post(path, buyer)).toMatchObject(
        refusal(401, 'unauthorized', expect.any(String)),
      )
    const other = restOf(programme, (await programme.addProject('Other')).apiKey)
    expect((await other.post('store-attribution', buyer)).status).toBe(404)
  })
})

withProgramme('a Stripe customer leads to the person and the affiliate', async (programme) => {
  const { del, get } = restOf(programme)
  await programme.addAffiliate('ANN')
  const buys = (id: string, customer: unknown, code: string | null, paid = 5000) => {
    const event = checkout({ id, amount: paid, code, email: `${id}@example.com` })
    Object.assign(event.data.object, { customer })
    return programme.deliver(event)
  }
  const info = (customer: string) => get(`projects/${programme.projectId}/stripe-customer-referral-info/${customer}`)
  await buys('one', 'cus_1', 'ANN')
  await buys('two', { id: 'cus_2' }, null)
  await buys('trial', 'cus_3', 'ANN', 0)
  await buys('guest', null, 'ANN')

  const one = await info('cus_1')
  expect([one.status, one.body]).toEqual([
    200,
    {
      success: true,
      data: {
        stripe_customer_id: 'cus_1',
        referral_code: 'ANN',
        referral: {
          id: 1,
          user_email: 'one@example.com',
          conversion_status: 'converted',
          conversion_date: '2026-11-20T12:00:00.000Z',
          created_at: '2026-11-20T12:00:00.000Z',
          affiliate_id: 1,
          affiliate_code: 'ANN',
        },
        affiliate: { id: 1, user_email: 'ann@example.com', referral_code: 'ANN' },
      },
    },
  ])
  expect((await info('cus_2')).body.data).toMatchObject({ referral_code: null, affiliate: null, referral: { id: 2 } })
  expect((await info('cus_3')).body.data).toMatchObject({
    referral_code: 'ANN',
    referral: { conversion_status: 'pending' },
  })
  expect(await info('cus_9')).toMatchObject(refusal(404, 'customer_not_found', expect.stringContaining('cus_9')))

  const other = await programme.addProject('Other')
  expect(await get(`projects/${other.projectId}/stripe-customer-referral-info/cus_1`)).toMatchObject(
    refusal(404, 'project_not_found', expect.any(String)),
  )
  expect(
    (await restOf(programme, other.apiKey).get(`projects/${other.projectId}/stripe-customer-referral-info/cus_1`))
      .status,
  ).toBe(404)
  expect((await get('projects/x/stripe-customer-referral-info/cus_1')).status).toBe(400)
  await del('referrals/one%40example.com')
  expect((await info('cus_1')).status).toBe(404)
})
