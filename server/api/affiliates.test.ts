import { describe, expect } from 'vitest'
import { eraseNow } from '../test/erasures.ts'
import { checkout, withProgramme } from '../test/programme.ts'
import { refusal, restOf } from '../test/rest.ts'

const person = 'affiliates/affiliate1%40example.com'

const created = {
  id: 1,
  project_id: 1,
  user_email: 'new.affiliate@example.com',
  referral_code: 'NEWCODE',
  partner_slug: 'NEWCODE',
  name: null,
  company: null,
  website: null,
  language: null,
  campaign_id: 1,
  parent_id: null,
  level_id: null,
  unpaid_earnings: null,
  total_earnings: null,
  created_at: '2026-11-20T12:00:00.000Z',
  status: 'active',
}

describe('create', () => {
  withProgramme('the example of the specification', async (programme) => {
    const { post } = restOf(programme)
    const answer = await post('affiliates', { email: 'new.affiliate@example.com', referral_code: 'NEWCODE' })
    expect(answer).toMatchObject({ status: 201 })
    expect(answer.body).toEqual({ success: true, data: created })
    expect((await post('affiliates', { email: 'own.code@example.com' })).body.data.referral_code).toMatch(
      /^[2-9A-Z]{8}$/,
    )
  })

  withProgramme('with slug, name, campaign and inviter; what it does not know it ignores', async (programme) => {
    const { get, post } = restOf(programme)
    await programme.addAffiliate('ANN')
    const campaign = await post('campaigns', { name: 'Partners', terms: { kind: 'percent', rate: 30 } })
    const body = { partner_slug: 'Bens-Shop', name: ' Ben ', campaign_id: campaign.body.data.id, shoe_size: 44 }
    expect(
      (await post('affiliates', { ...body, email: 'ben@example.com', parent: 'Ann@example.com' })).body.data,
    ).toMatchObject({
      partner_slug: 'bens-shop',
      name: 'Ben',
      campaign_id: 2,
      parent_id: 1,
    })
    expect((await post('affiliates', { email: 'cat@example.com', parent: 2 })).body.data.parent_id).toBe(2)
    expect((await get('affiliates/ben%40example.com')).body.data).toMatchObject({
      name: 'Ben',
      parent_id: 1,
      campaign_id: 2,
    })
  })

  withProgramme('what is wrong or taken is refused by name, and nothing is stored', async (programme) => {
    const { get, post } = restOf(programme)
    await post('affiliates', { email: 'new.affiliate@example.com', referral_code: 'NEWCODE', partner_slug: 'new' })
    const refused: [unknown, number, string, RegExp][] = [
      [{ email: 'New.Affiliate@example.com' }, 409, 'affiliate_exists', /already exists/],
      [{ email: 'x@example.com', referral_code: 'newcode' }, 409, 'code_taken', /newcode already exists/],
      [{ email: 'x@example.com', partner_slug: 'NEW' }, 409, 'slug_taken', /slug new already exists/],
      [{ email: 'x@example.com', parent: 'y@example.com' }, 404, 'affiliate_not_found', /^Affiliate not found/],
      [{ email: 'x@example.com', campaign_id: 99 }, 404, 'campaign_not_found', /^Campaign not found/],
      [{ referral_code: 'A' }, 400, 'invalid_request', /^email: expected an email address/],
      [{ email: 'x' }, 400, 'invalid_request', /^email: expected an email address/],
      [
        { email: 'x@example.com', referral_code: '<b>' },
        400,
        'invalid_request',
        /^referral_code: expected 1 to 64 letters/,
      ],
      [
        { email: 'x@example.com', parent: 'y' },
        400,
        'invalid_request',
        /^parent: expected an email address or a numeric id/,
      ],
      [{ email: 'x@example.com', name: ' ' }, 400, 'invalid_request', /^name: expected a name/],
      ['text', 400, 'invalid_request', /body/],
    ]
    for (const [body, status, code, error] of refused)
      expect(await post('affiliates', body)).toMatchObject(refusal(status, code, expect.stringMatching(error)))
    expect((await get('affiliates')).body.pagination.total).toBe(1)
    expect((await get('events')).body.data).toMatchObject([{ type: 'affiliate_joined' }])
  })
})

withProgramme('list and retrieve, in the shape of the specification', async (programme) => {
  const { get } = restOf(programme)
  for (const code of ['ANN', 'BEN', 'CAT']) await programme.addAffiliate(code)
  await programme.click('ANN', 'click-0001')
  await programme.setTerms({ percent: 20, holdDays: 30 })
  await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))

  const first = {
    id: 1,
    project_id: 1,
    user_email: 'ann@example.com',
    referral_code: 'ANN',
    partner_slug: 'ANN',
    name: null,
    company: null,
    website: null,
    language: null,
    campaign_id: 1,
    parent_id: null,
    level_id: null,
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
  expect((await get('affiliates?limit=2&status=active')).body).toMatchObject({
    success: true,
    data: [first, { user_email: 'ben@example.com', total_earnings: '0.00', next_release_date: null }],
    pagination: { limit: 2, offset: 0, total: 3, has_more: true },
  })
  expect((await get('affiliates?limit=2&offset=2')).body).toMatchObject({
    data: [{ referral_code: 'CAT' }],
    pagination: { total: 3, has_more: false },
  })
  expect((await get('affiliates?email=Ben%40example.com')).body.data).toMatchObject([{ referral_code: 'BEN' }])
  expect((await get('affiliates?limit=100000')).body.pagination.limit).toBe(500)
  expect((await get('affiliates')).body.pagination.limit).toBe(20)
  for (const who of ['ANN%40example.com', 'ann@example.com', '1'])
    expect((await get(`affiliates/${who}`)).body).toEqual({ success: true, data: first })
  for (const who of ['nobody%40example.com', '99', '999999999999999'])
    expect(await get(`affiliates/${who}`)).toMatchObject(refusal(404, 'affiliate_not_found', 'Affiliate not found'))
  expect(await get('affiliates/nobody')).toMatchObject(
    refusal(400, 'invalid_request', 'email: expected an email address or a numeric id'),
  )
  for (const [query, error] of [
    ['limit=x', /^limit: expected a number/],
    ['limit=0', /^limit: expected at least 1/],
    ['offset=-1', /^offset: expected at least 0/],
    ['status=great', /^status: expected active, inactive or pending/],
  ] as const)
    expect(await get(`affiliates?${query}`)).toMatchObject(
      refusal(400, 'invalid_request', expect.stringMatching(error)),
    )
})

describe('update', () => {
  withProgramme('the example of the specification: an inactive affiliate', async (programme) => {
    const { get, put } = restOf(programme)
    await programme.addAffiliate('REF123', 'affiliate1@example.com')
    const answer = await put(person, { status: 'inactive' })
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        success: true,
        data: {
          ...created,
          user_email: 'affiliate1@example.com',
          referral_code: 'REF123',
          partner_slug: 'REF123',
          status: 'inactive',
          payout_method: null,
          payout_account: null,
        },
      },
    ])
    expect((await put('affiliates/1', { status: 'inactive' })).status).toBe(200)
    expect((await get('affiliates?status=inactive')).body.pagination.total).toBe(1)
    expect((await get('events')).body.data.map(({ type }: { type: string }) => type)).toEqual([
      'affiliate_joined',
      'affiliate_updated',
    ])
  })

  withProgramme('a changed referral code leaves the old links alive', async (programme) => {
    const { get, put } = restOf(programme)
    await programme.addAffiliate('OLD', 'affiliate1@example.com')
    await programme.addAffiliate('BEN')
    const change = async (code: string) => (await put(person, { referral_code: code })).body
    expect((await change('NEW')).data.referral_code).toBe('NEW')
    expect(await change('ben')).toMatchObject({ code: 'code_taken', error: expect.stringContaining('ben') })

    await programme.click('OLD', 'click-0001')
    await programme.click('NEW', 'click-0002')
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'OLD' }))
    expect((await get(person)).body.data).toMatchObject({ referral_code: 'NEW', clicks: 2, purchases: 1 })

    // Somebody else cannot have it; he himself can have it back, in another spelling too.
    expect((await put('affiliates/2', { referral_code: 'old' })).body.code).toBe('code_taken')
    expect((await change('old')).data.referral_code).toBe('old')
    expect((await change('OLD')).data.referral_code).toBe('OLD')
    expect((await get('affiliates')).body.pagination.total).toBe(2)
  })

  withProgramme('e-mail, slug, name and campaign', async (programme) => {
    const { get, put, post } = restOf(programme)
    await programme.addAffiliate('ANN', 'affiliate1@example.com')
    await programme.addAffiliate('BEN')
    await post('campaigns', { name: 'Partners', terms: { kind: 'percent', rate: 30 } })
    expect(await put(person, { email: 'BEN@example.com' })).toMatchObject(
      refusal(409, 'affiliate_exists', expect.any(String)),
    )
    await put('affiliates/2', { partner_slug: 'bens' })
    expect(await put(person, { partner_slug: 'BENS' })).toMatchObject(refusal(409, 'slug_taken', expect.any(String)))
    expect(await put(person, { campaign_id: 99 })).toMatchObject(
      refusal(404, 'campaign_not_found', 'Campaign not found'),
    )
    const change = { email: 'Ann@new.example', partner_slug: 'anns', name: 'Ann', campaign_id: 2, shoe_size: 44 }
    expect((await put(person, change)).body.data).toMatchObject({
      user_email: 'Ann@new.example',
      partner_slug: 'anns',
      name: 'Ann',
      campaign_id: 2,
    })
    expect((await get(person)).status).toBe(404)
    expect((await put('affiliates/ann%40new.example', { name: null, partner_slug: null })).body.data).toMatchObject({
      name: null,
      partner_slug: 'ANN',
    })
  })

  withProgramme('an inviter by e-mail or id, never in a circle', async (programme) => {
    const { get, put } = restOf(programme)
    for (const code of ['ANN', 'BEN', 'CAT']) await programme.addAffiliate(code)
    expect((await put('affiliates/2', { parent: 'ANN@example.com' })).body.data.parent_id).toBe(1)
    expect((await put('affiliates/3', { parent: 2 })).body.data.parent_id).toBe(2)
    for (const parent of [1, 2, 3])
      expect(await put('affiliates/1', { parent })).toMatchObject(
        refusal(
          400,
          'invalid_request',
          expect.stringMatching(/^parent: expected somebody whom this affiliate did not/),
        ),
      )
    expect(await put('affiliates/1', { parent: 99 })).toMatchObject(
      refusal(404, 'affiliate_not_found', 'Affiliate not found'),
    )
    expect((await get('affiliates/1')).body.data.parent_id).toBeNull()
    expect((await put('affiliates/2', { parent: null })).body.data.parent_id).toBeNull()
    expect((await put('affiliates/1', { parent: 3 })).body.data.parent_id).toBe(3)
  })

  withProgramme('two changes at once cannot close a circle together', async (programme) => {
    const { put } = restOf(programme)
    for (const code of ['ANN', 'BEN']) await programme.addAffiliate(code)
    const answers = await Promise.all([put('affiliates/1', { parent: 2 }), put('affiliates/2', { parent: 1 })])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
  })

  withProgramme('nothing to change, or nonsense, names what can be changed', async (programme) => {
    const { put } = restOf(programme)
    await programme.addAffiliate('ANN', 'affiliate1@example.com')
    const fields =
      'email, referral_code, status, partner_slug, name, company, website, language, campaign_id, parent, payout_method, paypal_email, wise_email'
    for (const body of [{}, { shoe_size: 44 }, [], 'text', null])
      expect(await put(person, body)).toMatchObject(
        refusal(400, 'invalid_request', `body: expected an object with at least one of ${fields}`),
      )
    const wrong: [object, RegExp][] = [
      [{ email: 'x' }, /^email: expected an email address/],
      [{ status: 'pending' }, /^status: expected active or inactive/],
      [{ referral_code: 'a b' }, /^referral_code: expected 1 to 64 letters/],
      [{ campaign_id: 'x' }, /^campaign_id: expected a whole number/],
    ]
    for (const [body, error] of wrong)
      expect(await put(person, body)).toMatchObject(refusal(400, 'invalid_request', expect.stringMatching(error)))
    expect(await put('affiliates/nobody', { status: 'active' })).toMatchObject(
      refusal(400, 'invalid_request', expect.any(String)),
    )
    expect(await put('affiliates/99', { status: 'active' })).toMatchObject(
      refusal(404, 'affiliate_not_found', 'Affiliate not found'),
    )
    const other = restOf(programme, (await programme.addProject('Other')).apiKey)
    expect((await other.put('affiliates/1', { status: 'inactive' })).status).toBe(404)
  })
})

withProgramme('delete: gone for every caller, and the e-mail and the code can join again', async (programme) => {
  const { del, get, post, put } = restOf(programme)
  await programme.addAffiliate('REF123', 'affiliate1@example.com')
  await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'REF123' }))
  const other = restOf(programme, (await programme.addProject('Other')).apiKey)
  expect((await other.del(person)).status).toBe(404)
  expect((await del('affiliates/nobody')).status).toBe(400)

  expect(await del(person)).toMatchObject({ status: 204, body: '' })
  for (const who of [person, 'affiliates/1']) {
    expect(await get(who)).toMatchObject(refusal(404, 'affiliate_not_found', 'Affiliate not found'))
    expect((await put(who, { status: 'active' })).status).toBe(404)
    expect((await del(who)).status).toBe(404)
    expect((await get(`${who}/ledger`)).status).toBe(404)
  }
  expect((await get('affiliates')).body).toMatchObject({ data: [], pagination: { total: 0 } })
  await eraseNow(programme)
  expect(JSON.stringify((await get('events')).body)).not.toContain('affiliate1')
  expect((await post('affiliates', { email: 'affiliate1@example.com', referral_code: 'REF123' })).status).toBe(201)
})

withProgramme('the ledger: newest first, signed amounts, an unbroken chain', async (programme) => {
  const { get, post } = restOf(programme)
  await programme.addAffiliate('REF123', 'affiliate1@example.com')
  await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'REF123', email: 'one@example.com' }))
  await programme.deliver(checkout({ id: 'two', amount: 2500, code: 'REF123', email: 'two@example.com' }))
  await post('payouts', { affiliate_id: 1, amount: '12.50' })

  const { body } = await get(`${person}/ledger`)
  expect(body.pagination).toEqual({ limit: 50, offset: 0, total: 3, has_more: false })
  expect(body.data).toEqual([
    expect.objectContaining({ seq: 3, kind: 'payout', amount: '-12.50', debit: 'payable', credit: 'paid' }),
    expect.objectContaining({ seq: 2, kind: 'commission', amount: '5.00' }),
    {
      id: 1,
      seq: 1,
      kind: 'commission',
      amount: '10.00',
      currency: 'USD',
      debit: 'expense',
      credit: 'payable',
      release_at: '2026-11-20T12:00:00.000Z',
      commission_id: 1,
      note: null,
      created_at: '2026-11-20T12:00:00.000Z',
      prev_hash: '',
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  ])
  expect(body.data[0].prev_hash).toBe(body.data[1].hash)
  expect(body.data[1].prev_hash).toBe(body.data[2].hash)
  expect((await get('affiliates/1/ledger?limit=1&offset=1')).body).toMatchObject({
    data: [{ seq: 2 }],
    pagination: { limit: 1, offset: 1, total: 3, has_more: true },
  })
  expect((await get('affiliates/99/ledger')).status).toBe(404)
})
