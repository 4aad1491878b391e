import { expect } from 'vitest'
import { connectProvider } from '../core/project/provider-connection.ts'
import { type Programme, withProgramme, WEBHOOK_SECRET } from '../test/programme.ts'
import { type Receiver, startReceiver } from '../test/receiver.ts'

/** An invoice that names its discount by an id alone, so that Stripe is asked for the code. */
const paid = (id: string) => ({
  id: `evt_${id}`,
  object: 'event',
  created: 1_795_176_000,
  livemode: false,
  type: 'invoice.paid',
  data: {
    object: {
      id,
      object: 'invoice',
      customer: `cus_${id}`,
      customer_email: `${id}@example.com`,
      currency: 'usd',
      total: 5000,
      amount_paid: 5000,
      total_excluding_tax: 5000,
      billing_reason: 'subscription_create',
      status: 'paid',
      metadata: {},
      lines: { data: [] },
      discounts: [`di_${id}`],
    },
  },
})

const withDiscount = (id: string) => ({
  id,
  object: 'invoice',
  discounts: [
    {
      id: `di_${id}`,
      object: 'discount',
      promotion_code: { id: 'promo_1', code: 'SAVE20' },
      source: { type: 'coupon', coupon: 'coupon_1' },
    },
  ],
})

const replay = async ({ app, apiKey }: Programme, key: string, event = 1) => {
  const response = await app.inject({
    method: 'POST',
    url: `/api/v1/provider-events/${event}/replay`,
    headers: { authorization: `Bearer ${apiKey}`, 'idempotency-key': key },
  })
  return {
    status: response.statusCode,
    body: response.json(),
    replayed: response.headers['idempotent-replayed'] === 'true',
  }
}

/** Stripe does not know the discount when the sale comes; asked the n-th time, it answers after what `before` does. */
async function soldWithUnknownDiscount(
  programme: Programme,
  before: (n: number) => Promise<unknown>,
): Promise<{ stripe: Receiver }> {
  const { db, sealer, projectId, clock } = programme
  const stripe = await startReceiver((n) => (response) => {
    if (n === 1) return void response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{}}')
    void before(n).then(() =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(withDiscount('in_1'))),
    )
  })
  const api = { api_key_sealed: sealer.seal('sk_test_slow'), api_url: new URL(stripe.url).origin, endpoint_id: null }
  await db
    .transaction()
    .execute((tx) => connectProvider(tx, projectId, 'stripe', sealer.seal(WEBHOOK_SECRET), clock.now(), api))
  await programme.addAffiliate('ANN')
  await programme.call('POST', '/coupons', { affiliate_id: 1, coupon_code: 'SAVE20' })
  await programme.deliver(paid('in_1'))
  return { stripe }
}

withProgramme(
  'while a replay with an Idempotency-Key waits for the provider, clicks and other writes are answered',
  async (programme) => {
    const meanwhile: number[] = []
    const { stripe } = await soldWithUnknownDiscount(programme, async () => {
      meanwhile.push((await programme.click('ANN', 'click-meanwhile')).status)
      meanwhile.push((await programme.call('POST', '/affiliates', { email: 'bob@example.com' })).status)
    })
    try {
      const first = await replay(programme, 'once')
      expect(meanwhile).toEqual([200, 201])
      expect(first).toMatchObject({ status: 200, replayed: false, body: { data: { status: 'processed' } } })
      expect(first.body.data.explanation[0]).toBe('Affiliate 1 was credited, by the coupon.')
      const asked = stripe.received.length
      expect(await replay(programme, 'once')).toEqual({ ...first, replayed: true })
      expect(stripe.received).toHaveLength(asked)
      expect(await replay(programme, 'once', 2)).toMatchObject({ status: 409, body: { code: 'idempotency_mismatch' } })
    } finally {
      await stripe.close()
    }
  },
)

withProgramme('of two replays with one key at once, one is executed and both get its answer', async (programme) => {
  const { stripe } = await soldWithUnknownDiscount(programme, () => Promise.resolve())
  try {
    const answers = await Promise.all([replay(programme, 'once'), replay(programme, 'once')])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(answers.filter(({ replayed }) => replayed)).toHaveLength(1)
    expect(answers[0]?.body).toEqual(answers[1]?.body)
    expect(answers[0]?.body.data.attempts).toBe(2)
  } finally {
    await stripe.close()
  }
})

withProgramme(
  'a key whose request died is free after five minutes, and then belongs to the next',
  async (programme) => {
    const dying = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const { stripe } = await soldWithUnknownDiscount(programme, (n) => {
      if (n > 2) return Promise.resolve()
      asked.resolve()
      return dying.promise
    })
    try {
      const first = replay(programme, 'once')
      await asked.promise
      programme.clock.set('2026-11-20T12:05:00.000Z')
      const second = await replay(programme, 'once')
      expect(second).toMatchObject({ status: 200, replayed: false, body: { data: { status: 'processed' } } })
      dying.resolve()
      await first
      expect(await replay(programme, 'once')).toEqual({ ...second, replayed: true })
    } finally {
      await stripe.close()
    }
  },
)

withProgramme('a replay that failed on our side frees its key; one that was refused keeps it', async (programme) => {
  await programme.db.schema.alterTable('provider_event_state').renameTo('state_away').execute()
  expect(await replay(programme, 'once')).toMatchObject({ status: 500 })
  await programme.db.schema.alterTable('state_away').renameTo('provider_event_state').execute()
  const refused = await replay(programme, 'once')
  expect(refused).toMatchObject({ status: 404, body: { code: 'provider_event_not_found' }, replayed: false })
  expect(await replay(programme, 'once')).toEqual({ ...refused, replayed: true })
})
