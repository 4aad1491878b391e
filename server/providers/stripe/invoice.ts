/** Stripe's invoices: the money of subscriptions and of everything else that is billed. */
import type Stripe from 'stripe'
import { emailIn } from '../../core/kit/email-address.ts'
import type { Identity, Ignored, Payment, Start } from '../../core/payment/event.ts'
import { codeIn } from '../payload.ts'
import {
  type AnyDiscount,
  cluesOf,
  couponIds,
  customerOf,
  type Envelope,
  idOf,
  priceIn,
  type Reference,
  told,
} from './fields.ts'

/** What stood in an invoice before 2025-03-31.basil. */
interface OldInvoice {
  subscription?: Reference
  subscription_details?: { metadata: Stripe.Metadata | null } | null
  payment_intent?: Reference
  charge?: Reference
  discount?: AnyDiscount | null
  tax?: number | null
  paid_out_of_band?: boolean
}
interface OldLine {
  price?: { product?: Reference } | null
  plan?: { product?: Reference } | null
  proration?: boolean
}
type Invoice = Stripe.Invoice & OldInvoice
type Line = Stripe.InvoiceLineItem & OldLine

const PAYMENT_KINDS: Record<string, Payment['payment_kind']> = {
  subscription_create: 'first',
  subscription_cycle: 'renewal',
  subscription_threshold: 'renewal',
  /** Before May 2018, for all of them. */
  subscription: 'renewal',
  subscription_update: 'upgrade',
}

export function invoicePaid(event: Envelope, invoice: Invoice): Payment | Start | Ignored {
  const { total, currency, billing_reason, customer_email } = invoice
  if (total < 0) return { kind: 'ignored', reason: 'a negative invoice becomes credit; no money went back' }

  const introduction = {
    ...told(event, {
      customer: customerOf(invoice),
      subscription: idOf(subscriptionOf(invoice)),
      invoice: invoice.id,
      payment: idOf(invoice.payment_intent),
      charge: idOf(invoice.charge),
    }),
    email: emailIn(customer_email),
    clues: cluesOf({
      metadata: codeIn(invoice.metadata),
      subscription_metadata: codeIn(subscriptionMetadata(invoice)) ?? codeInLines(invoice),
      coupon_ids: couponIds(invoice.discount, ...(invoice.discounts ?? [])),
    }),
  }
  // Before basil, what was paid outside of Stripe was no part of amount_paid.
  const paid = invoice.paid_out_of_band ? Math.max(invoice.amount_paid, invoice.amount_due) : invoice.amount_paid
  if (paid <= 0) return { ...introduction, kind: 'start' }
  return {
    ...introduction,
    kind: 'payment',
    external_id: invoice.id,
    ...priceIn(currency, { gross: paid, total, tax: taxOf(invoice), shipping: shippingOf(invoice) }),
    product_id: productOf(invoice),
    payment_kind: PAYMENT_KINDS[billing_reason ?? ''] ?? 'one_time',
  }
}

/** Since basil the only message that says which payment paid which invoice. */
export function invoicePayment(event: Envelope, { invoice, payment }: Stripe.InvoicePayment): Identity {
  const ids = { invoice: idOf(invoice), payment: idOf(payment.payment_intent), charge: idOf(payment.charge) }
  return { ...told(event, ids), kind: 'identity', email: null, clues: {} }
}

const subscriptionOf = ({ parent, subscription }: Invoice): Reference =>
  parent?.subscription_details?.subscription ?? subscription

/** The subscription's metadata as it was when the invoice was made final. */
const subscriptionMetadata = ({ parent, subscription_details }: Invoice): Stripe.Metadata | null | undefined =>
  parent?.subscription_details?.metadata ?? subscription_details?.metadata

const codeInLines = (invoice: Invoice): string | null =>
  invoice.lines.data.map(({ metadata }) => codeIn(metadata)).find(Boolean) ?? null

const taxOf = ({ total, total_excluding_tax, total_taxes, tax }: Invoice): number =>
  typeof total_excluding_tax === 'number'
    ? Math.max(total - total_excluding_tax, 0)
    : (total_taxes?.reduce((sum, { amount }) => sum + amount, 0) ?? tax ?? 0)

/** Without its tax, which is part of the invoice's tax already. */
const shippingOf = ({ shipping_cost, amount_shipping }: Invoice): number =>
  shipping_cost ? shipping_cost.amount_total - shipping_cost.amount_tax : (amount_shipping ?? 0)

/** Of the largest line; the corrections of an earlier period count only where there is nothing else. */
function productOf({ lines }: Invoice): string | null {
  const all: Line[] = lines.data
  const regular = all.filter((line) => !isProration(line))
  const [largest] = (regular.length > 0 ? regular : all).toSorted((a, b) => b.amount - a.amount)
  const product = largest?.pricing?.price_details?.product ?? largest?.price?.product ?? largest?.plan?.product
  return idOf(product) ?? null
}

const isProration = ({ parent, proration }: Line): boolean =>
  parent?.subscription_item_details?.proration ?? parent?.invoice_item_details?.proration ?? proration ?? false
