import { webhooks } from '@polar-sh/sdk/2026-10'
import { describe, expect, test } from 'vitest'
import {
  POLAR_SECRET,
  polarCustomer,
  polarOrder,
  polarRefund,
  polarSubscription,
  signedByPolar,
} from '../../test/polar-events.ts'
import { polar } from './polar.ts'

const now = () => Math.floor(Date.now() / 1000)
const sale = polarOrder('order.paid', { id: 'order-1', net: 4_900, tax: 931 })
const parse = (event: object) => polar.parse(JSON.stringify(event))

const verify = async ({ payload, headers }: { payload: string; headers: Record<string, string> }) =>
  polar.verify(Buffer.from(payload), headers, POLAR_SECRET)

describe('signatures', () => {
  test("the right one is accepted; the event's id is the one in the header", async () => {
    expect(await verify(signedByPolar(sale, 'msg_1'))).toEqual({ event_id: 'msg_1', type: 'order.paid' })
  })

  test('one of several signatures is enough', async () => {
    const { payload, headers } = signedByPolar(sale, 'msg_1')
    const other = signedByPolar(sale, 'msg_1', 'another-secret').headers['webhook-signature']
    const both = { ...headers, 'webhook-signature': `${other} ${headers['webhook-signature']}` }
    await expect(verify({ payload, headers: both })).resolves.toMatchObject({ event_id: 'msg_1' })
  })

  test('a secret in the spelling of Standard Webhooks is the key it encodes', async () => {
    const key = 'the key itself'
    const { payload, headers } = signedByPolar(sale, 'msg_1', key)
    const secret = `whsec_${Buffer.from(key).toString('base64')}`
    expect(await polar.verify(Buffer.from(payload), headers, secret)).toMatchObject({ event_id: 'msg_1' })
  })

  test('five minutes are too much, in both directions', async () => {
    await expect(verify(signedByPolar(sale, 'msg_1', POLAR_SECRET, now() - 290))).resolves.toBeDefined()
    await expect(verify(signedByPolar(sale, 'msg_1', POLAR_SECRET, now() - 310))).rejects.toThrow(/too old/)
    await expect(verify(signedByPolar(sale, 'msg_1', POLAR_SECRET, now() + 310))).rejects.toThrow(/too new/)
  })

  test('anything altered is rejected', async () => {
    const { payload, headers } = signedByPolar(sale, 'msg_1')
    const without = (name: string) => Object.fromEntries(Object.entries(headers).filter(([header]) => header !== name))
    const altered: [string, Record<string, string>][] = [
      [payload.replace('4900', '9900'), headers],
      [`${payload} `, headers],
      [payload, { ...headers, 'webhook-id': 'msg_2' }],
      [payload, { ...headers, 'webhook-timestamp': String(now() - 1) }],
      [payload, { ...headers, 'webhook-timestamp': 'now' }],
      [payload, { ...headers, 'webhook-signature': headers['webhook-signature'].replace('v1,', 'v2,') }],
      [payload, { ...headers, 'webhook-signature': headers['webhook-signature'].replace('v1,', 'v1,A') }],
      [payload, without('webhook-id')],
      [payload, without('webhook-timestamp')],
      [payload, without('webhook-signature')],
      [payload, signedByPolar(sale, 'msg_1', 'another-secret').headers],
    ]
    for (const [body, sent] of altered)
      await expect(verify({ payload: body, headers: sent }), JSON.stringify(sent)).rejects.toMatchObject({
        code: 'wrong_signature',
      })
  })

  test("Polar's own SDK accepts and refuses the same", async () => {
    const plain = signedByPolar(sale, 'msg_1')
    const key = 'the key itself'
    const encoded = Buffer.from(key).toString('base64')
    const cases: [string, { payload: string; headers: Record<string, string> }, string][] = [
      ['as sent', plain, POLAR_SECRET],
      ['a key as Standard Webhooks spells it', signedByPolar(sale, 'msg_1', key), `whsec_${encoded}`],
      ['without its padding', signedByPolar(sale, 'msg_1', key), `whsec_${encoded.replace(/=+$/, '')}`],
      ['without its prefix', signedByPolar(sale, 'msg_1', key), encoded],
      ['the text itself', signedByPolar(sale, 'msg_1', `whsec_${encoded}`), `whsec_${encoded}`],
      ['another secret', plain, 'polar_whs_other'],
      ['another body', { ...plain, payload: `${plain.payload} ` }, POLAR_SECRET],
      ['too old', signedByPolar(sale, 'msg_1', POLAR_SECRET, now() - 310), POLAR_SECRET],
      ['too new', signedByPolar(sale, 'msg_1', POLAR_SECRET, now() + 310), POLAR_SECRET],
      ['no version', { ...plain, headers: { ...plain.headers, 'webhook-signature': 'AAAA' } }, POLAR_SECRET],
    ]
    const isAccepted = (verified: Promise<unknown>) =>
      verified.then(
        () => true,
        () => false,
      )
    const answers = await Promise.all(
      cases.map(async ([name, { payload, headers }, secret]) => ({
        name,
        ours: await isAccepted((async () => polar.verify(Buffer.from(payload), headers, secret))()),
        theirs: await isAccepted(webhooks.validateEvent(payload, headers, secret)),
      })),
    )
    expect(answers.filter(({ ours, theirs }) => ours !== theirs)).toEqual([])
    expect(answers.map(({ ours }) => ours)).toEqual([true, true, true, true, true, false, false, false, false, false])
  })

  test('a type that is not known yet is stored, because Polar turns endpoints off that reject it', async () => {
    const event = { type: 'moon.landed', timestamp: '2026-11-20T12:00:00Z', data: {} }
    expect(await verify(signedByPolar(event, 'msg_1'))).toEqual({ event_id: 'msg_1', type: 'moon.landed' })
    await expect(verify(signedByPolar({}, 'msg_2'))).rejects.toMatchObject({ code: 'invalid_request' })
    expect(parse(event)).toEqual({ kind: 'ignored', reason: 'event type moon.landed is not used' })
  })
})

describe('orders', () => {
  test('a paid order tells its net amount and the tax on it', () => {
    const order = { id: 'order-1', net: 4_900, tax: 931, checkout: 'checkout-1', reference: 'ANN', coupon: 'PARTNER20' }
    expect(parse(polarOrder('order.paid', order))).toEqual({
      kind: 'payment',
      provider: 'polar',
      test: false,
      occurred_at: '2026-11-20T12:00:00.000Z',
      ids: { customer: 'customer-1', subscription: null, payment: 'order-1', checkout: 'checkout-1' },
      external_id: 'order-1',
      email: 'buyer@customers.test',
      gross: 5_831,
      tax: 931,
      shipping: 0,
      currency: 'USD',
      product_id: 'product-1',
      payment_kind: 'one_time',
      clues: {
        coupon: 'PARTNER20',
        coupon_ids: ['discount-PARTNER20'],
        metadata: null,
        client_reference: 'ANN',
        subscription_metadata: null,
      },
    })
  })

  test.each([
    ['purchase', undefined, 'one_time'],
    ['subscription_create', 'sub-1', 'first'],
    ['subscription_cycle', 'sub-1', 'renewal'],
    ['subscription_meter_cycle', 'sub-1', 'renewal'],
    ['subscription_update', 'sub-1', 'upgrade'],
    ['subscription_of_tomorrow', 'sub-1', 'renewal'],
    ['purchase_of_tomorrow', undefined, 'one_time'],
  ])('%s of subscription %s is %s', (reason, subscription, payment_kind) => {
    const order = { id: 'order-1', net: 100, reason, ...(subscription && { subscription }) }
    expect(parse(polarOrder('order.paid', order))).toMatchObject({ kind: 'payment', payment_kind })
  })

  test('only the first payment belongs to the checkout', () => {
    const order = { id: 'order-1', net: 100, subscription: 'sub-1', checkout: 'checkout-1' }
    const told = (reason: string) => parse(polarOrder('order.paid', { ...order, reason }))
    expect(told('subscription_create')).toMatchObject({ ids: { checkout: 'checkout-1' } })
    expect(told('subscription_cycle')).toMatchObject({ ids: { checkout: null } })
  })

  test('a renewal finds the code of the checkout in its subscription', () => {
    const order = { id: 'order-2', net: 100, reason: 'subscription_cycle', subscription: 'sub-1', code: 'ANN' }
    const event = polarOrder('order.paid', order)
    expect(parse({ ...event, data: { ...event.data, metadata: [] } })).toMatchObject({
      clues: { metadata: null, client_reference: null, subscription_metadata: 'ANN' },
    })
  })

  test('nothing paid is a start, or of a renewal nothing new', () => {
    const free = { id: 'order-1', net: 0, subscription: 'sub-1', code: 'ANN' }
    const told = (reason: string) => parse(polarOrder('order.paid', { ...free, reason }))
    expect(told('subscription_create')).toMatchObject({ kind: 'start', clues: { metadata: 'ANN' } })
    expect(told('subscription_cycle')).toMatchObject({ kind: 'identity' })
  })

  test("what the customer's balance paid earns nothing a second time", () => {
    const order = { id: 'order-1', net: 1_000, tax: 200, balance: 600 }
    expect(parse(polarOrder('order.paid', order))).toMatchObject({ gross: 600, tax: 200 })
    const all = { ...order, refunded: 400 }
    expect(parse(polarOrder('order.refunded', all))).toMatchObject({ amount: 400, of: 400 })
  })

  test('100 is 100 yen, and units are those of Stripe where these are not the usual ones', () => {
    const paid = (currency: string) => parse(polarOrder('order.paid', { id: 'order-1', net: 100, currency }))
    expect(paid('jpy')).toMatchObject({ gross: 100, currency: 'JPY' })
    expect(paid('isk')).toMatchObject({ gross: 1, currency: 'ISK' })
  })

  test('an order that is not paid yet is not a sale', () => {
    for (const type of ['order.created', 'order.updated'])
      expect(parse(polarOrder(type, { id: 'order-1', net: 100 }))).toMatchObject({ kind: 'ignored' })
  })

  test('what makes no sense is named', () => {
    const withData = (data: object) => parse({ ...sale, data: { ...sale.data, ...data } })
    expect(() => withData({ net_amount: null })).toThrow(
      'Polar order.paid: data.net_amount must be a whole number of minor units, got null',
    )
    expect(() => withData({ currency: 'xqz' })).toThrow(/data\.currency must be an ISO 4217 code/)
    expect(() => withData({ id: '' })).toThrow(/data\.id must be an id/)
  })
})

describe('refunds', () => {
  test.each([
    ['pending', 'pending'],
    ['succeeded', 'done'],
    ['failed', 'undone'],
    ['canceled', 'undone'],
  ])('a refund that is %s is %s', (status, state) => {
    const refund = { id: 'refund-1', order: 'order-1', amount: 1_000, tax: 190, status, reason: 'dispute_prevention' }
    expect(parse(polarRefund('refund.created', refund))).toMatchObject({
      kind: 'refund',
      external_id: 'refund-1',
      ids: { payment: 'order-1' },
      amount: 1_190,
      of: null,
      cumulative: false,
      state,
      reason: 'dispute_prevention',
    })
  })

  test('a status nobody knows is an error, not a guess', () => {
    const refund = { id: 'refund-1', order: 'order-1', amount: 1_000, status: 'maybe' }
    expect(() => parse(polarRefund('refund.updated', refund))).toThrow(/one of pending, succeeded.*"maybe"/)
  })

  test('the order tells their sum, without tax', () => {
    const order = { id: 'order-1', net: 4_900, tax: 931, refunded: 2_450 }
    expect(parse(polarOrder('order.refunded', order))).toMatchObject({
      kind: 'refund',
      external_id: 'order-1',
      ids: { payment: 'order-1' },
      amount: 2_450,
      of: 4_900,
      cumulative: true,
      state: 'done',
    })
  })
})

test('a subscription starts with a trial, joins ids, or ends', () => {
  const one = { subscription: 'sub-1', checkout: 'checkout-1', reference: 'ANN' }
  const ids = { customer: 'customer-1', subscription: 'sub-1', checkout: 'checkout-1' }
  expect(parse(polarSubscription('subscription.created', { ...one, status: 'trialing' }))).toMatchObject({
    kind: 'start',
    ids,
    email: 'buyer@customers.test',
    clues: { subscription_metadata: 'ANN' },
  })
  expect(parse(polarSubscription('subscription.uncanceled', one))).toMatchObject({ kind: 'identity', ids })
  expect(parse(polarSubscription('subscription.canceled', { ...one, endsWithPeriod: true }))).toMatchObject({
    kind: 'cancellation',
    reason: 'too_expensive',
  })
  expect(parse(polarSubscription('subscription.revoked', { ...one, status: 'canceled' }))).toMatchObject({
    kind: 'cancellation',
  })
})

test('a customer may have no address', () => {
  expect(parse(polarCustomer('customer-1', 'buyer@customers.test'))).toMatchObject({
    kind: 'identity',
    ids: { customer: 'customer-1' },
    email: 'buyer@customers.test',
  })
  expect(parse(polarCustomer('customer-1', null))).toMatchObject({ kind: 'identity', email: null })
})
