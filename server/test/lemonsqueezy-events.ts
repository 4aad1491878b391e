/** Lemon Squeezy's events as it sends them; only what matters here is named. */
import { createHmac } from 'node:crypto'
import type { Instant } from '../db/schema.ts'

export const LEMONSQUEEZY_SECRET = 'lemon-secret'

/** What Lemon Squeezy would post. */
export function signedByLemonSqueezy(event: object, secret = LEMONSQUEEZY_SECRET) {
  const payload = JSON.stringify(event)
  return { payload, headers: { 'x-signature': createHmac('sha256', secret).update(payload).digest('hex') } }
}

interface Moment {
  at?: Instant
  customer?: number
  email?: string | null
  /** Custom data of the checkout: orders and subscriptions carry it, invoices do not. */
  code?: string
  test?: boolean
}

interface Money {
  /** After discounts, with tax. */
  total: number
  tax?: number
  currency?: string
  /** Everything so far. */
  refunded?: number
}

function event(name: string, type: string, id: number, attributes: object, { code, test = false, ...more }: Moment) {
  const at = (more.at ?? '2026-11-20T12:00:00.000Z').replace('Z', '000Z')
  const { customer = 1, email = 'buyer@customers.test' } = more
  return {
    meta: { test_mode: test, event_name: name, ...(code && { custom_data: { referral_code: code } }) },
    data: {
      type,
      id: String(id),
      attributes: {
        store_id: 1,
        customer_id: customer,
        user_email: email,
        ...attributes,
        created_at: at,
        updated_at: at,
        test_mode: test,
      },
    },
  }
}

const moneyOf = ({ total, tax = 0, currency = 'USD', refunded = 0 }: Money, at?: Instant) => ({
  currency,
  subtotal: total - tax,
  discount_total: 0,
  tax,
  total,
  refunded: refunded === total && total > 0,
  refunded_amount: refunded,
  refunded_at: refunded > 0 ? (at ?? '2026-11-20T12:00:00.000Z') : null,
  status: refunded === 0 ? 'paid' : refunded < total ? 'partial_refund' : 'refunded',
})

export interface LemonSqueezyOrder extends Moment, Money {
  id: number
  product?: number
  status?: string
}

export const lemonSqueezyOrder = (
  name: 'order_created' | 'order_refunded',
  { id, product = 7, ...order }: LemonSqueezyOrder,
) =>
  event(
    name,
    'orders',
    id,
    {
      ...moneyOf(order, order.at),
      ...(order.status && { status: order.status }),
      first_order_item: { id: id + 1, order_id: id, product_id: product, variant_id: 8, price_id: 9, quantity: 1 },
    },
    order,
  )

export interface LemonSqueezySubscription extends Moment {
  id: number
  order: number
  status?: string
}

export const lemonSqueezySubscription = (
  name: string,
  { id, order, status = 'active', ...more }: LemonSqueezySubscription,
) => event(name, 'subscriptions', id, { order_id: order, product_id: 7, variant_id: 8, status }, more)

export interface LemonSqueezyInvoice extends Moment, Money {
  id: number
  subscription: number
  reason?: 'initial' | 'renewal' | 'updated'
}

export const lemonSqueezyInvoice = (
  name: string,
  { id, subscription, reason = 'renewal', ...invoice }: LemonSqueezyInvoice,
) =>
  event(
    name,
    'subscription-invoices',
    id,
    { subscription_id: subscription, billing_reason: reason, ...moneyOf(invoice, invoice.at) },
    invoice,
  )
