import { describe, expect } from 'vitest'
import { retryProviderEvents } from '../jobs/retry-provider-events.ts'
import { checkout, withProgramme } from '../test/programme.ts'

describe('Stripe checkout', () => {
  withProgramme('a paid checkout with a code books the commission on the amount without tax', async (programme) => {
    await programme.addAffiliate('ANN')
    const answer = await programme.deliver(
      checkout({ id: 'one', amount: 11_900, tax: 1_900, code: 'ref_ann', email: 'Buyer@example.com' }),
    )
    expect(answer).toMatchObject({ status: 200, body: { success: true, data: { status: 'processed' } } })
    const { body } = await programme.get('/api/v1/conversions')
    expect(body.data).toMatchObject([
      {
        type: 'purchase',
        status: 'approved',
        base_value: 100,
        value: 20,
        base_value_currency: 'USD',
        affiliate_id: 1,
        referral_code: 'ANN',
      },
    ])
    expect((await programme.get('/api/v1/referrals?status=converted')).body.data).toMatchObject([
      { user_email: 'Buyer@example.com', affiliate_code: 'ANN' },
    ])
  })

  withProgramme("metadata comes before client_reference_id, and both before the e-mail's signup", async (programme) => {
    for (const code of ['ANN', 'BEN', 'CAT']) await programme.addAffiliate(code)
    const buyers = ['one', 'two', 'three'].map((id) => ({ id, email: `${id}@example.com` }))
    for (const { email } of buyers) {
      const signup = { project_id: programme.projectId, type: 'signup', email, referral_code: 'CAT' }
      await programme.report(signup)
    }
    const clues = [{ metadata: { referral_code: 'ANN' }, code: 'BEN' }, { code: 'BEN' }, {}]
    for (const [index, buyer] of buyers.entries())
      await programme.deliver(checkout({ ...buyer, amount: 5000, ...clues[index] }))
    for (const email of ['ann@example.com', 'ben@example.com', 'cat@example.com'])
      expect(await programme.earningsOf(email)).toMatchObject({ total: '10.00' })
  })

  withProgramme('whoever brought the first payment keeps the customer', async (programme) => {
    for (const code of ['ANN', 'BEN']) await programme.addAffiliate(code)
    for (const [id, code] of Object.entries({ one: 'ANN', two: 'BEN' }))
      await programme.deliver(checkout({ id, amount: 5000, code }))
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '20.00' })
    expect(await programme.earningsOf('ben@example.com')).toMatchObject({ total: '0.00' })
  })

  withProgramme(
    "a sale nobody referred, and another vendor's reference, are recorded without a commission",
    async (programme) => {
      await programme.addAffiliate('ANN')
      await programme.deliver(checkout({ id: 'one', amount: 5000 }))
      await programme.deliver(checkout({ id: 'two', amount: 5000, code: 'other-vendor:77', email: 'c@example.com' }))
      expect((await programme.get('/api/v1/conversions')).body.data).toMatchObject([
        { affiliate_id: null, value: null },
        { affiliate_id: null, value: null },
      ])
      expect((await programme.tables())['ledger_entry']).toEqual([])
    },
  )

  withProgramme(
    "zero-decimal currencies are kept in their own units, apart from the programme's currency",
    async (programme) => {
      await programme.addAffiliate('ANN')
      await programme.deliver(checkout({ id: 'one', amount: 5000, currency: 'jpy', code: 'ANN' }))
      const { body } = await programme.get('/api/v1/affiliates/ann%40example.com')
      expect(body.data).toMatchObject({
        total_earnings: '0.00',
        currency: 'USD',
        balances: [{ currency: 'JPY', total: '1000', eligible: '1000', held: '0', paid: '0' }],
      })
    },
  )

  withProgramme('unpaid, free and unknown events are answered 200 and book nothing', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN', paid: false }))
    await programme.deliver(checkout({ id: 'two', amount: 0, code: 'ANN' }))
    expect(
      await programme.deliver({
        id: 'evt_x',
        object: 'event',
        type: 'customer.created',
        created: 1,
        data: { object: {} },
      }),
    ).toMatchObject({ status: 200 })
    expect((await programme.tables())['conversion']).toEqual([])
    const states = (await programme.tables())['provider_event_state'] as { status: string }[]
    expect(states.map((state) => state.status).sort()).toEqual(['ignored', 'processed', 'processed'])
  })

  withProgramme('a free start keeps the attribution for the first payment', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.deliver(checkout({ id: 'one', amount: 0, code: 'ANN' }))
    await programme.deliver(checkout({ id: 'two', amount: 5000 }))
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '10.00' })
  })
})

describe('what is not genuine changes nothing', () => {
  withProgramme('a wrong, altered, stale or missing signature is 401; an unknown address 404', async (programme) => {
    const before = await programme.tables()
    const sale = checkout({ id: 'one', amount: 5000, code: 'ANN' })
    expect(await programme.deliver(sale, { secret: 'whsec_other' })).toMatchObject({
      status: 401,
      body: { code: 'wrong_signature' },
    })
    const { app, projectId } = programme
    const post = (url: string, headers = {}) =>
      app.inject({
        method: 'POST',
        url,
        payload: JSON.stringify(sale),
        headers: { 'content-type': 'application/json', ...headers },
      })
    expect((await post(`/webhook/stripe/${projectId}`)).statusCode).toBe(401)
    expect((await post(`/webhook/stripe/${projectId}`, { 'stripe-signature': 't=1,v1=00' })).statusCode).toBe(401)
    expect((await post('/webhook/stripe/999')).json()).toMatchObject({ success: false, code: 'provider_not_connected' })
    expect((await post('/webhook/stripe/abc')).json()).toMatchObject({ code: 'project_not_found' })
    expect((await post('/webhook/nobody/1')).json()).toMatchObject({
      code: 'unknown_provider',
      error: expect.stringContaining('stripe'),
    })
    expect(await programme.tables()).toEqual(before)
  })
})

withProgramme(
  'an event that cannot be processed is answered 200, kept with its error, and processed when the cause is gone',
  async (programme) => {
    await programme.addAffiliate('ANN')
    // The cause: an amount the currency table does not know how to read.
    const sale = checkout({ id: 'one', amount: 5000, code: 'ANN', currency: 'zzz' })
    expect(await programme.deliver(sale)).toMatchObject({ status: 200, body: { data: { status: 'stored' } } })
    const state = () => programme.db.selectFrom('provider_event_state').selectAll().executeTakeFirstOrThrow()
    expect(await state()).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: expect.stringContaining('currency'),
      next_attempt_at: '2026-11-20T12:01:00.000Z',
    })
    expect((await programme.tables())['conversion']).toEqual([])

    await retryProviderEvents(programme)
    expect(await state()).toMatchObject({ attempts: 1 })
    programme.clock.set('2026-11-20T12:01:00.000Z')
    await retryProviderEvents(programme)
    expect(await state()).toMatchObject({ status: 'failed', attempts: 2, next_attempt_at: '2026-11-20T12:06:00.000Z' })
  },
)

withProgramme('an event stored before a crash is processed by the job', async (programme) => {
  await programme.addAffiliate('ANN')
  const { storeEvent } = await import('../core/payment/inbox.ts')
  const sale = checkout({ id: 'one', amount: 5000, code: 'ANN' })
  await programme.db.transaction().execute((tx) =>
    storeEvent(tx, {
      project_id: programme.projectId,
      provider: 'stripe',
      event_id: sale.id,
      type: sale.type,
      payload: JSON.stringify(sale),
      received_at: programme.clock.now(),
    }),
  )
  await retryProviderEvents(programme)
  expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '10.00' })
})
