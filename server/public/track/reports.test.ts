import { describe, expect } from 'vitest'
import { BROWSER, checkout, type Programme, withProgramme } from '../../test/programme.ts'

const countsOf = async (programme: Programme, email: string) => {
  const { clicks, signups, purchases } = (await programme.get(`/api/v1/affiliates/${encodeURIComponent(email)}`)).body
    .data
  return { clicks, signups, purchases }
}

describe('clicks', () => {
  withProgramme('a click is counted once, however often its request is repeated', async (programme) => {
    await programme.addAffiliate('ANN')
    const first = await programme.click('ann', 'click-0001')
    expect(first).toMatchObject({
      status: 200,
      body: { success: true, data: { counted: true }, choices: {} },
    })
    expect((await programme.click('ann', 'click-0001')).body.data.counted).toBe(false)
    await programme.click('ANN', 'click-0002')
    expect(await countsOf(programme, 'ann@example.com')).toEqual({ clicks: 2, signups: 0, purchases: 0 })
  })

  withProgramme('a hundred clicks at once are all counted, for the right affiliates', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.addAffiliate('BEN')
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        programme.click(n % 4 === 0 ? 'BEN' : 'ANN', `click-${String(n).padStart(4, '0')}`),
      ),
    )
    expect(answers.every((answer) => answer.body.data.counted)).toBe(true)
    expect(await countsOf(programme, 'ann@example.com')).toMatchObject({ clicks: 75 })
    expect(await countsOf(programme, 'ben@example.com')).toMatchObject({ clicks: 25 })
  })

  withProgramme('the same id twice in one commit is one click', async (programme) => {
    await programme.addAffiliate('ANN')
    const answers = await Promise.all([programme.click('ANN', 'click-0001'), programme.click('ANN', 'click-0001')])
    expect(answers.map((answer) => answer.body.data.counted).sort()).toEqual([false, true])
    expect(await countsOf(programme, 'ann@example.com')).toMatchObject({ clicks: 1 })
  })

  withProgramme('a bot is counted apart', async (programme) => {
    await programme.addAffiliate('ANN')
    const answer = await programme.click('ANN', 'click-0001', {
      'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    })
    expect(answer).toMatchObject({
      status: 200,
      body: { data: { counted: false } },
      headers: { 'x-refgrow-click': 'bot' },
    })
    expect(await countsOf(programme, 'ann@example.com')).toMatchObject({ clicks: 0 })
    expect(await programme.tables()).toMatchObject({
      rollup: [],
      not_counted: [{ affiliate_id: 1, reason: 'bot', clicks: 1 }],
    })
  })

  withProgramme(
    'neither IP address nor user agent nor anything personal of the address is stored',
    async (programme) => {
      await programme.addAffiliate('ANN')
      const url = 'https://shop.test/pricing/of/jane@example.org?ref=ANN&email=jane%40example.org&utm_source=news#token'
      await programme.post('/api/track/click', {
        project_id: programme.projectId,
        referral_code: 'ANN',
        click_id: 'click-0001',
        url,
      })
      const { click } = await programme.tables()
      expect(click).toMatchObject([{ landing_url: 'https://shop.test/pricing/of/-?utm_source=news' }])
      const stored = JSON.stringify(await programme.tables())
      for (const personal of ['127.0.0.1', BROWSER, 'Chrome', 'jane']) expect(stored).not.toContain(personal)
    },
  )

  withProgramme('what is wrong is said in one sentence, and nothing is stored', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.db.updateTable('affiliate').set({ status: 'inactive' }).execute()
    const before = await programme.tables()
    const click = { project_id: programme.projectId, referral_code: 'ANN', click_id: 'click-0001' }
    const cases: [unknown, number, string, RegExp][] = [
      [{ ...click, project_id: 999 }, 404, 'project_not_found', /No project 999/],
      [{ ...click, project_id: 'b7e7…' }, 404, 'project_not_found', /data-project-id/],
      [{ ...click, referral_code: 'NOBODY' }, 404, 'unknown_code', /Nobody .* NOBODY/],
      [click, 404, 'inactive_code', /not active/],
      [{ ...click, referral_code: "' or 1=1" }, 400, 'invalid_request', /^referral_code: expected 1 to 64 letters/],
      [{ ...click, referral_code: 'x'.repeat(65) }, 400, 'invalid_request', /^referral_code: /],
      [{ ...click, click_id: undefined }, 400, 'invalid_request', /^click_id: /],
      ['{broken', 400, 'invalid_request', /valid JSON/],
      ['', 400, 'invalid_request', /empty|JSON/],
      ['x'.repeat(1_000_000), 413, 'body_too_large', /too large/],
    ]
    for (const [body, status, code, sentence] of cases) {
      const answer = await programme.post('/api/track/click', body)
      expect(answer).toMatchObject({ status, body: { success: false, code, error: expect.stringMatching(sentence) } })
    }
    expect(await programme.tables()).toEqual(before)
  })

  withProgramme('an address that is too long or odd costs nobody their click or their sale', async (programme) => {
    await programme.set({ repeat_click_seconds: 0 })
    await programme.addAffiliate('ANN')
    const odd = ['x'.repeat(15_000), `https://shop.test/?${'q'.repeat(15_000)}`, 7, {}, 'shop://', null]
    for (const [n, url] of odd.entries()) {
      const told = { project_id: programme.projectId, referral_code: 'ANN', url, referrer: url, cookie: url }
      const click = await programme.post('/api/track/click', { ...told, click_id: `click-000${n}` })
      expect(click).toMatchObject({ status: 200, body: { data: { counted: true } } })
      const event = { ...told, type: 'signup', email: `bob${n}@example.com`, click_id: `click-000${n}` }
      expect((await programme.report(event)).status).toBe(202)
    }
    expect(await countsOf(programme, 'ann@example.com')).toMatchObject({ clicks: odd.length, signups: odd.length })
  })

  withProgramme(
    'a click in a frame of another site is shown, but neither counted nor remembered',
    async (programme) => {
      await programme.addAffiliate('ANN')
      const click = {
        project_id: programme.projectId,
        referral_code: 'ANN',
        click_id: 'click-0001',
        cookie: 'ref;path=/;samesite=lax;max-age=7776000;domain=.acme.example;secure',
      }
      const headers = {
        host: 'refgrow.acme.example',
        origin: 'https://www.acme.example',
        cookie: 'refgrow_ref_code=ANN',
      }
      const framed = await programme.post('/api/track/click', { ...click, framed: true }, headers)
      expect(framed).toMatchObject({ status: 200, body: { data: { counted: false } } })
      expect([framed.headers['x-refgrow-click'], framed.headers['set-cookie']]).toEqual(['frame', undefined])
      expect((await programme.tables())['click']).toEqual([])
      expect((await programme.tables())['not_counted']).toMatchObject([{ affiliate_id: 1, reason: 'frame', clicks: 1 }])
      // It does not stand in the way of a real one.
      expect((await programme.post('/api/track/click', { ...click, framed: false }, headers)).body.data.counted).toBe(
        true,
      )
      expect(await countsOf(programme, 'ann@example.com')).toMatchObject({ clicks: 1 })
    },
  )

  withProgramme('browsers of any site may read the answer', async (programme) => {
    await programme.addAffiliate('ANN')
    const { headers } = await programme.click('ANN', 'click-0001', { origin: 'https://shop.test' })
    expect(headers).toMatchObject({
      'access-control-allow-origin': 'https://shop.test',
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    })
  })

  withProgramme('a browser that asks first is told the same', async ({ app }) => {
    for (const url of ['/api/track/event', '/api/widget/dashboard']) {
      const { statusCode, headers } = await app.inject({
        method: 'OPTIONS',
        url,
        headers: { origin: 'https://shop.test', 'access-control-request-method': 'POST' },
      })
      expect({ statusCode, headers }).toMatchObject({
        statusCode: 204,
        headers: {
          'access-control-allow-origin': 'https://shop.test',
          'access-control-allow-credentials': 'true',
          'access-control-allow-methods': 'GET, POST',
          'access-control-allow-headers': 'content-type',
        },
      })
    }
  })
})

describe('what a click is answered', () => {
  withProgramme("the project's choices for the tracker", async (programme) => {
    await programme.set({ attribution: 'first', cross_domains: ['other.example'], respect_gpc: true })
    await programme.addAffiliate('ANN')
    const { choices } = (await programme.click('ANN', 'click-0001')).body
    expect(choices).toEqual({ first: true, gpc: true, domains: ['other.example'] })
  })

  withProgramme('but of the sites only those the page is not part of itself', async (programme) => {
    await programme.set({ cross_domains: ['acme.example', 'other.example'] })
    await programme.addAffiliate('ANN')
    const from = async (origin: string, id: string) =>
      (await programme.click('ANN', id, { origin })).body.choices.domains
    expect(await from('https://shop.acme.example', 'click-0001')).toEqual(['other.example'])
    expect(await from('https://other.example', 'click-0002')).toEqual(['acme.example'])
    expect(await from('https://notacme.example', 'click-0003')).toEqual(['acme.example', 'other.example'])
    expect(await from('null', 'click-0004')).toEqual(['acme.example', 'other.example'])
  })

  withProgramme('on one site, the cookies again by header', async (programme) => {
    await programme.addAffiliate('ANN')
    const click = {
      project_id: programme.projectId,
      referral_code: 'ANN',
      click_id: 'click-0001',
      cookie: 'ref;path=/;samesite=lax;max-age=7776000;domain=.acme.example;secure',
    }
    const headers = { host: 'refgrow.acme.example', origin: 'https://www.acme.example', cookie: 'refgrow_ref_code=ANN' }
    expect((await programme.post('/api/track/click', click, headers)).headers['set-cookie']).toEqual([
      'refgrow_ref_code=ANN; Path=/; Max-Age=7776000; SameSite=Lax; Domain=acme.example; Secure',
    ])
    const elsewhere = { ...headers, origin: 'https://www.elsewhere.example' }
    expect((await programme.post('/api/track/click', click, elsewhere)).headers['set-cookie']).toBeUndefined()
  })
})

describe('events', () => {
  withProgramme("a signup belongs to the cookie's affiliate, once per person", async (programme) => {
    await programme.addAffiliate('ANN')
    const signup = {
      project_id: programme.projectId,
      type: 'signup',
      value: 0,
      email: 'Bob@Example.com',
      referral_code: 'ANN',
      idempotency_key: 'k1',
    }
    for (const again of [{}, { idempotency_key: 'k2', email: 'bob@example.com' }])
      expect((await programme.report({ ...signup, ...again })).status).toBe(202)
    expect(await countsOf(programme, 'ann@example.com')).toEqual({ clicks: 1, signups: 1, purchases: 0 })
    const { body } = await programme.get('/api/v1/referrals')
    expect(body).toEqual({
      success: true,
      data: [
        {
          id: 1,
          user_email: 'Bob@Example.com',
          conversion_status: 'pending',
          conversion_date: null,
          created_at: programme.clock.now(),
          affiliate_id: 1,
          affiliate_code: 'ANN',
        },
      ],
      pagination: { limit: 20, offset: 0, total: 1, has_more: false },
    })
  })

  withProgramme("a browser's purchase waits for confirmation: recorded, not counted, not paid", async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.report({
      project_id: programme.projectId,
      type: 'purchase',
      value: 49.99,
      email: 'bob@example.com',
      referral_code: 'ANN',
      reference: 'ORDER-1',
    })
    expect(await countsOf(programme, 'ann@example.com')).toEqual({ clicks: 1, signups: 0, purchases: 0 })
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '0.00' })
    const { body } = await programme.get('/api/v1/conversions')
    expect(body.data).toMatchObject([
      {
        type: 'purchase',
        status: 'pending',
        value: null,
        base_value: 49.99,
        base_value_currency: 'USD',
        reference: 'ORDER-1',
        referral_code: 'ANN',
        paid: false,
      },
    ])
  })

  withProgramme('by setting it is accepted at once, or rejected without a trace', async (programme) => {
    await programme.addAffiliate('ANN')
    const purchase = {
      project_id: programme.projectId,
      type: 'purchase',
      value: 50,
      email: 'bob@example.com',
      referral_code: 'ANN',
    }
    await programme.set({ browser_purchases: 'reject' })
    await programme.click('ANN', 'visit-of-ANN')
    const before = await programme.tables()
    expect((await programme.report(purchase)).body.data.status).toBe('rejected')
    expect(await programme.tables()).toEqual(before)
    await programme.set({ browser_purchases: 'accept' })
    expect((await programme.report(purchase)).body.data.status).toBe('accepted')
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '10.00', eligible: '10.00' })
  })

  withProgramme('two people who report the same under one key are two, and one person is one', async (programme) => {
    await programme.addAffiliate('ANN')
    const call = {
      project_id: programme.projectId,
      type: 'purchase',
      value: 29,
      referral_code: 'ANN',
      idempotency_key: 'same',
    }
    const recorded = []
    for (const person of [
      { click_id: 'click-0001' },
      { click_id: 'click-0002' },
      { click_id: 'click-0001' },
      { email: 'a@example.com' },
      { email: 'A@example.com', click_id: 'click-0009' },
      {},
      {},
    ]) {
      await programme.report({ ...call, ...person })
      recorded.push((await programme.tables())['conversion']?.length)
    }
    expect(recorded).toEqual([1, 2, 2, 3, 3, 4, 4])
  })

  for (const browser_purchases of ['pending', 'accept', 'reject'] as const)
    withProgramme(
      `nobody learns from an answer whether somebody is a customer (${browser_purchases})`,
      async (programme) => {
        await programme.addAffiliate('ANN')
        await programme.set({ browser_purchases })
        await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN', email: 'known@example.com' }))
        const seen = async (event: object) => {
          const { status, body, headers } = await programme.post('/api/track/event', {
            project_id: programme.projectId,
            value: 50,
            referral_code: 'ANN',
            ...event,
          })
          const { date: _, ...told } = headers
          return { status, body, told }
        }
        for (const type of ['signup', 'purchase', 'demo booked']) {
          const rejected = type === 'purchase' && browser_purchases === 'reject'
          const answer = { status: 202, body: { success: true, data: { status: rejected ? 'rejected' : 'accepted' } } }
          const [known, again, fresh, affiliate] = [
            await seen({ type, email: 'known@example.com', idempotency_key: 'k' }),
            await seen({ type, email: 'known@example.com', idempotency_key: 'k' }),
            await seen({ type, email: `new-${type.length}@example.com` }),
            await seen({ type, email: 'ann@example.com' }),
          ]
          expect(known).toMatchObject(answer)
          for (const other of [again, fresh, affiliate]) expect(other).toEqual(known)
        }
      },
    )

  withProgramme('reference and coupon are kept, whatever the page calls the coupon', async (programme) => {
    const call = { project_id: programme.projectId, type: 'purchase', value: 5 }
    for (const details of [
      { coupon: 'JANE20', reference: 7 },
      { coupon_code: 'JANE20' },
      { couponCode: 'JANE20' },
      { coupon_code_used: 'JANE20' },
    ]) {
      await programme.report({ ...call, ...details })
    }
    const { data } = (await programme.get('/api/v1/conversions')).body
    expect(data.map((row: Record<string, unknown>) => [row['coupon_code_used'], row['reference']])).toEqual([
      ['JANE20', null],
      ['JANE20', null],
      ['JANE20', null],
      ['JANE20', '7'],
    ])
  })

  withProgramme('a custom event is recorded and counted, and earns nothing', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.report({
      project_id: programme.projectId,
      type: 'demo booked',
      value: 10,
      email: 'bob@example.com',
      referral_code: 'ANN',
    })
    expect((await programme.tables())['rollup']).toContainEqual(
      expect.objectContaining({ period: 'all', signups: 0, purchases: 0, other_events: 1 }),
    )
    expect((await programme.tables())['ledger_entry']).toEqual([])
    expect((await programme.get('/api/v1/conversions?type=demo%20booked')).body.data).toMatchObject([
      { type: 'demo booked', base_value: 10, value: null },
    ])
  })

  withProgramme('a visitor nobody referred is recorded as direct', async (programme) => {
    await programme.report({
      project_id: programme.projectId,
      type: 'signup',
      email: 'bob@example.com',
    })
    expect((await programme.get('/api/v1/referrals')).body.data).toMatchObject([
      { conversion_status: 'direct_signup', affiliate_id: null, affiliate_code: null },
    ])
  })

  withProgramme('a person stays with the affiliate who brought him', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.addAffiliate('BEN')
    await programme.report({
      project_id: programme.projectId,
      type: 'signup',
      email: 'bob@example.com',
      referral_code: 'ANN',
    })
    await programme.set({ browser_purchases: 'accept' })
    await programme.report({
      project_id: programme.projectId,
      type: 'purchase',
      value: 50,
      email: 'bob@example.com',
      referral_code: 'BEN',
    })
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '10.00' })
    expect(await programme.earningsOf('ben@example.com')).toMatchObject({ total: '0.00' })
  })

  withProgramme('nobody earns on himself', async (programme) => {
    await programme.set({ browser_purchases: 'accept' })
    await programme.addAffiliate('ANN')
    await programme.report({
      project_id: programme.projectId,
      type: 'purchase',
      value: 50,
      email: 'Ann+shop@example.com',
      referral_code: 'ANN',
    })
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '0.00' })
    const [conversion] = (await programme.tables())['conversion'] as { decision: string }[]
    expect(JSON.parse(conversion?.decision ?? '')).toMatchObject({
      winner: null,
      candidates: [{ kind: 'click', outcome: 'lost', reason: 'self-referral' }],
      commission: { reason: 'not_attributed' },
    })
  })

  withProgramme('wrong fields are named, and nothing is stored', async (programme) => {
    const before = await programme.tables()
    const event = { project_id: programme.projectId, type: 'purchase', value: 5, email: 'bob@example.com' }
    const cases: [unknown, RegExp][] = [
      [{ ...event, email: 'bob' }, /^email: /],
      [{ ...event, value: -5 }, /^value: expected an amount/],
      [{ ...event, value: 'a lot' }, /^value: expected an amount/],
      [{ ...event, currency: 'XQZ' }, /^currency: expected an ISO 4217 code/],
      [{ ...event, type: '' }, /^type: /],
      [{ ...event, value: {} }, /^value: /],
    ]
    for (const [body, sentence] of cases) {
      expect(await programme.post('/api/track/event', body)).toMatchObject({
        status: 400,
        body: { success: false, code: 'invalid_request', error: expect.stringMatching(sentence) },
      })
    }
    expect(await programme.tables()).toEqual(before)
  })
})
