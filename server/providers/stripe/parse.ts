/**
 * Translates Stripe's events, in the shapes before and since API 2025-03-31.basil up
 * to 2026-10-28.endive. Which shape it is shows in the fields: one endpoint may get several versions.
 */
import type Stripe from 'stripe'
import type { PaymentEvent } from '../../core/payment/event.ts'
import { checkoutSession } from './checkout.ts'
import { cancellation, customer, discount, subscription, subscriptionUpdated } from './customer.ts'
import { invoicePaid, invoicePayment } from './invoice.ts'
import { charge, chargeRefunded, creditNote, dispute, paymentIntent, refund } from './refund.ts'

export const parse = (payload: string): PaymentEvent => translate(JSON.parse(payload) as Stripe.Event)

function translate(event: Stripe.Event): PaymentEvent {
  switch (event.type) {
    case 'checkout.session.completed':
    case 'checkout.session.async_payment_succeeded':
      return checkoutSession(event, event.data.object)
    case 'invoice.paid':
      return invoicePaid(event, event.data.object)
    case 'invoice.payment_succeeded':
      return { kind: 'ignored', reason: 'invoice.paid tells the same' }
    case 'invoice_payment.paid':
      return invoicePayment(event, event.data.object)
    case 'charge.succeeded':
      return charge(event, event.data.object)
    case 'payment_intent.succeeded':
      return paymentIntent(event, event.data.object)
    case 'charge.refunded':
      return chargeRefunded(event, event.data.object)
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed':
    case 'charge.refund.updated':
      return refund(event, event.data.object)
    case 'credit_note.created':
      return creditNote(event, event.data.object)
    case 'charge.dispute.created':
    case 'charge.dispute.updated':
    case 'charge.dispute.closed':
    case 'charge.dispute.funds_withdrawn':
    case 'charge.dispute.funds_reinstated':
      return dispute(event, event.data.object)
    case 'customer.created':
    case 'customer.updated':
      return customer(event, event.data.object)
    case 'customer.discount.created':
      return discount(event, event.data.object)
    case 'customer.subscription.created':
      return subscription(event, event.data.object)
    case 'customer.subscription.updated':
      return subscriptionUpdated(event, event.data)
    case 'customer.subscription.deleted':
      return cancellation(event, event.data.object)
    default:
      return { kind: 'ignored', reason: `event type ${event.type} is not used` }
  }
}
