/** Every kind of event of Paddle, and what it comes to. */
import { type Case, testOutcomes } from '../../test/outcomes.ts'
import * as sent from '../../test/paddle-events.ts'
import { paddle } from './paddle.ts'

const { paddleTransaction, paddleAdjustment, paddleCustomer, paddleSubscription } = sent
const member = { customer: 'ctm_1', subscription: 'sub_1' }
const guest = { customer: null, subscription: null }
const idsOf = (payment: string, who: object = member) => ({ ...who, invoice: null, payment })

const paid = (id: string, total: number, more: object = {}) => ({
  kind: 'payment',
  external_id: id,
  ids: idsOf(id),
  email: null,
  gross: total,
  total,
  tax: 0,
  shipping: 0,
  currency: 'USD',
  product_id: 'pro_1',
  payment_kind: 'first',
  clues: { metadata: null, coupon_ids: [] },
  ...more,
})

const withData = <Sent extends { data: object }>(event: Sent, fields: object) => ({
  ...event,
  data: { ...event.data, ...fields },
})

const ANN = { metadata: 'ANN', coupon_ids: [] }
const free = { id: 'txn_0', total: 0, ...member, code: 'ANN' }
const cycle = { id: 'txn_2', total: 3_480, tax: 580, ...member, code: 'ANN', origin: 'subscription_recurring' }

const sales: Case[] = [
  [
    'a sale with a discount and tax',
    paddleTransaction({ id: 'txn_1', total: 9_600, tax: 1_600, customer: 'ctm_1', code: 'ANN', discount: 'dsc_1' }),
    paid('txn_1', 9_600, {
      ids: idsOf('txn_1', { customer: 'ctm_1', subscription: null }),
      tax: 1_600,
      payment_kind: 'one_time',
      clues: { metadata: 'ANN', coupon_ids: ['dsc_1'] },
    }),
  ],
  [
    'a sale that nobody brought',
    paddleTransaction({ id: 'txn_1', total: 10_000 }),
    paid('txn_1', 10_000, { ids: idsOf('txn_1', guest), payment_kind: 'one_time' }),
  ],
  [
    'a sale in yen',
    paddleTransaction({ id: 'txn_1', total: 1_200, currency: 'JPY' }),
    paid('txn_1', 1_200, { ids: idsOf('txn_1', guest), payment_kind: 'one_time', currency: 'JPY' }),
  ],
  [
    'a sale that names its product in the line alone',
    withData(paddleTransaction({ id: 'txn_1', total: 500, product: 'pro_2' }), { items: [] }),
    paid('txn_1', 500, { ids: idsOf('txn_1', guest), payment_kind: 'one_time', product_id: 'pro_2' }),
  ],
  [
    'the first payment of a subscription',
    paddleTransaction({ id: 'txn_1', total: 2_900, ...member }),
    paid('txn_1', 2_900),
  ],
  ['a trial, over nothing', paddleTransaction(free), { kind: 'start', ids: idsOf('txn_0'), email: null, clues: ANN }],
  ['a renewal', paddleTransaction(cycle), paid('txn_2', 3_480, { tax: 580, payment_kind: 'renewal', clues: ANN })],
  [
    'an upgrade in the middle of the period',
    paddleTransaction({ ...cycle, id: 'txn_3', total: 4_200, tax: 700, origin: 'subscription_update' }),
    paid('txn_3', 4_200, { tax: 700, payment_kind: 'upgrade', clues: ANN }),
  ],
  [
    'a renewal that earlier credit paid in part',
    paddleTransaction({ ...cycle, credit: 1_000 }),
    paid('txn_2', 2_480, { total: 3_480, tax: 580, payment_kind: 'renewal', clues: ANN }),
  ],
  [
    'a renewal that earlier credit paid',
    paddleTransaction({ ...cycle, credit: 3_480 }),
    { kind: 'identity', ids: idsOf('txn_2'), email: null, clues: ANN },
  ],
  [
    'another payment method',
    paddleTransaction({ ...free, origin: 'subscription_payment_method_change' }),
    { kind: 'ignored', reason: 'another payment method, nothing was sold' },
  ],
  [
    'paid, and not completed yet',
    paddleTransaction({ ...cycle, type: 'transaction.paid' }),
    { kind: 'ignored', reason: 'waits for transaction.completed, where the subscription and all sums are known' },
  ],
]

const ids = { ...member, payment: 'txn_2' }
const back = { id: 'adj_1', transaction: 'txn_2', total: 2_400, tax: 400, ...member }
const refund = (more: object = {}) => ({
  kind: 'refund',
  external_id: 'adj_1',
  ids,
  amount: 2_400,
  currency: 'USD',
  cumulative: false,
  of: null,
  only_tax: false,
  state: 'done',
  reason: 'requested_by_customer',
  ...more,
})
const dispute = (state: string) => ({
  kind: 'dispute',
  external_id: 'chargeback-txn_2',
  ids,
  amount: 3_480,
  currency: 'USD',
  state,
})
const fought = { ...back, total: 3_480, tax: 580 }
const updated = { ...back, type: 'adjustment.updated' } as const

const moneyBack: Case[] = [
  ['a refund that waits', paddleAdjustment({ ...back, status: 'pending_approval' }), refund({ state: 'pending' })],
  ['the refund is approved', paddleAdjustment(updated), refund()],
  ['the refund is rejected', paddleAdjustment({ ...updated, status: 'rejected' }), refund({ state: 'undone' })],
  ['all of it at once', paddleAdjustment(fought), refund({ amount: 3_480 })],
  [
    'a refund to a guest',
    withData(paddleAdjustment({ ...back, ...guest }), { reason: null }),
    refund({ ids: { ...guest, payment: 'txn_2' }, reason: null }),
  ],
  ['the tax alone', paddleAdjustment({ ...back, total: 400, tax: 400 }), refund({ amount: 400, only_tax: true })],
  ['a chargeback', paddleAdjustment({ ...fought, action: 'chargeback' }), dispute('lost')],
  [
    'a chargeback that is reversed',
    paddleAdjustment({ ...fought, id: 'adj_2', action: 'chargeback_reverse' }),
    dispute('won'),
  ],
  [
    'the warning of a chargeback',
    paddleAdjustment({ ...fought, action: 'chargeback_warning' }),
    { kind: 'ignored', reason: 'a warning of a chargeback moves no money' },
  ],
  [
    'the credit of a downgrade',
    paddleAdjustment({ ...back, action: 'credit' }),
    {
      kind: 'ignored',
      reason: 'a credit is counted where it is used: it lowers what a later transaction is paid with',
    },
  ],
]

const known = { kind: 'identity', ids: { customer: 'ctm_1' }, email: 'buyer@customers.test', clues: { metadata: null } }
const one = { ...member, code: 'ANN' }
const clues = { subscription_metadata: 'ANN', coupon_ids: [] }
const noted = { kind: 'identity', ids: { ...member, payment: null }, email: null, clues }

const people: Case[] = [
  ...['created', 'updated', 'imported'].map((what): Case => [
    `a customer is ${what}`,
    { ...paddleCustomer('ctm_1', 'buyer@customers.test'), event_type: `customer.${what}` },
    known,
  ]),
  [
    'a subscription starts with a trial',
    paddleSubscription({ ...one, status: 'trialing', transaction: 'txn_0' }),
    { ...noted, kind: 'start', ids: { ...member, payment: 'txn_0' } },
  ],
  [
    'a subscription is made, with a discount',
    withData(paddleSubscription({ ...one, transaction: 'txn_1' }), { discount: { id: 'dsc_1' } }),
    { ...noted, ids: { ...member, payment: 'txn_1' }, clues: { ...clues, coupon_ids: ['dsc_1'] } },
  ],
  ...(['activated', 'imported', 'past_due', 'paused', 'resumed', 'updated'] as const).map((what): Case => [
    `a subscription is ${what.replace('_', ' ')}`,
    paddleSubscription({ ...one, type: `subscription.${what}` }),
    noted,
  ]),
  [
    'a subscription is to pause, which is no end',
    withData(paddleSubscription({ ...one, type: 'subscription.updated' }), { scheduled_change: { action: 'pause' } }),
    noted,
  ],
  [
    'a subscription is to end with its period',
    paddleSubscription({ ...one, type: 'subscription.updated', endsAt: '2026-12-20T12:00:00.000Z' }),
    { kind: 'cancellation', ids: { ...member, payment: null }, reason: 'canceled at the end of the period' },
  ],
  [
    'a subscription is over',
    paddleSubscription({ ...one, type: 'subscription.canceled', status: 'canceled' }),
    { kind: 'cancellation', ids: { ...member, payment: null }, reason: 'canceled' },
  ],
  ...['transaction.billed', 'transaction.payment_failed', 'invoice.paid', 'discount.created', 'payout.paid'].map(
    (type): Case => [
      type,
      { ...paddleTransaction(cycle), event_type: type },
      { kind: 'ignored', reason: `event type ${type} is not used` },
    ],
  ),
]

testOutcomes(paddle, [...sales, ...moneyBack, ...people], { testMode: false })
