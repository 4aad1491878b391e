/** Stripe Checkout: who bought, through whom, and, without an invoice, the money itself. */
import type Stripe from 'stripe'
import { emailIn } from '../../core/kit/email-address.ts'
import type { Identity, Payment, Start } from '../../core/payment/event.ts'
import { codeIn } from '../payload.ts'
import { cluesOf, couponIds, customerOf, type Envelope, idOf, priceIn, told } from './fields.ts'

/**
 * A session without an invoice is the sale. One with an invoice is the same fact as its `invoice.paid`, under the invoice's
 * id. A subscription's money comes from `invoice.paid` alone, which knows the product.
 */
export function checkoutSession(event: Envelope, session: Stripe.Checkout.Session): Payment | Start | Identity {
  const introduction = {
    ...told(event, {
      customer: customerOf(session),
      subscription: idOf(session.subscription),
      invoice: idOf(session.invoice),
      payment: idOf(session.payment_intent),
      checkout: session.id,
    }),
    email: emailIn(session.customer_details?.email) ?? emailIn(session.customer_email),
    clues: cluesOf({
      metadata: codeIn(session.metadata),
      client_reference: session.client_reference_id,
      coupon_ids: couponIds(...(session.discounts ?? [])),
    }),
  }
  if (session.payment_status === 'unpaid') return { ...introduction, kind: 'identity' }

  const total = session.amount_total ?? 0
  if (total === 0) return { ...introduction, kind: 'start' }
  if (session.mode === 'subscription' || invoiceToCome(session)) return { ...introduction, kind: 'identity' }

  const tax = session.total_details?.amount_tax ?? 0
  return {
    ...introduction,
    kind: 'payment',
    external_id: idOf(session.invoice) ?? idOf(session.payment_intent) ?? session.id,
    ...priceIn(session.currency, { gross: total, total, tax, shipping: shippingOf(session) }),
    product_id: null,
    payment_kind: 'one_time',
  }
}

/** Without its tax, which is part of the session's tax already. */
const shippingOf = ({ shipping_cost, total_details }: Stripe.Checkout.Session): number =>
  shipping_cost ? shipping_cost.amount_total - shipping_cost.amount_tax : (total_details?.amount_shipping ?? 0)

const invoiceToCome = ({ invoice_creation, invoice }: Stripe.Checkout.Session): boolean =>
  Boolean(invoice_creation?.enabled) && !invoice
