/** Polar's events as its API 2026-10 sends them; only what matters here is named. */
import { createHmac } from 'node:crypto'
import type { Instant } from '../db/schema.ts'

export const POLAR_SECRET = 'polar_whs_test'

/** What Polar would post: the event's id is a header, and the secret's own bytes are the key. */
export function signedByPolar(event: object, id: string, secret = POLAR_SECRET, at = Math.floor(Date.now() / 1000)) {
  const payload = JSON.stringify(event)
  const signature = createHmac('sha256', secret).update(`${id}.${at}.${payload}`).digest('base64')
  return {
    payload,
    headers: { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${signature}` },
  }
}

const NOW: Instant = '2026-11-20T12:00:00.000Z'

interface Buyer {
  at?: Instant
  customer?: string
  email?: string | null
  subscription?: string | null
  checkout?: string | null
  /** In the checkout's metadata; `reference` is what a checkout link takes. */
  code?: string
  reference?: string
  coupon?: string
}

const metadataOf = ({ code, reference }: Buyer) => ({
  ...(code && { referral_code: code }),
  ...(reference && { reference_id: reference }),
})

const discountOf = ({ coupon }: Buyer) => ({
  discount_id: coupon ? `discount-${coupon}` : null,
  discount: coupon ? { id: `discount-${coupon}`, name: coupon, code: coupon } : null,
})

const customerOf = ({ customer = 'customer-1', email = 'buyer@customers.test' }: Buyer) => ({
  customer_id: customer,
  customer: { id: customer, email, external_id: null, metadata: {} },
})

export interface PolarOrder extends Buyer {
  id: string
  /** Without tax, after discounts. */
  net: number
  tax?: number
  /** How much of it the customer's balance paid. */
  balance?: number
  /** Everything so far, without tax. */
  refunded?: number
  currency?: string
  reason?: string
  product?: string
}

export function polarOrder(type: string, { id, net, tax = 0, balance = 0, refunded = 0, ...order }: PolarOrder) {
  const { at = NOW, reason = 'purchase', currency = 'usd', product = 'product-1', subscription = null } = order
  const data = {
    id,
    created_at: at,
    modified_at: null,
    status: refunded === 0 ? 'paid' : refunded < net - balance ? 'partially_refunded' : 'refunded',
    paid: true,
    subtotal_amount: net,
    discount_amount: 0,
    net_amount: net,
    tax_amount: tax,
    total_amount: net + tax,
    applied_balance_amount: -balance,
    due_amount: net + tax - balance,
    refunded_amount: refunded,
    currency,
    billing_reason: reason,
    ...customerOf(order),
    ...discountOf(order),
    product_id: product,
    subscription_id: subscription,
    checkout_id: order.checkout ?? null,
    metadata: metadataOf(order),
    subscription: subscription ? { id: subscription, metadata: metadataOf(order) } : null,
  }
  return { type, timestamp: at, data }
}

export interface PolarRefund extends Buyer {
  id: string
  order: string
  /** Without tax. */
  amount: number
  tax?: number
  status?: string
  reason?: string
  currency?: string
}

export function polarRefund(type: 'refund.created' | 'refund.updated', refund: PolarRefund) {
  const { id, order, amount, tax = 0, status = 'succeeded', reason = 'customer_request', at = NOW } = refund
  const data = {
    id,
    created_at: at,
    modified_at: null,
    status,
    reason,
    amount,
    tax_amount: tax,
    currency: refund.currency ?? 'usd',
    order_id: order,
    subscription_id: refund.subscription ?? null,
    customer_id: refund.customer ?? 'customer-1',
    dispute: null,
  }
  return { type, timestamp: at, data }
}

export interface PolarSubscription extends Buyer {
  subscription: string
  status?: string
  endsWithPeriod?: boolean
}

export function polarSubscription(type: string, { endsWithPeriod = false, ...one }: PolarSubscription) {
  const { subscription, status = 'active', at = NOW } = one
  const data = {
    id: subscription,
    created_at: at,
    modified_at: null,
    status,
    cancel_at_period_end: endsWithPeriod,
    customer_cancellation_reason: endsWithPeriod ? 'too_expensive' : null,
    ...customerOf(one),
    ...discountOf(one),
    product_id: 'product-1',
    checkout_id: one.checkout ?? null,
    metadata: metadataOf(one),
  }
  return { type, timestamp: at, data }
}

export const polarCustomer = (id: string, email: string | null, at: Instant = NOW) => ({
  type: 'customer.created',
  timestamp: at,
  data: { id, created_at: at, modified_at: null, email, external_id: null, metadata: {} },
})
