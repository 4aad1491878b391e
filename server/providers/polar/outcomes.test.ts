/** Every kind of event of Polar, and what it comes to. */
import { type Case, testOutcomes } from '../../test/outcomes.ts'
import {
  polarCustomer as customer,
  polarOrder as order,
  polarRefund as refund,
  polarSubscription as subscription,
} from '../../test/polar-events.ts'
import { polar } from './polar.ts'

const email = 'buyer@customers.test'
const buyer = { customer: 'customer-1' }
const member = { ...buyer, subscription: 'sub-1' }
const noClues = {
  coupon: null,
  coupon_ids: [],
  metadata: null,
  client_reference: null,
  subscription_metadata: null,
}
const inOrder = { ...noClues, client_reference: 'ANN' }
const inBoth = { ...inOrder, subscription_metadata: 'ANN' }

const paid = (gross: number, ids: object, more: object = {}) => ({
  kind: 'payment',
  external_id: 'order-1',
  ids: { ...ids, payment: 'order-1' },
  email,
  gross,
  tax: 0,
  shipping: 0,
  currency: 'USD',
  product_id: 'product-1',
  payment_kind: 'one_time',
  clues: noClues,
  ...more,
})

const once = { ...buyer, subscription: null, checkout: 'checkout-1' }
const sale = { id: 'order-1', net: 8_000, tax: 1_600, checkout: 'checkout-1', reference: 'ANN' }
const monthly = { ...sale, net: 2_900, tax: 580, subscription: 'sub-1' }
const reasoned = (reason: string, more: object = {}) => order('order.paid', { ...monthly, reason, ...more })

const orders: Case[] = [
  [
    'a sale with a discount and tax',
    order('order.paid', { ...sale, coupon: 'PARTNER20' }),
    paid(9_600, once, {
      tax: 1_600,
      clues: { ...inOrder, coupon: 'PARTNER20', coupon_ids: ['discount-PARTNER20'] },
    }),
  ],
  [
    'a sale that nobody brought',
    order('order.paid', { id: 'order-1', net: 8_000 }),
    paid(8_000, { ...once, checkout: null }),
  ],
  [
    'a sale in yen',
    order('order.paid', { ...sale, net: 1_200, tax: 0, currency: 'jpy' }),
    paid(1_200, once, { currency: 'JPY', clues: inOrder }),
  ],
  [
    'the first payment of a subscription',
    reasoned('subscription_create'),
    paid(3_480, { ...member, checkout: 'checkout-1' }, { tax: 580, payment_kind: 'first', clues: inBoth }),
  ],
  [
    'the order of a trial, over nothing',
    reasoned('subscription_create', { net: 0, tax: 0 }),
    { kind: 'start', ids: { ...member, payment: 'order-1', checkout: 'checkout-1' }, email, clues: inBoth },
  ],
  [
    'a renewal',
    reasoned('subscription_cycle'),
    paid(3_480, { ...member, checkout: null }, { tax: 580, payment_kind: 'renewal', clues: inBoth }),
  ],
  [
    'an upgrade in the middle of the period',
    reasoned('subscription_update', { net: 3_500, tax: 470, product: 'product-2' }),
    paid(
      3_970,
      { ...member, checkout: null },
      {
        tax: 470,
        product_id: 'product-2',
        payment_kind: 'upgrade',
        clues: inBoth,
      },
    ),
  ],
  ...(['order.created', 'order.updated'] as const).map((type): Case => [
    `${type}, before it is paid or after`,
    order(type, sale),
    { kind: 'ignored', reason: `event type ${type} is not used` },
  ]),
]

const soFar = (amount: number, of: number, ids: object) => ({
  kind: 'refund',
  external_id: 'order-1',
  ids: { ...ids, payment: 'order-1' },
  amount,
  currency: 'USD',
  cumulative: true,
  of,
  state: 'done',
  reason: null,
})
const step = (amount: number, more: object = {}) => ({
  kind: 'refund',
  external_id: 'refund-1',
  ids: { ...buyer, subscription: null, payment: 'order-1' },
  amount,
  currency: 'USD',
  cumulative: false,
  of: null,
  state: 'done',
  reason: 'customer_request',
  ...more,
})
const back = { id: 'refund-1', order: 'order-1', amount: 2_000, tax: 400 }
const noSubscription = { ...buyer, subscription: null }

const moneyBack: Case[] = [
  [
    'a part goes back, in sum',
    order('order.refunded', { ...sale, refunded: 2_000 }),
    soFar(2_000, 8_000, noSubscription),
  ],
  [
    'the rest follows, in sum',
    order('order.refunded', { ...sale, refunded: 8_000 }),
    soFar(8_000, 8_000, noSubscription),
  ],
  [
    'a whole renewal goes back, in sum',
    order('order.refunded', { ...monthly, reason: 'subscription_cycle', refunded: 2_900 }),
    soFar(2_900, 2_900, member),
  ],
  ['a refund that waits', refund('refund.created', { ...back, status: 'pending' }), step(2_400, { state: 'pending' })],
  ['the refund went through', refund('refund.updated', back), step(2_400)],
  ['the refund failed', refund('refund.updated', { ...back, status: 'failed' }), step(2_400, { state: 'undone' })],
  [
    'the rest in one step',
    refund('refund.created', { ...back, id: 'refund-2', amount: 6_000, tax: 1_200 }),
    step(7_200, { external_id: 'refund-2' }),
  ],
  [
    'all of it, because a dispute was prevented',
    refund('refund.created', { ...back, amount: 8_000, tax: 1_600, reason: 'dispute_prevention' }),
    step(9_600, { reason: 'dispute_prevention' }),
  ],
]

const one = { subscription: 'sub-1', checkout: 'checkout-1', reference: 'ANN' }
const ids = { ...member, checkout: 'checkout-1' }
const clues = { coupon: null, coupon_ids: [], subscription_metadata: 'ANN' }
const noted = { kind: 'identity', ids, email, clues }
const ended = (reason: string | null) => ({ kind: 'cancellation', ids, reason })

const people: Case[] = [
  ['a customer', customer('customer-1', email), { kind: 'identity', ids: buyer, email, clues: { metadata: null } }],
  [
    'a subscription starts with a trial',
    subscription('subscription.created', { ...one, status: 'trialing' }),
    { ...noted, kind: 'start' },
  ],
  ...['created', 'active', 'cycled', 'past_due', 'paused', 'uncanceled', 'updated'].map((what): Case => [
    `a subscription: ${what.replace('_', ' ')}`,
    subscription(`subscription.${what}`, one),
    noted,
  ]),
  ...['updated', 'canceled'].map((what): Case => [
    `a subscription is to end with its period, told as ${what}`,
    subscription(`subscription.${what}`, { ...one, endsWithPeriod: true }),
    ended('too_expensive'),
  ]),
  ['a subscription is over', subscription('subscription.revoked', { ...one, status: 'canceled' }), ended(null)],
]

testOutcomes(polar, [...orders, ...moneyBack, ...people], { testMode: false })
