/** Every kind of event of Lemon Squeezy, and what it comes to. */
import {
  lemonSqueezyInvoice as invoice,
  lemonSqueezyOrder as order,
  lemonSqueezySubscription as subscription,
} from '../../test/lemonsqueezy-events.ts'
import { type Case, testOutcomes } from '../../test/outcomes.ts'
import { lemonsqueezy } from './lemonsqueezy.ts'

const email = 'buyer@customers.test'
const clues = { metadata: 'ANN' }
const firstOrder = { id: 100, total: 9_600, tax: 1_600, code: 'ANN', test: true }
const orderIds = { customer: '1', payment: '100' }

const paid = (external_id: string, gross: number, ids: object, more: object = {}) => ({
  kind: 'payment',
  external_id,
  ids,
  email,
  gross,
  tax: 0,
  shipping: 0,
  currency: 'USD',
  product_id: null,
  payment_kind: 'renewal',
  clues: { metadata: null },
  ...more,
})

const sold = paid('100', 9_600, orderIds, { tax: 1_600, product_id: '7', payment_kind: 'one_time', clues })
const soFar = (amount: number, of: number, ids: object, currency = 'USD') => ({
  kind: 'refund',
  external_id: null,
  ids,
  amount,
  currency,
  cumulative: true,
  of,
  state: 'done',
  reason: null,
})

const orders: Case[] = [
  ['a sale with tax', order('order_created', firstOrder), sold],
  [
    'a sale that nobody brought',
    order('order_created', { id: 100, total: 9_600, test: true }),
    { ...sold, tax: 0, clues: { metadata: null } },
  ],
  ['a sale in yen', order('order_created', { ...firstOrder, currency: 'JPY' }), { ...sold, currency: 'JPY' }],
  [
    'the order of a trial, over nothing',
    order('order_created', { ...firstOrder, total: 0, tax: 0 }),
    { kind: 'start', ids: orderIds, email, clues },
  ],
  [
    'an order that waits for its money',
    order('order_created', { ...firstOrder, status: 'pending' }),
    { kind: 'identity', ids: orderIds, email, clues },
  ],
  ['a part goes back', order('order_refunded', { ...firstOrder, refunded: 2_400 }), soFar(2_400, 9_600, orderIds)],
  ['a second part', order('order_refunded', { ...firstOrder, refunded: 4_800 }), soFar(4_800, 9_600, orderIds)],
  ['the rest', order('order_refunded', { ...firstOrder, refunded: 9_600 }), soFar(9_600, 9_600, orderIds)],
]

const cycle = { id: 200, subscription: 300, total: 1_999, currency: 'EUR', test: true }
const cycleIds = { customer: '1', subscription: '300', invoice: '200', checkout: null }
const first = 'first payment of subscription 300'
const renewed = paid('invoice-200', 1_999, cycleIds, { currency: 'EUR' })

const invoices: Case[] = [
  [
    'the first invoice, which is the order again',
    invoice('subscription_payment_success', { ...cycle, reason: 'initial' }),
    { kind: 'identity', ids: { ...cycleIds, checkout: first }, email, clues: { metadata: null } },
  ],
  ['a renewal', invoice('subscription_payment_success', cycle), renewed],
  ['a renewal at a later attempt, told again', invoice('subscription_payment_recovered', cycle), renewed],
  [
    'an upgrade in the middle of the period',
    invoice('subscription_payment_success', { ...cycle, total: 1_200, tax: 200, reason: 'updated' }),
    { ...renewed, gross: 1_200, tax: 200, payment_kind: 'upgrade' },
  ],
  [
    'a part of a renewal goes back',
    invoice('subscription_payment_refunded', { ...cycle, refunded: 500 }),
    soFar(500, 1_999, cycleIds, 'EUR'),
  ],
  [
    'the first payment goes back, told by its invoice',
    invoice('subscription_payment_refunded', { ...cycle, refunded: 1_999, reason: 'initial' }),
    soFar(1_999, 1_999, { ...cycleIds, checkout: first }, 'EUR'),
  ],
]

const one = { id: 300, order: 100, code: 'ANN', test: true }
const ids = { customer: '1', subscription: '300', payment: '100', checkout: first }
const noted = { kind: 'identity', ids, email, clues, product_id: '7' }
const subscriptions: Case[] = [
  [
    'a subscription starts with a trial',
    subscription('subscription_created', { ...one, status: 'on_trial' }),
    { ...noted, kind: 'start' },
  ],
  ...['created', 'updated', 'resumed', 'paused', 'unpaused', 'plan_changed'].map((what): Case => [
    `a subscription: ${what.replace('_', ' ')}`,
    subscription(`subscription_${what}`, one),
    noted,
  ]),
  ...['cancelled', 'expired'].map((status): Case => [
    `a subscription is ${status}`,
    subscription(`subscription_${status}`, { ...one, status }),
    { kind: 'cancellation', ids, reason: status },
  ]),
]

testOutcomes(lemonsqueezy, [...orders, ...invoices, ...subscriptions], { testMode: true })
