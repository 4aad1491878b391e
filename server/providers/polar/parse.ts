/** Translates Polar's events of orders, refunds, subscriptions and customers. */
import { emailIn } from '../../core/kit/email-address.ts'
import type { PaymentEvent } from '../../core/payment/event.ts'
import { codeIn, ignored, optionalId, textOf } from '../payload.ts'
import { couponOf, type PolarEvent, referenceIn, toldBy } from './event.ts'
import { orderPaid, orderRefunded, refund } from './order.ts'

export const parse = (payload: string): PaymentEvent => translate(JSON.parse(payload) as PolarEvent)

interface Subscription {
  id?: unknown
  status?: string
  cancel_at_period_end?: boolean
  customer_cancellation_reason?: unknown
  customer_id?: unknown
  customer?: { email?: unknown } | null
  checkout_id?: unknown
  discount_id?: unknown
  discount?: { code?: unknown } | null
  metadata?: unknown
}

interface Customer {
  id?: unknown
  email?: unknown
  metadata?: unknown
}

function translate(event: PolarEvent): PaymentEvent {
  switch (event.type) {
    case 'order.paid':
      return orderPaid(event)
    case 'order.refunded':
      return orderRefunded(event)
    case 'refund.created':
    case 'refund.updated':
      return refund(event)
    case 'customer.created':
    case 'customer.updated':
      return customer(event)
    default:
      if (event.type?.startsWith('subscription.')) return subscription(event)
      return ignored(`event type ${event.type} is not used`)
  }
}

function subscription(event: PolarEvent<Subscription>): PaymentEvent {
  const { read, told } = toldBy(event)
  const one = event.data ?? {}
  const ids = {
    customer: optionalId(one.customer_id),
    subscription: read.id(one.id, 'data.id'),
    checkout: optionalId(one.checkout_id),
  }
  if (one.cancel_at_period_end || one.status === 'canceled')
    return { ...told, kind: 'cancellation', ids, reason: textOf(one.customer_cancellation_reason) }
  return {
    ...told,
    kind: one.status === 'trialing' ? 'start' : 'identity',
    ids,
    email: emailIn(one.customer?.email),
    clues: { ...couponOf(one), subscription_metadata: codeIn(one.metadata) ?? referenceIn(one.metadata) },
  }
}

function customer(event: PolarEvent<Customer>): PaymentEvent {
  const { read, told } = toldBy(event)
  return {
    ...told,
    kind: 'identity',
    ids: { customer: read.id(event.data?.id, 'data.id') },
    email: emailIn(event.data?.email),
    clues: { metadata: codeIn(event.data?.metadata) },
  }
}
