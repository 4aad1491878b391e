import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { connectProvider } from '../../core/project/provider-connection.ts'
import { verifyLedger } from '../../core/ledger/verify.ts'
import {
  LEMONSQUEEZY_SECRET,
  lemonSqueezyInvoice,
  lemonSqueezyOrder,
  lemonSqueezySubscription,
  signedByLemonSqueezy,
} from '../../test/lemonsqueezy-events.ts'
import { type Programme, withProgramme } from '../../test/programme.ts'
import { lemonsqueezy } from './lemonsqueezy.ts'

const parse = (event: object) => lemonsqueezy.parse(JSON.stringify(event))
const order = { id: 100, total: 5_831, tax: 931, code: 'ANN' }

const verify = async ({ payload, headers }: { payload: string; headers: Record<string, string> }) =>
  lemonsqueezy.verify(Buffer.from(payload), headers, LEMONSQUEEZY_SECRET)

describe('signatures', () => {
  const event = lemonSqueezyOrder('order_created', order)

  test('the right one names the event; the body is its id, whenever it is sent', async () => {
    const signed = signedByLemonSqueezy(event)
    const event_id = createHash('sha256').update(signed.payload).digest('hex')
    expect(await verify(signed)).toEqual({ event_id, type: 'order_created' })
    expect(await verify(signedByLemonSqueezy(event))).toEqual({ event_id, type: 'order_created' })
  })

  test('anything altered is rejected', async () => {
    const { payload, headers } = signedByLemonSqueezy(event)
    const signature = headers['x-signature']
    const altered: [string, Record<string, string>][] = [
      [payload.replace('5831', '9831'), headers],
      [`${payload}\n`, headers],
      [payload, { 'x-signature': signature.replace(/.$/, (last) => (last === '0' ? '1' : '0')) }],
      [payload, { 'x-signature': `${signature}00` }],
      [payload, { 'x-signature': signature.slice(0, -2) }],
      [payload, { 'x-signature': '' }],
      [payload, {}],
      [payload, signedByLemonSqueezy(event, 'another-secret').headers],
    ]
    for (const [body, sent] of altered)
      await expect(verify({ payload: body, headers: sent }), JSON.stringify(sent)).rejects.toMatchObject({
        code: 'wrong_signature',
      })
  })

  test('a signed body that is no event is rejected as such', async () => {
    await expect(verify(signedByLemonSqueezy({ hello: 1 }))).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(verify(signedByLemonSqueezy([]))).rejects.toMatchObject({ code: 'invalid_request' })
  })
})

describe('sales', () => {
  test('an order is a sale of its total, with the tax in it', () => {
    expect(parse(lemonSqueezyOrder('order_created', order))).toEqual({
      kind: 'payment',
      provider: 'lemonsqueezy',
      test: false,
      occurred_at: '2026-11-20T12:00:00.000Z',
      ids: { customer: '1', payment: '100' },
      external_id: '100',
      email: 'buyer@customers.test',
      gross: 5_831,
      tax: 931,
      shipping: 0,
      currency: 'USD',
      product_id: '7',
      payment_kind: 'one_time',
      clues: { metadata: 'ANN' },
    })
  })

  test('nothing paid is a start; an order that waits joins ids; one that failed or is a fraud is nothing', () => {
    const withStatus = (status: string) => parse(lemonSqueezyOrder('order_created', { ...order, status }))
    expect(parse(lemonSqueezyOrder('order_created', { id: 100, total: 0 }))).toMatchObject({ kind: 'start' })
    expect(withStatus('pending')).toMatchObject({ kind: 'identity' })
    expect(withStatus('failed')).toMatchObject({ kind: 'ignored' })
    expect(withStatus('fraudulent')).toMatchObject({ kind: 'ignored' })
  })

  test('the first invoice is the order again; later ones are sales of their own', () => {
    const invoice = { id: 200, subscription: 300, total: 1_200, tax: 200 }
    const paid = (reason: 'initial' | 'renewal' | 'updated') =>
      parse(lemonSqueezyInvoice('subscription_payment_success', { ...invoice, reason }))
    expect(paid('initial')).toMatchObject({ kind: 'identity', ids: { invoice: '200', subscription: '300' } })
    expect(paid('renewal')).toMatchObject({
      kind: 'payment',
      external_id: 'invoice-200',
      ids: { customer: '1', subscription: '300', invoice: '200' },
      gross: 1_200,
      tax: 200,
      payment_kind: 'renewal',
      product_id: null,
    })
    expect(paid('updated')).toMatchObject({ kind: 'payment', payment_kind: 'upgrade' })
  })

  test('a payment that succeeded at a later attempt is told twice and is one', () => {
    const invoice = { id: 200, subscription: 300, total: 1_200 }
    const [success, recovered] = ['subscription_payment_success', 'subscription_payment_recovered'].map((name) =>
      parse(lemonSqueezyInvoice(name, invoice)),
    )
    expect(success).toEqual(recovered)
    expect(parse(lemonSqueezyInvoice('subscription_payment_failed', invoice))).toMatchObject({ kind: 'ignored' })
  })

  test('test mode is told in two places', () => {
    const event = lemonSqueezyOrder('order_created', { ...order, test: true })
    expect(parse(event)).toMatchObject({ test: true })
    expect(parse({ ...event, meta: { event_name: 'order_created' } })).toMatchObject({ test: true })
  })

  test('an empty list is no custom data; numbers are codes too', () => {
    const event = lemonSqueezyOrder('order_created', order)
    const withCustom = (custom_data: unknown) => parse({ ...event, meta: { ...event.meta, custom_data } })
    expect(withCustom([])).toMatchObject({ clues: { metadata: null } })
    expect(withCustom({ ref: 42 })).toMatchObject({ clues: { metadata: '42' } })
  })

  test('what makes no sense is named', () => {
    const event = lemonSqueezyOrder('order_created', order)
    const withAttributes = (attributes: object) =>
      parse({ ...event, data: { ...event.data, attributes: { ...event.data.attributes, ...attributes } } })
    expect(() => withAttributes({ total: 58.31 })).toThrow(
      'Lemon Squeezy order_created: data.attributes.total must be a whole number of minor units, got 58.31',
    )
    expect(() => withAttributes({ tax: undefined })).toThrow(/data\.attributes\.tax must be a whole number/)
    expect(() => withAttributes({ currency: null })).toThrow(/data\.attributes\.currency must be an ISO 4217 code/)
    expect(() => parse({ meta: event.meta })).toThrow(/data\.attributes\.created_at must be a time/)
  })
})

describe('refunds', () => {
  test('what an order or a later invoice gave back is told in sum', () => {
    expect(parse(lemonSqueezyOrder('order_refunded', { ...order, refunded: 2_000 }))).toMatchObject({
      kind: 'refund',
      external_id: null,
      ids: { payment: '100' },
      amount: 2_000,
      of: 5_831,
      cumulative: true,
      state: 'done',
    })
    const invoice = { id: 200, subscription: 300, total: 1_200, refunded: 300 }
    expect(parse(lemonSqueezyInvoice('subscription_payment_refunded', invoice))).toMatchObject({
      external_id: null,
      ids: { invoice: '200' },
      amount: 300,
      of: 1_200,
      cumulative: true,
    })
  })

  test('older payloads say only that all was refunded', () => {
    const event = lemonSqueezyOrder('order_refunded', { ...order, refunded: order.total })
    const { refunded_amount: _, ...attributes } = event.data.attributes as Record<string, unknown>
    const older = (more: object) => ({ ...event, data: { ...event.data, attributes: { ...attributes, ...more } } })
    expect(parse(older({}))).toMatchObject({ amount: 5_831, of: 5_831 })
    expect(() => parse(older({ refunded: false }))).toThrow(/refunded_amount must be a whole number/)
  })
})

test('a subscription starts with a trial, joins ids, or ends', () => {
  const tell = (name: string, status?: string) =>
    parse(lemonSqueezySubscription(name, { id: 300, order: 100, code: 'ANN', ...(status && { status }) }))
  const ids = { customer: '1', subscription: '300', payment: '100' }
  expect(tell('subscription_created', 'on_trial')).toMatchObject({ kind: 'start', ids, clues: { metadata: 'ANN' } })
  expect(tell('subscription_updated')).toMatchObject({ kind: 'identity', ids })
  expect(tell('subscription_cancelled', 'cancelled')).toMatchObject({ kind: 'cancellation', ids })
  expect(tell('subscription_expired', 'expired')).toMatchObject({ kind: 'cancellation', ids })
  expect(parse({ meta: { event_name: 'license_key_created' }, data: { type: 'license-keys' } })).toMatchObject({
    kind: 'ignored',
  })
})

/** Posts events in their order, as Lemon Squeezy does. */
async function deliver({ app, db, sealer, projectId, clock }: Programme, events: object[]): Promise<void> {
  await db
    .transaction()
    .execute((tx) => connectProvider(tx, projectId, 'lemonsqueezy', sealer.seal(LEMONSQUEEZY_SECRET), clock.now()))
  for (const event of events) {
    const { payload, headers } = signedByLemonSqueezy(event)
    const response = await app.inject({
      method: 'POST',
      url: `/webhook/lemonsqueezy/${projectId}`,
      headers: { 'content-type': 'application/json', ...headers },
      payload,
    })
    expect(response.json()).toMatchObject({ success: true, data: { status: 'processed' } })
  }
  expect(await db.transaction().execute((tx) => verifyLedger(tx, clock.now()))).toMatchObject({ ok: true })
}

const salesOf = ({ db }: Programme) =>
  db.selectFrom('conversion').select(['external_id', 'amount', 'refunded']).orderBy('id').execute()

describe('a life cycle', () => {
  const orders = fc.sample(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), { numRuns: 12, seed: 5 })

  withProgramme('a first payment told three times, and its refund told twice, count once in any order', async (one) => {
    await one.addAffiliate('ANN')
    const stories = orders.map((positions, count) => {
      const first = { id: 100 + count, total: 12_000, tax: 2_000, customer: count, email: `b${count}@customers.test` }
      const invoice = { ...first, id: 900 - count, subscription: 500 + count, reason: 'initial' as const }
      const events = [
        lemonSqueezyOrder('order_created', { ...first, code: 'ANN' }),
        lemonSqueezySubscription('subscription_created', { ...first, id: invoice.subscription, order: first.id }),
        lemonSqueezyInvoice('subscription_payment_success', invoice),
        lemonSqueezyOrder('order_refunded', { ...first, refunded: 3_000 }),
        lemonSqueezyInvoice('subscription_payment_refunded', { ...invoice, refunded: 3_000 }),
      ]
      return positions.flatMap((position) => events[position] ?? [])
    })
    await deliver(one, stories.flat())
    const sales = await salesOf(one)
    expect(sales).toHaveLength(orders.length)
    for (const sale of sales) expect(sale).toMatchObject({ amount: 10_000, refunded: 2_500 })
    expect(await one.earningsOf('ann@example.com')).toMatchObject({ total: (orders.length * 15).toFixed(2) })
  })

  withProgramme('a refund that only the first invoice tells finds the order', async (one) => {
    const invoice = { id: 900, subscription: 500, total: 12_000, reason: 'initial' as const }
    await deliver(one, [
      lemonSqueezyInvoice('subscription_payment_success', invoice),
      lemonSqueezyOrder('order_created', { id: 100, total: 12_000 }),
      lemonSqueezyInvoice('subscription_payment_refunded', { ...invoice, refunded: 3_000 }),
      lemonSqueezyInvoice('subscription_payment_refunded', { ...invoice, refunded: 5_000 }),
      lemonSqueezySubscription('subscription_created', { id: 500, order: 100 }),
    ])
    expect(await salesOf(one)).toEqual([{ external_id: '100', amount: 12_000, refunded: 5_000 }])
    await deliver(one, [
      lemonSqueezyOrder('order_refunded', { id: 100, total: 12_000, refunded: 5_000 }),
      lemonSqueezyInvoice('subscription_payment_refunded', { ...invoice, refunded: 12_000 }),
    ])
    expect(await salesOf(one)).toEqual([{ external_id: '100', amount: 12_000, refunded: 12_000 }])
  })

  withProgramme('a trial earns with its first payment', async (one) => {
    await one.addAffiliate('ANN')
    const trial = { id: 500, order: 100, status: 'on_trial', email: null, code: 'ANN' }
    const invoice = { id: 900, subscription: 500, total: 0, email: null, reason: 'initial' as const }
    await deliver(one, [
      lemonSqueezyOrder('order_created', { id: 100, total: 0, code: 'ANN' }),
      lemonSqueezySubscription('subscription_created', trial),
      lemonSqueezyInvoice('subscription_payment_success', invoice),
      lemonSqueezyInvoice('subscription_payment_success', { ...invoice, id: 901, total: 5_000, reason: 'renewal' }),
      lemonSqueezyInvoice('subscription_payment_recovered', { ...invoice, id: 901, total: 5_000, reason: 'renewal' }),
    ])
    expect(await salesOf(one)).toEqual([{ external_id: 'invoice-901', amount: 5_000, refunded: 0 }])
    expect(await one.earningsOf('ann@example.com')).toMatchObject({ total: '10.00' })
  })
})
