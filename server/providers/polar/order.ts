/** Polar's orders and refunds: what was paid, and what went back. */
import { emailIn } from '../../core/kit/email-address.ts'
import type { Payment, PaymentEvent, Refund } from '../../core/payment/event.ts'
import { codeIn, optionalId, textOf } from '../payload.ts'
import { couponOf, moneyReader, type PolarEvent, referenceIn, toldBy } from './event.ts'

interface Order {
  id?: unknown
  billing_reason?: string
  net_amount?: unknown
  total_amount?: unknown
  tax_amount?: unknown
  /** Below zero: this much was paid from the customer's balance. */
  applied_balance_amount?: unknown
  refunded_amount?: unknown
  currency?: unknown
  customer_id?: unknown
  customer?: { email?: unknown } | null
  product_id?: unknown
  subscription_id?: unknown
  checkout_id?: unknown
  discount_id?: unknown
  discount?: { code?: unknown } | null
  metadata?: unknown
  subscription?: { metadata?: unknown } | null
}

interface OneRefund {
  id?: unknown
  status?: string
  amount?: unknown
  tax_amount?: unknown
  currency?: unknown
  reason?: unknown
  order_id?: unknown
  customer_id?: unknown
  subscription_id?: unknown
}

const PAYMENT_KINDS: Record<string, Payment['payment_kind']> = {
  purchase: 'one_time',
  subscription_create: 'first',
  subscription_cycle: 'renewal',
  subscription_meter_cycle: 'renewal',
  subscription_update: 'upgrade',
}

/** `net_amount` and tax, without what the customer's balance paid: that earned its commission when it was paid in. */
export function orderPaid(event: PolarEvent<Order>): PaymentEvent {
  const { read, told } = toldBy(event)
  const order = event.data ?? {}
  const id = read.id(order.id, 'data.id')
  const { currency, minor } = moneyReader(order.currency, read)
  const balance = minor(order.applied_balance_amount ?? 0, 'data.applied_balance_amount')
  const net = minor(order.net_amount, 'data.net_amount') + Math.min(balance, 0)
  const tax = minor(order.tax_amount ?? 0, 'data.tax_amount')
  const payment_kind = PAYMENT_KINDS[order.billing_reason ?? ''] ?? (order.subscription_id ? 'renewal' : 'one_time')
  const isFirst = payment_kind === 'first' || payment_kind === 'one_time'
  const sale = {
    ...told,
    ids: {
      customer: optionalId(order.customer_id),
      subscription: optionalId(order.subscription_id),
      payment: id,
      checkout: isFirst ? optionalId(order.checkout_id) : null,
    },
    email: emailIn(order.customer?.email),
    clues: {
      ...couponOf(order),
      metadata: codeIn(order.metadata),
      client_reference: referenceIn(order.metadata),
      subscription_metadata: codeIn(order.subscription?.metadata) ?? referenceIn(order.subscription?.metadata),
    },
  }
  if (net <= 0) return { ...sale, kind: isFirst ? 'start' : 'identity' }

  return {
    ...sale,
    kind: 'payment',
    external_id: id,
    gross: net + tax,
    tax,
    shipping: 0,
    currency,
    product_id: optionalId(order.product_id),
    payment_kind,
  }
}

/** Everything of the order that went back so far, without tax. */
export function orderRefunded(event: PolarEvent<Order>): PaymentEvent {
  const { read, told } = toldBy(event)
  const order = event.data ?? {}
  const id = read.id(order.id, 'data.id')
  const { currency, minor } = moneyReader(order.currency, read)
  return {
    ...told,
    kind: 'refund',
    ids: { customer: optionalId(order.customer_id), subscription: optionalId(order.subscription_id), payment: id },
    external_id: id,
    amount: minor(order.refunded_amount, 'data.refunded_amount'),
    currency,
    cumulative: true,
    of:
      minor(order.net_amount, 'data.net_amount') +
      Math.min(minor(order.applied_balance_amount ?? 0, 'data.applied_balance_amount'), 0),
    state: 'done',
    reason: null,
  }
}

const REFUND_STATES: Record<string, Refund['state']> = {
  pending: 'pending',
  succeeded: 'done',
  failed: 'undone',
  canceled: 'undone',
}

/** One refund; a prevented dispute is one with the reason `dispute_prevention`. The order tells their sum as well. */
export function refund(event: PolarEvent<OneRefund>): PaymentEvent {
  const { read, told } = toldBy(event)
  const one = event.data ?? {}
  const state = REFUND_STATES[one.status ?? '']
  if (!state)
    throw new Error(
      `Polar ${event.type}: data.status must be one of ${Object.keys(REFUND_STATES).join(', ')}, got ${JSON.stringify(one.status)}`,
    )
  const { currency, minor } = moneyReader(one.currency, read)
  return {
    ...told,
    kind: 'refund',
    ids: {
      customer: optionalId(one.customer_id),
      subscription: optionalId(one.subscription_id),
      payment: read.id(one.order_id, 'data.order_id'),
    },
    external_id: read.id(one.id, 'data.id'),
    amount: minor(one.amount, 'data.amount') + minor(one.tax_amount ?? 0, 'data.tax_amount'),
    currency,
    cumulative: false,
    of: null,
    state,
    reason: textOf(one.reason),
  }
}
