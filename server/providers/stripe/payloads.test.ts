/** Stripe's published and captured payloads, which lie beside the repository where there are any. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { stripe } from './stripe.ts'

const folder = new URL('../../../../shared/payloads/stripe/', import.meta.url)
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []

const BASIL = { customer: 'cus_SWy3sIVVDOYA6N', subscription: 'sub_1Rbu7tFHp5a6uQihClPjLcC6' }
const BASIL_INVOICE = 'in_1Rbu7tFHp5a6uQihgQp54tYf'
const S2 = { customer: 'cus_C1', subscription: 'sub_S2' }
const CYCLE = { payment: 'pi_CYCLE1', charge: 'ch_CYCLE1' }
const ONETIME = { payment: 'pi_ONETIME1', charge: 'ch_ONETIME1' }
const PAY = { customer: 'cus_00000000000000', subscription: 'sub_00000000000000' }
const buyer = 'buyer@example.com'

const identity = (ids: object, email: string | null = null, clues: object = {}) => ({
  kind: 'identity',
  ids,
  email,
  clues,
})
const start = (ids: object, email: string | null = null, clues: object = {}) => ({ kind: 'start', ids, email, clues })
const cancellation = (ids: object, reason: string | null) => ({ kind: 'cancellation', ids, reason })
const payment = (external_id: string, gross: number, tax: number, rest: object) => ({
  kind: 'payment',
  external_id,
  gross,
  tax,
  shipping: 0,
  currency: 'USD',
  email: buyer,
  product_id: null,
  payment_kind: 'one_time',
  clues: {},
  ...rest,
})
const refund = (external_id: string, amount: number, ids: object, rest: object = {}) => ({
  kind: 'refund',
  external_id,
  amount,
  currency: 'USD',
  ids,
  cumulative: false,
  of: null,
  state: 'done',
  reason: 'requested_by_customer',
  ...rest,
})
const soFar = (external_id: string, amount: number, ids: object) =>
  refund(external_id, amount, ids, { cumulative: true, reason: null })
const dispute = (state: string) => ({
  kind: 'dispute',
  external_id: 'dp_C1',
  amount: 2784,
  currency: 'USD',
  ids: CYCLE,
  state,
})

const REDEEMED = { client_reference: 'aff_7Qk2', coupon_ids: ['promo_1Test', 'PARTNER20'] }
const DELAYED = { payment: 'pi_DELAYED1', checkout: 'cs_test_DELAYED1' }
const PRODUCT = 'prod_SSm3l4wMOMeAZA'

/** Written by hand from the payloads; every other file is ignored with a reason. */
const EXPECTED: Record<string, object> = {
  'basilflow__checkout.session.completed': identity(
    {
      ...BASIL,
      invoice: BASIL_INVOICE,
      checkout: 'cs_live_a1obCyPmEmCUjKcctwVlxn6NtSWtUVSrc0HWzOl6X5y9rARjwU5EnEY4U5',
    },
    buyer,
    { client_reference: 'e47c99bd-5b8c-4b19-bf56-32142517e37e' },
  ),
  'basilflow__customer.subscription.created': identity({ ...BASIL, invoice: BASIL_INVOICE }),
  'basilflow__customer.updated': identity({ customer: BASIL.customer }, buyer),

  'constructed-newshape__charge.dispute.closed.lost': dispute('lost'),
  'constructed-newshape__charge.dispute.closed.won': dispute('won'),
  'constructed-newshape__charge.dispute.created': dispute('opened'),
  'constructed-newshape__charge.dispute.funds_reinstated': dispute('won'),
  'constructed-newshape__charge.dispute.funds_withdrawn': dispute('opened'),
  'constructed-newshape__charge.refunded.cycle_full': soFar('ch_CYCLE1', 2784, { ...CYCLE, customer: 'cus_C1' }),
  'constructed-newshape__charge.refunded.onetime_full_after_partial': soFar('ch_ONETIME1', 9600, ONETIME),
  'constructed-newshape__charge.refunded.onetime_partial': soFar('ch_ONETIME1', 2400, ONETIME),
  'constructed-newshape__charge.succeeded.cycle': identity({ ...CYCLE, customer: 'cus_C1' }),
  'constructed-newshape__charge.succeeded.onetime': identity(ONETIME),
  'constructed-newshape__checkout.session.async_payment_succeeded': payment('pi_DELAYED1', 9600, 1600, {
    ids: DELAYED,
    clues: REDEEMED,
  }),
  'constructed-newshape__checkout.session.completed.payment_guest': payment('pi_ONETIME1', 9600, 1600, {
    ids: { payment: 'pi_ONETIME1', checkout: 'cs_test_ONETIME1' },
    clues: REDEEMED,
  }),
  'constructed-newshape__checkout.session.completed.payment_jpy': payment('pi_JPY1', 1200, 0, {
    ids: { payment: 'pi_JPY1', checkout: 'cs_test_JPY1' },
    currency: 'JPY',
    clues: { client_reference: 'aff_7Qk2' },
  }),
  'constructed-newshape__checkout.session.completed.payment_unpaid': identity(DELAYED, buyer, REDEEMED),
  'constructed-newshape__checkout.session.completed.subscription_trial': start(
    { ...S2, invoice: 'in_TRIAL0', checkout: 'cs_test_SUB1' },
    buyer,
    { client_reference: 'aff_7Qk2' },
  ),
  'constructed-newshape__customer.subscription.created.trialing': start({ ...S2, invoice: 'in_TRIAL0' }),
  'constructed-newshape__customer.subscription.deleted': cancellation(S2, 'cancellation_requested'),
  'constructed-newshape__customer.subscription.updated.cancel_at_period_end': cancellation(
    S2,
    'cancellation_requested',
  ),
  'constructed-newshape__customer.subscription.updated.trial_to_active': identity({ ...S2, invoice: 'in_CYCLE1' }),
  'constructed-newshape__customer.subscription.updated.upgrade': identity({ ...S2, invoice: 'in_UPDATE2' }),
  'constructed-newshape__invoice.paid.subscription_create_trial_zero': start({ ...S2, invoice: 'in_TRIAL0' }, buyer),
  'constructed-newshape__invoice.paid.subscription_cycle_discount_tax': payment('in_CYCLE1', 2784, 464, {
    ids: { ...S2, invoice: 'in_CYCLE1' },
    product_id: PRODUCT,
    payment_kind: 'renewal',
  }),
  'constructed-newshape__invoice.paid.subscription_update_proration': payment('in_UPDATE2', 3500, 0, {
    ids: { ...S2, invoice: 'in_UPDATE2' },
    product_id: PRODUCT,
    payment_kind: 'upgrade',
  }),
  'constructed-newshape__invoice_payment.paid.cycle': identity({ invoice: 'in_CYCLE1', payment: 'pi_CYCLE1' }),
  'constructed-newshape__invoice_payment.paid.update': identity({ invoice: 'in_UPDATE2', payment: 'pi_UPDATE2' }),
  'constructed-newshape__refund.created.onetime_partial': refund('re_P1', 2400, ONETIME),
  'constructed-newshape__refund.created.onetime_rest': refund('re_P2', 7200, ONETIME),
  'constructed-newshape__refund.created.pending': refund('re_PEND', 2784, CYCLE, { state: 'pending' }),
  'constructed-newshape__refund.failed': refund('re_FAIL', 2784, CYCLE, { state: 'undone' }),
  'constructed-newshape__refund.updated.succeeded': refund('re_PEND', 2784, CYCLE),

  openapi__charge: identity({ charge: 'ch_1PgafuB7WZ01zgkWXYmPNZs8' }),
  'openapi__checkout.session': identity(
    {
      payment: 'pi_1PgafyB7WZ01zgkWSjxsAJo3',
      checkout: 'cs_test_a1YS1URlnyQCN5fUUduORoQ7Pw41PJqDWkIVQCpJPqkfIhd6tVY8XB1OLY',
    },
    'example@example.com',
  ),
  openapi__discount: identity({ customer: 'cus_QXg1o8vcGmoR32' }),
  openapi__invoice: start({
    customer: 'cus_QXg1o8vcGmoR32',
    subscription: 'subscription',
    invoice: 'in_1Pgc6tB7WZ01zgkWu9fdqL6I',
  }),
  openapi__invoice_payment: identity({ invoice: 'invoice' }),
  openapi__payment_intent: identity({ payment: 'pi_1PgafyB7WZ01zgkWSjxsAJo3' }),
  openapi__refund: refund(
    're_1Pgc72B7WZ01zgkWqPvrRrPE',
    100,
    { charge: 'ch_1PgafuB7WZ01zgkWXYmPNZs8' },
    { reason: null },
  ),
  openapi__subscription: identity({ customer: 'cus_QXg1o8vcGmoR32', subscription: 'sub_1Pgc6rB7WZ01zgkWNy0Cn5nw' }),

  'pay__charge.refunded': soFar('ch_chargeid', 500, {
    customer: 'cus_0dUMWLtzCTagWs',
    payment: 'pm_1234',
    charge: 'ch_chargeid',
  }),
  'pay__charge.succeeded': identity({ customer: 'cus_0dUMWLtzCTagWs', payment: 'pm_1234', charge: 'ch_chargeid' }),
  'pay__checkout.session.completed': identity(
    {
      customer: 'cus_M5wW9RPFk9xNZ5',
      subscription: 'sub_1LNkeSKXBGcbgpbZ7jMqOPSi',
      checkout: 'cs_test_a1UejXx8ebIdTzFolicVypUAZpOBVkoQKDbaarXoPlPVtj8p0zujPEEhjT',
    },
    buyer,
  ),
  pay__invoice: payment('in_1RFFohKXBGcbgpbZk9MxzDMc', 24_512, 1_805, {
    ids: {
      customer: 'cus_S9YwWMaQEgeJYO',
      invoice: 'in_1RFFohKXBGcbgpbZk9MxzDMc',
      payment: 'pi_3RFFrjKXBGcbgpbZ0mAQxeI1',
      charge: 'ch_3RFFrjKXBGcbgpbZ0g57Qovb',
    },
    email: 'missouri@example.org',
    product_id: 'prod_IxQQWtyij0rvGp',
    clues: { coupon_ids: ['10OFF'] },
  }),
  'pay__invoice.updated': identity({
    invoice: 'in_1T4AIkGWAy8DppqhJAdbjaWb',
    payment: 'pi_3T4AIlGWAy8Dppqh3Vsl9Pya',
  }),
  'pay__subscription.created': identity({ ...PAY, invoice: 'in_1000' }),
  'pay__subscription.deleted': cancellation(PAY, null),
  'pay__subscription.trial_ended': identity({ ...PAY, invoice: 'in_1000' }),
  'pay__subscription.updated': cancellation(PAY, null),
}

/** Which event brings an object that lies there without one. */
const TYPES: Record<string, string> = {
  charge: 'charge.succeeded',
  'checkout.session': 'checkout.session.completed',
  credit_note: 'credit_note.created',
  discount: 'customer.discount.created',
  dispute: 'charge.dispute.created',
  invoice: 'invoice.paid',
  'invoice.updated': 'invoice_payment.paid',
  invoice_payment: 'invoice_payment.paid',
  payment_intent: 'payment_intent.succeeded',
  refund: 'refund.created',
  subscription: 'customer.subscription.updated',
  'subscription.created': 'customer.subscription.created',
  'subscription.deleted': 'customer.subscription.deleted',
  'subscription.trial_ended': 'customer.subscription.updated',
  'subscription.updated': 'customer.subscription.updated',
}

interface Content {
  object: unknown
  type?: string
  created?: number
  livemode?: boolean
  data?: { object: unknown }
}

function eventIn(file: string): Content {
  const content = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Content
  if (content.object === 'event') return content
  const name = file.slice(file.indexOf('__') + 2, -'.json'.length)
  const data = typeof content.object === 'object' ? content : { object: content }
  const { livemode = false } = data.object as Content
  return { object: 'event', type: TYPES[name] ?? name, created: 1_790_000_000, livemode, data }
}

/** Without who said it, when, and for which mode. */
const factsOf = (told: object) =>
  Object.fromEntries(Object.entries(told).filter(([name]) => !['provider', 'test', 'occurred_at'].includes(name)))

describe.skipIf(files.length === 0)('payloads (skipped where ../shared/payloads/stripe is absent)', () => {
  test.each(files)('%s', (file) => {
    const event = eventIn(file)
    const told = stripe.parse(JSON.stringify(event))
    const expected = EXPECTED[file.slice(0, -'.json'.length)]
    if (told.kind === 'ignored') return expect([expected, told.reason]).toEqual([undefined, expect.any(String)])
    expect(factsOf(told)).toEqual(expected)
    expect(told).toMatchObject({ provider: 'stripe', test: !event.livemode })
  })

  test('every expected result has its file', () => {
    expect(Object.keys(EXPECTED).filter((name) => !files.includes(`${name}.json`))).toEqual([])
  })

  test("the captured first invoice is the subscription's first payment", () => {
    const event = { ...eventIn('basilflow__invoice.payment_succeeded.json'), type: 'invoice.paid' }
    const ids = { ...BASIL, invoice: BASIL_INVOICE }
    expect(factsOf(stripe.parse(JSON.stringify(event)))).toEqual(
      payment(BASIL_INVOICE, 499, 0, { ids, product_id: PRODUCT, payment_kind: 'first' }),
    )
  })
})
