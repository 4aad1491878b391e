/**
 * Translates the events of Paddle Billing. What was sold comes with transaction.completed, what
 * went back with adjustments, who bought with customer.created: a transaction names no email address.
 */
import { emailIn } from '../../core/kit/email-address.ts'
import type { Payment, PaymentEvent } from '../../core/payment/event.ts'
import { paddleAdjustment } from './adjustment.ts'
import { type PaddleEvent, toldBy } from './event.ts'
import { codeIn, ignored, optionalId } from '../payload.ts'

export const parse = (payload: string): PaymentEvent => translate(JSON.parse(payload) as PaddleEvent)

interface Transaction {
  id?: unknown
  origin?: string
  customer_id?: unknown
  subscription_id?: unknown
  invoice_id?: unknown
  discount_id?: unknown
  currency_code?: unknown
  custom_data?: unknown
  items?: { price?: { product_id?: unknown } | null }[] | null
  details?: {
    totals?: { total?: unknown; tax?: unknown; grand_total?: unknown } | null
    line_items?: { product?: { id?: unknown } | null }[] | null
  } | null
}

interface Subscription {
  id?: unknown
  status?: string
  customer_id?: unknown
  /** Only in subscription.created. */
  transaction_id?: unknown
  custom_data?: unknown
  discount?: { id?: unknown } | null
  scheduled_change?: { action?: string } | null
}

interface Customer {
  id?: unknown
  email?: unknown
  custom_data?: unknown
}

function translate(event: PaddleEvent): PaymentEvent {
  switch (event.event_type) {
    case 'transaction.completed':
      return completed(event)
    case 'transaction.paid':
      return ignored('waits for transaction.completed, where the subscription and all sums are known')
    case 'adjustment.created':
    case 'adjustment.updated':
      return paddleAdjustment(event)
    case 'customer.created':
    case 'customer.updated':
    case 'customer.imported':
      return customer(event)
    default:
      if (event.event_type?.startsWith('subscription.')) return subscription(event)
      return ignored(`event type ${event.event_type} is not used`)
  }
}

/** The buyer paid `grand_total`: what credit of earlier payments covered of `total` earned its commission with those. */
function completed(event: PaddleEvent<Transaction>): PaymentEvent {
  const { data } = event
  if (data?.origin === 'subscription_payment_method_change') return ignored('another payment method, nothing was sold')

  const { read, told } = toldBy(event)
  const id = read.id(data?.id, 'data.id')
  const { total, tax, grand_total } = data?.details?.totals ?? {}
  const price = {
    total: read.minor(total, 'data.details.totals.total'),
    gross: read.minor(grand_total ?? total, 'data.details.totals.grand_total'),
    tax: read.minor(tax, 'data.details.totals.tax'),
    shipping: 0,
  }
  const payment_kind = kindOf(data)
  const discount = optionalId(data?.discount_id)
  const sale = {
    ...told,
    ids: {
      customer: optionalId(data?.customer_id),
      subscription: optionalId(data?.subscription_id),
      invoice: optionalId(data?.invoice_id),
      payment: id,
    },
    email: null,
    clues: { metadata: codeIn(data?.custom_data), coupon_ids: discount ? [discount] : [] },
  }
  if (price.gross <= 0)
    return { ...sale, kind: payment_kind === 'first' || payment_kind === 'one_time' ? 'start' : 'identity' }

  return {
    ...sale,
    kind: 'payment',
    external_id: id,
    ...price,
    currency: read.currency(data?.currency_code, 'data.currency_code'),
    product_id: optionalId(data?.items?.[0]?.price?.product_id ?? data?.details?.line_items?.[0]?.product?.id),
    payment_kind,
  }
}

/** The payment that ends a trial is a renewal here: nothing in it tells that those before were zero. */
function kindOf(data: Transaction | null | undefined): Payment['payment_kind'] {
  switch (data?.origin) {
    case 'subscription_recurring':
      return 'renewal'
    case 'subscription_update':
    case 'subscription_charge':
      return 'upgrade'
    default:
      return data?.subscription_id ? 'first' : 'one_time'
  }
}

function customer(event: PaddleEvent<Customer>): PaymentEvent {
  const { read, told } = toldBy(event)
  return {
    ...told,
    kind: 'identity',
    ids: { customer: read.id(event.data?.id, 'data.id') },
    email: emailIn(event.data?.email),
    clues: { metadata: codeIn(event.data?.custom_data) },
  }
}

function subscription(event: PaddleEvent<Subscription>): PaymentEvent {
  const { event_type, data } = event
  const { read, told } = toldBy(event)
  const ids = {
    customer: optionalId(data?.customer_id),
    subscription: read.id(data?.id, 'data.id'),
    payment: optionalId(data?.transaction_id),
  }
  if (event_type === 'subscription.canceled') return { ...told, kind: 'cancellation', ids, reason: 'canceled' }
  if (data?.scheduled_change?.action === 'cancel')
    return { ...told, kind: 'cancellation', ids, reason: 'canceled at the end of the period' }

  const discount = optionalId(data?.discount?.id)
  const clues = { subscription_metadata: codeIn(data?.custom_data), coupon_ids: discount ? [discount] : [] }
  return { ...told, kind: data?.status === 'trialing' ? 'start' : 'identity', ids, email: null, clues }
}
