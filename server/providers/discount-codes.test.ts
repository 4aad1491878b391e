import { describe, expect } from 'vitest'
import { storeEvent } from '../core/payment/inbox.ts'
import { connectProvider } from '../core/project/provider-connection.ts'
import { type Programme, withProgramme, WEBHOOK_SECRET } from '../test/programme.ts'
import { startReceiver } from '../test/receiver.ts'
import { startStripe, type StripeDouble, type StripeObject } from '../test/stripe-double.ts'
import { processStoredEvent } from './intake.ts'

/** A new invoice names its discounts by ids alone. */
const paid = (id: string, discounts: string[], customer = `cus_of_${id}`) => ({
  id: `evt_${id}`,
  object: 'event',
  created: 1_795_176_000,
  livemode: false,
  type: 'invoice.paid',
  data: {
    object: {
      id,
      object: 'invoice',
      customer,
      customer_email: `${customer}@example.com`,
      currency: 'usd',
      total: 5000,
      amount_paid: 5000,
      total_excluding_tax: 5000,
      billing_reason: 'subscription_create',
      status: 'paid',
      metadata: {},
      lines: { data: [] },
      discounts,
    },
  },
})

const withDiscount = (id: string, discount: string, code: string): StripeObject => ({
  id,
  object: 'invoice',
  discounts: [
    {
      id: discount,
      object: 'discount',
      promotion_code: { id: `promo_${code}`, code },
      source: { type: 'coupon', coupon: `coupon_${code}` },
    },
  ],
})

async function withKey(programme: Programme, provider: string, key: string, url: string): Promise<void> {
  const { db, sealer, projectId, clock } = programme
  const api = { api_key_sealed: sealer.seal(key), api_url: url, endpoint_id: null }
  await db
    .transaction()
    .execute((tx) => connectProvider(tx, projectId, provider, sealer.seal(WEBHOOK_SECRET), clock.now(), api))
}

const explanations = async ({ call }: Programme, conversion: number) =>
  (await call('GET', `/conversions/${conversion}/attribution`)).body.data.explanation as string[]

function withStripe(title: string, story: (programme: Programme, stripe: StripeDouble) => Promise<void>) {
  withProgramme(title, async (programme) => {
    const stripe = await startStripe()
    try {
      await programme.addAffiliate('ANN')
      await programme.call('POST', '/coupons', { affiliate_id: 1, coupon_code: 'SAVE20' })
      await story(programme, stripe)
    } finally {
      await stripe.close()
    }
  })
}

describe('the code behind a discount', () => {
  withStripe('is asked for once at Stripe, and credits the affiliate', async (programme, stripe) => {
    await withKey(programme, 'stripe', stripe.key, stripe.url)
    stripe.objects.invoices.push(withDiscount('in_1', 'di_1', 'SAVE20'))
    stripe.trouble.push(429)
    await programme.deliver(paid('in_1', ['di_1']))
    await programme.deliver(paid('in_2', ['di_1']))
    expect(stripe.requests).toEqual(['GET /v1/invoices/in_1'])
    expect((await programme.earningsOf('ann@example.com')).total).toBe('20.00')
    expect((await explanations(programme, 2))[0]).toBe('Affiliate 1 was credited, by the coupon.')

    stripe.objects.promotion_codes.push({ id: 'promo_9', code: 'Save20' })
    const session = { ...paid('in_3', []), id: 'evt_cs', type: 'checkout.session.completed' }
    const object = {
      id: 'cs_1',
      object: 'checkout.session',
      mode: 'payment',
      payment_status: 'paid',
      payment_intent: 'pi_1',
      amount_total: 1000,
      currency: 'usd',
      customer_details: { email: 'x@example.com' },
      discounts: [{ coupon: 'unknown', promotion_code: 'promo_9' }],
    }
    await programme.deliver({ ...session, data: { object } })
    expect((await programme.earningsOf('ann@example.com')).total).toBe('22.00')
  })

  withStripe(
    'is named as unknown where there is no key, and does not follow the customer',
    async (programme, stripe) => {
      await programme.deliver(paid('in_1', ['di_1'], 'cus_1'))
      await programme.deliver(paid('in_2', [], 'cus_1'))
      const note = 'Stripe tells no code for the discount di_1; with a stored API key it would be asked for it.'
      expect(await explanations(programme, 1)).toContain(note)
      expect(await explanations(programme, 2)).not.toContain(note)
      expect(stripe.requests).toEqual([])
    },
  )

  withStripe(
    'that could not be asked for holds up nothing; told again, it is asked for again',
    async (programme, stripe) => {
      await withKey(programme, 'stripe', stripe.key, stripe.url)
      stripe.trouble.push('hang')
      stripe.objects.invoices.push(withDiscount('in_1', 'di_2', 'SAVE20'))
      expect((await programme.deliver(paid('in_1', ['di_2']))).body.data).toEqual({ status: 'processed' })
      expect(await explanations(programme, 1)).toEqual(
        expect.arrayContaining([
          'Nobody was credited: the conversion carried no referral code, coupon or known e-mail.',
          'The code of the discount di_2 is not known: Stripe does not answer.',
        ]),
      )
      await programme.call('POST', '/provider-events/1/replay')
      expect((await explanations(programme, 1))[0]).toBe('Affiliate 1 was credited, by the coupon.')
      expect((await programme.earningsOf('ann@example.com')).total).toBe('10.00')
      await programme.call('POST', '/provider-events/1/replay')
      expect((await programme.earningsOf('ann@example.com')).total).toBe('10.00')
    },
  )

  withStripe('is asked for at Paddle and Lemon Squeezy too', async (programme) => {
    const answers: Record<string, object> = {
      '/discounts/dsc_1': { data: { id: 'dsc_1', code: 'SAVE20' } },
      '/v1/discount-redemptions?filter%5Border_id%5D=77': { data: [{ attributes: { discount_code: 'SAVE20' } }] },
    }
    const asked: string[] = []
    const api = await startReceiver(() => (response, { url, headers }) => {
      asked.push(`${url} ${headers.authorization}`)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answers[url]))
    })
    try {
      const sales: [string, object][] = [
        [
          'paddle',
          {
            event_type: 'transaction.completed',
            occurred_at: '2026-11-20T12:00:00Z',
            data: {
              id: 'txn_1',
              origin: 'web',
              customer_id: 'ctm_1',
              discount_id: 'dsc_1',
              currency_code: 'USD',
              details: { totals: { total: '1000', tax: '0', grand_total: '1000' } },
            },
          },
        ],
        [
          'lemonsqueezy',
          {
            meta: { event_name: 'order_created' },
            data: {
              type: 'orders',
              id: '77',
              attributes: {
                status: 'paid',
                created_at: '2026-11-20T12:00:00Z',
                user_email: 'y@example.com',
                currency: 'USD',
                total: 2000,
                tax: 0,
                discount_total: 500,
              },
            },
          },
        ],
      ]
      for (const [provider, payload] of sales) {
        await withKey(programme, provider, `key of ${provider}`, new URL(api.url).origin)
        const id = await store(programme, provider, payload)
        expect(await processStoredEvent(programme, id)).toBeUndefined()
      }
      expect(asked).toEqual(Object.keys(answers).map((path, n) => `${path} Bearer key of ${sales[n]?.[0]}`))
      expect((await programme.earningsOf('ann@example.com')).total).toBe('6.00')
    } finally {
      await api.close()
    }
  })
})

async function store({ db, projectId, clock }: Programme, provider: string, payload: object): Promise<number> {
  const event = { project_id: projectId, provider, event_id: 'one', type: 'sale', received_at: clock.now() }
  const id = await db.transaction().execute((tx) => storeEvent(tx, { ...event, payload: JSON.stringify(payload) }))
  return id ?? 0
}
