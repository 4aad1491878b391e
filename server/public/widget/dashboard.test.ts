import { expect } from 'vitest'
import { checkout, hashFor, withProgramme } from '../../test/programme.ts'

withProgramme('a signed e-mail sees its own numbers', async (programme) => {
  await programme.addAffiliate('ANN')
  await programme.setTerms({ percent: 20, holdDays: 10 })
  await programme.report({
    click_id: 'click-0001',
    type: 'signup',
    email: 'buyer@example.com',
    referral_code: 'ANN',
  })
  await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))

  const { status, body } = await programme.post('/api/widget/dashboard', {
    project_id: String(programme.projectId),
    email: 'Ann@Example.com',
    hash: hashFor('ann@example.com'),
  })
  expect(status).toBe(200)
  expect(body.data).toMatchObject({
    proven: true,
    program: {
      name: 'Acme',
      website: 'https://shop.test',
      param: 'ref',
      currency: 'USD',
      commission: { kind: 'percent', basis_points: 2000 },
      hold_days: 10,
    },
  })
  expect(body.data.affiliate).toEqual({
    email: 'ann@example.com',
    name: null,
    referral_code: 'ANN',
    slug: null,
    status: 'active',
    totals: { clicks: 1, signups: 1, purchases: 1 },
    daily: [{ day: '2026-11-20', clicks: 1, signups: 1, purchases: 1, earnings: { USD: 1000 } }],
    today: '2026-11-20',
    balances: [
      {
        currency: 'USD',
        total: 1000,
        eligible: 0,
        held: 1000,
        paid: 0,
        next_release: { at: '2026-12-01T00:00:00.000Z', amount: 1000 },
      },
    ],
    coupons: [],
    recent: [
      {
        id: 2,
        type: 'purchase',
        at: '2026-11-20T12:00:00.000Z',
        status: 'approved',
        sale: { amount: 5000, currency: 'USD' },
        commission: { amount: 1000, currency: 'USD', taken_back: 0, release_at: '2026-12-01T00:00:00.000Z', tier: 1 },
        reason: { kind: 'client_reference', code: 'ANN' },
      },
      {
        id: 1,
        type: 'signup',
        at: '2026-11-20T12:00:00.000Z',
        status: 'approved',
        sale: null,
        commission: null,
        reason: { kind: 'click', code: 'ANN' },
      },
    ],
    payouts: [],
    payout_method: null,
    payout_request: null,
    level_id: null,
    progress: null,
    invited: { count: 0, earnings: [], people: [] },
  })
})

withProgramme('an unproven e-mail sees the programme and nothing else; a wrong hash is refused', async (programme) => {
  await programme.addAffiliate('ANN')
  const ask = (body: object) => programme.post('/api/widget/dashboard', { project_id: programme.projectId, ...body })
  for (const body of [{}, { email: '' }, { email: 'ann@example.com' }, { email: 'nobody@example.com' }]) {
    expect((await ask(body)).body.data).toMatchObject({ proven: false, affiliate: null })
  }
  for (const hash of ['00', hashFor('ben@example.com'), hashFor('ann@example.com', 'another secret'), 'x'.repeat(64)]) {
    const answer = await ask({ email: 'ann@example.com', hash })
    expect(answer).toMatchObject({ status: 403, body: { success: false, code: 'wrong_hash' } })
    expect(JSON.stringify(answer.body)).not.toContain('ANN')
  }
  expect(await ask({ project_id: 999 })).toMatchObject({ status: 404, body: { code: 'project_not_found' } })
})

withProgramme('joining with a signature makes an affiliate, without one it makes nobody', async (programme) => {
  const join = (body: object) => programme.post('/api/widget/join', { project_id: programme.projectId, ...body })
  expect(await join({ email: 'New@example.com' })).toMatchObject({
    status: 202,
    body: { data: { challenge: expect.stringMatching(/^[\w-]{22}$/), minutes: 10 } },
  })
  expect(await join({ email: 'no address' })).toMatchObject({
    status: 400,
    body: { code: 'invalid_request', error: expect.stringMatching(/^email: /) },
  })
  const { data } = (await join({ email: 'own@example.com', hash: hashFor('own@example.com') })).body
  expect(data).toMatchObject({
    referral_code: expect.stringMatching(/^[2-9A-Z]{8}$/),
    affiliate: { email: 'own@example.com', totals: { clicks: 0 } },
  })
  expect((await programme.get('/api/v1/affiliates')).body.pagination.total).toBe(1)
})

withProgramme('who joins is welcomed by mail, in the language of their browser', async (programme) => {
  const join = (email: string, headers: Record<string, string> = {}) =>
    programme.post('/api/widget/join', { project_id: programme.projectId, email, hash: hashFor(email) }, headers)
  const { body } = await join('New@example.com', { 'accept-language': 'de-AT,de;q=0.9' })
  await join('new@example.com')
  await join('other@example.com')
  expect(await programme.db.selectFrom('mail').selectAll().orderBy('id').execute()).toMatchObject([
    {
      recipient: 'New@example.com',
      template: 'welcome',
      language: 'de-AT,de;q=0.9',
      fields: JSON.stringify({ referral_code: body.data.referral_code }),
    },
    { recipient: 'other@example.com', language: 'en' },
  ])
})
