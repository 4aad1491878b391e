/**
 * Stripe's events as its API 2026-10-28.endive sends them, and, with `shape: 'old'`, as 2025-02-24.acacia did, the last version
 * before basil; only what matters here is named. `checkout` in programme.ts is the one-time sale.
 */
import type Stripe from 'stripe'
import type { Instant } from '../db/schema.ts'
import { checkout } from './programme.ts'

type Shape = 'new' | 'old'
interface When {
  at?: Instant
  shape?: Shape
}

/** One state of one object at one moment is one event: the same call again is the same event delivered again. */
function event<Fact extends { id: string; status?: string | null }>(
  type: Stripe.Event['type'],
  object: Fact,
  when: When,
  before?: object,
) {
  const created = epoch(when.at)
  return {
    id: `evt_${[type, object.id, object.status, created].filter(Boolean).join('_')}`,
    object: 'event',
    api_version: when.shape === 'old' ? '2025-02-24.acacia' : '2026-10-28.endive',
    created,
    livemode: false,
    type,
    data: { object, ...(before && { previous_attributes: before }) },
  }
}

/** The event with other fields in its object. */
export const withFields = <Sent extends { data: { object: object } }>(sent: Sent, fields: object) => ({
  ...sent,
  data: { ...sent.data, object: { ...sent.data.object, ...fields } },
})

const epoch = (at: Instant = '2026-11-20T12:00:00.000Z'): number => Date.parse(at) / 1000

/** A session that starts a subscription; its money comes with `invoicePaid`. */
export function subscriptionCheckout(
  start: Parameters<typeof checkout>[0] & { customer: string; subscription: string; invoice: string },
) {
  const sent = checkout(start)
  const { customer, subscription, invoice } = start
  const session = { ...sent.data.object, mode: 'subscription', payment_intent: null, customer, subscription, invoice }
  const payment_status = start.amount === 0 ? 'no_payment_required' : session.payment_status
  return { ...sent, data: { object: { ...session, payment_status } } }
}

export interface InvoicePaid extends When {
  id: string
  /** What is billed, with tax and shipping, after discounts. */
  total: number
  tax?: number
  shipping?: number
  /** What was paid now, when credit covered the rest. */
  paid?: number
  currency?: string
  reason?: Stripe.Invoice.BillingReason
  email?: string | null
  customer?: string | null
  subscription?: string | null
  /** Old shape only: newer ones tell it in `invoicePaymentPaid`. */
  payment?: string
  charge?: string
  product?: string
  /** Instead of one line of the whole amount. */
  lines?: { amount: number; product: string; proration?: boolean }[]
  /** The subscription's. */
  metadata?: Record<string, string>
  /** Old shape only: newer ones tell it in `discountCreated`. */
  coupon?: string
}

export function invoicePaid(invoice: InvoicePaid) {
  const { id, total, tax = 0, shipping = 0, customer = null, subscription = null, metadata = {} } = invoice
  const paid = invoice.paid ?? Math.max(total, 0)
  const shaped =
    invoice.shape === 'old'
      ? {
          tax,
          subscription,
          subscription_details: { metadata },
          payment_intent: invoice.payment ?? null,
          charge: invoice.charge ?? null,
          discount: invoice.coupon ? { id: 'di_1', coupon: { id: invoice.coupon }, promotion_code: null } : null,
          paid: true,
          paid_out_of_band: false,
        }
      : {
          total_taxes: tax ? [{ amount: tax, tax_behavior: 'exclusive' }] : [],
          parent: subscription && { type: 'subscription_details', subscription_details: { subscription, metadata } },
        }
  const common = {
    object: 'invoice',
    currency: invoice.currency ?? 'usd',
    billing_reason: invoice.reason ?? (subscription ? 'subscription_cycle' : 'manual'),
    customer,
    customer_email: invoice.email === undefined ? 'buyer@example.com' : invoice.email,
    total,
    total_excluding_tax: total - tax,
    amount_due: paid,
    amount_paid: paid,
    shipping_cost: shipping ? { amount_subtotal: shipping, amount_tax: 0, amount_total: shipping } : null,
    metadata: {},
    discounts: invoice.coupon ? ['di_1'] : [],
    lines: { object: 'list', has_more: false, data: linesOf(invoice) },
  }
  return event('invoice.paid', { id, status: 'paid', ...common, ...shaped }, invoice)
}

function linesOf({
  id,
  total,
  tax = 0,
  shipping = 0,
  shape,
  subscription,
  product = 'prod_1',
  ...invoice
}: InvoicePaid) {
  const { lines = [{ amount: total - tax - shipping, product }] } = invoice
  return lines.map(({ amount, product: sold, proration = false }, index) => {
    const line = { id: `il_${id}${index || ''}`, amount, quantity: 1, metadata: {} }
    if (shape === 'old') return { ...line, subscription, proration, price: { id: 'price_1', product: sold } }
    return {
      ...line,
      parent: { type: 'subscription_item_details', subscription_item_details: { subscription, proration } },
      pricing: { type: 'price_details', price_details: { price: 'price_1', product: sold } },
    }
  })
}

/** Since basil: which payment paid which invoice. */
export function invoicePaymentPaid({ invoice, payment, ...when }: When & { invoice: string; payment: string }) {
  const told = { object: 'invoice_payment', invoice, payment: { type: 'payment_intent', payment_intent: payment } }
  return event('invoice_payment.paid', { id: `inpay_${invoice}_${payment}`, status: 'paid', ...told }, when)
}

export interface Charged extends When {
  charge: string
  payment: string
  amount: number
  currency?: string
  customer?: string | null
  /** Old shape only. */
  invoice?: string
}

const chargeObject = (charged: Charged, refunded: number) => ({
  id: charged.charge,
  object: 'charge',
  status: 'succeeded',
  amount: charged.amount,
  amount_captured: charged.amount,
  amount_refunded: refunded,
  captured: true,
  refunded: refunded === charged.amount,
  currency: charged.currency ?? 'usd',
  customer: charged.customer ?? null,
  payment_intent: charged.payment,
  metadata: {},
  ...(charged.shape === 'old' && { invoice: charged.invoice ?? null }),
})

export const chargeSucceeded = (charged: Charged) => event('charge.succeeded', chargeObject(charged, 0), charged)

/** Once it succeeded; which invoice it paid is told in old shapes only. */
export function paymentIntentSucceeded({
  charge,
  payment,
  amount,
  currency = 'usd',
  customer = null,
  ...when
}: Charged) {
  const intent = {
    object: 'payment_intent',
    amount,
    amount_received: amount,
    currency,
    customer,
    latest_charge: charge,
    metadata: {},
    ...(when.shape === 'old' && { invoice: when.invoice ?? null }),
  }
  return event('payment_intent.succeeded', { id: payment, status: 'succeeded', ...intent }, when)
}

/** @param charged.refunded everything so far */
export function chargeRefunded(charged: Charged & { refunded: number }) {
  const sent = event('charge.refunded', chargeObject(charged, charged.refunded), charged)
  return { ...sent, id: `${sent.id}_${charged.refunded}` }
}

/** One refund in one state; `type` says which event brings it. */
export function refundObject({
  id,
  type = 'refund.created',
  status = 'succeeded',
  amount,
  currency = 'usd',
  charge,
  payment,
  ...when
}: When & {
  id: string
  type?: 'refund.created' | 'refund.updated' | 'refund.failed' | 'charge.refund.updated'
  status?: 'pending' | 'requires_action' | 'succeeded' | 'failed' | 'canceled'
  amount: number
  currency?: string
  charge: string
  payment: string
}) {
  const refund = {
    object: 'refund',
    amount,
    currency,
    charge,
    payment_intent: payment,
    reason: 'requested_by_customer',
  }
  return event(type, { id, status, ...refund }, when)
}

export function dispute({
  id,
  type = 'created',
  status = 'needs_response',
  amount,
  currency = 'usd',
  charge,
  payment,
  withdrawn = 0,
  ...when
}: When & {
  id: string
  type?: 'created' | 'updated' | 'closed' | 'funds_withdrawn' | 'funds_reinstated'
  status?: string
  amount: number
  currency?: string
  charge: string
  payment: string
  withdrawn?: number
}) {
  const balance_transactions = withdrawn ? [{ object: 'balance_transaction', amount: -withdrawn }] : []
  const told = { object: 'dispute', amount, currency, charge, payment_intent: payment, balance_transactions }
  return event(`charge.dispute.${type}`, { id, status, ...told }, when)
}

export function subscription({
  id,
  type = 'created',
  status = 'active',
  customer,
  invoice = null,
  metadata = {},
  coupon,
  cancelAt = null,
  atPeriodEnd = false,
  before,
  ...when
}: When & {
  id: string
  type?: 'created' | 'updated' | 'deleted'
  status?: string
  customer: string
  /** The latest. */
  invoice?: string | null
  metadata?: Record<string, string>
  /** Old shape only. */
  coupon?: string
  cancelAt?: Instant | null
  atPeriodEnd?: boolean
  /** What changed, as it was: `{ cancel_at: null }`. */
  before?: object
}) {
  const told = {
    object: 'subscription',
    customer,
    latest_invoice: invoice,
    metadata,
    cancel_at: cancelAt && epoch(cancelAt),
    cancel_at_period_end: atPeriodEnd,
    cancellation_details: { reason: cancelAt || atPeriodEnd || type === 'deleted' ? 'cancellation_requested' : null },
    discounts: coupon ? ['di_1'] : [],
    ...(when.shape === 'old' && { discount: coupon ? { id: 'di_1', coupon: { id: coupon } } : null }),
  }
  return event(`customer.subscription.${type}`, { id, status, ...told }, when, before)
}

export function customer({
  id,
  type = 'created',
  email,
  metadata = {},
  ...when
}: When & { id: string; type?: 'created' | 'updated'; email: string | null; metadata?: Record<string, string> }) {
  const told = { object: 'customer', email, metadata }
  return event(`customer.${type}`, { id, ...told }, when)
}

/** The only event that says which coupon a discount (`di_...`) stands for. */
export function discountCreated({
  id,
  customer,
  subscription = null,
  coupon,
  promotionCode = null,
  ...when
}: When & {
  id: string
  customer: string
  subscription?: string | null
  coupon: string
  promotionCode?: string | null
}) {
  const told = {
    object: 'discount',
    customer,
    subscription,
    checkout_session: null,
    invoice: null,
    promotion_code: promotionCode,
    ...(when.shape === 'old' ? { coupon: { id: coupon } } : { source: { type: 'coupon', coupon } }),
  }
  return event('customer.discount.created', { id, ...told }, when)
}

/** @param note.refunded how much of it is a refund, which is told by itself */
export function creditNote({
  id,
  invoice,
  amount,
  refunded = 0,
  ...when
}: When & { id: string; invoice: string; amount: number; refunded?: number }) {
  const told = {
    object: 'credit_note',
    invoice,
    amount,
    currency: 'usd',
    type: 'post_payment',
    reason: null,
    ...(when.shape === 'old'
      ? { refund: refunded ? 're_note' : null, out_of_band_amount: null }
      : {
          post_payment_amount: amount,
          pre_payment_amount: 0,
          refunds: refunded ? [{ refund: 're_note', amount_refunded: refunded }] : [],
        }),
  }
  return event('credit_note.created', { id, status: 'issued', ...told }, when)
}
