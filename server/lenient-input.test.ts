/** What the API forgives because it cannot be misunderstood: bodies, numbers, types and codes as real clients send them. */
import { describe, expect } from 'vitest'
import { checkout, hashFor, type Programme, withProgramme } from './test/programme.ts'

const raw = (
  { app, apiKey }: Programme,
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  payload: string | undefined,
  type: string | undefined,
) =>
  app.inject({
    method,
    url: `/api/v1${path}`,
    headers: { authorization: `Bearer ${apiKey}`, ...(type !== undefined && { 'content-type': type }) },
    ...(payload !== undefined && { payload }),
  })

const event = ({ post, projectId }: Programme, body: object) =>
  post('/api/track/event', { project_id: projectId, ...body })

describe('bodies', () => {
  withProgramme('a DELETE or POST that says JSON and has no body is a request without a body', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.call('POST', '/coupons', { affiliate_id: 1, coupon_code: 'ANN10' })
    for (const payload of [undefined, '', ' \r\n']) {
      const invited = await raw(programme, 'POST', '/invitations', payload, 'application/json')
      expect([invited.statusCode, invited.json().data.email]).toEqual([201, null])
    }
    expect((await raw(programme, 'DELETE', '/coupons/1', undefined, 'application/json')).statusCode).toBe(204)
    expect(
      (await raw(programme, 'DELETE', '/affiliates/ann%40example.com', '', 'application/json; charset=utf-8'))
        .statusCode,
    ).toBe(204)
    expect((await programme.get('/api/v1/affiliates')).body.data).toEqual([])
  })

  withProgramme('a body that is needed and missing is asked for', async (programme) => {
    for (const [method, path] of [
      ['POST', '/affiliates'],
      ['PUT', '/affiliates/1'],
      ['POST', '/conversions'],
    ] as const) {
      const answer = await raw(programme, method, path, '', 'application/json')
      expect([answer.statusCode, answer.json()]).toEqual([
        400,
        { success: false, code: 'invalid_request', error: expect.stringMatching(/^body: expected .*object/) },
      ])
    }
  })

  withProgramme('JSON without a content type, or with one that means JSON, is JSON', async (programme) => {
    const types = [undefined, 'text/json', 'application/vnd.api+json', 'Application/JSON;charset=UTF-8']
    for (const [index, type] of types.entries()) {
      const body = JSON.stringify({ email: `person${index}@example.com` })
      const made = await raw(programme, 'POST', '/affiliates', body, type)
      expect([type, made.statusCode]).toEqual([type, 201])
    }
    const click = { project_id: programme.projectId, email: 'x@example.com', type: 'signup' }
    const told = await programme.app.inject({ method: 'POST', url: '/api/track/event', payload: JSON.stringify(click) })
    expect(told.statusCode).toBe(202)
  })

  withProgramme('what is no JSON is refused as before', async (programme) => {
    const form = 'application/x-www-form-urlencoded'
    expect((await raw(programme, 'POST', '/affiliates', 'email=a%40example.com', form)).statusCode).toBe(415)
    expect((await raw(programme, 'POST', '/affiliates', '<a/>', 'application/xml')).statusCode).toBe(415)
    expect((await raw(programme, 'POST', '/affiliates', 'email=a%40example.com', undefined)).json()).toEqual({
      success: false,
      error: 'body: expected valid JSON',
      code: 'invalid_request',
    })
    expect(
      (await raw(programme, 'POST', '/affiliates', '{"__proto__":{"email":"a@example.com"}}', undefined)).statusCode,
    ).toBe(400)
    expect((await programme.get('/api/v1/affiliates')).body.data).toEqual([])
  })
})

describe('values', () => {
  withProgramme(
    'a text that is exactly a number is the number, a text that is true or false is it',
    async (programme) => {
      await programme.addAffiliate('ANN')
      const made = await programme.call('POST', '/conversions', {
        affiliate_id: ' 1 ',
        base_value: '250',
        value: '12.50',
        paid: 'true',
        reference: '007',
      })
      expect(made.status).toBe(201)
      expect(made.body.data).toMatchObject({
        base_value: 250,
        value: 12.5,
        affiliate_id: 1,
        paid: true,
        reference: '007',
      })
      expect((await programme.call('PUT', '/conversions/1', { paid: 'false' })).body.data.paid).toBe(false)
      expect((await programme.call('POST', '/coupons', { affiliate_id: '1', coupon_code: 'ANN10' })).status).toBe(201)
      expect((await programme.call('POST', '/payouts', { affiliate_id: '1', amount: ' 2.50 ' })).body.data.amount).toBe(
        '2.50',
      )
      expect(
        (await programme.call('POST', '/referrals', { email: 'b@example.com', affiliate_id: '1' })).body.data,
      ).toMatchObject({
        affiliate_id: 1,
      })
      expect((await event(programme, { type: 'purchase', value: ' 250 ', email: 'c@example.com' })).status).toBe(202)
      expect((await programme.get('/api/v1/conversions')).body.data[0].base_value).toBe(250)

      const before = await programme.tables()
      for (const value of ['250abc', '', '0x10', '1e3', '1,5', '--5', '-5', 'NaN', ' ', '٢٥'])
        expect([value, (await programme.call('POST', '/conversions', { base_value: value })).status]).toEqual([
          value,
          400,
        ])
      for (const paid of ['yes', '1', '', 'TRUEE'])
        expect((await programme.call('POST', '/conversions', { base_value: 1, paid })).status).toBe(400)
      expect(await programme.tables()).toEqual(before)
    },
  )

  withProgramme(
    "paid is read as the vendor's examples write it: true, True (Python) and 1 (PHP)",
    async (programme) => {
      await programme.addAffiliate('ANN')
      await programme.call('POST', '/conversions', { affiliate_id: 1, base_value: 10, paid: true })
      await programme.call('POST', '/conversions', { affiliate_id: 1, base_value: 20 })
      for (const [paid, id] of [
        ['true', 1],
        ['True', 1],
        ['1', 1],
        ['False', 2],
        ['0', 2],
      ] as const)
        expect(
          (await programme.get(`/api/v1/conversions?paid=${paid}`)).body.data.map((row: { id: number }) => row.id),
        ).toEqual([id])
      expect((await programme.get('/api/v1/conversions?paid=maybe')).status).toBe(400)
    },
  )

  withProgramme('an empty referral code is none, at every door', async (programme) => {
    await programme.addAffiliate('ANN')
    for (const referral_code of ['', '  ', null]) {
      const told = await event(programme, {
        type: 'signup',
        email: `s${String(referral_code).length}@example.com`,
        referral_code,
      })
      expect(told.status).toBe(202)
      const sale = await programme.call('POST', '/conversions', { base_value: 10, referral_code })
      expect([sale.status, sale.body.data.affiliate_id]).toEqual([201, null])
      const stored = await programme.call('POST', '/store-attribution', { email: 'x@example.com', referral_code })
      expect([stored.status, stored.body]).toEqual([
        200,
        { success: true, hint: expect.stringContaining('nobody is credited') },
      ])
      const email = `a${String(referral_code).length}@example.com`
      const joined = await programme.call('POST', '/affiliates', { email, referral_code })
      expect([joined.status, joined.body.data.referral_code]).toEqual([201, expect.stringMatching(/^[A-Z0-9]{8}$/)])
      const changed = await programme.call('PUT', '/affiliates/1', { referral_code, name: 'Ann' })
      expect(changed.body.data).toMatchObject({ referral_code: 'ANN', name: 'Ann' })
    }
    expect((await programme.call('POST', '/store-attribution', { email: 'x@example.com' })).status).toBe(400)
    expect((await programme.get('/api/v1/referrals/x%40example.com')).status).toBe(404)
    expect(
      (await programme.call('POST', '/conversions', { base_value: 10, referral_code: ' ann ' })).body.data.affiliate_id,
    ).toBe(1)
  })

  withProgramme('other empty texts of a new conversion are none too', async (programme) => {
    const empty = {
      email: '',
      customer_email: ' ',
      reference: '',
      coupon_code_used: '',
      product_id: '',
      url: '',
      currency: '',
    }
    const made = await programme.call('POST', '/conversions', { base_value: 10, ...empty })
    expect(made.body.data).toMatchObject({
      reference: null,
      coupon_code_used: null,
      url: null,
      base_value_currency: 'USD',
    })
  })
})

describe('types', () => {
  withProgramme('PURCHASE and Signup are purchase and signup, by script and by API', async (programme) => {
    await programme.addAffiliate('ANN')
    const told = await event(programme, { type: ' Signup ', email: 'a@example.com', referral_code: 'ANN' })
    expect(told.body.data).not.toHaveProperty('earned')
    const sale = await programme.call('POST', '/conversions', {
      type: 'PURCHASE',
      base_value: 100,
      referral_code: 'ANN',
    })
    expect(sale.body.data).toMatchObject({ type: 'purchase', value: 20 })
    expect(sale.body.data).not.toHaveProperty('earned')
    expect((await programme.get('/api/v1/conversions?type=PURCHASE')).body.data).toHaveLength(1)
    expect((await programme.get('/api/v1/conversions?type=signup')).body.data).toHaveLength(1)
    expect((await programme.call('PUT', '/conversions/2', { type: 'Purchase' })).body.data.type).toBe('purchase')
  })

  withProgramme('another name is a custom event, and the answer says that nothing was earned', async (programme) => {
    await programme.addAffiliate('ANN')
    const hint = expect.stringMatching(/^"Sale" is recorded as a custom event.*"purchase".*"signup"/)
    const known = await event(programme, { type: 'Sale', value: 10, email: 'a@example.com', referral_code: 'ANN' })
    expect(known.body.data).toMatchObject({ earned: false, hint })
    const made = await programme.call('POST', '/conversions', { type: 'Sale', base_value: 100, referral_code: 'ANN' })
    expect(made.body.data).toMatchObject({ type: 'Sale', value: null, earned: false, hint })
    const given = await programme.call('POST', '/conversions', { type: 'Sale', value: 5, referral_code: 'ANN' })
    expect(given.body.data).toMatchObject({ type: 'Sale', value: 5 })
    expect(given.body.data).not.toHaveProperty('earned')
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '5.00' })
  })
})

describe('emails', () => {
  const SPELLINGS = ['x@müller.de', ' X@MÜLLER.de ', 'x@xn--mller-kva.de', 'x@XN--MLLER-kva.de\n']

  withProgramme('every spelling of an address is one person, at every door', async (programme) => {
    await programme.addAffiliate('ANN')
    expect((await programme.call('POST', '/affiliates', { email: ' a&b@x.com ' })).body.data.user_email).toBe(
      'a&b@x.com',
    )
    expect((await programme.call('POST', '/affiliates', { email: 'josé@x.com' })).status).toBe(201)
    for (const email of SPELLINGS) {
      const stored = await programme.call('POST', '/store-attribution', { email, referral_code: 'ANN' })
      expect([email, stored.status]).toEqual([email, 200])
      expect((await event(programme, { type: 'signup', email })).status).toBe(202)
      const sale = await programme.call('POST', '/conversions', { base_value: 10, email })
      expect([email, sale.body.data.affiliate_id]).toEqual([email, 1])
      const path = `/api/v1/referrals/${encodeURIComponent(email)}`
      expect((await programme.get(path)).body.data).toMatchObject({ id: 1, user_email: 'x@müller.de' })
    }
    await programme.deliver(checkout({ id: 'one', amount: 5000, email: 'X@xn--mller-kva.de' }))
    expect((await programme.get('/api/v1/referrals')).body.data).toHaveLength(1)
    expect((await programme.get('/api/v1/conversions?affiliate_id=1')).body.pagination.total).toBe(6)
  })

  withProgramme('the widget takes them, and a signature over either form of the domain', async (programme) => {
    const { post, projectId: project_id } = programme
    for (const email of [' a&b@x.com', 'josé@x.com', 'x@müller.de']) {
      expect((await post('/api/widget/join', { project_id, email })).status).toBe(202)
      expect((await post('/api/widget/code', { project_id, email })).status).toBe(200)
    }
    expect((await programme.call('POST', '/affiliates', { email: 'x@müller.de' })).status).toBe(201)
    for (const email of ['x@müller.de', 'x@xn--mller-kva.de', 'X@Müller.de'])
      for (const signed of ['x@müller.de', 'x@xn--mller-kva.de']) {
        const asked = { project_id, email, hash: hashFor(signed) }
        const { status, body } = await post('/api/widget/dashboard', asked)
        // Whoever signs one form holds the secret; only the form that stands on the page counts.
        expect([email, signed, status]).toEqual([
          email,
          signed,
          email.startsWith('x@xn') && signed.includes('ü') ? 403 : 200,
        ])
        if (status === 200) expect(body.data.affiliate.email).toBe('x@müller.de')
      }
  })

  withProgramme('what a payment provider calls an email and is none is nobody', async (programme) => {
    await programme.addAffiliate('ANN')
    for (const [index, email] of ['n/a', 'unknown', ' ', 'n/a'].entries())
      await programme.deliver(checkout({ id: `s${index}`, amount: 5000, code: 'ANN', email }))
    expect((await programme.get('/api/v1/referrals')).body.data).toEqual([])
    expect((await programme.get('/api/v1/conversions')).body.data).toHaveLength(4)
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '40.00' })
  })

  withProgramme('what is none is refused with one sentence at every door', async (programme) => {
    const sentence = 'email: expected an email address such as ann@example.com'
    const { project_id, ...said } = { project_id: programme.projectId, email: 'ann@localhost' }
    for (const answer of [
      await programme.call('POST', '/affiliates', said),
      await programme.call('POST', '/referrals', said),
      await programme.call('POST', '/conversions', { ...said, base_value: 1 }),
      await programme.call('POST', '/invitations', said),
      await programme.call('POST', '/store-attribution', { ...said, referral_code: 'ANN' }),
      await event(programme, { ...said, type: 'signup' }),
      await programme.post('/api/widget/join', { ...said, project_id }),
      await programme.post('/api/widget/code', { ...said, project_id }),
      await programme.post('/api/widget/dashboard', { ...said, project_id }),
    ])
      expect([answer.status, answer.body.error]).toEqual([400, sentence])
  })
})

describe('webhooks', () => {
  withProgramme('always carry referrer and referred as objects', async (programme) => {
    await programme.addAffiliate('ANN')
    const hook = {
      url: 'https://hooks.example.com/a',
      events: ['referral_converted', 'referral_canceled', 'referral_updated'],
    }
    await programme.call('POST', '/webhooks', hook)
    await programme.call('POST', '/conversions', { base_value: 10, referral_code: 'ANN' })
    await programme.call('POST', '/conversions', { base_value: 10 })
    await programme.call('DELETE', '/conversions/1')
    const sent = (await programme.db.selectFrom('webhook_delivery').select('body').orderBy('id').execute()).map(
      ({ body }) => JSON.parse(body) as { event: string; referrer: unknown; referred: unknown },
    )
    const [ann, nobody] = [
      { id: '1', email: 'ann@example.com' },
      { id: null, email: null },
    ]
    expect(sent.map(({ event: name, referrer, referred }) => [name, referrer, referred])).toEqual([
      ['referral_converted', ann, nobody],
      ['referral_updated', ann, nobody],
      ['referral_updated', nobody, nobody],
      ['referral_canceled', ann, nobody],
    ])
  })
})
