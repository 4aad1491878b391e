/** Stripe's customers, their subscriptions and discounts: whose the ids are, which code came with them, and how it ends. */
import type Stripe from 'stripe'
import { emailIn } from '../../core/kit/email-address.ts'
import type { Cancellation, Identity, Ignored, Start } from '../../core/payment/event.ts'
import { codeIn } from '../payload.ts'
import {
  type AnyDiscount,
  cluesOf,
  couponIds,
  customerOf,
  type Envelope,
  idOf,
  type Reference,
  told,
} from './fields.ts'

interface OldSubscription {
  discount?: AnyDiscount | null
}

export function customer(
  event: Envelope,
  { id, email: given, metadata, discount }: Stripe.Customer,
): Identity | Ignored {
  const clues = cluesOf({ metadata: codeIn(metadata), coupon_ids: couponIds(discount) })
  const email = emailIn(given)
  if (!email && Object.keys(clues).length === 0)
    return { kind: 'ignored', reason: 'the customer has no email address and no code' }
  return { ...told(event, { customer: id }), kind: 'identity', email, clues }
}

export function subscription(
  event: Envelope,
  { id, customer, status, metadata, discount, discounts, latest_invoice }: Stripe.Subscription & OldSubscription,
): Start | Identity {
  return {
    ...told(event, { customer: idOf(customer), subscription: id, invoice: idOf(latest_invoice) }),
    kind: status === 'trialing' ? 'start' : 'identity',
    email: null,
    clues: cluesOf({
      subscription_metadata: codeIn(metadata),
      coupon_ids: couponIds(discount, ...(discounts ?? [])),
    }),
  }
}

/** Somebody may have asked just now that it ends, or it ended. */
export function subscriptionUpdated(event: Envelope, data: Stripe.CustomerSubscriptionUpdatedEvent.Data) {
  const { status, cancel_at, cancel_at_period_end } = data.object
  const before = data.previous_attributes ?? {}
  const asked = 'cancel_at' in before || 'cancel_at_period_end' in before
  if (status === 'canceled' || (asked && (cancel_at || cancel_at_period_end))) return cancellation(event, data.object)
  return subscription(event, data.object)
}

export function cancellation(
  event: Envelope,
  { id, customer, cancellation_details }: Stripe.Subscription,
): Cancellation {
  return {
    ...told(event, { customer: idOf(customer), subscription: id }),
    kind: 'cancellation',
    reason: cancellation_details?.reason ?? null,
  }
}

export function discount(event: Envelope, given: Stripe.Discount & { invoice?: Reference }): Identity {
  const ids = {
    customer: customerOf(given),
    subscription: idOf(given.subscription),
    invoice: idOf(given.invoice),
    checkout: idOf(given.checkout_session),
  }
  return { ...told(event, ids), kind: 'identity', email: null, clues: cluesOf({ coupon_ids: couponIds(given) }) }
}
