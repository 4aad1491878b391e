import Stripe from 'stripe'
import { describe, expect, test } from 'vitest'
import { checkout } from '../../test/programme.ts'
import * as sent from '../../test/stripe-events.ts'
import { stripe } from './stripe.ts'

const parse = (event: object) => stripe.parse(JSON.stringify(event))
/** What an event says apart from who said it, when, and for which mode. */
const factsOf = (event: object) =>
  Object.fromEntries(
    Object.entries(parse(event)).filter(([name]) => !['provider', 'test', 'occurred_at'].includes(name)),
  )

describe('signatures', () => {
  const secret = 'whsec_right'
  const payload = JSON.stringify(checkout({ id: 'one', amount: 100 }))
  const now = Math.floor(Date.now() / 1000)
  const signed = (by: string, timestamp = now) =>
    Stripe.webhooks.generateTestHeaderString({ payload, secret: by, timestamp })
  const verify = async (signature: string | undefined, body = payload) =>
    stripe.verify(Buffer.from(body), signature === undefined ? {} : { 'stripe-signature': signature }, secret)
  const wrong = expect.objectContaining({ code: 'wrong_signature' })

  test('a valid one is accepted', async () => {
    await expect(verify(signed(secret))).resolves.toEqual({ event_id: 'evt_one', type: 'checkout.session.completed' })
  })

  test('one of several is enough: while a secret is replaced, Stripe signs with both', async () => {
    const other = signed('whsec_old').split(',')[1]
    await expect(verify(`${signed(secret)},${other}`)).resolves.toMatchObject({ event_id: 'evt_one' })
    await expect(verify(`t=${now},${other},${signed(secret).split(',')[1]}`)).resolves.toMatchObject({
      event_id: 'evt_one',
    })
  })

  test('an altered body, another secret, an old timestamp and no signature are refused', async () => {
    await expect(verify(signed(secret), payload.replace('100', '900'))).rejects.toThrow(wrong)
    await expect(verify(signed('whsec_old'))).rejects.toThrow(wrong)
    await expect(verify(signed(secret, now - 301))).rejects.toThrow(wrong)
    await expect(verify(signed(secret).replace(`t=${now}`, `t=${now - 1}`))).rejects.toThrow(wrong)
    await expect(verify('nonsense')).rejects.toThrow(wrong)
    await expect(verify(undefined)).rejects.toThrow(wrong)
  })

  test('a thin event is refused with the way out', async () => {
    const thin = JSON.stringify({ id: 'evt_thin', object: 'v2.core.event', type: 'v1.invoice.paid' })
    const signature = Stripe.webhooks.generateTestHeaderString({ payload: thin, secret })
    await expect(verify(signature, thin)).rejects.toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining('Snapshot') }),
    )
  })
})

describe('a one-time sale', () => {
  const withSession = (fields: object) => {
    const event = checkout({ id: 'one', amount: 11_900, tax: 1_900, code: 'ANN' })
    return { ...event, data: { object: { ...event.data.object, ...fields } } }
  }
  const sale = { kind: 'payment', gross: 11_900, tax: 1_900, shipping: 0, currency: 'USD', payment_kind: 'one_time' }

  test('is the session, under the id of its payment, or of its invoice where there is one', () => {
    expect(parse(withSession({}))).toEqual({
      ...sale,
      provider: 'stripe',
      test: true,
      occurred_at: '2026-11-20T12:00:00.000Z',
      external_id: 'pi_one',
      ids: { payment: 'pi_one', checkout: 'cs_one' },
      email: 'buyer@example.com',
      product_id: null,
      clues: { client_reference: 'ANN' },
    })
    expect(parse(withSession({ payment_intent: null }))).toMatchObject({ ...sale, external_id: 'cs_one' })
    expect(parse(withSession({ invoice: 'in_1' }))).toMatchObject({ ...sale, external_id: 'in_1' })
  })

  test('waits for the invoice that is still to be made of it', () => {
    expect(parse(withSession({ invoice_creation: { enabled: true } }))).toMatchObject({ kind: 'identity' })
    expect(parse(withSession({ invoice_creation: { enabled: true }, invoice: 'in_1' }))).toMatchObject(sale)
  })

  test('tells shipping apart, whose tax is part of the tax', () => {
    const total_details = { amount_tax: 1_900, amount_shipping: 1_000, amount_discount: 0 }
    const apart = { gross: 11_900, tax: 1_900, shipping: 1_000 }
    expect(parse(withSession({ total_details }))).toMatchObject(apart)
    const shipping_cost = { amount_subtotal: 1_000, amount_tax: 190, amount_total: 1_190 }
    expect(parse(withSession({ total_details, shipping_cost }))).toMatchObject(apart)
  })

  test('that is unpaid only introduces the buyer; a free one is a start', () => {
    const clues = { client_reference: 'ANN' }
    expect(parse(withSession({ payment_status: 'unpaid' }))).toMatchObject({ kind: 'identity', clues })
    expect(parse(checkout({ id: 'one', amount: 0, code: 'ANN' }))).toMatchObject({ kind: 'start', clues })
  })

  test('carries its code under any of three names; a list is no metadata', () => {
    const cluesOf = (metadata: unknown) => parse(withSession({ metadata, client_reference_id: null }))
    for (const name of ['referral_code', 'refgrow_ref_code', 'ref'])
      expect(cluesOf({ [name]: 'ANN' })).toMatchObject({ clues: { metadata: 'ANN' } })
    expect(cluesOf({ ref: 'BEN', referral_code: 'ANN' })).toMatchObject({ clues: { metadata: 'ANN' } })
    for (const nothing of [[], null, { order: '7' }]) expect(cluesOf(nothing)).toHaveProperty('clues', {})
  })

  test('names what was redeemed, the promotion code before the coupon', () => {
    const discounts = [
      { coupon: 'TEN', promotion_code: 'promo_1' },
      { coupon: { id: 'FIVE' }, promotion_code: null },
    ]
    expect(parse(withSession({ discounts }))).toMatchObject({ clues: { coupon_ids: ['promo_1', 'TEN', 'FIVE'] } })
  })

  test("a live event is no test event, and a newer account's buyer is a customer too", () => {
    expect(parse({ ...withSession({}), livemode: true })).toMatchObject({ test: false })
    expect(parse(withSession({ customer_account: 'acct_1' }))).toMatchObject({ ids: { customer: 'acct_1' } })
  })
})

test("a subscription's session introduces the buyer, or starts a trial; its money is the invoice's", () => {
  const start = { id: 'one', code: 'ANN', customer: 'cus_1', subscription: 'sub_1', invoice: 'in_1' }
  const ids = { customer: 'cus_1', subscription: 'sub_1', invoice: 'in_1', checkout: 'cs_one' }
  const introduction = { ids, email: 'buyer@example.com', clues: { client_reference: 'ANN' } }
  const { subscriptionCheckout } = sent
  expect(factsOf(subscriptionCheckout({ ...start, amount: 500 }))).toEqual({ kind: 'identity', ...introduction })
  expect(factsOf(subscriptionCheckout({ ...start, amount: 0 }))).toEqual({ kind: 'start', ...introduction })
})

describe.each(['new', 'old'] as const)('an invoice of the %s shape', (shape) => {
  const bill = { id: 'in_1', customer: 'cus_1', subscription: 'sub_1', shape }

  test('is a payment that tells tax and shipping apart, with the ids it has', () => {
    const old = { payment: 'pi_1', charge: 'ch_1' }
    const invoice = sent.invoicePaid({ ...bill, ...old, total: 12_900, tax: 1_900, shipping: 1_000, product: 'prod_7' })
    expect(factsOf(invoice)).toEqual({
      kind: 'payment',
      external_id: 'in_1',
      ids: { customer: 'cus_1', subscription: 'sub_1', invoice: 'in_1', ...(shape === 'old' && old) },
      email: 'buyer@example.com',
      gross: 12_900,
      tax: 1_900,
      shipping: 1_000,
      currency: 'USD',
      product_id: 'prod_7',
      payment_kind: 'renewal',
      clues: {},
    })
  })

  test.each([
    ['subscription_create', 'first'],
    ['subscription_cycle', 'renewal'],
    ['subscription_threshold', 'renewal'],
    ['subscription_update', 'upgrade'],
    ['manual', 'one_time'],
  ] as const)('made for %s is %s', (reason, payment_kind) => {
    expect(parse(sent.invoicePaid({ ...bill, total: 100, reason }))).toMatchObject({ payment_kind })
  })

  test('tells what was paid now, and what was billed where that is something else', () => {
    const paid = (now: number) => parse(sent.invoicePaid({ ...bill, total: 11_900, tax: 1_900, paid: now }))
    expect(paid(5_950)).toMatchObject({ kind: 'payment', gross: 5_950, total: 11_900, tax: 1_900 })
    expect(paid(0)).toMatchObject({ kind: 'start' })
    // Overpaid: the rest became credit.
    expect(paid(20_000)).toMatchObject({ gross: 20_000, total: 11_900 })
    expect(paid(11_900)).not.toHaveProperty('total')
  })

  test('of nothing is a start, and a negative one no refund', () => {
    expect(parse(sent.invoicePaid({ ...bill, total: 0 }))).toMatchObject({ kind: 'start' })
    expect(parse(sent.invoicePaid({ ...bill, total: -3_500 }))).toMatchObject({ kind: 'ignored' })
  })

  test("carries the subscription's code", () => {
    const invoice = sent.invoicePaid({ ...bill, total: 100, metadata: { referral_code: 'ANN' } })
    expect(parse(invoice)).toMatchObject({ clues: { subscription_metadata: 'ANN' } })
  })

  test('is of the product of its largest regular line', () => {
    const invoice = sent.invoicePaid({ ...bill, total: 100, product: 'prod_small' })
    const [line] = invoice.data.object.lines.data
    const withLine = (amount: number, product: string, proration: boolean) =>
      shape === 'old'
        ? { ...line, amount, proration, price: null, plan: { product: { id: product } } }
        : {
            ...line,
            amount,
            pricing: { price_details: { product } },
            parent: { subscription_item_details: { proration } },
          }
    const of = (...lines: object[]) => ({
      ...invoice,
      data: { object: { ...invoice.data.object, lines: { data: lines } } },
    })
    const [large, corrected] = [withLine(800, 'prod_large', false), withLine(900, 'prod_corrected', true)]
    expect(parse(of(line ?? {}, large, corrected))).toMatchObject({ product_id: 'prod_large' })
    expect(parse(of(withLine(-100, 'prod_before', true), corrected))).toMatchObject({ product_id: 'prod_corrected' })
    expect(parse(of())).toMatchObject({ product_id: null })
  })
})

test('an old invoice names its coupon and may have been paid outside of Stripe', () => {
  const invoice = sent.invoicePaid({ id: 'in_1', total: 500, coupon: 'TEN', shape: 'old', paid: 0 })
  expect(parse(invoice)).toMatchObject({ kind: 'start', clues: { coupon_ids: ['TEN'] } })
  const outside = { ...invoice.data.object, amount_due: 500, paid_out_of_band: true }
  expect(parse({ ...invoice, data: { object: outside } })).toMatchObject({ kind: 'payment', gross: 500, tax: 0 })
})

test('a discount that is only an id hides nothing; its own event names the coupon', () => {
  const invoice = sent.invoicePaid({ id: 'in_1', customer: 'cus_1', total: 500 })
  const discounted = { ...invoice, data: { object: { ...invoice.data.object, discounts: ['di_1'] } } }
  expect(parse(discounted)).toHaveProperty('clues', {})
  for (const shape of ['new', 'old'] as const) {
    const discount = { id: 'di_1', customer: 'cus_1', subscription: 'sub_1', coupon: 'TEN', promotionCode: 'promo_1' }
    expect(factsOf(sent.discountCreated({ ...discount, shape }))).toEqual({
      kind: 'identity',
      ids: { customer: 'cus_1', subscription: 'sub_1' },
      email: null,
      clues: { coupon_ids: ['promo_1', 'TEN'] },
    })
  }
})

describe('ids that belong together', () => {
  const joined = { kind: 'identity', email: null, clues: {} }

  test('an invoice and its payment', () => {
    const ids = { invoice: 'in_1', payment: 'pi_1' }
    expect(factsOf(sent.invoicePaymentPaid(ids))).toEqual({ ...joined, ids })
  })

  test('a charge, its payment, and in old shapes its invoice', () => {
    const charged = { charge: 'ch_1', payment: 'pi_1', amount: 500, customer: 'cus_1' }
    const ids = { charge: 'ch_1', payment: 'pi_1', customer: 'cus_1' }
    expect(factsOf(sent.chargeSucceeded(charged))).toEqual({ ...joined, ids })
    expect(factsOf(sent.chargeSucceeded({ ...charged, invoice: 'in_1', shape: 'old' }))).toEqual({
      ...joined,
      ids: { ...ids, invoice: 'in_1' },
    })
  })

  test('a customer and an e-mail address', () => {
    const email = 'ann@example.com'
    expect(factsOf(sent.customer({ id: 'cus_1', email }))).toEqual({ ...joined, ids: { customer: 'cus_1' }, email })
    expect(parse(sent.customer({ id: 'cus_1', email: null }))).toMatchObject({ kind: 'ignored' })
    const metadata = { ref: 'ANN' }
    expect(parse(sent.customer({ id: 'cus_1', email: null, metadata }))).toMatchObject({ clues: { metadata: 'ANN' } })
  })
})

describe('a subscription', () => {
  const told = { id: 'sub_1', customer: 'cus_1', invoice: 'in_1' }
  const ids = { customer: 'cus_1', subscription: 'sub_1' }

  test('introduces its ids and code, and may start with a trial', () => {
    const metadata = { referral_code: 'ANN' }
    expect(factsOf(sent.subscription({ ...told, metadata }))).toEqual({
      kind: 'identity',
      ids: { ...ids, invoice: 'in_1' },
      email: null,
      clues: { subscription_metadata: 'ANN' },
    })
    expect(parse(sent.subscription({ ...told, status: 'trialing' }))).toMatchObject({ kind: 'start' })
    expect(parse(sent.subscription({ ...told, coupon: 'TEN', shape: 'old' }))).toMatchObject({
      clues: { coupon_ids: ['TEN'] },
    })
  })

  test('is canceled when that is asked for and when it ends, not by every change in between', () => {
    const canceled = { kind: 'cancellation', ids, reason: 'cancellation_requested' }
    const ending = { ...told, type: 'updated' as const, cancelAt: '2026-12-20T12:00:00.000Z' }
    expect(factsOf(sent.subscription({ ...ending, before: { cancel_at: null } }))).toEqual(canceled)
    expect(factsOf(sent.subscription({ ...told, type: 'deleted', status: 'canceled' }))).toEqual(canceled)
    expect(parse(sent.subscription({ ...ending, before: { metadata: {} } }))).toMatchObject({ kind: 'identity' })
    const resumed = { ...told, type: 'updated' as const, before: { cancel_at: 1 } }
    expect(parse(sent.subscription(resumed))).toMatchObject({ kind: 'identity' })
  })
})

describe('money that goes back', () => {
  const paid = { charge: 'ch_1', payment: 'pi_1', amount: 1_500 }
  const ids = { charge: 'ch_1', payment: 'pi_1' }

  test('a charge tells the sum so far', () => {
    const refunded = { ...paid, refunded: 500, customer: 'cus_1' }
    const expected = {
      kind: 'refund',
      external_id: 'ch_1',
      ids: { ...ids, customer: 'cus_1' },
      amount: 500,
      currency: 'USD',
      cumulative: true,
      of: null,
      state: 'done',
      reason: null,
    }
    expect(factsOf(sent.chargeRefunded(refunded))).toEqual(expected)
    expect(parse(sent.chargeRefunded({ ...refunded, invoice: 'in_1', shape: 'old' }))).toMatchObject({
      ids: { ...expected.ids, invoice: 'in_1' },
    })
  })

  test('what was captured only in part counts what was released as refunded, of the charge', () => {
    const event = sent.chargeRefunded({ ...paid, refunded: 700 })
    const captured = { ...event.data.object, amount_captured: 900 }
    expect(parse({ ...event, data: { object: captured } })).toMatchObject({ amount: 700, of: 1_500 })
  })

  test('an authorization that was released had never been paid', () => {
    const event = sent.chargeRefunded({ ...paid, refunded: 1_500 })
    const released = { ...event.data.object, captured: false, amount_captured: 0 }
    expect(parse({ ...event, data: { object: released } })).toMatchObject({ kind: 'ignored' })
  })

  test('a refund tells one step and how it goes on', () => {
    const step = { id: 're_1', ...ids, amount: 500 }
    expect(factsOf(sent.refundObject(step))).toEqual({
      kind: 'refund',
      external_id: 're_1',
      ids,
      amount: 500,
      currency: 'USD',
      cumulative: false,
      of: null,
      state: 'done',
      reason: 'requested_by_customer',
    })
    const states = { pending: 'pending', requires_action: 'pending', failed: 'undone', canceled: 'undone' } as const
    for (const [status, state] of Object.entries(states) as [keyof typeof states, string][])
      for (const type of ['refund.updated', 'charge.refund.updated'] as const)
        expect(parse(sent.refundObject({ ...step, type, status }))).toMatchObject({ external_id: 're_1', state })
  })

  test.each(['new', 'old'] as const)('a credit note of the %s shape takes back what no refund tells', (shape) => {
    const note = { id: 'cn_1', invoice: 'in_1', amount: 900, shape }
    expect(factsOf(sent.creditNote(note))).toEqual({
      kind: 'refund',
      external_id: 'cn_1',
      ids: { invoice: 'in_1' },
      amount: 900,
      currency: 'USD',
      cumulative: false,
      of: null,
      state: 'done',
      reason: null,
    })
    expect(parse(sent.creditNote({ ...note, refunded: 900 }))).toMatchObject({ kind: 'ignored' })
  })

  test('a credit note that is partly a refund takes back the rest', () => {
    const note = sent.creditNote({ id: 'cn_1', invoice: 'in_1', amount: 900, refunded: 600 })
    expect(parse(note)).toMatchObject({ amount: 300 })
  })

  test.each([
    ['created', 'needs_response', 'opened'],
    ['updated', 'under_review', 'opened'],
    ['funds_withdrawn', 'needs_response', 'opened'],
    ['closed', 'lost', 'lost'],
    ['closed', 'won', 'won'],
    ['funds_reinstated', 'won', 'won'],
    ['updated', 'appeal_under_review', 'opened'],
    ['closed', 'charge_refunded', 'won'],
  ] as const)('a dispute: %s as %s is %s', (type, status, state) => {
    const fact = { id: 'dp_1', ...ids, amount: 1_500, type, status }
    const expected = { kind: 'dispute', external_id: 'dp_1', ids, amount: 1_500, currency: 'USD', state }
    expect(factsOf(sent.dispute(fact))).toEqual(expected)
  })

  test('an inquiry moves nothing; a prevented dispute is lost when the money was taken all the same', () => {
    const fact = { id: 'dp_1', ...ids, amount: 1_500, status: 'prevented' }
    for (const status of ['warning_needs_response', 'warning_under_review', 'warning_closed'])
      expect(parse(sent.dispute({ ...fact, status }))).toMatchObject({ kind: 'ignored' })
    expect(parse(sent.dispute(fact))).toMatchObject({ state: 'won' })
    expect(parse(sent.dispute({ ...fact, withdrawn: 1_500 }))).toMatchObject({ state: 'lost' })
  })
})

test.each([
  ['usd', 1_000, 1_000],
  ['jpy', 1_000, 1_000],
  ['kwd', 1_000, 1_000],
  ['isk', 100_000, 1_000],
  ['ugx', 100_000, 1_000],
  ['mga', 1_000, 100_000],
])('%s: %i at Stripe are %i minor units', (currency, atStripe, amount) => {
  const ids = { charge: 'ch_1', payment: 'pi_1' }
  const same = { amount, currency: currency.toUpperCase() }
  const paid = { gross: amount, currency: currency.toUpperCase() }
  const { invoicePaid, chargeRefunded, refundObject, dispute } = sent
  expect(parse(checkout({ id: 'one', amount: atStripe, currency }))).toMatchObject(paid)
  expect(parse(invoicePaid({ id: 'in_1', total: atStripe, currency }))).toMatchObject(paid)
  const refunded = chargeRefunded({ ...ids, amount: atStripe, refunded: atStripe, currency })
  expect(parse(refunded)).toMatchObject(same)
  expect(parse(refundObject({ id: 're_1', ...ids, amount: atStripe, currency }))).toMatchObject(same)
  expect(parse(dispute({ id: 'dp_1', ...ids, amount: atStripe, currency }))).toMatchObject(same)
})

test('what is senseless is an error, and what is not used is ignored with a reason', () => {
  expect(() => parse(sent.invoicePaid({ id: 'in_1', total: 100, currency: 'zzz' }))).toThrow('currency')
  expect(() => parse(sent.invoicePaid({ id: 'in_1', total: 100.5 }))).toThrow('amount')
  expect(parse({ type: 'invoice.payment_succeeded', data: { object: {} } })).toMatchObject({ kind: 'ignored' })
  expect(parse({ type: 'plan.created', data: { object: {} } })).toEqual({
    kind: 'ignored',
    reason: 'event type plan.created is not used',
  })
})
