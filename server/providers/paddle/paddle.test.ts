import { Paddle } from '@paddle/paddle-node-sdk'
import { describe, expect, test } from 'vitest'
import {
  PADDLE_SECRET,
  paddleAdjustment,
  paddleCustomer,
  paddleHash,
  paddleSubscription,
  paddleTransaction,
  signedByPaddle,
} from '../../test/paddle-events.ts'
import { paddle } from './paddle.ts'

const now = () => Math.floor(Date.now() / 1000)
const sale = paddleTransaction({ id: 'txn_1', total: 4_900 })
const parse = (event: object) => paddle.parse(JSON.stringify(event))

/** Within an async function, so that what is thrown is a rejection for every provider. */
const verify = async ({ payload, headers }: { payload: string; headers: Record<string, string> }) =>
  paddle.verify(Buffer.from(payload), headers, PADDLE_SECRET)

describe('signatures', () => {
  test('the right one names the event', async () => {
    expect(await verify(signedByPaddle(sale))).toEqual({ event_id: sale.event_id, type: 'transaction.completed' })
  })

  test('the official SDK accepts what is accepted here', async () => {
    const { payload, headers } = signedByPaddle(sale)
    const sdk = new Paddle('none').webhooks
    expect(await sdk.isSignatureValid(payload, PADDLE_SECRET, headers['paddle-signature'])).toBe(true)
  })

  test('while a secret is exchanged one of several is enough, in any order', async () => {
    const payload = JSON.stringify(sale)
    const [right, other] = [paddleHash(payload, PADDLE_SECRET, now()), paddleHash(payload, 'pdl_ntfset_other', now())]
    await expect(verify(signedByPaddle(sale, PADDLE_SECRET, now(), [right, other]))).resolves.toBeDefined()
    await expect(verify(signedByPaddle(sale, PADDLE_SECRET, now(), [other, right]))).resolves.toBeDefined()
    await expect(verify(signedByPaddle(sale, PADDLE_SECRET, now(), [other]))).rejects.toThrow(/does not match/)
  })

  test('a slow way is fine, five minutes are too much, and so is a time without a signature of it', async () => {
    await expect(verify(signedByPaddle(sale, PADDLE_SECRET, now() - 290))).resolves.toBeDefined()
    await expect(verify(signedByPaddle(sale, PADDLE_SECRET, now() + 290))).resolves.toBeDefined()
    await expect(verify(signedByPaddle(sale, PADDLE_SECRET, now() - 310))).rejects.toThrow(/check its clock/)
    await expect(verify(signedByPaddle(sale, PADDLE_SECRET, now() + 310))).rejects.toThrow(/check its clock/)
    await expect(verify(signedByPaddle(sale, PADDLE_SECRET, Number.NaN))).rejects.toThrow(/check its clock/)
    const { payload, headers } = signedByPaddle(sale, PADDLE_SECRET, now() - 310)
    const renewed = headers['paddle-signature'].replace(/ts=\d+/, `ts=${now()}`)
    await expect(verify({ payload, headers: { 'paddle-signature': renewed } })).rejects.toThrow(/does not match/)
  })

  test('anything altered is rejected', async () => {
    const { payload, headers } = signedByPaddle(sale)
    const signature = headers['paddle-signature']
    const altered: [string, Record<string, string>][] = [
      [payload.replace('4900', '9900'), headers],
      [`${payload} `, headers],
      [payload, { 'paddle-signature': signature.replace(/.$/, (last) => (last === '0' ? '1' : '0')) }],
      [payload, { 'paddle-signature': `${signature}00` }],
      [payload, { 'paddle-signature': signature.slice(0, -2) }],
      [payload, { 'paddle-signature': signature.replace(/;h1=.*/, '') }],
      [payload, { 'paddle-signature': signature.replace(/ts=\d+;/, '') }],
      [payload, { 'paddle-signature': '' }],
      [payload, {}],
      [payload, signedByPaddle(sale, 'pdl_ntfset_other').headers],
    ]
    for (const [body, sent] of altered)
      await expect(verify({ payload: body, headers: sent }), JSON.stringify(sent)).rejects.toMatchObject({
        code: 'wrong_signature',
      })
  })

  test('a signed body that is no event is rejected as such', async () => {
    await expect(verify(signedByPaddle({ hello: 1 }))).rejects.toMatchObject({ code: 'invalid_request' })
  })
})

describe('sales', () => {
  test('tells what was paid and the tax in it; the code and the discount come along', () => {
    const event = paddleTransaction({
      id: 'txn_1',
      total: 5_831,
      tax: 931,
      code: 'ANN',
      customer: 'ctm_1',
      discount: 'dsc_1',
    })
    expect(parse(event)).toEqual({
      kind: 'payment',
      provider: 'paddle',
      test: false,
      occurred_at: '2026-11-20T12:00:00.000Z',
      ids: { customer: 'ctm_1', subscription: null, invoice: null, payment: 'txn_1' },
      external_id: 'txn_1',
      email: null,
      gross: 5_831,
      total: 5_831,
      tax: 931,
      shipping: 0,
      currency: 'USD',
      product_id: 'pro_1',
      payment_kind: 'one_time',
      clues: { metadata: 'ANN', coupon_ids: ['dsc_1'] },
    })
  })

  test.each([
    ['web', undefined, 'one_time'],
    ['web', 'sub_1', 'first'],
    ['api', 'sub_1', 'first'],
    ['subscription_recurring', 'sub_1', 'renewal'],
    ['subscription_update', 'sub_1', 'upgrade'],
    ['subscription_charge', 'sub_1', 'upgrade'],
  ])('origin %s of subscription %s is %s', (origin, subscription, payment_kind) => {
    const event = paddleTransaction({ id: 'txn_1', total: 100, origin, ...(subscription && { subscription }) })
    expect(parse(event)).toMatchObject({ payment_kind })
  })

  test('100 is 100 yen', () => {
    expect(parse(paddleTransaction({ id: 'txn_1', total: 100, currency: 'JPY' }))).toMatchObject({
      gross: 100,
      currency: 'JPY',
    })
  })

  test('what earlier credit paid is no part of what was paid now', () => {
    const half = paddleTransaction({ id: 'txn_1', total: 1_200, tax: 200, credit: 600 })
    expect(parse(half)).toMatchObject({ kind: 'payment', gross: 600, total: 1_200, tax: 200 })
    const all = { id: 'txn_2', total: 1_200, tax: 200, credit: 1_200, subscription: 'sub_1' }
    expect(parse(paddleTransaction({ ...all, origin: 'subscription_recurring' }))).toMatchObject({ kind: 'identity' })
  })

  test('nothing paid is a start, another payment method nothing at all', () => {
    const free = { id: 'txn_1', total: 0, subscription: 'sub_1', code: 'ANN' }
    expect(parse(paddleTransaction(free))).toMatchObject({ kind: 'start', clues: { metadata: 'ANN' } })
    const card = paddleTransaction({ ...free, origin: 'subscription_payment_method_change' })
    expect(parse(card)).toMatchObject({ kind: 'ignored' })
  })

  test('transaction.paid waits for transaction.completed', () => {
    expect(parse(paddleTransaction({ id: 'txn_1', total: 100, type: 'transaction.paid' }))).toMatchObject({
      kind: 'ignored',
    })
  })

  test('any of the documented names brings the code; an empty list is no custom data', () => {
    const withData = (custom_data: unknown) => parse({ ...sale, data: { ...sale.data, custom_data } })
    for (const name of ['referral_code', 'ref', 'refgrow_ref_code'])
      expect(withData({ [name]: 'ANN' })).toMatchObject({ clues: { metadata: 'ANN' } })
    for (const nothing of [[], {}, null, 'ANN', { ref: null }, { ref: { code: 'ANN' } }])
      expect(withData(nothing)).toMatchObject({ clues: { metadata: null } })
  })

  test('what makes no sense is named', () => {
    const withTotals = (totals: unknown) => parse({ ...sale, data: { ...sale.data, details: { totals } } })
    expect(() => withTotals({ total: '49.00', tax: '0' })).toThrow(
      'Paddle transaction.completed: data.details.totals.total must be a whole number of minor units, got "49.00"',
    )
    expect(() => withTotals(null)).toThrow(/totals\.total must be a whole number of minor units, got nothing/)
    expect(() => parse({ ...sale, data: { ...sale.data, currency_code: 'XQZ' } })).toThrow(
      /currency_code must be an ISO/,
    )
    expect(() => parse({ ...sale, occurred_at: null })).toThrow(/occurred_at must be a time such as/)
    expect(() => parse({ ...sale, data: null })).toThrow(/data\.id must be an id, got nothing/)
  })
})

describe('adjustments', () => {
  const refund = { id: 'adj_1', transaction: 'txn_1', total: 1_200, tax: 200 }

  test.each([
    ['pending_approval', 'pending'],
    ['approved', 'done'],
    ['rejected', 'undone'],
    ['reversed', 'undone'],
  ])('a refund that is %s is %s', (status, state) => {
    expect(parse(paddleAdjustment({ ...refund, status }))).toMatchObject({
      kind: 'refund',
      external_id: 'adj_1',
      ids: { payment: 'txn_1' },
      amount: 1_200,
      currency: 'USD',
      cumulative: false,
      of: null,
      state,
    })
  })

  test('tax alone is told as such', () => {
    expect(parse(paddleAdjustment({ ...refund, total: 200, tax: 200 }))).toMatchObject({ amount: 200, only_tax: true })
    expect(parse(paddleAdjustment(refund))).toMatchObject({ only_tax: false })
  })

  test('a chargeback takes the money at once, its reversal brings it back, a warning does neither', () => {
    const states = ['chargeback', 'chargeback_reverse'].map((action, count) =>
      parse(paddleAdjustment({ ...refund, id: `adj_${count}`, action })),
    )
    const dispute = { kind: 'dispute', external_id: 'chargeback-txn_1', amount: 1_200 }
    expect(states).toMatchObject([
      { ...dispute, state: 'lost' },
      { ...dispute, state: 'won' },
    ])
    for (const action of ['chargeback_warning', 'chargeback_warning_reverse', 'credit', 'credit_reverse'])
      expect(parse(paddleAdjustment({ ...refund, action }))).toMatchObject({ kind: 'ignored' })
  })

  test('an action or a status nobody knows is an error, not a guess', () => {
    expect(() => parse(paddleAdjustment({ ...refund, action: 'donation' }))).toThrow(/data\.action "donation"/)
    expect(() => parse(paddleAdjustment({ ...refund, status: 'maybe' }))).toThrow(/one of pending_approval.*"maybe"/)
  })
})

test('a customer tells the address that transactions leave out', () => {
  expect(parse(paddleCustomer('ctm_1', 'buyer@customers.test'))).toMatchObject({
    kind: 'identity',
    ids: { customer: 'ctm_1' },
    email: 'buyer@customers.test',
  })
})

test('a subscription starts with a trial, joins ids, or ends', () => {
  const one = { subscription: 'sub_1', customer: 'ctm_1', code: 'ANN' }
  expect(parse(paddleSubscription({ ...one, status: 'trialing', transaction: 'txn_1' }))).toMatchObject({
    kind: 'start',
    ids: { customer: 'ctm_1', subscription: 'sub_1', payment: 'txn_1' },
    clues: { subscription_metadata: 'ANN' },
  })
  expect(parse(paddleSubscription({ ...one, type: 'subscription.resumed' }))).toMatchObject({ kind: 'identity' })
  const ending = paddleSubscription({ ...one, type: 'subscription.updated', endsAt: '2026-12-20T12:00:00.000Z' })
  expect(parse(ending)).toMatchObject({ kind: 'cancellation' })
  const ended = paddleSubscription({ ...one, type: 'subscription.canceled', status: 'canceled' })
  expect(parse(ended)).toMatchObject({ kind: 'cancellation' })
})

test('other events are ignored', () => {
  expect(parse({ event_type: 'payout.paid', data: {} })).toMatchObject({ kind: 'ignored' })
})
